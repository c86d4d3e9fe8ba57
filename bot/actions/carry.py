"""Held messages that go with the answer to a person's own: it costs no quota."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

import msgspec

from bot.ports import Encoded, Envelope, Push
from conversations.model import Reply
from storage.reach import HeldText

_TEXTS = ("text", "article")


def encode(
    envelope: Envelope,
    replies: Sequence[Reply],
    held: Sequence[HeldText],
    now: datetime,
) -> tuple[Encoded, tuple[str, ...]]:
    """The answer with as many held texts behind it as fit; which rows those are.

    Nothing is carried where the answer itself leaves something over.
    """
    encoded = envelope.encode(replies, now)
    if not held or encoded.overflow or envelope.inbound.kind == "unfollow":
        return encoded, ()
    said, carried = tuple(replies), list[str]()
    for row in held:
        reply = _carriable(row)
        if reply is None:
            continue
        more = (*said, reply)
        if not envelope.encode(more, now).overflow:
            said = more
            carried.append(row.id)
    # Once more: who encodes may keep what was encoded last.
    return envelope.encode(said, now), tuple(carried)


def _carriable(row: HeldText) -> Reply | None:
    """The text of a held message; None for a picture, a file or numbered choices.

    A bare number would answer the question that stands in the answer itself.
    """
    reply = msgspec.json.decode(row.body, type=Push).reply
    return reply if reply.kind in _TEXTS and not reply.choices else None
