"""Whether a notice was stopped while its rows were in hand.

Rows are claimed by the hundred; a notice that somebody stops must not go on
for as long. So nothing of a notice is sent on older news than ``every`` calls.
"""

from __future__ import annotations

import asyncio

from storage import deliveries
from storage.database import Database


class Stops:
    """Asks the database which notices are stopped, once for many calls.

    After a stop is committed, at most ``every`` more calls begin here.
    """

    def __init__(self, database: Database, *, every: int) -> None:
        self._database = database
        self._every = every
        self._begun = 0
        self._until = 0
        self._asked: frozenset[str] = frozenset()
        self._stopped: frozenset[str] = frozenset()
        self._used: set[str] = set()
        self._looking: asyncio.Task[None] | None = None

    async def is_stopped(self, notice_id: str) -> bool:
        """True iff nothing more of the notice is to be sent; counts as a call if not."""
        while self._begun >= self._until or notice_id not in self._asked:
            self._used.add(notice_id)
            await asyncio.shield(self._start_looking())
        self._used.add(notice_id)
        if notice_id in self._stopped:
            return True
        self._begun += 1
        if 2 * (self._until - self._begun) <= self._every:
            _ = self._start_looking()
        return False

    def _start_looking(self) -> asyncio.Task[None]:
        """Ask, unless somebody does already."""
        if self._looking is None or self._looking.done():
            self._looking = asyncio.get_running_loop().create_task(self._ask())
            # Whoever waits for it hears of a failure; ahead of time nobody does.
            self._looking.add_done_callback(_hear)
        return self._looking

    async def _ask(self) -> None:
        begun, asked = self._begun, frozenset(self._used)
        self._used.clear()
        async with self._database.glancing() as uow:
            stopped = await deliveries.stopped_notices(uow, notice_ids=sorted(asked))
        self._stopped, self._asked = stopped, asked
        self._until = begun + self._every


def _hear(task: asyncio.Task[None]) -> None:
    if not task.cancelled():
        task.exception()
