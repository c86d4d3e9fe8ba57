"""The beat: when it looks first, and what it outlives."""

from __future__ import annotations

import asyncio

from bot.jobs.beat import Beat, Tick

_WAITS = 20.0


async def test_what_is_looked_at_once_an_hour_is_looked_at_soon_after_the_start() -> (
    None
):
    looked = asyncio.Event()

    async def look() -> None:
        looked.set()

    beat = Beat([Tick("hourly", 3600, look)])
    beat.start()
    try:
        await asyncio.wait_for(looked.wait(), _WAITS)
    finally:
        await beat.stop()


async def test_a_look_that_fails_is_taken_again_and_hinders_no_other() -> None:
    looks = 0
    again, other = asyncio.Event(), asyncio.Event()

    async def fail() -> None:
        nonlocal looks
        looks += 1
        if looks == 2:
            again.set()
        raise LookupError("nothing there")

    async def look() -> None:
        other.set()

    beat = Beat([Tick("failing", 0.05, fail), Tick("sound", 0.05, look)])
    beat.start()
    try:
        await asyncio.wait_for(again.wait(), _WAITS)
        await asyncio.wait_for(other.wait(), _WAITS)
    finally:
        await beat.stop()


async def test_what_is_under_way_when_it_stops_is_finished() -> None:
    begun, go_on = asyncio.Event(), asyncio.Event()
    ended: list[str] = []

    async def look() -> None:
        begun.set()
        await go_on.wait()
        ended.append("looked")

    beat = Beat([Tick("slow", 0.05, look)])
    beat.start()
    await begun.wait()
    stopping = asyncio.create_task(beat.stop())
    await asyncio.sleep(0)
    go_on.set()
    await stopping

    assert ended == ["looked"]
