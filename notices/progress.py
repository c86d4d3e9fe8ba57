"""How far a class is: each step's state on a day, and whose turn it is.

A step of a class or of a year is ``done``, ``late`` (its date has passed),
``soon`` (within the earliest reminder mark), ``ahead`` or ``cancelled``.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime
from typing import Literal

import msgspec

from notices.programmes.schema import Programme, Step, Who
from notices.reminders import Facts, mark_before, still_wanted

State = Literal["done", "late", "soon", "ahead", "cancelled"]

_USUAL = ("", "no_review_waiting")


class Dated(msgspec.Struct, frozen=True):
    """A step's date as it is kept; ``state`` is open, done or cancelled."""

    step: str
    due_on: date
    state: str
    done_at: datetime | None = None
    done_by: str | None = None


class StepStanding(msgspec.Struct, frozen=True):
    """A step on a day. ``turn`` is who has to act, empty when nobody has to.

    ``left`` are the days until its date, below zero when it has passed.
    """

    key: str
    title: str
    short: str
    due_on: date
    state: State
    left: int
    turn: Who | Literal[""] = ""
    done_at: datetime | None = None
    done_by: str | None = None


class Progress(msgspec.Struct, frozen=True):
    """All steps of one class, in the programme's order."""

    steps: tuple[StepStanding, ...]

    @property
    def late(self) -> tuple[StepStanding, ...]:
        """What should have been done, the oldest first."""
        return self._in("late")

    @property
    def soon(self) -> tuple[StepStanding, ...]:
        """What falls due within the reminder marks, the next first."""
        return self._in("soon")

    @property
    def next(self) -> StepStanding | None:
        """What is to be done now: the open step with the earliest date."""
        open_ = [one for one in self.steps if one.state in ("late", "soon", "ahead")]
        return min(open_, key=lambda one: one.due_on, default=None)

    @property
    def done(self) -> int:
        """How many steps are done."""
        return len(self._in("done"))

    def _in(self, state: State) -> tuple[StepStanding, ...]:
        found = [one for one in self.steps if one.state == state]
        return tuple(sorted(found, key=lambda one: one.due_on))


def progress(
    programme: Programme, rows: Sequence[Dated], facts: dict[str, Facts], *, today: date
) -> Progress:
    """Where the steps in ``rows`` stand on ``today``.

    ``facts`` are by step what is true now (a review that waits makes it the
    province's turn). Steps that the programme no longer has are left out.
    """
    by_step = {one.step: one for one in rows}
    return Progress(
        tuple(
            _standing(programme, step, by_step[step.key], facts, today)
            for step in programme.steps
            if step.key in by_step
        )
    )


def _standing(
    programme: Programme,
    step: Step,
    row: Dated,
    facts: dict[str, Facts],
    today: date,
) -> StepStanding:
    state = _state(programme, step, row, today)
    open_ = state in ("late", "soon", "ahead")
    return StepStanding(
        key=step.key,
        title=step.title,
        short=step.short or step.title,
        due_on=row.due_on,
        state=state,
        left=(row.due_on - today).days,
        turn=whose_turn(step, facts.get(step.key, Facts())) if open_ else "",
        done_at=row.done_at,
        done_by=row.done_by,
    )


def _state(programme: Programme, step: Step, row: Dated, today: date) -> State:
    if row.state == "done":
        return "done"
    if row.state == "cancelled":
        return "cancelled"
    left = (row.due_on - today).days
    if left < 0:
        return "late"
    return "soon" if left <= max(programme.sending_of(step).marks) else "ahead"


def whose_turn(step: Step, facts: Facts) -> Who:
    """Who has to act: whoever something waits for now, else who acts in the step."""
    if step.asks is not None and facts.all_asked:
        return step.asks
    for tell in step.tell:
        if tell.when not in _USUAL and still_wanted(tell, mark_before(0), facts):
            return tell.who
    # Where nobody is reminded of it, what waits for review still waits for them.
    return "province" if facts.review_number is not None else step.acts
