"""Days as people write them, seen from Wednesday 18 November 2026."""

from __future__ import annotations

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from conversations.understanding.dates import read_coming_date, read_date

TODAY = date(2026, 11, 18)


@pytest.mark.parametrize(
    ("said", "day"),
    [
        ("2026-03-05", "2026-03-05"),
        ("2026/3/5", "2026-03-05"),
        ("2026.3.5", "2026-03-05"),
        ("2026 3 5", "2026-03-05"),
        ("20260305", "2026-03-05"),
        ("２０２７－３－５", "2027-03-05"),
        ("2026年3月5日", "2026-03-05"),
        ("2026 年 3 月 5 日", "2026-03-05"),
        ("2026年3月5号", "2026-03-05"),
        ("26年3月5日", "2026-03-05"),
        ("二〇二七年一月二日", "2027-01-02"),
        ("2027年十二月三十一日", "2027-12-31"),
        ("明年三月五日", "2027-03-05"),
        ("去年12月1号", "2025-12-01"),
        ("12月5日", "2026-12-05"),
        ("十二月五号开班", "2026-12-05"),
        ("11月18日", "2026-11-18"),
        ("12.5", "2026-12-05"),
        ("12/5", "2026-12-05"),
        ("20号", "2026-11-20"),
        ("今天", "2026-11-18"),
        ("明天", "2026-11-19"),
        ("后天", "2026-11-20"),
        ("大后天", "2026-11-21"),
        ("前天", "2026-11-16"),
        ("下周三", "2026-11-25"),
        ("下星期一", "2026-11-23"),
        ("下个礼拜天", "2026-11-29"),
        ("本周五", "2026-11-20"),
        ("周五", "2026-11-20"),
        ("周三", "2026-11-18"),
        ("星期日", "2026-11-22"),
        ("下下周一", "2026-11-30"),
        ("上周五", "2026-11-13"),
        ("3天后", "2026-11-21"),
        ("两周后", "2026-12-02"),
        ("十天以后", "2026-11-28"),
        ("30天前", "2026-10-19"),
        ("三个月后", "2027-02-18"),
        ("一年后", "2027-11-18"),
        ("月底", "2026-11-30"),
        ("12月底", "2026-12-31"),
        ("下个月底", "2026-12-31"),
        ("3月底", "2027-03-31"),
        ("下个月5号", "2026-12-05"),
        ("本月20日", "2026-11-20"),
    ],
)
def test_a_day_with_one_reading(said: str, day: str) -> None:
    read = read_date(said, today=TODAY)
    assert (read.problem, read.value) == ("", day)


@pytest.mark.parametrize(
    ("said", "days"),
    [
        ("3月5日", ["2027-03-05", "2026-03-05"]),
        ("3.5", ["2027-03-05", "2026-03-05"]),
        ("5号", ["2026-12-05", "2026-11-05"]),
        ("周一", ["2026-11-23", "2026-11-16"]),
        ("2026年12月5日或2026年12月6日", ["2026-12-05", "2026-12-06"]),
    ],
)
def test_a_day_with_two_readings_asks_back_the_coming_first(
    said: str, days: list[str]
) -> None:
    read = read_date(said, today=TODAY)
    assert read.problem == "ambiguous"
    assert [one.value for one in read.candidates] == days


@pytest.mark.parametrize(
    ("said", "problem", "params"),
    [
        ("2月30日", "date_impossible", {}),
        ("2026年13月1日", "date_impossible", {}),
        ("2026-02-29", "date_impossible", {}),
        ("32号", "date_impossible", {}),
        ("99999天后", "date_impossible", {}),
        ("2026年3月", "date_incomplete", {"found": "2026年3月"}),
        ("26年3月", "date_incomplete", {"found": "26年3月"}),
        ("3月", "date_incomplete", {"found": "3月"}),
        ("去年", "date_incomplete", {"found": "去年"}),
        ("开班前40天", "date_unreadable", {}),
        ("40天", "date_unreadable", {}),
        ("3.55555", "date_unreadable", {}),
        ("尽快", "date_unreadable", {}),
        ("", "empty", {}),
    ],
)
def test_what_is_no_day_is_told_why(
    said: str, problem: str, params: dict[str, str]
) -> None:
    read = read_date(said, today=TODAY)
    assert (read.problem, read.params) == (problem, params)


def test_the_29_february_of_a_leap_year_to_come() -> None:
    assert read_date("2月29日", today=date(2027, 11, 18)).value == "2028-02-29"
    assert read_date("2月29日", today=TODAY).problem == "date_impossible"


def test_a_month_after_the_31st_ends_with_its_last_day() -> None:
    assert read_date("一个月后", today=date(2027, 1, 31)).value == "2027-02-28"


@given(st.dates(date(1990, 1, 1), date(2089, 12, 31)), st.dates(date(2000, 1, 1)))
def test_a_full_date_never_depends_on_today(day: date, today: date) -> None:
    for said in (
        day.isoformat(),
        f"{day.year}年{day.month}月{day.day}日",
        f"{day.year}/{day.month}/{day.day}",
        f"{day:%Y%m%d}",
    ):
        assert read_date(said, today=today).value == day.isoformat()


@pytest.mark.parametrize(
    ("said", "expected"),
    [
        ("1月21日", date(2027, 1, 21)),
        ("12月1日", date(2026, 12, 1)),
        ("2027年3月8日", date(2027, 3, 8)),
        ("2026年3月5日", date(2026, 3, 5)),
        ("不知道", None),
        ("2月30日", None),
    ],
)
def test_of_two_possible_days_the_coming_one_is_meant(
    said: str, expected: date | None
) -> None:
    assert read_coming_date(said, today=TODAY) == expected


@given(st.text())
def test_any_text_is_a_coming_day_or_none(said: str) -> None:
    found = read_coming_date(said, today=TODAY)
    assert found is None or isinstance(found, date)
