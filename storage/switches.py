"""Features that are off because the platform refused them, and until when."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import msgspec
from sqlalchemy import bindparam, or_, select, update

from storage.database import UnitOfWork
from storage.statements import Upsert
from storage.tables.messages import switches
from storage.tables.types import Instant


class SwitchRow(msgspec.Struct, frozen=True):
    """A feature that is off; ``until`` None means for good."""

    name: str
    reason: str
    until: datetime | None
    at: datetime


def _row(new: Any) -> dict[str, Any]:
    return {"off": new.off, "reason": new.reason, "until": new.until, "at": new.at}


_now = bindparam("now", type_=Instant)
_SET = Upsert(switches, ["name"], _row)
_TURN_OFF = Upsert(
    switches,
    ["name"],
    _row,
    only_if=or_(~switches.c.off, switches.c.until <= _now),
    returning=("name",),
)


async def all_off(uow: UnitOfWork, *, now: datetime) -> dict[str, SwitchRow]:
    """Every feature that is off at ``now``, by name."""
    query = select(
        switches.c.name, switches.c.reason, switches.c.until, switches.c.at
    ).where(switches.c.off, or_(switches.c.until.is_(None), switches.c.until > now))
    return {row.name: SwitchRow(*row) for row in await uow.execute(query)}


async def turn_off(
    uow: UnitOfWork,
    *,
    name: str,
    reason: str,
    now: datetime,
    until: datetime | None = None,
) -> bool:
    """Turn a feature off, for good or until a moment; False when it was off.

    What is off already stays off for the longer time.
    """
    row = {"name": name, "off": True, "reason": reason, "until": until, "at": now}
    turned = await uow.execute(_TURN_OFF[uow.dialect], {**row, "now": now})
    if turned.first() is not None:
        return True
    shorter = (
        switches.c.until.is_not(None) if until is None else switches.c.until < until
    )
    await uow.execute(
        update(switches)
        .where(switches.c.name == name, shorter)
        .values(reason=reason, until=until)
    )
    return False


async def turn_on(uow: UnitOfWork, *, name: str, now: datetime) -> None:
    """Turn a feature on again."""
    row = {"name": name, "off": False, "reason": "", "until": None, "at": now}
    await uow.execute(_SET[uow.dialect], row)
