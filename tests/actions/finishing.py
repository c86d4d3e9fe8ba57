"""The end of a class: points, evaluations, and the slow work that papers are."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import msgspec
from sqlalchemy import select

from bot.clock import civil
from bot.jobs.tasks import all_tasks
from bot.jobs.workshop import Workshop
from bot.ports import Push
from conversations.model import Reply
from storage import evaluations, files, scores
from storage.evaluations import Ballot
from storage.files import FileRow
from storage.scores import ScoreRow
from storage.tables.messages import outbox
from tests.actions.classroom import Room
from tests.commands.world import Person, World
from tests.jobs.bench import Clock, Door

AFTER = datetime(2026, 6, 29, 2, tzinfo=UTC)
"""The morning after the last day."""


async def score(room: Room, kind: str, *points: int, attempt: int = 1) -> None:
    """Points in tenths, one for each teacher by number, from every scorer."""
    scorers = {"process": room.lecturers, "final": room.assessors}[kind]
    rows = [
        ScoreRow(
            room.world.house.new_id(),
            room.row.id,
            teacher.id,
            kind,
            attempt,
            given,
            scorer.id,
            None,
            place,
            room.world.now,
        )
        for teacher, given in zip(room.teachers, points, strict=False)
        for place, scorer in enumerate(scorers, 1)
    ]
    async with room.world.database.transaction() as uow:
        await scores.add(uow, rows)
        await uow.commit()


async def evaluate(room: Room, *teachers: Person) -> None:
    """These hand in 结束评估表."""
    async with room.world.database.transaction() as uow:
        for one in teachers:
            await evaluations.cast(
                uow,
                Ballot(room.row.id, "evaluation", 1, {"answered": "3"}),
                person_id=one.id,
                done_on=civil(room.world.now),
                new_id=room.world.house.new_id,
                shuffle=lambda items: None,
            )
        await uow.commit()


async def finish(room: Room, *, final: tuple[int, ...] = (820, 750, 900)) -> None:
    """Everybody is scored and has evaluated; the class has ended."""
    await score(room, "process", *[850] * len(room.teachers))
    await score(room, "final", *final)
    room.world.now = AFTER
    await room.close_of("ended")
    room.row = await room.world.class_row(room.row)
    await evaluate(room, *room.teachers)


async def work_off(world: World) -> int:
    """Do all the slow work that was asked for; how many jobs it was."""
    clock = Clock()
    clock.at = world.now + timedelta(seconds=1)
    tasks = all_tasks(world.database, world.house, clock, {})
    workshop = Workshop(world.database, tasks, Door(), clock, "test", look_every=60)
    return await workshop.work_off()


async def replies_to(world: World, person: Person) -> list[Reply]:
    """Everything on its way to somebody, in the order it was decided."""
    query = (
        select(outbox.c.id, outbox.c.body_sealed)
        .where(outbox.c.person_id == person.id, outbox.c.body_sealed.is_not(None))
        .order_by(outbox.c.created_at, outbox.c.not_before, outbox.c.id)
    )
    async with world.database.reading() as uow:
        return [
            msgspec.json.decode(
                uow.vault.open(
                    row.body_sealed, table="outbox", column="body_sealed", row=row.id
                ),
                type=Push,
            ).reply
            for row in await uow.execute(query)
        ]


async def files_to(world: World, person: Person, kind: str = "file") -> list[FileRow]:
    """The files, or the images, that were sent to somebody."""
    refs = [one.ref for one in await replies_to(world, person) if one.kind == kind]
    async with world.database.reading() as uow:
        found = [await files.get(uow, file_id=ref) for ref in refs]
    return [one for one in found if one]
