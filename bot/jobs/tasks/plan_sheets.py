"""``plan_template``, ``plan_sheet``, ``plan_list``: plans as Excel files."""

from __future__ import annotations

import asyncio
from datetime import timedelta

from bot import wording
from bot.actions import national, plan_imports, planning
from bot.actions.context import House
from bot.actions.plan_imports import Blank, Sheet
from bot.clock import Clock
from bot.documents.plan_sheets import (
    Part,
    Template,
    UnreadableError,
    read_template,
    write_list,
    write_template,
)
from bot.jobs.media import Media, raw_upload
from bot.jobs.work import Product, Task, file_id
from bot.ports import MediaGoneError
from conversations.model import Reply
from conversations.rules.half_years import first_day, last_day
from conversations.rules.levels import LEVELS, MAJORS
from storage import files, plans
from storage.database import Database, UnitOfWork
from storage.files import NewFile
from storage.jobs import ClaimedJob
from storage.plans import PlanItem

KEPT = timedelta(days=1)
EXCEL = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


def plan_template(database: Database, house: House, clock: Clock) -> Task:
    """The task; payload ``subject`` (institution:half year). The file is pushed."""

    async def work(job: ClaimedJob) -> Product:
        async with database.reading() as uow:
            blank = await plan_imports.blank(uow, job.payload["subject"])
        if blank is None:
            return Product(silent=True)
        made = await asyncio.to_thread(write_template, _template(blank, house))
        name = wording.plan_sheets.sheet_name(blank.period, blank.house.name)
        file = _file(job, name, made, clock, subject=job.payload["subject"])
        reply = Reply(kind="file", ref=file.id, name=file.name)
        return Product(files=(file,), replies=(reply,), silent=True)

    return work


def _template(blank: Blank, house: House) -> Template:
    first, last = first_day(blank.period), last_day(blank.period)
    most = house.limits.class_size
    levels = [one for one in LEVELS if one in {level for _, level in blank.pairs}]
    majors = [one for one in MAJORS if one in {major for major, _ in blank.pairs}]
    pairs = [f"{major}{level}" for major, level in blank.pairs]
    return Template(
        title=wording.plan_sheets.sheet_title(blank.period),
        institution=f"{wording.plan_sheets.INSTITUTION}{blank.house.name}",
        columns=wording.plan_sheets.COLUMNS,
        choices={"level": levels or LEVELS, "major": majors or MAJORS},
        first=first,
        last=last,
        most_people=most,
        most_rows=house.limits.plan_items,
        help=wording.plan_sheets.sheet_help(first, last, most, pairs),
        rows=[plan_imports.cells(one, blank.names) for one in blank.items],
    )


def plan_sheet(media: Media, house: House, clock: Clock) -> Task:
    """The task; payload ``media`` and ``subject``. What came of it is pushed."""

    async def work(job: ClaimedJob) -> Product:
        reference = job.payload["media"]
        raw = raw_upload(reference)
        try:
            content = await media.read(reference, job=job)
            filled = await asyncio.to_thread(
                read_template, content, wording.plan_sheets.COLUMNS
            )
        except MediaGoneError:
            return _unreadable("gone", ())
        except UnreadableError as error:
            return _unreadable(error.why, raw)

        async def take(uow: UnitOfWork) -> tuple[Reply, ...]:
            return await plan_imports.take(
                uow,
                house,
                person_id=job.person_id or "",
                subject=job.payload["subject"],
                sheet=Sheet(filled.above, filled.lines),
                now=clock.now(),
            )

        return Product(silent=True, afterwards=take, drop=raw)

    return work


def _unreadable(why: str, drop: tuple[str, ...]) -> Product:
    reply = Reply(text=wording.plan_sheets.sheet_unreadable(why))
    return Product(ok=False, silent=True, replies=(reply,), drop=drop)


def plan_list(database: Database, clock: Clock) -> Task:
    """The task; payload ``period``. Pushed to the job's person, else kept for the page."""

    async def work(job: ClaimedJob) -> Product:
        period, page = job.payload["period"], job.person_id is None
        async with database.reading() as uow:
            found = await plans.items_below(
                uow,
                paths=await national.root_paths(uow),
                period=period,
                states=("published",) if page else ("waiting", *plans.AGREED),
            )
            names = await planning.province_names(uow)
        made = await asyncio.to_thread(write_list, _parts(found, names))
        name = wording.national.file_name(period)
        file = _file(job, name, made, clock, subject=period, keep=page)
        if not page:
            reply = Reply(kind="file", ref=file.id, name=file.name)
            return Product(files=(file,), replies=(reply,), silent=True)

        async def forget_older(uow: UnitOfWork) -> tuple[Reply, ...]:
            older = await files.find(uow, purpose=national.FILE, subject=period)
            ids = [one.id for one in older if one.id != file.id]
            await files.remove(uow, file_ids=ids)
            return ()

        return Product(files=(file,), afterwards=forget_older, silent=True)

    return work


def _parts(found: tuple[PlanItem, ...], names: dict[str, str]) -> list[Part]:
    """A sheet for each level, and the counts by major."""
    counted = [
        (major, len(rows), sum(one.headcount for one in rows))
        for major in MAJORS
        if (rows := [one for one in found if one.major == major and not one.not_held])
    ]
    total = (
        wording.national.TOTAL,
        sum(count for _, count, _ in counted),
        sum(people for *_, people in counted),
    )
    parts = [
        Part(
            wording.national.COUNT_SHEET,
            wording.national.COUNT_HEADER,
            [*counted, total],
        )
    ]
    for level in LEVELS:
        listed = [
            national.listed(one, names)
            for major in MAJORS
            for one in national.of_trade(found, level, major)
        ]
        if listed:
            parts.append(Part(level, wording.national.LIST_HEADER, listed))
    return parts


def _file(
    job: ClaimedJob,
    name: str,
    content: bytes,
    clock: Clock,
    *,
    subject: str,
    keep: bool = False,
) -> NewFile:
    return NewFile(
        id=file_id(job),
        person_id=job.person_id,
        purpose=national.FILE if keep else "export",
        subject=subject,
        media_type=EXCEL,
        name=name,
        content=content,
        keep_until=None if keep else clock.now() + KEPT,
    )
