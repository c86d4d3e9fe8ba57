"""Texts as they can be printed: nothing invisible, nothing without a glyph."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.documents.glyphs import has_glyph, printable


@pytest.mark.parametrize("character", "汉字䶮堃喆玥镕㙓□√〓（）：，·")
def test_names_and_punctuation_have_glyphs(character: str) -> None:
    assert has_glyph(character)


@pytest.mark.parametrize(
    ("text", "printed", "lost"),
    [
        ("李晓梅", "李晓梅", ""),
        ("𠮷野", "〓野", "𠮷"),
        ("很好👍🏻", "很好", ""),
        ("\u202e反\u200b向\ufeff", "反向", ""),
        ("一\t二\x00三\n四", "一 二三\n四", ""),
        ("买买提·吐尔逊", "买买提·吐尔逊", ""),
    ],
)
def test_what_cannot_be_printed_is_marked_or_left_out(
    text: str, printed: str, lost: str
) -> None:
    assert printable(text) == (printed, frozenset(lost))


@given(st.text())
def test_whatever_is_written_ends_up_printable(text: str) -> None:
    printed, _ = printable(text)

    assert printable(printed) == (printed, frozenset())
    assert all(has_glyph(character) for character in printed)
