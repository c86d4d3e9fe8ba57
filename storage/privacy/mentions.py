"""Finding a person in texts that were written to somebody else.

A manager is told “王芳 applied” and lists applicants: such texts lie in the
outbox, among the remembered replies, and in what a manager was last asked.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime

import msgspec
from sqlalchemy import delete, or_, select, update

from conversations import codec
from storage import conversations as dialogues
from storage.database import UnitOfWork
from storage.tables.messages import conversations, inbox, outbox
from storage.tables.people import grants

_SHORTEST = 6
"""Shorter answers (男, 本科) give nobody away; names are always looked for."""


class Needles(msgspec.Struct, frozen=True):
    """Texts that give a person away, as they may stand in stored bytes."""

    forms: tuple[bytes, ...]

    @classmethod
    def of(cls, name: str, said: Iterable[str]) -> Needles:
        """The name, and what they said that is long enough to be theirs alone."""
        texts = {text for text in said if len(text) >= _SHORTEST} | {name} - {""}
        escaped = {
            text.encode("unicode_escape") for text in texts if not text.isascii()
        }
        return cls(tuple(sorted({text.encode() for text in texts} | escaped)))

    def stand_in(self, content: bytes) -> bool:
        """True iff the content gives the person away."""
        return any(form in content for form in self.forms)


def texts_in(value: object) -> list[str]:
    """Every text in an answer or a mapping of answers."""
    if isinstance(value, str):
        return [value] if value else []
    if isinstance(value, Mapping):
        return [text for part in value.values() for text in texts_in(part)]
    return []


async def wipe_mentions(
    uow: UnitOfWork, *, person_id: str, needles: Needles, now: datetime
) -> None:
    """Wipe the person from what managers were told; unsent pushes are cancelled.

    Only people with a role are told of others, so only theirs are read.
    """
    query = select(grants.c.person_id).where(grants.c.person_id != person_id)
    managers = sorted(set((await uow.execute(query)).scalars()))
    if needles.forms:
        await _wipe_outbox(uow, managers, needles, now)
        await _wipe_inbox(uow, managers, needles)
        await _wipe_asked(uow, managers, needles, now)


async def _wipe_outbox(
    uow: UnitOfWork, managers: list[str], needles: Needles, now: datetime
) -> None:
    query = select(outbox.c.id, outbox.c.body_sealed).where(
        outbox.c.person_id.in_(managers), outbox.c.body_sealed.is_not(None)
    )
    found = [
        row
        for row, sealed in await uow.execute(query)
        if needles.stand_in(
            uow.vault.open(sealed, table="outbox", column="body_sealed", row=row)
        )
    ]
    told = outbox.c.id.in_(found)
    await uow.execute(
        update(outbox)
        .where(told, outbox.c.state.in_(["waiting", "leased", "held"]))
        .values(state="cancelled", settled_at=now)
    )
    await uow.execute(update(outbox).where(told).values(body_sealed=None))


async def _wipe_inbox(uow: UnitOfWork, managers: list[str], needles: Needles) -> None:
    # Messages set aside may belong to nobody: their bodies are looked at too.
    query = select(
        inbox.c.message_key, inbox.c.reply_sealed, inbox.c.body_sealed
    ).where(or_(inbox.c.person_id.in_(managers), inbox.c.person_id.is_(None)))
    replies, bodies = [], []
    for key, reply, body in await uow.execute(query):
        if _mentions(uow, "reply_sealed", key, reply, needles):
            replies.append(key)
        if _mentions(uow, "body_sealed", key, body, needles):
            bodies.append(key)
    await uow.execute(
        update(inbox).where(inbox.c.message_key.in_(replies)).values(reply_sealed=None)
    )
    await uow.execute(delete(inbox).where(inbox.c.message_key.in_(bodies)))


def _mentions(
    uow: UnitOfWork, column: str, key: str, sealed: bytes | None, needles: Needles
) -> bool:
    if sealed is None:
        return False
    return needles.stand_in(
        uow.vault.open(sealed, table="inbox", column=column, row=key)
    )


async def _wipe_asked(
    uow: UnitOfWork, managers: list[str], needles: Needles, now: datetime
) -> None:
    """Forget the numbered choices that name the person; forms are left alone."""
    query = select(conversations.c.person_id).where(
        conversations.c.person_id.in_(managers)
    )
    ids = list((await uow.execute(query)).scalars())
    loaded = await dialogues.load(uow, person_ids=ids)
    changed = []
    for row in loaded.rows.values():
        conversation = codec.decode(row.state)
        asked = msgspec.json.encode(conversation.asked)
        if needles.stand_in(asked) or (row.push and needles.stand_in(row.push)):
            forgotten = msgspec.structs.replace(conversation, asked=None)
            changed.append(msgspec.structs.replace(row, state=codec.encode(forgotten)))
    await dialogues.save(uow, changed, now=now)
