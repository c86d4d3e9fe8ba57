"""The inbound door: all that wait, of distinct people, go in as one batch.

Group commit is what makes a durable dialogue step cheap: one transaction for
everything that arrived while the last one was being written.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections import deque
from collections.abc import Coroutine, Iterator, Sequence
from datetime import datetime
from typing import Any, Protocol

import msgspec
import structlog

from bot import faults
from bot.actions.inbound import (
    Answered,
    BatchOutcome,
    Leaves,
    NotSavedError,
    UnavailableError,
)
from bot.metrics import Metrics
from bot.ports import Encoded, Envelope
from bot.saving import DISK_LOW, Saving
from bot.spool import Kept, Spool
from bot.waiting import done_within
from conversations.model import Reply
from storage.errors import is_transient

_log = structlog.get_logger()

_GATHER = 0.002
"""Seconds between two batches when people crowd: those just answered, and those
who wait in sockets, then share the next commit."""

_ALONE_AT_ONCE = 4
"""Transactions of one message: the pool keeps connections for everybody else."""

_FROM_DISK_AT_ONCE = 32
"""Senders whose messages are taken in side by side from disk, as batches."""

_REFUSALS_KNOWN = 4096
"""Refused messages whose next delivery gets the same answer."""


class Reception(Protocol):
    """What the door hands messages to."""

    async def receive_batch(self, envelopes: Sequence[Envelope]) -> list[BatchOutcome]:
        """Process messages of distinct people in one transaction."""

    async def receive_alone(self, envelope: Envelope) -> Answered:
        """Process one message in its own transaction; sets it aside if it must."""

    async def push_late(self, envelope: Envelope, replies: Sequence[Reply]) -> None:
        """Send as pushes the replies that nobody waited for."""

    async def refusal(self, envelope: Envelope) -> bytes:
        """What a sender is told whose message can be kept nowhere just now."""


class _Waiting:
    """A message on its way in, and whoever wait for its answer."""

    __slots__ = (
        "_encode_in_time",
        "answer",
        "deferrals",
        "envelope",
        "late",
        "person",
        "replies",
    )

    def __init__(self, envelope: Envelope, answer: asyncio.Future[Answered]) -> None:
        self.envelope = msgspec.structs.replace(envelope, encode=self._encode)
        self._encode_in_time = envelope.encode
        self.person = (envelope.channel, envelope.address)
        self.answer = answer
        self.deferrals = 0
        self.late = False
        self.replies: tuple[Reply, ...] = ()

    def _encode(self, replies: Sequence[Reply], now: datetime) -> Encoded:
        """The platform's answer; once it has stopped waiting, all become pushes."""
        if self.late:
            return Encoded(remembered=b"", overflow=tuple(replies))
        encoded = self._encode_in_time(replies, now)
        self.replies = tuple(one for one in replies if one not in encoded.overflow)
        return encoded


class InboundDoor:
    """Collects messages into batches and gives each its remembered answer.

    ``drainers`` is how many batches may be under way at once: one where the
    database has one writer, two where stepping one can overlap with writing
    another. ``saving`` knows whether anything can be kept.
    """

    def __init__(
        self,
        reception: Reception,
        spool: Spool,
        metrics: Metrics,
        *,
        drainers: int,
        saving: Saving | None = None,
        batch_size: int = 128,
        patience: float = 4.4,
    ) -> None:
        self._reception = reception
        self._spool = spool
        self._metrics = metrics
        self._saving = saving or Saving(metrics)
        self._drainers = drainers
        self._batch_size = batch_size
        self._patience = patience
        self._queue: deque[_Waiting] = deque()
        self._under_way: dict[str, _Waiting] = {}
        self._busy_people: set[tuple[str, str]] = set()
        self._draining = 0
        self._alone = asyncio.Semaphore(_ALONE_AT_ONCE)
        self._refused: dict[str, bytes] = {}
        self._tasks: set[asyncio.Task[Any]] = set()

    async def receive(self, envelope: Envelope) -> bytes:
        """The remembered answer to a message, or nothing when it comes too late.

        A second delivery while the first is under way waits for the same
        answer. When there is no answer in time, or no database, the message is
        on disk before this returns, and its replies leave as pushes. A database
        that takes nothing in has the sender told so; the message is not kept.

        Raises:
            UnavailableError: neither the database nor the spool could keep it.
        """
        refused = self._refused.get(envelope.message_key)
        if refused is not None:
            return refused
        if self._saving.shut:
            return await self._refuse(envelope, DISK_LOW)
        now = asyncio.get_running_loop().time
        until, reason = now() + self._patience, "late"
        waiting: _Waiting | None = None
        try:
            if self._spool.holds_of(envelope):
                # What they said before that goes first.
                async with asyncio.timeout_at(until):
                    await self.empty_spool(of=envelope)
            waiting = self._enter(envelope)
            if await done_within(waiting.answer, until - now()):
                return waiting.answer.result().remembered
        except TimeoutError:
            pass
        except NotSavedError as error:
            return await self._refuse(envelope, error.why)
        except UnavailableError:
            reason = "database"
        replies: tuple[Reply, ...] = ()
        if waiting is not None and reason == "late":
            waiting.late = True
            replies = waiting.replies
        await self._keep(envelope, replies, reason)
        if reason == "late":
            self._spawn(self._catch_up(envelope))
        return b""

    async def _refuse(self, envelope: Envelope, why: str) -> bytes:
        """Say that it is not kept, the same to every delivery that comes here."""
        self._metrics.not_saved(why)
        if len(self._refused) >= _REFUSALS_KNOWN:
            self._refused.clear()
        said = await self._reception.refusal(envelope)
        return self._refused.setdefault(envelope.message_key, said)

    async def _keep(
        self, envelope: Envelope, replies: Sequence[Reply], reason: str
    ) -> None:
        self._metrics.spooled(reason)
        try:
            await self._spool.keep(envelope, replies)
        except OSError as error:
            _log.error("not_spooled", error=str(error))
            raise UnavailableError from error

    async def process(self, envelope: Envelope) -> Answered:
        """Process a message however long it takes.

        Raises:
            NotSavedError: the database takes nothing in.
            UnavailableError: the database could not be reached.
        """
        return await asyncio.shield(self._enter(envelope).answer)

    async def empty_spool(self, *, of: Envelope | None = None) -> None:
        """Take in what is on disk, of everybody or of one sender, in its order.

        Raises:
            UnavailableError: the database could not be reached; the rest stays.
        """
        if of is not None:
            await self._spool.written(of)
        lines = self._spool.lines(of)
        away: list[UnavailableError] = []

        async def work() -> None:
            for line in lines:
                try:
                    await self._take_in_line(line)
                except UnavailableError as error:
                    away.append(error)
                if away:
                    return

        await asyncio.gather(*(work() for _ in range(_FROM_DISK_AT_ONCE)))
        if away:
            raise away[0]

    async def _take_in_line(self, line: Iterator[Kept]) -> None:
        """One sender's messages, one after the other."""
        for kept in line:
            try:
                await self._take_in(kept)
            except UnavailableError:
                raise
            except Exception as error:  # noqa: BLE001 -- it stays, and holds up nobody else
                _log.warning("spooled_message_failed", error=type(error).__name__)

    async def _take_in(self, kept: Kept) -> None:
        answered = await self.process(kept.envelope)
        if answered.remembered and kept.replies:
            # Answered just when the platform had stopped waiting.
            await self._reception.push_late(kept.envelope, kept.replies)
        await self._spool.forget(kept.envelope)

    async def _catch_up(self, envelope: Envelope) -> None:
        """Finish what the platform no longer waits for; else a later look does."""
        with contextlib.suppress(UnavailableError):
            await self.empty_spool(of=envelope)

    def _enter(self, envelope: Envelope) -> _Waiting:
        known = self._under_way.get(envelope.message_key)
        if known is not None:
            return known
        waiting = _Waiting(envelope, asyncio.get_running_loop().create_future())
        waiting.answer.add_done_callback(_retrieved)
        self._under_way[envelope.message_key] = waiting
        self._queue.append(waiting)
        self._drain_more()
        return waiting

    def _drain_more(self) -> None:
        if self._queue and self._draining < self._drainers:
            self._draining += 1
            self._spawn(self._drain())

    def _spawn(self, work: Coroutine[Any, Any, object]) -> None:
        task = asyncio.get_running_loop().create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _drain(self) -> None:
        try:
            while batch := self._take_batch():
                await self._run_batch(batch)
                if len(batch) > 1:
                    await asyncio.sleep(_GATHER)
        finally:
            self._draining -= 1
            # What arrived while the last batch was closing started no drain.
            if self._queue and any(
                waiting.person not in self._busy_people for waiting in self._queue
            ):
                self._drain_more()

    def _take_batch(self) -> list[_Waiting]:
        """The oldest waiting message of each person nobody works for yet."""
        batch: list[_Waiting] = []
        left: deque[_Waiting] = deque()
        while self._queue and len(batch) < self._batch_size:
            waiting = self._queue.popleft()
            if waiting.person in self._busy_people:
                left.append(waiting)
            else:
                self._busy_people.add(waiting.person)
                batch.append(waiting)
        left.extend(self._queue)
        self._queue = left
        return batch

    async def _run_batch(self, batch: list[_Waiting]) -> None:
        try:
            outcomes = await self._reception.receive_batch(
                [waiting.envelope for waiting in batch]
            )
        except Exception as error:  # noqa: BLE001 -- whatever broke it, each is tried alone
            if not is_transient(error):
                _log.warning("batch_failed", error=type(error).__name__)
            self._metrics.batch_failed()
            await self._run_one_by_one(batch)
            return
        self._metrics.batch(len(batch))
        self._saving.works()
        faults.point("after_batch_commit")
        for waiting, outcome in zip(batch, outcomes, strict=True):
            if isinstance(outcome, Answered):
                self._finish(waiting, outcome)
            elif outcome is Leaves.ALONE or waiting.deferrals >= 3:
                self._spawn(self._run_alone(waiting))
            else:
                # Locked elsewhere: goes into the next batch.
                waiting.deferrals += 1
                self._busy_people.discard(waiting.person)
                self._queue.appendleft(waiting)

    async def _run_one_by_one(self, batch: list[_Waiting]) -> None:
        """Do a failed batch again; without a database nobody waits for his turn."""
        trouble: UnavailableError | None = None
        for waiting in batch:
            if trouble is None:
                trouble = await self._run_alone(waiting)
            else:
                self._fail(waiting, trouble)

    async def _run_alone(self, waiting: _Waiting) -> UnavailableError | None:
        """Process one message; the trouble when nothing can be saved."""
        trouble = None
        try:
            async with self._alone:
                answered = await self._reception.receive_alone(waiting.envelope)
        except Exception as error:  # noqa: BLE001 -- the waiter must be told whatever it was
            if isinstance(error, UnavailableError):
                trouble = error
                why = error.why if isinstance(error, NotSavedError) else "away"
                self._saving.fails(why)
            self._fail(waiting, error)
        else:
            self._saving.works()
            self._finish(waiting, answered)
        self._drain_more()
        return trouble

    def _fail(self, waiting: _Waiting, error: Exception) -> None:
        self._leave(waiting)
        waiting.answer.set_exception(error)
        if isinstance(error, UnavailableError):
            # Not said before what could not be taken in: that lies on disk soon.
            later = [one for one in self._queue if one.person == waiting.person]
            for one in later:
                self._queue.remove(one)
                self._leave(one)
                one.answer.set_exception(error)

    def _finish(self, waiting: _Waiting, answered: Answered) -> None:
        self._leave(waiting)
        if not waiting.answer.done():
            waiting.answer.set_result(answered)

    def _leave(self, waiting: _Waiting) -> None:
        self._busy_people.discard(waiting.person)
        self._under_way.pop(waiting.envelope.message_key, None)

    async def close(self) -> None:
        """Finish what is under way."""
        while self._tasks:
            await asyncio.gather(*self._tasks, return_exceptions=True)


def _retrieved(answer: asyncio.Future[Answered]) -> None:
    """Mark a failure as seen even when its waiter has left."""
    if not answer.cancelled():
        answer.exception()
