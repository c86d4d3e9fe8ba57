"""What came in, and how it was answered: every delivery gets the same answer."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime
from typing import Any

import msgspec
from sqlalchemy import (
    LargeBinary,
    Select,
    bindparam,
    cast,
    delete,
    insert,
    literal_column,
    null,
    select,
    update,
)
from sqlalchemy.exc import IntegrityError

from storage.database import UnitOfWork
from storage.errors import ConflictError
from storage.statements import InsertIgnoring, PerDialect, Upsert, Within
from storage.tables.messages import inbox
from storage.tables.people import grants


class InboxRow(msgspec.Struct, frozen=True):
    """A message that came before.

    ``state`` is ``done``, ``failed`` (once, to be tried again) or
    ``set_aside``. ``reply`` is None when it was forgotten or wiped.
    """

    message_key: str
    state: str
    reply: bytes | None
    failures: int


class Answered(msgspec.Struct, frozen=True):
    """A message with its answer, to be remembered.

    ``failures`` are those of an ``InboxRow`` in state ``failed``, which this
    answer replaces. ``draft_id`` names the draft the message was about.
    """

    message_key: str
    person_id: str | None
    received_at: datetime
    reply: bytes
    draft_id: str | None = None
    failures: int = 0


def _select_answered(within: Within) -> Select[Any]:
    return select(
        inbox.c.message_key, inbox.c.state, inbox.c.reply_sealed, inbox.c.failures
    ).where(within(inbox.c.message_key, "keys"))


# Shaped like a message, so that one question to the database asks for both.
_GRANTED = "granted"
_ANSWERED = PerDialect(_select_answered)
_ANSWERED_AND_GRANTED = PerDialect(
    lambda within: _select_answered(within).union_all(
        select(
            grants.c.person_id,
            literal_column(f"'{_GRANTED}'"),
            cast(null(), LargeBinary),
            literal_column("0"),
        ).where(within(grants.c.person_id, "ids"), grants.c.revoked_at.is_(None))
    )
)
_DROP_FAILED = PerDialect(
    lambda within: delete(inbox).where(
        within(inbox.c.message_key, "keys"), inbox.c.state == "failed"
    )
)
_INSERT = insert(inbox)
_FIRST = InsertIgnoring(inbox, "message_key")
_FAILED = Upsert(
    inbox,
    ["message_key"],
    lambda new: {"failures": inbox.c.failures + 1, "error": new.error},
    only_if=inbox.c.state == "failed",
    returning=("failures",),
)
_SET_ASIDE = Upsert(
    inbox,
    ["message_key"],
    lambda new: {
        "state": new.state,
        "reply_sealed": new.reply_sealed,
        "body_sealed": new.body_sealed,
        "error": new.error,
    },
    only_if=inbox.c.state == "failed",
)


async def answered(uow: UnitOfWork, *, keys: Sequence[str]) -> dict[str, InboxRow]:
    """Which of the messages came before, with their answers, by message key."""
    if not keys:
        return {}
    found = await uow.execute(_ANSWERED[uow.dialect], {"keys": list(keys)})
    return {row.message_key: row for row in _opened(uow, found)}


async def answered_and_granted(
    uow: UnitOfWork, *, keys: Sequence[str], person_ids: Sequence[str]
) -> tuple[dict[str, InboxRow], frozenset[str]]:
    """``answered``, and which of the persons have a role, in one round trip."""
    values = {"keys": list(keys), "ids": list(person_ids)}
    found = (await uow.execute(_ANSWERED_AND_GRANTED[uow.dialect], values)).all()
    earlier = [row for row in found if row[1] != _GRANTED]
    granted = frozenset(row[0] for row in found if row[1] == _GRANTED)
    return {row.message_key: row for row in _opened(uow, earlier)}, granted


def _opened(uow: UnitOfWork, found: Iterable[Sequence[Any]]) -> Iterator[InboxRow]:
    for key, state, sealed, failures in found:
        yield InboxRow(key, state, _open_reply(uow, key, sealed), failures)


def _open_reply(uow: UnitOfWork, key: str, sealed: bytes | None) -> bytes | None:
    if sealed is None:
        return None
    return uow.vault.open(sealed, table="inbox", column="reply_sealed", row=key)


async def remember(uow: UnitOfWork, rows: Sequence[Answered]) -> None:
    """Fix the answers of messages.

    Raises:
        ConflictError: another process answered one of them meanwhile; nothing of
            this transaction may be kept.
    """
    if not rows:
        return
    again = [row.message_key for row in rows if row.failures]
    if again:
        await uow.execute(_DROP_FAILED[uow.dialect], {"keys": again})
    seal = uow.vault.seal
    values = [
        {
            "message_key": row.message_key,
            "person_id": row.person_id,
            "received_at": row.received_at,
            "state": "done",
            "reply_sealed": seal(
                row.reply, table="inbox", column="reply_sealed", row=row.message_key
            ),
            "draft_id": row.draft_id,
            "failures": row.failures,
            "error": "",
        }
        for row in rows
    ]
    try:
        await uow.execute(_INSERT, values)
    except IntegrityError as error:
        raise ConflictError("a message was answered by another process") from error


async def take(
    uow: UnitOfWork, *, message_key: str, person_id: str | None, received_at: datetime
) -> bool:
    """Note a message that gets no answer; False when it came before.

    Another process that takes it in this moment makes this one wait.
    """
    row = {
        "message_key": message_key,
        "person_id": person_id,
        "received_at": received_at,
        "state": "done",
        "failures": 0,
        "error": "",
    }
    taken = await uow.execute(_FIRST[uow.dialect], row)
    return taken.first() is not None


async def record_failure(
    uow: UnitOfWork,
    *,
    message_key: str,
    person_id: str | None,
    received_at: datetime,
    error: str,
) -> int:
    """Count one failure of a message's own; how many there are now.

    A message that was answered or set aside meanwhile counts as 0.
    """
    row = {
        "message_key": message_key,
        "person_id": person_id,
        "received_at": received_at,
        "state": "failed",
        "failures": 1,
        "error": error,
    }
    counted = await uow.execute(_FAILED[uow.dialect], row)
    return int(counted.scalar_one_or_none() or 0)


async def set_aside(
    uow: UnitOfWork,
    *,
    message_key: str,
    person_id: str | None,
    received_at: datetime,
    reply: bytes,
    body: bytes,
    error: str,
) -> None:
    """Give a message up: its polite answer is fixed, its body kept sealed."""
    seal = uow.vault.seal
    row = {
        "message_key": message_key,
        "person_id": person_id,
        "received_at": received_at,
        "state": "set_aside",
        "reply_sealed": seal(
            reply, table="inbox", column="reply_sealed", row=message_key
        ),
        "body_sealed": seal(body, table="inbox", column="body_sealed", row=message_key),
        "failures": 2,
        "error": error,
    }
    await uow.execute(_SET_ASIDE[uow.dialect], row)


async def wipe_draft(uow: UnitOfWork, *, draft_id: str) -> None:
    """Forget what was said about a blind form: answers, bodies, and the draft's id."""
    await uow.execute(
        update(inbox)
        .where(inbox.c.draft_id == draft_id)
        .values(reply_sealed=None, body_sealed=None, draft_id=None)
    )


async def forget_replies(uow: UnitOfWork, *, older_than: datetime) -> int:
    """Drop messages received before ``older_than``; those set aside lose the reply.

    Platforms deliver again within seconds; answers are kept 24 hours.
    """
    old = inbox.c.received_at < bindparam("older_than")
    await uow.execute(
        update(inbox)
        .where(old, inbox.c.state == "set_aside")
        .values(reply_sealed=None),
        {"older_than": older_than},
    )
    gone = await uow.execute(
        delete(inbox).where(old, inbox.c.state != "set_aside"),
        {"older_than": older_than},
    )
    return gone.rowcount
