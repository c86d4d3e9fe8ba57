"""Levels, days and institutions, by the clause that sets them."""

from __future__ import annotations

import pytest

from conversations.rules import levels


@pytest.mark.parametrize(
    ("level", "days"),
    [
        pytest.param("一级", 8, id="art-11-2-first"),
        pytest.param("二级", 9, id="art-11-2-second"),
        pytest.param("三级", 7, id="art-11-2-third"),
    ],
)
def test_a_level_has_its_days(level: str, days: int) -> None:
    assert levels.training_days(level) == days


@pytest.mark.parametrize(
    ("kind", "may"),
    [
        pytest.param("师资研修中心", ("一级",), id="art-4-research-centre"),
        pytest.param("教师培训基地", ("二级", "三级"), id="art-4-training-base"),
        pytest.param("技工院校", (), id="art-4-nobody-else"),
    ],
)
def test_a_kind_of_institution_runs_its_levels(kind: str, may: tuple[str, ...]) -> None:
    assert levels.levels_of(kind) == may
    assert tuple(one for one in levels.LEVELS if levels.may_run(kind, one)) == may


def test_an_unknown_level_is_nobodys() -> None:
    assert not levels.may_run("师资研修中心", "四级")
    with pytest.raises(KeyError):
        levels.training_days("四级")


def test_there_are_eight_majors_and_thirty_places() -> None:
    assert len(set(levels.MAJORS)) == 8
    assert levels.CAPACITY == 30
