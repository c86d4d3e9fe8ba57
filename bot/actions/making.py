"""Slow work for people who did not just ask: to where they wrote from last."""

from __future__ import annotations

from collections.abc import Iterable

from bot.actions import pushes
from bot.actions.context import Context
from storage import jobs
from storage.jobs import JobRow, Payload


async def make_for_asker(context: Context, kind: str, payload: Payload) -> None:
    """Have something made for whoever asks, and sent to where they ask."""
    row = JobRow(
        id=context.new_id(),
        kind=kind,
        person_id=context.actor.person_id,
        address_id=context.actor.address_id,
        payload=payload,
        not_before=context.now,
    )
    await jobs.enqueue(context.uow, [row], now=context.now)


async def make_for(
    context: Context, kind: str, payload: Payload, *, person_ids: Iterable[str]
) -> int:
    """Have something made for each of these people; for how many.

    Who can be reached nowhere is left out.
    """
    to = await pushes.whereabouts(context.uow, person_ids=sorted(set(person_ids)))
    rows = [
        JobRow(
            id=context.new_id(),
            kind=kind,
            person_id=person_id,
            address_id=address.id,
            payload=payload,
            not_before=context.now,
        )
        for person_id, address in sorted(to.items())
    ]
    await jobs.enqueue(context.uow, rows, now=context.now)
    return len(rows)
