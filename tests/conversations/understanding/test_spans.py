"""Stretches of days: read as people write them, never an error."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from conversations.understanding.spans import Span, read_span

TODAY = date(2026, 3, 2)


@pytest.mark.parametrize(
    "said",
    [
        "6月1日到6月5日",
        "6月1日至5日",
        "6月1日-6月5日",
        "6月1日-5日",
        "6月1号~5号",
        "2026-06-01到2026-06-05",
        "2026-06-01-2026-06-05",
        "2026年6月1日—2026年6月5日",
        "六月一日到六月五日",
    ],
)
def test_days_from_to(said: str) -> None:
    expected = Span(date(2026, 6, 1), date(2026, 6, 5))

    assert read_span(said, today=TODAY) == expected


def test_one_day_is_a_stretch_of_one() -> None:
    assert read_span("6月1日", today=TODAY) == Span(date(2026, 6, 1), date(2026, 6, 1))


def test_a_stretch_over_new_year_ends_in_the_next() -> None:
    expected = Span(date(2026, 12, 28), date(2027, 1, 3))

    assert read_span("12月28日到1月3日", today=TODAY) == expected


@pytest.mark.parametrize(
    "said", ["", "有空", "6月5日到6月1日的前面", "到", "-", "月日"]
)
def test_what_is_no_stretch_is_nothing(said: str) -> None:
    assert read_span(said, today=TODAY) is None


@given(
    st.dates(date(2026, 3, 3), date(2030, 12, 1)),
    st.integers(0, 60),
    st.sampled_from(["到", "至", "~", "—", " 到 "]),
)
def test_iso_dates_are_read_whatever_stands_between(
    first: date, days: int, between: str
) -> None:
    last = first + timedelta(days=days)
    said = f"{first.isoformat()}{between}{last.isoformat()}"

    assert read_span(said, today=TODAY) == Span(first, last)


@given(st.text(max_size=40))
def test_it_never_raises(said: str) -> None:
    found = read_span(said, today=TODAY)

    assert found is None or found.first <= found.last
