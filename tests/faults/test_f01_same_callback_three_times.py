"""F1: the platform delivers a callback three times, overlapping, on two processes."""

from __future__ import annotations

import asyncio
import random

import pytest

from tests.faults.callback import Heard, fresh_id
from tests.faults.cluster import Server, running
from tests.faults.conftest import Stage
from tests.faults.seeds import seed, tell
from tests.faults.writers import Writer, begin, taken_in, writers, wrote

_DELIVERIES = 3


async def test_the_same_callback_three_times_has_one_effect_and_one_answer(
    stage: Stage,
) -> None:
    await _deliver_again(stage, people=12, pieces=4, dice=random.Random(1), apart=0.02)


@pytest.mark.chaos
@pytest.mark.timeout(900)
async def test_nine_thousand_deliveries_of_three_thousand_callbacks(
    stage: Stage,
) -> None:
    used = seed()
    tell(f"F1 on {stage.core.database.dialect}", used, deliveries=9000)
    dice = random.Random(used)
    await _deliver_again(stage, people=75, pieces=40, dice=dice, apart=0.4)


async def _deliver_again(
    stage: Stage, *, people: int, pieces: int, dice: random.Random, apart: float
) -> None:
    """Everybody writes; each message comes three times, up to ``apart`` seconds apart."""
    everybody = writers(people)
    async with running(stage.settings(), stage.folder, ["web", "web"]) as webs:
        stage.platform.url = webs[0].url
        await begin(stage.platform, stage.core, everybody, stage.country.class_code)
        told = await asyncio.gather(
            *(_speak(stage, webs, one, pieces, dice, apart) for one in everybody)
        )
    overlapping = 0
    for number, (answers, at_once) in enumerate(one for line in told for one in line):
        assert {one.status for one in answers} == {200}
        assert len({one.xml for one in answers}) == 1
        assert f"第 {number % pieces + 1} 段" in answers[0].shown
        overlapping += at_once
    assert overlapping > people * pieces / 2, "the deliveries hardly overlapped"
    await wrote(stage.core, everybody)
    begun = 4 * people
    assert await taken_in(stage.core) == {"done": begun + people * pieces}


async def _speak(
    stage: Stage,
    webs: list[Server],
    writer: Writer,
    pieces: int,
    dice: random.Random,
    apart: float,
) -> list[tuple[list[Heard], bool]]:
    """What came back to each delivery of each message; whether two were under way."""
    told: list[tuple[list[Heard], bool]] = []
    for number in range(pieces):
        text, message_id = f"第 {number + 1} 句", fresh_id()
        writer.pieces.append(text)
        under_way, most = 0, 0

        async def deliver(place: int, text: str = text, key: str = message_id) -> Heard:
            nonlocal under_way, most
            await asyncio.sleep(dice.uniform(0, apart))
            under_way += 1
            most = max(most, under_way)
            url = webs[place % len(webs)].url
            try:
                return await stage.platform.deliver(writer.openid, text, key, url=url)
            finally:
                under_way -= 1

        answers = await asyncio.gather(*(deliver(n) for n in range(_DELIVERIES)))
        told.append((answers, most > 1))
    return told
