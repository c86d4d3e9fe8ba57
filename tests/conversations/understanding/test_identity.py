"""The 18-digit ID number (GB 11643). All numbers here are made up."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from conversations.understanding.identity import (
    age_on,
    birth_date,
    checksum,
    read_id_number,
    sex_of,
)

TODAY = date(2026, 11, 18)
# The example of the standard itself.
NUMBER = "11010519491231002X"

regions = st.sampled_from(["110105", "310115", "330113", "653228", "659012", "810000"])
births = st.dates(date(1900, 1, 1), TODAY)
numbers = st.builds(
    lambda region, born, order: _complete(f"{region}{born:%Y%m%d}{order:03d}"),
    regions,
    births,
    st.integers(0, 999),
)


def _complete(first: str) -> str:
    return first + checksum(first)


@pytest.mark.parametrize(
    "said",
    [
        NUMBER,
        "１１０１０５１９４９１２３１００２Ｘ",
        "11010519491231002x",
        "110105 19491231 002x",
        "110105-19491231-002X",
        "身份证号是11010519491231002X。",
        "11010519491231002×",
    ],
)
def test_a_right_number_is_read_however_it_is_written(said: str) -> None:
    assert read_id_number(said, today=TODAY).value == NUMBER


@pytest.mark.parametrize(
    ("said", "problem"),
    [
        ("110105491231002", "id_fifteen"),
        ("11010519491231002", "id_length"),
        ("11010519491231002X1", "id_characters"),
        ("110105194912310021X", "id_length"),
        ("1101O519491231002X", "id_letter_o"),
        ("1101o519491231002x", "id_letter_o"),
        ("11010519491231A02X", "id_characters"),
        ("99010519491231002X", "id_region"),
        ("11010519491331002X", "id_date"),
        ("11010519490230002X", "id_date"),
        ("11010518491231002X", "id_date"),
        ("11010520991231002X", "id_future"),
        ("110105194912310021", "id_checksum"),
        ("不想写", "id_characters"),
        ("", "empty"),
        (" ", "empty"),
    ],
)
def test_each_wrong_number_has_its_reason(said: str, problem: str) -> None:
    read = read_id_number(said, today=TODAY)
    assert read.problem == problem
    assert not any(run in str(read.params) for run in ("110105", "9490"))


def test_a_number_born_today_is_right_and_tomorrow_not_yet() -> None:
    def born(day: date) -> str:
        return _complete(f"110105{day:%Y%m%d}002")

    assert read_id_number(born(TODAY), today=TODAY).ok
    tomorrow = TODAY + timedelta(days=1)
    assert read_id_number(born(tomorrow), today=TODAY).problem == "id_future"


@given(numbers)
def test_every_number_with_its_check_is_right(number: str) -> None:
    assert read_id_number(number, today=TODAY).value == number


@given(numbers, st.integers(0, 16), st.integers(1, 9))
def test_one_wrong_digit_is_always_found(number: str, place: int, by: int) -> None:
    digit = (int(number[place]) + by) % 10
    wrong = f"{number[:place]}{digit}{number[place + 1 :]}"
    assert not read_id_number(wrong, today=TODAY).ok


@given(numbers, st.integers(0, 15))
def test_two_digits_changed_about_are_always_found(number: str, place: int) -> None:
    a, b = number[place], number[place + 1]
    wrong = f"{number[:place]}{b}{a}{number[place + 2 :]}"
    assert read_id_number(wrong, today=TODAY).ok == (a == b)


@pytest.mark.parametrize(
    ("number", "sex"), [("11010519491231002X", "女"), ("11010519491231011X", "男")]
)
def test_the_seventeenth_digit_tells_the_sex(number: str, sex: str) -> None:
    assert sex_of(number) == sex


@pytest.mark.parametrize(
    ("day", "age"),
    [
        (date(2026, 12, 30), 76),
        (date(2026, 12, 31), 77),
        (date(2027, 1, 1), 77),
        (date(1949, 12, 31), 0),
    ],
)
def test_a_year_is_full_on_the_birthday(day: date, age: int) -> None:
    assert birth_date(NUMBER) == date(1949, 12, 31)
    assert age_on(NUMBER, day) == age


def test_who_is_born_on_29_february_turns_on_1_march() -> None:
    number = "110105200002290020"
    assert age_on(number, date(2026, 2, 28)) == 25
    assert age_on(number, date(2026, 3, 1)) == 26
    assert age_on(number, date(2028, 2, 29)) == 28
