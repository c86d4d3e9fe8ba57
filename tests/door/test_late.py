"""The platform does not wait: what comes too late is on disk, and is pushed (F5)."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from sqlalchemy import insert, text

from bot.actions.inbound import UnavailableError
from storage.database import Database
from storage.tables.messages import inbox, outbox
from tests.door.conftest import OpenPost
from tests.door.post import Post, letter, together

PATIENCE = 0.2
several_writers = pytest.mark.parametrize(
    "kind", [pytest.param("postgresql", marks=pytest.mark.postgresql)]
)


@pytest.fixture
def hasty(open_post: OpenPost) -> Post:
    """A door at which nobody waits for long."""
    return open_post(patience=PATIENCE)


@asynccontextmanager
async def busy(database: Database) -> AsyncIterator[None]:
    """Somebody else holds what every message needs."""
    sqlite = database.dialect == "sqlite"
    async with database.transaction() as uow:
        # SQLite's one writer holds everything from its first statement on.
        lock = "SELECT 1" if sqlite else "LOCK TABLE lookups IN ACCESS EXCLUSIVE MODE"
        await uow.execute(text(lock))
        yield


def files(post: Post) -> list[Path]:
    return list(post.folder.rglob("*.msg"))


async def test_a_late_answer_is_pushed(database: Database, hasty: Post) -> None:
    hello = letter("甲", "你好")
    async with busy(database):
        assert await hasty.door.receive(hello) == b""
        assert len(files(hasty)) == 1

    await hasty.door.close()

    assert files(hasty) == []
    assert "您好" in "".join(await hasty.pushed())
    assert await hasty.inbox() == {hello.message_key: ("done", 0)}
    assert await hasty.door.receive(hello) == b""


async def test_what_is_said_meanwhile_keeps_its_order(
    database: Database, hasty: Post, class_code: str, post: Post
) -> None:
    await post.begin("甲", class_code)
    sentences = [f"第 {number} 句" for number in range(4)]
    async with busy(database):
        for sentence in sentences[:3]:
            assert await hasty.door.receive(letter("甲", sentence)) == b""
    # The first of them may still be under way.
    last = letter("甲", sentences[3])
    await hasty.door.receive(last)
    await hasty.door.close()

    assert list(await post.pieces("甲")) == sentences
    assert files(hasty) == []


@several_writers
async def test_a_person_locked_elsewhere_holds_up_nobody_else(
    hasty: Post, post: Post, class_code: str, database: Database
) -> None:
    await post.begin("甲", class_code)
    async with database.transaction() as uow:
        # Another process is in the middle of what 甲 said before.
        await uow.execute(text("SELECT 1 FROM conversations FOR UPDATE"))
        await post.say("乙", "你好")
        answers = await together(hasty, [letter("甲", "一句"), letter("乙", "你好")])
    await hasty.door.close()

    assert answers[0] == b""
    assert "您好" in answers[1].decode()
    assert list(await post.pieces("甲")) == ["一句"]


@several_writers
async def test_an_answer_fixed_in_time_and_kept_too_late_is_pushed(
    hasty: Post, database: Database
) -> None:
    hello = letter("甲", "你好")
    async with database.transaction() as uow:
        # Whoever writes this key waits until we give it up.
        await uow.execute(
            insert(inbox).values(
                message_key=hello.message_key,
                received_at=hasty.reception._clock.now(),
                state="done",
                failures=0,
                error="",
            )
        )
        assert await hasty.door.receive(hello) == b""
    await hasty.door.close()

    assert len(await hasty.pushed()) == 1
    assert "您好" in (await hasty.pushed())[0]
    assert files(hasty) == []


async def test_the_push_of_a_late_answer_survives_its_process(
    post: Post, open_post: OpenPost
) -> None:
    hello = letter("甲", "你好")
    await post.door.receive(hello)
    # The process died between the commit and the push.
    replies = (await post.door.process(letter("乙", "你好"))).replies
    await post.spool.keep(hello, replies)

    heir = Post(post.database, post.house, post.folder)
    await heir.door.empty_spool()
    await heir.door.empty_spool()

    assert len(await post.pushed()) == 1
    assert "您好" in (await post.pushed())[0]
    assert files(heir) == []
    assert await post.count(outbox) == 1


async def test_without_database_and_disk_the_platform_has_to_come_again(
    database: Database, hasty: Post
) -> None:
    hello = letter("甲", "你好")
    hasty.folder.rmdir()
    async with busy(database):
        with pytest.raises(UnavailableError):
            await hasty.door.receive(hello)
    hasty.folder.mkdir()
    await hasty.door.close()

    # The work went on; the next delivery finds it answered.
    assert await hasty.inbox() == {hello.message_key: ("done", 0)}
    again = await hasty.door.receive(hello)
    assert await hasty.door.receive(hello) == again


async def test_many_that_come_too_late_are_all_pushed(
    database: Database, hasty: Post
) -> None:
    letters = [letter(f"甲{number}", "你好") for number in range(20)]
    async with busy(database):
        answers = await together(hasty, letters)
        assert set(answers) == {b""}
        assert len(files(hasty)) == len(letters)
    await hasty.door.close()

    assert files(hasty) == []
    assert len(await hasty.pushed()) == len(letters)
    assert set((await hasty.inbox()).values()) == {("done", 0)}
