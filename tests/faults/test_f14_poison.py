"""F14: a message that cannot be processed, a dialogue that cannot be read, a handler
that hangs for ever. Nobody else notices; the operator gets one line and a metric.
"""

from __future__ import annotations

import asyncio
import io
import json
import logging
import time
from collections.abc import Iterator

import pytest
import structlog
from sqlalchemy import update

from bot import log, wording
from bot.actions import dispatch
from bot.actions.asking import Asking, Result
from storage import people
from storage.tables.messages import conversations
from tests.chaos.waiting import until
from tests.door.post import CHANNEL, Post, letter, together
from tests.faults.callback import HANGS_UP_AFTER


class PoisonError(Exception):
    """Nothing that has to do with the database."""


@pytest.fixture
def lines() -> Iterator[io.StringIO]:
    """What the operator reads: the log as the service writes it."""
    root = logging.getLogger()
    handlers, level = root.handlers[:], root.level
    configured = structlog.get_config()
    stream = io.StringIO()
    log.configure(stream)
    yield stream
    structlog.configure(**configured)
    root.handlers[:] = handlers
    root.setLevel(level)


def alerts(lines: io.StringIO) -> list[str]:
    """The complaints in it."""
    said = [json.loads(line) for line in lines.getvalue().splitlines()]
    return [one["event"] for one in said if one["level"] in ("warning", "error")]


@pytest.fixture
def tried(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """``通知 毒`` raises and ``通知 停`` hangs for ever; what was tried."""
    tried: list[str] = []
    handler = dispatch.HANDLERS["通知"]

    async def show(ask: Asking) -> Result:
        tried.append(ask.words.first)
        if ask.words.first == "毒":
            raise PoisonError
        if ask.words.first == "停":
            await asyncio.Event().wait()
        return await handler(ask)

    monkeypatch.setitem(dispatch.HANDLERS, "通知", show)
    return tried


def metric(post: Post, name: str) -> float:
    """The value of one line of the metrics; 0 when it is not there."""
    shown = post.metrics.text().decode().splitlines()
    return float(next((one.rpartition(" ")[2] for one in shown if name in one), 0))


@pytest.mark.parametrize("word", ["毒", "停"])
async def test_a_bad_message_among_good_ones_hurts_only_itself(
    post: Post, tried: list[str], lines: io.StringIO, word: str
) -> None:
    bad = letter("毒", f"通知 {word}")
    letters = [letter(f"甲{number}", "你好") for number in range(6)]
    letters.insert(3, bad)
    began = time.monotonic()

    answers = await together(post, letters)

    assert time.monotonic() - began < HANGS_UP_AFTER
    assert tried.count(word) >= 2
    refusal = answers.pop(3)
    assert refusal.decode().endswith(wording.set_aside(post.house.contact))
    assert all("您好" in answer.decode() for answer in answers)
    states = await post.inbox()
    assert states.pop(bad.message_key) == ("set_aside", 2)
    assert set(states.values()) == {("done", 0)}
    assert metric(post, 'xuntong_put_by_total{what="message"}') == 1
    # Delivered again, it is answered as before, and not tried again.
    before = list(tried)
    assert await post.door.receive(bad) == refusal
    assert tried == before


async def test_others_are_answered_while_a_handler_hangs(
    post: Post, tried: list[str], lines: io.StringIO
) -> None:
    hanging = asyncio.ensure_future(post.door.receive(letter("毒", "通知 停")))

    async def it_hangs() -> bool:
        return "停" in tried

    await until(it_hangs, every=0.01)
    began = time.monotonic()

    assert "您好" in await post.say("甲", "你好")

    assert time.monotonic() - began < HANGS_UP_AFTER
    assert (await hanging).decode().endswith(wording.set_aside(post.house.contact))
    assert "通知" in await post.say("毒", "通知")


async def test_the_operator_gets_one_line_for_a_cause(
    post: Post, tried: list[str], lines: io.StringIO
) -> None:
    for number in range(5):
        await post.say(f"毒{number}", "通知 毒")
    assert tried.count("毒") >= 10
    assert alerts(lines).count("message_failed") == 1
    assert metric(post, 'xuntong_put_by_total{what="message"}') == 5


async def test_one_dialogue_in_a_hundred_that_cannot_be_read_holds_up_nobody(
    post: Post, lines: io.StringIO
) -> None:
    senders = [f"甲{number}" for number in range(200)]
    await together(post, [letter(sender, "你好") for sender in senders])
    spoilt = senders[7::100]
    await _spoil(post, spoilt)
    letters = [letter(sender, "菜单") for sender in senders]
    began = time.monotonic()

    answers = await together(post, letters)

    assert len(spoilt) == 2
    assert time.monotonic() - began < HANGS_UP_AFTER
    assert all(answers)
    assert set((await post.inbox()).values()) == {("done", 0)}
    assert metric(post, 'xuntong_put_by_total{what="dialogue"}') == len(spoilt)
    assert alerts(lines).count("dialogue_undecodable") == 1
    for sender in spoilt:
        assert (await post.conversation(sender)).drafts == ()


async def _spoil(post: Post, senders: list[str]) -> None:
    """Let somebody's dialogue be no JSON any more."""
    async with post.database.transaction() as uow:
        known = await people.resolve(uow, channel=CHANNEL, addresses=senders)
        for sender in senders:
            person_id = known[sender].person_id
            sealed = uow.vault.seal(
                b'1 {"drafts": [',
                table="conversations",
                column="state_sealed",
                row=person_id,
            )
            changed = await uow.execute(
                update(conversations)
                .where(conversations.c.person_id == person_id)
                .values(state_sealed=sealed)
            )
            assert changed.rowcount == 1
        await uow.commit()
