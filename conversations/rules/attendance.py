"""Who may be assessed, by who was there (规程第十二条).

无故旷课或请假超过4课时的参训教师不能参加培训考核. Coming late and leaving early
are forbidden and noted, and do not bar.
"""

from __future__ import annotations

from collections.abc import Iterable

import msgspec

from conversations.model import Refusal
from conversations.rules.texts import refusal
from conversations.rules.training import NUMBERS

KINDS = ("leave", "absent", "late", "early")
COUNTED_IN_HOURS = frozenset({"leave", "absent"})


class Missed(msgspec.Struct, frozen=True):
    """What somebody missed of a class: 课时 of leave and absence, times of the rest."""

    leave: int = 0
    absent: int = 0
    late: int = 0
    early: int = 0

    def __add__(self, other: Missed) -> Missed:
        """Both together."""
        return Missed(
            self.leave + other.leave,
            self.absent + other.absent,
            self.late + other.late,
            self.early + other.early,
        )


def total(absences: Iterable[tuple[str, int]]) -> Missed:
    """The sum of (kind, how many)."""
    summed = dict.fromkeys(KINDS, 0)
    for kind, count in absences:
        summed[kind] += count
    return Missed(**summed)


def bar(missed: Missed) -> Refusal | None:
    """Why somebody may not be assessed (规程第十二条), else None.

    Unexcused absence comes before leave that is too long.
    """
    numbers = NUMBERS.attendance
    if missed.absent > numbers.absent_most:
        return refusal("absent", hours=missed.absent)
    if missed.leave > numbers.leave_most:
        return refusal("leave", hours=missed.leave, most=numbers.leave_most)
    return None


def leave_left(missed: Missed) -> int:
    """How many 课时 of leave are left before it bars from assessment."""
    return max(0, NUMBERS.attendance.leave_most - missed.leave)
