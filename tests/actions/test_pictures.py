"""A table in the chat: in words while a phone shows it, else as a picture."""

from __future__ import annotations

import json

import pytest

from bot.actions.context import Actor, Context
from bot.actions.pictures import Sheet, table
from bot.clock import moment_of
from bot.jobs.tasks.picture import picture
from storage import jobs
from storage.jobs import ClaimedJob
from tests.commands.world import World, text_of
from tests.jobs.bench import Clock


async def told(world: World, rows: int) -> tuple[str, tuple[ClaimedJob, ...]]:
    """What is said of a table with so many rows, and the work it asks for."""
    person = await world.person("省里", ("province_manager", "江南省"))
    sheet = Sheet("进度", ("班级", "到哪步"), [["甲班", "方案"]] * rows)
    async with world.database.transaction() as uow:
        actor = Actor(person.id, person.address_id)
        context = Context(uow, actor, moment_of(world.now), world.house)
        said = await table(context, sheet, brief="进度如下。")
        claimed = await jobs.claim(
            uow,
            kinds=["picture"],
            owner="test",
            limit=9,
            now=world.now,
            lease_seconds=60,
        )
    return said, claimed


async def test_a_short_table_is_said_in_words(world: World) -> None:
    assert await told(world, 2) == (
        "进度如下。\n甲班：到哪步 方案\n甲班：到哪步 方案",
        (),
    )


@pytest.mark.parametrize("more", [0, 1])
async def test_eight_rows_are_words_and_nine_a_picture(world: World, more: int) -> None:
    said, asked = await told(world, world.house.limits.table_lines + more)

    assert ("图马上发来" in said, len(asked)) == (bool(more), more)


async def test_the_picture_is_pushed_to_who_asked(world: World) -> None:
    _, (job,) = await told(world, 50)
    product = await picture(Clock())(job)

    assert [one.name for one in product.files] == ["进度-1.png", "进度-2.png"]
    assert [one.ref for one in product.replies] == [one.id for one in product.files]
    assert product.files[0].content.startswith(b"\x89PNG")
    assert product.silent


@pytest.mark.parametrize("applied", [10, 11])
async def test_applications_beyond_the_choices_come_as_a_table(
    world: World, applied: int
) -> None:
    row = await world.new_class()
    base = await world.person("基地", ("base_staff", "江南"))
    for serial in range(1, applied + 1):
        await world.apply(await world.person(f"t{serial}"), row, serial=serial)
    said = text_of(await world.say(base, f"报名 {row.code}"))
    async with world.database.transaction() as uow:
        claimed = await jobs.claim(
            uow,
            kinds=["picture"],
            owner="test",
            limit=9,
            now=world.now,
            lease_seconds=60,
        )
    rows = [len(json.loads(one.payload["data"])["rows"]) for one in claimed]

    assert rows == ([11] if applied == 11 else [])
    assert ("共 11 份，名单的图马上发来。" in said) == (applied == 11)
