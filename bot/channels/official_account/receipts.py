"""What the platform tells of its own accord, written down; each thing once."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable

import structlog

from bot.channels.official_account import CHANNEL
from bot.channels.official_account.events import (
    Consents,
    MassEnd,
    PublishEnd,
    Receipt,
    Told,
)
from bot.channels.official_account.parsing import Callback
from bot.clock import Clock
from storage import inbox, outbox, people, receipts, subscriptions
from storage.database import Database

TellOfArticle = Callable[[PublishEnd | MassEnd], Awaitable[None]]
"""Takes in how publishing or mass sending ended; told as often as the platform tells."""

# The platform may tell the end before its answer to the sending is settled.
_LOOK_AFTER = (0.0, 0.2, 0.5, 1.0, 1.5)

_log = structlog.get_logger(__name__)


class Receipts:
    """Takes the platform's word on what became of a message; see ``Reconcile``."""

    def __init__(
        self,
        database: Database,
        clock: Clock,
        *,
        articles: TellOfArticle | None = None,
        look_after: tuple[float, ...] = _LOOK_AFTER,
    ) -> None:
        self._database = database
        self._clock = clock
        self._articles = articles
        self._look_after = look_after

    async def __call__(self, callback: Callback) -> None:
        """Take in all that one callback tells; every delivery of it may come here."""
        for told in callback.told:
            await self._take(callback, told)

    async def _take(self, callback: Callback, told: Told) -> None:
        match told:
            case Receipt():
                await self._settle(told)
            case Consents():
                await self._count(callback, told)
            case PublishEnd() | MassEnd():
                if self._articles is not None:
                    await self._articles(told)

    async def _settle(self, receipt: Receipt) -> None:
        """Settle the message's row; a message that is not ours is left alone."""
        for wait in self._look_after:
            await asyncio.sleep(wait)
            if await self._reconcile(receipt):
                return
        _log.warning("wechat_receipt_of_nothing")

    async def _reconcile(self, receipt: Receipt) -> bool:
        now, message_id = self._clock.now(), receipt.platform_message_id
        async with self._database.transaction() as uow:
            # What the platform itself failed to do is tried once in another way.
            found = receipt.theirs and await receipts.another_way(
                uow, platform_message_id=message_id, reason=receipt.reason, now=now
            )
            found = found or await outbox.reconcile(
                uow,
                platform_message_id=message_id,
                delivered=receipt.delivered,
                reason=receipt.reason,
                now=now,
            )
            await uow.commit()
        return found

    async def _count(self, callback: Callback, consents: Consents) -> None:
        """Count consents; the same event, delivered again, counts no second time."""
        now = self._clock.now()
        async with self._database.transaction() as uow:
            found = await people.resolve(
                uow, channel=CHANNEL, addresses=[callback.sender]
            )
            known = found.get(callback.sender)
            if known is None:
                _log.info("wechat_consent_of_nobody")
                return
            new = await inbox.take(
                uow,
                message_key=callback.key,
                person_id=known.person_id,
                received_at=now,
            )
            if not new:
                return
            address_id = known.address_id
            await subscriptions.grant(
                uow, address_id=address_id, template_ids=consents.granted, now=now
            )
            await subscriptions.withdraw(
                uow, address_id=address_id, template_ids=consents.withdrawn, now=now
            )
            await uow.commit()
