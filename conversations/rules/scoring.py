"""Points, attempts, and what they come to (规程第十二条之一、之二).

Points are whole numbers of tenths. The mean of the scorers has one decimal,
half up (assumed); 60 and more passes, by the mean as it is shown.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence

import msgspec

from conversations.model import Refusal
from conversations.rules.texts import refusal
from conversations.rules.training import NUMBERS

KINDS = ("process", "final")
SCORED_BY = {"process": "lecturer", "final": "assessor"}
"""The duty in a class that scores (两名授课、三名考核骨干教师)."""

_TENTHS = 10


def tenths(whole: int, decimal: int = 0) -> int:
    """Points with one decimal as they are kept."""
    return whole * _TENTHS + decimal


def shown(points: int) -> str:
    """Points as people read them: 85, 85.5."""
    whole, decimal = divmod(points, _TENTHS)
    return f"{whole}.{decimal}" if decimal else str(whole)


def shown_mean(points: int) -> str:
    """A mean as people read it, always with its decimal: 85.0."""
    return f"{points // _TENTHS}.{points % _TENTHS}"


def in_range(points: int) -> bool:
    """Whether there are such points."""
    return 0 <= points <= NUMBERS.assessment.full * _TENTHS


def mean(points: Sequence[int]) -> int:
    """The mean in tenths, half up."""
    return (2 * sum(points) + len(points)) // (2 * len(points))


def passes(points: int) -> bool:
    """60分及以上视为合格."""
    return points >= NUMBERS.assessment.pass_mark * _TENTHS


def counted(
    given: Mapping[int, int], *, seated: Collection[int], panel: int
) -> tuple[int, ...]:
    """The points of an attempt that count, by the scorers' places; none until all are in.

    Every place that is taken must have given points, and as many as the panel
    has: whoever was replaced may have given those of a place.
    """
    wanted = max(panel, len(seated))
    everybody = len(given) >= wanted and set(seated) <= given.keys()
    return tuple(given.values()) if everybody else ()


class Course(msgspec.Struct, frozen=True):
    """How far somebody came in one kind of assessment.

    ``means`` are those of the attempts that all have scored, the first before
    the second; ``over`` tells that no second attempt is to come: it was
    waived, or the class has ended.
    """

    means: tuple[int, ...] = ()
    over: bool = False

    @property
    def result(self) -> int | None:
        """The mean that counts: the first that passes, else the last."""
        passing = [one for one in self.means if passes(one)]
        return (*passing, *self.means[-1:])[0] if self.means else None

    @property
    def passed(self) -> bool:
        """Whether an attempt passed."""
        return self.result is not None and passes(self.result)

    @property
    def failed(self) -> bool:
        """Whether no attempt can pass any more."""
        used_up = len(self.means) >= NUMBERS.assessment.attempts
        return bool(self.means) and not self.passed and (used_up or self.over)

    @property
    def settled(self) -> bool:
        """Whether nothing more is to be scored."""
        return self.passed or self.failed

    @property
    def attempt(self) -> int:
        """The attempt that is to be scored next, from 1; 0 when none is."""
        if self.passed or len(self.means) >= NUMBERS.assessment.attempts:
            return 0
        return len(self.means) + 1


class Verdict(msgspec.Struct, frozen=True):
    """What somebody's assessment comes to; ``why`` when it is not passed."""

    passed: bool
    complete: bool
    why: Refusal | None = None


def may_sit_final(process: Course, barred: Refusal | None) -> Refusal | None:
    """Why somebody may not sit 终结性考核, else None.

    Only who is not barred (第十二条) and passed 过程性考核 (第十二条之一).
    """
    if barred is not None:
        return barred
    if process.passed:
        return None
    if process.failed:
        return refusal("process_failed", points=shown_mean(process.result or 0))
    if process.means:
        return refusal("process_again", points=shown_mean(process.result or 0))
    return refusal("process_open")


def verdict(process: Course, final: Course, barred: Refusal | None) -> Verdict:
    """Both assessments together (规程第十二条)."""
    closed = may_sit_final(process, barred)
    if closed is not None:
        return Verdict(
            passed=False, complete=barred is not None or process.failed, why=closed
        )
    if final.passed:
        return Verdict(passed=True, complete=True)
    points = shown_mean(final.result or 0)
    if final.failed:
        why = refusal("final_failed", points=points)
        return Verdict(passed=False, complete=True, why=why)
    rule = "final_again" if final.means else "final_open"
    return Verdict(passed=False, complete=False, why=refusal(rule, points=points))
