"""需求分析 (规程第十条): what those a class admitted say, for its two lecturers.

The lecturers of the class and its base read it, nobody else. The step is done
once every lecturer was shown it after applications had closed.
"""

from __future__ import annotations

from collections.abc import Sequence

import msgspec

from bot import wording
from bot.actions import deadlines as timing
from bot.actions.asking import Asking, Result, say
from bot.actions.classes import named
from bot.actions.context import Context, House
from bot.actions.duties import lecturers_of, own_duty
from bot.clock import civil
from conversations.model import Refusal
from conversations.rules.needs import (
    WISHES,
    Filled,
    Needs,
    Rated,
    Said,
    Voice,
    needs_of,
)
from conversations.understanding.masks import mask_text
from storage import applications, classes, jobs, needs, submissions
from storage.classes import ClassRow, StaffRow
from storage.database import UnitOfWork

STEP = "needs"
JOB = "needs_file"
_WEAKEST = 3
_WISHES_SHOWN = 3


async def show(ask: Asking) -> Result:
    """``需求 CODE``: the summary in chat; chart and document follow as files."""
    found = await _asked(ask)
    if isinstance(found, Refusal):
        return found
    row, lecturers, mine = found
    context = ask.context
    summary = await class_needs(context.uow, context.house, row)
    if not summary.voices:
        return say(
            wording.needs.nobody(named(row))
            if mine
            else wording.needs.nobody_to_base(named(row), row.code)
        )
    await _start_files(context, row)
    lines = [*_in_chat(row, summary), wording.needs.files_coming()]
    if mine is not None:
        lines.append(await _note(context, row, lecturers))
    return say("\n".join(lines))


async def _asked(
    ask: Asking,
) -> tuple[ClassRow, tuple[StaffRow, ...], StaffRow | None] | Refusal:
    uow, code = ask.context.uow, ask.words.code
    if not ask.words.first:
        return wording.how_to_say(ask.command.usage)
    row = await classes.by_code(uow, code=code, lock=True) if code else None
    lecturers = await lecturers_of(uow, row) if row else ()
    mine = own_duty(lecturers, ask.context.actor.person_id)
    if row is None or not (mine or ask.may(row.scope_path, "base")):
        return wording.not_found(ask.command.scope, ask.words.first)
    ask.trail.scope_id = row.scope_id
    return row, lecturers, mine


async def class_needs(uow: UnitOfWork, house: House, row: ClassRow) -> Needs:
    """What those admitted said; personal numbers in their texts are masked."""
    admitted = await applications.of_class(uow, class_id=row.id, states=["admitted"])
    ids = [one.submission_id for one in admitted if one.submission_id]
    forms = await submissions.get_many(uow, submission_ids=ids)
    filled = [
        Filled(house.book.get(one.form, one.version), one.all_answers)
        for key in ids
        if (one := forms.get(key)) is not None
    ]
    return _masked(needs_of(filled, nothing=wording.needs.NOTHING))


def _masked(summary: Needs) -> Needs:
    voices = tuple(
        Voice(
            name=one.name,
            said=tuple(
                Said(said.field, said.label, mask_text(said.text)) for said in one.said
            ),
            marks=one.marks,
        )
        for one in summary.voices
    )
    return msgspec.structs.replace(summary, voices=voices)


def _in_chat(row: ClassRow, summary: Needs) -> list[str]:
    said = wording.needs
    wishes = [(one.name, one.of(WISHES)) for one in summary.voices if one.of(WISHES)]
    lines = [
        said.head(named(row), len(summary.voices)),
        said.weak_line([_weak(summary, one) for one in summary.weakest[:_WEAKEST]]),
        said.experience_line(
            summary.count("teaching_work"),
            summary.count("trained"),
            summary.count("development_work"),
        ),
    ]
    if wishes:
        shown = wishes[:_WISHES_SHOWN]
        lines.append(said.wishes_head(len(wishes), len(shown)))
        lines += [said.wish_line(name, text) for name, text in shown]
    return lines


def _weak(summary: Needs, one: Rated) -> tuple[str, Sequence[tuple[str, int]]]:
    lower = len(one.counts) // 2
    marks = [
        (mark, count)
        for mark, count in zip(summary.marks[:lower], one.counts[:lower], strict=True)
        if count
    ]
    return one.label, marks


async def _start_files(context: Context, row: ClassRow) -> None:
    job = jobs.JobRow(
        id=context.new_id(),
        kind=JOB,
        person_id=context.actor.person_id,
        address_id=context.actor.address_id,
        payload={"class": row.id},
        not_before=context.now,
    )
    await jobs.enqueue(context.uow, [job], now=context.now)


async def _note(context: Context, row: ClassRow, lecturers: Sequence[StaffRow]) -> str:
    """Note that this lecturer was shown it; the step is done when all were."""
    uow = context.uow
    await needs.note_seen(
        uow, class_id=row.id, person_id=context.actor.person_id, now=context.now
    )
    if context.moment.today <= row.apply_until:
        return wording.needs.look_again(row.apply_until)
    shown = await needs.seen(uow, class_id=row.id)
    waiting = [
        one.name
        for one in lecturers
        if one.person_id not in shown or civil(shown[one.person_id]) <= row.apply_until
    ]
    if waiting:
        return wording.needs.waiting_for(waiting)
    await timing.mark_done(
        uow,
        subject=row.code,
        step=STEP,
        by=context.actor.person_id,
        now=context.now,
    )
    return wording.needs.done_line(row.code)
