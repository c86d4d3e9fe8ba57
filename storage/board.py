"""What a board shows of many classes and years: one query for each kind of thing."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from datetime import date
from typing import Any

import msgspec
from sqlalchemy import func, select

from notices.progress import Dated
from storage.database import UnitOfWork
from storage.organisations import below
from storage.statements import PerDialect
from storage.tables.classes import deadlines
from storage.tables.engagements import engagements, wishes
from storage.tables.people import institutions, scopes


class Asked(msgspec.Struct, frozen=True):
    """How many places of a class are offered to somebody, and how many are held.

    ``lecturers`` is how many 授课 the base wants, None for the usual number.
    """

    proposed: int = 0
    invited: int = 0
    accepted: int = 0
    lecturers: int | None = None


class YearStep(msgspec.Struct, frozen=True):
    """A dated step of an institution's year; ``period`` is ``2026`` or ``2026-1``."""

    institution_id: str
    institution: str
    path: str
    programme: str
    period: str
    dated: Dated


_DATED = (
    deadlines.c.step,
    deadlines.c.due_on,
    deadlines.c.state,
    deadlines.c.done_at,
    deadlines.c.done_by,
)
_OF_CLASSES = PerDialect(
    lambda within: (
        select(deadlines.c.class_id, *_DATED)
        .where(within(deadlines.c.class_id, "ids"))
        .order_by(deadlines.c.due_on, deadlines.c.id)
    )
)
_ASKED = PerDialect(
    lambda within: (
        select(
            engagements.c.class_id,
            wishes.c.lecturers,
            engagements.c.state,
            func.count(),
        )
        .outerjoin(wishes, wishes.c.class_id == engagements.c.class_id)
        .where(
            within(engagements.c.class_id, "ids"),
            engagements.c.state.in_(["proposed", "invited", "accepted"]),
        )
        .group_by(engagements.c.class_id, wishes.c.lecturers, engagements.c.state)
    )
)
_NAMES = PerDialect(
    lambda within: select(scopes.c.id, scopes.c.name).where(within(scopes.c.id, "ids"))
)


async def steps_of(
    uow: UnitOfWork, *, class_ids: Sequence[str]
) -> dict[str, tuple[Dated, ...]]:
    """The dated steps of classes, by class."""
    found: Any = await uow.execute(_OF_CLASSES[uow.dialect], {"ids": list(class_ids)})
    by_class: defaultdict[str, tuple[Dated, ...]] = defaultdict(tuple)
    for class_id, *columns in found:
        by_class[class_id] = (*by_class[class_id], Dated(*columns))
    return dict(by_class)


async def years_below(
    uow: UnitOfWork, *, paths: Sequence[str], since: date, until: date
) -> tuple[YearStep, ...]:
    """The dated steps of institutions' years in or below ``paths``, by date.

    Done ones are left out before ``since``; what is open stays however old.
    """
    query = (
        select(
            deadlines.c.scope_id,
            scopes.c.name,
            scopes.c.path,
            deadlines.c.programme,
            deadlines.c.subject,
            *_DATED,
        )
        .join(scopes, scopes.c.id == deadlines.c.scope_id)
        .join(institutions, institutions.c.scope_id == deadlines.c.scope_id)
        .where(
            deadlines.c.class_id.is_(None),
            below(scopes.c.path, paths),
            (deadlines.c.due_on >= since) | (deadlines.c.state == "open"),
            deadlines.c.due_on <= until,
        )
        .order_by(deadlines.c.due_on, scopes.c.name, deadlines.c.id)
    )
    found: Any = await uow.execute(query)
    return tuple(
        YearStep(scope, name, path, programme, subject.partition(":")[2], Dated(*rest))
        for scope, name, path, programme, subject, *rest in found
    )


async def asked(uow: UnitOfWork, *, class_ids: Sequence[str]) -> dict[str, Asked]:
    """How far the invitations of backbone teachers are, by class."""
    found: Any = await uow.execute(_ASKED[uow.dialect], {"ids": list(class_ids)})
    by_class: dict[str, Asked] = {}
    for class_id, lecturers, state, count in found:
        kept = by_class.get(class_id, Asked(lecturers=lecturers))
        by_class[class_id] = msgspec.structs.replace(kept, **{state: count})
    return by_class


async def names(uow: UnitOfWork, *, scope_ids: Sequence[str]) -> dict[str, str]:
    """The names of places, by their id."""
    found: Any = await uow.execute(_NAMES[uow.dialect], {"ids": list(scope_ids)})
    return {row.id: row.name for row in found}
