"""What only one process may hold is held by one, and passes on."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta

from storage import holders
from storage.database import Database

NOW = datetime(2026, 5, 18, 1, 0, tzinfo=UTC)


async def take(database: Database, now: datetime = NOW, name: str = "c") -> int | None:
    async with database.transaction() as uow:
        taken = await holders.take(uow, name=name, now=now, seconds=30)
        await uow.commit()
    return taken


async def keep(database: Database, generation: int, now: datetime) -> bool:
    async with database.transaction() as uow:
        kept = await holders.keep(
            uow, name="c", generation=generation, now=now, seconds=30
        )
        await uow.commit()
    return kept


async def test_of_many_that_ask_at_once_one_gets_it(database: Database) -> None:
    taken = await asyncio.gather(*(take(database) for _ in range(8)))
    assert sorted(one for one in taken if one is not None) == [1]


async def test_whoever_keeps_it_in_time_holds_it(database: Database) -> None:
    assert await take(database) == 1
    later = NOW + timedelta(seconds=29)
    assert await keep(database, 1, later)
    assert await take(database, NOW + timedelta(seconds=31)) is None


async def test_a_lease_that_ran_out_passes_on_for_good(database: Database) -> None:
    assert await take(database) == 1
    later = NOW + timedelta(seconds=30)
    assert await take(database, later) == 2
    assert not await keep(database, 1, later)
    assert await keep(database, 2, later)


async def test_late_is_not_lost_while_nobody_else_wants_it(database: Database) -> None:
    assert await take(database) == 1
    assert await keep(database, 1, NOW + timedelta(hours=1))


async def test_what_is_given_up_is_free_at_once(database: Database) -> None:
    assert await take(database) == 1
    async with database.transaction() as uow:
        assert await holders.give_up(uow, name="c", generation=1)
        await uow.commit()
    assert await take(database) == 2


async def test_names_do_not_know_one_another(database: Database) -> None:
    assert await take(database, name="a") == 1
    assert await take(database, name="b") == 1
