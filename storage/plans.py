"""Plans of a half year: the classes that bases plan, and what they hand in."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime
from typing import Any

import msgspec
from sqlalchemy import (
    ColumnElement,
    Select,
    and_,
    func,
    insert,
    or_,
    select,
    update,
)

from storage import numbers
from storage.database import UnitOfWork
from storage.organisations import below
from storage.tables.classes import classes
from storage.tables.people import institutions, scopes
from storage.tables.plans import items, submissions

AGREED = ("approved", "published")
"""States of an item that the province agreed to."""

NUMBER = "plan"
ITEM_NUMBER = "plan_item"


class PlanItem(msgspec.Struct, frozen=True):
    """One class that an institution plans.

    ``state`` is ``draft``, ``waiting`` (for the province), ``returned`` (an
    addition or adjustment that was refused), ``approved``, ``published``,
    ``replaced`` or ``dropped``. ``recruits_from`` are provinces' ids; empty
    means all. ``class_id``, ``code``, ``class_state`` and ``class_opens_on`` are
    of the class that was opened from it. ``not_held`` says why it will not be held.
    """

    id: str
    number: int
    institution_id: str
    period: str
    kind: str
    level: str
    major: str
    opens_on: date
    headcount: int
    recruits_from: list[str]
    state: str
    replaces: str | None
    submission_id: str | None
    class_id: str | None
    not_held: str
    proposed: dict[str, str]
    created_at: datetime
    institution: str = ""
    province: str = ""
    province_id: str = ""
    path: str = ""
    code: str = ""
    class_state: str = ""
    class_opens_on: date | None = None

    @property
    def moved_to(self) -> date | None:
        """The opening day of its class, where that is another than was planned."""
        moved = self.opened and self.class_opens_on != self.opens_on
        return self.class_opens_on if moved else None

    @property
    def opened(self) -> bool:
        """True iff a class was opened from it that was not cancelled."""
        return self.class_id is not None and self.class_state != "cancelled"


class NewItem(msgspec.Struct, frozen=True):
    """An item to add; its number is given when it is kept."""

    id: str
    institution_id: str
    period: str
    level: str
    major: str
    opens_on: date
    headcount: int
    recruits_from: list[str]
    created_by: str
    kind: str = "plan"
    state: str = "draft"
    replaces: str | None = None
    submission_id: str | None = None


class SubmissionRow(msgspec.Struct, frozen=True):
    """What was handed in to a province.

    ``kind`` is ``plan``, ``addition`` or ``adjustment``; ``state`` ``waiting``,
    ``approved``, ``returned`` or ``withdrawn``.
    """

    id: str
    number: int
    kind: str
    institution_id: str
    period: str
    subject: str
    state: str
    reason: str
    created_by: str | None
    submitted_at: datetime
    institution: str = ""
    province: str = ""
    path: str = ""


_house = scopes.alias("house")
_above = scopes.alias("above")
_OWN_ITEM = tuple(items.c[name] for name in PlanItem.__struct_fields__[:17])
_OWN_SUBMISSION = tuple(
    submissions.c[name] for name in SubmissionRow.__struct_fields__[:10]
)
_ITEM = (
    select(
        *_OWN_ITEM,
        _house.c.name,
        _above.c.name,
        _above.c.id,
        _house.c.path,
        func.coalesce(classes.c.code, ""),
        func.coalesce(classes.c.state, ""),
        classes.c.opens_on,
    )
    .join(_house, _house.c.id == items.c.institution_id)
    .join(_above, _above.c.id == _house.c.parent_id)
    .outerjoin(classes, classes.c.id == items.c.class_id)
)
_SUBMISSION = (
    select(*_OWN_SUBMISSION, _house.c.name, _above.c.name, _house.c.path)
    .join(_house, _house.c.id == submissions.c.institution_id)
    .join(_above, _above.c.id == _house.c.parent_id)
)


# ---- items ----


async def add_items(uow: UnitOfWork, rows: Sequence[NewItem], *, now: datetime) -> None:
    """Keep items, each with a number of its own."""
    if not rows:
        return
    taken = await numbers.take_many(
        uow, kind=ITEM_NUMBER, subject_ids=[row.id for row in rows]
    )
    values = [
        msgspec.structs.asdict(row)
        | {"number": taken[row.id], "created_at": now, "not_held": "", "proposed": {}}
        for row in rows
    ]
    await uow.execute(insert(items), values)


async def _items(uow: UnitOfWork, query: Select[Any]) -> tuple[PlanItem, ...]:
    return tuple(PlanItem(*row) for row in await uow.execute(query))


_IN_ORDER = (items.c.opens_on, items.c.number)


async def item(uow: UnitOfWork, *, item_id: str, lock: bool = False) -> PlanItem | None:
    """An item by its id; with ``lock`` nobody else changes it until the end."""
    query = _ITEM.where(items.c.id == item_id)
    found = await _items(uow, query.with_for_update(of=items) if lock else query)
    return found[0] if found else None


async def numbered(uow: UnitOfWork, *, number: int) -> PlanItem | None:
    """An item by its number, locked: nobody else changes it until the end."""
    query = _ITEM.where(items.c.number == number).with_for_update(of=items)
    found = await _items(uow, query)
    return found[0] if found else None


async def items_of(
    uow: UnitOfWork, *, institution_id: str, period: str, states: Sequence[str]
) -> tuple[PlanItem, ...]:
    """An institution's items of a half year in some states, by opening day."""
    query = _ITEM.where(
        items.c.institution_id == institution_id,
        items.c.period == period,
        items.c.state.in_(states),
    )
    return await _items(uow, query.order_by(*_IN_ORDER))


async def unfinished(
    uow: UnitOfWork, *, institution_id: str, kind: str
) -> tuple[PlanItem, ...]:
    """An institution's additions or adjustments that were returned, newest first."""
    query = _ITEM.where(
        items.c.institution_id == institution_id,
        items.c.kind == kind,
        items.c.state == "returned",
    )
    return await _items(uow, query.order_by(items.c.number.desc()))


async def last_returned(uow: UnitOfWork, *, replaces: str) -> PlanItem | None:
    """The last adjustment of an item that was returned."""
    query = _ITEM.where(items.c.replaces == replaces, items.c.state == "returned")
    found = await _items(uow, query.order_by(items.c.number.desc()).limit(1))
    return found[0] if found else None


async def adjustment_waiting(uow: UnitOfWork, *, replaces: str) -> int | None:
    """The number of the adjustment of an item that waits for the province."""
    query = (
        select(submissions.c.number)
        .join(items, items.c.submission_id == submissions.c.id)
        .where(items.c.replaces == replaces, items.c.state == "waiting")
        .limit(1)
    )
    number: int | None = (await uow.execute(query)).scalar_one_or_none()
    return number


async def items_handed_in(
    uow: UnitOfWork, *, submission_id: str
) -> tuple[PlanItem, ...]:
    """What was handed in together, by opening day."""
    query = _ITEM.where(items.c.submission_id == submission_id)
    return await _items(uow, query.order_by(*_IN_ORDER))


async def items_below(
    uow: UnitOfWork, *, paths: Sequence[str], period: str, states: Sequence[str]
) -> tuple[PlanItem, ...]:
    """The items of a half year in or below ``paths``, by province, base and day."""
    query = _ITEM.where(
        below(_house.c.path, paths),
        items.c.period == period,
        items.c.state.in_(states),
    ).order_by(_above.c.name, _house.c.name, *_IN_ORDER)
    return await _items(uow, query)


async def open_items(
    uow: UnitOfWork, *, institution_id: str, today: date
) -> tuple[PlanItem, ...]:
    """What an institution may open classes from: agreed to, ahead, not opened yet.

    An item whose class was cancelled may be opened again.
    """
    query = _ITEM.where(
        items.c.institution_id == institution_id,
        items.c.state.in_(AGREED),
        items.c.not_held == "",
        items.c.opens_on > today,
        or_(items.c.class_id.is_(None), classes.c.state == "cancelled"),
    )
    return await _items(uow, query.order_by(*_IN_ORDER))


async def to_open(uow: UnitOfWork, *, today: date) -> tuple[PlanItem, ...]:
    """What any institution may open classes from, as ``open_items``."""
    query = _ITEM.where(
        items.c.state.in_(AGREED),
        items.c.not_held == "",
        items.c.opens_on > today,
        or_(items.c.class_id.is_(None), classes.c.state == "cancelled"),
    )
    return await _items(uow, query.order_by(*_IN_ORDER))


async def year_items(
    uow: UnitOfWork, *, institution_id: str, year: int
) -> tuple[PlanItem, ...]:
    """What was agreed to for a year: the base of 计划执行率.

    Held is what has a class that was not cancelled (``opened``); ``not_held``
    is the reason that the base gave.
    """
    query = _ITEM.where(
        items.c.institution_id == institution_id,
        items.c.state.in_(AGREED),
        items.c.opens_on.between(date(year, 1, 1), date(year, 12, 31)),
    )
    return await _items(uow, query.order_by(*_IN_ORDER))


async def link(uow: UnitOfWork, *, item_id: str, class_id: str) -> bool:
    """Note that a class is opened from an item; False when another one was before."""
    cancelled = select(classes.c.id).where(classes.c.state == "cancelled")
    done = await uow.execute(
        update(items)
        .where(
            items.c.id == item_id,
            items.c.state.in_(AGREED),
            or_(
                items.c.class_id.is_(None),
                items.c.class_id == class_id,
                items.c.class_id.in_(cancelled),
            ),
        )
        .values(class_id=class_id, not_held="")
    )
    if done.rowcount != 1:
        return False
    await uow.execute(
        update(classes).where(classes.c.id == class_id).values(plan_item_id=item_id)
    )
    return True


async def change_item(
    uow: UnitOfWork,
    *,
    item_id: str,
    among: Sequence[str],
    values: dict[str, object],
) -> bool:
    """Give an item other facts; False when it is in none of the states ``among``."""
    done = await uow.execute(
        update(items)
        .where(items.c.id == item_id, items.c.state.in_(among))
        .values(**values)
    )
    return bool(done.rowcount == 1)


async def drop_drafts(uow: UnitOfWork, *, institution_id: str, period: str) -> int:
    """Give up every item of a plan that is not handed in; how many."""
    done = await uow.execute(
        update(items).where(_draft_of(institution_id, period)).values(state="dropped")
    )
    return int(done.rowcount)


def _draft_of(institution_id: str, period: str) -> ColumnElement[bool]:
    return and_(
        items.c.institution_id == institution_id,
        items.c.period == period,
        items.c.kind == "plan",
        items.c.state == "draft",
    )


# ---- handed in ----


async def lock(uow: UnitOfWork, *, institution_id: str) -> None:
    """Let nobody else change an institution's plans until the end."""
    query = select(institutions.c.scope_id).where(
        institutions.c.scope_id == institution_id
    )
    await uow.execute(query.with_for_update())


async def hand_in(uow: UnitOfWork, row: SubmissionRow) -> int:
    """Hand a plan's drafts in; how many items went with it."""
    await _add_submission(uow, row)
    done = await uow.execute(
        update(items)
        .where(_draft_of(row.institution_id, row.period))
        .values(state="waiting", submission_id=row.id)
    )
    return int(done.rowcount)


async def hand_in_one(uow: UnitOfWork, row: SubmissionRow, item_: NewItem) -> None:
    """Hand an addition or an adjustment in."""
    await _add_submission(uow, row)
    waiting = msgspec.structs.replace(item_, state="waiting", submission_id=row.id)
    await add_items(uow, [waiting], now=row.submitted_at)


async def _add_submission(uow: UnitOfWork, row: SubmissionRow) -> None:
    values = msgspec.structs.asdict(row)
    await uow.execute(
        insert(submissions),
        {column.name: values[column.name] for column in _OWN_SUBMISSION},
    )


async def _submissions(
    uow: UnitOfWork, query: Select[Any]
) -> tuple[SubmissionRow, ...]:
    return tuple(SubmissionRow(*row) for row in await uow.execute(query))


async def submission(
    uow: UnitOfWork, *, submission_id: str, lock: bool = False
) -> SubmissionRow | None:
    """What was handed in, by its id."""
    query = _SUBMISSION.where(submissions.c.id == submission_id)
    if lock:
        query = query.with_for_update(of=submissions)
    found = await _submissions(uow, query)
    return found[0] if found else None


async def latest_plan(
    uow: UnitOfWork, *, institution_id: str, period: str
) -> SubmissionRow | None:
    """The plan that an institution handed in last for a half year."""
    query = (
        _SUBMISSION.where(
            submissions.c.institution_id == institution_id,
            submissions.c.period == period,
            submissions.c.kind == "plan",
        )
        .order_by(submissions.c.number.desc())
        .limit(1)
    )
    found = await _submissions(uow, query)
    return found[0] if found else None


async def waiting_below(
    uow: UnitOfWork, *, paths: Sequence[str]
) -> tuple[SubmissionRow, ...]:
    """What waits for a province's decision in or below ``paths``, oldest first."""
    query = _SUBMISSION.where(
        submissions.c.state == "waiting", below(_house.c.path, paths)
    ).order_by(submissions.c.number)
    return await _submissions(uow, query)


async def decide(
    uow: UnitOfWork,
    *,
    submission_id: str,
    state: str,
    item_state: str,
    among: str = "waiting",
    reason: str = "",
    decided_by: str | None,
    now: datetime,
) -> bool:
    """Move what was handed in on, with its items; False when somebody did before."""
    done = await uow.execute(
        update(submissions)
        .where(submissions.c.id == submission_id, submissions.c.state == among)
        .values(state=state, reason=reason, decided_by=decided_by, decided_at=now)
    )
    if done.rowcount != 1:
        return False
    await uow.execute(
        update(items)
        .where(items.c.submission_id == submission_id, items.c.class_id.is_(None))
        .where(items.c.state.in_(["waiting", "approved"]))
        .values(state=item_state)
    )
    return True


async def drop_proposals(uow: UnitOfWork, *, submission_id: str) -> None:
    """Forget what the province would rather have had."""
    await uow.execute(
        update(items).where(items.c.submission_id == submission_id).values(proposed={})
    )


async def periods_replaced(uow: UnitOfWork, *, submission_id: str) -> set[str]:
    """The half years of the items that were replaced by what was handed in."""
    replaced = select(items.c.replaces).where(
        items.c.submission_id == submission_id, items.c.replaces.is_not(None)
    )
    query = select(items.c.period).where(items.c.id.in_(replaced)).distinct()
    return set((await uow.execute(query)).scalars())


async def replace_by(uow: UnitOfWork, *, submission_id: str) -> None:
    """Take the items that approved adjustments stand for out of the plan."""
    replaced = select(items.c.replaces).where(
        items.c.submission_id == submission_id, items.c.replaces.is_not(None)
    )
    await uow.execute(
        update(items).where(items.c.id.in_(replaced)).values(state="replaced")
    )
