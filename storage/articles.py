"""Notices as articles of the Official Account, and its mass messages.

A row is worked on by whoever holds its lease; it moves on only from the state
in which it was found, so that nothing is done twice. ``lease_until`` is also
until when a row is left alone; it is null after a step that went well.
Leases keep to the machine's clock.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta

import msgspec
from sqlalchemy import (
    ColumnElement,
    bindparam,
    exists,
    or_,
    select,
    update,
)

from storage.database import UnitOfWork
from storage.statements import InsertIgnoring, PerDialect, Upsert
from storage.tables.messages import outbox, quotas
from storage.tables.notices import articles, notices
from storage.tables.people import addresses
from storage.tables.types import Instant

ALL = "all"
"""The target of a mass message to every follower."""

WAY = "mass"
"""How a notice came to whoever got the mass message."""

OPEN = ("wanted", "drafted", "submitted", "published", "massing")
"""States from which the platform is still to be told something."""

_CHANNEL = "official_account"


class ArticleRow(msgspec.Struct, frozen=True):
    """A notice's article. ``error`` says why it failed, or what the last try met."""

    notice_id: str
    state: str
    media_id: str = ""
    publish_id: str = ""
    article_id: str = ""
    url: str = ""
    mass_target: str = ""
    mass_message_id: str = ""
    mass_sent: int = 0
    mass_failed: int = 0
    error: str = ""


class Claimed(msgspec.Struct, frozen=True):
    """A row to work on; ``again`` when an earlier try may have come to something."""

    article: ArticleRow
    again: bool


_FIELDS = tuple(articles.c[name] for name in ArticleRow.__struct_fields__)
_ADD = InsertIgnoring(articles, "notice_id")
_GONE = exists().where(
    notices.c.id == articles.c.notice_id, notices.c.state == "withdrawn"
)
_DUE = (
    select(*_FIELDS, articles.c.lease_until)
    .where(
        or_(articles.c.state.in_(OPEN), _GONE & (articles.c.state != "withdrawn")),
        or_(
            articles.c.lease_until.is_(None),
            articles.c.lease_until <= bindparam("now", type_=Instant),
        ),
    )
    .order_by(articles.c.updated_at, articles.c.notice_id)
    .limit(1)
    .with_for_update(of=articles, skip_locked=True)
)
_COVERED = PerDialect(
    lambda within: select(addresses.c.person_id).where(
        within(addresses.c.person_id, "ids"),
        addresses.c.channel == _CHANNEL,
        addresses.c.reachable.is_(True),
        or_(
            bindparam("target") == ALL,
            ("," + addresses.c.menu + ",").contains("," + bindparam("target") + ","),
        ),
    )
)
_BY_MASS = PerDialect(
    lambda within: (
        update(outbox)
        .where(within(outbox.c.dedupe_key, "keys"), outbox.c.state == "waiting")
        .values(state="sent", way=WAY, settled_at=bindparam("at_", type_=Instant))
    )
)
_COUNT = Upsert(
    quotas, ["name", "period"], lambda new: {"used": quotas.c.used + new.used}
)


async def of_notice(uow: UnitOfWork, *, notice_id: str) -> ArticleRow | None:
    """The article of a notice, in whatever state."""
    query = select(*_FIELDS).where(articles.c.notice_id == notice_id)
    row = (await uow.execute(query)).first()
    return ArticleRow(*row) if row else None


async def missing(uow: UnitOfWork, *, since: datetime, limit: int) -> tuple[str, ...]:
    """Notices published since then that nobody has begun to make an article of."""
    has = exists().where(articles.c.notice_id == notices.c.id)
    query = (
        select(notices.c.id)
        .where(notices.c.state == "published", notices.c.published_at > since, ~has)
        .order_by(notices.c.published_at)
        .limit(limit)
    )
    return tuple((await uow.execute(query)).scalars())


async def begin(
    uow: UnitOfWork,
    notice_ids: Iterable[str],
    *,
    now: datetime,
    state: str = "wanted",
    error: str = "",
) -> None:
    """Note that these notices are to become articles, or why they do not."""
    rows = [
        msgspec.structs.asdict(ArticleRow(notice_id, state, error=error))
        | {"updated_at": now}
        for notice_id in notice_ids
    ]
    if rows:
        await uow.execute(_ADD[uow.dialect], rows)


async def claim(uow: UnitOfWork, *, now: datetime, seconds: float) -> Claimed | None:
    """Lease the row that waited longest; None when none is to be worked on."""
    row = (await uow.execute(_DUE, {"now": now})).first()
    if row is None:
        return None
    *fields, lease_until = row
    article = ArticleRow(*fields)
    await uow.execute(
        update(articles)
        .where(articles.c.notice_id == article.notice_id)
        .values(lease_until=now + timedelta(seconds=seconds), updated_at=now)
    )
    return Claimed(article, lease_until is not None)


async def move(
    uow: UnitOfWork,
    article: ArticleRow,
    state: str,
    *,
    now: datetime,
    rest_until: datetime | None = None,
    **values: str,
) -> bool:
    """Take a row on to ``state``; False when it is no longer as it was found."""
    done = await uow.execute(
        update(articles)
        .where(
            articles.c.notice_id == article.notice_id,
            articles.c.state == article.state,
        )
        .values(state=state, lease_until=rest_until, updated_at=now, **values)
    )
    return bool(done.rowcount == 1)


async def find_published(uow: UnitOfWork, *, publish_id: str) -> ArticleRow | None:
    """The article that is published under this id of the platform."""
    return await _one(uow, articles.c.publish_id == publish_id)


async def find_mass(uow: UnitOfWork, *, message_id: str) -> ArticleRow | None:
    """The article whose mass message this is."""
    return await _one(uow, articles.c.mass_message_id == message_id)


async def _one(uow: UnitOfWork, test: ColumnElement[bool]) -> ArticleRow | None:
    row = (await uow.execute(select(*_FIELDS).where(test).with_for_update())).first()
    return ArticleRow(*row) if row else None


# ---- mass messages ----


async def note_mass_end(
    uow: UnitOfWork,
    article: ArticleRow,
    *,
    good: bool,
    sent: int,
    failed: int,
    reason: str,
    now: datetime,
) -> None:
    """Note how a mass message ended; one that failed leaves the pushes to go."""
    state = "massed" if good else "finished"
    if article.state == "withdrawn":
        state = article.state
    await uow.execute(
        update(articles)
        .where(articles.c.notice_id == article.notice_id)
        .values(
            state=state,
            mass_sent=sent,
            mass_failed=failed,
            error="" if good else reason,
            updated_at=now,
        )
    )
    if not good and state != "withdrawn":
        await uow.execute(
            update(outbox)
            .where(
                outbox.c.notice_id == article.notice_id,
                outbox.c.way == WAY,
                outbox.c.state == "sent",
            )
            .values(state="waiting", way="", settled_at=None, not_before=now)
        )


async def covered(
    uow: UnitOfWork, *, person_ids: Sequence[str], target: str
) -> frozenset[str]:
    """Those of ``person_ids`` to whom a mass message to ``target`` goes."""
    if not person_ids:
        return frozenset()
    asked = {"ids": list(person_ids), "target": target}
    return frozenset((await uow.execute(_COVERED[uow.dialect], asked)).scalars())


async def note_covered(
    uow: UnitOfWork, *, dedupe_keys: Sequence[str], now: datetime
) -> None:
    """Note that what was just decided to be said came by the mass message."""
    if dedupe_keys:
        asked = {"keys": list(dedupe_keys), "at_": now}
        await uow.execute(_BY_MASS[uow.dialect], asked)


async def take_mass(
    uow: UnitOfWork, *, target: str, period: str, ends_at: datetime, most: int
) -> bool:
    """Count a mass message to ``target`` in a month; False when anybody had enough.

    A follower's count is that of all, and of each role they are tagged with.
    """
    # Whoever counts locks this row: two never count on the same.
    await _count(uow, "", period, ends_at, 1)
    used = await _used(uow, period)
    worst = max(
        (
            sum(used.get(role, 0) for role in menu.split(",") if role)
            for menu in await _menus(uow)
            if target == ALL or target in menu.split(",")
        ),
        default=0,
    )
    if worst + used.get(ALL, 0) >= most:
        await _count(uow, "", period, ends_at, -1)
        return False
    await _count(uow, target, period, ends_at, 1)
    return True


async def give_mass_back(
    uow: UnitOfWork, *, target: str, period: str, ends_at: datetime
) -> None:
    """The platform surely did not send it: it does not count."""
    await _count(uow, "", period, ends_at, -1)
    await _count(uow, target, period, ends_at, -1)


async def _count(
    uow: UnitOfWork, target: str, period: str, ends_at: datetime, by: int
) -> None:
    row = {"name": _name(target), "period": period, "used": by, "ends_at": ends_at}
    await uow.execute(_COUNT[uow.dialect], row)


async def _used(uow: UnitOfWork, period: str) -> dict[str, int]:
    query = select(quotas.c.name, quotas.c.used).where(
        quotas.c.name.startswith(_name("")), quotas.c.period == period
    )
    prefix = len(_name(""))
    return {row.name[prefix:]: row.used for row in await uow.execute(query)}


def _name(target: str) -> str:
    return f"{_CHANNEL}:{WAY}:{target}"


async def _menus(uow: UnitOfWork) -> list[str]:
    """Every combination of tags that followers have."""
    query = select(addresses.c.menu).where(
        addresses.c.channel == _CHANNEL, addresses.c.reachable.is_(True)
    )
    return list((await uow.execute(query.distinct())).scalars())
