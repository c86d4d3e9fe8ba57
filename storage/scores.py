"""Points by scorers: added, replaced with both on record, and read by class."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

import msgspec
from sqlalchemy import Row, bindparam, insert, select, update

from storage.database import UnitOfWork
from storage.tables.training import scores


class ScoreRow(msgspec.Struct, frozen=True):
    """Points for one attempt by one scorer, in tenths.

    ``kind`` is ``process`` or ``final``; ``state`` is ``current``, or
    ``replaced`` by a later row. ``position`` is the scorer's place in the class. ``reason`` says why this row replaced another.
    """

    id: str
    class_id: str
    person_id: str
    kind: str
    attempt: int
    points: int
    scorer_id: str | None
    roster_id: str | None
    position: int
    at: datetime
    state: str = "current"
    reason: str = ""


_PLAIN = tuple(
    scores.c[name] for name in ScoreRow.__struct_fields__ if name != "reason"
)

_ONE = ("class_id", "person_id", "kind", "attempt", "scorer_id")
_REPLACE = (
    update(scores)
    .where(
        *(scores.c[name] == bindparam(f"the_{name}") for name in _ONE),
        scores.c.state == "current",
    )
    .values(state="replaced")
)


async def add(uow: UnitOfWork, rows: Sequence[ScoreRow]) -> None:
    """Write points down; what the same scorer said before becomes ``replaced``.

    The caller holds the class's lock.
    """
    if not rows:
        return
    await uow.execute(
        _REPLACE, [{f"the_{name}": getattr(one, name) for name in _ONE} for one in rows]
    )
    await uow.execute(insert(scores), [_values(uow, one) for one in rows])


def _values(uow: UnitOfWork, row: ScoreRow) -> dict[str, object]:
    values = msgspec.structs.asdict(row)
    reason = values.pop("reason")
    values["reason_sealed"] = (
        uow.vault.seal(reason, table="scores", column="reason_sealed", row=row.id)
        if reason
        else None
    )
    return values


async def of_class(
    uow: UnitOfWork, *, class_id: str, history: bool = False
) -> tuple[ScoreRow, ...]:
    """The points given in a class, the oldest first; with those replaced, if asked."""
    query = select(*_PLAIN, scores.c.reason_sealed).where(scores.c.class_id == class_id)
    if not history:
        query = query.where(scores.c.state == "current")
    query = query.order_by(scores.c.at, scores.c.id)
    return tuple(_opened(uow, row) for row in await uow.execute(query))


def _opened(uow: UnitOfWork, row: Row[*tuple[Any, ...]]) -> ScoreRow:
    values = dict(row._mapping)  # noqa: SLF001 -- SQLAlchemy's public name
    sealed = values.pop("reason_sealed")
    reason = (
        uow.vault.open_text(
            sealed, table="scores", column="reason_sealed", row=values["id"]
        )
        if sealed
        else ""
    )
    return ScoreRow(**values, reason=reason)
