"""Slow work beside the dialogue: claimed by lease, done outside transactions."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

import msgspec
from sqlalchemy import bindparam, delete, func, insert, or_, select, update

from storage.database import UnitOfWork
from storage.statements import PerDialect
from storage.tables.messages import jobs
from storage.tables.types import Instant

Payload = dict[str, str]


class JobRow(msgspec.Struct, frozen=True):
    """Work to be done; ``payload`` is what the kind of job needs."""

    id: str
    kind: str
    person_id: str | None
    address_id: str | None
    payload: Payload
    not_before: datetime


class ClaimedJob(msgspec.Struct, frozen=True):
    """A job leased to us; ``attempts`` counts this one.

    ``error`` is why it was put off the last time.
    """

    id: str
    kind: str
    person_id: str | None
    address_id: str | None
    payload: Payload
    attempts: int
    created_at: datetime
    error: str = ""


_ENQUEUE = insert(jobs)
_now = bindparam("now", type_=Instant)
_leased_at = bindparam("leased_at", type_=Instant)
_DUE = PerDialect(
    lambda within: (
        select(jobs)
        .where(
            or_(
                (jobs.c.state == "waiting") & (jobs.c.not_before <= _now),
                (jobs.c.state == "leased") & (jobs.c.lease_until < _leased_at),
            ),
            within(jobs.c.kind, "kinds"),
        )
        .order_by(jobs.c.not_before, jobs.c.id)
        .limit(bindparam("at_most"))
        .with_for_update(skip_locked=True)
    )
)
_LEASE = PerDialect(
    lambda within: (
        update(jobs)
        .where(within(jobs.c.id, "ids"))
        .values(
            state="leased",
            lease_owner=bindparam("owner"),
            lease_until=bindparam("until"),
            attempts=jobs.c.attempts + 1,
        )
    )
)


async def enqueue(uow: UnitOfWork, rows: Sequence[JobRow], *, now: datetime) -> None:
    """Ask for work to be done once this transaction is committed."""
    if not rows:
        return
    values = [
        {
            "id": row.id,
            "kind": row.kind,
            "person_id": row.person_id,
            "address_id": row.address_id,
            "payload_sealed": uow.vault.seal(
                msgspec.json.encode(row.payload),
                table="jobs",
                column="payload_sealed",
                row=row.id,
            ),
            "state": "waiting",
            "not_before": row.not_before,
            "created_at": now,
            "attempts": 0,
            "error": "",
        }
        for row in rows
    ]
    await uow.execute(_ENQUEUE, values)


async def claim(
    uow: UnitOfWork,
    *,
    kinds: Sequence[str],
    owner: str,
    limit: int,
    now: datetime,
    lease_seconds: float,
    leased_at: datetime | None = None,
) -> tuple[ClaimedJob, ...]:
    """Lease up to ``limit`` due jobs of these kinds; commit before working.

    A job whose lease ran out is due again. Leases keep to ``leased_at``, the
    machine's clock, where ``now`` is another (the demo's).
    """
    leased_at = leased_at or now
    wanted: dict[str, Any] = {
        "kinds": list(kinds),
        "now": now,
        "leased_at": leased_at,
        "at_most": limit,
    }
    rows = (await uow.execute(_DUE[uow.dialect], wanted)).all()
    if rows:
        until = leased_at + timedelta(seconds=lease_seconds)
        lease = {"ids": [row.id for row in rows], "owner": owner, "until": until}
        await uow.execute(_LEASE[uow.dialect], lease)
    return tuple(_claimed(uow, row) for row in rows)


def _claimed(uow: UnitOfWork, row: Any) -> ClaimedJob:
    payload = uow.vault.open(
        row.payload_sealed, table="jobs", column="payload_sealed", row=row.id
    )
    return ClaimedJob(
        id=row.id,
        kind=row.kind,
        person_id=row.person_id,
        address_id=row.address_id,
        payload=msgspec.json.decode(payload, type=Payload),
        attempts=row.attempts + 1,
        created_at=row.created_at,
        error=row.error,
    )


async def hold(uow: UnitOfWork, *, job_id: str, owner: str, until: datetime) -> bool:
    """Prolong our lease; False when it was lost or the job is gone.

    Until the transaction ends nobody else can claim or erase the job, so what
    is written beside it belongs to work that was still wanted.
    """
    done = await uow.execute(
        update(jobs)
        .where(
            jobs.c.id == job_id, jobs.c.state == "leased", jobs.c.lease_owner == owner
        )
        .values(lease_until=until)
    )
    return bool(done.rowcount == 1)


async def finish(uow: UnitOfWork, *, job_id: str, owner: str) -> bool:
    """Note that a job is done; False when the lease was lost."""
    return await _end_lease(uow, job_id, owner, {"state": "done"})


async def fail(uow: UnitOfWork, *, job_id: str, owner: str, error: str) -> bool:
    """Give a job up; False when the lease was lost."""
    return await _end_lease(uow, job_id, owner, {"state": "failed", "error": error})


async def oldest_open(uow: UnitOfWork, *, kinds: Sequence[str]) -> datetime | None:
    """When the oldest job of these kinds was asked for that is not done."""
    query = select(func.min(jobs.c.created_at)).where(
        jobs.c.kind.in_(kinds), jobs.c.state.in_(["waiting", "leased"])
    )
    return (await uow.execute(query)).scalar_one_or_none()


async def retry(
    uow: UnitOfWork,
    *,
    job_id: str,
    owner: str,
    not_before: datetime,
    error: str = "",
    counts: bool = True,
) -> bool:
    """Put a job back to be tried later; False when the lease was lost.

    A try that does not count is taken off ``attempts``.
    """
    values: dict[str, Any] = {
        "state": "waiting",
        "not_before": not_before,
        "error": error,
    }
    if not counts:
        values["attempts"] = jobs.c.attempts - 1
    return await _end_lease(uow, job_id, owner, values)


async def give_back(uow: UnitOfWork, *, owner: str) -> None:
    """Put back all we had in hand, as if it had never been claimed."""
    await uow.execute(
        update(jobs)
        .where(jobs.c.state == "leased", jobs.c.lease_owner == owner)
        .values(
            state="waiting",
            lease_owner=None,
            lease_until=None,
            attempts=jobs.c.attempts - 1,
        )
    )


async def _end_lease(
    uow: UnitOfWork, job_id: str, owner: str, values: dict[str, Any]
) -> bool:
    done = await uow.execute(
        update(jobs)
        .where(
            jobs.c.id == job_id, jobs.c.state == "leased", jobs.c.lease_owner == owner
        )
        .values(lease_owner=None, lease_until=None, **values)
    )
    return bool(done.rowcount == 1)


async def forget_ended(uow: UnitOfWork, *, older_than: datetime) -> int:
    """Drop jobs made before ``older_than`` that are done or failed; how many."""
    done = await uow.execute(
        delete(jobs).where(
            jobs.c.state.in_(["done", "failed"]), jobs.c.created_at < older_than
        )
    )
    return done.rowcount
