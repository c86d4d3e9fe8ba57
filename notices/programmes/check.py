"""What must be true of a programme beyond its shape."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from datetime import date

from notices.programmes.schema import Programme, Sending, Step
from notices.render import TextRefused, pieces

Where = tuple[str | int, ...]
Fault = tuple[Where, str]

WORDING_FIELDS = frozenset({"code", "count", "number"})

_MONTH_DAY = re.compile(r"\d\d-\d\d")
# 02-29 is no day of every year.
_ANY_YEAR = 2027


def faults(programme: Programme) -> Iterator[Fault]:
    """What does not hold, each as the path to it and the reason."""
    yield from _sending(programme.sending)
    yield from _wordings(programme)
    yield from _names(programme.steps)
    for number, step in enumerate(programme.steps):
        where = ("steps", number)
        for path, reason in _step(step, programme):
            yield (*where, *path), f"step {step.key!r}: {reason}"


def _sending(sending: Sending) -> Iterator[Fault]:
    if not sending.opens <= sending.at < sending.closes:
        yield ("sending", "at"), "the hour of sending is outside the allowed hours"
    yield from _marks(sending.marks, ("sending", "marks"))


def _marks(marks: tuple[int, ...], where: Where) -> Iterator[Fault]:
    if list(marks) != sorted(set(marks), reverse=True) or min(marks, default=0) < 0:
        yield where, "marks are days before the date, falling, each once"


def _wordings(programme: Programme) -> Iterator[Fault]:
    seen: set[str] = set()
    for number, wording in enumerate(programme.wordings):
        where = ("wordings", number)
        if wording.key in seen:
            yield (*where, "key"), f"there are two wordings {wording.key!r}"
        seen.add(wording.key)
        for part in ("what", "offer"):
            refused = pieces(getattr(wording, part), WORDING_FIELDS)
            if isinstance(refused, TextRefused):
                yield (*where, part), f"{refused.code}: {refused.detail}"


def _names(steps: Sequence[Step]) -> Iterator[Fault]:
    """A word after 办结 means one step."""
    seen: dict[str, str] = {}
    for number, step in enumerate(steps):
        for word in (step.key, step.title, *step.aliases):
            if word in seen:
                reason = f"{word!r} already names the step {seen[word]!r}"
                yield ("steps", number, "aliases"), reason
            seen[word] = step.key


def _step(step: Step, programme: Programme) -> Iterator[Fault]:
    if (step.due is None) == (not step.yearly):
        yield (), "exactly one of due and yearly is needed"
    for number, text in enumerate(step.yearly):
        if not is_month_day(text):
            yield ("yearly", number), f"{text!r} is not a MM-DD of every year"
    yield from _starts(step)
    yield from _marks(step.marks, ("marks",))
    known = {wording.key for wording in programme.wordings}
    for number, tell in enumerate(step.tell):
        if tell.wording not in known:
            reason = f"there is no wording {tell.wording!r}"
            yield ("tell", number, "wording"), reason


def _starts(step: Step) -> Iterator[Fault]:
    if isinstance(step.starts, str):
        if not step.yearly:
            yield ("starts",), "a MM-DD start belongs to a yearly step"
        elif not is_month_day(step.starts):
            yield ("starts",), f"{step.starts!r} is not a MM-DD of every year"
    elif step.starts and not step.due:
        yield ("starts",), "a start relative to a class belongs to a step of a class"


def is_month_day(text: str) -> bool:
    """True iff ``text`` is ``MM-DD`` and such a day is in every year."""
    if not _MONTH_DAY.fullmatch(text):
        return False
    try:
        date.fromisoformat(f"{_ANY_YEAR}-{text}")
    except ValueError:
        return False
    return True
