"""The same three masks everywhere, and a scrubber that lets nothing through."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from conversations.understanding.masks import (
    mask_email,
    mask_id_number,
    mask_name,
    mask_phone,
    mask_text,
)
from tests.conversations.understanding.test_identity import numbers


def test_the_masks_are_those_of_the_interface() -> None:
    assert mask_id_number("320105199003070034") == "3***************34"
    assert mask_phone("13800138000") == "138******00"
    assert mask_email("zhang@example.com") == "z***@example.com"


def test_of_a_name_the_first_character_is_shown() -> None:
    names = ["李敏", "欧阳娜娜", " 王五 ", "李", ""]

    assert [mask_name(one) for one in names] == ["李*", "欧***", "王*", "李*", ""]


@pytest.mark.parametrize("short", ["", "1", "12", "123", "1234", "12345"])
def test_what_is_too_short_is_hidden_whole(short: str) -> None:
    assert mask_phone(short) == "*" * len(short)


@pytest.mark.parametrize(
    ("text", "masked"),
    [
        (
            "身份证11010519491231002X，手机 138-0013-8000，邮箱 zhang@example.com",
            "身份证1***************2X，手机 138******00，邮箱 z***@example.com",
        ),
        ("１３８００１３８０００", "１３８******００"),
        ("+8613800138000", "+86138******00"),
        ("86 13800138000", "86 138******00"),
        ("110105 19491231 002x", "1***************2x"),
        ("110105491231002", "1************02"),
        ("z＠qq.com", "z***@qq.com"),
        (
            "2026-NC-02，2026 年 6 月 20 日开班，30 人",
            "2026-NC-02，2026 年 6 月 20 日开班，30 人",
        ),
    ],
)
def test_a_text_is_scrubbed(text: str, masked: str) -> None:
    assert mask_text(text) == masked


phones = st.integers(13_000_000_000, 19_999_999_999).map(str)
around = st.text("号码是：，。 \nabc年月", max_size=6)


@given(around, numbers, around)
def test_no_id_number_comes_through(before: str, number: str, after: str) -> None:
    assert number not in mask_text(before + number + after)


@given(around, phones, around)
def test_no_phone_comes_through(before: str, number: str, after: str) -> None:
    masked = mask_text(before + number + after)
    assert not re.search(r"1[3-9]\d{9}", masked)


@given(st.text())
def test_masking_twice_changes_nothing_more(text: str) -> None:
    assert mask_text(mask_text(text)) == mask_text(text)
