"""What every message keeps to."""

from __future__ import annotations

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from conversations.forms.book import load_book
from conversations.prompts.problems import WORDS, problem
from conversations.prompts.text import LONGEST, deadline, numbered, pages
from conversations.prompts.values import shown
from conversations.understanding import PROBLEMS, Read


def test_choices_are_counted_from_one() -> None:
    assert numbered("性别？", ["男", "女"]) == "性别？\n1. 男\n2. 女"


@given(st.text(alphabet=st.sampled_from("一二a😀\n"), max_size=4000))
def test_pages_fit_and_lose_nothing(text: str) -> None:
    made = pages(text)
    assert all(len(page.encode()) <= LONGEST for page in made)
    assert "".join(made).replace("\n", "") == text.replace("\n", "")


@pytest.mark.parametrize(
    ("until", "today", "expected"),
    [
        (
            "2026-06-13",
            date(2026, 6, 10),
            "本班 6 月 13 日（周六）截止报名，还有 3 天。",
        ),
        ("2026-06-13", date(2026, 6, 13), "本班今天截止报名（6 月 13 日）。"),
        ("2026-06-13", date(2026, 6, 14), "本班报名已在 6 月 13 日（周六）截止。"),
        ("", date(2026, 6, 14), ""),
        ("soon", date(2026, 6, 14), ""),
    ],
)
def test_a_deadline_says_weekday_and_what_is_left(
    until: str, today: date, expected: str
) -> None:
    assert deadline(until, today) == expected


def test_every_problem_has_its_words() -> None:
    assert sorted(WORDS) == sorted(PROBLEMS)


@pytest.mark.parametrize("code", sorted(PROBLEMS))
def test_a_problem_is_told_with_what_it_is_about(code: str) -> None:
    field = load_book().newest("application").fields[0]
    read = Read(problem=code, params={name: f"<{name}>" for name in PROBLEMS[code]})
    said = problem(field, read, contact="基地", name_place=1)
    assert "{" not in said
    assert "输入有误" not in said
    assert "！" not in said


FIELDS = {field.id: field for field in load_book().newest("application").fields}


@pytest.mark.parametrize(
    ("field", "value", "expected"),
    [
        ("id_number", "110101199003074477", "1***************77"),
        ("phone", "13800138000", "138******00"),
        ("email", "lixm@example.com", "l***@example.com"),
        ("unit", "学院 13800138000", "学院 138******00"),
        ("trained", "no", "否"),
        ("education", {"bachelor": "机械", "master": ""}, "本科（机械）；硕士"),
        ("photo", "file-id", "已有照片"),
        ("declaration", "agreed", "已同意"),
    ],
)
def test_an_answer_is_shown_in_words_and_masked(
    field: str, value: str | dict[str, str], expected: str
) -> None:
    assert shown(FIELDS[field], value) == expected
