"""Files that people send outside the dialogue's own messages."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta

from bot.actions.context import House
from bot.clock import Clock
from storage import files, jobs, links, people
from storage.database import Database, UnitOfWork
from storage.files import NewFile

_ABOUT = {"stamp": "application"}
"""What the work of a link's purpose calls what it is about, if not its subject."""

UPLOAD_KEPT = timedelta(days=3)
"""How long a raw upload is kept: long enough to be checked, also after a bad night."""


async def save_upload(
    database: Database,
    house: House,
    *,
    channel: str,
    address: str,
    name: str,
    media_type: str,
    content: bytes,
    now: datetime,
) -> str:
    """Keep a file that came with a message; its id. The sender may be new."""
    async with database.transaction() as uow:
        person_id = await _sender(uow, house, channel, address, now)
        file_id = house.new_id()
        await files.put(
            uow,
            NewFile(
                id=file_id,
                person_id=person_id,
                purpose="upload",
                subject="",
                media_type=media_type,
                name=name,
                content=content,
                keep_until=now + UPLOAD_KEPT,
            ),
            now=now,
        )
        await uow.commit()
    return file_id


async def _sender(
    uow: UnitOfWork, house: House, channel: str, address: str, now: datetime
) -> str:
    known = await people.resolve(uow, channel=channel, addresses=[address])
    if address not in known:
        newcomer = people.Newcomer(address, house.new_id(), house.new_id())
        known = await people.create(
            uow,
            channel=channel,
            newcomers=[newcomer],
            now=now,
            twin=house.twins.get(channel, ""),
        )
    return known[address].person_id


async def hand_in(
    database: Database,
    *,
    token: str,
    name: str,
    media_type: str,
    content: bytes,
    clock: Clock,
    new_id: Callable[[], str],
) -> bool:
    """Use a single-use link up with a file: it becomes work of the link's purpose.

    Links keep to the machine's clock. False when the link was used or expired meanwhile; then nothing is kept.
    """
    now = clock.now()
    async with database.transaction() as uow:
        link = await links.use(uow, token=token, now=clock.real())
        if link is None:
            return False
        file_id = new_id()
        await files.put(
            uow,
            NewFile(
                id=file_id,
                person_id=link.person_id,
                purpose="upload",
                subject=link.object_id,
                media_type=media_type,
                name=name,
                content=content,
                keep_until=now + UPLOAD_KEPT,
            ),
            now=now,
        )
        address = await _address(uow, link.person_id)
        await jobs.enqueue(
            uow,
            [
                jobs.JobRow(
                    id=new_id(),
                    kind=link.purpose,
                    person_id=link.person_id,
                    address_id=address,
                    payload={
                        "media": f"file:{file_id}",
                        _ABOUT.get(link.purpose, "subject"): link.object_id,
                    },
                    not_before=now,
                )
            ],
            now=now,
        )
        await uow.commit()
    return True


async def _address(uow: UnitOfWork, person_id: str) -> str | None:
    """Where a person wrote from last."""
    known = await people.addresses_of(uow, person_ids=[person_id])
    reachable = sorted(
        (row for row in known.get(person_id, ()) if row.reachable),
        key=lambda row: row.last_inbound_at.timestamp() if row.last_inbound_at else 0.0,
    )
    return reachable[-1].id if reachable else None
