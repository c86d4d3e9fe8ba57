"""Asking people to agree to subscribe notifications, at natural moments.

After they handed in an application and when they hear that they are admitted;
at most once a week, and only while a consent is missing.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from bot import wording
from bot.actions.context import House
from storage import subscriptions
from storage.database import UnitOfWork

CHANNEL = "official_account"
_ASKED_EVERY = timedelta(days=7)
_PAGE = "/subscribe"


async def with_question(
    uow: UnitOfWork,
    house: House,
    text: str,
    *,
    channel: str,
    address_id: str,
    now: datetime,
) -> str:
    """``text``, and the link where the person may agree, if they are to be asked."""
    if not house.notifications or channel != CHANNEL:
        return text
    asked = await subscriptions.take_turn(
        uow,
        address_id=address_id,
        template_ids=house.notifications,
        since=now - _ASKED_EVERY,
        now=now,
    )
    if not asked:
        return text
    return wording.applications.may_we_notify(text, house.links.page(_PAGE))
