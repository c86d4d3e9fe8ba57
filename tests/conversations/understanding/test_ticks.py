"""Several ticks, each with its detail."""

from __future__ import annotations

import pytest

from tests.conversations.understanding.conftest import Ask


@pytest.mark.parametrize(
    ("said", "value"),
    [
        ("本科 机械工程，硕士 机电", {"master": "机电", "bachelor": "机械工程"}),
        ("3机械工程", {"bachelor": "机械工程"}),
        ("３机械工程", {"bachelor": "机械工程"}),
        ("3 机械工程 2 机电", {"master": "机电", "bachelor": "机械工程"}),
        ("本科：机械工程；硕士：机电", {"master": "机电", "bachelor": "机械工程"}),
        ("本科（机械工程）", {"bachelor": "机械工程"}),
        ("本科，专业：机械工程", {"bachelor": "机械工程"}),
        ("本科是机械工程专业的", {"bachelor": "机械工程"}),
        ("机械工程本科", {"bachelor": "机械工程"}),
        ("本科，机械工程", {"bachelor": "机械工程"}),
        ("本科毕业，学的机械工程", {"bachelor": "机械工程"}),
        ("大专数控", {"college": "数控"}),
        ("研究生 机电", {"master": "机电"}),
        ("本科和硕士都是机械", {"master": "机械", "bachelor": "机械"}),
        ("本科 机械、电气", {"bachelor": "机械、电气"}),
    ],
)
def test_degrees_with_their_majors(ask: Ask, said: str, value: dict[str, str]) -> None:
    read = ask("education", said)
    assert (read.problem, read.value) == ("", value)


@pytest.mark.parametrize("said", ["本科", "3", "第三个", "大学本科"])
def test_a_degree_alone_asks_for_its_major(ask: Ask, said: str) -> None:
    read = ask("education", said)
    assert (read.problem, read.params, read.value) == (
        "ticks_detail",
        {"label": "本科", "detail": "专业"},
        {"bachelor": ""},
    )


def test_the_major_alone_completes_it(ask: Ask) -> None:
    read = ask("education", "专业是机械工程", {"bachelor": ""})
    assert (read.problem, read.value) == ("", {"bachelor": "机械工程"})


def test_two_missing_majors_are_asked_in_turn(ask: Ask) -> None:
    first = ask("education", "本科、硕士")
    assert (first.problem, first.params["label"]) == ("ticks_detail", "硕士")
    second = ask("education", "机电", first.value)
    assert (second.problem, second.params["label"]) == ("ticks_detail", "本科")
    assert ask("education", "机械工程", second.value).value == {
        "master": "机电",
        "bachelor": "机械工程",
    }


def test_a_finished_answer_is_written_anew(ask: Ask) -> None:
    read = ask("education", "硕士 机电", {"bachelor": "机械工程"})
    assert read.value == {"master": "机电"}


@pytest.mark.parametrize(
    ("said", "value"),
    [
        ("1 2", {"individual": "", "group": ""}),
        ("1、2", {"individual": "", "group": ""}),
        ("个人辅导和小组辅导", {"individual": "", "group": ""}),
        ("小组", {"group": ""}),
        ("其他：线上答疑", {"other": "线上答疑"}),
        ("3线上答疑", {"other": "线上答疑"}),
    ],
)
def test_ticks_without_details(ask: Ask, said: str, value: dict[str, str]) -> None:
    read = ask("follow_up_kinds", said, form="evaluation")
    assert (read.problem, read.value) == ("", value)


@pytest.mark.parametrize(
    ("said", "problem"),
    [
        ("不知道", "ticks_unknown"),
        ("9", "choice_number"),
        ("", "empty"),
        ("本科 " + "机" * 101, "too_long"),
    ],
)
def test_what_ticks_nothing_is_refused(ask: Ask, said: str, problem: str) -> None:
    assert ask("education", said).problem == problem
