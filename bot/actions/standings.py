"""Where everybody of a class stands: seats, attendance, both assessments, together."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date

import msgspec

from bot import wording
from bot.clock import civil
from conversations.model import Refusal
from conversations.rules import attendance as rules
from conversations.rules import scoring
from conversations.rules.attendance import Missed
from conversations.rules.scoring import Course
from conversations.rules.training import NUMBERS
from storage import (
    applications,
    attendance,
    classes,
    people,
    scores,
    seats,
    submissions,
    works,
)
from storage.applications import ApplicationRow
from storage.classes import ClassRow, StaffRow
from storage.database import UnitOfWork
from storage.scores import ScoreRow
from storage.works import WorkRow

ASSESSED = ("running", "ended")
"""States of a class in which rolls are called and points are given."""


Attempt = tuple[str, int, str]
"""An attempt: the kind of assessment, its number, and whose it is."""


class Pupil(msgspec.Struct, frozen=True):
    """An admitted teacher with their number in class."""

    person_id: str
    application_id: str
    number: int
    name: str
    unit: str = ""


class Standing(msgspec.Struct, frozen=True):
    """How far one teacher of a class came.

    ``process`` and ``final`` are the means that count, like ``82.3``, or empty
    while not all have scored; ``process_attempts`` and ``final_attempts`` those
    of every attempt, the first before the second. ``complete``: nothing more is
    to be scored. ``why`` says in words why it is not passed.
    """

    person_id: str
    application_id: str
    number: int
    name: str
    process: str
    final: str
    process_attempts: tuple[str, ...]
    final_attempts: tuple[str, ...]
    passed: bool
    complete: bool
    why: str = ""


@dataclass(frozen=True, slots=True)
class Record:
    """Everything of a class that assessment goes by, loaded at once.

    ``points`` are those that stand, by (kind, attempt, person) and then scorer,
    ``places`` the same by the scorer's place;
    """

    row: ClassRow
    pupils: tuple[Pupil, ...]
    panels: Mapping[str, tuple[StaffRow, ...]]
    points: Mapping[Attempt, Mapping[str, int]]
    places: Mapping[Attempt, Mapping[int, int]]
    scored_on: Mapping[tuple[str, str], date]
    missed: Mapping[str, Missed]
    works: tuple[WorkRow, ...]

    def barred(self, person_id: str) -> Refusal | None:
        """Why the person may not be assessed, by who was there."""
        return rules.bar(self.missed.get(person_id, Missed()))

    def mean(self, kind: str, attempt: int, person_id: str) -> int | None:
        """The mean of an attempt; None until all are in."""
        given = self.places.get((kind, attempt, person_id), {})
        seated = {one.position for one in self.panels[kind]}
        panel = NUMBERS.assessment.panel[kind]
        found = scoring.counted(given, seated=seated, panel=panel)
        return scoring.mean(found) if found else None

    def course(self, kind: str, person_id: str) -> Course:
        """How far a person came in one kind."""
        means: list[int] = []
        for attempt in range(1, NUMBERS.assessment.attempts + 1):
            mean = self.mean(kind, attempt, person_id)
            if mean is None:
                break
            means.append(mean)
        return Course(tuple(means), over=self._is_over(kind, person_id))

    def _is_over(self, kind: str, person_id: str) -> bool:
        """Whether no second attempt is to come.

        It was waived; or the class ended, and the first had been scored by then;
        or the class is closed.
        """
        waived = any(
            (one.kind, one.state, one.person_id) == (kind, "waived", person_id)
            for one in self.works
        )
        if waived or self.row.state in ("closed", "cancelled"):
            return True
        scored_on = self.scored_on.get((kind, person_id), self.row.ends_on)
        return self.row.state == "ended" and scored_on <= self.row.ends_on

    def closed(self, kind: str, person_id: str) -> Refusal | None:
        """Why a person may not be assessed in this kind now, else None."""
        barred = self.barred(person_id)
        if kind == "process" or barred is not None:
            return barred
        return scoring.may_sit_final(self.course("process", person_id), None)

    def standing(self, pupil: Pupil) -> Standing:
        """Where one teacher stands."""
        process = self.course("process", pupil.person_id)
        final = self.course("final", pupil.person_id)
        came_to = scoring.verdict(process, final, self.barred(pupil.person_id))
        return Standing(
            person_id=pupil.person_id,
            application_id=pupil.application_id,
            number=pupil.number,
            name=pupil.name,
            process=_result(process),
            final=_result(final),
            process_attempts=tuple(map(scoring.shown_mean, process.means)),
            final_attempts=tuple(map(scoring.shown_mean, final.means)),
            passed=came_to.passed,
            complete=came_to.complete,
            why=wording.scores.because(came_to.why) if came_to.why else "",
        )


def _result(course: Course) -> str:
    return "" if course.result is None else scoring.shown_mean(course.result)


async def standings(uow: UnitOfWork, row: ClassRow) -> tuple[Standing, ...]:
    """Where the admitted teachers of a class stand, by their number in class."""
    record = await load(uow, row)
    return tuple(record.standing(one) for one in record.pupils)


async def load(uow: UnitOfWork, row: ClassRow) -> Record:
    """Everything that assessment goes by; a fixed number of queries."""
    missed: dict[str, list[tuple[str, int]]] = {}
    for one in await attendance.of_class(uow, class_id=row.id):
        missed.setdefault(one.person_id, []).append((one.kind, one.hours))
    staff = await classes.workers(uow, class_id=row.id)
    given = await scores.of_class(uow, class_id=row.id)
    panels = {
        kind: tuple(one for one in staff if one.duty == duty)
        for kind, duty in scoring.SCORED_BY.items()
    }
    return Record(
        row=row,
        pupils=await pupils(uow, row),
        panels=panels,
        points=_points(given),
        places=_places(given, panels),
        scored_on={
            (one.kind, one.person_id): civil(one.at)
            for one in given
            if one.attempt == 1
        },
        missed={person: rules.total(found) for person, found in missed.items()},
        works=await works.of_class(uow, class_id=row.id),
    )


def _points(rows: Sequence[ScoreRow]) -> dict[Attempt, dict[str, int]]:
    points: dict[Attempt, dict[str, int]] = {}
    for one in rows:
        # A scorer who is gone from here still counts, by the row's own id.
        by_scorer = points.setdefault((one.kind, one.attempt, one.person_id), {})
        by_scorer[one.scorer_id or one.id] = one.points
    return points


def _places(
    rows: Sequence[ScoreRow], panels: Mapping[str, Sequence[StaffRow]]
) -> dict[Attempt, dict[int, int]]:
    """The points by place: those of who sits there now, else of who sat there last."""
    sitting = {
        (kind, seat.position, seat.person_id)
        for kind, seats_ in panels.items()
        for seat in seats_
    }
    former = [
        one for one in rows if (one.kind, one.position, one.scorer_id) not in sitting
    ]
    now = [one for one in rows if (one.kind, one.position, one.scorer_id) in sitting]
    places: dict[Attempt, dict[int, int]] = {}
    for one in (*former, *now):
        by_place = places.setdefault((one.kind, one.attempt, one.person_id), {})
        by_place[one.position] = one.points
    return places


# ---- seats ----


async def pupils(uow: UnitOfWork, row: ClassRow) -> tuple[Pupil, ...]:
    """The admitted teachers of a class by number.

    Who has none yet comes after the others, in the order of their applications:
    the number that ``seated`` would write down.
    """
    admitted = await applications.of_class(uow, class_id=row.id, states=["admitted"])
    numbers = await seats.of_class(uow, class_id=row.id)
    numbers = {**numbers, **_next_numbers(admitted, numbers)}
    forms = await submissions.get_many(
        uow, submission_ids=[one.submission_id for one in admitted if one.submission_id]
    )
    known = await people.names_of(uow, person_ids=[one.person_id for one in admitted])
    made = []
    for one in admitted:
        form = forms.get(one.submission_id or "")
        said = form.all_answers if form else {}
        name, unit = (said.get(key, "") for key in ("name", "unit"))
        made.append(
            Pupil(
                person_id=one.person_id,
                application_id=one.id,
                number=numbers[one.person_id],
                name=str(name) or known.get(one.person_id, ""),
                unit=str(unit),
            )
        )
    return tuple(sorted(made, key=lambda one: one.number))


def _next_numbers(
    admitted: Sequence[ApplicationRow], numbers: Mapping[str, int]
) -> dict[str, int]:
    new = [one.person_id for one in admitted if one.person_id not in numbers]
    last = max(numbers.values(), default=0)
    return {person_id: last + place for place, person_id in enumerate(new, 1)}


async def seated(uow: UnitOfWork, row: ClassRow) -> None:
    """Write down the numbers of those who have none; the caller locked the class."""
    admitted = await applications.of_class(uow, class_id=row.id, states=["admitted"])
    numbers = await seats.of_class(uow, class_id=row.id)
    await seats.give(uow, class_id=row.id, numbers=_next_numbers(admitted, numbers))
