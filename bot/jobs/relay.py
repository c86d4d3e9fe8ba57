"""Takes what is to be said from the outbox to the platforms.

Claim, commit, send, settle: no transaction is open while a platform thinks.
Claiming, sending and settling go on side by side, each with many rows at a time.
A process that dies in between leaves a journal behind, from which the next one
on this machine goes on (``bot.jobs.journal``), and leases: when those have run
out the rows go again, under the same client message ids.
"""

from __future__ import annotations

import asyncio
import random
from collections import defaultdict
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta

import msgspec
import structlog

from bot import faults
from bot.clock import Clock
from bot.jobs.endings import (
    NOT_MADE,
    STOPPED,
    Ending,
    NotMade,
    Retry,
    Stopped,
    repetition_too_late,
    verdict,
)
from bot.jobs.journal import Journal
from bot.jobs.lanes import AT_ONCE, NOTICES_AT_ONCE, Lane, Line, Ticket
from bot.jobs.settler import Done, Settler
from bot.jobs.stops import Stops
from bot.metrics import Metrics
from bot.ports import (
    Again,
    Channel,
    Doubt,
    Failed,
    Go,
    Held,
    Move,
    Outgoing,
    Planner,
    Push,
    Route,
    Settlement,
)
from storage import deliveries, outbox
from storage.database import Database, UnitOfWork
from storage.deliveries import Moved
from storage.outbox import LEAST_URGENT, Claimed

LEASE_SECONDS = 120.0
_LONGEST_CALL = 0.25
"""The part of its lease that a call may take: none begins with less of it left."""

_IDLE_SECONDS = 0.5
_BUSY_SECONDS = 0.25
"""How often to look for what is urgent, with nothing to do, and with notices in hand."""

_TAKE_OVER_SECONDS = 5.0
_EXPIRE_EVERY = timedelta(minutes=1)
_GO = Go()

_log = structlog.get_logger(__name__)
_decode_push = msgspec.json.Decoder(Push).decode


class Pace(msgspec.Struct, frozen=True):
    """How many calls a channel has under way, and the chance in repetitions.

    ``at_once`` replies, and as many deadlines and results; ``notices_at_once``.
    ``jitter`` gives numbers between 0 and 1.
    """

    at_once: int = AT_ONCE
    notices_at_once: int = NOTICES_AT_ONCE
    jitter: Callable[[], float] = random.random


class Relay:
    """Sends the outbox rows of its channels, until stopped.

    ``planner`` chooses the way of each row; without one each goes as it is.
    ``journal`` makes it settle many rows together without repeating more of
    them when it dies; without one each row waits for its settlement.
    """

    def __init__(
        self,
        database: Database,
        channels: Sequence[Channel],
        *,
        clock: Clock,
        owner: str,
        metrics: Metrics | None = None,
        planner: Planner | None = None,
        journal: Journal | None = None,
        pace: Pace | None = None,
    ) -> None:
        pace = pace or Pace()
        self._database = database
        # For each channel its own: a platform that hangs holds up no other.
        self._lines = {
            one.name: Line(one, pace.at_once, pace.notices_at_once) for one in channels
        }
        self._clock = clock
        self._owner = owner
        self._planner = planner
        self._journal = journal
        self._settler = Settler(
            database,
            clock=clock,
            owner=owner,
            jitter=pace.jitter,
            on_settled=self._on_settled,
            planner=planner,
            metrics=metrics,
            journal=journal,
        )
        self._stops = Stops(database, every=2 * pace.notices_at_once)
        self._workers: set[asyncio.Task[None]] = set()
        self._expired_at: datetime | None = None
        self._returned_at: dict[str, datetime] = {}
        self._stopping = asyncio.Event()
        self._at_rest = asyncio.Event()
        self._at_rest.set()

    def wake(self) -> None:
        """Look at once: something was put in the outbox."""
        for line in self._lines.values():
            line.news.set()

    def _on_settled(self, channel: str) -> None:
        self._lines[channel].settled()

    # Running

    async def run(self) -> None:
        """Send what is due, all channels side by side, until ``stop``."""
        self._at_rest.clear()
        try:
            await asyncio.gather(
                self._take_over(), *(self._run(line) for line in self._lines.values())
            )
            await self._give_back()
        finally:
            for task in self._workers:
                task.cancel()
            self._settler.cancel()
            if self._journal is not None:
                self._journal.close()
            self._at_rest.set()

    async def stop(self) -> None:
        """End ``run`` and wait for it: what is being sent is settled, the rest given back."""
        self._stopping.set()
        self.wake()
        await self._at_rest.wait()

    async def _give_back(self) -> None:
        """Nothing of ours waits for its lease; what began and is not settled does."""
        begun = self._journal.begun if self._journal is not None else ()
        async with self._database.transaction() as uow:
            await deliveries.give_back(uow, owner=self._owner, begun=begun)
            await uow.commit()

    async def _run(self, line: Line) -> None:
        while not self._stopping.is_set():
            line.news.clear()
            try:
                claimed = await self._fill(line)
            except Exception as error:  # noqa: BLE001 -- the relay outlives a database that is away
                name = line.channel.name
                _log.warning("relay_failed", channel=name, error=type(error).__name__)
                claimed = 0
            line.check()
            if not claimed or line.open_lane() is not line.lanes[-1]:
                seconds = _BUSY_SECONDS if line.in_hand else _IDLE_SECONDS
                await _wait(line.news, seconds)
        await line.rest()

    async def _take_over(self) -> None:
        while not self._stopping.is_set():
            try:
                await self.take_over()
            except Exception as error:  # noqa: BLE001 -- tried again, and the leases run out
                _log.warning("not_taken_over", error=type(error).__name__)
            await _wait(self._stopping, _TAKE_OVER_SECONDS)

    async def take_over(self) -> None:
        """Go on with what dead processes of this machine had in hand."""
        await self._settler.take_over()

    async def run_once(self, name: str) -> int:
        """Send one batch of a channel and settle it; how many rows were claimed."""
        line = self._lines[name]
        claimed = await self._fill(line)
        await line.rest()
        return claimed

    async def drain(self) -> None:
        """Send all that is due now on every channel."""
        for name, line in self._lines.items():
            while line.in_hand or await self.run_once(name):
                await line.rest()

    # Claiming

    async def _fill(self, line: Line) -> int:
        """Claim for the lanes that want rows, and set them to work; how many."""
        async with line.filling:
            lane = line.open_lane()
            if lane is None:
                return 0
            claimed, tickets = await self._claim(line.channel, lane)
            if tickets:
                faults.point("after_claim")
                line.take(tickets)
                self._employ(line)
        return claimed

    async def _claim(
        self, channel: Channel, lane: Lane
    ) -> tuple[int, Sequence[Ticket]]:
        now, real = self._clock.now(), self._clock.real()
        reach = channel.connected()
        async with self._database.transaction() as uow:
            await self._expire_sometimes(uow, now)
            await self._return_leases_sometimes(uow, channel.name, real)
            rows = await outbox.due(
                uow,
                channel=channel.name,
                limit=lane.batch,
                now=now,
                addresses=reach,
                least_urgent=lane.least_urgent,
            )
            if rows and self._journal is not None:
                self._journal.stand_by()
            until = real + timedelta(seconds=LEASE_SECONDS)
            tickets = await self._lease(uow, rows, now, until) if rows else ()
            await uow.commit()
        return len(rows), tickets

    async def _expire_sometimes(self, uow: UnitOfWork, now: datetime) -> None:
        if self._expired_at is None or now - self._expired_at >= _EXPIRE_EVERY:
            await outbox.expire(uow, now=now)
            self._expired_at = now

    async def _return_leases_sometimes(
        self, uow: UnitOfWork, channel: str, real: datetime
    ) -> None:
        last = self._returned_at.get(channel)
        if last is None or not 0 <= (real - last).total_seconds() < LEASE_SECONDS / 8:
            await deliveries.return_leases(uow, channel=channel, leased_at=real)
            self._returned_at[channel] = real

    async def _lease(
        self, uow: UnitOfWork, rows: Sequence[Claimed], now: datetime, until: datetime
    ) -> Sequence[Ticket]:
        """Lease the rows, and put those where they belong that are not to go now."""
        routes: Sequence[Route] = [_GO] * len(rows)
        if self._planner is not None:
            routes = await self._planner.plan(uow, rows, now=now)
        ways: defaultdict[str, list[str]] = defaultdict(list)
        for row, route in zip(rows, routes, strict=True):
            ways[route.way if isinstance(route, Go) else ""].append(row.id)
        await deliveries.lease(uow, ways, owner=self._owner, until=until)
        planned = list(zip(rows, routes, strict=True))
        await self._put_elsewhere(uow, planned, now)
        return [
            Ticket(row, route.way, until)
            for row, route in planned
            if isinstance(route, Go)
        ]

    async def _put_elsewhere(
        self, uow: UnitOfWork, planned: Sequence[tuple[Claimed, Route]], now: datetime
    ) -> None:
        """What the planner does not let go: moved, put off, held or given up."""
        moved = [
            Moved(row.id, row.attempts, route.address_id, route.channel)
            for row, route in planned
            if isinstance(route, Move)
        ]
        decided = [
            (row, _decided(route, now))
            for row, route in planned
            if isinstance(route, Again | Held | Failed)
        ]
        await deliveries.move(uow, moved, owner=self._owner)
        await deliveries.conclude(
            uow,
            [
                msgspec.structs.replace(verdict(row, decision), tried=False)
                for row, decision in decided
            ],
            owner=self._owner,
            now=now,
        )
        if any(
            route.channel in self._lines
            for _, route in planned
            if isinstance(route, Move)
        ):
            self.wake()

    # Sending

    def _employ(self, line: Line) -> None:
        """As many workers for each lane as it has rows and may make calls at once."""
        for lane in line.lanes:
            for _ in range(min(lane.at_once - lane.workers, len(lane.ready))):
                lane.workers += 1
                task = asyncio.get_running_loop().create_task(self._work(line, lane))
                self._workers.add(task)
                task.add_done_callback(self._workers.discard)

    async def _work(self, line: Line, lane: Lane) -> None:
        try:
            while lane.ready:
                ticket = lane.ready.popleft()
                if 2 * len(lane.ready) == lane.batch:
                    line.news.set()
                await self._relay_safely(line, ticket)
        except asyncio.CancelledError:
            raise
        except BaseException as error:  # noqa: BLE001 -- raised again where the line is waited for
            line.fail(error)
        finally:
            lane.workers -= 1

    async def _relay_safely(self, line: Line, ticket: Ticket) -> None:
        """Relay a row; one that fails in a way nobody thought of is left to its lease."""
        try:
            await self._relay(line.channel, ticket)
        except Exception as error:  # noqa: BLE001 -- one row must not stop the others
            name, kind = line.channel.name, type(error).__name__
            _log.error("not_relayed", channel=name, row=ticket.row.id, error=kind)
            line.settled()

    async def _relay(self, channel: Channel, ticket: Ticket) -> None:
        row, way = ticket.row, ticket.way
        if self._stopping.is_set() or self._is_too_late(ticket):
            self._settler.put(Done(row, way, NOT_MADE))
        elif (unwanted := await self._unwanted(row)) is not None:
            self._settler.put(Done(row, way, unwanted))
        elif repetition_too_late(row, now=self._clock.now()):
            self._settler.put(Done(row, way, Doubt("too late to repeat it")))
        else:
            await self._call(channel, row, way)

    def _is_too_late(self, ticket: Ticket) -> bool:
        """Its own time is over, or so much of its lease that another may have it."""
        margin = timedelta(seconds=LEASE_SECONDS * _LONGEST_CALL)
        if self._clock.real() > ticket.until - margin:
            return True
        expires_at = ticket.row.expires_at
        return expires_at is not None and expires_at <= self._clock.now()

    async def _unwanted(self, row: Claimed) -> Stopped | NotMade | None:
        """Why a row of a notice is not to go any more; None when it is."""
        if row.notice_id is None or row.urgency < LEAST_URGENT:
            return None
        try:
            return STOPPED if await self._stops.is_stopped(row.notice_id) else None
        except Exception as error:  # noqa: BLE001 -- the database is away: who knows whether it is wanted
            _log.warning("stops_not_known", error=type(error).__name__)
            return NOT_MADE

    async def _call(self, channel: Channel, row: Claimed, way: str) -> None:
        """Make the call, with a line in the journal before and after it."""
        if self._journal is not None:
            self._journal.begin(row.id, row.attempts)
        settlement = await self._send(channel, row, way)
        faults.point("after_send_before_journal")
        noted = self._journal is not None and self._journal.end(
            row.id, row.attempts, settlement
        )
        faults.point("after_send_before_settle")
        done = Done(row, way, settlement)
        if noted:
            self._settler.put(done)
        else:
            # Nobody would know of it if we died now: no other call before that.
            await self._settler.write(done)

    async def _send(self, channel: Channel, row: Claimed, way: str) -> Settlement:
        try:
            return await channel.send(_outgoing(row, way))
        except Exception as error:  # noqa: BLE001 -- one row that cannot be sent must not stop the others
            _log.error("send_failed", channel=channel.name, error=type(error).__name__)
            return Again("internal", type(error).__name__, 0)


async def _wait(event: asyncio.Event, seconds: float) -> None:
    try:
        async with asyncio.timeout(seconds):
            await event.wait()
    except TimeoutError:
        return


def _decided(route: Again | Held | Failed, now: datetime) -> Ending | Retry:
    """What the planner said, to the letter."""
    match route:
        case Again(code, reason, seconds):
            return Retry(now + timedelta(seconds=seconds), code, reason)
        case Held(code, reason):
            return Ending("held", code, reason)
        case Failed(code, reason, unreachable):
            return Ending("failed", code, reason, unreachable=unreachable)


def _outgoing(row: Claimed, way: str) -> Outgoing:
    return Outgoing(
        id=row.id,
        address=row.address,
        push=_decode_push(row.body),
        client_message_id=row.client_message_id,
        attempts=row.attempts,
        purpose=row.purpose,
        last_inbound_at=row.last_inbound_at,
        person_id=row.person_id or "",
        way=way,
    )
