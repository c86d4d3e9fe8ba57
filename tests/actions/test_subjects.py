"""What is said about a class is kept as that: 触达 finds it by its class."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from sqlalchemy import select

from bot.actions import deadlines as timing
from storage.database import Database
from storage.tables.messages import outbox
from tests.actions.timeworld import GONGXUE, Country, at
from tests.commands.world import World


async def subjects(database: Database) -> dict[str, set[str | None]]:
    """The classes that pushes are about, by the kind of their dedupe key."""
    query = select(outbox.c.dedupe_key, outbox.c.purpose, outbox.c.class_id)
    found: dict[str, set[str | None]] = {}
    async with database.reading() as uow:
        for key, purpose, class_id in await uow.execute(query):
            kind = purpose if purpose == "reminder" else key.partition(":")[0]
            found.setdefault(kind, set()).add(class_id)
    return found


@pytest.fixture
async def country(database: Database) -> Country:
    country = Country(database)
    await country.found()
    return country


async def test_reminders_and_a_cancellation_are_about_their_class(
    country: Country,
) -> None:
    row = await country.class_()
    await country.only(row, "scheme")
    await country.tick(at(date(2026, 5, 14)))
    async with country.database.transaction() as uow:
        await timing.cancel_class(
            uow,
            row,
            sending=GONGXUE.sending,
            now=at(date(2026, 5, 15)),
            new_id=country.ids,
        )
        await uow.commit()

    assert await subjects(country.database) == {
        "reminder": {row.id},
        "cancelled": {row.id},
    }


async def test_decisions_and_the_news_of_a_class_are_about_it(world: World) -> None:
    base = await world.person("基地", ("base_staff", "江南"))
    await world.person("省里", ("province_manager", "江南省"))
    row = await world.new_class()
    teacher = await world.person("教师")
    application = await world.apply(teacher, row, serial=1)
    await world.say(base, f"审核 {application.number} 通过")
    await world.say(base, f"催办 {row.code}")
    moved = (row.opens_on + timedelta(days=7)).isoformat()
    await world.say(base, f"改期 {row.code} {moved} 确认")
    found = await subjects(world.database)

    assert {"applied", "application", "urged", "moved"} <= found.keys()
    assert set().union(*found.values()) == {row.id}
