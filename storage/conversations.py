"""Where each person's dialogue stands.

Per-person order is held by locks: on PostgreSQL rows are loaded ``FOR UPDATE``,
on SQLite the whole transaction is the only writer. The revision is the second
net: ``save`` refuses to write over a revision that was not loaded.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

import msgspec
from sqlalchemy import (
    Executable,
    Integer,
    LargeBinary,
    Text,
    bindparam,
    column,
    delete,
    func,
    insert,
    select,
    update,
)
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.exc import IntegrityError

from storage.crypto import SealError
from storage.database import UnitOfWork
from storage.errors import ConflictError
from storage.statements import PerDialect, Within
from storage.tables.messages import conversations, drafts
from storage.tables.types import Instant


class ConversationRow(msgspec.Struct, frozen=True):
    """A dialogue as it was loaded. ``push`` is JSON, None when there is none."""

    person_id: str
    revision: int
    state: bytes
    push: bytes | None = None


class Loaded(msgspec.Struct, frozen=True):
    """The dialogues that are ours now, by person id, and who is locked elsewhere.

    A person in neither has no dialogue yet.
    """

    rows: dict[str, ConversationRow]
    locked: frozenset[str] = frozenset()


class DraftRow(msgspec.Struct, frozen=True):
    """An open draft; its answers lie in the conversation."""

    id: str
    person_id: str
    form: str
    version: int
    subject: str
    started_at: datetime


def _select(within: Within) -> Any:
    return (
        select(
            conversations.c.person_id,
            conversations.c.revision,
            conversations.c.state_sealed,
            conversations.c.push_sealed,
        )
        .where(within(conversations.c.person_id, "ids"))
        .order_by(conversations.c.person_id)
    )


_LOAD = PerDialect(lambda within: _select(within).with_for_update())
_LOAD_FREE = PerDialect(
    lambda within: _select(within).with_for_update(skip_locked=True)
)
_EXISTING = PerDialect(
    lambda within: select(conversations.c.person_id).where(
        within(conversations.c.person_id, "ids")
    )
)
_INSERT = insert(conversations)
_SAVE_EACH = (
    update(conversations)
    .where(
        conversations.c.person_id == bindparam("id"),
        conversations.c.revision == bindparam("loaded"),
    )
    .values(
        revision=bindparam("loaded") + 1,
        state_sealed=bindparam("state"),
        push_sealed=None,
        updated_at=bindparam("at"),
    )
)


def _save_all() -> Executable:
    """All rows in one statement, so that PostgreSQL tells how many matched."""
    saved = func.unnest(
        bindparam("ids", type_=ARRAY(Text)),
        bindparam("loaded", type_=ARRAY(Integer)),
        bindparam("states", type_=ARRAY(LargeBinary)),
    ).table_valued(
        column("id", Text), column("loaded", Integer), column("state", LargeBinary)
    )
    saved = saved.render_derived(name="saved")
    return (
        update(conversations)
        .where(
            conversations.c.person_id == saved.c.id,
            conversations.c.revision == saved.c.loaded,
        )
        .values(
            revision=saved.c.loaded + 1,
            state_sealed=saved.c.state,
            push_sealed=None,
            updated_at=bindparam("at", type_=Instant),
        )
    )


_SAVE_ALL = _save_all()


async def load(
    uow: UnitOfWork, *, person_ids: Sequence[str], skip_locked: bool = False
) -> Loaded:
    """Lock and read the dialogues of ``person_ids``, in sorted order.

    With ``skip_locked`` those that another process holds are reported instead
    of waited for; a second query, only when some are missing, tells them from
    those that do not exist.
    """
    if not person_ids:
        return Loaded({})
    ids = sorted(person_ids)
    statement = _LOAD_FREE if skip_locked else _LOAD
    found = await uow.execute(statement[uow.dialect], {"ids": ids})
    rows = {
        person_id: ConversationRow(
            person_id,
            revision,
            # What cannot be opened is given as it lies there: it decodes to nothing.
            _opened(uow, "state_sealed", person_id, state) or state,
            _opened(uow, "push_sealed", person_id, push) if push else None,
        )
        for person_id, revision, state, push in found
    }
    missing = [person_id for person_id in ids if person_id not in rows]
    if not (missing and skip_locked and uow.dialect == "postgresql"):
        return Loaded(rows)
    existing = await uow.execute(_EXISTING[uow.dialect], {"ids": missing})
    return Loaded(rows, frozenset(existing.scalars()))


def _opened(uow: UnitOfWork, name: str, person_id: str, sealed: bytes) -> bytes | None:
    try:
        return uow.vault.open(sealed, table="conversations", column=name, row=person_id)
    except SealError:
        return None


def _seal(uow: UnitOfWork, name: str, person_id: str, data: bytes) -> bytes:
    return uow.vault.seal(data, table="conversations", column=name, row=person_id)


async def insert_new(
    uow: UnitOfWork, rows: Sequence[ConversationRow], *, now: datetime
) -> None:
    """Begin dialogues; their first revision is 1, whatever the rows say.

    Raises:
        ConflictError: another process began one of them first.
    """
    if not rows:
        return
    values = [
        {
            "person_id": row.person_id,
            "revision": 1,
            "state_sealed": _seal(uow, "state_sealed", row.person_id, row.state),
            "updated_at": now,
        }
        for row in sorted(rows, key=_by_person)
    ]
    try:
        await uow.execute(_INSERT, values)
    except IntegrityError as error:
        raise ConflictError("a dialogue was begun by another process") from error


def _by_person(row: ConversationRow) -> str:
    return row.person_id


async def save(
    uow: UnitOfWork, rows: Sequence[ConversationRow], *, now: datetime
) -> None:
    """Write new states over the revisions that were loaded; pushes are cleared.

    ``revision`` of a row is the one that was loaded; the kept one is one more.

    Raises:
        ConflictError: a revision was not the loaded one; nothing may be kept.
    """
    if not rows:
        return
    ids = [row.person_id for row in rows]
    states = [_seal(uow, "state_sealed", row.person_id, row.state) for row in rows]
    if uow.dialect == "postgresql":
        revisions = [row.revision for row in rows]
        values: Any = {"ids": ids, "loaded": revisions, "states": states, "at": now}
        saved = await uow.execute(_SAVE_ALL, values)
    else:
        values = [
            {"id": row.person_id, "loaded": row.revision, "state": state, "at": now}
            for row, state in zip(rows, states, strict=True)
        ]
        saved = await uow.execute(_SAVE_EACH, values)
    if saved.rowcount != len(rows):
        raise ConflictError("a dialogue moved on in another process")


async def set_push(uow: UnitOfWork, *, person_id: str, push: bytes | None) -> None:
    """Note the numbered choices (JSON) of a push that reached the person."""
    sealed = _seal(uow, "push_sealed", person_id, push) if push is not None else None
    await uow.execute(
        update(conversations)
        .where(conversations.c.person_id == person_id)
        .values(push_sealed=sealed)
    )


_OPEN_DRAFT = insert(drafts)
_CLOSE_DRAFTS = PerDialect(
    lambda within: delete(drafts).where(within(drafts.c.id, "ids"))
)


async def open_drafts(uow: UnitOfWork, rows: Sequence[DraftRow]) -> None:
    """Enter drafts that began into the index."""
    if rows:
        await uow.execute(
            _OPEN_DRAFT,
            [
                {
                    "id": row.id,
                    "person_id": row.person_id,
                    "form": row.form,
                    "version": row.version,
                    "subject": row.subject,
                    "started_at": row.started_at,
                }
                for row in rows
            ],
        )


async def close_drafts(uow: UnitOfWork, *, draft_ids: Sequence[str]) -> None:
    """Take drafts that ended out of the index."""
    if draft_ids:
        await uow.execute(_CLOSE_DRAFTS[uow.dialect], {"ids": list(draft_ids)})


async def find_drafts(
    uow: UnitOfWork,
    *,
    subject: str | None = None,
    form: str | None = None,
    person_id: str | None = None,
) -> tuple[DraftRow, ...]:
    """Open drafts, oldest first, narrowed by what is given."""
    query = select(
        drafts.c.id,
        drafts.c.person_id,
        drafts.c.form,
        drafts.c.version,
        drafts.c.subject,
        drafts.c.started_at,
    ).order_by(drafts.c.started_at, drafts.c.id)
    wanted = {"subject": subject, "form": form, "person_id": person_id}
    for name, value in wanted.items():
        if value is not None:
            query = query.where(drafts.c[name] == value)
    return tuple(DraftRow(*row) for row in await uow.execute(query))
