"""How long, and how often, a platform lets us send freely to an address.

A ``window`` opens with a message, a ``brief`` one with a tap, a follow or a scan.
What each holds is taken when a send is planned, see ``storage.reach``.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

import msgspec
from sqlalchemy import Integer, Update, bindparam, func, select, text, update

from storage.database import UnitOfWork
from storage.statements import PerDialect, Within
from storage.tables.messages import outbox
from storage.tables.people import addresses


class Opened(msgspec.Struct, frozen=True):
    """What a message opens at these addresses: ``sends`` until a moment.

    ``kind`` is ``window`` or ``brief``.
    """

    kind: str
    address_ids: tuple[str, ...]
    until: datetime
    sends: int


# What is just being sent counts on what the message before had opened, or on
# this one's: nobody knows which the platform sees first.
_UNDER_WAY = (
    select(func.count())
    # Written out, not bound: the planner must see that the partial index fits.
    .where(text("outbox.state IN ('waiting', 'leased')"), outbox.c.state == "leased")
    .where(outbox.c.address_id == addresses.c.id)
    .correlate(addresses)
    .scalar_subquery()
)
_CLOSED: dict[str, Any] = {
    "window_until": None,
    "window_sends": 0,
    "brief_until": None,
    "brief_sends": 0,
}


def _opening(kind: str) -> PerDialect[Update]:
    values: dict[str, Any] = {
        "last_inbound_at": bindparam("at"),
        "reachable": True,
        f"{kind}_until": bindparam("until"),
        f"{kind}_sends": bindparam("sends", type_=Integer) - _UNDER_WAY,
    }
    return PerDialect(lambda within: _update(within, values))


def _update(within: Within, values: dict[str, Any]) -> Update:
    return update(addresses).where(within(addresses.c.id, "ids")).values(values)


# One order for all who change addresses, and before the count of what is under
# way: a statement does not see what was committed while it waited.
_LOCK = PerDialect(
    lambda within: (
        select(addresses.c.id)
        .where(within(addresses.c.id, "ids"))
        .order_by(addresses.c.id)
        .with_for_update(key_share=True)
    )
)
_OPEN = {kind: _opening(kind) for kind in ("window", "brief")}
# Leaving also takes the platform's tags away.
_END = PerDialect(
    lambda within: _update(within, {"reachable": False, "menu": "", **_CLOSED})
)


async def begin(uow: UnitOfWork, opened: Sequence[Opened], *, now: datetime) -> None:
    """Note that the addresses wrote: they are alive, and what they opened begins anew.

    What is being sent there this moment is taken off.
    """
    await _lock(uow, [id_ for one in opened for id_ in one.address_ids])
    for one in opened:
        values = {
            "ids": list(one.address_ids),
            "at": now,
            "until": one.until,
            "sends": one.sends,
        }
        if one.address_ids:
            await uow.execute(_OPEN[one.kind][uow.dialect], values)


async def end(uow: UnitOfWork, *, address_ids: Sequence[str]) -> None:
    """Note that the addresses unfollowed: nothing can be sent there from now on."""
    await _lock(uow, address_ids)
    if address_ids:
        await uow.execute(_END[uow.dialect], {"ids": list(address_ids)})


async def _lock(uow: UnitOfWork, address_ids: Sequence[str]) -> None:
    # SQLite has one writer: nobody else is there.
    if address_ids and uow.dialect == "postgresql":
        await uow.execute(_LOCK[uow.dialect], {"ids": list(address_ids)})
