"""Somebody who waits for slow work sees that it is done; nothing hangs on it."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest

from bot.channels.official_account.typing import TypingSign
from storage import people, windows
from storage.database import Database
from storage.jobs import ClaimedJob
from tests.channels.official_account.conftest import Process
from tests.channels.official_account.fake_api import FakeApi
from tests.platforms.clock import StandingClock


def job(at: datetime, *, person: str | None = "p1", address: str = "a1") -> ClaimedJob:
    return ClaimedJob("j1", "photo", person, address, {}, 1, at)


@pytest.fixture
async def sign(
    process: Process, database: Database, clock: StandingClock
) -> TypingSign:
    """A sign, where one person wrote a moment ago and another only tapped."""
    async with database.transaction() as uow:
        for number, channel in ((1, "official_account"), (2, "webchat")):
            newcomer = people.Newcomer(f"o{number}", f"p{number}", f"a{number}")
            await people.create(
                uow, channel=channel, newcomers=[newcomer], now=clock.now()
            )
        until = clock.now() + timedelta(hours=48)
        opened = windows.Opened("window", ("a1", "a2"), until, 5)
        await windows.begin(uow, [opened], now=clock.now())
        await uow.commit()
    return TypingSign(process.client, process.switches, database, clock)


async def test_it_is_shown_to_who_waits_here(
    sign: TypingSign, api: FakeApi, clock: StandingClock
) -> None:
    await sign.show(job(clock.now()))
    assert api.calls == [("typing", {"touser": "o1", "command": "Typing"})]


async def test_it_is_shown_to_nobody_else(
    sign: TypingSign, api: FakeApi, clock: StandingClock
) -> None:
    await sign.show(job(clock.now(), person="p2", address="a2"))
    await sign.show(job(clock.now(), person=None))
    await sign.show(job(clock.now(), address="unknown"))
    clock.move(hours=48)
    await sign.show(job(clock.now()))
    assert api.calls == []


@pytest.mark.parametrize("fault", [45015, 45047, -1, "500", "garbage", "cut"])
async def test_whatever_goes_wrong_fails_nothing(
    sign: TypingSign, api: FakeApi, clock: StandingClock, fault: int | str
) -> None:
    api.faults["typing"].append(fault)
    await sign.show(job(clock.now()))
    await sign.show(job(clock.now()))
    assert [kind for kind, _ in api.calls] == ["typing"]


@pytest.mark.parametrize("code", [48001, 45009, 45011])
async def test_an_account_that_may_not_leaves_it_off(
    sign: TypingSign, process: Process, api: FakeApi, clock: StandingClock, code: int
) -> None:
    api.faults["typing"].append(code)
    for _ in range(3):
        await sign.show(job(clock.now()))
    assert api.attempts["typing"] == 1
    assert list(await process.switches.all_off()) == ["typing"]
    assert (await process.channel.terms()).shut == {}


async def test_it_is_shown_beside_the_work(
    sign: TypingSign, api: FakeApi, clock: StandingClock
) -> None:
    sign(job(clock.now()))
    (shown,) = sign._under_way
    await shown
    assert [kind for kind, _ in api.calls] == ["typing"]
