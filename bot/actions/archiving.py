"""归档 CODE: a base has the papers of a class gathered, province and centre read them.

规程第十三条（一）: the supervision papers are filed by the base and reported.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

from bot import wording
from bot.actions import deadlines as timing
from bot.actions.asking import Asking, Result, choice, class_asked, say
from bot.actions.classes import named
from bot.actions.context import Context, House
from bot.actions.making import make_for_asker
from bot.actions.telling import Word, tell
from bot.clock import civil
from conversations.model import Outcome, Refusal, Reply
from storage import archives, classes, deadlines, files, organisations
from storage.archives import ArchiveRow
from storage.classes import ClassRow
from storage.database import UnitOfWork

STEP = "archive"
_READERS = ("province_manager", "centre_manager")
_OVER = ("ended", "closed")
_GIVEN_UP = timedelta(hours=1)
"""After so long an archive that is still being made may be asked for anew."""


async def show(ask: Asking) -> Result:
    """``归档 CODE``: the base makes it, province and centre get it."""
    row = await class_asked(ask)
    if isinstance(row, Refusal):
        return row
    if not ask.may(row.scope_path, "make"):
        return await _read(ask, row)
    if row.state not in _OVER:
        return wording.classes.class_is(row.state, ask.command.name)
    locked = await classes.get(ask.context.uow, class_id=row.id, lock=True) or row
    return await _make(ask, locked)


async def _make(ask: Asking, row: ClassRow) -> Result:
    context = ask.context
    gaps = await _gaps(context, row)
    if gaps and ask.words.second != wording.CONFIRM:
        again = f"{ask.command.name} {row.code} {wording.CONFIRM}"
        return say(
            wording.archives.missing(named(row), gaps),
            [choice(wording.archives.as_it_is(), again)],
        )
    before = await archives.latest(context.uow, class_id=row.id)
    if before is not None and _under_way(before, context.now):
        return wording.archives.being_made(named(row))
    made = ArchiveRow(
        id=context.new_id(),
        class_id=row.id,
        revision=before.revision + 1 if before else 1,
        state="making",
        entries=0,
        missing=list(gaps),
        made_at=context.now,
        created_by=context.actor.person_id,
    )
    await archives.add(context.uow, made)
    await make_for_asker(context, "archive", {"archive": made.id})
    return say(wording.archives.making(named(row)))


def _under_way(row: ArchiveRow, now: datetime) -> bool:
    return row.state == "making" and now < row.made_at + _GIVEN_UP


async def _gaps(context: Context, row: ClassRow) -> list[str]:
    """The steps of the class that are not done, but this one."""
    programme = context.house.programmes[row.programme]
    rows = await deadlines.of_class(context.uow, class_id=row.id)
    open_ = {one.step for one in rows if one.state == "open"} - {STEP}
    return [step.title for step in programme.class_steps if step.key in open_]


async def finished(
    uow: UnitOfWork,
    house: House,
    row: ClassRow,
    archive: ArchiveRow,
    *,
    entries: int,
    now: datetime,
) -> bool:
    """The volumes are there: the step is done, province and centre are told.

    False when that was noted before, as when they are made anew.
    """
    if not await archives.made(uow, archive_id=archive.id, entries=entries):
        return False
    await timing.mark_done(
        uow, subject=row.code, step=STEP, by=archive.created_by, now=now
    )
    managers = await organisations.holders(uow, path=row.scope_path, roles=_READERS)
    word = Word(
        wording.archives.reported(named(row), row.institution, entries),
        key=f"archive:{archive.id}",
        subject=row.title,
        choices=(choice(wording.archives.fetch(), f"归档 {row.code}"),),
        class_id=row.id,
    )
    await tell(uow, house, word, person_ids=managers, now=now)
    return True


# ---- province and centre ----


async def _read(ask: Asking, row: ClassRow) -> Result:
    context = ask.context
    found = await archives.latest(context.uow, class_id=row.id)
    if found is None or found.state != "made":
        return say(wording.archives.not_made(named(row)))
    ids = await archives.volumes(context.uow, archive_id=found.id)
    if not ids:
        await make_for_asker(context, "archive", {"archive": found.id, "send": "yes"})
        return say(wording.archives.made_anew(named(row)))
    text = wording.archives.follows(named(row), civil(found.made_at), len(ids))
    return Outcome(replies=(Reply(text=text), *await _files(context.uow, ids)))


async def _files(uow: UnitOfWork, ids: Sequence[str]) -> list[Reply]:
    found = [await files.info(uow, file_id=one) for one in ids]
    return [Reply(kind="file", ref=one.id, name=one.name) for one in found if one]
