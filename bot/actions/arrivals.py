"""What is known of those who wrote: one query a table for all messages of a batch."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime

import msgspec

from bot.actions.context import Grant
from bot.ports import Envelope
from storage import conversations, inbox, people, reach
from storage.database import UnitOfWork

INTERNAL = "internal"
"""The channel of results of slow work; an address on it is a person's address id."""

Sender = tuple[str, str]
"""Channel and address: the same address on two channels is two persons'."""


class Loaded(msgspec.Struct):
    """What one query per table brought for the messages of a batch.

    ``held`` is what waits for these persons to write, by person.
    """

    known: dict[Sender, people.Known]
    dialogues: conversations.Loaded
    earlier: dict[str, inbox.InboxRow]
    grants: dict[str, tuple[Grant, ...]]
    held: dict[str, list[reach.HeldText]]


def sender(envelope: Envelope) -> Sender:
    """Who wrote."""
    return envelope.channel, envelope.address


async def load(
    uow: UnitOfWork,
    envelopes: Sequence[Envelope],
    now: datetime,
    *,
    new_id: Callable[[], str],
    twins: Mapping[str, str],
    skip_locked: bool,
) -> Loaded:
    """Load, and lock, everything about the senders of some messages.

    Persons not seen before are made; an address of a channel in ``twins`` is
    its owner's on the twin channel too. ``skip_locked`` leaves out dialogues that
    another process has in hand.
    """
    known = await _people(uow, envelopes, now, new_id, twins)
    person_ids = sorted({each.person_id for each in known.values()})
    dialogues = await conversations.load(
        uow, person_ids=person_ids, skip_locked=skip_locked
    )
    earlier, with_roles = await inbox.answered_and_granted(
        uow,
        keys=[envelope.message_key for envelope in envelopes],
        person_ids=person_ids,
    )
    # Most people have none, and nothing held: then it costs no statement.
    granted = await people.grants_of(uow, person_ids=sorted(with_roles))
    grants = {
        person_id: tuple(
            Grant(row.role, row.scope_id, row.scope_path, row.scope_name)
            for row in rows
        )
        for person_id, rows in granted.items()
    }
    waited_for = {one.person_id for one in known.values() if one.holds}
    held = await reach.held_for(uow, person_ids=sorted(waited_for), now=now)
    return Loaded(known, dialogues, earlier, grants, held)


async def _people(
    uow: UnitOfWork,
    envelopes: Sequence[Envelope],
    now: datetime,
    new_id: Callable[[], str],
    twins: Mapping[str, str],
) -> dict[Sender, people.Known]:
    """Whose messages these are; persons not seen before are made."""
    by_channel: defaultdict[str, list[str]] = defaultdict(list)
    for envelope in envelopes:
        by_channel[envelope.channel].append(envelope.address)
    known: dict[Sender, people.Known] = {}
    # In one order everywhere, so that two processes never wait for each other.
    for channel, addresses in sorted(by_channel.items()):
        twin = twins.get(channel, "")
        found = await _on_channel(uow, channel, addresses, now, new_id, twin)
        known |= {(channel, address): one for address, one in found.items()}
    return known


async def _on_channel(
    uow: UnitOfWork,
    channel: str,
    addresses: list[str],
    now: datetime,
    new_id: Callable[[], str],
    twin: str,
) -> dict[str, people.Known]:
    if channel == INTERNAL:
        return await people.by_address_ids(uow, address_ids=addresses)
    found = await people.resolve(uow, channel=channel, addresses=addresses)
    newcomers = [
        people.Newcomer(address, new_id(), new_id())
        for address in addresses
        if address not in found
    ]
    if newcomers:
        found |= await people.create(
            uow, channel=channel, newcomers=newcomers, now=now, twin=twin
        )
    return found
