"""Writes down how sent messages ended: many in one transaction.

What waits here is in the journal, so that a process that dies loses nothing of
it; whoever has no journal waits for each settlement.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable, Sequence
from contextlib import closing
from datetime import datetime

import msgspec
import structlog

from bot import faults
from bot.clock import Clock
from bot.jobs.endings import (
    INTERRUPTED,
    NOT_MADE,
    Decision,
    Ending,
    Outcome,
    Retry,
    decide,
    label,
    learnt,
    verdict,
)
from bot.jobs.journal import Journal, left_behind
from bot.metrics import Metrics
from bot.ports import Planner, Push
from storage import conversations, deliveries, outbox, people
from storage.database import Database, UnitOfWork
from storage.errors import is_transient
from storage.outbox import LEAST_URGENT, Claimed

AT_ONCE = 256
"""Rows that are settled in one transaction."""

_LINGER = 0.05
"""Seconds that settlements of notices wait for more of them."""

# A database that is away for a minute must not make anything go twice.
_TRIES = 40
_FIRST_WAIT, _LONGEST_WAIT = 0.1, 2.0

_log = structlog.get_logger(__name__)


class Done(msgspec.Struct, frozen=True):
    """A claimed row with what came of it, by the way that it went."""

    row: Claimed
    way: str
    outcome: Outcome


class _Waiting(msgspec.Struct, frozen=True):
    done: Done
    written: asyncio.Future[None]
    patient: bool


class Settler:
    """Settles what one process sends, in batches, in the order it is told.

    ``on_settled`` is called with the channel's name for each row that is done
    with, written or given up.
    """

    def __init__(
        self,
        database: Database,
        *,
        clock: Clock,
        owner: str,
        jitter: Callable[[], float],
        on_settled: Callable[[str], None],
        planner: Planner | None = None,
        metrics: Metrics | None = None,
        journal: Journal | None = None,
    ) -> None:
        self._database = database
        self._clock = clock
        self._owner = owner
        self._jitter = jitter
        self._on_settled = on_settled
        self._planner = planner
        self._metrics = metrics
        self._journal = journal
        self._waiting: deque[_Waiting] = deque()
        self._hurry = asyncio.Event()
        self._work: asyncio.Task[None] | None = None

    def put(self, done: Done) -> None:
        """Have a row settled soon, a notice together with others."""
        _ = self._add(done, patient=done.row.urgency >= LEAST_URGENT)

    async def write(self, done: Done) -> None:
        """Settle a row, and return when it is settled, or was given up."""
        await self._add(done, patient=False)

    def _add(self, done: Done, *, patient: bool) -> asyncio.Future[None]:
        loop = asyncio.get_running_loop()
        written: asyncio.Future[None] = loop.create_future()
        self._waiting.append(_Waiting(done, written, patient))
        if not patient or len(self._waiting) >= AT_ONCE:
            self._hurry.set()
        if self._work is None or self._work.done():
            self._work = loop.create_task(self._work_off())
        return written

    def cancel(self) -> None:
        """Leave what is not written to the journal and the leases."""
        if self._work is not None:
            self._work.cancel()

    async def _work_off(self) -> None:
        while self._waiting:
            await self._let_gather()
            batch = [
                self._waiting.popleft() for _ in range(min(AT_ONCE, len(self._waiting)))
            ]
            await self._settle(batch)
            for one in batch:
                one.written.set_result(None)
                self._on_settled(one.done.row.channel)

    async def _let_gather(self) -> None:
        self._hurry.clear()
        if len(self._waiting) < AT_ONCE and all(one.patient for one in self._waiting):
            try:
                async with asyncio.timeout(_LINGER):
                    await self._hurry.wait()
            except TimeoutError:
                return

    async def _settle(self, batch: Sequence[_Waiting]) -> None:
        done = [one.done for one in batch]
        try:
            await self._write_surely(done)
        except Exception as error:  # noqa: BLE001 -- one row that cannot be settled must not keep others
            if len(done) > 1:
                for one in batch:
                    await self._settle([one])
                return
            # Its lease runs out, and it goes again.
            _log.error("not_settled", row=done[0].row.id, error=type(error).__name__)

    async def _write_surely(self, done: Sequence[Done]) -> None:
        """Write, through a database that is away for a while."""
        wait = _FIRST_WAIT
        for attempt in range(_TRIES):
            try:
                await self._write(done)
            except Exception as error:
                if not is_transient(error) or attempt + 1 == _TRIES:
                    raise
                await asyncio.sleep(wait)
                wait = min(_LONGEST_WAIT, 2 * wait)
            else:
                return

    async def _write(self, done: Sequence[Done]) -> None:
        async with self._database.transaction() as uow:
            decisions = await self._apply(uow, done, self._owner)
            await uow.commit()
        faults.point("settled")
        if self._journal is not None:
            self._journal.settled((one.row.id, one.row.attempts) for one in done)
        if self._metrics is not None:
            for channel, outcome in decisions:
                self._metrics.delivered(channel, outcome)

    async def _apply(
        self, uow: UnitOfWork, done: Sequence[Done], owner: str
    ) -> list[tuple[str, str]]:
        """Write what is ``owner``'s; channel and outcome of each row that was."""
        now = self._clock.now()
        decided = [(one, self._decide(one, now)) for one in done]
        ours = await deliveries.conclude(
            uow,
            [verdict(one.row, decision) for one, decision in decided],
            owner=owner,
            now=now,
        )
        kept = [(one, decision) for one, decision in decided if one.row.id in ours]
        await _note(uow, kept)
        if self._planner is not None and kept:
            news = [(one.row, one.way, learnt(one.outcome)) for one, _ in kept]
            await self._planner.learn(uow, news, now=now)
        return [(one.row.channel, label(decision)) for one, decision in kept]

    def _decide(self, done: Done, now: datetime) -> Decision:
        return decide(
            done.outcome,
            done.row,
            now=now,
            jitter=self._jitter(),
            other_ways=self._planner is not None,
        )

    async def take_over(self) -> None:
        """Settle what processes of this machine left behind that are no more.

        What had ended is settled as it ended; what had begun goes again under
        the same client message id; what had not is given back at once.
        """
        if self._journal is None:
            return
        with closing(left_behind(self._journal.folder)) as journals:
            for left in journals:
                async with self._database.transaction() as uow:
                    rows = await outbox.leased_by(uow, owner=left.owner)
                    done = [Done(row, row.way, left.outcome(row)) for row in rows]
                    await self._apply(uow, done, left.owner)
                    await uow.commit()
                left.remove()
                _log.info(
                    "taken_over",
                    ended=sum(
                        one.outcome not in (NOT_MADE, INTERRUPTED) for one in done
                    ),
                    interrupted=sum(one.outcome == INTERRUPTED for one in done),
                    not_begun=sum(one.outcome == NOT_MADE for one in done),
                    unreadable=left.unreadable,
                )


async def _note(uow: UnitOfWork, ended: Sequence[tuple[Done, Decision]]) -> None:
    """What endings say about the addresses, and about what a number may now answer."""
    unreachable: set[str] = set()
    for one, ending in ended:
        if isinstance(ending, Ending | Retry) and ending.unreachable:
            unreachable.add(one.row.address_id)
        if isinstance(ending, Ending) and ending.state in ("sent", "delivered"):
            await _note_choices(uow, one.row)
    await people.mark_unreachable(uow, address_ids=sorted(unreachable))


async def _note_choices(uow: UnitOfWork, row: Claimed) -> None:
    """Remember what a bare number may now answer; a reply's own are known already."""
    if not row.person_id or row.purpose == "reply":
        return
    options = msgspec.json.decode(row.body, type=Push).options
    if options:
        choices = msgspec.json.encode(options)
        await conversations.set_push(uow, person_id=row.person_id, push=choices)
