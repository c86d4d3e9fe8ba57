"""F6: whatever the platform's API does, each message arrives once or is shown not to."""

from __future__ import annotations

import asyncio
from collections import Counter
from datetime import datetime, timedelta
from pathlib import Path

import aiohttp
import msgspec
import pytest

from bot.jobs.lanes import NOTICES_AT_ONCE
from storage import people
from storage.database import Database
from storage.outbox import OutboxRow
from tests.chaos.waiting import until
from tests.faults.delivering import (
    CUSTOM,
    TEMPLATE,
    Fate,
    Scene,
    by_state,
    door,
    fates,
    follow,
    names,
    say,
    scene,
    sender,
    shown,
    word,
    work_off,
)
from tests.faults.seeds import seed, tell
from tests.platforms.faults import Fault
from tests.platforms.messages import openid_of
from tests.platforms.official_account import OfficialAccountPlatform
from tests.platforms.wecom import WeComPlatform

PATIENCE = aiohttp.ClientTimeout(total=0.7, connect=0.7)
# Of every hundred calls.
TROUBLES: dict[Fault, int] = {
    "http500": 10,
    -1: 10,
    "hang": 10,
    "garbage": 5,
    "reset_after": 5,
}


async def test_f06_api_troubles(
    database: Database, database_url: str, tmp_path: Path
) -> None:
    async with scene(database, database_url, tmp_path) as set_up:
        await run(set_up, size=60)


@pytest.mark.chaos
async def test_f06_api_troubles_for_long(
    database: Database, database_url: str, tmp_path: Path
) -> None:
    async with scene(database, database_url, tmp_path) as set_up:
        set_up.platform.faults.chance.seed(used := seed())
        fired = await run(set_up, size=5000)
    tell("F6", used, **{str(fault): count for fault, count in fired.items()})


async def run(set_up: Scene, *, size: int) -> Counter[str]:
    """Half of the people can be written to freely, half are told by template."""
    database, platform = set_up.database, set_up.platform
    clock, settings = set_up.clock, set_up.settings
    writers, others = names("w", size), names("t", size)
    await follow(database, platform, writers, now=clock.at, window=True)
    await follow(database, platform, others, now=clock.at)
    await say(database, [word(to, now=clock.at) for to in writers], now=clock.at)
    rows = [word(to, kind="notice", now=clock.at) for to in others]
    await say(database, rows, now=clock.at)
    for fault, share in TROUBLES.items():
        for call in (CUSTOM, TEMPLATE, "stable_token"):
            platform.faults.rate(fault, share / 100, call=call)
    # However few they are, each happens to somebody.
    platform.faults.next(CUSTOM, *TROUBLES)
    platform.faults.next(TEMPLATE, *TROUBLES)

    async with (
        door(settings, clock, platform),
        sender(settings, clock, patience=PATIENCE) as process,
    ):
        await work_off(process, clock, step=20, until=timedelta(hours=2))
        platform.release()

    found = {one.address_id: one for one in await fates(database)}
    for fault in TROUBLES:
        assert platform.faults.count(fault, call=CUSTOM) > 0
        assert platform.faults.count(fault, call=TEMPLATE) > 0
    prove_templates(platform, {name: found[f"a-{name}"] for name in others})
    prove_free_messages(platform, {name: found[f"a-{name}"] for name in writers})
    return platform.faults.fired


def prove_templates(platform: OfficialAccountPlatform, found: dict[str, Fate]) -> None:
    """Nobody got one twice, and our books say what the platform's do."""
    arrived = shown(platform, TEMPLATE)
    assert max(arrived.values()) == 1
    for name, fate in found.items():
        if fate.state in ("delivered", "sent"):
            # Sent: the platform told of it when its answer had not come yet.
            assert arrived[openid_of(name)] == 1
        else:
            assert (fate.state, bool(fate.error)) == ("unknown", True)
    # Most arrive: what is in doubt is asked for again, and shown once.
    states = by_state(found.values())
    assert states["delivered"] + states["sent"] > 0.95 * len(found)
    assert any(entry.repeat for entry in platform.ledger)


def prove_free_messages(
    platform: OfficialAccountPlatform, found: dict[str, Fate]
) -> None:
    """The platform knows no repeated one: in doubt they go once more, and no more."""
    arrived = shown(platform, CUSTOM)
    twice = sum(count - 1 for count in arrived.values())
    assert max(arrived.values()) <= 2
    doubts = sum(
        platform.faults.count(fault, call=CUSTOM) for fault in ("reset_after", "hang")
    )
    assert twice <= doubts
    for name, fate in found.items():
        if fate.state == "delivered":
            assert arrived[openid_of(name)] >= 1
        else:
            assert (fate.state, bool(fate.error)) == ("unknown", True)
    assert by_state(found.values())["delivered"] > 0.8 * len(found)


async def test_f06_a_platform_that_hangs_holds_up_no_other(
    database: Database, database_url: str, tmp_path: Path
) -> None:
    async with scene(database, database_url, tmp_path) as set_up:
        # At a full hour nobody writes to WeCom's members.
        set_up.clock.move(minutes=10)
        async with WeComPlatform(set_up.clock) as wecom:
            meanwhile = await hang(set_up, wecom)
            assert len(wecom.ledger) == 50
        assert set_up.platform.faults.count("hang", call=CUSTOM) >= NOTICES_AT_ONCE

    assert meanwhile["delivered"] == 50
    assert meanwhile["leased"] + meanwhile["waiting"] == 200


async def hang(set_up: Scene, wecom: WeComPlatform) -> Counter[str]:
    """What had ended when WeCom's members had all, and the account still hung."""
    database, platform, now = set_up.database, set_up.platform, set_up.now
    followers = names("n", 200)
    await follow(database, platform, followers, now=now, window=True)
    await say(database, [word(to, now=now) for to in followers], now=now)
    platform.faults.rate("hang", 1.0, call=CUSTOM)
    settings = msgspec.structs.replace(set_up.settings, wecom=wecom.settings())

    async def hangs() -> bool:
        return platform.attempts[CUSTOM] >= NOTICES_AT_ONCE

    async def members_have_all() -> bool:
        return by_state(await fates(database))["delivered"] >= 50

    async with sender(settings, set_up.clock) as process:
        sending = asyncio.ensure_future(process.relay.run())
        await until(hangs)
        await say(database, await join(database, wecom, 50, now), now=now)
        process.relay.wake()
        await until(members_have_all)
        meanwhile = by_state(await fates(database))
        platform.faults.clear()
        stopping = asyncio.ensure_future(process.relay.stop())
        while not stopping.done():
            platform.release()
            await asyncio.wait({stopping}, timeout=0.05)
        await sending
    return meanwhile


async def join(
    database: Database, wecom: WeComPlatform, number: int, now: datetime
) -> list[OutboxRow]:
    """Members of the company, and a word to each."""
    members = names("m", number)
    newcomers = [
        people.Newcomer(wecom.member(name).userid, f"p-{name}", f"a-{name}")
        for name in members
    ]
    async with database.transaction() as uow:
        await people.create(uow, channel="wecom", newcomers=newcomers, now=now)
        await uow.commit()
    return [
        word(to, now=now, channel="wecom", purpose="result", urgency=2)
        for to in members
    ]
