"""The nightly purge: what is kept no longer than it is needed (PIPL 19)."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import msgspec
from sqlalchemy import CursorResult, delete, or_, select, update

from conversations import codec
from notices.calendar import CHINA
from storage import conversations as dialogues
from storage import files as kept_files
from storage import inbox, jobs, outbox, submissions
from storage.database import UnitOfWork
from storage.privacy.mentions import texts_in
from storage.tables.classes import submissions as submission_rows
from storage.tables.messages import conversations, drafts, files, links
from storage.tables.messages import inbox as inbox_rows
from storage.tables.people import invitations, lookups, throttles

REPLIES = timedelta(hours=24)
SET_ASIDE = timedelta(days=30)
IDLE_DRAFTS = timedelta(days=30)
SENT_TEXTS = timedelta(days=180)
ENDED_JOBS = timedelta(days=7)
ONE_DAY = timedelta(days=1)


async def purge(uow: UnitOfWork, *, now: datetime) -> dict[str, int]:
    """Forget what is over; how much of each kind."""
    return {
        "replies": await inbox.forget_replies(uow, older_than=now - REPLIES),
        "set_aside": await _set_aside(uow, now),
        "drafts": await _idle_drafts(uow, now),
        "texts": await outbox.forget_bodies(uow, older_than=now - SENT_TEXTS),
        "answers": await _answers(uow, now),
        "id_numbers": await _id_numbers(uow),
        "files": await _files(uow, now),
        "jobs": await jobs.forget_ended(uow, older_than=now - ENDED_JOBS),
        "links": await _links(uow, now),
        "codes": await _codes(uow, now),
        "throttles": await _throttles(uow, now),
    }


def _count(done: CursorResult[*tuple[Any, ...]]) -> int:
    return done.rowcount


async def _set_aside(uow: UnitOfWork, now: datetime) -> int:
    old = inbox_rows.c.received_at < now - SET_ASIDE
    return _count(await uow.execute(delete(inbox_rows).where(old)))


async def _idle_drafts(uow: UnitOfWork, now: datetime) -> int:
    """Drop the open forms of dialogues in which nothing was said for 30 days."""
    query = (
        select(conversations.c.person_id)
        .join(drafts, drafts.c.person_id == conversations.c.person_id)
        .where(conversations.c.updated_at < now - IDLE_DRAFTS)
        .distinct()
    )
    ids = list((await uow.execute(query)).scalars())
    loaded = await dialogues.load(uow, person_ids=ids, skip_locked=True)
    idle = list(loaded.rows)
    emptied = [_without_drafts(row) for row in loaded.rows.values()]
    await dialogues.save(uow, emptied, now=now)
    of_draft = select(drafts.c.id).where(drafts.c.person_id.in_(idle))
    await uow.execute(delete(files).where(files.c.subject.in_(of_draft)))
    return _count(await uow.execute(delete(drafts).where(drafts.c.person_id.in_(idle))))


def _without_drafts(row: dialogues.ConversationRow) -> dialogues.ConversationRow:
    conversation = codec.decode(row.state)
    emptied = msgspec.structs.replace(conversation, drafts=(), focus="", asked=None)
    return msgspec.structs.replace(row, state=codec.encode(emptied))


async def _answers(uow: UnitOfWork, now: datetime) -> int:
    """Personal answers whose time is over, with the photos among them."""
    today = now.astimezone(CHINA).date()
    over = (submission_rows.c.keep_until < today) & (
        submission_rows.c.personal_sealed.is_not(None)
    )
    ids = list((await uow.execute(select(submission_rows.c.id).where(over))).scalars())
    # A photo's answer is the id of its file; a later form may have taken it over.
    answered = await _texts(uow, ids) - await _texts(uow, await _still_kept(uow, ids))
    await kept_files.remove(uow, file_ids=sorted(answered))
    await uow.execute(
        update(submission_rows)
        .where(submission_rows.c.id.in_(ids))
        .values(personal_sealed=None)
    )
    return len(ids)


async def _still_kept(uow: UnitOfWork, ids: list[str]) -> list[str]:
    """The other forms of the people who handed in ``ids``, with personal answers."""
    people = select(submission_rows.c.person_id).where(
        submission_rows.c.id.in_(ids), submission_rows.c.person_id.is_not(None)
    )
    query = select(submission_rows.c.id).where(
        submission_rows.c.person_id.in_(people),
        submission_rows.c.id.not_in(ids),
        submission_rows.c.personal_sealed.is_not(None),
    )
    return list((await uow.execute(query)).scalars())


async def _texts(uow: UnitOfWork, ids: list[str]) -> set[str]:
    """Every text in the personal answers of forms."""
    said = await submissions.get_many(uow, submission_ids=ids)
    return {text for one in said.values() for text in texts_in(one.personal)}


async def _id_numbers(uow: UnitOfWork) -> int:
    """Claims of ID numbers whose forms are gone."""
    with_form = select(submission_rows.c.person_id).where(
        submission_rows.c.personal_sealed.is_not(None),
        submission_rows.c.person_id.is_not(None),
    )
    return _count(
        await uow.execute(
            delete(lookups).where(
                lookups.c.kind == "id_number", lookups.c.owner_id.not_in(with_form)
            )
        )
    )


async def _files(uow: UnitOfWork, now: datetime) -> int:
    return _count(await uow.execute(delete(files).where(files.c.keep_until < now)))


async def _links(uow: UnitOfWork, now: datetime) -> int:
    old = links.c.expires_at < now - ONE_DAY
    return _count(await uow.execute(delete(links).where(old)))


async def _codes(uow: UnitOfWork, now: datetime) -> int:
    """Digests of codes that nobody can use any more."""
    over = select(invitations.c.id).where(
        or_(invitations.c.used_at.is_not(None), invitations.c.expires_at < now)
    )
    return _count(
        await uow.execute(
            delete(lookups).where(
                lookups.c.kind == "invitation", lookups.c.owner_id.in_(over)
            )
        )
    )


async def _throttles(uow: UnitOfWork, now: datetime) -> int:
    old = throttles.c.window_start < now - ONE_DAY
    return _count(await uow.execute(delete(throttles).where(old)))
