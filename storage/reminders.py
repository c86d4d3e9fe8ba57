"""Reminders that are due, whom they concern, and who was told what, once."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from datetime import date, datetime

import msgspec
from sqlalchemy import (
    ColumnElement,
    Select,
    bindparam,
    exists,
    func,
    select,
    update,
)

from storage.database import UnitOfWork
from storage.statements import InsertIgnoring, PerDialect, Within
from storage.tables.classes import (
    applications,
    classes,
    deadlines,
    reminded,
    reminders,
    reviews,
    staff,
    submissions,
)
from storage.tables.evaluations import completions
from storage.tables.messages import drafts
from storage.tables.people import grants, roster, scopes
from storage.tables.plans import submissions as plan_submissions


class Looked(msgspec.Struct, frozen=True):
    """A deadline with something due, locked, and what reminders say of it.

    Of a class, or of an institution's year: then ``class_id``, ``code`` and
    ``opens_on`` are empty and ``title`` is the institution.
    """

    id: str
    programme: str
    subject: str
    step: str
    due_on: date
    state: str
    scope_path: str
    institution: str
    class_id: str | None
    code: str
    title: str
    opens_on: date | None


class Due(msgspec.Struct, frozen=True):
    """A planned reminder whose time has come."""

    id: str
    deadline_id: str
    mark: str
    due_on: date
    fire_at: datetime


class Told(msgspec.Struct, frozen=True):
    """Somebody was told of a date."""

    person_id: str
    deadline_id: str
    due_on: date
    mark: str
    at: datetime


class Settled(msgspec.Struct, frozen=True):
    """How a reminder ended: ``fired``, or ``skipped`` with a reason."""

    id: str
    state: str
    reason: str = ""


_place = scopes.alias("place")
_house = scopes.alias("house")
_DUE_IDS = select(reminders.c.deadline_id).where(
    reminders.c.state == "planned", reminders.c.fire_at <= bindparam("now")
)
_CLAIM = (
    select(
        deadlines.c.id,
        deadlines.c.programme,
        deadlines.c.subject,
        deadlines.c.step,
        deadlines.c.due_on,
        deadlines.c.state,
        _place.c.path,
        _house.c.name,
        deadlines.c.class_id,
        func.coalesce(classes.c.code, ""),
        func.coalesce(classes.c.title, _house.c.name),
        classes.c.opens_on,
    )
    .select_from(deadlines)
    .join(_place, _place.c.id == deadlines.c.scope_id)
    .outerjoin(classes, classes.c.id == deadlines.c.class_id)
    .join(
        _house,
        _house.c.id == func.coalesce(classes.c.institution_id, deadlines.c.scope_id),
    )
    .where(deadlines.c.id.in_(_DUE_IDS))
    .order_by(_place.c.path, deadlines.c.id)
    .limit(bindparam("most"))
    .with_for_update(of=deadlines, skip_locked=True)
)
_DUE = PerDialect(
    lambda within: (
        select(
            reminders.c.id,
            reminders.c.deadline_id,
            reminders.c.mark,
            reminders.c.due_on,
            reminders.c.fire_at,
        )
        .where(
            within(reminders.c.deadline_id, "ids"),
            reminders.c.state == "planned",
            reminders.c.fire_at <= bindparam("now"),
        )
        .order_by(reminders.c.fire_at, reminders.c.id)
    )
)
_SETTLE = (
    update(reminders)
    .where(reminders.c.id == bindparam("reminder"))
    .values(state=bindparam("to"), reason=bindparam("why"))
)
_PUT_OFF = PerDialect(
    lambda within: (
        update(reminders)
        .where(within(reminders.c.id, "ids"))
        .values(fire_at=bindparam("until"))
    )
)
_TOLD = PerDialect(
    lambda within: (
        select(*(reminded.c[name] for name in Told.__struct_fields__))
        .where(within(reminded.c.deadline_id, "ids"))
        .order_by(reminded.c.at, reminded.c.due_on)
    )
)
_TELL = InsertIgnoring(reminded)
_ALL_SAID = PerDialect(
    lambda within: (
        update(deadlines).where(within(deadlines.c.id, "ids")).values(moved_from=None)
    )
)
_HOLDERS = PerDialect(
    lambda within: (
        select(scopes.c.path, grants.c.role, grants.c.person_id)
        .join(grants, grants.c.scope_id == scopes.c.id)
        .where(within(scopes.c.path, "paths"), grants.c.revoked_at.is_(None))
        .order_by(grants.c.granted_at, grants.c.id)
    )
)


async def claim(uow: UnitOfWork, *, now: datetime, limit: int) -> tuple[Looked, ...]:
    """Lock up to ``limit`` deadlines with something due, until the transaction ends.

    Those of one place in the tree come together, so that what concerns one
    person is seen at once. Another planner passes over what is locked.
    """
    found = await uow.execute(_CLAIM, {"now": now, "most": limit})
    return tuple(Looked(*row) for row in found)


async def due(
    uow: UnitOfWork, *, deadline_ids: Sequence[str], now: datetime
) -> dict[str, tuple[Due, ...]]:
    """What is due of the deadlines, by deadline, the oldest first."""
    found = await uow.execute(
        _DUE[uow.dialect], {"ids": list(deadline_ids), "now": now}
    )
    by_deadline: dict[str, tuple[Due, ...]] = {}
    for row in found:
        one = Due(*row)
        earlier = by_deadline.get(one.deadline_id, ())
        by_deadline[one.deadline_id] = (*earlier, one)
    return by_deadline


async def settle(uow: UnitOfWork, rows: Sequence[Settled]) -> None:
    """Note how reminders ended."""
    if rows:
        await uow.execute(
            _SETTLE,
            [{"reminder": one.id, "to": one.state, "why": one.reason} for one in rows],
        )


async def put_off(
    uow: UnitOfWork, *, reminder_ids: Sequence[str], until: datetime
) -> None:
    """Look at reminders later."""
    if reminder_ids:
        await uow.execute(
            _PUT_OFF[uow.dialect], {"ids": list(reminder_ids), "until": until}
        )


async def told(uow: UnitOfWork, *, deadline_ids: Sequence[str]) -> tuple[Told, ...]:
    """Everything people were told of the deadlines, the oldest first."""
    if not deadline_ids:
        return ()
    found = await uow.execute(_TOLD[uow.dialect], {"ids": list(deadline_ids)})
    return tuple(Told(*row) for row in found)


async def tell(uow: UnitOfWork, rows: Sequence[Told]) -> None:
    """Note who is told what; a row that is there already stays as it is."""
    if rows:
        await uow.execute(
            _TELL[uow.dialect], [msgspec.structs.asdict(row) for row in rows]
        )


async def moves_told(uow: UnitOfWork, *, deadline_ids: Sequence[str]) -> None:
    """Note that nobody has to be told any more that these deadlines moved."""
    if deadline_ids:
        await uow.execute(_ALL_SAID[uow.dialect], {"ids": list(deadline_ids)})


async def holders(
    uow: UnitOfWork, *, paths: Sequence[str]
) -> dict[tuple[str, str], tuple[str, ...]]:
    """Who holds a role over exactly these scopes, by (scope path, role)."""
    found = await uow.execute(_HOLDERS[uow.dialect], {"paths": list(paths)})
    people: dict[tuple[str, str], tuple[str, ...]] = {}
    for path, role, person_id in found:
        people[path, role] = (*people.get((path, role), ()), person_id)
    return people


def _of_classes(
    build: Select[tuple[str, str]], class_id: ColumnElement[str]
) -> PerDialect[Select[tuple[str, str]]]:
    def statement(within: Within) -> Select[tuple[str, str]]:
        return build.where(within(class_id, "ids"))

    return PerDialect(statement)


_STAFF = PerDialect(
    lambda within: (
        select(
            staff.c.class_id,
            staff.c.duty,
            func.coalesce(staff.c.person_id, roster.c.person_id),
        )
        .outerjoin(roster, roster.c.id == staff.c.roster_id)
        .where(within(staff.c.class_id, "ids"))
        .order_by(staff.c.duty, staff.c.position)
    )
)
_standing = applications.alias("standing")
_DRAFTING = _of_classes(
    select(classes.c.id, drafts.c.person_id)
    .join(drafts, drafts.c.subject == classes.c.code)
    .where(
        drafts.c.form == "application",
        ~exists().where(
            _standing.c.class_id == classes.c.id,
            _standing.c.person_id == drafts.c.person_id,
            _standing.c.state != "withdrawn",
        ),
    )
    .order_by(drafts.c.started_at, drafts.c.id),
    classes.c.id,
)
_INCOMPLETE = _of_classes(
    select(applications.c.class_id, applications.c.person_id)
    .where(
        applications.c.state == "admitted",
        ~exists().where(
            completions.c.class_id == applications.c.class_id,
            completions.c.person_id == applications.c.person_id,
            completions.c.form == "evaluation",
        ),
    )
    .order_by(applications.c.number),
    applications.c.class_id,
)
_seated = func.coalesce(staff.c.person_id, roster.c.person_id)
_OWING_FEEDBACK = _of_classes(
    select(staff.c.class_id, _seated)
    .join(classes, classes.c.id == staff.c.class_id)
    .outerjoin(roster, roster.c.id == staff.c.roster_id)
    .where(
        staff.c.duty.in_(["lecturer", "assessor"]),
        _seated.is_not(None),
        ~exists().where(
            submissions.c.subject == classes.c.code,
            submissions.c.form == "backbone_feedback",
            submissions.c.person_id == _seated,
        ),
    )
    .order_by(staff.c.duty.desc(), staff.c.position),
    staff.c.class_id,
)
_CONCERNED = _of_classes(
    select(applications.c.class_id, applications.c.person_id)
    .where(
        applications.c.state.in_(
            ["submitted", "waitlisted", "awaiting_stamp", "admitted"]
        )
    )
    .order_by(applications.c.number),
    applications.c.class_id,
)
_WAITING = PerDialect(
    lambda within: (
        select(applications.c.class_id, func.count())
        .where(
            within(applications.c.class_id, "ids"),
            applications.c.state == "submitted",
        )
        .group_by(applications.c.class_id)
    )
)
_REVIEWS = PerDialect(
    lambda within: (
        select(reviews.c.class_id, reviews.c.kind, func.min(reviews.c.number))
        .where(within(reviews.c.class_id, "ids"), reviews.c.state == "waiting")
        .group_by(reviews.c.class_id, reviews.c.kind)
    )
)
_PLANS = PerDialect(
    lambda within: (
        select(plan_submissions.c.subject, func.min(plan_submissions.c.number))
        .where(
            within(plan_submissions.c.subject, "subjects"),
            plan_submissions.c.kind == "plan",
            plan_submissions.c.state == "waiting",
        )
        .group_by(plan_submissions.c.subject)
    )
)


async def staff_of(
    uow: UnitOfWork, *, class_ids: Sequence[str]
) -> dict[tuple[str, str], tuple[str, ...]]:
    """The known persons who work in classes, by (class, duty), in their order."""
    people: dict[tuple[str, str], tuple[str, ...]] = {}
    found = await uow.execute(_STAFF[uow.dialect], {"ids": list(class_ids)})
    for class_id, duty, person_id in found:
        if person_id:
            key = (class_id, duty)
            people[key] = (*people.get(key, ()), person_id)
    return people


async def drafting(
    uow: UnitOfWork, *, class_ids: Sequence[str]
) -> dict[str, tuple[str, ...]]:
    """Who began an application and has not handed one in, by class."""
    return await _by_class(uow, _DRAFTING, class_ids)


async def incomplete(
    uow: UnitOfWork, *, class_ids: Sequence[str]
) -> dict[str, tuple[str, ...]]:
    """The admitted teachers whose evaluation is not done, by class."""
    return await _by_class(uow, _INCOMPLETE, class_ids)


async def owing_feedback(
    uow: UnitOfWork, *, class_ids: Sequence[str]
) -> dict[str, tuple[str, ...]]:
    """The backbone teachers who have not handed 附件3 in, by class."""
    return await _by_class(uow, _OWING_FEEDBACK, class_ids)


async def applicants(
    uow: UnitOfWork, *, class_ids: Sequence[str]
) -> dict[str, tuple[str, ...]]:
    """Who has an application that goes on, by class."""
    return await _by_class(uow, _CONCERNED, class_ids)


async def _by_class(
    uow: UnitOfWork,
    statement: PerDialect[Select[tuple[str, str]]],
    class_ids: Sequence[str],
) -> dict[str, tuple[str, ...]]:
    people: defaultdict[str, tuple[str, ...]] = defaultdict(tuple)
    found = await uow.execute(statement[uow.dialect], {"ids": list(class_ids)})
    for class_id, person_id in found:
        people[class_id] = (*people[class_id], person_id)
    return dict(people)


async def applications_waiting(
    uow: UnitOfWork, *, class_ids: Sequence[str]
) -> dict[str, int]:
    """How many applications wait for the institution, by class."""
    found = await uow.execute(_WAITING[uow.dialect], {"ids": list(class_ids)})
    return {class_id: int(count) for class_id, count in found}


async def reviews_waiting(
    uow: UnitOfWork, *, class_ids: Sequence[str]
) -> dict[tuple[str, str], int]:
    """The number of what waits for the province, by (class, kind of review)."""
    found = await uow.execute(_REVIEWS[uow.dialect], {"ids": list(class_ids)})
    return {(class_id, kind): number for class_id, kind, number in found}


async def plans_waiting(
    uow: UnitOfWork, *, subjects: Sequence[str]
) -> dict[tuple[str, str], int]:
    """The number of the plan that waits for the province, by (subject, ``plan``)."""
    found = await uow.execute(_PLANS[uow.dialect], {"subjects": list(subjects)})
    return {(subject, "plan"): number for subject, number in found}
