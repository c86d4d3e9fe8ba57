"""``archive``: every paper of a class in one ZIP with an index, or in volumes."""

from __future__ import annotations

import asyncio
import io
import zipfile
from collections.abc import Sequence
from datetime import timedelta

import msgspec

from bot import wording
from bot.actions.archiving import finished
from bot.actions.classes import named
from bot.actions.context import House
from bot.clock import Clock
from bot.documents.tables import write_rows
from bot.jobs.archives import add_member
from bot.jobs.class_file import Entry, draw_all, gather
from bot.jobs.work import Product, Task, file_id
from conversations.model import Reply
from storage import archives, classes
from storage.archives import PURPOSE, ArchiveRow
from storage.classes import ClassRow
from storage.database import Database, UnitOfWork
from storage.files import MAX_BYTES, NewFile
from storage.jobs import ClaimedJob

KEPT = timedelta(days=3650)
# What a volume needs beside the content of its members; the first holds the index.
_ROOM = 256 * 1024
_said = wording.archives


def archive(database: Database, house: House, clock: Clock) -> Task:
    """The task; payload ``archive`` (its id), and ``send`` when it is made anew.

    The base is told when it is done, and gets nothing of it; only with ``send``
    the volumes go to who asked, a reader whose files were forgotten meanwhile.
    """

    async def work(job: ClaimedJob) -> Product:
        async with database.reading() as uow:
            found = await archives.get(uow, archive_id=job.payload["archive"])
            row = await classes.get(uow, class_id=found.class_id) if found else None
            if found is None or row is None:
                return Product(silent=True)
            sketches = await gather(uow, house, row)
        entries = await asyncio.to_thread(draw_all, sketches)
        volumes = await asyncio.to_thread(pack, entries, found.missing)
        made = _files(job, row, found, volumes, clock)

        async def report(uow: UnitOfWork) -> tuple[Reply, ...]:
            new = await finished(
                uow, house, row, found, entries=len(entries), now=clock.now()
            )
            text = _said.made(named(row), len(entries), found.missing)
            return (Reply(text=text),) if new else ()

        sent = made if job.payload.get("send") else ()
        replies = tuple(Reply(kind="file", ref=one.id, name=one.name) for one in sent)
        return Product(files=made, replies=replies, afterwards=report, silent=True)

    return work


def _files(
    job: ClaimedJob,
    row: ClassRow,
    found: ArchiveRow,
    volumes: Sequence[bytes],
    clock: Clock,
) -> tuple[NewFile, ...]:
    return tuple(
        NewFile(
            id=file_id(job, place),
            person_id=None,
            purpose=PURPOSE,
            subject=found.id,
            media_type="application/zip",
            name=_said.volume(row.title, row.code, place, len(volumes)),
            content=volume,
            keep_until=clock.now() + KEPT,
        )
        for place, volume in enumerate(volumes, 1)
    )


class _Placed(msgspec.Struct, frozen=True):
    """An entry and its volume, from 1; 0 when it fits in none."""

    entry: Entry
    volume: int


def pack(
    entries: Sequence[Entry], missing: Sequence[str], *, most: int = MAX_BYTES
) -> list[bytes]:
    """The volumes, each at most ``most`` bytes; the first begins with the index.

    Blocks: call it through ``asyncio.to_thread``.
    """
    placed = _place(entries, most)
    count = max([1, *(one.volume for one in placed)])
    volumes = []
    for number in range(1, count + 1):
        out = io.BytesIO()
        with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as volume:
            if number == 1:
                add_member(volume, _said.INDEX, _index(placed, missing))
            for one in placed:
                if one.volume == number:
                    add_member(volume, one.entry.path, one.entry.content)
        volumes.append(out.getvalue())
    return volumes


def _place(entries: Sequence[Entry], most: int) -> list[_Placed]:
    """By what each entry is at most: it may be compressed to less, never to more."""
    volume, used = 1, _ROOM
    placed = []
    for entry in entries:
        size = len(entry.content) + 1024
        if size + _ROOM > most:
            placed.append(_Placed(entry, 0))
            continue
        if used + size > most:
            volume, used = volume + 1, _ROOM
        used += size
        placed.append(_Placed(entry, volume))
    return placed


def _index(placed: Sequence[_Placed], missing: Sequence[str]) -> bytes:
    """The index: every paper, and every section and step of which there is none."""
    rows: list[tuple[int | None, str, str, int | None, str]] = [
        (
            number,
            one.entry.section,
            one.entry.name,
            len(one.entry.content),
            str(one.volume) if one.volume else _said.TOO_LARGE,
        )
        for number, one in enumerate(placed, 1)
    ]
    there = {one.entry.section for one in placed}
    rows += [
        (None, section, _said.NOTHING, None, "")
        for section in _said.SECTIONS
        if section not in there
    ]
    rows += [(None, _said.STEPS, _said.open_step(step), None, "") for step in missing]
    return write_rows("xlsx", _said.INDEX_HEADER, rows)
