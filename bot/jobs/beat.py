"""The beat: APScheduler calls each task again and again, and remembers nothing.

What is due lies in rows; a missed beat only means a later look. The first look
comes soon after the start: a process may not live as long as from one to the next.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Awaitable, Callable, Sequence
from datetime import timedelta
from typing import Any

import msgspec
import structlog
from apscheduler.schedulers.asyncio import AsyncIOScheduler

from bot.clock import SystemClock
from storage.errors import is_transient

_FIRST_AFTER = 1.0
_APART = 0.3
"""Seconds until the first look, and between the first looks of two ticks."""

_log = structlog.get_logger()


class Tick(msgspec.Struct, frozen=True):
    """A task and how many seconds lie between two looks."""

    name: str
    seconds: float
    run: Callable[[], Awaitable[Any]]


class Beat:
    """Runs ticks until it is stopped. One that raises is run again next time."""

    def __init__(self, ticks: Sequence[Tick]) -> None:
        self._ticks = ticks
        self._at_work: set[asyncio.Task[None]] = set()
        self._scheduler = AsyncIOScheduler(
            timezone="Asia/Shanghai",
            job_defaults={
                "coalesce": True,
                "max_instances": 1,
                # A beat that comes late is still a beat.
                "misfire_grace_time": None,
            },
        )

    def start(self) -> None:
        """Begin to tick, in the running loop."""
        now = SystemClock().now()
        for place, tick in enumerate(self._ticks):
            soon = timedelta(seconds=min(_FIRST_AFTER + _APART * place, tick.seconds))
            self._scheduler.add_job(
                self._work,
                "interval",
                seconds=tick.seconds,
                jitter=tick.seconds / 10,
                args=[tick],
                id=tick.name,
                next_run_time=now + soon,
            )
        self._scheduler.start()

    async def stop(self) -> None:
        """Begin nothing more, and wait for what is under way."""
        if self._scheduler.running:
            self._scheduler.shutdown(wait=False)
        if self._at_work:
            await asyncio.gather(*self._at_work)

    async def run_all(self) -> None:
        """One round of every tick in their order, as the demo clock needs it."""
        for tick in self._ticks:
            await tick.run()

    async def _work(self, tick: Tick) -> None:
        """One look; the scheduler's own end, which is at once, does not break it off."""
        task = asyncio.get_running_loop().create_task(self._guarded(tick))
        self._at_work.add(task)
        task.add_done_callback(self._at_work.discard)
        with contextlib.suppress(asyncio.CancelledError):
            await asyncio.shield(task)

    async def _guarded(self, tick: Tick) -> None:
        try:
            await tick.run()
        except Exception as error:  # noqa: BLE001 -- a failing task must not end the beat
            if is_transient(error):
                _log.warning("tick_put_off", tick=tick.name, error=type(error).__name__)
            else:
                _log.exception("tick_failed", tick=tick.name)
