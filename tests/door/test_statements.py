"""A batch costs the same number of statements, however many people it holds."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from sqlalchemy import event

from bot.actions.inbound import Answered
from bot.ports import Envelope
from storage.database import Database
from tests.commands.world import World
from tests.door.post import Post, letter

FEW, MANY = 2, 50


@contextmanager
def counted(database: Database) -> Iterator[list[str]]:
    """The statements sent meanwhile; one for many rows counts as one."""
    sent: list[str] = []

    def note(_connection: object, _cursor: object, statement: str, *_: object) -> None:
        sent.append(statement)

    event.listen(database.engine.sync_engine, "before_cursor_execute", note)
    yield sent
    event.remove(database.engine.sync_engine, "before_cursor_execute", note)


async def statements(post: Post, letters: list[Envelope]) -> list[str]:
    """What one batch of these messages sends to the database."""
    with counted(post.database) as sent:
        outcomes = await post.reception.receive_batch(letters)
    assert all(isinstance(one, Answered) for one in outcomes)
    return sent


def people(word: str, count: int) -> list[str]:
    return [f"{word}{number}" for number in range(count)]


async def test_strangers(post: Post) -> None:
    few = await statements(post, [letter(one, "你好") for one in people("甲", FEW)])
    many = await statements(post, [letter(one, "你好") for one in people("乙", MANY)])

    assert len(many) == len(few)


@pytest.mark.parametrize(
    ("before", "text", "kind"),
    [
        (("你好",), "菜单", "text"),
        (("报名 {code}",), "同意", "text"),
        (("报名 {code}", "1", "李晓梅", "1"), "", "image"),
        (("报名 {code}", "1", "李晓梅"), "预览", "text"),
    ],
    ids=["an answer", "a consent", "a job", "a preview"],
)
async def test_people_in_a_dialogue(
    post: Post, class_code: str, before: tuple[str, ...], text: str, kind: str
) -> None:
    counts: dict[int, int] = {}
    for count in (FEW, MANY):
        senders = people(str(count), count)
        for sender in senders:
            await post.say(sender, *(one.format(code=class_code) for one in before))
        sent = await statements(
            post, [letter(one, text, kind=kind, media="oa:1") for one in senders]
        )
        counts[count] = len(sent)

    assert counts[MANY] == counts[FEW]


async def test_roles_are_read_for_all_at_once(post: Post, class_code: str) -> None:
    for sender in (*people("甲", FEW), *people("乙", MANY)):
        await post.say(sender, f"报名 {class_code}", "1")

    few = await statements(post, [letter(one, "帮助") for one in people("甲", FEW)])
    many = await statements(post, [letter(one, "帮助") for one in people("乙", MANY)])

    assert len(many) == len(few)


async def test_roles_are_read_only_of_those_who_have_one(
    post: Post, world: World
) -> None:
    """Nearly nobody has one: a batch without them costs a round trip less."""
    await world.person("丙", ("base_staff", "江南"), channel="official_account")
    for sender in ("甲", "乙", "丙"):
        await post.say(sender, "你好")

    without = await statements(post, [letter(one, "帮助") for one in ("甲", "乙")])
    among = await statements(post, [letter(one, "帮助") for one in ("甲", "丙")])

    assert len(among) == len(without) + 1
    assert "开班" in await post.say("丙", "帮助")
    assert "开班" not in await post.say("甲", "帮助")


async def test_a_command_adds_its_own_look_ups_and_nothing_else(
    post: Post, class_code: str
) -> None:
    """The rest of the batch is shared by who gives commands as well."""
    counts: dict[int, int] = {}
    for count in (1, FEW, MANY):
        senders = people(str(count), count)
        for sender in senders:
            await post.say(sender, "你好")
        sent = await statements(
            post, [letter(one, f"报名 {class_code}") for one in senders]
        )
        counts[count] = len(sent)

    each = counts[FEW] - counts[1]
    assert counts[MANY] == counts[1] + each * (MANY - 1)
