"""What becomes of claimed outbox rows, many at once.

Every change asks whether the lease is still its owner's, and for the same
attempt: who was away for longer than its lease changes nothing.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any

import msgspec
from sqlalchemy import (
    Text,
    Update,
    bindparam,
    case,
    func,
    select,
    text,
    update,
)
from sqlalchemy.dialects import postgresql
from sqlalchemy.sql.sqltypes import Boolean, Integer

from storage.database import UnitOfWork
from storage.statements import PerDialect
from storage.tables.messages import outbox
from storage.tables.notices import notices
from storage.tables.types import Instant


class Verdict(msgspec.Struct, frozen=True):
    """What a leased row is to become.

    ``attempts`` names the attempt that it ends. ``state`` is ``waiting``, to be
    tried at ``not_before``, or one of ``storage.outbox.OUTCOMES``. ``refused``
    are the ways in which it is never to go again. An attempt that was never
    made (``tried`` false) does not count.
    """

    id: str
    attempts: int
    state: str
    error_code: str = ""
    error: str = ""
    platform_message_id: str = ""
    not_before: datetime | None = None
    refused: tuple[str, ...] = ()
    tried: bool = True


class Moved(msgspec.Struct, frozen=True):
    """A leased row that is to wait at another address of the same person."""

    id: str
    attempts: int
    address_id: str
    channel: str


_TYPES: Mapping[str, Any] = {
    "id": Text,
    "attempts": Integer,
    "state": Text,
    "error_code": Text,
    "error": Text,
    "platform_message_id": Text,
    "not_before": Instant,
    "refused": Text,
    "settled_at": Instant,
    "tried": Boolean,
}


def _conclude(value: Mapping[str, Any]) -> Update:
    attempts = outbox.c.attempts
    return update(outbox).values(
        state=value["state"],
        error_code=value["error_code"],
        error=value["error"],
        platform_message_id=value["platform_message_id"],
        not_before=func.coalesce(value["not_before"], outbox.c.not_before),
        refused=value["refused"],
        settled_at=value["settled_at"],
        attempts=case((value["tried"], attempts), else_=attempts - 1),
        lease_owner=None,
        lease_until=None,
    )


def _column(name: str, kind: Any) -> Any:
    return func.unnest(bindparam(f"new_{name}", type_=postgresql.ARRAY(kind)))


def _conclude_arrays() -> Update:
    """One statement for any number of rows: a column of values is one array."""
    values = (
        select(*(_column(name, kind).label(name) for name, kind in _TYPES.items()))
        .subquery("verdict")
        .c
    )
    return (
        _conclude(dict(values.items()))
        .where(
            outbox.c.id == values.id,
            outbox.c.attempts == values.attempts,
            outbox.c.state == "leased",
            outbox.c.lease_owner == bindparam("owner"),
        )
        .returning(outbox.c.id)
    )


_CONCLUDE_ARRAYS = _conclude_arrays()
_CONCLUDE_ONE = _conclude(
    {name: bindparam(f"new_{name}", type_=kind) for name, kind in _TYPES.items()}
).where(outbox.c.id == bindparam("new_id"))
_MINE = PerDialect(
    lambda within: (
        select(outbox.c.id, outbox.c.attempts)
        .where(
            within(outbox.c.id, "ids"),
            outbox.c.state == "leased",
            outbox.c.lease_owner == bindparam("owner"),
        )
        .with_for_update()
    )
)
_MOVE = (
    update(outbox)
    .where(outbox.c.id == bindparam("moved_id"))
    .values(
        address_id=bindparam("to_address"),
        channel=bindparam("to_channel"),
        state="waiting",
        # What came of it elsewhere says nothing about here.
        error_code="",
        attempts=outbox.c.attempts - 1,
        lease_owner=None,
        lease_until=None,
    )
)
_RETURN_EXPIRED_LEASES = (
    update(outbox)
    .where(
        text("outbox.state = 'leased'"),
        outbox.c.channel == bindparam("of_channel"),
        outbox.c.lease_until < bindparam("leased_at"),
    )
    .values(state="waiting", lease_owner=None, lease_until=None)
)
_LEASE = PerDialect(
    lambda within: (
        update(outbox)
        .where(within(outbox.c.id, "ids"))
        .values(
            state="leased",
            lease_owner=bindparam("owner"),
            lease_until=bindparam("until"),
            attempts=outbox.c.attempts + 1,
            way=bindparam("by"),
        )
    )
)
_STOPPED = PerDialect(
    lambda within: select(notices.c.id).where(
        within(notices.c.id, "ids"), notices.c.state.in_(["stopped", "withdrawn"])
    )
)


async def return_leases(uow: UnitOfWork, *, channel: str, leased_at: datetime) -> int:
    """Let rows wait again whose lease ran out before ``leased_at``; how many."""
    expired = {"of_channel": channel, "leased_at": leased_at}
    return (await uow.execute(_RETURN_EXPIRED_LEASES, expired)).rowcount


async def lease(
    uow: UnitOfWork,
    ids_by_way: Mapping[str, Sequence[str]],
    *,
    owner: str,
    until: datetime,
) -> None:
    """Give rows to ``owner`` for an attempt, and note in which way it is to go."""
    for way, ids in ids_by_way.items():
        if ids:
            wanted = {"ids": list(ids), "owner": owner, "until": until, "by": way}
            await uow.execute(_LEASE[uow.dialect], wanted)


async def conclude(
    uow: UnitOfWork, verdicts: Sequence[Verdict], *, owner: str, now: datetime
) -> frozenset[str]:
    """End leases; the ids of those that were still ``owner``'s, for that attempt."""
    if not verdicts:
        return frozenset()
    rows = [_values(verdict, now) for verdict in verdicts]
    if uow.dialect == "postgresql":
        columns: dict[str, Any] = {
            f"new_{name}": [row[name] for row in rows] for name in _TYPES
        }
        done = await uow.execute(_CONCLUDE_ARRAYS, columns | {"owner": owner})
        return frozenset(done.scalars())
    mine = await _held(uow, verdicts, owner)
    ours = [row for row in rows if row["id"] in mine]
    if ours:
        named = [{f"new_{name}": row[name] for name in row} for row in ours]
        await uow.execute(_CONCLUDE_ONE, named)
    return mine


def _values(verdict: Verdict, now: datetime) -> dict[str, Any]:
    return {
        "id": verdict.id,
        "attempts": verdict.attempts,
        "state": verdict.state,
        "error_code": verdict.error_code,
        "error": verdict.error,
        "platform_message_id": verdict.platform_message_id or None,
        "not_before": verdict.not_before,
        "refused": ",".join(verdict.refused),
        "settled_at": None if verdict.state == "waiting" else now,
        "tried": verdict.tried,
    }


async def _held(
    uow: UnitOfWork, rows: Sequence[Verdict] | Sequence[Moved], owner: str
) -> frozenset[str]:
    """Which of the rows are leased to ``owner`` for the attempt they name."""
    attempts = {row.id: row.attempts for row in rows}
    wanted = {"ids": list(attempts), "owner": owner}
    found = await uow.execute(_MINE[uow.dialect], wanted)
    return frozenset(id_ for id_, tried in found if attempts[id_] == tried)


async def move(uow: UnitOfWork, rows: Sequence[Moved], *, owner: str) -> frozenset[str]:
    """Let leased rows wait at other addresses; the ids that were still ``owner``'s."""
    if not rows:
        return frozenset()
    mine = await _held(uow, rows, owner)
    named = [
        {"moved_id": row.id, "to_address": row.address_id, "to_channel": row.channel}
        for row in rows
        if row.id in mine
    ]
    if named:
        await uow.execute(_MOVE, named)
    return mine


async def give_back(uow: UnitOfWork, *, owner: str, begun: Iterable[str] = ()) -> int:
    """Put back all that ``owner`` leased and did not try (a stop); how many.

    ``begun`` are the ids of those whose attempt began: they stay as they are.
    """
    done = await uow.execute(
        update(outbox)
        .where(
            text("outbox.state = 'leased'"),
            outbox.c.lease_owner == owner,
            outbox.c.id.not_in(list(begun)),
        )
        .values(
            state="waiting",
            lease_owner=None,
            lease_until=None,
            attempts=outbox.c.attempts - 1,
        )
    )
    return done.rowcount


async def stopped_notices(
    uow: UnitOfWork, *, notice_ids: Sequence[str]
) -> frozenset[str]:
    """Which of the notices somebody stopped or withdrew."""
    found = await uow.execute(_STOPPED[uow.dialect], {"ids": list(notice_ids)})
    return frozenset(found.scalars())
