"""The national training information of a half year: drafted, published, kept true."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, datetime

import msgspec

from bot import wording
from bot.actions import notices as board
from bot.actions import planning
from bot.actions.classes import last_day as class_ends
from bot.actions.context import Context, House
from conversations.rules.levels import LEVELS, MAJORS, training_days
from notices.audience import Audience
from storage import deadlines, jobs, organisations, plan_calls, plans
from storage.classes import ClassRow
from storage.database import UnitOfWork
from storage.notices import NoticeRow
from storage.plans import PlanItem

KIND = "plan"
"""The kind of the notice that holds the national information."""

FILE = "plan_list"
"""The purpose of its file, and the kind of the job that makes it."""

_PUBLISHED = ("published",)


class Table(msgspec.Struct, frozen=True):
    """The classes of one level and major, each as texts under ``TABLE_HEADER``."""

    title: str
    rows: tuple[tuple[str, ...], ...]


async def root_paths(uow: UnitOfWork) -> list[str]:
    """The whole tree."""
    root = await organisations.nation(uow)
    return [root.path] if root else []


async def agreed(uow: UnitOfWork, period: str) -> tuple[PlanItem, ...]:
    """What provinces agreed to for a half year, in the whole country."""
    return await plans.items_below(
        uow, paths=await root_paths(uow), period=period, states=plans.AGREED
    )


# ---- the notice ----


async def draft(context: Context, period: str, found: Sequence[PlanItem]) -> NoticeRow:
    """The notice to publish: drafted, or its draft brought up to date."""
    uow = context.uow
    title = wording.national.notice_title(period)
    body = body_of(period, found)
    call = await plan_calls.get(uow, period=period, lock=True)
    before = await board.drafted(uow, call.notice_id if call else None)
    if before is not None:
        return await board.redraft(uow, before, title=title, body=body)
    root = await organisations.nation(uow)
    assert root is not None  # noqa: S101 -- items lie below it
    made = await board.draft_of_house(
        uow,
        KIND,
        board.Announcement(title, body, Audience()),
        scope_id=root.id,
        author_id=context.actor.person_id,
        now=context.now,
        new_id=context.new_id,
    )
    due = planning.due_on(context.house, period, call)
    await plan_calls.note_notice(
        uow, period=period, notice_id=made.id, due_on=due, now=context.now
    )
    return made


def body_of(period: str, found: Sequence[PlanItem]) -> str:
    """The text of the notice; its page has the tables."""
    held = [one for one in found if not one.not_held]
    people = sum(one.headcount for one in held)
    return wording.national.notice_body(period, len(held), people)


async def refreshed(uow: UnitOfWork, row: NoticeRow) -> NoticeRow:
    """The notice before it goes out, with what is agreed to now."""
    call = await plan_calls.of_notice(uow, notice_id=row.id)
    if call is None:
        return row
    body = body_of(call.period, await agreed(uow, call.period))
    return await board.redraft(uow, row, title=row.title, body=body)


async def published(context: Context, row: NoticeRow) -> None:
    """The notice went out: what it holds is published, and nothing more awaited.

    Steps of those who handed nothing in are over too: what they add now is an
    addition.
    """
    uow = context.uow
    call = await plan_calls.of_notice(uow, notice_id=row.id)
    if call is None:
        return
    await plan_calls.publish(uow, period=call.period, now=context.now)
    houses = await organisations.institutions_below(uow, paths=await root_paths(uow))
    subjects = [
        planning.step_subject(context.house, one.scope_id, call.period)
        for one in houses
    ]
    await deadlines.finish_all(
        uow,
        subjects=subjects,
        step=planning.STEP,
        by=context.actor.person_id,
        note=wording.national.plan_published_note(),
        now=context.now,
    )
    await remake_list(uow, context.house, call.period, now=context.now)


async def note_changed(
    uow: UnitOfWork, house: House, row: ClassRow, *, now: datetime
) -> None:
    """A class was moved or cancelled: the list with its item is made again."""
    if row.plan_item_id is None:
        return
    found = await plans.item(uow, item_id=row.plan_item_id)
    if found is not None and found.state in _PUBLISHED:
        await remake_list(uow, house, found.period, now=now)


async def remake_list(
    uow: UnitOfWork, house: House, period: str, *, now: datetime
) -> None:
    """Have the file of the notice's page made again."""
    job = jobs.JobRow(
        id=house.new_id(),
        kind=FILE,
        person_id=None,
        address_id=None,
        payload={"period": period},
        not_before=now,
    )
    await jobs.enqueue(uow, [job], now=now)


# ---- its tables ----


async def tables(uow: UnitOfWork, period: str) -> tuple[Table, ...]:
    """What stands on the page: a table for each level and major, as of now."""
    found = await plans.items_below(
        uow, paths=await root_paths(uow), period=period, states=_PUBLISHED
    )
    names = await planning.province_names(uow)
    return tuple(
        _table(level, major, rows, names)
        for level in LEVELS
        for major in MAJORS
        if (rows := of_trade(found, level, major))
    )


def of_trade(found: Sequence[PlanItem], level: str, major: str) -> list[PlanItem]:
    """The items of a level and major, by opening day."""
    rows = [one for one in found if (one.level, one.major) == (level, major)]
    return sorted(rows, key=lambda one: (one.opens_on, one.number))


def _table(
    level: str, major: str, rows: Sequence[PlanItem], names: Mapping[str, str]
) -> Table:
    held = [one for one in rows if not one.not_held]
    people = sum(one.headcount for one in held)
    title = wording.national.table_title(level, major, len(held), people)
    return Table(title, tuple(_row(one, names) for one in rows))


def _row(one: PlanItem, names: Mapping[str, str]) -> tuple[str, ...]:
    opens_on = one.moved_to or one.opens_on
    return (
        one.province,
        one.institution,
        wording.national.days_between(opens_on, class_ends(one.level, opens_on)),
        _scope(one, names),
        str(one.headcount),
        _remark(one),
    )


def _remark(one: PlanItem) -> str:
    return wording.national.remark(
        one.kind,
        not_held=bool(one.not_held),
        moved=one.moved_to is not None,
        cancelled=one.class_id is not None and not one.opened,
    )


def _scope(one: PlanItem, names: Mapping[str, str]) -> str:
    return wording.national.scope_cell([names.get(at, at) for at in one.recruits_from])


def listed(one: PlanItem, names: Mapping[str, str]) -> tuple[str | int | date, ...]:
    """An item as a row of the file, under ``LIST_HEADER``."""
    opens_on = one.moved_to or one.opens_on
    return (
        one.level,
        one.major,
        one.province,
        one.institution,
        opens_on,
        class_ends(one.level, opens_on),
        training_days(one.level),
        _scope(one, names),
        one.headcount,
        wording.plans.STATES[one.state],
        _remark(one),
    )
