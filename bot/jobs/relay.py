"""Takes what is to be said from the outbox to the platforms.

Claim, commit, send, settle: no transaction is open while a platform thinks. A
process that dies in between leaves a lease behind; when it has run out the row
goes again, under the same client message id.
"""

from __future__ import annotations

import asyncio
import random
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime, timedelta

import msgspec
import structlog

from bot import faults
from bot.clock import Clock
from bot.metrics import Metrics
from bot.ports import (
    Again,
    Blocked,
    Channel,
    Doubt,
    Failed,
    Held,
    Outgoing,
    Push,
    Sent,
    Settlement,
)
from storage import conversations, outbox, people
from storage.database import Database, UnitOfWork
from storage.errors import is_transient
from storage.outbox import Claimed

LEASE_SECONDS = 120.0
BATCH = 50
AT_ONCE = 8
"""Sends under way at a time: a process that dies repeats at most these."""

GIVE_UP_AFTER = timedelta(hours=48)
GIVE_UP_ATTEMPTS = 10
"""A row without a time of its own is given up after this long and this often."""

_LONGEST_WAIT = 600.0
_IDLE_SECONDS = 1.0
_SETTLE_TRIES = 4
_EXPIRE_EVERY = timedelta(minutes=1)

# Waits before the first, second, … repetition of a message that is in doubt,
# all within the ten minutes in which a platform knows its client message id.
_DOUBT_WAITS = (20.0, 60.0, 120.0)
_DOUBT = "doubt"
_DOUBT_TOO_LATE = timedelta(seconds=60)

_log = structlog.get_logger(__name__)


class Retry(msgspec.Struct, frozen=True):
    """The row waits again."""

    not_before: datetime
    code: str
    reason: str


class Ending(msgspec.Struct, frozen=True):
    """The row is settled, in one of ``storage.outbox.OUTCOMES``."""

    state: str
    code: str = ""
    reason: str = ""
    platform_message_id: str = ""
    unreachable: bool = False


def decide(
    settlement: Settlement, row: Claimed, *, now: datetime, jitter: float
) -> Retry | Ending:
    """What becomes of a row after an attempt. ``jitter`` is between 0 and 1."""
    match settlement:
        case Sent(platform_message_id, final):
            state = "delivered" if final else "sent"
            return Ending(state, platform_message_id=platform_message_id)
        case Failed(code, reason, unreachable):
            return Ending("failed", code, reason, unreachable=unreachable)
        case Held(code, reason) | Blocked(_, code, reason):
            return Ending("held", code, reason)
        case Again(code, reason, seconds):
            wait = seconds + jitter * min(_LONGEST_WAIT, 2.0 ** min(row.attempts, 16))
            return _again(row, now, wait, code, reason)
        case Doubt(reason, repeatable):
            return _doubt(row, now, reason, repeatable=repeatable)


def _again(
    row: Claimed, now: datetime, wait: float, code: str, reason: str
) -> Retry | Ending:
    old = now - row.created_at > GIVE_UP_AFTER
    if old and row.attempts >= GIVE_UP_ATTEMPTS:
        return Ending("failed", code, reason)
    return Retry(now + timedelta(seconds=wait), code, reason)


def _doubt(
    row: Claimed, now: datetime, reason: str, *, repeatable: bool
) -> Retry | Ending:
    """Repeat what the platform would show once; else once, and leave it unknown."""
    doubts = doubts_before(row)
    repetitions = len(_DOUBT_WAITS) if repeatable else 1
    if doubts >= repetitions:
        return Ending("unknown", _DOUBT, reason)
    wait = timedelta(seconds=_DOUBT_WAITS[doubts])
    return Retry(now + wait, f"{_DOUBT}:{doubts + 1}:{int(repeatable)}", reason)


def doubts_before(row: Claimed) -> int:
    """How many attempts before this one ended in doubt."""
    code, _, rest = row.error_code.partition(":")
    return int(rest.partition(":")[0]) if code == _DOUBT and rest else 0


def repetition_too_late(row: Claimed, *, now: datetime) -> bool:
    """True iff the platform may no longer know the message it would see again."""
    repeatable = row.error_code.startswith(f"{_DOUBT}:") and row.error_code[-1] == "1"
    return repeatable and now > row.not_before + _DOUBT_TOO_LATE


class Relay:
    """Sends the outbox rows of its channels, until stopped."""

    def __init__(
        self,
        database: Database,
        channels: Sequence[Channel],
        *,
        clock: Clock,
        owner: str,
        metrics: Metrics | None = None,
        jitter: Callable[[], float] = random.random,
        at_once: int = AT_ONCE,
    ) -> None:
        self._database = database
        self._channels: Mapping[str, Channel] = {one.name: one for one in channels}
        self._clock = clock
        self._owner = owner
        self._metrics = metrics
        self._jitter = jitter
        # For each channel its own: a platform that hangs holds up no other.
        self._slots = {name: asyncio.Semaphore(at_once) for name in self._channels}
        self._expired_at: datetime | None = None
        # One batch of a channel at a time, so that ``drain`` waits for what runs.
        self._turns = {name: asyncio.Lock() for name in self._channels}
        self._something_new = asyncio.Event()
        self._stopping = False
        self._at_rest = asyncio.Event()
        self._at_rest.set()

    def wake(self) -> None:
        """Look at once: something was put in the outbox."""
        self._something_new.set()

    async def run(self) -> None:
        """Send what is due, all channels side by side, until ``stop``."""
        self._at_rest.clear()
        try:
            await asyncio.gather(*(self._run(name) for name in self._channels))
            await self._give_back()
        finally:
            self._at_rest.set()

    async def stop(self) -> None:
        """End ``run`` and wait for it: what is being sent is settled, the rest given back."""
        self._stopping = True
        self.wake()
        await self._at_rest.wait()

    async def _give_back(self) -> None:
        async with self._database.transaction() as uow:
            await outbox.give_back(uow, owner=self._owner)
            await uow.commit()

    async def _run(self, name: str) -> None:
        while not self._stopping:
            self._something_new.clear()
            try:
                busy = await self.run_once(name)
            except Exception as error:  # noqa: BLE001 -- the relay outlives a database that is away
                _log.warning("relay_failed", channel=name, error=type(error).__name__)
                busy = 0
            if not busy and not self._stopping:
                await self._idle()

    async def _idle(self) -> None:
        try:
            async with asyncio.timeout(_IDLE_SECONDS):
                await self._something_new.wait()
        except TimeoutError:
            return

    async def run_once(self, name: str) -> int:
        """Send one batch of a channel; how many rows were claimed."""
        channel = self._channels[name]
        async with self._turns[name]:
            rows = await self._claim(channel)
            if rows:
                faults.point("after_claim")
                await self._relay_all(channel, rows)
        return len(rows)

    async def _relay_all(self, channel: Channel, rows: Sequence[Claimed]) -> None:
        """Send and settle each; one whose settling fails is left to its lease."""
        done = await asyncio.gather(
            *(self._relay(channel, row) for row in rows), return_exceptions=True
        )
        for problem in done:
            if isinstance(problem, Exception):
                error = type(problem).__name__
                _log.error("not_settled", channel=channel.name, error=error)
            elif isinstance(problem, BaseException):
                raise problem

    async def drain(self) -> None:
        """Send all that is due now on every channel."""
        for name in self._channels:
            while await self.run_once(name):
                pass

    async def _claim(self, channel: Channel) -> tuple[Claimed, ...]:
        async with self._database.transaction() as uow:
            await self._expire_sometimes(uow)
            rows = await outbox.claim(
                uow,
                channel=channel.name,
                owner=self._owner,
                limit=BATCH,
                now=self._clock.now(),
                lease_seconds=LEASE_SECONDS,
                addresses=channel.connected(),
                leased_at=self._clock.real(),
            )
            await uow.commit()
        return rows

    async def _expire_sometimes(self, uow: UnitOfWork) -> None:
        now = self._clock.now()
        if self._expired_at is None or now - self._expired_at >= _EXPIRE_EVERY:
            await outbox.expire(uow, now=now)
            self._expired_at = now

    async def _relay(self, channel: Channel, row: Claimed) -> None:
        async with self._slots[channel.name]:
            if self._stopping:
                return
            settlement = await self._send(channel, row)
            faults.point("after_send_before_settle")
            await self._settle_surely(channel, row, settlement)

    async def _send(self, channel: Channel, row: Claimed) -> Settlement:
        if repetition_too_late(row, now=self._clock.now()):
            return Doubt("too late to repeat it")
        try:
            return await channel.send(_outgoing(row))
        except Exception as error:  # noqa: BLE001 -- one row that cannot be sent must not stop the others
            _log.error("send_failed", channel=channel.name, error=type(error).__name__)
            return Again("internal", type(error).__name__, 0)

    async def _settle_surely(
        self, channel: Channel, row: Claimed, settlement: Settlement
    ) -> None:
        """Settle, through a database that is away for a moment."""
        for attempt in range(_SETTLE_TRIES):
            try:
                await self._settle(channel, row, settlement)
            except Exception as error:
                if not is_transient(error) or attempt + 1 == _SETTLE_TRIES:
                    raise
                await asyncio.sleep(0.1 * 2**attempt)
            else:
                return

    async def _settle(
        self, channel: Channel, row: Claimed, settlement: Settlement
    ) -> None:
        now = self._clock.now()
        decision = decide(settlement, row, now=now, jitter=self._jitter())
        async with self._database.transaction() as uow:
            if isinstance(decision, Retry):
                await self._put_back(uow, row, decision)
            else:
                await self._end(uow, row, decision, now)
            await uow.commit()
        outcome = "again" if isinstance(decision, Retry) else decision.state
        if self._metrics is not None:
            self._metrics.delivered(channel.name, outcome)

    async def _put_back(self, uow: UnitOfWork, row: Claimed, retry: Retry) -> None:
        await outbox.requeue(
            uow,
            outbox_id=row.id,
            owner=self._owner,
            not_before=retry.not_before,
            error_code=retry.code,
            error=retry.reason,
        )

    async def _end(
        self, uow: UnitOfWork, row: Claimed, ending: Ending, now: datetime
    ) -> None:
        ours = await outbox.settle(
            uow,
            outbox_id=row.id,
            owner=self._owner,
            state=ending.state,
            now=now,
            platform_message_id=ending.platform_message_id,
            error_code=ending.code,
            error=ending.reason,
        )
        if not ours:
            return
        if ending.unreachable:
            await people.mark_unreachable(uow, address_ids=[row.address_id])
        if ending.state == "held":
            # Their next message then counts as the first, and lets it go.
            await people.close_window(uow, address_ids=[row.address_id])
        if ending.state in ("sent", "delivered"):
            await _note_choices(uow, row)


async def _note_choices(uow: UnitOfWork, row: Claimed) -> None:
    """Remember what a bare number may now answer; a reply's own are known already."""
    options = _push(row).options
    if options and row.person_id and row.purpose != "reply":
        choices = msgspec.json.encode(options)
        await conversations.set_push(uow, person_id=row.person_id, push=choices)


def _outgoing(row: Claimed) -> Outgoing:
    return Outgoing(
        id=row.id,
        address=row.address,
        push=_push(row),
        client_message_id=row.client_message_id,
        attempts=row.attempts,
        purpose=row.purpose,
        last_inbound_at=row.last_inbound_at,
        person_id=row.person_id or "",
    )


def _push(row: Claimed) -> Push:
    return msgspec.json.decode(row.body, type=Push)
