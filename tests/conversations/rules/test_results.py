"""Counted marks become the lines of the form, with means that round half up."""

from __future__ import annotations

from conversations.forms.book import load_book
from conversations.rules.results import Cell, mean, mean_of, spread, tabulate

FORM = load_book().newest("evaluation")
CELLS: list[Cell] = [
    ("answered", "", "3", 4),
    ("answered", "", "1", 1),
    ("follow_up", "", "yes", 2),
    ("follow_up", "", "no", 3),
    ("follow_up_kinds", "", "group", 2),
    ("lecturer_1_marks", "3.1.2", "2", 5),
    ("lecturer_1_marks", "3.1.1", "3", 3),
    ("lecturer_1_marks", "3.1.1", "2", 2),
]


def test_lines_stand_in_the_order_of_the_form_with_every_answer_there_is() -> None:
    lines = tabulate(FORM, CELLS)

    assert [(line.number, line.name, line.scored) for line in lines] == [
        ("2", "需要后续培训", False),
        ("2", "后续培训方式", False),
        ("3.1.1", "授课结构是否清晰，表达逻辑是否准确", True),
        (
            "3.1.2",
            "授课内容是否包括了教师培训标准中该级别应教授的所有内容",
            True,
        ),
        ("5", "问题得到答复", True),
    ]
    assert lines[0].marks == (("是", 2), ("否", 3))
    assert lines[4].marks == (
        ("没有（1分）", 1),
        ("部分（2分）", 0),
        ("所有（3分）", 4),
    )


def test_the_mean_is_over_scored_marks_only() -> None:
    lines = tabulate(FORM, CELLS)

    assert mean_of(lines) == mean(13 + 10 + 13, 15) == "2.40"
    assert mean_of(lines[:2]) == ""
    assert spread(lines) == (1, 7, 7)
    assert spread(lines[:2]) == ()


def test_means_round_half_up() -> None:
    assert [mean(2005, 1000), mean(8, 3), mean(5, 2), mean(0, 0)] == [
        "2.01",
        "2.67",
        "2.50",
        "",
    ]
