"""附件6 part 1: arithmetic over a year's classes and plan (规程第十三条之二).

Every figure knows what it was counted from, so that it can be asked back.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import cache
from importlib.resources import files

import msgspec

from conversations.forms.source import parse_definition
from conversations.rules.levels import LEVELS, MAJORS

CLASSES, TRAINED, PASSED, RATE = "classes", "trained", "passed", "rate"
PLAN_RATE, NOT_RUN = "plan_rate", "not_run"


class Terms(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What counts; see ``summary.toml``."""

    states: tuple[str, ...]
    decimals: int


@cache
def terms() -> Terms:
    """The packaged terms."""
    data = (files("conversations.rules") / "summary.toml").read_bytes()
    return parse_definition(data, Terms, name="summary.toml")[0]


class ClassCount(msgspec.Struct, frozen=True):
    """A class that was held, with how many were trained and passed.

    ``revision`` is the transcript that says so, 0 when none was sent yet.
    """

    code: str
    title: str
    level: str
    major: str
    trained: int
    passed: int
    revision: int = 0


class PlanCount(msgspec.Struct, frozen=True):
    """A planned class; ``code`` of what was opened from it, else ``reason``."""

    number: int
    level: str
    major: str
    opens_on: str
    code: str = ""
    reason: str = ""


class Counted(msgspec.Struct, frozen=True):
    """All that the figures of a year are counted from."""

    classes: tuple[ClassCount, ...] = ()
    plan: tuple[PlanCount, ...] = ()

    @property
    def not_run(self) -> tuple[PlanCount, ...]:
        """Planned classes that were not opened."""
        return tuple(one for one in self.plan if not one.code)

    @property
    def reasons(self) -> tuple[str, ...]:
        """Why they were not, each reason once."""
        return tuple(dict.fromkeys(one.reason for one in self.not_run if one.reason))

    def of(self, group: str) -> tuple[ClassCount, ...]:
        """The classes of a level or a major; of all, without a name."""
        return tuple(one for one in self.classes if group in ("", one.level, one.major))

    @property
    def majors(self) -> tuple[str, ...]:
        """The majors that had classes, in their official order."""
        held = {one.major for one in self.classes}
        return tuple(one for one in MAJORS if one in held)


class Figure(msgspec.Struct, frozen=True):
    """One number of part 1.

    ``key`` says what it counts, ``group`` of which level or major (all, when
    empty). ``part`` of ``whole`` for rates; the number itself is ``part`` else.
    """

    number: int
    key: str
    group: str
    part: int
    whole: int = 0

    @property
    def is_rate(self) -> bool:
        """True for percentages."""
        return self.key in (RATE, PLAN_RATE)

    @property
    def value(self) -> str:
        """As it is printed; empty for a rate of nothing."""
        return rate(self.part, self.whole) if self.is_rate else str(self.part)


def rate(part: int, whole: int) -> str:
    """``93.3%``, half up; empty when there is nothing to be a part of."""
    if whole == 0:
        return ""
    unit: int = 10 ** terms().decimals
    scaled = (2 * 100 * unit * part + whole) // (2 * whole)
    before, after = divmod(scaled, unit)
    decimals = f".{after:0{terms().decimals}d}" if terms().decimals else ""
    return f"{before}{decimals}%"


def figures(counted: Counted) -> tuple[Figure, ...]:
    """Every figure by its number: all, the plan, each level, each major with classes."""
    return tuple(
        Figure(number, *figure) for number, figure in enumerate(_all(counted), 1)
    )


def _all(counted: Counted) -> Iterator[tuple[str, str, int, int]]:
    yield from _group(counted, "")
    held = len(counted.plan) - len(counted.not_run)
    yield (PLAN_RATE, "", held, len(counted.plan))
    yield (NOT_RUN, "", len(counted.not_run), 0)
    for group in (*LEVELS, *counted.majors):
        yield from _group(counted, group)


def _group(counted: Counted, group: str) -> Iterator[tuple[str, str, int, int]]:
    found = counted.of(group)
    trained, passed = total(found)
    yield (CLASSES, group, len(found), 0)
    yield (TRAINED, group, trained, 0)
    yield (PASSED, group, passed, 0)
    yield (RATE, group, passed, trained)


def total(found: Sequence[ClassCount]) -> tuple[int, int]:
    """How many were trained and passed in these classes."""
    return sum(one.trained for one in found), sum(one.passed for one in found)
