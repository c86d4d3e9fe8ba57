"""Who works in a class, as its staff list says: the truth for what duty allows.

A backbone teacher's role holds for a province; what they may do in a class comes
from their duty there alone.
"""

from __future__ import annotations

from collections.abc import Sequence

from storage import classes
from storage.classes import ClassRow, StaffRow
from storage.database import UnitOfWork

LECTURER = "lecturer"


async def lecturers_of(uow: UnitOfWork, row: ClassRow) -> tuple[StaffRow, ...]:
    """The lecturers of a class, in their order."""
    staff = await classes.workers(uow, class_id=row.id)
    return tuple(one for one in staff if one.duty == LECTURER)


def own_duty(staff: Sequence[StaffRow], person_id: str) -> StaffRow | None:
    """The person's own row among the staff of a class."""
    return next((one for one in staff if one.person_id == person_id), None)


def reachable(staff: Sequence[StaffRow]) -> list[str]:
    """The persons among the staff who have taken up their role."""
    return [one.person_id for one in staff if one.person_id]
