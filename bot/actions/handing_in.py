"""Putting something of a class before its province, and telling its managers."""

from __future__ import annotations

from datetime import date

from bot import wording
from bot.actions.asking import choice
from bot.actions.classes import named
from bot.actions.context import Context
from bot.actions.telling import Word, tell
from conversations.model import Option
from storage import numbers, organisations, reviews
from storage.classes import ClassRow
from storage.reviews import ReviewRow

REVIEWERS = ("province_manager",)


async def hand_in(
    context: Context,
    row: ClassRow,
    kind: str,
    *,
    proposal: dict[str, str] | None = None,
) -> ReviewRow:
    """Put an ``opening`` or a ``change`` of a class before the province."""
    uow = context.uow
    review_id = context.new_id()
    number = await numbers.take(uow, kind=kind, subject_id=review_id)
    review = await reviews.add(
        uow,
        id=review_id,
        number=number,
        kind=kind,
        class_id=row.id,
        now=context.now,
        proposal=proposal,
    )
    word = Word(
        _text(row, review),
        key=f"review:{review_id}",
        subject=row.title,
        choices=ways(number),
        class_id=row.id,
    )
    managers = await organisations.holders(uow, path=row.scope_path, roles=REVIEWERS)
    await tell(uow, context.house, word, person_ids=managers, now=context.now)
    return review


def _text(row: ClassRow, review: ReviewRow) -> str:
    said = wording.openings
    if review.kind == "change":
        after = date.fromisoformat(review.proposal["opens_on"])
        return said.change_to_review(
            named(row), row.institution, review.number, row.opens_on, after
        )
    return said.to_review(named(row), row.institution, review.number)


def ways(number: int) -> tuple[Option, ...]:
    """How something is decided."""
    return (
        choice(wording.APPROVE[0], f"审核 {number} {wording.APPROVE[0]}"),
        choice(wording.REFUSE[0], f"审核 {number} {wording.REFUSE[0]}"),
    )
