"""附件6 part 1 is arithmetic, and every figure knows what it counts."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from conversations.rules.levels import LEVELS, MAJORS
from conversations.rules.summary import (
    ClassCount,
    Counted,
    PlanCount,
    figures,
    rate,
)

CLASSES = (
    ClassCount("2026-JX-01", "数控加工二级班", "二级", "机械类", 28, 26, 1),
    ClassCount("2026-JX-02", "钳工三级班", "三级", "机械类", 30, 27, 2),
    ClassCount("2026-XX-01", "网络二级班", "二级", "信息类", 20, 20),
)
PLAN = (
    PlanCount(1, "二级", "机械类", "2026-06-20", "2026-JX-01"),
    PlanCount(2, "三级", "机械类", "2026-07-20", "2026-JX-02"),
    PlanCount(3, "一级", "信息类", "2026-09-01", "", "报名人数不足"),
    PlanCount(4, "一级", "信息类", "2026-10-01", "", "报名人数不足"),
)


def test_all_the_plan_each_level_and_each_major_with_classes() -> None:
    found = [
        (one.number, one.group, one.key, one.value)
        for one in figures(Counted(CLASSES, PLAN))
    ]

    assert found[:6] == [
        (1, "", "classes", "3"),
        (2, "", "trained", "78"),
        (3, "", "passed", "73"),
        (4, "", "rate", "93.6%"),
        (5, "", "plan_rate", "50.0%"),
        (6, "", "not_run", "2"),
    ]
    assert found[10:14] == [
        (11, "二级", "classes", "2"),
        (12, "二级", "trained", "48"),
        (13, "二级", "passed", "46"),
        (14, "二级", "rate", "95.8%"),
    ]
    assert [one[1] for one in found[6::4]] == [*LEVELS, "机械类", "信息类"]
    assert Counted(CLASSES, PLAN).reasons == ("报名人数不足",)


def test_a_year_without_classes_has_zeros_and_no_rates() -> None:
    found = figures(Counted())

    assert [one.value for one in found[:6]] == ["0", "0", "0", "", "", "0"]
    assert len(found) == 6 + 4 * len(LEVELS)


@pytest.mark.parametrize(
    ("part", "whole", "said"),
    [(28, 30, "93.3%"), (1, 16, "6.3%"), (30, 30, "100.0%"), (0, 5, "0.0%")],
)
def test_rates_have_one_decimal_half_up(part: int, whole: int, said: str) -> None:
    assert rate(part, whole) == said


counts = st.builds(
    ClassCount,
    code=st.uuids().map(str),
    title=st.just("班"),
    level=st.sampled_from(LEVELS),
    major=st.sampled_from(MAJORS),
    trained=st.integers(0, 30),
    passed=st.integers(0, 30),
)


@given(st.lists(counts, max_size=20))
def test_levels_and_majors_each_add_up_to_all(found: list[ClassCount]) -> None:
    made = figures(Counted(tuple(found)))
    for key in ("classes", "trained", "passed"):
        of = {one.group: one.part for one in made if one.key == key}
        assert of[""] == sum(of[one] for one in LEVELS)
        assert of[""] == sum(of.get(one, 0) for one in MAJORS)
