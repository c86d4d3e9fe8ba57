"""删除我的信息: nothing of the person is left, save what duty keeps.

Kept, and named to the person: admitted applications of classes that are not
closed yet with their forms and files, the official staffing record and roster,
and the audit log, in which the person is a bare id.
"""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime

import msgspec
from sqlalchemy import ColumnElement, Select, delete, func, or_, select, update

from storage import submissions as handed_in
from storage.database import UnitOfWork
from storage.privacy.mentions import Needles, texts_in, wipe_mentions
from storage.privacy.records import erase_records
from storage.reach import rate_names
from storage.tables.board import board_logins
from storage.tables.classes import (
    applications,
    classes,
    needs_seen,
    reminded,
    staff,
    submissions,
)
from storage.tables.engagements import busy_days, engagements
from storage.tables.evaluations import completions
from storage.tables.messages import (
    conversations,
    drafts,
    files,
    inbox,
    jobs,
    links,
    outbox,
    platform_media,
    quotas,
)
from storage.tables.notices import audit
from storage.tables.people import (
    addresses,
    consents,
    grants,
    invitations,
    lookups,
    persons,
    roster,
    scene_uses,
    scenes,
    subscriptions,
    throttles,
)
from storage.tables.training import (
    attendance,
    leaves,
    rolls,
    scores,
    seats,
    work_days,
    works,
)

_OVER = ("closed", "cancelled")

# What is kept of a person in a class goes with their application to it.
_OF_PUPILS = (seats, attendance, leaves, scores, works)

_NAMING_MANY = ("export", "picture")


class Kept(msgspec.Struct, frozen=True):
    """What duty keeps of a person, to be told to them.

    ``applications`` and ``staff`` are class codes, ``roster`` certificates;
    ``audit`` tells that deeds of theirs are in the log.
    """

    applications: tuple[str, ...] = ()
    staff: tuple[str, ...] = ()
    roster: tuple[str, ...] = ()
    audit: bool = False


class _Duty(msgspec.Struct, frozen=True):
    """The rows that stay."""

    application_ids: tuple[str, ...]
    class_ids: tuple[str, ...]
    submission_ids: tuple[str, ...]
    file_ids: frozenset[str]


async def duties_of(uow: UnitOfWork, *, person_id: str) -> Kept:
    """What an erasure would keep."""
    codes = (
        select(classes.c.code)
        .join(applications, applications.c.class_id == classes.c.id)
        .where(_kept_by_duty(person_id))
    )
    taught = (
        select(classes.c.code)
        .join(staff, staff.c.class_id == classes.c.id)
        .where(staff.c.person_id == person_id)
    )
    listed = select(roster.c.certificate).where(roster.c.person_id == person_id)
    deeds = select(func.count()).where(audit.c.actor_id == person_id)
    return Kept(
        applications=await _texts(uow, codes),
        staff=await _texts(uow, taught),
        roster=await _texts(uow, listed),
        audit=bool((await uow.execute(deeds)).scalar_one()),
    )


def _kept_by_duty(person_id: str) -> ColumnElement[bool]:
    return (
        (applications.c.person_id == person_id)
        & (applications.c.state == "admitted")
        & classes.c.state.not_in(_OVER)
    )


async def _texts(uow: UnitOfWork, query: Select[str]) -> tuple[str, ...]:
    return tuple(sorted(set((await uow.execute(query)).scalars())))


async def erase_person(
    uow: UnitOfWork,
    *,
    person_id: str,
    now: datetime,
    house_forms: Collection[str] = (),
) -> Kept:
    """Remove or wipe the person in every table; what had to be kept.

    ``house_forms`` are forms that speak of an institution: they stay, without
    their author and their personal answers. Places that the person held in
    classes still to come are free again.
    """
    kept = await duties_of(uow, person_id=person_id)
    duty = await _duty(uow, person_id)
    needles = await _needles(uow, person_id)
    # First: work under way either finds its job gone, or ends before we look.
    await _erase_jobs(uow, person_id)
    await erase_records(uow, person_id=person_id, kept=duty.class_ids)
    await _erase_forms(uow, person_id, duty, house_forms)
    await _erase_files(uow, person_id, duty)
    await _erase_standing(uow, person_id)
    await _erase_training(uow, person_id, duty)
    await _erase_messages(uow, person_id)
    await wipe_mentions(uow, person_id=person_id, needles=needles, now=now)
    await _unlink(uow, person_id)
    await _erase_person(uow, person_id, duty)
    return kept


async def _duty(uow: UnitOfWork, person_id: str) -> _Duty:
    query = (
        select(
            applications.c.id,
            applications.c.class_id,
            applications.c.submission_id,
            applications.c.stamp_file_id,
        )
        .join(classes, classes.c.id == applications.c.class_id)
        .where(_kept_by_duty(person_id))
    )
    rows = (await uow.execute(query)).all()
    forms = [row.submission_id for row in rows if row.submission_id]
    said = await handed_in.get_many(uow, submission_ids=forms)
    # A photo's answer is the id of its file.
    answered = {text for one in said.values() for text in texts_in(one.all_answers)}
    stamps = {row.stamp_file_id for row in rows if row.stamp_file_id}
    return _Duty(
        application_ids=tuple(row.id for row in rows),
        class_ids=tuple(row.class_id for row in rows),
        submission_ids=tuple(forms),
        file_ids=frozenset(answered | stamps),
    )


async def _needles(uow: UnitOfWork, person_id: str) -> Needles:
    """What would give the person away in a text written to somebody else."""
    row = (
        await uow.execute(
            select(persons.c.name_sealed, persons.c.profile_sealed).where(
                persons.c.id == person_id
            )
        )
    ).first()
    said: list[str] = []
    name = ""
    if row is not None and row.name_sealed:
        name = uow.vault.open_text(
            row.name_sealed, table="persons", column="name_sealed", row=person_id
        )
    if row is not None and row.profile_sealed:
        profile = uow.vault.open(
            row.profile_sealed, table="persons", column="profile_sealed", row=person_id
        )
        said += texts_in(msgspec.json.decode(profile))
    query = select(submissions.c.id).where(submissions.c.person_id == person_id)
    ids = list((await uow.execute(query)).scalars())
    for one in (await handed_in.get_many(uow, submission_ids=ids)).values():
        said += texts_in(one.personal)
    return Needles.of(name, said)


async def _erase_forms(
    uow: UnitOfWork, person_id: str, duty: _Duty, house_forms: Collection[str]
) -> None:
    doomed = (applications.c.person_id == person_id) & applications.c.id.not_in(
        duty.application_ids
    )
    freed = select(applications.c.class_id).where(doomed, applications.c.holds_place)
    await uow.execute(
        update(classes)
        .where(
            classes.c.id.in_(freed),
            classes.c.state.in_(["planned", "recruiting", "running"]),
        )
        .values(places_taken=classes.c.places_taken - 1)
    )
    stamps = select(applications.c.stamp_file_id).where(doomed)
    await uow.execute(delete(files).where(files.c.id.in_(stamps)))
    of_application = select(applications.c.id).where(doomed)
    await uow.execute(delete(files).where(files.c.subject.in_(of_application)))
    await uow.execute(delete(applications).where(doomed))
    mine = (submissions.c.person_id == person_id) & submissions.c.id.not_in(
        duty.submission_ids
    )
    await uow.execute(
        update(submissions)
        .where(mine, submissions.c.form.in_(house_forms))
        .values(person_id=None, personal_sealed=None)
    )
    of_form = select(submissions.c.id).where(mine)
    await uow.execute(delete(files).where(files.c.subject.in_(of_form)))
    await uow.execute(delete(submissions).where(mine))
    await uow.execute(
        delete(completions).where(
            completions.c.person_id == person_id,
            completions.c.class_id.not_in(duty.class_ids),
        )
    )


async def _erase_files(uow: UnitOfWork, person_id: str, duty: _Duty) -> None:
    """The person's files; exports and tables, whoever asked for them: they name many."""
    of_draft = select(drafts.c.id).where(drafts.c.person_id == person_id)
    theirs = or_(
        files.c.person_id == person_id,
        files.c.subject.in_(of_draft),
        files.c.purpose.in_(_NAMING_MANY),
    )
    await uow.execute(
        delete(files).where(theirs, files.c.id.not_in(sorted(duty.file_ids)))
    )
    await forget_copies(uow)


async def forget_copies(uow: UnitOfWork) -> None:
    """Forget a platform's copies of files that are gone."""
    left = select(files.c.id).where(files.c.id == platform_media.c.file_id)
    await uow.execute(delete(platform_media).where(~left.exists()))


async def _erase_standing(uow: UnitOfWork, person_id: str) -> None:
    """What platforms let us send to the person, and what they scanned."""
    at = select(addresses.c.id).where(addresses.c.person_id == person_id)
    ids = list((await uow.execute(at)).scalars())
    await uow.execute(delete(subscriptions).where(subscriptions.c.address_id.in_(ids)))
    await uow.execute(delete(quotas).where(quotas.c.name.in_(rate_names(ids))))
    await uow.execute(delete(scene_uses).where(scene_uses.c.person_id == person_id))
    await uow.execute(
        update(scenes).where(scenes.c.created_by == person_id).values(created_by=None)
    )


async def _erase_training(uow: UnitOfWork, person_id: str, duty: _Duty) -> None:
    """Seats, attendance, leave, points and works; points given to others stay."""
    for table in _OF_PUPILS:
        await uow.execute(
            delete(table).where(
                table.c.person_id == person_id,
                table.c.class_id.not_in(duty.class_ids),
            )
        )
    await uow.execute(
        update(leaves)
        .where(leaves.c.person_id == person_id)
        .values(reason_sealed=None, answer_sealed=None)
    )
    await uow.execute(
        update(scores).where(scores.c.scorer_id == person_id).values(scorer_id=None)
    )
    decided = leaves.c.decided_by == person_id
    await uow.execute(update(leaves).where(decided).values(decided_by=None))
    for table in (rolls, work_days):
        await uow.execute(
            update(table).where(table.c.created_by == person_id).values(created_by=None)
        )


async def _erase_jobs(uow: UnitOfWork, person_id: str) -> None:
    at = select(addresses.c.id).where(addresses.c.person_id == person_id)
    theirs = or_(
        jobs.c.person_id == person_id,
        jobs.c.address_id.in_(at),
        # What a table is drawn from stands in its job.
        jobs.c.kind == "picture",
    )
    await uow.execute(delete(jobs).where(theirs))


async def _erase_messages(uow: UnitOfWork, person_id: str) -> None:
    at = select(addresses.c.id).where(addresses.c.person_id == person_id)
    theirs = or_(outbox.c.person_id == person_id, outbox.c.address_id.in_(at))
    await uow.execute(delete(outbox).where(theirs))
    for table in (
        inbox,
        conversations,
        drafts,
        links,
        board_logins,
        reminded,
        needs_seen,
    ):
        await uow.execute(delete(table).where(table.c.person_id == person_id))
    named = throttles.c.subject.contains(person_id, autoescape=True)
    await uow.execute(delete(throttles).where(named))


async def _unlink(uow: UnitOfWork, person_id: str) -> None:
    for table in (roster, staff):
        await uow.execute(
            update(table).where(table.c.person_id == person_id).values(person_id=None)
        )
    # An invitation that is open stays so; its silence brings the next in line.
    await uow.execute(
        update(engagements)
        .where(engagements.c.person_id == person_id)
        .values(person_id=None, reason_sealed=None)
    )
    await uow.execute(delete(busy_days).where(busy_days.c.person_id == person_id))
    await uow.execute(
        update(invitations)
        .where(invitations.c.used_by == person_id)
        .values(used_by=None)
    )


async def _erase_person(uow: UnitOfWork, person_id: str, duty: _Duty) -> None:
    at = select(addresses.c.id).where(addresses.c.person_id == person_id)
    theirs = or_(lookups.c.owner_id == person_id, lookups.c.owner_id.in_(at))
    await uow.execute(delete(lookups).where(theirs))
    for table in (addresses, grants):
        await uow.execute(delete(table).where(table.c.person_id == person_id))
    if duty.application_ids:
        await uow.execute(
            update(persons).where(persons.c.id == person_id).values(profile_sealed=None)
        )
        return
    await uow.execute(delete(consents).where(consents.c.person_id == person_id))
    await uow.execute(delete(persons).where(persons.c.id == person_id))
