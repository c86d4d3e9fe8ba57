"""Slow work beside the dialogue: claimed by lease, done, told through the door.

A job may be done more than once (a crash, a lost lease) but counts once: its
files have fixed ids, its pushes dedupe keys, and its result is a message with
a key of its own. It is marked done only after its result was taken in.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime, timedelta

import msgspec
import structlog

from bot import faults
from bot.clock import Clock
from bot.jobs.drafts import find_draft
from bot.jobs.work import Product, Task, UnreachableError
from bot.ports import Encoded, Envelope, Push, Receive
from conversations.model import Inbound, JobResult, Reply
from storage import files, jobs, outbox, people
from storage.database import Database, UnitOfWork
from storage.jobs import ClaimedJob
from storage.outbox import OutboxRow

_log = structlog.get_logger()

CHANNEL = "internal"
LEASE_SECONDS = 180.0
TASK_SECONDS = 120.0
BACK_OFF = (2.0, 10.0, 60.0)
"""Seconds before the second, third and fourth try; after that the job failed."""

WAIT_FOR_OTHERS = (2.0, 1800.0)
"""Seconds between tries, at least and at most, while something cannot be had.

They grow with the job's age, and these tries do not count: how long to wait
is for the task to say.
"""

_WAIT_FOR_DATABASE = 5.0


def as_pushes(replies: Sequence[Reply], _now: datetime) -> Encoded:
    """Nobody waits for an answer to a job's result: all of it is pushed."""
    return Encoded(remembered=b"", overflow=tuple(replies))


class Workshop:
    """Works off the jobs of the kinds it has tasks for, a few at a time.

    ``receive`` is the inbound door, ``owner`` names this process in leases;
    ``on_push`` is called when something waits to be sent.
    """

    def __init__(
        self,
        database: Database,
        tasks: Mapping[str, Task],
        receive: Receive,
        clock: Clock,
        owner: str,
        *,
        hands: int = 2,
        look_every: float = 2.0,
        on_push: Callable[[], None] = lambda: None,
    ) -> None:
        self._database = database
        self._tasks = tasks
        self._receive = receive
        self._clock = clock
        self._owner = owner
        self._hands = hands
        self._look_every = look_every
        self._on_push = on_push
        self._something = asyncio.Event()
        self._busy: set[asyncio.Task[None]] = set()
        self._open = True

    def wake(self) -> None:
        """Look for work now: some was just asked for."""
        self._something.set()

    async def run(self) -> None:
        """Work until ``stop``."""
        while self._open:
            self._something.clear()
            for job in await self._claim(self._hands - len(self._busy)):
                self._begin(job)
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(self._look_every):
                    await self._something.wait()

    async def work_off(self) -> int:
        """Do all that is due now, and what that asks for; how many jobs it was."""
        done = 0
        while batch := await self._claim(self._hands):
            await asyncio.gather(*(self.work(job) for job in batch))
            done += len(batch)
        return done

    async def stop(self) -> None:
        """Claim nothing more, and finish what is in hand."""
        self._open = False
        self.wake()
        await asyncio.gather(*self._busy, return_exceptions=True)

    async def give_back(self) -> None:
        """Break off what is still in hand; whoever looks next does it."""
        if not self._busy:
            return
        for task in self._busy:
            task.cancel()
        await asyncio.gather(*self._busy, return_exceptions=True)
        async with self._database.transaction() as uow:
            await jobs.give_back(uow, owner=self._owner)
            await uow.commit()

    def _begin(self, job: ClaimedJob) -> None:
        task = asyncio.create_task(self.work(job))
        self._busy.add(task)
        task.add_done_callback(self._laid_down)

    def _laid_down(self, task: asyncio.Task[None]) -> None:
        self._busy.discard(task)
        self.wake()

    async def _claim(self, limit: int) -> tuple[ClaimedJob, ...]:
        if limit <= 0:
            return ()
        try:
            async with self._database.transaction() as uow:
                claimed = await jobs.claim(
                    uow,
                    kinds=sorted(self._tasks),
                    owner=self._owner,
                    limit=limit,
                    now=self._clock.now(),
                    lease_seconds=LEASE_SECONDS,
                    leased_at=self._clock.real(),
                )
                await uow.commit()
        except Exception as error:  # noqa: BLE001 -- the next look may find the database well
            _log.warning("jobs_not_claimed", error=type(error).__name__)
            return ()
        return claimed

    async def work(self, job: ClaimedJob) -> None:
        """Do one claimed job and tell of it; whatever goes wrong is put off."""
        try:
            product = await self._make(job)
            faults.point("job_made")
            if product is None or not await self._keep(job, product):
                return
            faults.point("job_kept")
            await self._tell(job, product)
            faults.point("job_told")
            await self._finish(job, product)
        except Exception as error:  # noqa: BLE001 -- the lease returns what could not be noted
            _log.warning(
                "job_left", job=job.id, job_kind=job.kind, error=type(error).__name__
            )
            with contextlib.suppress(Exception):
                await self._put_off(job, error, _WAIT_FOR_DATABASE)

    async def _make(self, job: ClaimedJob) -> Product | None:
        """The product; a sad one after the last try; None when tried again later."""
        if job.attempts > len(BACK_OFF) + 1:
            return Product(ok=False, reason="failed")
        try:
            async with asyncio.timeout(TASK_SECONDS):
                return await self._tasks[job.kind](job)
        except UnreachableError as error:
            await self._wait_for_others(job, error)
            return None
        except Exception as error:  # noqa: BLE001 -- a task may fail in any way
            _log.warning(
                "job_failed",
                job=job.id,
                job_kind=job.kind,
                attempts=job.attempts,
                error=type(error).__name__,
            )
            if job.attempts > len(BACK_OFF):
                return Product(ok=False, reason="failed")
            await self._put_off(job, error, BACK_OFF[job.attempts - 1])
            return None

    async def _wait_for_others(self, job: ClaimedJob, error: UnreachableError) -> None:
        """Try again after as long as it has waited already."""
        age = (self._clock.now() - job.created_at).total_seconds()
        least, most = WAIT_FOR_OTHERS
        _log.info("job_waits", job=job.id, job_kind=job.kind, reason=error.reason)
        await self._put_off(job, error, min(max(age, least), most), counts=False)

    async def _put_off(
        self, job: ClaimedJob, error: Exception, wait: float, *, counts: bool = True
    ) -> None:
        async with self._database.transaction() as uow:
            await jobs.retry(
                uow,
                job_id=job.id,
                owner=self._owner,
                not_before=self._clock.now() + timedelta(seconds=wait),
                error=type(error).__name__,
                counts=counts,
            )
            await uow.commit()

    async def _keep(self, job: ClaimedJob, product: Product) -> bool:
        """Write what was made; False when nobody wants it any more."""
        now = self._clock.now()
        until = self._clock.real() + timedelta(seconds=LEASE_SECONDS)
        async with self._database.transaction() as uow:
            # The dialogue is locked before the job, as the door does.
            wanted = not product.draft or await find_draft(uow, job, product.draft)
            if not await jobs.hold(uow, job_id=job.id, owner=self._owner, until=until):
                return False
            if not wanted:
                await jobs.finish(uow, job_id=job.id, owner=self._owner)
                await uow.commit()
                return False
            await _put_files(uow, product, now)
            said = await product.afterwards(uow) if product.afterwards else ()
            await self._push(uow, job, product, (*said, *product.replies), now)
            await uow.commit()
        self._on_push()
        return True

    async def _push(
        self,
        uow: UnitOfWork,
        job: ClaimedJob,
        product: Product,
        replies: Sequence[Reply],
        now: datetime,
    ) -> None:
        if job.address_id is None or not replies:
            return
        found = await people.by_address_ids(uow, address_ids=[job.address_id])
        rows = [
            _row(job, found[job.address_id].channel, reply, number, product.draft, now)
            for number, reply in enumerate(replies)
            if job.address_id in found
        ]
        await outbox.enqueue(uow, rows, now=now)

    async def _tell(self, job: ClaimedJob, product: Product) -> None:
        if product.silent or job.address_id is None:
            return
        result = JobResult(
            job=job.id,
            kind=job.kind,
            ok=product.ok,
            file=product.file,
            reason=product.reason,
            detail=product.detail,
        )
        await self._receive(
            Envelope(
                channel=CHANNEL,
                address=job.address_id,
                message_key=f"job:{job.id}",
                inbound=Inbound(id=f"{job.id}-r", kind="job", job=result),
                encode=as_pushes,
            )
        )

    async def _finish(self, job: ClaimedJob, product: Product) -> None:
        end = {"job_id": job.id, "owner": self._owner}
        async with self._database.transaction() as uow:
            if product.reason == "failed":
                await jobs.fail(uow, **end, error=product.reason)
            else:
                await jobs.finish(uow, **end)
            await files.remove(uow, file_ids=product.drop)
            await uow.commit()


async def _put_files(uow: UnitOfWork, product: Product, now: datetime) -> None:
    for file in product.files:
        if await files.info(uow, file_id=file.id) is None:
            await files.put(uow, file, now=now)


def _row(
    job: ClaimedJob, channel: str, reply: Reply, number: int, draft: str, now: datetime
) -> OutboxRow:
    return OutboxRow(
        id=f"{job.id}-p{number}",
        dedupe_key=f"job:{job.id}:{number}",
        person_id=job.person_id,
        address_id=job.address_id or "",
        channel=channel,
        purpose="reply",
        urgency=0,
        body=msgspec.json.encode(Push(reply=reply)),
        not_before=now + timedelta(microseconds=number),
        draft_id=draft or None,
    )
