"""Backbone teachers for a class: who could, who was asked, and what they said.

Whoever changes who works in a class locks the class first, then the roster
entries in the order of their ids: nobody is in two classes at once.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime
from typing import Any

import msgspec
from sqlalchemy import (
    Row,
    Select,
    delete,
    insert,
    or_,
    select,
    update,
)

from storage.classes import StaffRow
from storage.database import UnitOfWork
from storage.organisations import RosterRow
from storage.statements import Upsert
from storage.tables.classes import classes, staff
from storage.tables.engagements import busy_days, engagements, wishes
from storage.tables.people import roster, scopes

LIVE = ("proposed", "invited", "accepted")
"""States in which somebody holds a place in a class."""

NUMBER = "engagement"
DUTIES = ("lecturer", "assessor")
_AHEAD = ("planned", "recruiting")


class Engagement(msgspec.Struct, frozen=True):
    """A backbone teacher for one place in a class.

    ``duty`` is ``lecturer`` or ``assessor``; ``state`` ``proposed``,
    ``invited``, ``accepted``, ``refused``, ``lapsed`` (no answer came) or
    ``withdrawn`` (by the base). ``ranking`` is why it was proposed, as rules
    with their facts.
    """

    id: str
    number: int
    class_id: str
    duty: str
    position: int
    roster_id: str
    person_id: str | None
    state: str
    ranking: list[dict[str, str]]
    proposed_at: datetime
    invited_at: datetime | None = None
    reminded_at: datetime | None = None
    answered_at: datetime | None = None
    reason: str = ""
    name: str = ""
    certificate: str = ""
    school: str = ""
    account: str | None = None

    @property
    def live(self) -> bool:
        """True iff it holds a place."""
        return self.state in LIVE


class Candidate(msgspec.Struct, frozen=True):
    """An entry of the roster with the name of its province."""

    entry: RosterRow
    province: str


class Commitment(msgspec.Struct, frozen=True):
    """Somebody of the roster is to be in a class, or was asked to (``asked``)."""

    roster_id: str
    class_id: str
    code: str
    title: str
    opens_on: date
    ends_on: date
    asked: bool = False


class BusyDays(msgspec.Struct, frozen=True):
    """Days on which somebody of the roster cannot."""

    id: str
    roster_id: str
    person_id: str
    starts_on: date
    ends_on: date


class Wishes(msgspec.Struct, frozen=True):
    """How many 授课 a class shall have, and whom its base prefers, by roster id."""

    lecturers: int | None = None
    preferred: tuple[str, ...] = ()


_OWN = (
    engagements.c.id,
    engagements.c.number,
    engagements.c.class_id,
    engagements.c.duty,
    engagements.c.position,
    engagements.c.roster_id,
    engagements.c.person_id,
    engagements.c.state,
    engagements.c.ranking,
    engagements.c.proposed_at,
    engagements.c.invited_at,
    engagements.c.reminded_at,
    engagements.c.answered_at,
)
_JOINED = select(
    *_OWN,
    engagements.c.reason_sealed,
    roster.c.name,
    roster.c.certificate,
    roster.c.school,
    roster.c.person_id.label("account"),
).join(roster, roster.c.id == engagements.c.roster_id)


def _opened(uow: UnitOfWork, row: Row[Any]) -> Engagement:
    reason = ""
    if row.reason_sealed:
        reason = uow.vault.open_text(
            row.reason_sealed, table="engagements", column="reason_sealed", row=row.id
        )
    count = len(_OWN)
    values = (*row[:count], reason, *row[count + 1 :])
    return Engagement(*values)


async def _list(uow: UnitOfWork, query: Select[Any]) -> tuple[Engagement, ...]:
    return tuple(_opened(uow, row) for row in await uow.execute(query))


# ---- who was asked ----


async def add(uow: UnitOfWork, row: Engagement) -> None:
    """Propose somebody for a place; the database refuses a place, or a person, twice."""
    values = msgspec.structs.asdict(row)
    await uow.execute(
        insert(engagements), {column.name: values[column.name] for column in _OWN}
    )


async def get(
    uow: UnitOfWork, *, engagement_id: str, lock: bool = False
) -> Engagement | None:
    """An engagement by its id."""
    query = _JOINED.where(engagements.c.id == engagement_id)
    found = await _list(uow, query.with_for_update(of=engagements) if lock else query)
    return found[0] if found else None


async def of_class(
    uow: UnitOfWork, *, class_id: str, states: Sequence[str] = ()
) -> tuple[Engagement, ...]:
    """Who was proposed for a class, by duty (授课 first), place and number."""
    query = _JOINED.where(engagements.c.class_id == class_id)
    if states:
        query = query.where(engagements.c.state.in_(states))
    query = query.order_by(
        engagements.c.duty.desc(), engagements.c.position, engagements.c.number
    )
    return await _list(uow, query)


async def of_person(
    uow: UnitOfWork, *, person_id: str, states: Sequence[str]
) -> tuple[Engagement, ...]:
    """What a person was asked for, by number."""
    query = (
        _JOINED.join(classes, classes.c.id == engagements.c.class_id)
        .where(
            engagements.c.person_id == person_id,
            engagements.c.state.in_(states),
            classes.c.state.in_(_AHEAD),
        )
        .order_by(engagements.c.number)
    )
    return await _list(uow, query)


async def move_on(
    uow: UnitOfWork,
    *,
    engagement_id: str,
    among: Sequence[str],
    state: str,
    now: datetime,
    reason: str = "",
) -> bool:
    """Note an answer, or what became of an invitation; False in any other state."""
    sealed = None
    if reason:
        sealed = uow.vault.seal(
            reason, table="engagements", column="reason_sealed", row=engagement_id
        )
    done = await uow.execute(
        update(engagements)
        .where(engagements.c.id == engagement_id, engagements.c.state.in_(among))
        .values(state=state, answered_at=now, reason_sealed=sealed)
    )
    return bool(done.rowcount == 1)


async def invite(
    uow: UnitOfWork,
    *,
    engagement_id: str,
    person_id: str,
    among: Sequence[str],
    now: datetime,
) -> bool:
    """Note that somebody is asked, and from when they are silent."""
    done = await uow.execute(
        update(engagements)
        .where(engagements.c.id == engagement_id, engagements.c.state.in_(among))
        .values(
            state="invited",
            person_id=person_id,
            invited_at=now,
            reminded_at=None,
            answered_at=None,
        )
    )
    return bool(done.rowcount == 1)


async def remind(uow: UnitOfWork, *, engagement_id: str, now: datetime) -> bool:
    """Note that somebody silent is reminded; False when they were, or answered."""
    done = await uow.execute(
        update(engagements)
        .where(
            engagements.c.id == engagement_id,
            engagements.c.state == "invited",
            engagements.c.reminded_at.is_(None),
        )
        .values(reminded_at=now)
    )
    return bool(done.rowcount == 1)


async def silent(
    uow: UnitOfWork, *, invited_before: datetime, reminded_before: datetime, today: date
) -> tuple[Engagement, ...]:
    """Who did not answer for so long, of classes still to come, the oldest first."""
    query = (
        _JOINED.join(classes, classes.c.id == engagements.c.class_id)
        .where(
            engagements.c.state == "invited",
            classes.c.state.in_(_AHEAD),
            classes.c.opens_on > today,
            or_(
                engagements.c.reminded_at.is_(None)
                & (engagements.c.invited_at <= invited_before),
                engagements.c.reminded_at <= reminded_before,
            ),
        )
        .order_by(engagements.c.number)
    )
    return await _list(uow, query)


async def withdraw_all(
    uow: UnitOfWork, *, class_id: str, now: datetime
) -> tuple[Engagement, ...]:
    """End everything open of a class that is not held; who was asked and waited."""
    open_ = await of_class(uow, class_id=class_id, states=("proposed", "invited"))
    await uow.execute(
        update(engagements)
        .where(engagements.c.class_id == class_id, engagements.c.state.in_(LIVE))
        .values(state="withdrawn", answered_at=now)
    )
    return tuple(one for one in open_ if one.state == "invited")


# ---- who could ----


async def candidates(
    uow: UnitOfWork, *, level: str, major: str
) -> tuple[Candidate, ...]:
    """The roster's entries that name a level and a major, by certificate."""
    query = (
        select(
            *(roster.c[name] for name in RosterRow.__struct_fields__),
            scopes.c.name.label("province"),
        )
        .join(scopes, scopes.c.id == roster.c.province_id)
        .where(
            roster.c.majors.contains(major, autoescape=True),
            roster.c.levels.contains(level, autoescape=True),
        )
        .order_by(roster.c.certificate)
    )
    return tuple(
        Candidate(RosterRow(*row[:-1]), row[-1]) for row in await uow.execute(query)
    )


async def named(uow: UnitOfWork, *, names: Sequence[str]) -> tuple[RosterRow, ...]:
    """The roster's entries with these names or certificate numbers."""
    query = (
        select(*(roster.c[name] for name in RosterRow.__struct_fields__))
        .where(or_(roster.c.name.in_(names), roster.c.certificate.in_(names)))
        .order_by(roster.c.certificate)
    )
    return tuple(RosterRow(*row) for row in await uow.execute(query))


async def entries_of(uow: UnitOfWork, *, person_id: str) -> tuple[RosterRow, ...]:
    """The roster's entries of a person."""
    query = (
        select(*(roster.c[name] for name in RosterRow.__struct_fields__))
        .where(roster.c.person_id == person_id)
        .order_by(roster.c.certificate)
    )
    return tuple(RosterRow(*row) for row in await uow.execute(query))


async def lock_entries(uow: UnitOfWork, *, roster_ids: Sequence[str]) -> None:
    """Let nobody else give these backbone teachers work until the end."""
    await uow.execute(
        select(roster.c.id)
        .where(roster.c.id.in_(sorted(set(roster_ids))))
        .order_by(roster.c.id)
        .with_for_update()
    )


async def commitments(
    uow: UnitOfWork, *, roster_ids: Sequence[str]
) -> tuple[Commitment, ...]:
    """The classes that these are to be in, or were asked for, by opening."""
    facts = (
        classes.c.id,
        classes.c.code,
        classes.c.title,
        classes.c.opens_on,
        classes.c.ends_on,
    )
    works = (
        select(staff.c.roster_id, *facts)
        .join(classes, classes.c.id == staff.c.class_id)
        .where(
            staff.c.roster_id.in_(roster_ids),
            staff.c.duty.in_(DUTIES),
            classes.c.state != "cancelled",
        )
        .order_by(classes.c.opens_on, classes.c.code)
    )
    asked = (
        select(engagements.c.roster_id, *facts)
        .join(classes, classes.c.id == engagements.c.class_id)
        .where(
            engagements.c.roster_id.in_(roster_ids),
            engagements.c.state == "invited",
            classes.c.state.in_(_AHEAD),
        )
        .order_by(classes.c.opens_on, classes.c.code)
    )
    sure = [Commitment(*row) for row in await uow.execute(works)]
    perhaps = [
        msgspec.structs.replace(Commitment(*row), asked=True)
        for row in await uow.execute(asked)
    ]
    return (*sure, *perhaps)


async def busy(uow: UnitOfWork, *, roster_ids: Sequence[str]) -> tuple[BusyDays, ...]:
    """The days on which these said they cannot, by their beginning."""
    query = (
        select(*(busy_days.c[name] for name in BusyDays.__struct_fields__))
        .where(busy_days.c.roster_id.in_(roster_ids))
        .order_by(busy_days.c.starts_on, busy_days.c.id)
    )
    return tuple(BusyDays(*row) for row in await uow.execute(query))


async def add_busy(uow: UnitOfWork, rows: Sequence[BusyDays]) -> None:
    """Note days on which somebody cannot."""
    if rows:
        await uow.execute(
            insert(busy_days), [msgspec.structs.asdict(row) for row in rows]
        )


async def remove_busy(
    uow: UnitOfWork, *, person_id: str, starts_on: date, ends_on: date
) -> int:
    """Forget the noted days of a person that lie within these; how many stretches."""
    done = await uow.execute(
        delete(busy_days).where(
            busy_days.c.person_id == person_id,
            busy_days.c.starts_on >= starts_on,
            busy_days.c.ends_on <= ends_on,
        )
    )
    return int(done.rowcount)


# ---- who does ----


async def take_place(uow: UnitOfWork, row: StaffRow) -> None:
    """Put somebody who accepted in their place in a class."""
    await uow.execute(insert(staff), msgspec.structs.asdict(row))


async def leave_place(
    uow: UnitOfWork, *, class_id: str, duty: str, roster_id: str
) -> None:
    """Make somebody's place in a class free again."""
    await uow.execute(
        delete(staff).where(
            staff.c.class_id == class_id,
            staff.c.duty == duty,
            staff.c.roster_id == roster_id,
        )
    )


# ---- what the base wishes ----

_KEEP_WISHES = Upsert(
    wishes,
    ["class_id"],
    lambda new: {"lecturers": new.lecturers, "preferred": new.preferred},
)


async def wishes_of(uow: UnitOfWork, *, class_id: str) -> Wishes:
    """What the base of a class wishes; nothing when it said nothing."""
    query = select(wishes.c.lecturers, wishes.c.preferred).where(
        wishes.c.class_id == class_id
    )
    row = (await uow.execute(query)).first()
    return Wishes(row.lecturers, tuple(row.preferred)) if row else Wishes()


async def keep_wishes(uow: UnitOfWork, wished: Wishes, *, class_id: str) -> None:
    """Keep what the base of a class wishes, in place of what it said before."""
    row = {
        "class_id": class_id,
        "lecturers": wished.lecturers,
        "preferred": list(wished.preferred),
    }
    await uow.execute(_KEEP_WISHES[uow.dialect], [row])
