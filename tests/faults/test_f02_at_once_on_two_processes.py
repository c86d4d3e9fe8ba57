"""F2: one person's callbacks come at once on two processes.

The dialogue answers each piece with its number: the serial model is to hear the
pieces in the order of these numbers. What lies in the database must be that.
"""

from __future__ import annotations

import asyncio
import random
import re

import pytest

from tests.faults.callback import fresh_id
from tests.faults.cluster import Server, running
from tests.faults.conftest import Stage
from tests.faults.seeds import seed, tell
from tests.faults.writers import Writer, begin, kept, taken_in, writers

_NUMBER = re.compile(r"第 (\d+) 段")


async def test_one_persons_callbacks_at_once_end_as_if_one_came_after_the_other(
    stage: Stage,
) -> None:
    await _talk_across(stage, people=8, pieces=8, dice=random.Random(2))


@pytest.mark.chaos
@pytest.mark.timeout(900)
async def test_ten_thousand_callbacks_each_persons_at_once(
    stage: Stage,
) -> None:
    used = seed()
    tell(f"F2 on {stage.core.database.dialect}", used, callbacks=400 * 25)
    await _talk_across(stage, people=400, pieces=25, dice=random.Random(used))


async def _talk_across(
    stage: Stage, *, people: int, pieces: int, dice: random.Random
) -> None:
    everybody = writers(people)
    async with running(stage.settings(), stage.folder, ["web", "web"]) as webs:
        stage.platform.url = webs[0].url
        await begin(stage.platform, stage.core, everybody, stage.country.class_code)
        # Few of them at a time, each with everything at once.
        line = asyncio.Semaphore(4)
        await asyncio.gather(
            *(_say_all(stage, webs, one, pieces, dice, line) for one in everybody)
        )
    lies = await kept(stage.core, everybody)
    assert lies == {one.openid: tuple(one.pieces) for one in everybody}
    assert await taken_in(stage.core) == {"done": people * (4 + pieces)}


async def _say_all(
    stage: Stage,
    webs: list[Server],
    writer: Writer,
    count: int,
    dice: random.Random,
    line: asyncio.Semaphore,
) -> None:
    """Say everything at once; ``pieces`` become the order that the answers tell."""

    async def say(number: int) -> tuple[int, str]:
        text, url = f"句 {number}", dice.choice(webs).url
        heard = await stage.platform.deliver(writer.openid, text, fresh_id(), url=url)
        found = _NUMBER.search(heard.shown)
        assert found is not None, heard
        return int(found[1]), text

    async with line:
        said = await asyncio.gather(*(say(number) for number in range(count)))
    assert sorted(place for place, _ in said) == list(range(1, count + 1))
    writer.pieces = [text for _, text in sorted(said)]
