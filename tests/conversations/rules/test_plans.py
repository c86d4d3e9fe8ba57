"""Half years, and what may be planned for one."""

from __future__ import annotations

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from conversations.rules.half_years import (
    first_day,
    following,
    half_year_of,
    is_half_year,
    last_day,
)
from conversations.rules.plans import check_item, names_said, provinces_named
from conversations.understanding.half_years import read_half_year

TODAY = date(2026, 11, 20)
DAYS = st.dates(date(2020, 1, 1), date(2060, 12, 31))
NAMES = ("江南省", "江北省", "江南西省")


@given(DAYS)
def test_a_day_lies_within_its_half_year(day: date) -> None:
    period = half_year_of(day)

    assert is_half_year(period)
    assert first_day(period) <= day <= last_day(period)
    assert half_year_of(first_day(following(period))) == following(period)


@pytest.mark.parametrize(
    ("said", "period"),
    [
        ("2027-1", "2027-1"),
        ("2027年上半年", "2027-1"),
        ("２０２７年 上半年", "2027-1"),
        ("2027下半年", "2027-2"),
        ("明年上半年", "2027-1"),
        ("今年下半年", "2026-2"),
        ("上半年", "2027-1"),
        ("下半年", "2026-2"),
        ("第1", ""),
        ("12", ""),
        ("2", ""),
        ("2027", ""),
        ("", ""),
        ("模板", ""),
    ],
)
def test_a_half_year_is_read_as_people_write_it(said: str, period: str) -> None:
    assert read_half_year(said, today=TODAY) == period


@given(st.text(max_size=30))
def test_no_text_is_too_odd_to_be_read(text: str) -> None:
    assert read_half_year(text, today=TODAY) == "" or is_half_year(
        read_half_year(text, today=TODAY)
    )


@pytest.mark.parametrize(
    ("said", "found", "unknown"),
    [
        ("江北省", ("江北省",), ()),
        ("江南省、江北", ("江南省", "江北省"), ()),
        ("江北，江北省", ("江北省",), ()),
        ("江南", (), ("江南",)),
        ("天边省、江北省", ("江北省",), ("天边省",)),
        ("、", (), ()),
    ],
)
def test_provinces_are_found_by_name_or_by_what_begins_only_one(
    said: str, found: tuple[str, ...], unknown: tuple[str, ...]
) -> None:
    assert provinces_named(said, NAMES) == (found, unknown)


def test_every_reason_is_told_not_only_the_first() -> None:
    context = {
        "institution_kind": "教师培训基地",
        "approved": "机械类,二级",
        "period": "2027-1",
        "provinces": names_said(NAMES),
    }
    said = {
        "level": "二级",
        "major": "信息类",
        "opens_on": "2027-07-01",
        "headcount": "30",
        "recruits": "named",
        "provinces": "天边省",
    }
    good = said | {"major": "机械类", "opens_on": "2027-06-30", "provinces": "江北省"}

    assert [one.clause for one in check_item(said, context, today=TODAY)] == [
        "规程第四条",
        "规程第七条",
        "规程第七条",
    ]
    assert check_item(good, context, today=TODAY) == ()
