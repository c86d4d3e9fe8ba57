"""What the sample teachers wrote on their forms: whole, valid, invented."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import TypeVar

from bot.actions.evaluations import FORM as EVALUATION
from bot.demo_data.stage import Stage, Teacher
from conversations.forms.schema import Field, Form
from conversations.model import Value
from conversations.rules.levels import LEVELS
from conversations.understanding.identity import checksum
from storage.classes import ClassRow
from storage.evaluations import Ballot

_APPLICATION = "application"
_T = TypeVar("_T")
_ABILITIES = ("3", "2", "3", "4")
_MARKS = ("3", "3", "2", "3", "3", "3", "2")


def _nth(values: Sequence[_T], place: int) -> _T:
    return values[place % len(values)]


def id_number(stage: Stage, teacher: Teacher) -> str:
    """A valid ID number with a region that no county has."""
    place = teacher.place
    born = date(stage.today.year - 28 - place % 24, 1 + place % 12, 1 + place % 28)
    sequence = place * 2 % 990 + (0 if teacher.woman else 1)
    number = f"{stage.sample.teachers.region}{born:%Y%m%d}{sequence:03d}"
    return number + checksum(number)


def application_context(row: ClassRow) -> dict[str, str]:
    """The facts about a class that a draft of 参训申请表 begins with."""
    return {
        "class_code": row.code,
        "class_title": row.title,
        "level": row.level,
        "major": row.major,
        "institution": row.institution,
        "opens_on": row.opens_on.isoformat(),
        "ends_on": row.ends_on.isoformat(),
        "apply_until": row.apply_until.isoformat(),
    }


def application_answers(
    stage: Stage, teacher: Teacher, row: ClassRow
) -> dict[str, Value]:
    """A whole 参训申请表, but for the photo, which may be sent later."""
    data, place = stage.sample.teachers, teacher.place
    unit = _nth(data.units, place)
    education = _nth(data.educations, place)
    trained = place % 3 == 0
    ability = f"ability_{LEVELS.index(row.level) + 1}"
    form = stage.house.book.newest(_APPLICATION)
    answers: dict[str, Value] = {
        "name": teacher.name,
        "id_number": id_number(stage, teacher),
        "ethnicity": _nth(data.ethnicities, place),
        "unit": unit.name,
        "title": _nth(data.titles, place),
        "phone": f"1390000{place:04d}",
        "email": f"teacher{place}@example.com",
        "address": unit.address,
        "current_major": data.current_majors[row.major],
        "first_phase": "yes" if place % 2 else "no",
        "school_work": _nth(data.school_works, place),
        "teaching_work": _nth(data.teaching_works, place),
        "trained": "yes" if trained else "no",
        "development_work": _nth(data.development_works, place),
        "education": {education.choice: education.detail},
        "skill_level": _nth(data.skills, place),
        "awards": _nth(data.awards, place),
        ability: _marks(_field(form, ability), _ABILITIES, place),
        "needs": _nth(data.needs, place),
        "declaration": "yes",
        "signature": teacher.name,
    }
    return answers | ({"trained_detail": data.trained_detail} if trained else {})


def _field(form: Form, field_id: str) -> Field:
    return next(field for field in form.fields if field.id == field_id)


def _marks(field: Field, values: Sequence[str], turn: int) -> dict[str, str]:
    """A mark for each item of a matrix."""
    return {
        item.id: _nth(values, turn + place) for place, item in enumerate(field.items)
    }


def ballot(stage: Stage, row: ClassRow, turn: int) -> Ballot:
    """A whole 结束评估表: marks for all there is to mark, and the last texts."""
    form = stage.house.book.newest(EVALUATION)
    understanding = f"understanding_{LEVELS.index(row.level) + 1}"
    marks: dict[str, Value] = {}
    for place, field in enumerate(form.fields):
        if field.id.startswith("understanding_") and field.id != understanding:
            continue
        if field.kind == "matrix":
            marks[field.id] = _marks(field, _MARKS, turn + place)
        elif field.kind == "choice":
            marks[field.id] = _nth(_MARKS, turn + place)
    marks["follow_up"] = "no"
    said = stage.sample.evaluation
    texts = {
        "greatest_gain": _nth(said.gains, turn),
        "support_wished": _nth(said.wishes, turn),
        "suggestions": _nth(said.suggestions, turn),
    }
    return Ballot(
        class_id=row.id,
        form=EVALUATION,
        version=form.version,
        marks=marks,
        texts=texts,
    )
