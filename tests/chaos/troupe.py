"""The processes of a run, each with its own lives, as if they were one."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Sequence

from tests.chaos.lives import WORKING, Lives


class Troupe:
    """All at once, and what happened to all of them together."""

    def __init__(self, lives: Sequence[Lives]) -> None:
        self.each = tuple(lives)

    async def open(self) -> None:
        """Prepare to live."""
        await asyncio.gather(*(one.open() for one in self.each))

    async def run(self) -> None:
        """Live and die side by side, until ``stop``."""
        await asyncio.gather(*(one.run() for one in self.each))

    async def renew(self) -> None:
        """From now on nobody is killed; who is bound to be ends at once."""
        await asyncio.gather(*(one.renew() for one in self.each))

    async def stop(self) -> None:
        """End the last lives politely."""
        await asyncio.gather(*(one.stop() for one in self.each))

    async def close(self) -> None:
        """End whatever still runs."""
        await asyncio.gather(*(one.close() for one in self.each))

    async def renew_for(self, point: str) -> None:
        """End the present life of who passes a point; the next ends there."""
        await asyncio.gather(*(one.renew_for(point) for one in self._at(point)))

    def insist(self, point: str, after: int = 1) -> None:
        """Let the next life of who passes a point end there."""
        for one in self._at(point):
            one.insist(point, after)

    def _at(self, point: str) -> list[Lives]:
        """Who may pass it; what falls due is done by those who work."""
        working = point in WORKING or point == "list_frozen"
        return [
            one for one in self.each if one.role != ("web" if working else "worker")
        ]

    @property
    def killing(self) -> bool:
        """True while they are killed."""
        return any(one.killing for one in self.each)

    @killing.setter
    def killing(self, wanted: bool) -> None:
        for one in self.each:
            one.killing = wanted

    @property
    def kills(self) -> Counter[str]:
        """How often somebody was killed at each point."""
        return sum((one.kills for one in self.each), Counter[str]())

    @property
    def said(self) -> str:
        """What all of them wrote to their logs."""
        return "".join(one.said for one in self.each)
