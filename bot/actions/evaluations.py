"""结束评估表: offered to those admitted, cast blind, read only in numbers."""

from __future__ import annotations

import random
from collections.abc import Callable
from datetime import date

from bot import wording
from bot.actions import deadlines as timing
from bot.actions.asking import Asking, Result, choice, class_asked, say
from bot.actions.context import Context
from bot.actions.standings import standings
from conversations.forms.schema import Form
from conversations.model import (
    Answer,
    Conversation,
    FormRequest,
    Outcome,
    Refusal,
    SubmitForm,
    Value,
)
from storage import applications, classes, deadlines, evaluations, people
from storage.classes import ClassRow
from storage.database import UnitOfWork
from storage.evaluations import Ballot

FORM = "evaluation"
_TEXTS = frozenset({"text", "long_text"})
_NOT_SAID = frozenset({"fixed", "derived", "printed", "declaration", "signature"})

shuffle = random.SystemRandom().shuffle


async def evaluate(ask: Asking) -> Result:
    """``评估 [CODE]``: open the form of a class that the person may evaluate now.

    ``评估 CODE 名单`` tells who runs the class who has not handed one in.
    """
    if ask.words.second in wording.evaluations.LIST:
        return await _missing(ask)
    rows = await _open_to(ask.context)
    if ask.words.first:
        row = next((one for one in rows if one.code == ask.words.code), None)
        if row is None:
            return await _why_not(ask)
        return await _begin(ask, row)
    if not rows:
        return say(wording.evaluations.no_evaluation())
    if len(rows) == 1:
        return await _begin(ask, rows[0])
    options = [choice(row.title, f"{ask.command.name} {row.code}") for row in rows]
    return say(wording.evaluations.which_evaluation(), options)


async def _open_to(context: Context) -> list[ClassRow]:
    """The classes that admitted the person, may be evaluated, and are not yet."""
    mine = await applications.of_person(context.uow, person_id=context.actor.person_id)
    rows = []
    for one in mine:
        if one.state != "admitted":
            continue
        row = await classes.get(context.uow, class_id=one.class_id)
        if row is not None and await _is_open(context, row):
            rows.append(row)
    return rows


async def _is_open(context: Context, row: ClassRow) -> bool:
    ended = await has_ended(context.uow, row, today=context.moment.today)
    if not ended and not await _is_through(context, row):
        return False
    done = await evaluations.completed(context.uow, class_id=row.id, form=FORM)
    return context.actor.person_id not in done


async def _is_through(context: Context, row: ClassRow) -> bool:
    """True iff the person's own 终结性考核 is over, whatever others still wait for."""
    if row.state != "running":
        return False
    return any(
        one.complete
        for one in await standings(context.uow, row)
        if one.person_id == context.actor.person_id
    )


async def has_ended(uow: UnitOfWork, row: ClassRow, *, today: date) -> bool:
    """True iff the class may be evaluated: 终结性考核 is done, or its last day came."""
    if row.state in ("planned", "cancelled"):
        return False
    if today >= row.ends_on:
        return True
    final = await deadlines.find(uow, subject=row.code, step="final_assessment")
    return final is not None and final.state == "done"


async def _why_not(ask: Asking) -> Result:
    """Only to somebody of the class: done before, or too early; else not there."""
    context, code = ask.context, ask.words.code
    row = await classes.by_code(context.uow, code=code) if code else None
    mine = row and await applications.standing(
        context.uow, class_id=row.id, person_id=context.actor.person_id
    )
    if row is None or mine is None or mine.state != "admitted":
        return wording.not_found("classes", ask.words.first)
    done = await evaluations.completed(context.uow, class_id=row.id, form=FORM)
    if context.actor.person_id in done:
        return wording.evaluations.evaluated_before()
    return say(wording.evaluations.no_evaluation())


async def _missing(ask: Asking) -> Result:
    """Who is not done; what anybody said is not even known here."""
    context, uow = ask.context, ask.context.uow
    row = await class_asked(ask, use="list")
    if isinstance(row, Refusal):
        return row
    if not await has_ended(uow, row, today=context.moment.today):
        return wording.evaluations.not_open_yet(row.ends_on)
    admitted = await applications.of_class(uow, class_id=row.id, states=["admitted"])
    done = await evaluations.completed(uow, class_id=row.id, form=FORM)
    left = [one.person_id for one in admitted if one.person_id not in done]
    names = await people.names_of(uow, person_ids=left)
    said = [names.get(one) or wording.evaluations.NAMELESS for one in left]
    return say(wording.evaluations.missing(row.title, len(admitted), sorted(said)))


async def _begin(ask: Asking, row: ClassRow) -> Result:
    context = ask.context
    form = context.house.book.newest(FORM)
    request = FormRequest(
        draft=context.new_id(),
        form=FORM,
        version=form.version,
        subject=row.code,
        context=await _about(context.uow, row),
    )
    return Outcome(open=request)


async def _about(uow: UnitOfWork, row: ClassRow) -> dict[str, str]:
    lecturers = await classes.staff_of(uow, class_id=row.id, duty="lecturer")
    about = {
        "class_code": row.code,
        "class_title": row.title,
        "level": row.level,
        "major": row.major,
        "institution": row.institution,
    }
    for place, one in enumerate(lecturers[:2], 1):
        about[f"lecturer_{place}"] = one.name
        about[f"lecturer_{place}_course"] = one.course
    return about


# ---- the form is handed in ----


async def submit(
    context: Context, effect: SubmitForm, _conversation: Conversation
) -> Result:
    """Cast the ballot; nothing of the dialogue in which it was made is left."""
    draft, uow = effect.draft, context.uow
    row = await classes.by_code(uow, code=draft.subject)
    admitted = row and await applications.standing(
        uow, class_id=row.id, person_id=context.actor.person_id
    )
    if row is None or admitted is None or admitted.state != "admitted":
        return wording.not_found("classes", draft.subject)
    form = context.house.book.get(draft.form, draft.version)
    cast = await evaluations.cast(
        uow,
        ballot(form, draft.answers, class_id=row.id),
        person_id=context.actor.person_id,
        done_on=context.moment.today,
        new_id=context.house.new_id,
        shuffle=shuffle,
    )
    await evaluations.wipe_traces(uow, draft_ids=[draft.id], now=context.now)
    await _finish_step(context, row)
    said = say(
        wording.evaluations.evaluation_thanks()
        if cast
        else wording.evaluations.evaluated_twice()
    )
    return Outcome(replies=said.replies, done=True)


def ballot(form: Form, answers: dict[str, Answer], *, class_id: str) -> Ballot:
    """Marks and free texts apart: no text can be read beside the marks it came with."""
    marks: dict[str, Value] = {}
    texts: dict[str, str] = {}
    for field in form.fields:
        answer = answers.get(field.id)
        if answer is None or field.kind in _NOT_SAID or not answer.value:
            continue
        value = answer.value
        if field.kind in _TEXTS and isinstance(value, str):
            texts[field.id] = value
        elif field.kind == "ticks" and isinstance(value, dict):
            marks[field.id] = dict.fromkeys(value, "")
            details = {f"{field.id}.{key}": text for key, text in value.items() if text}
            texts.update(details)
        else:
            marks[field.id] = value
    return Ballot(
        class_id=class_id,
        form=form.form,
        version=form.version,
        marks=marks,
        texts=texts,
    )


async def _finish_step(context: Context, row: ClassRow) -> None:
    """The step is done when everybody who was admitted is."""
    done = await evaluations.completed(context.uow, class_id=row.id, form=FORM)
    admitted = await applications.of_class(
        context.uow, class_id=row.id, states=["admitted"]
    )
    if all(one.person_id in done for one in admitted):
        await timing.mark_done(
            context.uow, subject=row.code, step=FORM, by=None, now=context.now
        )


# ---- as time goes by ----


async def drain_ballots(uow: UnitOfWork, *, new_id: Callable[[], str]) -> int:
    """Move ballots that wait into the results; how many moved.

    At least five of a class at a time, the rest when the class is closed.
    """
    moved = 0
    for class_id in await evaluations.classes_with_pool(uow):
        row = await classes.get(uow, class_id=class_id)
        closed = row is None or row.state in ("closed", "cancelled")
        moved += await evaluations.drain(
            uow, class_id=class_id, new_id=new_id, shuffle=shuffle, everything=closed
        )
    return moved
