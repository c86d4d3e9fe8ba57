"""Persons, where they are reached, and what they may do."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from operator import itemgetter
from typing import Any

import msgspec
from sqlalchemy import bindparam, insert, select, text, update

from storage import blind_index
from storage.database import UnitOfWork
from storage.statements import PerDialect
from storage.tables.messages import outbox
from storage.tables.people import (
    addresses,
    grants,
    lookups,
    persons,
    scopes,
)

Profile = dict[str, str | dict[str, str]]
"""Answers a later form may offer again, by prefill key."""


class Known(msgspec.Struct, frozen=True):
    """Whose address it is, and what may be sent there (``storage.windows``).

    ``last_inbound_at`` is None for a newcomer, and for an address that nothing
    can be sent to. ``holds``: something waits for the person to write.
    """

    address_id: str
    person_id: str
    channel: str = ""
    last_inbound_at: datetime | None = None
    window_until: datetime | None = None
    window_sends: int = 0
    brief_until: datetime | None = None
    brief_sends: int = 0
    holds: bool = False


class Newcomer(msgspec.Struct, frozen=True):
    """An address not seen before, with the ids its rows are to have."""

    address: str
    person_id: str
    address_id: str


class AddressRow(msgspec.Struct, frozen=True):
    """A way to reach a person; ``address`` is opened."""

    id: str
    person_id: str
    channel: str
    address: str
    reachable: bool
    last_inbound_at: datetime | None


class GrantRow(msgspec.Struct, frozen=True):
    """A role over a scope; ``scope_path`` covers every path it prefixes."""

    id: str
    role: str
    scope_id: str
    scope_path: str
    scope_name: str
    scope_kind: str


_KNOWN = (
    addresses.c.id,
    addresses.c.person_id,
    addresses.c.channel,
    addresses.c.reachable,
    addresses.c.last_inbound_at,
    addresses.c.window_until,
    addresses.c.window_sends,
    addresses.c.brief_until,
    addresses.c.brief_sends,
    select(outbox.c.id)
    # Written out, not bound: the planner must see that the partial index fits.
    .where(text("outbox.state = 'held'"), outbox.c.person_id == addresses.c.person_id)
    .exists(),
)
_RESOLVE = PerDialect(
    lambda within: (
        select(lookups.c.digest, *_KNOWN)
        .join(addresses, addresses.c.id == lookups.c.owner_id)
        .where(lookups.c.kind == "address", within(lookups.c.digest, "digests"))
    )
)
_BY_ID = PerDialect(
    lambda within: select(addresses.c.id, *_KNOWN).where(within(addresses.c.id, "ids"))
)
_TOUCH = PerDialect(
    lambda within: (
        update(addresses)
        .where(within(addresses.c.id, "ids"))
        .values(last_inbound_at=bindparam("at"), reachable=True)
    )
)
_UNREACHABLE = PerDialect(
    lambda within: (
        update(addresses)
        .where(within(addresses.c.id, "ids"))
        .values(reachable=False, menu="")
    )
)
_NAMES = PerDialect(
    lambda within: select(persons.c.id, persons.c.name_sealed).where(
        within(persons.c.id, "ids")
    )
)
_ADDRESSES = PerDialect(
    lambda within: (
        select(addresses)
        .where(within(addresses.c.person_id, "ids"))
        .order_by(addresses.c.person_id, addresses.c.created_at, addresses.c.id)
    )
)
_GRANTS = PerDialect(
    lambda within: (
        select(
            grants.c.person_id,
            grants.c.id,
            grants.c.role,
            grants.c.scope_id,
            scopes.c.path,
            scopes.c.name,
            scopes.c.kind,
        )
        .join(scopes, scopes.c.id == grants.c.scope_id)
        .where(within(grants.c.person_id, "ids"), grants.c.revoked_at.is_(None))
        .order_by(grants.c.granted_at, grants.c.id)
    )
)
_PROFILE = select(persons.c.profile_sealed).where(persons.c.id == bindparam("id"))
_INSERT_PERSON = insert(persons)
_INSERT_ADDRESS = insert(addresses)


async def resolve(
    uow: UnitOfWork, *, channel: str, addresses: Sequence[str]
) -> dict[str, Known]:
    """Whose the addresses are, by address; unknown ones are left out."""
    by_digest = _digests(uow, channel, addresses)
    if not by_digest:
        return {}
    found = await uow.execute(_RESOLVE[uow.dialect], {"digests": list(by_digest)})
    return {by_digest[bytes(digest)]: _known(*columns) for digest, *columns in found}


def _known(
    address_id: str,
    person_id: str,
    channel: str,
    reachable: bool,
    last_inbound_at: datetime | None,
    *ledger: Any,
) -> Known:
    last = last_inbound_at if reachable else None
    return Known(address_id, person_id, channel, last, *ledger)


async def by_address_ids(
    uow: UnitOfWork, *, address_ids: Sequence[str]
) -> dict[str, Known]:
    """Whose the addresses with these ids are, by id; unknown ones are left out."""
    if not address_ids:
        return {}
    found = await uow.execute(_BY_ID[uow.dialect], {"ids": list(address_ids)})
    return {address_id: _known(*columns) for address_id, *columns in found}


async def exists(uow: UnitOfWork, *, person_id: str) -> bool:
    """False once the person was erased, even if duty keeps a bare name of them."""
    query = select(addresses.c.id).where(addresses.c.person_id == person_id)
    return (await uow.execute(query)).first() is not None


def _digests(
    uow: UnitOfWork, channel: str, addresses: Iterable[str]
) -> dict[bytes, str]:
    digests = uow.vault.digests
    return {
        digest: address
        for address in addresses
        for _, digest in digests("address", f"{channel}:{address}")
    }


async def create(
    uow: UnitOfWork,
    *,
    channel: str,
    newcomers: Sequence[Newcomer],
    now: datetime,
    twin: str = "",
) -> dict[str, Known]:
    """Make persons for addresses not seen before; whose each is, by address.

    On a ``twin`` channel the same address is the same person's: whoever is known
    there gets a second address instead of a second entry.

    The blind index decides who was first: another process that creates the
    same person makes this one wait, and then its ids are returned and nothing
    of ours is left behind. Rows are written in the order of their digests, so
    that two processes never wait for each other.
    """
    fresh = {newcomer.address: newcomer for newcomer in newcomers}
    if not fresh:
        return {}
    rows = _lookup_rows(uow, channel, fresh.values())
    await blind_index.register(uow, rows)
    lost = await _lost(uow, rows)
    won = [one for one in fresh.values() if one.address_id not in lost]
    won, known_there = await _known_on(uow, twin, won)
    await _insert_people(uow, channel, won, known_there, now)
    known = {one.address: Known(one.address_id, one.person_id, channel) for one in won}
    if lost:
        known |= await _yield(uow, channel, lost, rows, list(fresh))
    return known


def _lookup_rows(
    uow: UnitOfWork, channel: str, newcomers: Iterable[Newcomer]
) -> list[dict[str, Any]]:
    rows = [
        {
            "kind": "address",
            "digest": digest,
            "owner_id": newcomer.address_id,
            "key_id": key_id,
        }
        for newcomer in newcomers
        for key_id, digest in uow.vault.digests(
            "address", f"{channel}:{newcomer.address}"
        )
    ]
    return sorted(rows, key=itemgetter("digest"))


async def _lost(uow: UnitOfWork, rows: list[dict[str, Any]]) -> dict[str, str]:
    """The owners that were first, by our own address id that came too late."""
    owners = await blind_index.owners(uow, "address", [row["digest"] for row in rows])
    return {
        row["owner_id"]: owner
        for row in rows
        if (owner := owners[row["digest"]]) != row["owner_id"]
    }


async def _known_on(
    uow: UnitOfWork, twin: str, newcomers: list[Newcomer]
) -> tuple[list[Newcomer], frozenset[str]]:
    """The newcomers, as who they are on the twin channel; those known there."""
    if not twin or not newcomers:
        return newcomers, frozenset()
    addresses = [one.address for one in newcomers]
    there = await resolve(uow, channel=twin, addresses=addresses)
    same = [
        Newcomer(one.address, there[one.address].person_id, one.address_id)
        if one.address in there
        else one
        for one in newcomers
    ]
    return same, frozenset(one.person_id for one in there.values())


async def _insert_people(
    uow: UnitOfWork,
    channel: str,
    newcomers: Sequence[Newcomer],
    known: frozenset[str],
    now: datetime,
) -> None:
    if not newcomers:
        return
    seal = uow.vault.seal
    unknown = [one.person_id for one in newcomers if one.person_id not in known]
    if unknown:
        rows = [{"id": person_id, "created_at": now} for person_id in unknown]
        await uow.execute(_INSERT_PERSON, rows)
    await uow.execute(
        _INSERT_ADDRESS,
        [
            {
                "id": one.address_id,
                "person_id": one.person_id,
                "channel": channel,
                "address_sealed": seal(
                    one.address,
                    table="addresses",
                    column="address_sealed",
                    row=one.address_id,
                ),
                "reachable": True,
                "last_inbound_at": None,
                "created_at": now,
            }
            for one in newcomers
        ],
    )


async def _yield(
    uow: UnitOfWork,
    channel: str,
    lost: dict[str, str],
    rows: list[dict[str, Any]],
    addresses: Sequence[str],
) -> dict[str, Known]:
    """Hand index rows of keys that only we know to the owners that were first."""
    for mine, theirs in lost.items():
        ours = [row for row in rows if row["owner_id"] == mine]
        digests = [row["digest"] for row in ours]
        await blind_index.unregister(uow, "address", owner_id=mine, digests=digests)
        await blind_index.register(uow, [{**row, "owner_id": theirs} for row in ours])
    return await resolve(uow, channel=channel, addresses=addresses)


async def touch_inbound(
    uow: UnitOfWork, *, address_ids: Sequence[str], now: datetime
) -> None:
    """Note that the addresses wrote where no window is counted: they are alive."""
    if address_ids:
        await uow.execute(_TOUCH[uow.dialect], {"ids": list(address_ids), "at": now})


async def mark_unreachable(uow: UnitOfWork, *, address_ids: Sequence[str]) -> None:
    """Note that nothing can be sent there until the person writes again."""
    if address_ids:
        await uow.execute(_UNREACHABLE[uow.dialect], {"ids": list(address_ids)})


async def names_of(uow: UnitOfWork, *, person_ids: Sequence[str]) -> dict[str, str]:
    """The persons' names, by person id; empty where none is known."""
    if not person_ids:
        return {}
    found = await uow.execute(_NAMES[uow.dialect], {"ids": list(person_ids)})
    return {
        person_id: uow.vault.open_text(
            sealed, table="persons", column="name_sealed", row=person_id
        )
        if sealed
        else ""
        for person_id, sealed in found
    }


async def name_of(uow: UnitOfWork, *, person_id: str) -> str:
    """The person's name, empty when not known."""
    return (await names_of(uow, person_ids=[person_id])).get(person_id, "")


async def set_name(uow: UnitOfWork, *, person_id: str, name: str) -> None:
    """Remember what the person is called."""
    await _set_sealed(uow, person_id, "name_sealed", name.encode())


async def _set_sealed(
    uow: UnitOfWork, person_id: str, column: str, data: bytes
) -> None:
    sealed = uow.vault.seal(data, table="persons", column=column, row=person_id)
    await uow.execute(
        update(persons).where(persons.c.id == person_id).values({column: sealed})
    )


async def profile(uow: UnitOfWork, *, person_id: str) -> Profile:
    """What a later form may offer again, by prefill key."""
    sealed = (await uow.execute(_PROFILE, {"id": person_id})).scalar_one_or_none()
    if not sealed:
        return {}
    opened = uow.vault.open(
        sealed, table="persons", column="profile_sealed", row=person_id
    )
    return msgspec.json.decode(opened, type=Profile)


async def set_profile(uow: UnitOfWork, *, person_id: str, profile: Profile) -> None:
    """Replace what a later form may offer again."""
    encoded = msgspec.json.encode(profile)
    await _set_sealed(uow, person_id, "profile_sealed", encoded)


async def addresses_of(
    uow: UnitOfWork, *, person_ids: Sequence[str]
) -> dict[str, tuple[AddressRow, ...]]:
    """Every address of the persons, oldest first, by person id."""
    if not person_ids:
        return {}
    found = await uow.execute(_ADDRESSES[uow.dialect], {"ids": list(person_ids)})
    by_person: dict[str, tuple[AddressRow, ...]] = {}
    for row in found:
        address = uow.vault.open_text(
            row.address_sealed, table="addresses", column="address_sealed", row=row.id
        )
        opened = AddressRow(
            id=row.id,
            person_id=row.person_id,
            channel=row.channel,
            address=address,
            reachable=row.reachable,
            last_inbound_at=row.last_inbound_at,
        )
        by_person[row.person_id] = (*by_person.get(row.person_id, ()), opened)
    return by_person


async def grants_of(
    uow: UnitOfWork, *, person_ids: Sequence[str]
) -> dict[str, tuple[GrantRow, ...]]:
    """The roles in force, oldest first; a person without any is left out."""
    if not person_ids:
        return {}
    found = await uow.execute(_GRANTS[uow.dialect], {"ids": list(person_ids)})
    by_person: dict[str, tuple[GrantRow, ...]] = {}
    for person_id, *columns in found:
        by_person[person_id] = (*by_person.get(person_id, ()), GrantRow(*columns))
    return by_person


async def add_grant(
    uow: UnitOfWork,
    *,
    grant_id: str,
    person_id: str,
    role: str,
    scope_id: str,
    granted_by: str | None,
    now: datetime,
) -> None:
    """Give a role over a scope."""
    about = {"person_id": person_id, "role": role, "scope_id": scope_id}
    deed = {"granted_by": granted_by, "granted_at": now}
    await uow.execute(insert(grants), {"id": grant_id, **about, **deed})


async def revoke_grant(uow: UnitOfWork, *, grant_id: str, now: datetime) -> bool:
    """Take a role back; False when it was not in force."""
    done = await uow.execute(
        update(grants)
        .where(grants.c.id == grant_id, grants.c.revoked_at.is_(None))
        .values(revoked_at=now)
    )
    return bool(done.rowcount == 1)
