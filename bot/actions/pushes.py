"""Messages to people who did not just write: to which address, once."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import UTC, datetime

import msgspec

from bot.ports import Push
from conversations.model import Reply
from storage import outbox, people
from storage.database import UnitOfWork
from storage.outbox import OutboxRow
from storage.people import AddressRow

# Shows all that waited when its page is opened, as a chat does.
_WAITS_FOR_ITS_PERSON = frozenset({"webchat"})
# Lets five messages follow each one of the person's, and no more.
_COUNTS_MESSAGES = frozenset({"official_account"})
_ONE_TEXT = 1800
_NEVER = datetime.min.replace(tzinfo=UTC)


class Message(msgspec.Struct, frozen=True):
    """Something to tell a person; the same ``dedupe_key`` is told once."""

    person_id: str
    dedupe_key: str
    push: Push
    purpose: str
    urgency: int
    not_before: datetime
    expires_at: datetime | None = None
    notice_id: str | None = None
    class_id: str | None = None


async def whereabouts(
    uow: UnitOfWork, *, person_ids: Sequence[str]
) -> dict[str, AddressRow]:
    """Each person's address that they wrote from last, among those that are alive.

    Who has only dead ones is given one of those: what is said to them is then
    seen not to arrive, instead of never having been said.
    """
    found = await people.addresses_of(uow, person_ids=person_ids)
    best = {person_id: _best(rows) for person_id, rows in found.items()}
    return {person_id: row for person_id, row in best.items() if row}


def _best(rows: Sequence[AddressRow]) -> AddressRow | None:
    return max(
        rows,
        key=lambda row: (row.reachable, row.last_inbound_at or _NEVER),
        default=None,
    )


def as_few(replies: Sequence[Reply], *, channel: str) -> tuple[Reply, ...]:
    """The same replies in as few messages as they fit, where each one is counted.

    Texts that follow one another become one; choices stay the last thing said.
    """
    if channel not in _COUNTS_MESSAGES:
        return tuple(replies)
    few: list[Reply] = []
    for reply in replies:
        before = few[-1] if few else None
        together = f"{before.text}\n\n{reply.text}" if before else reply.text
        if before and _joins(before, reply) and len(together.encode()) <= _ONE_TEXT:
            few[-1] = msgspec.structs.replace(reply, text=together)
        else:
            few.append(reply)
    return tuple(few)


def _joins(before: Reply, reply: Reply) -> bool:
    return before.kind == reply.kind == "text" and not before.choices


async def queue(
    uow: UnitOfWork,
    messages: Sequence[Message],
    *,
    to: dict[str, AddressRow],
    now: datetime,
    new_id: Callable[[], str],
) -> int:
    """Decide to send the messages; how many are new to people who can be reached."""
    rows = [
        _row(message, to[message.person_id], new_id())
        for message in messages
        if message.person_id in to
    ]
    alive = {row.id for row in rows if row.person_id and to[row.person_id].reachable}
    return len(alive & await outbox.enqueue(uow, rows, now=now))


def _row(message: Message, address: AddressRow, id_: str) -> OutboxRow:
    waits = address.channel in _WAITS_FOR_ITS_PERSON
    return OutboxRow(
        id=id_,
        dedupe_key=message.dedupe_key,
        person_id=message.person_id,
        address_id=address.id,
        channel=address.channel,
        purpose=message.purpose,
        urgency=message.urgency,
        body=msgspec.json.encode(message.push),
        not_before=message.not_before,
        expires_at=None if waits else message.expires_at,
        notice_id=message.notice_id,
        class_id=message.class_id,
    )
