"""One process after the other on the same port and data, each killed in its turn."""

from __future__ import annotations

import asyncio
import json
import os
import random
import signal
import sys
from asyncio.subprocess import PIPE, Process
from collections import Counter, deque
from collections.abc import Sequence
from pathlib import Path

from tests.chaos.waiting import until

ANSWERING = (
    *("batch_loaded", "batch_written", "after_batch_commit"),
    *("alone_acted", "alone_written"),
)
WORKING = (
    *("after_claim", "after_send_before_journal", "after_send_before_settle"),
    *("job_made", "job_kept", "job_told"),
)
POINTS = (*ANSWERING, *WORKING)
PASSED_BY = {"all": POINTS, "web": ANSWERING, "worker": WORKING}
"""The points that a process of each role comes by."""

RANDOM = "random instant"
_LATEST_PASS = {"batch_loaded": 12, "batch_written": 12, "after_batch_commit": 12}
# A planned point that does not come up within this is given up for a random kill.
_PATIENCE = 4.0
_STOPS_WITHIN = 20.0

Fate = tuple[str, int]
"""At which pass of which point a life is to end; an empty point: never."""


class Lives:
    """Keeps a service running, and kills it by a seeded plan while ``killing``."""

    def __init__(
        self,
        environment: dict[str, str],
        folder: Path,
        seed: int,
        points: Sequence[str] = POINTS,
        role: str = "all",
        calm: float = 1.0,
    ) -> None:
        self._environment = {**environment, "CHAOS_ROLE": role}
        self._points = tuple(one for one in points if one in PASSED_BY[role])
        name = f"{role}-{environment['XUNTONG_PORT']}"
        self._proof = folder / f"killed-{name}.log"
        self._proof.touch()
        self._said = folder / f"service-{name}.log"
        self.role = role
        self._calm = calm
        self.url = f"http://127.0.0.1:{environment['XUNTONG_PORT']}/wechat"
        self._random = random.Random(seed)
        self._nursery: Process | None = None
        self._pid = 0
        self._fate: Fate = ("", 0)
        self._began = asyncio.Event()
        self._next: deque[Fate] = deque()
        self._ended = False
        self.kills: Counter[str] = Counter()
        self.killing = True
        self.statuses: list[int] = []

    async def open(self) -> None:
        """Prepare to live."""
        with self._said.open("ab") as log:
            self._nursery = await asyncio.create_subprocess_exec(
                *(sys.executable, "-m", "tests.chaos.server"),
                stdin=PIPE,
                stdout=PIPE,
                stderr=log,
                env={
                    **os.environ,
                    **self._environment,
                    "CHAOS_LOG": str(self._proof),
                },
            )

    async def run(self) -> None:
        """Live, die, live again, until ``stop``."""
        while not self._ended:
            await self._live(self._plan() if self.killing else ("", 0))

    def insist(self, point: str, after: int = 1) -> None:
        """Let the next life end there."""
        self._next.append((point, after))

    async def renew_for(self, point: str) -> None:
        """End the present life; the one that lives when this returns ends at ``point``."""
        self._next.appendleft((point, 1))
        self._signal(signal.SIGKILL)

        async def lives_for_it() -> bool:
            return self._fate[0] == point and self._began.is_set()

        await until(lives_for_it, every=0.01)

    def _plan(self) -> Fate:
        """The least visited end; a random instant is one of them."""
        if self._next:
            return self._next.popleft()
        ends = (*self._points, RANDOM)
        fewest = min(self.kills[point] for point in ends)
        due = [point for point in ends if self.kills[point] == fewest]
        point = self._random.choice(due)
        latest = self._calm * _LATEST_PASS.get(point, 3)
        return point, self._random.randint(1, int(latest))

    async def _live(self, fate: Fate) -> None:
        self._fate = point, after = fate
        proofs = self._proofs()
        at_point = "" if point == RANDOM else point
        self._ask({"point": at_point, "pass": after})
        self._pid = (await self._hear())["pid"]
        self._began.set()
        end = asyncio.ensure_future(self._hear())
        if point:
            wait = self._random.uniform(0.2, 1.5) if point == RANDOM else _PATIENCE
            await asyncio.wait([end], timeout=self._calm * wait)
            if not end.done():
                self._signal(signal.SIGKILL)
        status = (await end)["status"]
        self._began.clear()
        self.statuses.append(status)
        if status == -signal.SIGKILL:
            news = self._proofs()[len(proofs) :]
            self.kills[news[0] if news else RANDOM] += 1

    def _ask(self, fate: dict[str, object]) -> None:
        assert self._nursery is not None
        assert self._nursery.stdin is not None
        self._nursery.stdin.write(json.dumps(fate).encode() + b"\n")

    async def _hear(self) -> dict[str, int]:
        assert self._nursery is not None
        assert self._nursery.stdout is not None
        line = await self._nursery.stdout.readline()
        assert line, f"the service could not be started:\n{self.said[-2000:]}"
        news: dict[str, int] = json.loads(line)
        return news

    def _signal(self, number: int) -> None:
        # It may have ended this very moment.
        try:
            os.kill(self._pid, number)
        except ProcessLookupError:
            return

    def _proofs(self) -> list[str]:
        return self._proof.read_text().splitlines()

    async def renew(self) -> None:
        """From now on no life is killed; one that is bound to be ends at once."""
        self.killing = False
        await self._began.wait()
        if self._fate[0]:
            self._signal(signal.SIGKILL)

    async def stop(self) -> None:
        """End the last life politely."""
        self._ended = True
        await self._began.wait()
        self._signal(signal.SIGTERM)

    async def close(self) -> None:
        """End whatever still runs."""
        if self._nursery is not None and self._nursery.stdin is not None:
            self._nursery.stdin.close()
            async with asyncio.timeout(_STOPS_WITHIN):
                await self._nursery.wait()

    @property
    def said(self) -> str:
        """What the services wrote to their logs."""
        return self._said.read_text(errors="replace")
