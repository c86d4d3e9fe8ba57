"""Dated steps of classes and of institutions' years, and when to look at them."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime

import msgspec
from sqlalchemy import Select, bindparam, func, insert, select, update

from storage.database import UnitOfWork
from storage.statements import InsertIgnoring, PerDialect, Upsert
from storage.tables.classes import classes, deadlines, reminded, reminders


class DeadlineRow(msgspec.Struct, frozen=True):
    """One dated step. ``subject`` is a class code, or an institution's year.

    ``state`` is ``open``, ``done`` or ``cancelled``; ``moved_from`` is set while
    people who were reminded of that date still have to be told of the new one.
    """

    id: str
    programme: str
    subject: str
    class_id: str | None
    scope_id: str
    step: str
    due_on: date
    state: str = "open"
    done_at: datetime | None = None
    done_by: str | None = None
    note: str = ""
    moved_from: date | None = None


class ReminderRow(msgspec.Struct, frozen=True):
    """When to look at a deadline, for one mark of its date."""

    id: str
    deadline_id: str
    due_on: date
    mark: str
    fire_at: datetime


class Shift(msgspec.Struct, frozen=True):
    """A deadline that gets another date; ``told`` when people heard of the old."""

    deadline_id: str
    before: date
    after: date
    told: bool


_COLUMNS = tuple(deadlines.c[name] for name in DeadlineRow.__struct_fields__)
_BY_DATE = select(*_COLUMNS).order_by(deadlines.c.due_on, deadlines.c.id)

_OF_SUBJECTS = PerDialect(
    lambda within: _BY_DATE.where(
        within(deadlines.c.subject, "subjects"),
        deadlines.c.step == bindparam("named"),
    ).with_for_update()
)
_ADD_MISSING = InsertIgnoring(deadlines, "id")
# A mark that was called off is planned anew when its date comes back. The word
# of a move is planned again each time; who hears it, `reminded` decides.
_PLAN = Upsert(
    reminders,
    ["deadline_id", "due_on", "mark"],
    lambda new: {"state": "planned", "fire_at": new.fire_at, "reason": ""},
    only_if=(reminders.c.state == "cancelled") | (reminders.c.mark == "moved"),
)
_CALL_OFF = PerDialect(
    lambda within: (
        update(reminders)
        .where(within(reminders.c.deadline_id, "ids"), reminders.c.state == "planned")
        .values(state="cancelled", reason=bindparam("why"))
    )
)
_SHIFT = (
    update(deadlines)
    .where(deadlines.c.id == bindparam("deadline"), deadlines.c.state == "open")
    .values(due_on=bindparam("after"), moved_from=bindparam("from"))
)
_HEARD = PerDialect(
    lambda within: (
        select(reminded.c.deadline_id)
        .where(within(reminded.c.deadline_id, "ids"))
        .distinct()
    )
)


async def add(uow: UnitOfWork, rows: Sequence[DeadlineRow]) -> None:
    """Write the dates of steps; the database refuses a step twice for a subject."""
    if rows:
        await uow.execute(
            insert(deadlines), [msgspec.structs.asdict(row) for row in rows]
        )


async def add_missing(uow: UnitOfWork, rows: Sequence[DeadlineRow]) -> frozenset[str]:
    """Write the dates of steps that a subject does not have yet; the ids of those."""
    if not rows:
        return frozenset()
    values = [msgspec.structs.asdict(row) for row in rows]
    made = await uow.execute(_ADD_MISSING[uow.dialect], values)
    return frozenset(made.scalars())


async def of_class(
    uow: UnitOfWork, *, class_id: str, lock: bool = False
) -> tuple[DeadlineRow, ...]:
    """The dated steps of a class, by date; locked, nobody is reminded meanwhile."""
    query = _BY_DATE.where(deadlines.c.class_id == class_id)
    return await _rows(uow, query.with_for_update() if lock else query)


async def of_subject(uow: UnitOfWork, *, subject: str) -> tuple[DeadlineRow, ...]:
    """The dated steps of a class code, or of an institution's year, by date."""
    return await _rows(uow, _BY_DATE.where(deadlines.c.subject == subject))


async def of_subjects(
    uow: UnitOfWork, *, subjects: Sequence[str], step: str
) -> tuple[DeadlineRow, ...]:
    """One step of some subjects, locked: nobody is reminded of it meanwhile."""
    if not subjects:
        return ()
    values = {"subjects": list(subjects), "named": step}
    found = await uow.execute(_OF_SUBJECTS[uow.dialect], values)
    return tuple(DeadlineRow(*row) for row in found)


async def reopen(
    uow: UnitOfWork, *, subject: str, step: str, done_here: bool = False
) -> DeadlineRow | None:
    """Open a step that was done; None when it was not.

    With ``done_here`` only one that its own dialogue had done, not 办结.
    """
    closed = (
        update(deadlines)
        .where(
            deadlines.c.subject == subject,
            deadlines.c.step == step,
            deadlines.c.state == "done",
        )
        .values(state="open", done_at=None, done_by=None, note="")
    )
    if done_here:
        closed = closed.where(deadlines.c.note == "")
    done = await uow.execute(closed)
    return await find(uow, subject=subject, step=step) if done.rowcount else None


async def finish_all(
    uow: UnitOfWork,
    *,
    subjects: Sequence[str],
    step: str,
    by: str | None,
    note: str,
    now: datetime,
) -> int:
    """Note that a step is done for all subjects for which it is open; how many."""
    ids = [
        row.id
        for row in await of_subjects(uow, subjects=subjects, step=step)
        if row.state == "open"
    ]
    await uow.execute(
        update(deadlines)
        .where(deadlines.c.id.in_(ids))
        .values(state="done", done_at=now, done_by=by, note=note)
    )
    await call_off(uow, deadline_ids=ids, why="done")
    return len(ids)


async def find(uow: UnitOfWork, *, subject: str, step: str) -> DeadlineRow | None:
    """One dated step."""
    query = _BY_DATE.where(deadlines.c.subject == subject, deadlines.c.step == step)
    rows = await _rows(uow, query)
    return rows[0] if rows else None


async def open_in(
    uow: UnitOfWork, *, steps: Sequence[str], state: str
) -> tuple[str, ...]:
    """The ids of classes in a state in which one of the steps is open."""
    query = (
        select(deadlines.c.class_id)
        .join(classes, classes.c.id == deadlines.c.class_id)
        .where(
            deadlines.c.step.in_(steps),
            deadlines.c.state == "open",
            classes.c.state == state,
        )
        .distinct()
        .order_by(deadlines.c.class_id)
    )
    return tuple((await uow.execute(query)).scalars())


async def _rows(
    uow: UnitOfWork, query: Select[tuple[object, ...]]
) -> tuple[DeadlineRow, ...]:
    return tuple(DeadlineRow(*row) for row in await uow.execute(query))


async def without_class(uow: UnitOfWork, *, step: str) -> tuple[DeadlineRow, ...]:
    """The open ones of a step that no class has yet, locked."""
    query = _BY_DATE.where(
        deadlines.c.class_id.is_(None),
        deadlines.c.step == step,
        deadlines.c.state == "open",
    )
    return await _rows(uow, query.with_for_update())


async def cancel(uow: UnitOfWork, *, deadline_ids: Sequence[str]) -> None:
    """Cancel open steps that nobody owes any more, with their reminders."""
    await uow.execute(
        update(deadlines)
        .where(deadlines.c.id.in_(deadline_ids), deadlines.c.state == "open")
        .values(state="cancelled")
    )
    await call_off(uow, deadline_ids=deadline_ids, why="cancelled")


async def finish(
    uow: UnitOfWork,
    *,
    subject: str,
    step: str,
    by: str | None,
    note: str,
    now: datetime,
) -> bool:
    """Note that an open step is done, and plan no more reminders of it.

    False when it was not open.
    """
    done = await uow.execute(
        update(deadlines)
        .where(
            deadlines.c.subject == subject,
            deadlines.c.step == step,
            deadlines.c.state == "open",
        )
        .values(state="done", done_at=now, done_by=by, note=note)
        .returning(deadlines.c.id)
    )
    ids = list(done.scalars())
    await call_off(uow, deadline_ids=ids, why="done")
    return bool(ids)


async def shift(uow: UnitOfWork, shifts: Sequence[Shift]) -> None:
    """Give open deadlines their new dates; forget who was told of those before."""
    if not shifts:
        return
    await uow.execute(
        _SHIFT,
        [
            {
                "deadline": one.deadline_id,
                "after": one.after,
                "from": one.before if one.told else None,
            }
            for one in shifts
        ],
    )
    await _forget_moves(uow, shifts)


async def _forget_moves(uow: UnitOfWork, shifts: Sequence[Shift]) -> None:
    """A date that comes back is news again to those who heard of another since."""
    await uow.execute(
        reminded.delete().where(
            reminded.c.deadline_id == bindparam("deadline"),
            reminded.c.due_on == bindparam("after"),
            reminded.c.mark == "moved",
        ),
        [{"deadline": one.deadline_id, "after": one.after} for one in shifts],
    )


async def heard_of(uow: UnitOfWork, *, deadline_ids: Sequence[str]) -> frozenset[str]:
    """Those of the deadlines that anybody was ever reminded of."""
    if not deadline_ids:
        return frozenset()
    found = await uow.execute(_HEARD[uow.dialect], {"ids": list(deadline_ids)})
    return frozenset(found.scalars())


async def cancel_class(uow: UnitOfWork, *, class_id: str) -> int:
    """Cancel what is open of a class, with its reminders; how many steps."""
    ids = [
        row.id
        for row in await of_class(uow, class_id=class_id, lock=True)
        if row.state == "open"
    ]
    await uow.execute(
        update(deadlines).where(deadlines.c.id.in_(ids)).values(state="cancelled")
    )
    await call_off(uow, deadline_ids=ids, why="cancelled")
    return len(ids)


async def plan(uow: UnitOfWork, rows: Sequence[ReminderRow]) -> None:
    """Write when to look at deadlines. What was said already is not planned again."""
    if rows:
        planned = [
            msgspec.structs.asdict(row) | {"state": "planned", "reason": ""}
            for row in rows
        ]
        await uow.execute(_PLAN[uow.dialect], planned)


async def call_off(uow: UnitOfWork, *, deadline_ids: Sequence[str], why: str) -> None:
    """Cancel the reminders of deadlines that are still planned."""
    if deadline_ids:
        await uow.execute(
            _CALL_OFF[uow.dialect], {"ids": list(deadline_ids), "why": why}
        )


async def next_fire_at(uow: UnitOfWork) -> datetime | None:
    """When the next planned reminder falls due; None when there is none."""
    query = select(func.min(reminders.c.fire_at)).where(reminders.c.state == "planned")
    found: datetime | None = (await uow.execute(query)).scalar_one()
    return found


async def count_due(uow: UnitOfWork, *, now: datetime) -> int:
    """How many planned reminders are due."""
    query = (
        select(func.count())
        .select_from(reminders)
        .where(reminders.c.state == "planned", reminders.c.fire_at <= now)
    )
    return int((await uow.execute(query)).scalar_one())
