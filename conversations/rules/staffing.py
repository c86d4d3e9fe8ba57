"""Who is recommended for a class, in which order, and why (规程第八条).

The reasons are rules with their facts; the house words them.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from datetime import date
from decimal import Decimal
from importlib.resources import files

import msgspec

from conversations.forms.source import parse_definition

LECTURER, ASSESSOR = "lecturer", "assessor"
DUTIES = (LECTURER, ASSESSOR)


class Seats(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """How many there are of each duty, and how many 授课 there may be."""

    lecturer: int
    assessor: int
    lecturers_least: int
    lecturers_most: int

    def of(self, duty: str, *, lecturers: int | None = None) -> int:
        """The places of a duty in a class; ``lecturers`` when its base set them."""
        if duty == ASSESSOR:
            return self.assessor
        return self.lecturer if lecturers is None else lecturers


class Silence(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """How many days somebody invited may be silent."""

    remind_after_days: int
    lapse_after_days: int


class Feedback(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """From how many answers on past feedback counts, and from which mark up."""

    answers_from: int
    middle: float


class Weights(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What each reason counts."""

    preferred: int
    same_province: int
    same_school: int
    each_class: int
    each_asked: int
    feedback: int


class Staffing(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The numbers of ``staffing.toml``."""

    seats: Seats
    silence: Silence
    feedback: Feedback
    weights: dict[str, Weights]


def _read() -> Staffing:
    data = (files("conversations.rules") / "staffing.toml").read_bytes()
    return parse_definition(data, Staffing, name="staffing.toml")[0]


STAFFING = _read()


class Reason(msgspec.Struct, frozen=True):
    """One thing that speaks for a candidate, or against; ``rule`` has its wording."""

    rule: str
    facts: dict[str, str] = {}


class Need(msgspec.Struct, frozen=True):
    """What a class needs somebody for."""

    level: str
    major: str
    province: str
    school: str
    opens_on: date
    ends_on: date


class Stretch(msgspec.Struct, frozen=True):
    """Days on which somebody is taken: in a class (``title``), or by their own word."""

    starts_on: date
    ends_on: date
    title: str = ""

    def meets(self, opens_on: date, ends_on: date) -> bool:
        """True iff a day is in both."""
        return self.starts_on <= ends_on and opens_on <= self.ends_on


class Teacher(msgspec.Struct, frozen=True):
    """What is known of a backbone teacher when a class looks for one.

    ``taken`` are the days they cannot; ``classes`` how many classes they are in
    that year, ``asked`` how many other invitations they have not answered.
    ``answers`` and ``mark`` are past feedback. ``before``: what became of them
    in this class already, a state. ``reachable``: they have taken their role up.
    """

    roster_id: str
    name: str
    certificate: str
    majors: tuple[str, ...]
    levels: tuple[str, ...]
    province: str
    school: str
    taken: tuple[Stretch, ...] = ()
    classes: int = 0
    asked: int = 0
    answers: int = 0
    mark: str = ""
    preferred: bool = False
    before: str = ""
    reachable: bool = True


class Ranked(msgspec.Struct, frozen=True):
    """A candidate with what speaks for them, in the order in which it is said."""

    teacher: Teacher
    score: Decimal
    reasons: tuple[Reason, ...]


class Barred(msgspec.Struct, frozen=True):
    """Somebody of the right major and level who cannot be asked, and why."""

    teacher: Teacher
    reason: Reason


class Ranking(msgspec.Struct, frozen=True):
    """Who can be asked for a duty, the best first, and who cannot."""

    ranked: tuple[Ranked, ...]
    barred: tuple[Barred, ...]


def rank(need: Need, teachers: Iterable[Teacher], *, duty: str) -> Ranking:
    """Put the backbone teachers of the class's major and level in order.

    The same facts give the same order: equal scores go by certificate number.
    """
    fitting = [one for one in teachers if _fits(need, one)]
    barred = {
        one.roster_id: reason
        for one in fitting
        if (reason := _bar(need, one)) is not None
    }
    ranked = [
        Ranked(one, _score(need, one, duty), tuple(_reasons(need, one)))
        for one in fitting
        if one.roster_id not in barred
    ]
    ranked.sort(key=lambda one: (-one.score, one.teacher.certificate))
    return Ranking(
        tuple(ranked),
        tuple(
            Barred(one, barred[one.roster_id])
            for one in fitting
            if one.roster_id in barred
        ),
    )


def _fits(need: Need, teacher: Teacher) -> bool:
    """Major, level and certificate: without them somebody is no candidate (第五条)."""
    fits = need.major in teacher.majors and need.level in teacher.levels
    return fits and bool(teacher.certificate)


def _bar(need: Need, teacher: Teacher) -> Reason | None:
    if teacher.before:
        return Reason(teacher.before)
    clash = clash_with(need.opens_on, need.ends_on, teacher.taken)
    if clash is not None:
        return clash
    return None if teacher.reachable else Reason("unreachable")


def clash_with(
    opens_on: date, ends_on: date, taken: Sequence[Stretch]
) -> Reason | None:
    """Why somebody is not free on the days of a class; None when they are."""
    for one in taken:
        if one.meets(opens_on, ends_on):
            days = {"from": one.starts_on.isoformat(), "to": one.ends_on.isoformat()}
            if one.title:
                return Reason("in_class", {"title": one.title, **days})
            return Reason("not_free", days)
    return None


def _score(need: Need, teacher: Teacher, duty: str) -> Decimal:
    weights = STAFFING.weights[duty]
    score = weights.preferred * teacher.preferred
    score += weights.same_province * (teacher.province == need.province)
    score += weights.same_school * (teacher.school == need.school)
    score += weights.each_class * teacher.classes
    score += weights.each_asked * teacher.asked
    if not _has_feedback(teacher):
        return Decimal(score)
    above = Decimal(teacher.mark) - Decimal(str(STAFFING.feedback.middle))
    return score + weights.feedback * above


def _has_feedback(teacher: Teacher) -> bool:
    return bool(teacher.mark) and teacher.answers >= STAFFING.feedback.answers_from


def _reasons(need: Need, teacher: Teacher) -> Iterator[Reason]:
    if teacher.preferred:
        yield Reason("preferred")
    yield Reason("fits", {"major": need.major, "level": need.level})
    yield Reason("certificate", {"certificate": teacher.certificate})
    same = "same_province" if teacher.province == need.province else "other_province"
    yield Reason(same, {"province": teacher.province})
    yield Reason("free")
    yield Reason("load", {"classes": str(teacher.classes)})
    if teacher.asked:
        yield Reason("asked", {"asked": str(teacher.asked)})
    if teacher.school == need.school:
        yield Reason("same_school")
    if _has_feedback(teacher):
        yield Reason(
            "feedback", {"mark": teacher.mark, "answers": str(teacher.answers)}
        )
