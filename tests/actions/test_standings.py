"""Standings read what is on record, with a fixed number of queries."""

from __future__ import annotations

import pytest

from bot.actions.standings import Standing, standings
from storage import scores
from storage.database import Database
from storage.scores import ScoreRow
from tests.actions.classroom import Room, open_room
from tests.commands.world import Person, World, make_world


@pytest.fixture
async def world(database: Database) -> World:
    return await make_world(database)


@pytest.fixture
async def room(world: World) -> Room:
    return await open_room(world)


async def give(
    room: Room, kind: str, attempt: int, *points: tuple[Person, int]
) -> None:
    """Each scorer of the kind gives these points, straight into the table."""
    scorers = {"process": room.lecturers, "final": room.assessors}[kind]
    async with room.world.database.transaction() as uow:
        rows = [
            ScoreRow(
                room.world.house.new_id(),
                room.row.id,
                person.id,
                kind,
                attempt,
                given + place,
                scorer.id,
                None,
                place + 1,
                room.world.now,
            )
            for person, given in points
            for place, scorer in enumerate(scorers)
        ]
        await scores.add(uow, rows)
        await uow.commit()


async def read(room: Room) -> tuple[Standing, ...]:
    async with room.world.database.reading() as uow:
        return await standings(uow, room.row)


async def test_nobody_is_anywhere_before_the_first_points(room: Room) -> None:
    found = await read(room)

    assert [(one.number, one.name) for one in found] == [
        (1, "张三"),
        (2, "李四"),
        (3, "王五"),
    ]
    assert {(one.process, one.final, one.passed, one.complete) for one in found} == {
        ("", "", False, False)
    }
    assert found[0].why == "过程性考核还没评完（规程第十二条（一））"


async def test_the_mean_of_the_last_attempt_and_every_attempt(room: Room) -> None:
    first, second, third = room.teachers
    await give(room, "process", 1, (first, 820), (second, 580), (third, 300))
    await give(room, "process", 2, (second, 650), (third, 400))
    await give(room, "final", 1, (first, 900), (second, 500))
    await give(room, "final", 2, (second, 600))
    found = await read(room)

    assert [one.process_attempts for one in found] == [
        ("82.1",),
        ("58.1", "65.1"),
        ("30.1", "40.1"),
    ]
    assert [one.final_attempts for one in found] == [
        ("90.1",),
        ("50.1", "60.1"),
        (),
    ]
    assert [(one.process, one.final) for one in found] == [
        ("82.1", "90.1"),
        ("65.1", "60.1"),
        ("40.1", ""),
    ]
    assert [(one.passed, one.complete) for one in found] == [
        (True, True),
        (True, True),
        (False, True),
    ]
    assert found[2].why.startswith("过程性考核不合格（40.1 分）")


async def test_points_are_no_mean_until_all_are_in(room: Room) -> None:
    async with room.world.database.transaction() as uow:
        row = ScoreRow(
            "s1",
            room.row.id,
            room.teachers[0].id,
            "process",
            1,
            900,
            room.lecturers[0].id,
            None,
            1,
            room.world.now,
        )
        await scores.add(uow, [row])
        await uow.commit()

    assert (await read(room))[0].process == ""
