"""What an institution may open: told by each answer, and again of the whole."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date

import pytest

from conversations.model import Answer
from conversations.rules import openings
from conversations.rules.answers import (
    Around,
    Remark,
    check_answer,
    no_longer_stands,
    remarks,
)

TODAY = date(2026, 3, 2)
BASE = {
    "institution_kind": "教师培训基地",
    "approved": openings.pairs_said([("机械类", "二级"), ("信息类", "三级")]),
    "ahead_days": "40",
}
PLANNED = BASE | {
    "plan_level": "二级",
    "plan_major": "机械类",
    "plan_opens_on": "2026-06-20",
    "plan_headcount": "30",
}
AS_PLANNED = {
    "level": "二级",
    "major": "机械类",
    "opens_on": "2026-06-20",
    "headcount": "30",
}


def around(said: Mapping[str, str], context: Mapping[str, str] = BASE) -> Around:
    return Around({key: Answer(one) for key, one in said.items()}, context, TODAY)


def test_pairs_are_read_as_they_were_written() -> None:
    pairs = (("信息类", "三级"), ("机械类", "二级"))

    assert set(openings.pairs_of(openings.pairs_said(pairs))) == set(pairs)
    assert openings.pairs_of("") == ()


@pytest.mark.parametrize(
    ("field", "value", "said", "clause"),
    [
        ("level", "一级", {}, "规程第四条"),
        ("level", "二级", {}, None),
        ("major", "信息类", {"level": "二级"}, "规程第四条"),
        ("major", "信息类", {"level": "三级"}, None),
        ("major", "文化艺术与综合类", {}, None),
        ("opens_on", "2026-03-02", {}, "规程第八条"),
        ("opens_on", "2026-03-03", {}, None),
        ("title", "任何名称", {}, None),
    ],
)
def test_an_answer_is_refused_by_its_clause(
    field: str, value: str, said: dict[str, str], clause: str | None
) -> None:
    refusal = check_answer("class_opening", field, value, around(said))

    assert (refusal.clause if refusal else None) == clause


def test_a_base_without_any_approval_of_its_kind_is_told_so() -> None:
    context = BASE | {"approved": openings.pairs_said([("机械类", "一级")])}
    refusal = check_answer("class_opening", "level", "二级", around({}, context))

    assert refusal is not None
    assert "省级管理部门" in refusal.advice


def test_forms_without_rules_and_drafts_without_context_take_anything() -> None:
    assert check_answer("application", "level", "一级", around({})) is None
    assert check_answer("class_opening", "level", "一级", around({}, {})) is None


def test_another_level_makes_the_major_wrong() -> None:
    given = around({"level": "二级", "major": "信息类", "opens_on": "2026-06-20"})

    assert [
        field for field, _ in no_longer_stands("class_opening", "level", given)
    ] == ["major"]


@pytest.mark.parametrize(
    ("level", "last"),
    [("一级", "2026-06-27"), ("二级", "2026-06-28"), ("三级", "2026-06-26")],
)
def test_the_last_day_follows_from_the_level(level: str, last: str) -> None:
    said = remarks("class_opening", "opens_on", "2026-06-20", around({"level": level}))

    assert [(one.rule, one.facts["last"]) for one in said] == [("lasts", last)]


def test_short_notice_is_remarked_upon() -> None:
    said = remarks("class_opening", "opens_on", "2026-04-10", around({}))

    assert said == (Remark("short_notice", {"left": "39", "ahead": "40"}),)


@pytest.mark.parametrize("field", openings.WATCHED)
def test_each_planned_answer_that_differs_is_a_change(field: str) -> None:
    other = {
        "level": "三级",
        "major": "信息类",
        "opens_on": "2026-06-21",
        "headcount": "29",
    }

    assert openings.changed(AS_PLANNED, PLANNED) == ()
    assert openings.changed(AS_PLANNED | {field: other[field]}, PLANNED) == (field,)
    assert openings.changed(other, BASE) == ()


def test_the_whole_is_held_against_the_same_rules() -> None:
    whole = openings.check_opening(AS_PLANNED, BASE, today=TODAY)
    wrong = openings.check_opening(AS_PLANNED | {"level": "三级"}, BASE, today=TODAY)

    assert whole is None
    assert wrong is not None
    assert wrong.clause == "规程第四条"
