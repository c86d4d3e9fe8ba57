"""The schemes of the classes that are past 方案, or wait for the province's word."""

from __future__ import annotations

from datetime import timedelta

from bot.actions.scheme_state import ADDITION, FORM
from bot.demo_data.classes import is_past
from bot.demo_data.sample import SampleClass
from bot.demo_data.stage import Stage
from bot.wording.schemes import SECTIONS, dates_line
from conversations.rules.levels import training_days
from storage import classes, submissions
from storage.classes import ClassRow, StaffRow
from storage.submissions import Submission

_WRITTEN_BEFORE = timedelta(days=61)
_ADDED_TO = "schedule"


async def write_scheme(stage: Stage, sample: SampleClass, row: ClassRow) -> None:
    """What the base wrote, and what its first lecturer added."""
    if not (is_past(stage, sample, FORM) or sample.review == FORM):
        return
    lecturers = await classes.staff_of(stage.uow, class_id=row.id, duty="lecturer")
    base = stage.person_ids[stage.first_user("base_staff", [sample.institution])]
    await _write(stage, row, base, lecturers)
    if lecturers and lecturers[0].person_id:
        await _add(stage, row, lecturers[0])


async def _write(
    stage: Stage, row: ClassRow, base: str, lecturers: tuple[StaffRow, ...]
) -> None:
    said, days = stage.sample.scheme, training_days(row.level)
    schedule = said.schedule.format(teaching=days - 2, process=days - 1, final=days)
    courses = {f"course_{n}": one.course for n, one in enumerate(lecturers, 1)}
    await _keep(
        stage,
        row,
        base,
        FORM,
        {**said.answers, **courses, "schedule": schedule.strip()},
        {
            "opens_on": row.opens_on.isoformat(),
            "ends_on": row.ends_on.isoformat(),
            "dates": dates_line(row.opens_on, row.ends_on, days),
            "institution": row.institution,
            **{f"lecturer_{n}": one.name for n, one in enumerate(lecturers, 1)},
        },
    )


async def _add(stage: Stage, row: ClassRow, lecturer: StaffRow) -> None:
    await _keep(
        stage,
        row,
        lecturer.person_id or "",
        ADDITION,
        {"text": stage.sample.scheme.addition},
        {
            "section": _ADDED_TO,
            "section_title": SECTIONS[_ADDED_TO],
            "lecturer": lecturer.name,
        },
    )


async def _keep(
    stage: Stage,
    row: ClassRow,
    person_id: str,
    form: str,
    answers: dict[str, str],
    about: dict[str, str],
) -> None:
    day = row.opens_on - _WRITTEN_BEFORE
    await submissions.add(
        stage.uow,
        Submission(
            id=stage.new_id(),
            form=form,
            version=stage.house.book.newest(form).version,
            subject=row.code,
            person_id=person_id,
            submitted_at=stage.at(day),
            answers={**answers},
            personal={},
            context={
                "class_code": row.code,
                "class_title": row.title,
                "level": row.level,
                "major": row.major,
                **about,
            },
        ),
    )
