"""Who owes the forms about a class after its end, and what was handed in of them."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

import msgspec
from sqlalchemy import func, select

from storage.database import UnitOfWork
from storage.statements import PerDialect
from storage.tables.classes import deadlines, staff, submissions
from storage.tables.people import roster

_TEACHING = ("lecturer", "assessor")


class Seat(msgspec.Struct, frozen=True):
    """A backbone teacher's place in a class: ``lecturer`` or ``assessor``, from 1."""

    class_id: str
    duty: str
    position: int
    name: str
    person_id: str | None
    roster_id: str | None = None


class HandedIn(msgspec.Struct, frozen=True):
    """A form about a class (``subject`` is its code), without its answers."""

    id: str
    form: str
    subject: str
    submitted_at: datetime
    context: dict[str, str]


# Numbered from 1 without gaps, as the forms number them.
_ranked = (
    select(
        staff.c.class_id,
        staff.c.duty,
        func.row_number()
        .over(partition_by=(staff.c.class_id, staff.c.duty), order_by=staff.c.position)
        .label("position"),
        staff.c.name,
        func.coalesce(staff.c.person_id, roster.c.person_id).label("person_id"),
        staff.c.roster_id,
    )
    .outerjoin(roster, roster.c.id == staff.c.roster_id)
    .where(staff.c.duty.in_(_TEACHING))
    .subquery("ranked")
)
_SEATED = select(*(_ranked.c[name] for name in Seat.__struct_fields__)).order_by(
    _ranked.c.class_id, _ranked.c.duty.desc(), _ranked.c.position
)
_SEATS = PerDialect(lambda within: _SEATED.where(within(_ranked.c.class_id, "ids")))
_HANDED_IN = PerDialect(
    lambda within: (
        select(*(submissions.c[name] for name in HandedIn.__struct_fields__))
        .where(
            within(submissions.c.subject, "codes"), within(submissions.c.form, "forms")
        )
        .order_by(submissions.c.submitted_at, submissions.c.id)
    )
)
_DONE = PerDialect(
    lambda within: select(deadlines.c.class_id).where(
        within(deadlines.c.class_id, "ids"),
        within(deadlines.c.step, "steps"),
        deadlines.c.state == "done",
    )
)


async def seats(
    uow: UnitOfWork, *, class_ids: Sequence[str]
) -> dict[str, tuple[Seat, ...]]:
    """The backbone teachers of classes, by class id: lecturers first, in their order."""
    found = await uow.execute(_SEATS[uow.dialect], {"ids": list(class_ids)})
    by_class: dict[str, tuple[Seat, ...]] = dict.fromkeys(class_ids, ())
    for row in found:
        one = Seat(*row)
        by_class[one.class_id] = (*by_class[one.class_id], one)
    return by_class


async def seats_of(uow: UnitOfWork, *, person_id: str) -> tuple[Seat, ...]:
    """The places of one backbone teacher, in all classes."""
    found = await uow.execute(_SEATED.where(_ranked.c.person_id == person_id))
    return tuple(Seat(*row) for row in found)


async def handed_in(
    uow: UnitOfWork, *, codes: Sequence[str], forms: Sequence[str]
) -> dict[str, tuple[HandedIn, ...]]:
    """What was handed in of these forms, by class code, the oldest first."""
    asked = {"codes": list(codes), "forms": list(forms)}
    by_code: dict[str, tuple[HandedIn, ...]] = dict.fromkeys(codes, ())
    for row in await uow.execute(_HANDED_IN[uow.dialect], asked):
        one = HandedIn(*row)
        by_code[one.subject] = (*by_code[one.subject], one)
    return by_code


async def with_step_done(
    uow: UnitOfWork, *, class_ids: Sequence[str], step: str
) -> frozenset[str]:
    """Those of the classes in which a step is done."""
    asked = {"ids": list(class_ids), "steps": [step]}
    found = await uow.execute(_DONE[uow.dialect], asked)
    return frozenset(one for one in found.scalars() if one)
