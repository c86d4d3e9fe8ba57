"""需求分析: counted by mark, told by name, and nothing of it that identifies."""

from __future__ import annotations

from conversations.forms.book import load_book
from conversations.model import Value
from conversations.rules.needs import TOLD, Filled, Rated, needs_of

FORM = load_book().newest("application")
ITEMS = (
    *("task_analysis", "activity_planning", "task_assessment"),
    *("worksheet", "information_sheet", "model_lesson"),
)


def filled(marks: str = "", **answers: Value) -> Filled:
    rated: dict[str, Value] = {"ability_2": dict(zip(ITEMS, marks, strict=False))}
    return Filled(FORM, {"name": "李敏", **(rated if marks else {}), **answers})


def test_each_ability_counts_how_many_gave_each_mark() -> None:
    needs = needs_of([filled("112344"), filled("122344")], nothing="无")

    assert needs.marks == ("较差", "一般", "较好", "很好")
    assert needs.rated[:3] == (
        Rated("学习任务分析", (2, 0, 0, 0)),
        Rated("学习任务教学活动策划", (1, 1, 0, 0)),
        Rated("学习任务考核设计", (0, 2, 0, 0)),
    )


def test_weak_is_the_lower_half_and_the_weakest_comes_first() -> None:
    needs = needs_of([filled("342444"), filled("314444")], nothing="无")

    assert [(one.label, one.weak) for one in needs.weakest] == [
        ("学习任务教学活动策划", 1),
        ("学习任务考核设计", 1),
    ]


def test_nobody_rated_nothing_counted() -> None:
    needs = needs_of([filled()], nothing="无")

    assert (needs.marks, needs.rated, needs.voices[0].marks) == ((), (), ())
    assert needs_of([], nothing="无").voices == ()


def test_what_was_answered_by_none_is_left_out() -> None:
    one = filled(
        needs="多讲案例",
        awards="无",
        trained="no",
        education={"bachelor": "机械工程"},
    )
    (voice,) = needs_of([one], nothing="无").voices

    assert [(said.label, said.text) for said in voice.said] == [
        ("学历", "本科 机械工程"),
        ("培训需求", "多讲案例"),
    ]


def test_nothing_that_identifies_or_reaches_a_teacher_is_looked_at() -> None:
    secret = dict.fromkeys(
        ("id_number", "phone", "email", "address", "photo", "signature"), "SECRET"
    )
    needs = needs_of([filled(**secret)], nothing="无")

    assert "SECRET" not in str(needs)
    assert set(TOLD).isdisjoint(secret)
