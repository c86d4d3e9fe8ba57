"""F7: what may be sent freely is counted as the platform counts it."""

from __future__ import annotations

import asyncio
import random
from collections import Counter
from collections.abc import Awaitable, Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from storage.database import Database
from tests.commands.world import make_world, text_of
from tests.faults.delivering import (
    CUSTOM,
    TEMPLATE,
    Scene,
    Sender,
    by_state,
    door,
    fates,
    follow,
    names,
    say,
    scene,
    sender,
    word,
    work_off,
)
from tests.faults.seeds import seed, tell
from tests.platforms.people import Follower
from tests.platforms.standing import Limits

AT_ONCE = 20
CROSSED = "crossed"


async def test_f07_windows(
    database: Database, database_url: str, tmp_path: Path
) -> None:
    async with scene(database, database_url, tmp_path) as set_up:
        await live(set_up, random.Random(7), people=120, rounds=9)


@pytest.mark.chaos
@pytest.mark.timeout(3600)
async def test_f07_windows_for_long(
    database: Database, database_url: str, tmp_path: Path
) -> None:
    async with scene(database, database_url, tmp_path) as set_up:
        draw = random.Random(used := seed())
        did = await live(set_up, draw, people=10_000, rounds=12)
    tell("F7", used, **did)


async def live(
    set_up: Scene, draw: random.Random, *, people: int, rounds: int
) -> Counter[str]:
    """People do this and that, and are told things meanwhile; what they did."""
    database, platform, clock = set_up.database, set_up.platform, set_up.clock
    everybody = names("f", people)
    await follow(database, platform, everybody, now=clock.at)
    did: Counter[str] = Counter()
    async with (
        door(set_up.settings, clock, platform),
        sender(set_up.settings, clock) as process,
    ):
        for _ in range(rounds):
            some = draw.sample(everybody, people // 4)
            # A tenth of them are told a lot.
            told = draw.sample(everybody, people // 4)
            told += draw.choices(everybody[: people // 10], k=people // 4)
            await say(database, [word(to, now=clock.at) for to in told], now=clock.at)
            await asyncio.gather(
                process.relay.drain(), act(set_up, draw, some, did), go_on(set_up, draw)
            )
            await process.relay.drain()
            # Who leaves while something is sent to them is refused it: nobody else.
            await go(set_up, draw.sample(everybody, people // 40), did)
            clock.move(seconds=draw.choice((1, 20, 70, 3600, 86_000, 172_700)))

    assert platform.refused[f"{CUSTOM}:45015"] == 0
    # Whether what reached the platform at the same moment as somebody's own
    # message counts on the window before or after it, only the platform knows.
    crossed = did.pop(CROSSED, 0)
    assert platform.refused[f"{CUSTOM}:45047"] <= min(crossed, people // 40)
    # The fault has fired: windows ran out and were used up, and many were open.
    codes = Counter(one.error_code for one in await fates(database))
    assert codes["window"] > 0
    assert codes["credits"] > 0
    assert platform.attempts[CUSTOM] > people
    assert min(did[what] for what in (*ACTS, "leaves")) > 0
    return did


async def go_on(set_up: Scene, draw: random.Random) -> None:
    """Time goes by while things are being sent: some seconds."""
    for _ in range(10):
        await asyncio.sleep(0)
        set_up.clock.move(seconds=draw.uniform(0, 0.5))


async def act(
    set_up: Scene, draw: random.Random, some: list[str], did: Counter[str]
) -> None:
    gate = asyncio.Semaphore(AT_ONCE)

    async def one(name: str, what: str) -> None:
        async with gate:
            person = set_up.platform.follower(name)
            if not person.standing.follows:
                await person.follows()
            before = len(set_up.platform.sent(CUSTOM, person.openid))
            await ACTS[what](person)
            after = len(set_up.platform.sent(CUSTOM, person.openid))
            did[what] += 1
            did[CROSSED] += after - before

    kinds = draw.choices(list(ACTS), weights=(5, 3, 3, 2), k=len(some))
    await asyncio.gather(*map(one, some, kinds))


async def go(set_up: Scene, some: list[str], did: Counter[str]) -> None:
    for name in some:
        await set_up.platform.follower(name).unfollows()
        did["leaves"] += 1


async def write(person: Follower) -> object:
    return await person.says("帮助")


async def tap(person: Follower) -> object:
    choices = [one for one in person.heard if one.choices]
    return await (person.taps(1) if choices else person.says("菜单"))


async def scan(person: Follower) -> object:
    return await person.scans("a code")


async def follow_again(person: Follower) -> object:
    return await person.follows()


ACTS: dict[str, Callable[[Follower], Awaitable[object]]] = {
    "writes": write,
    "taps": tap,
    "scans": scan,
    "follows": follow_again,
}


@pytest.mark.parametrize("does", ["writes", "scans"])
async def test_f07_what_is_heard_of_late_is_over_in_time(
    database: Database, database_url: str, tmp_path: Path, does: str
) -> None:
    """The callback comes some seconds late: the window is still over when it is over."""
    async with scene(database, database_url, tmp_path) as set_up:
        platform, clock = set_up.platform, set_up.clock
        await follow(database, platform, ["f"], now=clock.at)
        limits = platform.limits
        lasts = {"writes": limits.window_seconds, "scans": limits.brief_seconds}[does]
        over = clock.at + timedelta(seconds=lasts)
        async with (
            door(set_up.settings, clock, platform),
            sender(set_up.settings, clock) as process,
        ):
            acting = asyncio.ensure_future(ACTS[does](platform.follower("f")))
            await asyncio.sleep(0)
            clock.move(seconds=5)
            await acting
            clock.at = over + timedelta(seconds=1)
            await say(database, [word("f", now=clock.at)], now=clock.at)
            await process.relay.drain()

    assert platform.attempts[CUSTOM] == 0
    assert by_state(await fates(database)) == Counter(held=1)


async def test_f07_a_platform_stricter_than_we_think(
    database: Database, database_url: str, tmp_path: Path
) -> None:
    """One refused call for each window, then another way or none; never again in place."""
    limits = Limits(window_sends=3)
    async with scene(database, database_url, tmp_path, limits=limits) as set_up:
        await be_refused(set_up)


async def be_refused(set_up: Scene) -> None:
    database, platform, clock = set_up.database, set_up.platform, set_up.clock
    world = await make_world(database)
    class_ = await world.new_class()
    world.now = clock.at
    base = await world.person("基地", ("base_staff", "江南"))

    async def reached() -> str:
        return text_of(await world.say(base, f"触达 {class_.code}"))

    plain, kinds = names("f", 10), names("k", 10)
    await follow(database, platform, plain + kinds, now=clock.at, window=True)
    about: dict[str, Any] = {
        "now": clock.at,
        "purpose": "reminder",
        "class_id": class_.id,
    }
    rows = [word(to, **about) for to in plain for _ in range(5)]
    rows += [word(to, kind="deadline", **about) for to in kinds for _ in range(5)]
    await say(database, rows, now=clock.at)
    async with (
        door(set_up.settings, clock, platform),
        sender(set_up.settings, clock) as process,
    ):
        await work_off(process, clock, step=10, until=timedelta(minutes=5))
        await platform.told()
        # The fault has fired, once for each person.
        assert platform.refused[f"{CUSTOM}:45047"] == 20
        assert platform.attempts[CUSTOM] == 20 * 3 + 20
        assert platform.attempts[TEMPLATE] == 10 * 2
        held = [one for one in await fates(database) if one.state == "held"]
        assert len(held) == 10 * 2
        assert {one.attempts for one in held} == {0, 1}
        told = await reached()
        assert "模板消息 10 条" in told
        assert told.count("上次发消息后能回的条数用完了，对方一发消息就补发") == 10

        clock.move(hours=1)
        heard = await write_again(set_up, process, plain)

    # What waited goes with the answer to what they write; no call is made for it.
    assert platform.refused[f"{CUSTOM}:45047"] == 20
    assert heard == Counter(passive=20)
    found = await fates(database)
    assert by_state(found) == Counter(delivered=60 + 20, sent=20)
    assert sum(one.way == "passive" for one in found) == 20
    told = await reached()
    assert "随对方的消息带到 10 条" in told
    assert "没有漏下的人" in told


async def write_again(set_up: Scene, process: Sender, who: list[str]) -> Counter[str]:
    """How what waited came to those who write now."""
    before = {one: len(set_up.platform.follower(one).heard) for one in who}
    for one in who:
        await set_up.platform.follower(one).says("帮助")
    await process.relay.drain()
    ways: Counter[str] = Counter()
    for one in who:
        for heard in set_up.platform.follower(one).heard[before[one] :]:
            ways[heard.way] += heard.text.count("好") or 1
    return ways
