"""Notices: their texts, their life, and who is on their list."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

import msgspec
from sqlalchemy import ColumnElement, exists, insert, or_, select, true, update

from notices.audience import Audience
from storage.articles import OPEN
from storage.database import UnitOfWork
from storage.organisations import below
from storage.tables.notices import articles, notices
from storage.tables.people import scopes

# A notice that people can read at its address.
READABLE = ("published", "stopped")


class NoticeRow(msgspec.Struct, frozen=True):
    """A notice. ``publisher`` is the name of its scope, ``scope_path`` its path.

    ``audience_state`` is ``freezing`` while the list is being made, then
    ``frozen``; ``audience_cursor`` is the last person looked at.
    """

    id: str
    number: int
    slug: str
    kind: str
    title: str
    body: str
    class_id: str | None
    scope_id: str
    audience: Audience
    state: str
    author_id: str
    approved_by: str | None
    created_at: datetime
    published_at: datetime | None
    audience_cursor: str | None
    audience_state: str
    audience_size: int
    scope_path: str = ""
    publisher: str = ""


_JOINED_FIELDS = ("scope_path", "publisher")
_OWN = tuple(
    notices.c[name]
    for name in NoticeRow.__struct_fields__
    if name not in _JOINED_FIELDS
)
_JOINED = select(*_OWN, scopes.c.path, scopes.c.name).join(
    scopes, scopes.c.id == notices.c.scope_id
)
_NEWEST_FIRST = _JOINED.order_by(notices.c.published_at.desc(), notices.c.number.desc())


def _notice(row: Sequence[object]) -> NoticeRow:
    values = dict(zip(NoticeRow.__struct_fields__, row, strict=True))
    return msgspec.convert(values, NoticeRow)


async def add(uow: UnitOfWork, row: NoticeRow) -> None:
    """Keep a new notice."""
    values = msgspec.structs.asdict(row)
    await uow.execute(
        insert(notices),
        {column.name: values[column.name] for column in _OWN}
        | {"audience": msgspec.to_builtins(row.audience)},
    )


async def get(
    uow: UnitOfWork, *, notice_id: str, lock: bool = False
) -> NoticeRow | None:
    """A notice by its id; with ``lock`` nobody else takes it on meanwhile."""
    return await _one(uow, notices.c.id == notice_id, lock=lock)


async def by_number(
    uow: UnitOfWork, *, number: int, lock: bool = False
) -> NoticeRow | None:
    """A notice by its number; with ``lock`` nobody else takes it on meanwhile."""
    return await _one(uow, notices.c.number == number, lock=lock)


async def readable(uow: UnitOfWork, *, slug: str) -> NoticeRow | None:
    """What stands at ``/n/{slug}``; None for drafts and what was withdrawn."""
    return await _one(
        uow, (notices.c.slug == slug) & notices.c.state.in_(READABLE), lock=False
    )


async def _one(
    uow: UnitOfWork, test: ColumnElement[bool], *, lock: bool
) -> NoticeRow | None:
    query = _JOINED.where(test)
    if lock:
        query = query.with_for_update(of=notices)
    row = (await uow.execute(query)).first()
    return _notice(row) if row else None


async def rewrite(uow: UnitOfWork, *, notice_id: str, title: str, body: str) -> bool:
    """Replace the text of what is not out yet; False when it is."""
    done = await uow.execute(
        update(notices)
        .where(
            notices.c.id == notice_id,
            notices.c.state.in_(["draft", "awaiting_approval"]),
        )
        .values(title=title, body=body)
    )
    return bool(done.rowcount == 1)


async def take_on(
    uow: UnitOfWork,
    *,
    notice_id: str,
    before: str,
    after: str,
    approved_by: str | None = None,
    published_at: datetime | None = None,
) -> bool:
    """Move a notice from one state to another; False when it is in another.

    With ``published_at`` its list begins to be made.
    """
    values: dict[str, object] = {"state": after}
    if approved_by is not None:
        values["approved_by"] = approved_by
    if published_at is not None:
        values["published_at"] = published_at
        values["audience_state"] = "freezing"
        values["audience_cursor"] = ""
    done = await uow.execute(
        update(notices)
        .where(notices.c.id == notice_id, notices.c.state == before)
        .values(values)
    )
    return bool(done.rowcount == 1)


async def recent(uow: UnitOfWork, *, limit: int) -> tuple[NoticeRow, ...]:
    """The notices that can be read, the newest first."""
    query = _NEWEST_FIRST.where(notices.c.state.in_(READABLE)).limit(limit)
    return tuple(_notice(row) for row in await uow.execute(query))


async def managed(
    uow: UnitOfWork, *, paths: Sequence[str], limit: int
) -> tuple[NoticeRow, ...]:
    """The notices of scopes in or below ``paths``, in every state, newest first."""
    query = (
        _JOINED.where(below(scopes.c.path, paths))
        .order_by(notices.c.number.desc())
        .limit(limit)
    )
    return tuple(_notice(row) for row in await uow.execute(query))


async def of_class(uow: UnitOfWork, *, class_id: str) -> tuple[NoticeRow, ...]:
    """The notices about a class, the newest first."""
    query = _JOINED.where(notices.c.class_id == class_id)
    query = query.order_by(notices.c.number.desc())
    return tuple(_notice(row) for row in await uow.execute(query))


async def claim_freezing(
    uow: UnitOfWork, *, articles_since: datetime | None = None
) -> NoticeRow | None:
    """Lock the oldest notice whose list is not complete; others pass over it.

    With ``articles_since``, those published after it wait until it is known what
    becomes of their article; a mass message being sent is waited for in any case.
    """
    of_notice = articles.c.notice_id == notices.c.id
    settled = exists().where(of_notice, articles.c.state.not_in(OPEN))
    massing = exists().where(of_notice, articles.c.state == "massing")
    begun = notices.c.audience_cursor != ""
    late = (
        true() if articles_since is None else (notices.c.published_at <= articles_since)
    )
    query = (
        _JOINED.where(
            notices.c.state == "published",
            notices.c.audience_state == "freezing",
            ~massing,
            or_(begun, settled, late),
        )
        .order_by(notices.c.published_at, notices.c.number)
        .limit(1)
        .with_for_update(of=notices, skip_locked=True)
    )
    row = (await uow.execute(query)).first()
    return _notice(row) if row else None


async def note_frozen(
    uow: UnitOfWork, *, notice_id: str, cursor: str | None, added: int
) -> None:
    """Note how far a list got; with no ``cursor`` it is complete."""
    await uow.execute(
        update(notices)
        .where(notices.c.id == notice_id)
        .values(
            audience_cursor=cursor,
            audience_state="freezing" if cursor else "frozen",
            audience_size=notices.c.audience_size + added,
        )
    )
