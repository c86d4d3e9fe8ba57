"""What slow work is: a task takes a claimed job and gives a product."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

import msgspec

from conversations.model import Reply
from storage.database import UnitOfWork
from storage.files import NewFile
from storage.jobs import ClaimedJob

Afterwards = Callable[[UnitOfWork], Awaitable[tuple[Reply, ...]]]
"""Writes what the product changes, and says what the person is told of it."""


class Product(msgspec.Struct, frozen=True):
    """What a task made; kept by the workshop in one transaction, once.

    ``files`` are kept, ``replies`` pushed to the person in their order, after
    those of ``afterwards``, which runs in the same transaction. ``ok``,
    ``file``, ``reason`` and ``detail`` are what the dialogue is told, unless
    ``silent``. With ``draft``, all of it is dropped when that draft is no
    longer open. ``drop`` names files that are not needed once the job is done.
    """

    ok: bool = True
    file: str = ""
    reason: str = ""
    detail: str = ""
    files: tuple[NewFile, ...] = ()
    replies: tuple[Reply, ...] = ()
    afterwards: Afterwards | None = None
    silent: bool = False
    draft: str = ""
    drop: tuple[str, ...] = ()


Task = Callable[[ClaimedJob], Awaitable[Product]]
"""Does the work, outside any transaction; whatever it raises is tried again."""


def announced(task: Task, announce: Callable[[ClaimedJob], None]) -> Task:
    """``task``, its beginning told to ``announce`` the first time it is tried."""

    async def work(job: ClaimedJob) -> Product:
        if job.attempts == 1 and not job.error:
            announce(job)
        return await task(job)

    return work


class UnreachableError(Exception):
    """Something the work needs cannot be had now: it is tried again until it can.

    A task that has waited long enough says so by its product instead.
    """

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


def file_id(job: ClaimedJob, number: int = 1) -> str:
    """The id of a job's file: the same when the job is done again."""
    return f"{job.id}-f{number}"
