"""Six marks in one message, however they are said."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from conversations.forms.book import load_book
from conversations.understanding.matrix import read_matrix
from tests.conversations.understanding.conftest import Ask

FIELD = next(f for f in load_book().newest("application").fields if f.id == "ability_2")
IDS = [item.id for item in FIELD.items]

WHOLE = [
    ("344233", "344233"),
    ("３４４２３３", "344233"),
    ("3 4 4 2 3 3", "344233"),
    ("3，4，4，2，3，3", "344233"),
    ("3、4、4、2、3、3", "344233"),
    ("3-4-4-2-3-3", "344233"),
    ("3/4/4/2/3/3", "344233"),
    ("3分4分4分2分3分3分", "344233"),
    ("我打344233吧", "344233"),
    ("前三项较好，其余很好", "333444"),
    ("前3项3，其余4", "333444"),
    ("前三项都较好，剩下的很好", "333444"),
    ("头两个一般，后面的都较好", "223333"),
    ("前三项选3，后面三项选4", "333444"),
    ("其中第2项较差，剩余均较好", "313333"),
    ("工作页4，信息页2，其余3", "333423"),
    ("三四四二三三", "344233"),
    ("三，四，四，二，三，三", "344233"),
    ("后两项一般，其他的都较好吧", "333322"),
    ("都很好", "444444"),
    ("全部较好", "333333"),
    ("全4", "444444"),
    ("每项都是3分", "333333"),
    ("都不错", "333333"),
    ("第2项一般，其他较好", "323333"),
    ("除了第2项一般，其他都较好", "323333"),
    ("都很好，第2项一般", "424444"),
    ("第1、3项较好，其余一般", "323222"),
    ("1、3、5很好，2、4、6较好", "434343"),
    ("第1和3项很好，其余较好", "434333"),
    ("1到3项较好，4至6项很好", "333444"),
    ("1-3较好，4-6很好", "333444"),
    ("第一到第四项很好，其它的一般", "444422"),
    ("1较好2很好3一般4较好5较好6很好", "342334"),
    ("1.很好 2.较好 3.较好 4.一般 5.一般 6.较差", "433221"),
    ("1:3 2:4 3:4 4:2 5:3 6:3", "344233"),
    ("1：3，2：4，3：4，4：2，5：3，6：3", "344233"),
    ("较好 较好 很好 很好 一般 较好", "334423"),
    ("学习任务分析很好，其余较好", "433333"),
    ("第135项很好，其余较好", "434343"),
    ("这6项都很好", "444444"),
]


@pytest.mark.parametrize(("said", "marks"), WHOLE)
def test_a_whole_answer_is_understood(said: str, marks: str) -> None:
    read = read_matrix(FIELD, said)
    assert (read.problem, read.value) == ("", dict(zip(IDS, marks, strict=True)))


@pytest.mark.parametrize(
    ("said", "marks", "missing", "first"),
    [
        ("1较好2很好", "34", "3、4、5、6", "学习任务考核设计"),
        ("1:3 2:4", "34", "3、4、5、6", "学习任务考核设计"),
        ("前五项很好", "44444", "6", "一体化示范课设计与实施"),
        ("3", "3", "2、3、4、5、6", "学习任务教学活动策划"),
        ("较好", "3", "2、3、4、5、6", "学习任务教学活动策划"),
    ],
)
def test_a_part_is_kept_and_what_is_missing_named(
    said: str, marks: str, missing: str, first: str
) -> None:
    read = read_matrix(FIELD, said)
    assert read.problem == "matrix_partial"
    assert read.value == dict(zip(IDS, marks, strict=False))
    assert read.params["missing"] == missing
    assert read.params["names"].split("、")[0] == first


SCALE = {"low": "1", "high": "4"}


@pytest.mark.parametrize(
    ("said", "problem", "params"),
    [
        ("34423", "matrix_count", {"got": "5", "want": "6"}),
        ("3442333", "matrix_count", {"got": "7", "want": "6"}),
        ("344253", "matrix_scale", {"mark": "5", "low": "1", "high": "4"}),
        ("前三项9，其余4", "matrix_scale", {"mark": "9", "low": "1", "high": "4"}),
        ("都是5分", "matrix_scale", {"mark": "5", "low": "1", "high": "4"}),
        ("第九项很好", "matrix_item", {"number": "9", "last": "6"}),
        ("前八项很好", "matrix_item", {"number": "7", "last": "6"}),
        ("第2项一般，第2项较好", "matrix_conflict", {"number": "2"}),
        ("哈哈", "matrix_unreadable", SCALE),
        ("前三项", "matrix_unreadable", SCALE),
        ("前三项较好，很好", "matrix_unreadable", SCALE),
        ("能住学校宿舍吗", "matrix_unreadable", SCALE),
        ("", "empty", {}),
    ],
)
def test_what_cannot_be_is_told_why(
    said: str, problem: str, params: dict[str, str]
) -> None:
    read = read_matrix(FIELD, said)
    assert (read.problem, read.params, read.value) == (problem, params, "")


@pytest.mark.parametrize(
    ("known", "said", "marks"),
    [
        ("3333", "44", "333344"),
        ("3", "其余很好", "344444"),
        ("34", "剩下的都一般", "342222"),
        ("33344", "4", "333444"),
        ("333", "第3项很好，其余一般", "334222"),
        ("33", "444444", "444444"),
        ("33", "都很好", "444444"),
        ("333333", "4", "4"),
    ],
)
def test_a_part_known_before_is_gone_on_with(known: str, said: str, marks: str) -> None:
    read = read_matrix(FIELD, said, dict(zip(IDS, known, strict=False)))
    assert read.value == dict(zip(IDS, marks, strict=False))


def test_one_by_one_ends_in_the_whole() -> None:
    known: object = ""
    for mark in "344233":
        assert isinstance(known, str | dict)
        known = read_matrix(FIELD, mark, known).value
    assert known == dict(zip(IDS, "344233", strict=True))


def test_the_marks_of_the_evaluation_are_read_the_same(ask: Ask) -> None:
    read = ask("lecturer_1_marks", "都3", form="evaluation")
    assert read.value == {f"3.1.{place}": "3" for place in range(1, 7)}
    named = ask("lecturer_1_marks", "3.1.2 一般，其余3", form="evaluation")
    assert named.value == {f"3.1.{n}": "2" if n == 2 else "3" for n in range(1, 7)}


@given(st.lists(st.sampled_from("1234"), min_size=6, max_size=6))
def test_any_row_of_marks_is_itself(marks: list[str]) -> None:
    for joint in ("", " ", "，", "、", "\n"):
        read = read_matrix(FIELD, joint.join(marks))
        assert read.value == dict(zip(IDS, marks, strict=True))


@given(st.dictionaries(st.integers(1, 6), st.sampled_from("1234"), min_size=1))
def test_items_named_one_by_one_are_never_mixed_up(marks: dict[int, str]) -> None:
    labels = {choice.value: choice.label for choice in FIELD.choices}
    said = "，".join(f"第{place}项{labels[mark]}" for place, mark in marks.items())
    assert read_matrix(FIELD, said).value == {
        IDS[place - 1]: marks[place] for place in sorted(marks)
    }
