"""Lives of a relay, and the platform that they send to."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import sys
from asyncio.subprocess import PIPE, Process
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from aiohttp import web

GONE = 43004
"""The code for those who do not follow any more."""


class ShowsOnce:
    """A platform that shows each client message id once, however often it is sent.

    Addresses in ``gone`` are refused for good.
    """

    def __init__(self, gone: frozenset[str] = frozenset()) -> None:
        self.gone = gone
        self.calls: Counter[str] = Counter()
        self.shown: Counter[str] = Counter()
        self.refused: Counter[str] = Counter()
        self.url = ""
        self.came: dict[str, float] = {}
        """When each client message id first came, by the loop's clock."""
        self._total = 0
        self._awaited: list[tuple[int, asyncio.Event]] = []

    async def _take(self, request: web.Request) -> web.Response:
        asked = await request.json()
        address = asked["to"]
        self._count(address)
        if address in self.gone:
            self.refused[address] += 1
            return web.json_response({"errcode": GONE})
        if asked["id"] not in self.came:
            self.came[asked["id"]] = asyncio.get_running_loop().time()
            self.shown[address] += 1
        return web.json_response({"errcode": 0})

    def _count(self, address: str) -> None:
        self.calls[address] += 1
        self._total += 1
        for calls, reached in self._awaited:
            if self._total >= calls:
                reached.set()

    async def until(self, calls: int) -> None:
        """Wait for so many calls."""
        awaited = (calls, asyncio.Event())
        self._awaited.append(awaited)
        if self._total < calls:
            await awaited[1].wait()
        self._awaited.remove(awaited)

    @asynccontextmanager
    async def open(self) -> AsyncIterator[ShowsOnce]:
        """Take calls until the block ends."""
        app = web.Application()
        app.router.add_post("/send", self._take)
        runner = web.AppRunner(app, access_log=None)
        await runner.setup()
        site = web.TCPSite(runner, "127.0.0.1", 0)
        await site.start()
        host, port = runner.addresses[0][:2]
        self.url = f"http://{host}:{port}/send"
        try:
            yield self
        finally:
            await runner.cleanup()


class Lives:
    """One worker: its process ends and another takes its place."""

    def __init__(self, process: Process) -> None:
        self._process = process
        self._pid = 0

    async def begin(self) -> None:
        """Live."""
        assert self._process.stdin is not None
        self._process.stdin.write(b"live\n")
        self._pid = (await self._read())["pid"]

    def end(self, number: signal.Signals) -> None:
        """Send the living one a signal."""
        os.kill(self._pid, number)

    async def over(self) -> int:
        """Wait for its end; its status, the negative signal if it was killed."""
        return (await self._read())["status"]

    async def _read(self) -> dict[str, int]:
        assert self._process.stdout is not None
        line = await self._process.stdout.readline()
        news: dict[str, int] = json.loads(line)
        return news

    @staticmethod
    @asynccontextmanager
    async def of(
        url: str,
        folder: Path,
        platform: ShowsOnce,
        *,
        at_once: int,
        notices_at_once: int,
    ) -> AsyncIterator[Lives]:
        """A worker that is asked for its lives one by one."""
        process = await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", "tests.jobs.mortal", url, str(folder)),
            *(platform.url, str(at_once), str(notices_at_once)),
            stdin=PIPE,
            stdout=PIPE,
        )
        try:
            yield Lives(process)
        finally:
            assert process.stdin is not None
            process.stdin.close()
            await process.wait()
