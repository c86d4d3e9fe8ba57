"""Who may apply: the 申报条件 of a level, and the terms of a class (规程第十条)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import date
from functools import cache
from importlib.resources import as_file, files
from pathlib import Path

import msgspec

from conversations.errors import DefinitionError
from conversations.forms.source import read_definition
from conversations.model import Answer, Refusal
from conversations.rules.ages import age_on
from conversations.rules.levels import CAPACITY, LEVELS, MAJORS
from conversations.rules.texts import refusal

AGE_FIELD = "id_number"


class Requirement(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One 申报条件, about the answer to ``field``, in ``majors`` (empty: in all).

    ``any``: one of these values was chosen or ticked. ``age_from``, ``age_to``:
    full years on the day of applying, when the field is the ID number. A field
    that has no answer does not refuse: whether it must have one is the form's law.
    """

    field: str
    reason: str
    advice: str = ""
    majors: tuple[str, ...] = ()
    any: tuple[str, ...] = ()
    age_from: int = 0
    age_to: int = 200

    @property
    def about_age(self) -> bool:
        """Whether the condition is on an age."""
        return (self.age_from, self.age_to) != (0, 200)

    def holds(self, answer: Answer, today: date) -> bool:
        """Whether an answer meets the condition."""
        if isinstance(answer.value, dict):
            values = tuple(answer.value)
        else:
            values = (answer.value,)
        if self.any:
            return any(value in self.any for value in values)
        return self.age_from <= age_on(values[0], today) <= self.age_to


class Requirements(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The 申报条件 of a level.

    They stand in the 培训标准, which we do not have: each file is an invented
    sample, for the operator to replace.
    """

    level: str
    clause: str
    conditions: tuple[Requirement, ...]


def load_requirements(folder: Path | None = None) -> Mapping[str, Requirements]:
    """The 申报条件 by level, from ``level_1.toml`` … in ``folder``.

    Raises:
        DefinitionError: a file is missing or does not hold together.
    """
    if folder is None:
        return _packaged()
    read = (_read(folder, number) for number in range(1, len(LEVELS) + 1))
    return {one.level: one for one in read}


@cache
def _packaged() -> Mapping[str, Requirements]:
    with as_file(files("conversations.rules") / "eligibility") as folder:
        return load_requirements(folder)


def _read(folder: Path, number: int) -> Requirements:
    path = folder / f"level_{number}.toml"
    name = f"eligibility/{path.name}"
    if not path.exists():
        raise DefinitionError(name, 1, "the file is missing")
    rules, lines = read_definition(path, Requirements, name=name)
    if rules.level != LEVELS[number - 1]:
        reason = f"level {rules.level!r}, wanted {LEVELS[number - 1]!r}"
        raise DefinitionError(name, lines.of("level"), reason)
    for place, condition in enumerate(rules.conditions):
        for key, reason in _faults(condition):
            raise DefinitionError(name, lines.of("conditions", place, key), reason)
    return rules


def _faults(condition: Requirement) -> Iterator[tuple[str, str]]:
    if not condition.reason:
        yield "reason", "reason is empty"
    for major in condition.majors:
        if major not in MAJORS:
            yield "majors", f"there is no major {major!r}"
    if bool(condition.any) == condition.about_age:
        yield "field", "a condition has either any, or age_from and age_to"
    if condition.about_age and condition.field != AGE_FIELD:
        yield "field", f"an age is that of the field {AGE_FIELD!r}"


def check_eligibility(
    level: str,
    answers: Mapping[str, Answer],
    context: Mapping[str, str],
    today: date,
) -> Refusal | None:
    """The first 申报条件 of ``level`` that the answers do not meet (规程第十条).

    ``context`` is the draft's; its ``major`` picks the conditions of that 专业大类.
    An unknown level has none.
    """
    rules = load_requirements().get(level)
    if rules is None:
        return None
    for condition in rules.conditions:
        answer = answers.get(condition.field)
        if condition.majors and context.get("major") not in condition.majors:
            continue
        if answer is not None and not condition.holds(answer, today):
            return Refusal(condition.reason, rules.clause, condition.advice)
    return None


class ClassTerms(msgspec.Struct, frozen=True):
    """What a class asks of an application to it.

    ``recruits_from`` are the provinces recruited from, empty for all.
    """

    level: str
    major: str
    apply_until: date
    recruiting: bool = True
    recruits_from: tuple[str, ...] = ()
    capacity: int = CAPACITY
    places_taken: int = 0


class Applicant(msgspec.Struct, frozen=True):
    """What counts of an application.

    An empty level, major or province is not known yet, and not compared.
    """

    level: str = ""
    major: str = ""
    province: str = ""


def check_application(
    terms: ClassTerms, applicant: Applicant, *, today: date
) -> Refusal | None:
    """Why an application to a class is refused today, else None.

    The order is from what can never be put right to what can: not recruiting
    (第十条), after the last day, province outside the 招生范围 (第七条), level
    or major not the class's (第十条), full (第十一条: 每班不得超过30人), where
    the advice is to wait in line (候补).
    """
    if not terms.recruiting:
        return refusal("closed")
    if today > terms.apply_until:
        return refusal("deadline", apply_until=terms.apply_until)
    return _outside(terms, applicant) or check_places(terms)


def _outside(terms: ClassTerms, applicant: Applicant) -> Refusal | None:
    """Province, level and major against the class's."""
    known = bool(terms.recruits_from and applicant.province)
    if known and applicant.province not in terms.recruits_from:
        return refusal("province")
    if applicant.level not in ("", terms.level):
        return refusal("level", level=terms.level, wanted=applicant.level)
    if applicant.major not in ("", terms.major):
        return refusal("major", major=terms.major, wanted=applicant.major)
    return None


def check_places(terms: ClassTerms) -> Refusal | None:
    """Whether the class is full (规程第十一条之三: 每班不得超过30人)."""
    capacity = min(terms.capacity, CAPACITY)
    return (
        refusal("full", capacity=capacity) if terms.places_taken >= capacity else None
    )
