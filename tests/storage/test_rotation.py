"""Keys change while the service runs: everything stays readable, and unique."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from datetime import UTC, datetime

import pytest
from sqlalchemy import select

from storage import conversations, id_numbers, people, privacy, rotation
from storage.conversations import ConversationRow
from storage.crypto import SealError, Vault
from storage.database import Database
from storage.people import Known, Newcomer
from storage.rotation import Rotated
from storage.sealed import columns_of, tables
from storage.tables.people import lookups
from tests.storage.dump import dump_opened

NOW = datetime(2026, 3, 1, 1, tzinfo=UTC)
NAMES = [f"user{number:02d}" for number in range(25)]


class Processes:
    """The same database under different sets of keys, newest first."""

    def __init__(self, url: str) -> None:
        self._url = url
        self._open: list[Database] = []

    def with_keys(self, *secrets: str) -> Database:
        database = Database(self._url, Vault(secrets))
        self._open.append(database)
        return database

    async def close(self) -> None:
        for database in self._open:
            await database.close()


@pytest.fixture
async def processes(database_url: str) -> AsyncIterator[Processes]:
    processes = Processes(database_url)
    yield processes
    await processes.close()


async def create(database: Database, *names: str, tag: str = "") -> dict[str, Known]:
    async with database.transaction() as uow:
        known = await people.create(
            uow,
            channel="wechat",
            newcomers=[Newcomer(n, f"p-{n}{tag}", f"a-{n}{tag}") for n in names],
            now=NOW,
        )
        await uow.commit()
    return known


async def plant(database: Database) -> None:
    """Persons with a name, an ID number and a dialogue each."""
    known = await create(database, *NAMES)
    async with database.transaction() as uow:
        for name, one in known.items():
            await people.set_name(uow, person_id=one.person_id, name=name)
            await id_numbers.claim(uow, person_id=one.person_id, number=name)
        rows = [ConversationRow(one.person_id, 0, b"0") for one in known.values()]
        await conversations.insert_new(uow, rows, now=NOW)
        await uow.commit()


async def resolve(database: Database) -> list[str]:
    async with database.reading() as uow:
        known = await people.resolve(uow, channel="wechat", addresses=NAMES)
    return sorted(known)


async def key_ids(database: Database) -> set[str]:
    """The keys under which anything lies."""
    async with database.reading() as uow:
        found = {
            bytes(value[1:5]).hex()
            for table in tables()
            for column in columns_of(table)
            for value in (await uow.execute(select(column))).scalars()
            if value is not None
        }
        found |= set((await uow.execute(select(lookups.c.key_id))).scalars())
    return found


async def test_after_a_rotation_the_old_key_can_be_taken_away(
    processes: Processes,
) -> None:
    old = processes.with_keys("old")
    both = processes.with_keys("new", "old")
    new = processes.with_keys("new")
    await plant(old)
    told: list[tuple[str, int]] = []
    first = await rotation.rotate(both, batch=10, progress=lambda *at: told.append(at))
    again = await rotation.rotate(both)
    found = await resolve(new)
    opened = await dump_opened(new)
    last = await rotation.rotate(new)

    # 25 addresses, names, dialogues, and ID numbers with their index's value.
    assert first == Rotated(resealed=100, reindexed=50, removed=0)
    assert again == Rotated(0, 0, 0)
    assert ("addresses", 10) in told
    assert found == NAMES
    assert sorted(row["name"].decode() for row in opened["persons"]) == NAMES
    assert last == Rotated(0, 0, removed=50)
    assert await key_ids(new) == {new.vault.newest_key_id}


async def test_before_a_rotation_the_old_key_is_needed(processes: Processes) -> None:
    await plant(processes.with_keys("old"))
    new = processes.with_keys("new")

    assert await resolve(new) == []
    with pytest.raises(SealError):
        await dump_opened(new)


async def test_a_rotation_that_was_stopped_goes_on(processes: Processes) -> None:
    old = processes.with_keys("old")
    both = processes.with_keys("new", "old")
    await plant(old)
    runs = 0

    class StopError(Exception):
        pass

    def stop_after_two(_table: str, _done: int) -> None:
        nonlocal runs
        runs += 1
        if runs == 2:
            raise StopError

    with pytest.raises(StopError):
        await rotation.rotate(both, batch=10, progress=stop_after_two)
    half = await key_ids(both)
    rest = await rotation.rotate(both, batch=10)
    new = processes.with_keys("new")
    await rotation.rotate(new)

    assert half == set(both.vault.key_ids)
    assert rest.resealed == 80
    assert await resolve(new) == NAMES
    assert await key_ids(new) == {new.vault.newest_key_id}


async def test_writes_during_a_rotation_win(processes: Processes) -> None:
    old = processes.with_keys("old")
    rotating = processes.with_keys("new", "old")
    running = processes.with_keys("new", "old")
    await plant(old)

    async def step(name: str) -> None:
        async with running.transaction() as uow:
            person = f"p-{name}"
            loaded = await conversations.load(uow, person_ids=[person])
            row = loaded.rows[person]
            state = row.state + b"+"
            await conversations.save(
                uow, [ConversationRow(person, row.revision, state)], now=NOW
            )
            await people.set_name(uow, person_id=person, name=name + "!")
            await uow.commit()

    async def talk() -> None:
        for _ in range(3):
            await asyncio.gather(*(step(name) for name in NAMES[:8]))

    await asyncio.gather(
        rotation.rotate(rotating, batch=3), talk(), create(running, "late")
    )
    new = processes.with_keys("new")
    opened = await dump_opened(new)
    states = {row["person_id"]: row["state"] for row in opened["conversations"]}
    names = {row["id"]: row["name"] for row in opened["persons"]}

    assert states == {
        f"p-{name}": b"0+++" if name in NAMES[:8] else b"0" for name in NAMES
    }
    assert names["p-user00"] == b"user00!"
    assert names["p-user20"] == b"user20"
    assert await resolve(new) == NAMES


async def test_a_value_stays_unique_while_processes_know_different_keys(
    processes: Processes,
) -> None:
    old = processes.with_keys("old")
    both = processes.with_keys("new", "old")
    swapped = processes.with_keys("old", "new")
    new = processes.with_keys("new")
    await plant(old)

    async def claim(database: Database, person: str) -> bool:
        async with database.transaction() as uow:
            mine = await id_numbers.claim(uow, person_id=person, number="user00")
            await uow.commit()
        return mine

    before = [await claim(database, "p-user01") for database in (old, both, swapped)]
    await rotation.rotate(both)
    after = [
        await claim(database, "p-user01") for database in (old, both, swapped, new)
    ]
    own = await claim(new, "p-user00")
    made = [
        (await create(database, "user00", tag="again"))["user00"].person_id
        for database in (old, both, swapped, new)
    ]

    assert before == [False] * 3
    assert after == [False] * 4
    assert own is True
    assert made == ["p-user00"] * 4


async def test_an_erased_person_is_not_indexed_again(processes: Processes) -> None:
    old = processes.with_keys("old")
    both = processes.with_keys("new", "old")
    await plant(old)
    async with both.transaction() as uow:
        await privacy.erase_person(uow, person_id="p-user00", now=NOW)
        await uow.commit()
    await rotation.rotate(both)

    assert await resolve(both) == NAMES[1:]
