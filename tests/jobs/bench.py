"""What the tests of the workshop share: a person, a clock, a door that notes."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta

import msgspec
from sqlalchemy import func, select

from bot.jobs.work import Task
from bot.jobs.workshop import Workshop
from bot.ports import Envelope, Push
from conversations import codec
from conversations.model import Conversation, Draft, JobResult
from storage import conversations, jobs, people
from storage.conversations import ConversationRow
from storage.database import Database
from storage.jobs import JobRow
from storage.tables.messages import files, outbox
from storage.tables.messages import jobs as jobs_table

NOW = datetime(2026, 6, 1, 2, tzinfo=UTC)
PERSON, ADDRESS = "person-1", "address-1"


class Clock:
    """Stands still until it is told to move."""

    def __init__(self) -> None:
        self.at = NOW

    def now(self) -> datetime:
        return self.at

    real = now

    def move(self, seconds: float) -> None:
        self.at += timedelta(seconds=seconds)


class Door:
    """Notes what comes in; refuses the first ``closed`` times."""

    def __init__(self, closed: int = 0) -> None:
        self.envelopes: list[Envelope] = []
        self.closed = closed

    async def __call__(self, envelope: Envelope) -> bytes:
        if self.closed:
            self.closed -= 1
            raise ConnectionError
        self.envelopes.append(envelope)
        return b""

    @property
    def results(self) -> list[JobResult | None]:
        return [envelope.inbound.job for envelope in self.envelopes]


class Bench:
    """A database with one person, a workshop and its surroundings."""

    def __init__(self, database: Database) -> None:
        self.database = database
        self.clock = Clock()
        self.door = Door()

    async def set_up(self, *drafts: Draft) -> Bench:
        async with self.database.transaction() as uow:
            newcomer = people.Newcomer("teacher-1", PERSON, ADDRESS)
            await people.create(
                uow, channel="webchat", newcomers=[newcomer], now=self.clock.now()
            )
            state = codec.encode(Conversation(drafts=drafts))
            row = ConversationRow(PERSON, 1, state)
            await conversations.insert_new(uow, [row], now=self.clock.now())
            await uow.commit()
        return self

    async def ask(self, kind: str, id_: str = "job-1", **payload: str) -> None:
        row = JobRow(id_, kind, PERSON, ADDRESS, payload, self.clock.now())
        async with self.database.transaction() as uow:
            await jobs.enqueue(uow, [row], now=self.clock.now())
            await uow.commit()

    def workshop(
        self, tasks: Mapping[str, Task], *, look_every: float = 60.0
    ) -> Workshop:
        return Workshop(
            self.database,
            tasks,
            self.door,
            self.clock,
            "process-1",
            look_every=look_every,
        )

    async def states(self) -> dict[str, tuple[str, int]]:
        """State and attempts of every job, by id."""
        query = select(jobs_table.c.id, jobs_table.c.state, jobs_table.c.attempts)
        async with self.database.reading() as uow:
            return {id_: (state, n) for id_, state, n in await uow.execute(query)}

    async def due(self) -> datetime:
        """When the one job is to be taken up next."""
        async with self.database.reading() as uow:
            rows = await uow.execute(select(jobs_table.c.not_before))
            found: datetime = rows.scalar_one()
        return found

    async def pushes(self) -> list[Push]:
        """What waits to be sent, in its order."""
        query = select(outbox.c.id, outbox.c.body_sealed).order_by(outbox.c.not_before)
        async with self.database.reading() as uow:
            return [
                msgspec.json.decode(
                    uow.vault.open(body, table="outbox", column="body_sealed", row=id_),
                    type=Push,
                )
                for id_, body in await uow.execute(query)
            ]

    async def count_files(self) -> int:
        async with self.database.reading() as uow:
            found = await uow.execute(select(func.count()).select_from(files))
            return int(found.scalar_one())
