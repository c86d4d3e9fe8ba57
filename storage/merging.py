"""Two entries for one person made one: everything of the newcomer becomes the other's.

Rows move by the register (``storage.privacy.register``), so that a table that is
added later moves too. The log is never changed: deeds done before keep their id.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from sqlalchemy import Table, delete, exists, select, update

from storage import conversations as dialogues
from storage import people
from storage.conversations import ConversationRow
from storage.database import UnitOfWork
from storage.privacy.register import PERSON_COLUMNS, REGISTER
from storage.tables.classes import applications
from storage.tables.messages import conversations
from storage.tables.metadata import metadata
from storage.tables.people import addresses, grants, lookups, persons

_APART = frozenset({"persons", "conversations", "lookups", "audit"})
_ADDRESSES = frozenset({"address_id", "owner_id"})


async def holds_records(uow: UnitOfWork, *, person_id: str) -> bool:
    """True iff the person has a role in force or an application of theirs."""
    roles = exists().where(
        grants.c.person_id == person_id, grants.c.revoked_at.is_(None)
    )
    applied = exists().where(applications.c.person_id == person_id)
    return bool((await uow.execute(select(roles | applied))).scalar_one())


async def differ(uow: UnitOfWork, *, one: str, other: str) -> bool:
    """True iff the two are known by different ID numbers."""
    query = select(lookups.c.owner_id, lookups.c.digest).where(
        lookups.c.kind == "id_number", lookups.c.owner_id.in_([one, other])
    )
    digests: dict[str, set[bytes]] = {one: set(), other: set()}
    for owner, digest in await uow.execute(query):
        digests[owner].add(bytes(digest))
    both = digests[one] and digests[other]
    return bool(both) and digests[one].isdisjoint(digests[other])


async def applied_to_the_same(uow: UnitOfWork, *, one: str, other: str) -> bool:
    """True iff both have an application to one class that is not withdrawn."""
    mine = applications.alias("mine")
    query = select(
        exists()
        .where(applications.c.person_id == one, mine.c.person_id == other)
        .where(applications.c.class_id == mine.c.class_id)
        .where(applications.c.state != "withdrawn", mine.c.state != "withdrawn")
    )
    return bool((await uow.execute(query)).scalar_one())


async def merge(
    uow: UnitOfWork, *, newcomer: str, into: str, dialogue: bytes, now: datetime
) -> None:
    """Make ``newcomer`` the person ``into``; ``dialogue`` is what both go on with.

    The caller has loaded and locked both dialogues and asked ``differ`` and
    ``applied_to_the_same``. What waits for either goes on to where it was to go.
    """
    await _one_dialogue(uow, newcomer, into, dialogue, now)
    for table in metadata.tables.values():
        if table.name not in _APART:
            await _hand_over(uow, table, newcomer, into)
    await uow.execute(
        update(lookups).where(lookups.c.owner_id == newcomer).values(owner_id=into)
    )
    await _one_profile(uow, newcomer, into)
    await uow.execute(delete(persons).where(persons.c.id == newcomer))


async def _one_dialogue(
    uow: UnitOfWork, newcomer: str, into: str, state: bytes, now: datetime
) -> None:
    both = await dialogues.load(uow, person_ids=[newcomer, into])
    kept = both.rows.get(into)
    if kept is None:
        await dialogues.insert_new(uow, [ConversationRow(into, 1, state)], now=now)
    else:
        row = ConversationRow(into, kept.revision, state)
        await dialogues.save(uow, [row], now=now)
    gone = conversations.c.person_id == newcomer
    await uow.execute(delete(conversations).where(gone))


async def _hand_over(uow: UnitOfWork, table: Table, newcomer: str, into: str) -> None:
    entry = REGISTER.get(table.name)
    named = {entry.owner, *entry.other} if entry else set()
    for name in sorted((named & PERSON_COLUMNS) - _ADDRESSES):
        column = table.c[name]
        if column.primary_key:
            await _drop_doubles(uow, table, name, newcomer, into)
        await uow.execute(update(table).where(column == newcomer).values({name: into}))


async def _drop_doubles(
    uow: UnitOfWork, table: Table, name: str, newcomer: str, into: str
) -> None:
    """Leave out what ``into`` has as well: the rest of the key is the same."""
    theirs = table.alias("theirs")
    rest: Iterable[str] = (c.name for c in table.primary_key if c.name != name)
    same = [table.c[key] == theirs.c[key] for key in rest]
    await uow.execute(
        delete(table).where(
            table.c[name] == newcomer,
            exists().where(theirs.c[name] == into, *same),
        )
    )


async def _one_profile(uow: UnitOfWork, newcomer: str, into: str) -> None:
    """Keep what is known of ``into``, and add what only the newcomer told."""
    names = await people.names_of(uow, person_ids=[newcomer, into])
    if names.get(newcomer) and not names.get(into):
        await people.set_name(uow, person_id=into, name=names[newcomer])
    told = await people.profile(uow, person_id=newcomer)
    if told:
        known = await people.profile(uow, person_id=into)
        await people.set_profile(uow, person_id=into, profile={**told, **known})


async def channels_of(uow: UnitOfWork, *, person_id: str) -> frozenset[str]:
    """The channels on which the person writes."""
    query = select(addresses.c.channel).where(addresses.c.person_id == person_id)
    return frozenset((await uow.execute(query)).scalars())
