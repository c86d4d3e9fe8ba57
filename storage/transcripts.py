"""附件5 成绩单 of a class: what was looked at, and each revision that was sent."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

import msgspec
from sqlalchemy import Select, bindparam, func, insert, select, update

from storage.database import UnitOfWork
from storage.statements import PerDialect
from storage.tables.records import transcripts


class TranscriptInfo(msgspec.Struct, frozen=True):
    """A revision without its content; ``state`` is ``draft`` or ``sent``.

    ``heads`` are the teachers on it, ``passed`` those who passed both assessments.
    """

    id: str
    class_id: str
    revision: int
    state: str
    digest: str
    heads: int
    passed: int
    made_at: datetime
    decided_by: str | None = None


_own = transcripts.c
_INFO = tuple(_own[name] for name in TranscriptInfo.__struct_fields__)
_LATEST = (
    select(*_INFO)
    .where(_own.class_id == bindparam("class_id"))
    .order_by(_own.revision.desc())
    .limit(1)
)
_LATEST_SENT = _LATEST.where(_own.state == "sent")
_newest = (
    select(_own.class_id, func.max(_own.revision).label("revision"))
    .where(_own.state == "sent")
    .group_by(_own.class_id)
    .subquery()
)
_SENT_OF = PerDialect(
    lambda within: (
        select(*_INFO)
        .join(
            _newest,
            (_newest.c.class_id == _own.class_id)
            & (_newest.c.revision == _own.revision),
        )
        .where(within(_own.class_id, "ids"))
    )
)


async def latest(uow: UnitOfWork, *, class_id: str) -> TranscriptInfo | None:
    """The newest revision of a class, perhaps a draft."""
    return await _one(uow, _LATEST, class_id)


async def latest_sent(uow: UnitOfWork, *, class_id: str) -> TranscriptInfo | None:
    """The newest revision that was sent."""
    return await _one(uow, _LATEST_SENT, class_id)


async def _one(
    uow: UnitOfWork, query: Select[tuple[object, ...]], class_id: str
) -> TranscriptInfo | None:
    row = (await uow.execute(query, {"class_id": class_id})).first()
    return TranscriptInfo(*row) if row else None


async def get(uow: UnitOfWork, *, transcript_id: str) -> TranscriptInfo | None:
    """A revision by its id."""
    query = select(*_INFO).where(_own.id == transcript_id)
    row = (await uow.execute(query)).first()
    return TranscriptInfo(*row) if row else None


async def sent_of(
    uow: UnitOfWork, *, class_ids: Sequence[str]
) -> dict[str, TranscriptInfo]:
    """The newest sent revision of each class that has one, by class id."""
    found = await uow.execute(_SENT_OF[uow.dialect], {"ids": list(class_ids)})
    return {row.class_id: TranscriptInfo(*row) for row in found}


async def content(uow: UnitOfWork, *, transcript_id: str) -> bytes | None:
    """The JSON of a revision that was sent; None for a draft."""
    query = select(_own.content_sealed).where(_own.id == transcript_id)
    sealed = (await uow.execute(query)).scalar_one_or_none()
    if sealed is None:
        return None
    return uow.vault.open(
        sealed, table="transcripts", column="content_sealed", row=transcript_id
    )


async def look(
    uow: UnitOfWork,
    *,
    id: str,  # noqa: A002 -- the column's name
    class_id: str,
    digest: str,
    heads: int,
    passed: int,
    now: datetime,
) -> TranscriptInfo:
    """Note what was looked at: the next revision's draft, or the draft there is.

    The caller holds the class's lock.
    """
    before = await latest(uow, class_id=class_id)
    if before is not None and before.state == "draft":
        row = msgspec.structs.replace(
            before, digest=digest, heads=heads, passed=passed, made_at=now
        )
        await uow.execute(
            update(transcripts)
            .where(_own.id == row.id, _own.state == "draft")
            .values(digest=digest, heads=heads, passed=passed, made_at=now)
        )
        return row
    revision = before.revision + 1 if before else 1
    row = TranscriptInfo(id, class_id, revision, "draft", digest, heads, passed, now)
    await uow.execute(insert(transcripts), msgspec.structs.asdict(row))
    return row


async def send(
    uow: UnitOfWork, *, transcript_id: str, content: bytes, by: str, now: datetime
) -> bool:
    """A draft becomes what was sent; False when it is none any more."""
    sealed = _seal(uow, transcript_id, content)
    done = await uow.execute(
        update(transcripts)
        .where(_own.id == transcript_id, _own.state == "draft")
        .values(state="sent", content_sealed=sealed, made_at=now, decided_by=by)
    )
    return bool(done.rowcount == 1)


async def rewrite(uow: UnitOfWork, *, transcript_id: str, content: bytes) -> None:
    """Put another content in a revision's place: a person had their data erased."""
    await uow.execute(
        update(transcripts)
        .where(_own.id == transcript_id)
        .values(content_sealed=_seal(uow, transcript_id, content))
    )


async def sent_in(
    uow: UnitOfWork, *, class_ids: Sequence[str]
) -> tuple[tuple[str, bytes], ...]:
    """Every sent revision of the classes: its id and its JSON."""
    query = select(_own.id, _own.content_sealed).where(
        _own.class_id.in_(class_ids), _own.content_sealed.is_not(None)
    )
    return tuple(
        (
            row.id,
            uow.vault.open(
                row.content_sealed,
                table="transcripts",
                column="content_sealed",
                row=row.id,
            ),
        )
        for row in await uow.execute(query)
    )


def _seal(uow: UnitOfWork, row: str, content: bytes) -> bytes:
    return uow.vault.seal(
        content, table="transcripts", column="content_sealed", row=row
    )
