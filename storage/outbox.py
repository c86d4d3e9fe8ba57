"""What is to be said, once: rows with a dedupe key, claimed by lease.

Nothing is sent inside a transaction. A worker claims rows, commits, sends, and
settles each row only if the lease is still its own. A lease that ran out puts
the row back; ``client_message_id`` stays the same for all attempts, so that a
platform that knows it shows the message once.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

import msgspec
from sqlalchemy import (
    Select,
    bindparam,
    case,
    func,
    or_,
    select,
    text,
    tuple_,
    update,
)

from storage import deliveries
from storage.crypto import SealError
from storage.database import UnitOfWork
from storage.statements import InsertIgnoring, PerDialect, Within
from storage.tables.messages import outbox
from storage.tables.people import addresses
from storage.tables.types import Instant

OUTCOMES = ("delivered", "sent", "failed", "unknown", "held", "cancelled")
"""States a row can be settled in; before that it is ``waiting`` or ``leased``."""

LEAST_URGENT = 3
"""The urgency of notices, which let everything else go first."""


class OutboxRow(msgspec.Struct, frozen=True):
    """Something to be said. ``body`` is opaque JSON and kept sealed.

    ``purpose`` is ``reply``, ``reminder``, ``notice`` or ``result``;
    ``urgency`` 0 replies, 1 deadlines, 2 results, 3 notices.
    """

    id: str
    dedupe_key: str
    person_id: str | None
    address_id: str
    channel: str
    purpose: str
    urgency: int
    body: bytes
    not_before: datetime
    expires_at: datetime | None = None
    notice_id: str | None = None
    draft_id: str | None = None
    class_id: str | None = None


class Claimed(msgspec.Struct, frozen=True):
    """A row leased to us, with where it goes; ``attempts`` counts this one.

    ``error_code`` is what the last attempt came to, ``not_before`` when this one
    was due, ``refused`` the ways in which the platform refused this very row,
    ``way`` how the last attempt went, ``leased_until`` the end of the lease it
    was found under (None for one that waited).
    """

    id: str
    person_id: str | None
    address_id: str
    address: str
    last_inbound_at: datetime | None
    purpose: str
    body: bytes
    client_message_id: str
    attempts: int
    created_at: datetime
    notice_id: str | None
    not_before: datetime
    error_code: str
    channel: str = ""
    urgency: int = 0
    expires_at: datetime | None = None
    refused: tuple[str, ...] = ()
    way: str = ""
    leased_until: datetime | None = None


class Counted(msgspec.Struct, frozen=True):
    """How many rows of a notice ended in one way; ``error_code`` says why."""

    state: str
    error_code: str
    count: int


class Depth(msgspec.Struct, frozen=True):
    """What waits on a channel and may go now; ``oldest`` is its first due moment."""

    channel: str
    waiting: int
    oldest: datetime | None


# Written out, not bound: the planner must see that the partial index fits.
_WAITING = text("outbox.state = 'waiting'")

_ENQUEUE = InsertIgnoring(outbox, "id")
_CLAIMED = (
    outbox.c.id,
    outbox.c.person_id,
    outbox.c.address_id,
    addresses.c.address_sealed,
    addresses.c.last_inbound_at,
    outbox.c.purpose,
    outbox.c.body_sealed,
    outbox.c.client_message_id,
    outbox.c.attempts,
    outbox.c.created_at,
    outbox.c.notice_id,
    outbox.c.not_before,
    outbox.c.error_code,
    outbox.c.channel,
    outbox.c.urgency,
    outbox.c.expires_at,
    outbox.c.refused,
    outbox.c.way,
    outbox.c.lease_until,
)


def client_message_id(dedupe_key: str) -> str:
    """What the platform is told the message is: the same for every attempt."""
    return hashlib.sha256(dedupe_key.encode()).hexdigest()[:32]


async def enqueue(
    uow: UnitOfWork, rows: Sequence[OutboxRow], *, now: datetime
) -> frozenset[str]:
    """Decide to say things; the ids of those that were not decided before.

    Rows of one call to one address leave in the order given.
    """
    if not rows:
        return frozenset()
    values = [_values(uow, row, index, now) for index, row in enumerate(rows)]
    new = await uow.execute(_ENQUEUE[uow.dialect], values)
    return frozenset(new.scalars())


def _values(
    uow: UnitOfWork, row: OutboxRow, index: int, now: datetime
) -> dict[str, Any]:
    step = timedelta(microseconds=index)
    sealed = uow.vault.seal(row.body, table="outbox", column="body_sealed", row=row.id)
    return {
        "id": row.id,
        "dedupe_key": row.dedupe_key,
        "person_id": row.person_id,
        "address_id": row.address_id,
        "channel": row.channel,
        "purpose": row.purpose,
        "urgency": row.urgency,
        "body_sealed": sealed,
        "notice_id": row.notice_id,
        "draft_id": row.draft_id,
        "class_id": row.class_id,
        "created_at": now + step,
        "not_before": row.not_before,
        "expires_at": row.expires_at,
        "state": "waiting",
        "attempts": 0,
        "client_message_id": client_message_id(row.dedupe_key),
        "error_code": "",
        "error": "",
    }


def _place(table: Any) -> Any:
    """Where a row stands among those of its address; trying again keeps it."""
    return tuple_(table.urgency, table.created_at, table.id)


def _due(within: Within | None) -> Select[Any]:
    """Rows that may go now, the first of each address, with the address."""
    other = outbox.alias("other")
    now = bindparam("now", type_=Instant)
    # Written out, not bound: the planner must see that the partial index fits.
    unsettled = text("other.state IN ('waiting', 'leased')")
    before = _place(other.c) < _place(outbox.c)
    tried = (other.c.attempts > 0) & (other.c.purpose == outbox.c.purpose)
    goes_first = or_(
        other.c.state == "leased", before & or_(other.c.not_before <= now, tried)
    )
    blocked = (
        select(other.c.id)
        .where(other.c.address_id == outbox.c.address_id, unsettled, goes_first)
        .where(other.c.id != outbox.c.id)
        .exists()
    )
    query = (
        select(*_CLAIMED)
        .join(addresses, addresses.c.id == outbox.c.address_id)
        .where(
            _WAITING,
            outbox.c.channel == bindparam("of_channel"),
            outbox.c.urgency <= bindparam("least_urgent"),
            outbox.c.not_before <= now,
            or_(outbox.c.expires_at.is_(None), outbox.c.expires_at > now),
            ~blocked,
        )
        # In the order of the index, and of no more: 100 000 rows that are due at
        # one moment would else be sorted for every claim.
        .order_by(outbox.c.urgency, outbox.c.not_before)
        .limit(bindparam("at_most"))
        .with_for_update(of=outbox, skip_locked=True)
    )
    return query if within is None else query.where(within(outbox.c.address_id, "to"))


_LEASED_BY = (
    select(*_CLAIMED)
    .join(addresses, addresses.c.id == outbox.c.address_id)
    .where(text("outbox.state = 'leased'"), outbox.c.lease_owner == bindparam("owner"))
    .with_for_update(of=outbox, skip_locked=True)
)
_CLAIM = PerDialect(lambda _within: _due(None))
_CLAIM_TO = PerDialect(_due)


async def claim(
    uow: UnitOfWork,
    *,
    channel: str,
    owner: str,
    limit: int,
    now: datetime,
    lease_seconds: float,
    addresses: Sequence[str] | None = None,
    leased_at: datetime | None = None,
) -> tuple[Claimed, ...]:
    """Lease up to ``limit`` rows that are due; see ``due``. Commit before sending.

    Leases keep to ``leased_at``, the machine's clock, where ``now`` is another
    (the demo's); those that ran out count as waiting again.
    """
    leased_at = leased_at or now
    await deliveries.return_leases(uow, channel=channel, leased_at=leased_at)
    rows = await due(uow, channel=channel, limit=limit, now=now, addresses=addresses)
    until = leased_at + timedelta(seconds=lease_seconds)
    await deliveries.lease(
        uow, {"": [row.id for row in rows]}, owner=owner, until=until
    )
    return rows


async def due(
    uow: UnitOfWork,
    *,
    channel: str,
    limit: int,
    now: datetime,
    addresses: Sequence[str] | None = None,
    least_urgent: int = LEAST_URGENT,
) -> tuple[Claimed, ...]:
    """Lock up to ``limit`` rows that may go now, most urgent first; ``deliveries.lease`` them next.

    One row of an address at a time, in their order, so that what is tried again
    is not overtaken by more of its kind; expired rows are left. ``addresses``
    narrows to these address ids. ``attempts`` counts the one that is to follow.
    """
    if addresses is not None and not addresses:
        return ()
    wanted: dict[str, Any] = {
        "of_channel": channel,
        "now": now,
        "at_most": limit,
        "least_urgent": least_urgent,
    }
    if addresses is not None:
        wanted["to"] = list(addresses)
    query = _CLAIM if addresses is None else _CLAIM_TO
    rows = (await uow.execute(query[uow.dialect], wanted)).all()
    return tuple(_claimed(uow, row, begins=1) for row in rows)


async def leased_by(uow: UnitOfWork, *, owner: str) -> tuple[Claimed, ...]:
    """Lock what ``owner`` holds; ``attempts`` counts the one it was leased for."""
    rows = (await uow.execute(_LEASED_BY, {"owner": owner})).all()
    return tuple(_claimed(uow, row, begins=0) for row in rows)


def _claimed(uow: UnitOfWork, row: Any, *, begins: int) -> Claimed:
    # Taken apart by place: by name each column is looked up anew for every row.
    id_, person_id, address_id, address, last, purpose, body, *more = row
    client_id, attempts, created, notice, due_at, code, *rest = more
    channel, urgency, expires_at, refused, way, leased_until = rest
    opened = _opened(uow, address, "addresses", "address_sealed", address_id)
    return Claimed(
        id=id_,
        person_id=person_id,
        address_id=address_id,
        address=opened.decode(),
        last_inbound_at=last,
        purpose=purpose,
        body=_opened(uow, body, "outbox", "body_sealed", id_),
        client_message_id=client_id,
        attempts=attempts + begins,
        created_at=created,
        notice_id=notice,
        not_before=due_at,
        error_code=code,
        channel=channel,
        urgency=urgency,
        expires_at=expires_at,
        refused=tuple(refused.split(",")) if refused else (),
        way=way,
        leased_until=leased_until,
    )


def _opened(
    uow: UnitOfWork, sealed: bytes | None, table: str, column: str, row: str
) -> bytes:
    """A sealed value; empty where it does not open, so that it stops no other row."""
    try:
        return uow.vault.open(sealed or b"", table=table, column=column, row=row)
    except SealError:
        return b""


async def settle(
    uow: UnitOfWork,
    *,
    outbox_id: str,
    owner: str,
    state: str,
    now: datetime,
    platform_message_id: str = "",
    error_code: str = "",
    error: str = "",
) -> bool:
    """Note how a row ended (one of ``OUTCOMES``); False when the lease was lost."""
    done = await uow.execute(
        update(outbox)
        .where(
            outbox.c.id == outbox_id,
            outbox.c.state == "leased",
            outbox.c.lease_owner == owner,
        )
        .values(
            state=state,
            settled_at=now,
            platform_message_id=platform_message_id or None,
            error_code=error_code,
            error=error,
            lease_owner=None,
            lease_until=None,
        )
    )
    return bool(done.rowcount == 1)


_RELEASE_HELD = PerDialect(
    lambda within: (
        update(outbox)
        .where(text("outbox.state = 'held'"), within(outbox.c.person_id, "ids"))
        .values(
            state="waiting", not_before=bindparam("now"), settled_at=None, refused=""
        )
    )
)


async def release_held(
    uow: UnitOfWork, *, person_ids: Sequence[str], now: datetime
) -> int:
    """Let go what waited for these persons to write, every way anew; how many rows."""
    if not person_ids:
        return 0
    done = await uow.execute(
        _RELEASE_HELD[uow.dialect], {"ids": list(person_ids), "now": now}
    )
    return done.rowcount


async def expire(uow: UnitOfWork, *, now: datetime) -> int:
    """Fail what was not sent in its time (code ``expired``); how many rows."""
    done = await uow.execute(
        update(outbox)
        .where(
            text("outbox.state IN ('waiting', 'held')"),
            outbox.c.expires_at.is_not(None),
            outbox.c.expires_at <= now,
        )
        .values(state="failed", error_code="expired", settled_at=now)
    )
    return done.rowcount


async def cancel_notice(uow: UnitOfWork, *, notice_id: str, now: datetime) -> int:
    """Stop all of a notice that is not being sent this moment; how many rows."""
    done = await uow.execute(
        update(outbox)
        .where(outbox.c.notice_id == notice_id, outbox.c.state.in_(["waiting", "held"]))
        .values(state="cancelled", settled_at=now)
    )
    return done.rowcount


async def cancel(uow: UnitOfWork, *, dedupe_keys: Sequence[str], now: datetime) -> int:
    """Stop single rows that are not being sent this moment; how many."""
    done = await uow.execute(
        update(outbox)
        .where(
            outbox.c.dedupe_key.in_(dedupe_keys),
            outbox.c.state.in_(["waiting", "held"]),
        )
        .values(state="cancelled", settled_at=now)
    )
    return done.rowcount


async def counts_by_outcome(uow: UnitOfWork, *, notice_id: str) -> tuple[Counted, ...]:
    """How a notice's rows stand; ``leased`` counts as ``waiting``."""
    state = case((outbox.c.state == "leased", "waiting"), else_=outbox.c.state)
    code = case(
        (outbox.c.state.in_(["failed", "held", "unknown"]), outbox.c.error_code),
        else_="",
    )
    query = (
        select(state, code, func.count())
        .where(outbox.c.notice_id == notice_id)
        .group_by(state, code)
        .order_by(state, code)
    )
    return tuple(Counted(*row) for row in await uow.execute(query))


async def reconcile(
    uow: UnitOfWork,
    *,
    platform_message_id: str,
    delivered: bool,
    now: datetime,
    reason: str = "",
) -> bool:
    """Take the platform's word on what became of a message; False if unknown here."""
    done = await uow.execute(
        update(outbox)
        .where(
            outbox.c.platform_message_id == platform_message_id,
            outbox.c.state.in_(["sent", "unknown"]),
        )
        .values(
            state="delivered" if delivered else "failed",
            error_code="" if delivered else "platform",
            error=reason,
            settled_at=now,
        )
    )
    return bool(done.rowcount)


async def depth_and_age(uow: UnitOfWork, *, now: datetime) -> tuple[Depth, ...]:
    """What is due and not yet sent, by channel."""
    query = (
        select(outbox.c.channel, func.count(), func.min(outbox.c.not_before))
        .where(_WAITING, outbox.c.not_before <= now)
        .group_by(outbox.c.channel)
        .order_by(outbox.c.channel)
    )
    return tuple(Depth(*row) for row in await uow.execute(query))


async def wipe_draft(uow: UnitOfWork, *, draft_id: str, now: datetime) -> None:
    """Forget what was said about a blind form; what was not sent yet never is."""
    of_draft = outbox.c.draft_id == draft_id
    unsent = of_draft & outbox.c.state.in_(["waiting", "held", "leased"])
    cancelled = {"state": "cancelled", "settled_at": now}
    await uow.execute(update(outbox).where(unsent).values(cancelled))
    await uow.execute(
        update(outbox).where(of_draft).values(body_sealed=None, draft_id=None)
    )


async def forget_bodies(uow: UnitOfWork, *, older_than: datetime) -> int:
    """Drop the texts of what was settled before ``older_than``; how many."""
    old = outbox.c.settled_at < older_than
    texts = update(outbox).where(old, outbox.c.body_sealed.is_not(None))
    return (await uow.execute(texts.values(body_sealed=None))).rowcount
