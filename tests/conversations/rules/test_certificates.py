"""Who gets a certificate, and numbers that nobody finds by counting."""

from __future__ import annotations

import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from conversations.rules.certificates import (
    Candidate,
    make_number,
    read_number,
    scheme,
    withheld,
)


def test_a_number_names_its_class_and_ends_in_signs_drawn_anew() -> None:
    drawn = itertools.cycle("7K3M9Q")

    assert make_number("2026-JX-01", 5, lambda _signs: next(drawn)) == (
        "2026-JX-01-05-7K3M9Q"
    )


def test_the_signs_are_hard_to_guess_and_hard_to_misread() -> None:
    rules = scheme()

    assert len(rules.alphabet) ** rules.secret_length > 500_000_000
    assert set("01ILOU").isdisjoint(set(rules.alphabet) - {"U"})


@pytest.mark.parametrize(
    "said",
    ["2026-JX-01-05-7K3M9Q", " 2026-jx-01-05-7k3m9q ", "２０２６－ＪＸ—０１-05-7K3M9Q"],
)
def test_a_number_is_read_as_people_write_it(said: str) -> None:
    assert read_number(said) == "2026-JX-01-05-7K3M9Q"


@given(st.text())
def test_whatever_is_typed_is_read_or_refused(said: str) -> None:
    read = read_number(said)

    assert len(read) <= scheme().longest
    assert read_number(read) == read


@pytest.mark.parametrize("said", ["", "../../etc", "x" * 41, "<script>", "张三"])
def test_what_cannot_be_a_number_is_none(said: str) -> None:
    assert read_number(said) == ""


@pytest.mark.parametrize(
    ("passed", "complete", "evaluated", "why"),
    [
        (True, True, True, None),
        (True, True, False, "结束评估表还没有交"),
        (False, True, True, "两项考核没有都合格"),
        (False, False, True, "考核成绩还没有齐"),
        (False, False, False, "考核成绩还没有齐"),
    ],
)
def test_only_who_passed_both_and_evaluated_is_certified(
    passed: bool,
    complete: bool,
    evaluated: bool,
    why: str | None,
) -> None:
    refused = withheld(Candidate(passed, complete, evaluated, "还差 1 位评分"))

    assert (refused.reason if refused else None) == why
