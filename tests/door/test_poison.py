"""A message that cannot be processed hurts only itself (F14)."""

from __future__ import annotations

import msgspec
import pytest
from sqlalchemy import select, update

from bot import wording
from bot.actions import dispatch
from bot.actions.asking import Asking, Result
from bot.ids import new_id
from conversations.model import Inbound
from storage import files, people
from storage.tables.messages import conversations, drafts
from storage.tables.messages import files as files_table
from tests.door.post import CHANNEL, Post, letter, together


class PoisonError(Exception):
    """Nothing that has to do with the database."""


@pytest.fixture
def poison(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """``通知 毒`` cannot be processed; what was tried."""
    tried: list[str] = []
    handler = dispatch.HANDLERS["通知"]

    async def show(ask: Asking) -> Result:
        tried.append(ask.words.first)
        if ask.words.first == "毒":
            raise PoisonError
        return await handler(ask)

    monkeypatch.setitem(dispatch.HANDLERS, "通知", show)
    return tried


async def test_a_poisoned_command_is_set_aside_after_two_failures(
    post: Post, poison: list[str]
) -> None:
    bad = letter("甲", "通知 毒")
    answer = await post.door.receive(bad)

    assert answer.decode().endswith(wording.set_aside(post.house.contact))
    assert poison == ["毒", "毒"]
    assert await post.inbox() == {bad.message_key: ("set_aside", 2)}
    assert await post.door.receive(bad) == answer
    assert poison == ["毒", "毒"]


async def test_the_next_message_of_the_same_person_works(
    post: Post, poison: list[str]
) -> None:
    await post.say("甲", "你好", "通知 毒")

    assert "通知" in await post.say("甲", "通知")
    assert poison == ["毒", "毒", ""]


async def test_neighbours_of_a_poisoned_message_are_answered(
    post: Post, poison: list[str]
) -> None:
    letters = [letter(f"甲{number}", "你好") for number in range(5)]
    letters.insert(2, letter("毒", "通知 毒"))

    answers = await together(post, letters)

    assert all(answers)
    states = await post.inbox()
    assert [states[one.message_key] for one in letters] == [
        *[("done", 0)] * 2,
        ("set_aside", 2),
        *[("done", 0)] * 3,
    ]


async def test_a_message_that_the_engine_cannot_step_spoils_no_batch(
    post: Post, class_code: str
) -> None:
    await post.begin("毒", class_code)
    broken = letter("毒", "")
    nothing = Inbound(id=new_id(), kind="text", text=None)  # type: ignore[arg-type]  # no channel makes it
    broken = msgspec.structs.replace(broken, inbound=nothing)
    letters = [letter("甲", "你好"), broken, letter("乙", "你好")]

    answers = await together(post, letters)

    assert all(answers)
    assert (await post.inbox())[broken.message_key] == ("set_aside", 2)
    assert "收到" in await post.say("毒", "写到这里")
    assert [await post.door.receive(one) for one in letters] == answers


async def test_a_poisoned_message_that_no_encoding_holds_is_set_aside(
    post: Post, poison: list[str]
) -> None:
    # Half a character.
    bad = letter("甲", "通知 毒 \ud83d")

    assert await post.door.receive(bad)
    assert await post.inbox() == {bad.message_key: ("set_aside", 2)}


@pytest.mark.parametrize("state", ["broken content", "sealed with a lost key"])
async def test_a_dialogue_that_cannot_be_read_begins_afresh(
    post: Post, class_code: str, state: str
) -> None:
    await post.begin("毒", class_code)
    kept = await spoil(post, "毒", state)

    letters = [letter(sender, "你好") for sender in ("甲", "毒", "乙")]
    answers = await together(post, letters)

    assert all("您好" in answer.decode() for answer in answers)
    assert set((await post.inbox()).values()) == {("done", 0)}
    begun = await post.conversation("毒")
    assert (begun.drafts, begun.consents) == ((), {})
    assert await post.count(drafts) == 0
    assert await put_by(post) == kept
    assert "您的信息怎么用" in await post.say("毒", f"报名 {class_code}")


async def spoil(post: Post, sender: str, how: str) -> bytes:
    """Make somebody's dialogue unreadable; what lies there now."""
    async with post.database.transaction() as uow:
        known = await people.resolve(uow, channel=CHANNEL, addresses=[sender])
        person_id = known[sender].person_id
        plain = b'1 {"drafts": 7}'
        sealed = uow.vault.seal(
            plain, table="conversations", column="state_sealed", row=person_id
        )
        lies = sealed if how == "broken content" else b"no key opens this"
        await uow.execute(
            update(conversations)
            .where(conversations.c.person_id == person_id)
            .values(state_sealed=lies)
        )
        await uow.commit()
    return plain if how == "broken content" else lies


async def put_by(post: Post) -> bytes:
    """The only file."""
    async with post.database.reading() as uow:
        file_id = (await uow.execute(select(files_table.c.id))).scalar_one()
        row = await files.get(uow, file_id=file_id)
    assert row is not None
    assert row.info.purpose == "dialogue"
    return row.content


async def test_choices_of_a_push_that_cannot_be_read_are_in_nobodys_way(
    post: Post,
) -> None:
    await post.say("甲", "你好")
    async with post.database.transaction() as uow:
        known = await people.resolve(uow, channel=CHANNEL, addresses=["甲"])
        person_id = known["甲"].person_id
        sealed = uow.vault.seal(
            b"not choices", table="conversations", column="push_sealed", row=person_id
        )
        await uow.execute(update(conversations).values(push_sealed=sealed))
        await uow.commit()

    assert "您好" in await post.say("甲", "你好")
    assert set((await post.inbox()).values()) == {("done", 0)}
