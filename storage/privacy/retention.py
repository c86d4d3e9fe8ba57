"""The nightly purge: what is kept no longer than it is needed (PIPL 19)."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from datetime import date, datetime, timedelta
from typing import Any

import msgspec
from sqlalchemy import CursorResult, delete, or_, select, update

from conversations import codec
from notices.calendar import CHINA
from storage import board_logins, inbox, jobs, outbox, submissions
from storage import conversations as dialogues
from storage import files as kept_files
from storage.database import UnitOfWork
from storage.privacy.erasure import forget_copies
from storage.privacy.mentions import texts_in
from storage.submissions import Submission
from storage.tables.classes import classes
from storage.tables.classes import submissions as submission_rows
from storage.tables.evaluations import ballot_pool, ballot_texts
from storage.tables.messages import (
    conversations,
    drafts,
    files,
    links,
    platform_media,
    quotas,
)
from storage.tables.messages import inbox as inbox_rows
from storage.tables.people import (
    invitations,
    lookups,
    scene_uses,
    scenes,
    throttles,
)
from storage.tables.training import leaves

REPLIES = timedelta(hours=24)
SET_ASIDE = timedelta(days=30)
IDLE_DRAFTS = timedelta(days=30)
SENT_TEXTS = timedelta(days=180)
ENDED_JOBS = timedelta(days=7)
ONE_DAY = timedelta(days=1)
USED_QUOTAS = timedelta(days=7)
LEAVE_REASONS = timedelta(days=180)
SAID_BLIND = timedelta(days=3650)


KeptFor = Callable[[str, int], Mapping[str, int]]
"""How many days each personal answer of a form's version is kept, by field.

They count from the class's last day, or from the day the form was handed in.
"""


def _no_longer(_form: str, _version: int) -> Mapping[str, int]:
    return {}


async def purge(
    uow: UnitOfWork,
    *,
    now: datetime,
    real: datetime | None = None,
    kept_for: KeptFor = _no_longer,
    said_for: timedelta = SAID_BLIND,
) -> dict[str, int]:
    """Forget what is over; how much of each kind.

    ``real`` is the machine's own time, to which links and logins keep where a
    demo's clock is ahead.
    When a form's day has come, answers that ``kept_for`` does not know go too.
    ``said_for`` is how long after a class what was written of it blind is kept.
    """
    return {
        "replies": await inbox.forget_replies(uow, older_than=now - REPLIES),
        "set_aside": await _set_aside(uow, now),
        "drafts": await _idle_drafts(uow, now),
        "texts": await outbox.forget_bodies(uow, older_than=now - SENT_TEXTS),
        "answers": await _answers(uow, now, kept_for),
        "said_blind": await _said_blind(uow, now, said_for),
        "id_numbers": await _id_numbers(uow),
        "files": await _files(uow, now),
        "jobs": await jobs.forget_ended(uow, older_than=now - ENDED_JOBS),
        "links": await _links(uow, real or now),
        "board_logins": await board_logins.forget(uow, before=(real or now) - ONE_DAY),
        "codes": await _codes(uow, now),
        "throttles": await _throttles(uow, now),
        "scenes": await _scenes(uow, now),
        "quotas": await _quotas(uow, now),
        "copies": await _copies(uow, now),
        "reasons": await _reasons(uow, now),
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


async def _answers(uow: UnitOfWork, now: datetime, kept_for: KeptFor) -> int:
    """Personal answers whose time is over, with the photos among them."""
    today = now.astimezone(CHINA).date()
    due = (submission_rows.c.keep_until < today) & (
        submission_rows.c.personal_sealed.is_not(None)
    )
    ids = list((await uow.execute(select(submission_rows.c.id).where(due))).scalars())
    before = await submissions.get_many(uow, submission_ids=ids)
    for one in before.values():
        left = _left(one, kept_for(one.form, one.version), today)
        await submissions.keep_only(
            uow,
            submission_id=one.id,
            personal={field: one.personal[field] for field in left},
            until=min(left.values(), default=one.keep_until),
        )
    # A photo's answer is the id of its file; a later form may have taken it over.
    people = {one.person_id for one in before.values() if one.person_id}
    answered = _texts(before.values())
    kept = _texts(await submissions.of_people(uow, person_ids=sorted(people)))
    await kept_files.remove(uow, file_ids=sorted(answered - kept))
    return len(ids)


def _left(one: Submission, days: Mapping[str, int], today: date) -> dict[str, date]:
    """The personal answers that may be kept on, with the last day of each."""
    ends = one.context.get("ends_on")
    since = (
        date.fromisoformat(ends) if ends else one.submitted_at.astimezone(CHINA).date()
    )
    last = {
        field: since + timedelta(days=days[field])
        for field in one.personal
        if field in days
    }
    return {field: day for field, day in last.items() if day >= today}


def _texts(forms: Iterable[Submission]) -> set[str]:
    """Every text in the personal answers of forms."""
    return {text for one in forms for text in texts_in(one.personal)}


async def _said_blind(uow: UnitOfWork, now: datetime, kept: timedelta) -> int:
    """What was written in blind ballots, and ballots too few to be shown.

    The marks stay: they are numbers of nobody.
    """
    over = select(classes.c.id).where(
        classes.c.ends_on < now.astimezone(CHINA).date() - kept
    )
    await uow.execute(delete(ballot_pool).where(ballot_pool.c.class_id.in_(over)))
    said = ballot_texts.c.class_id.in_(over)
    return _count(await uow.execute(delete(ballot_texts).where(said)))


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


async def _scenes(uow: UnitOfWork, now: datetime) -> int:
    """Codes that nobody can scan any more, with who did."""
    over = scenes.c.expires_at < now - ONE_DAY
    of_scene = select(scenes.c.id).where(over)
    await uow.execute(delete(scene_uses).where(scene_uses.c.scene_id.in_(of_scene)))
    return _count(await uow.execute(delete(scenes).where(over)))


async def _quotas(uow: UnitOfWork, now: datetime) -> int:
    old = quotas.c.ends_at < now - USED_QUOTAS
    return _count(await uow.execute(delete(quotas).where(old)))


async def _copies(uow: UnitOfWork, now: datetime) -> int:
    """Our files on a platform that it has dropped, or that are gone here."""
    over = platform_media.c.expires_at < now
    dropped = _count(await uow.execute(delete(platform_media).where(over)))
    await forget_copies(uow)
    return dropped


async def _reasons(uow: UnitOfWork, now: datetime) -> int:
    """Why people asked for leave, and why not: health and families, mostly."""
    old = leaves.c.last_day < (now - LEAVE_REASONS).astimezone(CHINA).date()
    said = leaves.c.reason_sealed.is_not(None) | leaves.c.answer_sealed.is_not(None)
    forgotten = (
        update(leaves).where(old, said).values(reason_sealed=None, answer_sealed=None)
    )
    return _count(await uow.execute(forgotten))
