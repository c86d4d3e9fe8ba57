"""The inbox: one answer per message, whoever delivers it and however often."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from storage import inbox, organisations, people
from storage.database import Database
from storage.errors import ConflictError, is_transient
from storage.inbox import Answered, InboxRow

NOW = datetime(2026, 3, 1, 1, tzinfo=UTC)


async def remember(database: Database, *rows: Answered) -> None:
    async with database.transaction() as uow:
        await inbox.remember(uow, rows)
        await uow.commit()


async def answered(database: Database, *keys: str) -> dict[str, InboxRow]:
    async with database.reading() as uow:
        return await inbox.answered(uow, keys=keys)


async def fail(database: Database, key: str, error: str = "ValueError") -> int:
    async with database.transaction() as uow:
        failures = await inbox.record_failure(
            uow, message_key=key, person_id=None, received_at=NOW, error=error
        )
        await uow.commit()
    return failures


async def test_an_answer_is_remembered_to_the_byte(database: Database) -> None:
    reply = bytes(range(256))
    await remember(
        database, Answered("m1", "p1", NOW, reply), Answered("m2", None, NOW, b"")
    )

    assert await answered(database, "m1", "m2", "m3") == {
        "m1": InboxRow("m1", "done", reply, 0),
        "m2": InboxRow("m2", "done", b"", 0),
    }


async def test_who_has_a_role_is_told_with_what_was_answered(
    database: Database,
) -> None:
    await remember(database, Answered("m1", None, NOW, b"yes"))
    async with database.transaction() as uow:
        made = await people.create(
            uow,
            channel="webchat",
            newcomers=[people.Newcomer(one, one, f"{one}-at") for one in "abc"],
            now=NOW,
        )
        await organisations.create_scope(
            uow, id="nation", kind="nation", name="部指导中心"
        )
        for one in ("a", "b"):
            await people.add_grant(
                uow,
                grant_id=f"{one}-role",
                person_id=made[one].person_id,
                role="base_staff",
                scope_id="nation",
                granted_by=None,
                now=NOW,
            )
        await people.revoke_grant(uow, grant_id="b-role", now=NOW)
        await uow.commit()
    async with database.reading() as uow:
        earlier, granted = await inbox.answered_and_granted(
            uow, keys=["m1", "m2"], person_ids=["a", "b", "c"]
        )

    assert earlier == {"m1": InboxRow("m1", "done", b"yes", 0)}
    assert granted == {"a"}


async def test_a_second_answer_to_a_message_is_refused(database: Database) -> None:
    await remember(database, Answered("m1", "p1", NOW, b"first"))
    with pytest.raises(ConflictError) as refused:
        await remember(database, Answered("m1", "p1", NOW, b"second"))

    assert is_transient(refused.value)
    assert (await answered(database, "m1"))["m1"].reply == b"first"


async def test_failures_are_counted_until_the_message_is_set_aside(
    database: Database,
) -> None:
    counts = [await fail(database, "m1"), await fail(database, "m1")]
    async with database.transaction() as uow:
        await inbox.set_aside(
            uow,
            message_key="m1",
            person_id="p1",
            received_at=NOW,
            reply=b"sorry",
            body=b"what they said",
            error="ValueError",
        )
        await uow.commit()

    assert counts == [1, 2]
    assert await answered(database, "m1") == {
        "m1": InboxRow("m1", "set_aside", b"sorry", 2)
    }
    assert await fail(database, "m1") == 0


async def test_a_message_that_failed_once_can_still_be_answered(
    database: Database,
) -> None:
    await fail(database, "m1")
    failed = (await answered(database, "m1"))["m1"]
    await remember(
        database, Answered("m1", "p1", NOW, b"yes", failures=failed.failures)
    )

    assert failed == InboxRow("m1", "failed", None, 1)
    assert await answered(database, "m1") == {"m1": InboxRow("m1", "done", b"yes", 1)}


async def test_an_answered_message_never_counts_as_failed(database: Database) -> None:
    await remember(database, Answered("m1", "p1", NOW, b"yes"))

    assert await fail(database, "m1") == 0
    assert (await answered(database, "m1"))["m1"].state == "done"


async def test_a_blind_draft_leaves_no_words_behind(database: Database) -> None:
    await remember(
        database,
        Answered("m1", "p1", NOW, b"blind", draft_id="d1"),
        Answered("m2", "p1", NOW, b"other", draft_id="d2"),
    )
    async with database.transaction() as uow:
        await inbox.wipe_draft(uow, draft_id="d1")
        await uow.commit()
    kept = await answered(database, "m1", "m2")

    assert {key: row.reply for key, row in kept.items()} == {"m1": None, "m2": b"other"}


async def test_answers_are_forgotten_after_their_time(database: Database) -> None:
    await remember(
        database,
        Answered("old", "p1", NOW - timedelta(seconds=1), b"old"),
        Answered("new", "p1", NOW, b"new"),
    )
    async with database.transaction() as uow:
        gone = await inbox.forget_replies(uow, older_than=NOW)
        await uow.commit()

    assert gone == 1
    assert sorted(await answered(database, "old", "new")) == ["new"]
