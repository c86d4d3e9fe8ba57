"""How template messages ended, written to the outbox."""

from __future__ import annotations

import asyncio

import structlog

from bot.channels.official_account.parsing import Receipt
from bot.clock import Clock
from storage import outbox
from storage.database import Database

# The platform may tell the end before its answer to the sending is settled.
_LOOKS = 3
_PAUSE = 0.5

_log = structlog.get_logger(__name__)


class Receipts:
    """Takes the platform's word on what became of a message; see ``Reconcile``."""

    def __init__(
        self, database: Database, clock: Clock, *, pause: float = _PAUSE
    ) -> None:
        self._database = database
        self._clock = clock
        self._pause = pause

    async def __call__(self, receipt: Receipt) -> None:
        """Settle the message's row; a message that is not ours is left alone."""
        for look in range(_LOOKS):
            if look:
                await asyncio.sleep(self._pause)
            if await self._reconcile(receipt):
                return
        _log.warning("wechat_receipt_of_nothing")

    async def _reconcile(self, receipt: Receipt) -> bool:
        async with self._database.transaction() as uow:
            found = await outbox.reconcile(
                uow,
                platform_message_id=receipt.platform_message_id,
                delivered=receipt.delivered,
                reason=receipt.reason,
                now=self._clock.now(),
            )
            await uow.commit()
        return found
