"""A class that has ended: taught, evaluated, and what is said to whom about it."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date

from conversations.model import Outcome
from storage import evaluations
from storage.classes import ClassRow
from storage.evaluations import Ballot
from tests.commands.world import World, text_of


def opened(form: str) -> Callable[[Outcome], bool]:
    return lambda outcome: outcome.open is not None and outcome.open.form == form


def read_feedback(outcome: Outcome) -> bool:
    return "附件3：" in text_of(outcome)


def surveyed(outcome: Outcome) -> bool:
    return "授课 赵敏" in text_of(outcome)


def lectured(outcome: Outcome) -> bool:
    return "授课 周明" in text_of(outcome) and not surveyed(outcome)


def listed_missing(outcome: Outcome) -> bool:
    return "结束评估还没开始" in text_of(outcome)


async def evaluate(world: World, row: ClassRow) -> None:
    """Five have evaluated the class."""
    marks: dict[str, str | dict[str, str]] = {
        "lecturer_1_marks": {"3.1.1": "3"},
        "lecturer_2_marks": {"3.2.1": "2"},
    }
    async with world.database.transaction() as uow:
        for number in range(5):
            await evaluations.cast(
                uow,
                Ballot(row.id, "evaluation", 1, marks),
                person_id=f"somebody {number}",
                done_on=date(2026, 2, 20),
                new_id=world.house.new_id,
                shuffle=list.reverse,
            )
        await evaluations.drain(
            uow, class_id=row.id, new_id=world.house.new_id, shuffle=list.reverse
        )
        await uow.commit()
