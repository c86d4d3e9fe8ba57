"""Who still owes points, of many classes at once: who is reminded of an assessment."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import ColumnElement, Select, exists, func, select

from conversations.rules.training import NUMBERS
from storage.database import UnitOfWork
from storage.statements import PerDialect
from storage.tables.classes import applications, staff
from storage.tables.people import roster
from storage.tables.training import attendance, scores

_admitted = applications.alias("admitted")
_last = scores.alias("last")
_seated = func.coalesce(staff.c.person_id, roster.c.person_id)


def _missed(kind: str, most: int) -> ColumnElement[bool]:
    """Whether somebody missed more of a class than lets them be assessed."""
    return exists(
        select(attendance.c.person_id)
        .where(
            attendance.c.class_id == _admitted.c.class_id,
            attendance.c.person_id == _admitted.c.person_id,
            attendance.c.kind == kind,
        )
        .group_by(attendance.c.person_id)
        .having(func.sum(attendance.c.hours) > most)
    )


def _failed_process() -> ColumnElement[bool]:
    """Whether the last attempt at 过程性考核 has all points and does not pass."""
    numbers = NUMBERS.assessment
    return exists(
        select(_last.c.person_id)
        .where(
            _last.c.class_id == _admitted.c.class_id,
            _last.c.person_id == _admitted.c.person_id,
            _last.c.kind == "process",
            _last.c.state == "current",
            _last.c.attempt == numbers.attempts,
        )
        .group_by(_last.c.person_id)
        .having(
            func.count() >= numbers.panel["process"],
            # The mean is rounded half up: 59.95 passes.
            func.avg(_last.c.points) < numbers.pass_mark * 10 - 0.5,
        )
    )


def _owing_points(
    kind: str, duty: str, *may: ColumnElement[bool]
) -> PerDialect[Select[tuple[str, str]]]:
    """The scorers who gave somebody nothing that they may be given."""
    given = (
        exists()
        .where(
            scores.c.class_id == _admitted.c.class_id,
            scores.c.person_id == _admitted.c.person_id,
            scores.c.kind == kind,
            scores.c.state == "current",
            scores.c.scorer_id == _seated,
        )
        .correlate(_admitted, staff, roster)
    )
    unscored = exists().where(
        _admitted.c.class_id == staff.c.class_id,
        _admitted.c.state == "admitted",
        ~given,
        ~_missed("absent", NUMBERS.attendance.absent_most),
        ~_missed("leave", NUMBERS.attendance.leave_most),
        *may,
    )
    query = (
        select(staff.c.class_id, _seated)
        .outerjoin(roster, roster.c.id == staff.c.roster_id)
        .where(staff.c.duty == duty, _seated.is_not(None), unscored)
        .order_by(staff.c.class_id, staff.c.position)
    )
    return PerDialect(lambda within: query.where(within(staff.c.class_id, "ids")))


_OWING_PROCESS = _owing_points("process", "lecturer")
_OWING_FINAL = _owing_points("final", "assessor", ~_failed_process())


async def owing_points(
    uow: UnitOfWork, *, class_ids: Sequence[str]
) -> dict[tuple[str, str], tuple[str, ...]]:
    """The scorers who still owe points, by (class, kind of assessment).

    Of 终结性考核 not for those who cannot come to it any more (规程第十二条).
    """
    owing: dict[tuple[str, str], tuple[str, ...]] = {}
    for kind, statement in (("process", _OWING_PROCESS), ("final", _OWING_FINAL)):
        found = await uow.execute(statement[uow.dialect], {"ids": list(class_ids)})
        for class_id, person_id in found:
            owing[class_id, kind] = (*owing.get((class_id, kind), ()), person_id)
    return owing
