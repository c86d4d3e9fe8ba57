"""A conversation survives being stored."""

from __future__ import annotations

from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from conversations.codec import UnreadableConversation, decode, encode
from conversations.model import Conversation
from tests.conversations.engine.people import FILLED, applicant


@pytest.mark.parametrize("filled", [0, 3, 12, len(FILLED)])
def test_what_is_stored_comes_back(filled: int) -> None:
    conversation = applicant(*FILLED[:filled]).conversation
    assert decode(encode(conversation)) == conversation


def test_the_format_version_stands_in_front() -> None:
    assert encode(Conversation()) == b"1 {}"


@pytest.mark.parametrize(
    ("stored", "reason"),
    [
        pytest.param(b"", "unknown format version b''", id="nothing"),
        pytest.param(b"{}", "unknown format version b'{}'", id="no-version"),
        pytest.param(b"2 {}", "unknown format version b'2'", id="of-tomorrow"),
        pytest.param(b"1 {", "broken content", id="cut-short"),
        pytest.param(b'1 {"drafts": 3}', "broken content", id="another-shape"),
        pytest.param(b'1 {"focus": "\xff"}', "broken content", id="not-utf-8"),
    ],
)
def test_what_cannot_be_read_is_told_as_such(stored: bytes, reason: str) -> None:
    with pytest.raises(UnreadableConversation) as raised:
        decode(stored)
    assert str(raised.value) == f"cannot read a stored conversation: {reason}"


@given(st.binary())
def test_no_bytes_raise_anything_else(stored: bytes) -> None:
    with suppress(UnreadableConversation):
        decode(stored)
