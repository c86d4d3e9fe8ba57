"""Applications in every state, with the forms behind them, and blind ballots."""

from __future__ import annotations

from datetime import datetime, timedelta
from functools import cache
from io import BytesIO

from PIL import Image, ImageDraw

from bot.actions.evaluations import shuffle
from bot.demo_data import paper
from bot.demo_data.sample import APPLICATION_STATES, EVALUATED, SampleClass
from bot.demo_data.stage import MadePerson, Stage, Teacher
from conversations import codec
from conversations.model import Conversation
from storage import (
    applications,
    classes,
    conversations,
    evaluations,
    files,
    id_numbers,
    numbers,
    people,
    submissions,
)
from storage.applications import ApplicationRow
from storage.classes import ClassRow
from storage.consents import ConsentRow
from storage.consents import add as add_consents
from storage.conversations import ConversationRow
from storage.files import NewFile
from storage.submissions import Submission

FORM = "application"
_ADMITTED = "admitted"
_HOLDS_PLACE = ("awaiting_stamp", _ADMITTED)
_STAMP_KEPT = timedelta(days=1095)
_CONSENTS = ("personal", "sensitive")


async def apply_all(
    stage: Stage, sample: SampleClass, row: ClassRow, teachers: list[Teacher]
) -> None:
    """The applications to a class: ``teachers`` in the states that the sample says."""
    wanted = (*APPLICATION_STATES, EVALUATED)
    states = [state for state in wanted for _ in range(sample.teachers.get(state, 0))]
    evaluated = []
    for teacher, state in zip(teachers, states, strict=True):
        await _apply(stage, row, teacher, _ADMITTED if state == EVALUATED else state)
        evaluated += [teacher] if state == EVALUATED else []
        stage.made.append(
            MadePerson(teacher.user, teacher.name, "teacher", row.code, state)
        )
    await _evaluate(stage, row, evaluated)


async def _apply(stage: Stage, row: ClassRow, teacher: Teacher, state: str) -> None:
    uow = stage.uow
    applied_at = _applied_at(stage, row, teacher)
    form = _submission(stage, row, teacher, applied_at)
    await _introduce(stage, teacher, form, applied_at)
    await submissions.add(uow, form)
    application_id = stage.new_id()
    number = await numbers.take(uow, kind=FORM, subject_id=application_id)
    stamp = None
    if state == _ADMITTED:
        stamp = await _stamp(stage, application_id, teacher, applied_at)
    decided = state != "submitted"
    base = stage.first_user("base_staff", [row.institution_id])
    await applications.add(
        uow,
        ApplicationRow(
            id=application_id,
            number=number,
            class_id=row.id,
            person_id=teacher.person_id,
            submission_id=form.id,
            state=state,
            reason=stage.sample.teachers.refused_because if state == "refused" else "",
            holds_place=state in _HOLDS_PLACE,
            stamp_file_id=stamp,
            applied_at=applied_at,
            decided_at=applied_at + timedelta(hours=5) if decided else None,
            decided_by=stage.person_ids[base] if decided else None,
        ),
    )
    if state in _HOLDS_PLACE:
        await classes.take_place(uow, class_id=row.id)


def _applied_at(stage: Stage, row: ClassRow, teacher: Teacher) -> datetime:
    """Some days before the last to apply, and before today."""
    last = min(row.apply_until, stage.today)
    hour, minute = 9 + teacher.place % 8, teacher.place * 7 % 60
    return stage.at(last - timedelta(days=1 + teacher.place % 6), hour, minute)


def _submission(
    stage: Stage, row: ClassRow, teacher: Teacher, at: datetime
) -> Submission:
    form = stage.house.book.newest(FORM)
    said = paper.application_answers(stage, teacher, row)
    privacy = {field.id: field.privacy for field in form.fields}
    kept = max(one.keep_days for one in privacy.values() if one.personal)
    return Submission(
        id=stage.new_id(),
        form=FORM,
        version=form.version,
        subject=row.code,
        person_id=teacher.person_id,
        submitted_at=at,
        answers={key: one for key, one in said.items() if not privacy[key].personal},
        personal={key: one for key, one in said.items() if privacy[key].personal},
        context=paper.application_context(row),
        keep_until=row.ends_on + timedelta(days=kept),
    )


async def _introduce(
    stage: Stage, teacher: Teacher, form: Submission, at: datetime
) -> None:
    """What the service knows of somebody who applied: name, profile, consents."""
    uow, person_id = stage.uow, teacher.person_id
    said = form.personal
    await people.set_name(uow, person_id=person_id, name=teacher.name)
    profile = {f"profile.{key}": said[key] for key in ("name", "unit", "phone")}
    await people.set_profile(uow, person_id=person_id, profile=profile)
    await id_numbers.claim(
        uow, person_id=person_id, number=paper.id_number(stage, teacher)
    )
    consents = [stage.house.book.consent(kind) for kind in _CONSENTS]
    given = [
        ConsentRow(
            stage.new_id(), person_id, one.kind, one.version, one.digest, True, at
        )
        for one in consents
    ]
    await add_consents(uow, given)
    dialogue = Conversation(consents={one.kind: one.version for one in consents})
    begun = ConversationRow(person_id, 1, codec.encode(dialogue))
    await conversations.insert_new(uow, [begun], now=at)


async def _stamp(
    stage: Stage, application_id: str, teacher: Teacher, at: datetime
) -> str:
    file_id = stage.new_id()
    file = NewFile(
        id=file_id,
        person_id=teacher.person_id,
        purpose="stamp",
        subject=application_id,
        media_type="image/jpeg",
        name=stage.sample.teachers.stamp_name,
        content=_stamped_page(),
        keep_until=at + _STAMP_KEPT,
    )
    await files.put(stage.uow, file, now=at)
    return file_id


@cache
def _stamped_page() -> bytes:
    """A blank page with a red seal, in place of the photo people send."""
    page = Image.new("RGB", (420, 594), "white")
    ImageDraw.Draw(page).ellipse((250, 440, 370, 560), outline="#c8102e", width=6)
    out = BytesIO()
    page.save(out, "JPEG", quality=60)
    return out.getvalue()


# ---- 结束评估表 ----


async def _evaluate(stage: Stage, row: ClassRow, teachers: list[Teacher]) -> None:
    """Cast the teachers' ballots, and mix what is enough into the results."""
    done_on = min(row.ends_on, stage.today)
    for teacher in teachers:
        await evaluations.cast(
            stage.uow,
            paper.ballot(stage, row, teacher.place),
            person_id=teacher.person_id,
            done_on=done_on,
            new_id=stage.house.new_id,
            shuffle=shuffle,
        )
    if teachers:
        await evaluations.drain(
            stage.uow,
            class_id=row.id,
            new_id=stage.house.new_id,
            shuffle=shuffle,
            everything=row.state == "closed",
        )
