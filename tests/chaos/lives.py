"""One service after the other on the same port and data, each killed in its turn."""

from __future__ import annotations

import asyncio
import os
import random
import signal
import subprocess
import sys
from collections import Counter
from pathlib import Path

POINTS = (
    "batch_loaded",
    "batch_written",
    "after_batch_commit",
    "alone_acted",
    "alone_written",
    "after_claim",
    "after_send_before_settle",
    "job_made",
    "job_told",
)
RANDOM = "random instant"
_LATEST_PASS = {"batch_loaded": 12, "batch_written": 12, "after_batch_commit": 12}
# A planned point that does not come up within this is given up for a random kill.
_PATIENCE = 4.0


class Lives:
    """Keeps a service running, and kills it by a seeded plan while ``killing``."""

    def __init__(self, environment: dict[str, str], folder: Path, seed: int) -> None:
        self._environment = environment
        self._log = folder / "killed.log"
        self._errors = folder / "service.log"
        self._log.touch()
        self._random = random.Random(seed)
        self._process: subprocess.Popen[bytes] | None = None
        self._turn = 0
        self.kills: Counter[str] = Counter()
        self.killing = True
        self.unexpected: list[int] = []

    async def run(self) -> None:
        """Live, die, live again; until cancelled."""
        while True:
            await self._live(self._plan() if self.killing else None)

    def _plan(self) -> tuple[str, int]:
        self._turn += 1
        plan = (*POINTS, RANDOM)[self._turn % (len(POINTS) + 1)]
        return plan, self._random.randint(1, _LATEST_PASS.get(plan, 3))

    async def _live(self, plan: tuple[str, int] | None) -> None:
        self._start(plan)
        process = self._process
        assert process is not None
        deadline = asyncio.get_running_loop().time() + _PATIENCE
        instant = deadline - self._random.uniform(0.5, 2.5)
        while process.poll() is None:
            await asyncio.sleep(0.02)
            now = asyncio.get_running_loop().time()
            if plan and now > (instant if plan[0] == RANDOM else deadline):
                process.kill()
                process.wait()
                self.kills[RANDOM] += 1
                return
        if process.returncode == -signal.SIGKILL and plan:
            self.kills[self._log.read_text().splitlines()[-1]] += 1
        else:
            self.unexpected.append(process.returncode)
            await asyncio.sleep(0.5)

    def _start(self, plan: tuple[str, int] | None) -> None:
        fate = {}
        if plan and plan[0] != RANDOM:
            fate = {
                "CHAOS_POINT": plan[0],
                "CHAOS_PASS": str(plan[1]),
                "CHAOS_LOG": str(self._log),
            }
        with self._errors.open("ab") as errors:
            self._process = subprocess.Popen(
                [sys.executable, "-m", "tests.chaos.server"],
                env={**os.environ, **self._environment, **fate},
                stdout=errors,
                stderr=errors,
            )

    async def renew(self) -> None:
        """End the present life at once; the next one is not killed any more."""
        self.killing = False
        if self._process is not None and self._process.poll() is None:
            self._process.kill()
            self.kills[RANDOM] += 1
            self._process.wait()

    def stop(self) -> int | None:
        """End the last life politely; its exit status."""
        if self._process is None:
            return None
        self._process.send_signal(signal.SIGTERM)
        return self._process.wait(timeout=20)

    @property
    def said(self) -> str:
        """What the services wrote to their logs."""
        return self._errors.read_text(errors="replace")
