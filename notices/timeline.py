"""A class, or an institution's year, as dated steps; what moves when a date moves."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta

import msgspec

from notices.programmes.schema import Day, Programme, Step


class ClassDates(msgspec.Struct, frozen=True):
    """The dates that the steps of a class hang on: D, E, and the last to apply."""

    opens_on: date
    ends_on: date
    apply_until: date


class PlannedDeadline(msgspec.Struct, frozen=True):
    """A step with its date. Nobody is reminded of it before ``starts_on``."""

    step: str
    due_on: date
    starts_on: date | None = None


class Standing(msgspec.Struct, frozen=True):
    """A deadline as it stands: what it is called elsewhere, and its state."""

    id: str
    step: str
    due_on: date
    state: str


class Move(msgspec.Struct, frozen=True):
    """An open deadline that gets another date."""

    id: str
    before: date
    after: PlannedDeadline


class Year(msgspec.Struct, frozen=True):
    """The dated step of a year. ``period`` tells two dates of one step apart."""

    period: str
    deadline: PlannedDeadline


def plan_class(programme: Programme, dates: ClassDates) -> tuple[PlannedDeadline, ...]:
    """Every dated step of a class, in the order of the programme."""
    return tuple(_planned(step, dates) for step in programme.class_steps)


def _planned(step: Step, dates: ClassDates) -> PlannedDeadline:
    assert step.due is not None  # noqa: S101 -- `class_steps` are those with `due`
    starts = step.starts if isinstance(step.starts, Day) else None
    return PlannedDeadline(
        step=step.key,
        due_on=_on(step.due, dates),
        starts_on=_on(starts, dates) if starts else None,
    )


def _on(day: Day, dates: ClassDates) -> date:
    anchors = {
        "opens_on": dates.opens_on,
        "ends_on": dates.ends_on,
        "apply_until": dates.apply_until,
    }
    return anchors[day.anchor] + timedelta(days=day.days)


def plan_year(programme: Programme, year: int) -> tuple[Year, ...]:
    """Every dated step of an institution's year, by date.

    A step with one date a year has the period ``2026``; with two, ``2026-1``
    and ``2026-2``.
    """
    planned = [
        Year(_period(year, number, len(step.yearly)), _in_year(step, year, text))
        for step in programme.year_steps
        for number, text in enumerate(step.yearly, start=1)
    ]
    return tuple(sorted(planned, key=lambda one: one.deadline.due_on))


def round_before(programme: Programme, step: str, day: date) -> Year:
    """The last date of a yearly step before ``day``.

    Raises:
        ValueError: the step has no dates in a year.
    """
    dated = [
        one
        for year in (day.year - 1, day.year)
        for one in plan_year(programme, year)
        if one.deadline.step == step and one.deadline.due_on < day
    ]
    return max(dated, key=lambda one: one.deadline.due_on)


def _period(year: int, number: int, of: int) -> str:
    return str(year) if of == 1 else f"{year}-{number}"


def _in_year(step: Step, year: int, text: str) -> PlannedDeadline:
    starts = step.starts if isinstance(step.starts, str) else ""
    return PlannedDeadline(
        step=step.key,
        due_on=date.fromisoformat(f"{year}-{text}"),
        starts_on=date.fromisoformat(f"{year}-{starts}") if starts else None,
    )


def move(
    standing: Sequence[Standing], planned: Sequence[PlannedDeadline]
) -> tuple[Move, ...]:
    """What moves: open deadlines whose date differs. What is done stays done."""
    by_step = {one.step: one for one in planned}
    return tuple(
        Move(one.id, one.due_on, by_step[one.step])
        for one in standing
        if one.state == "open"
        and one.step in by_step
        and one.due_on != by_step[one.step].due_on
    )


def current_step(programme: Programme, done: frozenset[str]) -> str:
    """The first step of a class that is not done; ``closed`` when all are."""
    for step in programme.class_steps:
        if step.key not in done:
            return step.key
    return "closed"
