"""Links that work once. Only a digest of a link's token is kept."""

from __future__ import annotations

import hashlib
from datetime import datetime

import msgspec
from sqlalchemy import insert, select, update

from storage.database import UnitOfWork
from storage.tables.messages import links


class NewLink(msgspec.Struct, frozen=True):
    """A link to hand out: for what, about what, to whom, how long."""

    token: str
    purpose: str
    object_id: str
    person_id: str
    expires_at: datetime


class LinkRow(msgspec.Struct, frozen=True):
    """A link that is still good."""

    purpose: str
    object_id: str
    person_id: str
    expires_at: datetime


def _id(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()


async def create(uow: UnitOfWork, link: NewLink) -> None:
    """Make the link good."""
    row = {
        "id": _id(link.token),
        "purpose": link.purpose,
        "object_id": link.object_id,
        "person_id": link.person_id,
        "expires_at": link.expires_at,
    }
    await uow.execute(insert(links), row)


async def read(uow: UnitOfWork, *, token: str, now: datetime) -> LinkRow | None:
    """What the link is for; None when unknown, used or expired, told apart by nobody."""
    query = select(
        links.c.purpose, links.c.object_id, links.c.person_id, links.c.expires_at
    ).where(
        links.c.id == _id(token), links.c.used_at.is_(None), links.c.expires_at > now
    )
    row = (await uow.execute(query)).first()
    return LinkRow(*row) if row else None


async def use(uow: UnitOfWork, *, token: str, now: datetime) -> LinkRow | None:
    """Use the link up; of several at once one gets it, the others None."""
    link = await read(uow, token=token, now=now)
    used = await uow.execute(
        update(links)
        .where(links.c.id == _id(token), links.c.used_at.is_(None))
        .where(links.c.expires_at > now)
        .values(used_at=now)
    )
    return link if used.rowcount == 1 else None
