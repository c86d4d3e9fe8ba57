"""Dialogues: locked while they are ours, never written over, never mixed up."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from datetime import UTC, datetime

import pytest

from storage import conversations
from storage.conversations import ConversationRow, DraftRow, Loaded
from storage.crypto import Vault
from storage.database import Database
from storage.errors import ConflictError
from tests.storage.samples import plant_scopes

NOW = datetime(2026, 3, 1, 1, tzinfo=UTC)


@pytest.fixture
async def planted(database: Database) -> Database:
    await plant_scopes(database)
    return database


@pytest.fixture
async def other(database_url: str, vault: Vault) -> AsyncIterator[Database]:
    """The same database as another process sees it."""
    other = Database(database_url, vault)
    yield other
    await other.close()


async def begin(database: Database, *person_ids: str) -> None:
    async with database.transaction() as uow:
        rows = [ConversationRow(person, 0, b"begun") for person in person_ids]
        await conversations.insert_new(uow, rows, now=NOW)
        await uow.commit()


async def test_a_state_comes_back_with_its_revision(planted: Database) -> None:
    await begin(planted, "p2", "p1")
    async with planted.transaction() as uow:
        loaded = await conversations.load(uow, person_ids=["p2", "p3", "p1"])
        await conversations.save(
            uow,
            [ConversationRow("p1", 1, b"on"), ConversationRow("p2", 1, b"off")],
            now=NOW,
        )
        again = await conversations.load(uow, person_ids=["p1", "p2"])

    assert loaded == Loaded(
        {
            "p1": ConversationRow("p1", 1, b"begun"),
            "p2": ConversationRow("p2", 1, b"begun"),
        }
    )
    assert again == Loaded(
        {
            "p1": ConversationRow("p1", 2, b"on"),
            "p2": ConversationRow("p2", 2, b"off"),
        }
    )


@pytest.mark.parametrize("revision", [0, 2])
async def test_a_revision_that_was_not_loaded_is_not_written_over(
    planted: Database, revision: int
) -> None:
    await begin(planted, "p1", "p2")
    async with planted.transaction() as uow:
        with pytest.raises(ConflictError):
            await conversations.save(
                uow,
                [
                    ConversationRow("p1", 1, b"fine"),
                    ConversationRow("p2", revision, b"late"),
                ],
                now=NOW,
            )


async def test_two_processes_cannot_both_begin_a_dialogue(
    planted: Database, other: Database
) -> None:
    await begin(planted, "p1")
    with pytest.raises(ConflictError):
        await begin(other, "p2", "p1")
    async with planted.reading() as uow:
        found = await conversations.load(uow, person_ids=["p1", "p2"])

    assert sorted(found.rows) == ["p1"]


@pytest.mark.parametrize("kind", ["postgresql"])
async def test_dialogues_held_elsewhere_are_told_from_those_that_do_not_exist(
    planted: Database, other: Database
) -> None:
    await begin(planted, "p1", "p2")
    async with planted.transaction() as ours, other.transaction() as theirs:
        await conversations.load(ours, person_ids=["p1"])
        seen = await conversations.load(
            theirs, person_ids=["p1", "p2", "p3"], skip_locked=True
        )

    assert seen == Loaded({"p2": ConversationRow("p2", 1, b"begun")}, frozenset({"p1"}))


async def test_steps_of_many_processes_are_all_kept(
    planted: Database, other: Database
) -> None:
    await begin(planted, "p1")

    async def step(database: Database, tag: bytes) -> None:
        async with database.transaction() as uow:
            loaded = await conversations.load(uow, person_ids=["p1"])
            row = loaded.rows["p1"]
            state = row.state + tag
            await conversations.save(
                uow, [ConversationRow("p1", row.revision, state)], now=NOW
            )
            await uow.commit()

    await asyncio.gather(
        *(step(database, b"+") for _ in range(10) for database in (planted, other))
    )
    async with planted.reading() as uow:
        row = (await conversations.load(uow, person_ids=["p1"])).rows["p1"]

    assert row == ConversationRow("p1", 21, b"begun" + b"+" * 20)


async def test_the_choices_of_a_push_last_until_the_next_step(
    planted: Database,
) -> None:
    await begin(planted, "p1")
    async with planted.transaction() as uow:
        await conversations.set_push(uow, person_id="p1", push=b"[1]")
        pushed = await conversations.load(uow, person_ids=["p1"])
        await conversations.save(uow, [ConversationRow("p1", 1, b"on")], now=NOW)
        after = await conversations.load(uow, person_ids=["p1"])

    assert pushed.rows["p1"].push == b"[1]"
    assert after.rows["p1"].push is None


async def test_open_drafts_are_found_by_subject_form_and_person(
    planted: Database,
) -> None:
    rows = [
        DraftRow("d1", "p1", "application", 1, "A", NOW),
        DraftRow("d2", "p1", "evaluation", 1, "A", NOW),
        DraftRow("d3", "p2", "application", 1, "B", NOW),
    ]
    async with planted.transaction() as uow:
        await conversations.open_drafts(uow, rows)
        by = {
            "subject": await conversations.find_drafts(uow, subject="A"),
            "form": await conversations.find_drafts(uow, form="application"),
            "person": await conversations.find_drafts(uow, person_id="p2"),
        }
        await conversations.close_drafts(uow, draft_ids=["d1", "d3", "d9"])
        left = await conversations.find_drafts(uow)

    assert by == {
        "subject": (rows[0], rows[1]),
        "form": (rows[0], rows[2]),
        "person": (rows[2],),
    }
    assert left == (rows[1],)
