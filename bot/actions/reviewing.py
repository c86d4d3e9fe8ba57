"""审核: whatever bears the number, decided by whom it is put before."""

from __future__ import annotations

from bot import wording
from bot.actions import admissions, opening_reviews, plan_reviews, scheme_reviews
from bot.actions.asking import Asking, Result
from storage import numbers


async def review(ask: Asking) -> Result:
    """``审核 N …``: of an application, a plan, an opening, a change or a scheme."""
    if not ask.words.first:
        return wording.how_to_say(ask.command.usage)
    number = ask.words.number
    found = await numbers.find(ask.context.uow, number=number) if number else None
    kind = found.kind if found else ""
    if found is not None and kind == "application":
        return await admissions.review(ask, found.subject_id)
    if found is not None and kind in ("opening", "change"):
        return await opening_reviews.review(ask, found.subject_id)
    if found is not None and kind == "scheme":
        return await scheme_reviews.review(ask, found.subject_id)
    if found is not None and kind == "plan":
        return await plan_reviews.review(ask, found.subject_id)
    return wording.not_found(ask.command.scope, ask.words.first)
