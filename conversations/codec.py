"""A conversation as bytes, and back."""

from __future__ import annotations

import msgspec

from conversations.model import Conversation

VERSION = b"1"
"""The format written today; it stands before the JSON."""

_encoder = msgspec.json.Encoder()
_decoder = msgspec.json.Decoder(Conversation)


class UnreadableConversation(Exception):  # noqa: N818 -- a verdict on what was stored
    """Stored bytes are no conversation that this program can read."""

    def __init__(self, reason: str) -> None:
        super().__init__(f"cannot read a stored conversation: {reason}")
        self.reason = reason


def encode(conversation: Conversation) -> bytes:
    """The bytes to store: the format version, a blank, JSON."""
    return VERSION + b" " + _encoder.encode(conversation)


def decode(stored: bytes) -> Conversation:
    """The conversation that was stored.

    Raises:
        UnreadableConversation: an unknown format version, or broken content.
    """
    version, _, content = bytes(stored).partition(b" ")
    if version != VERSION:
        raise UnreadableConversation(f"unknown format version {version[:8]!r}")
    try:
        return _decoder.decode(content)
    except (msgspec.DecodeError, UnicodeDecodeError):
        raise UnreadableConversation("broken content") from None
