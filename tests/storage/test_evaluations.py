"""The blind evaluation: a raw copy of the database, keys included, links nothing."""

from __future__ import annotations

import asyncio
import random
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from itertools import count
from typing import Any
from uuid import uuid4

import pytest
from sqlalchemy.exc import OperationalError

from storage import evaluations, files, inbox, outbox
from storage.database import Database
from storage.evaluations import Ballot
from storage.privacy.retention import purge
from tests.storage.dump import containing, dump_opened, dump_raw
from tests.storage.samples import plant_scopes

NOW = datetime(2026, 3, 16, 1, tzinfo=UTC)
DAY = date(2026, 3, 16)
FORM = "evaluation"


@pytest.fixture
async def planted(database: Database) -> Database:
    await plant_scopes(database)
    return database


def new_id() -> str:
    return uuid4().hex


def ballot(person: str) -> Ballot:
    """A ballot that tells whose it is, so that a test could find a link."""
    return Ballot(
        "c1", FORM, 1, {"mark": person, "items": {"a": person}}, {"text": person}
    )


async def cast(database: Database, person: str) -> bool:
    async with database.transaction() as uow:
        done = await evaluations.cast(
            uow,
            ballot(person),
            person_id=person,
            done_on=DAY,
            new_id=new_id,
            shuffle=random.shuffle,
        )
        await uow.commit()
    return done


async def drain(database: Database, **options: bool) -> int:
    async with database.transaction() as uow:
        moved = await evaluations.drain(
            uow, class_id="c1", new_id=new_id, shuffle=random.shuffle, **options
        )
        await uow.commit()
    return moved


async def test_a_person_is_done_once(planted: Database) -> None:
    first = [await cast(planted, person) for person in ("p1", "p2", "p1")]
    async with planted.reading() as uow:
        done = await evaluations.completed(uow, class_id="c1", form=FORM)
        pooled = await evaluations.count_pool(uow, class_id="c1")
        waiting = await evaluations.classes_with_pool(uow)

    assert first == [True, True, False]
    assert done == {"p1": DAY, "p2": DAY}
    assert (pooled, waiting) == (2, ("c1",))


async def test_ballots_cast_at_once_are_all_kept(planted: Database) -> None:
    people = [f"p{n}" for n in range(1, 10)]
    cast_at_once = await asyncio.gather(*(cast(planted, person) for person in people))
    moved = await drain(planted)
    async with planted.reading() as uow:
        results = await evaluations.results(uow, class_id="c1", form=FORM)

    assert (cast_at_once, moved) == ([True] * 9, 9)
    assert sorted(str(marks["mark"]) for marks in results.marks) == people
    assert sorted(results.texts["text"]) == people


async def test_fewer_than_five_stay_in_the_pool_until_the_class_is_closed(
    planted: Database,
) -> None:
    for number in range(1, 5):
        await cast(planted, f"p{number}")
    four = await drain(planted)
    async with planted.reading() as uow:
        nothing = await evaluations.results(uow, class_id="c1", form=FORM)
        pooled = await evaluations.count_pool(uow, class_id="c1")
    closing = await drain(planted, everything=True)

    assert (four, nothing.count, nothing.texts, pooled) == (0, 0, {}, 4)
    assert closing == 4


async def test_no_two_reports_differ_by_fewer_than_five(planted: Database) -> None:
    seen = []
    for number in range(1, 10):
        await cast(planted, f"p{number}")
        await drain(planted)
        async with planted.reading() as uow:
            results = await evaluations.results(uow, class_id="c1", form=FORM)
        seen.append(results.count)
    await drain(planted, everything=True)
    async with planted.reading() as uow:
        closed = await evaluations.results(uow, class_id="c1", form=FORM)

    assert seen == [0] * 4 + [5] * 5
    assert closed.count == 5


async def test_every_ballot_that_joins_rewrites_the_pool(planted: Database) -> None:
    await cast(planted, "p1")
    before = await dump_raw(planted, "ballot_pool")
    await cast(planted, "p2")
    after = await dump_raw(planted, "ballot_pool")

    assert {row["id"] for row in before} & {row["id"] for row in after} == set()
    sealed = {bytes(row["ballot_sealed"]) for row in before + after}
    assert len(sealed) == 3
    assert len({row.get("writer") for row in after}) == 1


async def test_a_raw_copy_links_no_ballot_to_a_person(planted: Database) -> None:
    people = [f"p{n}" for n in range(1, 8)]
    for person in people:
        await cast(planted, person)
    await drain(planted)
    done = await dump_raw(planted, "completions")
    given = await dump_raw(planted, "ballots")
    texts = await dump_raw(planted, "ballot_texts")
    keys = await dump_opened(planted)

    assert await dump_raw(planted, "ballot_pool") == []
    # All were written by one transaction, which wrote no row about a person.
    for rows in (given, texts):
        writers = {row.get("writer") for row in rows}
        assert len(rows) == len(people)
        assert len(writers) == 1
        if planted.dialect == "postgresql":
            assert writers.isdisjoint({row["writer"] for row in done})
    # No id or time is shared between any two of the three.
    ids = [{row["id"] for row in rows} for rows in (given, texts)]
    assert ids[0] & ids[1] == set()
    assert {row["done_on"] for row in done} in ({DAY}, {DAY.isoformat()})
    hidden = {"place", "writer", "locker"}
    columns = [set(rows[0]) - hidden for rows in (done, given, texts)]
    assert columns == [
        {"class_id", "form", "person_id", "done_on"},
        {"id", "class_id", "form", "version", "marks"},
        {"id", "class_id", "form", "version", "field", "text_sealed"},
    ]
    # The words themselves stand nowhere but in the results.
    everywhere = {
        table: rows for table, rows in keys.items() if not table.startswith("ballot")
    }
    named = {place.split(".")[0] for place in containing(everywhere, "p1")}
    assert named == {"persons", "completions"}


async def test_rows_lie_as_shuffled_or_by_random_id_never_as_they_came(
    planted: Database,
) -> None:
    people = [f"p{n}" for n in range(1, 8)]

    def turned_round(items: list[Any]) -> None:
        items.sort(key=str, reverse=True)

    for person in people:
        await cast(planted, person)
    async with planted.transaction() as uow:
        await evaluations.drain(
            uow, class_id="c1", new_id=_rising(), shuffle=turned_round
        )
        await uow.commit()
    if planted.dialect == "sqlite":
        # Kept by id, without a row id that would tell the order of writing.
        with pytest.raises(OperationalError, match="no such column: rowid"):
            await dump_raw(planted, "(SELECT rowid AS r FROM ballots)")
    given = await dump_raw(planted, "ballots")
    lie = [row["id"] for row in sorted(given, key=_place)]

    # The ids rose as the rows were made: turned round, they fall; by id, they rise.
    assert lie == sorted(lie, reverse=planted.dialect == "postgresql")


def _rising() -> Callable[[], str]:
    numbers = count()
    return lambda: f"{next(numbers):06d}"


def _place(row: dict[str, Any]) -> tuple[int, ...] | str:
    """Where a row lies: block and line on PostgreSQL, its key on SQLite."""
    if "place" in row:
        return tuple(map(int, row["place"].strip("()").split(",")))
    return str(row["id"])


async def test_a_blind_dialogue_leaves_no_trace(planted: Database) -> None:
    async with planted.transaction() as uow:
        await inbox.remember(
            uow, [inbox.Answered("m1", "p1", NOW, b"CANARY", draft_id="d1")]
        )
        await outbox.enqueue(
            uow,
            [
                outbox.OutboxRow(
                    id="o1",
                    dedupe_key="k",
                    person_id="p1",
                    address_id="a1",
                    channel="webchat",
                    purpose="reply",
                    urgency=0,
                    body=b"CANARY",
                    not_before=NOW,
                    draft_id="d1",
                )
            ],
            now=NOW,
        )
        picture = files.NewFile(
            "f1", "p1", "form_picture", "image/png", "a", b"CANARY", subject="d1"
        )
        await files.put(uow, picture, now=NOW)
        await uow.commit()
    before = containing(await dump_opened(planted), "CANARY")
    async with planted.transaction() as uow:
        await evaluations.wipe_traces(uow, draft_ids=["d1"], now=NOW)
        await uow.commit()
    after = containing(await dump_opened(planted), "CANARY")

    assert before == ["files.content", "inbox.reply", "outbox.body"]
    assert after == []


async def test_what_was_written_goes_when_its_time_is_over_and_the_numbers_stay(
    planted: Database,
) -> None:
    for number in range(1, 8):
        await cast(planted, f"p{number}")
        if number == 5:
            await drain(planted)
    left = []
    for days in (30, 31):
        async with planted.transaction() as uow:
            now = datetime(2026, 3, 15, tzinfo=UTC) + timedelta(days=days)
            await purge(uow, now=now, said_for=timedelta(days=30))
            results = await evaluations.results(uow, class_id="c1", form=FORM)
            pooled = await evaluations.count_pool(uow, class_id="c1")
            await uow.commit()
        left.append((results.count, len(results.texts.get("text", ())), pooled))

    assert left == [(5, 5, 2), (5, 0, 0)]
