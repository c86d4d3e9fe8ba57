"""Who may apply, and why not."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import msgspec
import pytest

from conversations.errors import DefinitionError
from conversations.model import Answer, Refusal
from conversations.rules.eligibility import (
    Applicant,
    ClassTerms,
    check_application,
    check_eligibility,
    check_places,
    load_requirements,
)
from conversations.rules.levels import LEVELS

TODAY = date(2026, 6, 1)
TERMS = ClassTerms(
    level="二级", major="机械类", apply_until=date(2026, 6, 13), places_taken=29
)


def answers(born: str = "19900307", degree: str = "bachelor") -> dict[str, Answer]:
    return {
        "id_number": Answer(f"110105{born}0021"),
        "education": Answer({degree: "机械工程"}),
    }


def reason(refusal: Refusal | None) -> str:
    return "" if refusal is None else refusal.reason


# ---- 申报条件 (an invented sample) ----


@pytest.mark.parametrize("level", LEVELS)
def test_who_meets_the_conditions_may_apply(level: str) -> None:
    assert check_eligibility(level, answers(), {}, TODAY) is None


def test_a_condition_not_met_gives_reason_source_and_advice() -> None:
    assert check_eligibility("一级", answers(degree="college"), {}, TODAY) == Refusal(
        reason="一级班要求本科及以上学历",
        clause="培训标准，示例条件",
        advice="学历没填全的话可以先修改；也可以看看二级、三级班。",
    )


def test_one_of_several_degrees_is_enough() -> None:
    both = answers() | {"education": Answer({"college": "数控", "master": "机电"})}
    assert check_eligibility("一级", both, {}, TODAY) is None


@pytest.mark.parametrize(
    ("born", "may"),
    [
        pytest.param("20040601", True, id="22 today"),
        pytest.param("20040602", False, id="22 tomorrow"),
        pytest.param("19650602", True, id="61 tomorrow"),
        pytest.param("19650601", False, id="61 today"),
    ],
)
def test_the_age_counts_on_the_day_of_applying(born: str, may: bool) -> None:
    assert (check_eligibility("一级", answers(born), {}, TODAY) is None) == may


def test_what_is_not_answered_refuses_nobody() -> None:
    assert check_eligibility("一级", {}, {}, TODAY) is None


def test_an_unknown_level_has_no_conditions() -> None:
    assert check_eligibility("四级", answers(), {}, TODAY) is None


SAMPLE = """\
level = "一级"
clause = "a clause"

[[conditions]]
field = "first_phase"
any = ["yes"]
majors = ["机械类"]
reason = "first phase only"
"""


def write_rules(folder: Path, first: str = SAMPLE) -> Path:
    folder.mkdir()
    (folder / "level_1.toml").write_text(first, encoding="utf-8")
    for number, level in ((2, "二级"), (3, "三级")):
        text = f'level = "{level}"\nclause = "a clause"\nconditions = []\n'
        (folder / f"level_{number}.toml").write_text(text, encoding="utf-8")
    return folder


def test_an_operator_may_bring_their_own_conditions(tmp_path: Path) -> None:
    rules = load_requirements(write_rules(tmp_path / "rules"))
    assert tuple(rules) == LEVELS
    assert [one.field for one in rules["一级"].conditions] == ["first_phase"]


@pytest.mark.parametrize(
    ("sound", "broken", "line", "why"),
    [
        ('level = "一级"', 'level = "二级"', 1, "level '二级', wanted '一级'"),
        ('"first phase only"', '""', 8, "reason is empty"),
        ('["机械类"]', '["机械"]', 7, "there is no major '机械'"),
        (
            'any = ["yes"]',
            "age_from = 20",
            5,
            "an age is that of the field 'id_number'",
        ),
        (
            'any = ["yes"]\n',
            "",
            5,
            "a condition has either any, or age_from and age_to",
        ),
        ('any = ["yes"]', 'some = ["yes"]', 6, "Object contains unknown field `some`"),
    ],
)
def test_conditions_that_do_not_hold_together_stop_the_start(
    tmp_path: Path, sound: str, broken: str, line: int, why: str
) -> None:
    assert sound in SAMPLE
    folder = write_rules(tmp_path / "rules", SAMPLE.replace(sound, broken, 1))
    with pytest.raises(DefinitionError) as caught:
        load_requirements(folder)
    assert str(caught.value) == f"eligibility/level_1.toml:{line}: {why}"


def test_a_level_without_its_file_stops_the_start(tmp_path: Path) -> None:
    folder = write_rules(tmp_path / "rules")
    (folder / "level_3.toml").unlink()
    with pytest.raises(DefinitionError) as caught:
        load_requirements(folder)
    assert str(caught.value) == "eligibility/level_3.toml:1: the file is missing"


# ---- the terms of a class ----


def test_an_open_class_takes_an_application() -> None:
    applicant = Applicant(level="二级", major="机械类", province="江南省")
    assert check_application(TERMS, applicant, today=TODAY) is None
    assert check_application(TERMS, Applicant(), today=TODAY) is None


@pytest.mark.parametrize(
    ("today", "may"),
    [
        pytest.param(date(2026, 6, 12), True, id="the day before"),
        pytest.param(date(2026, 6, 13), True, id="the last day"),
        pytest.param(date(2026, 6, 14), False, id="the day after"),
    ],
)
def test_the_last_day_to_apply_counts(today: date, may: bool) -> None:
    refusal = check_application(TERMS, Applicant(), today=today)
    assert reason(refusal) == ("" if may else "本班 6 月 13 日已截止报名")


@pytest.mark.parametrize(
    ("taken", "full"),
    [
        pytest.param(29, False, id="art-11-3-one-left"),
        pytest.param(30, True, id="art-11-3-full"),
    ],
)
def test_the_thirtieth_place_is_the_last(taken: int, full: bool) -> None:
    terms = msgspec.structs.replace(TERMS, places_taken=taken)
    expected = Refusal(
        reason="本班已满 30 人",
        clause="规程第十一条",
        advice="可以候补，有人退出时按报名先后递补。",
    )
    assert check_places(terms) == (expected if full else None)
    assert check_application(terms, Applicant(), today=TODAY) == check_places(terms)


def test_no_class_is_larger_than_the_regulation_lets_it() -> None:
    terms = msgspec.structs.replace(TERMS, capacity=40, places_taken=30)
    assert reason(check_places(terms)) == "本班已满 30 人"


def test_a_smaller_class_is_full_sooner() -> None:
    terms = msgspec.structs.replace(TERMS, capacity=20, places_taken=20)
    assert reason(check_places(terms)) == "本班已满 20 人"


@pytest.mark.parametrize(
    ("applicant", "why", "clause"),
    [
        pytest.param(
            Applicant(level="三级"),
            "本班是二级班，表上填的是三级",
            "规程第十条",
            id="art-10-level",
        ),
        pytest.param(
            Applicant(major="信息类"),
            "本班招机械类，表上填的是信息类",
            "规程第十条",
            id="art-10-major",
        ),
        pytest.param(
            Applicant(province="海西省"),
            "本班不在您所在的省招生",
            "规程第七条，招生范围",
            id="art-7-province",
        ),
    ],
)
def test_whom_the_class_is_not_for(applicant: Applicant, why: str, clause: str) -> None:
    terms = msgspec.structs.replace(TERMS, recruits_from=("江南省", "江北省"))
    refusal = check_application(terms, applicant, today=TODAY)
    assert refusal is not None
    assert (refusal.reason, refusal.clause) == (why, clause)


def test_a_class_that_does_not_recruit_says_so_first() -> None:
    terms = msgspec.structs.replace(TERMS, recruiting=False, places_taken=30)
    refusal = check_application(terms, Applicant(level="三级"), today=date(2027, 1, 1))
    assert reason(refusal) == "本班不在招生"
