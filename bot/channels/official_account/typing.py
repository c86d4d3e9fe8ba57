"""The typing sign, while a slow answer is prepared for somebody who just wrote.

It counts against no window and keeps nothing up: whatever goes wrong with it,
the answer comes all the same.
"""

from __future__ import annotations

import asyncio

import structlog

from bot.channels.official_account import CHANNEL
from bot.channels.official_account.client import OfficialAccountClient
from bot.channels.official_account.errors import TOKEN_REFUSED, off_until, rule_for
from bot.channels.switchboard import Switchboard
from bot.channels.transport import RefusedError
from bot.clock import Clock
from storage import people
from storage.database import Database
from storage.jobs import ClaimedJob

_TYPING = "typing"

_log = structlog.get_logger(__name__)


class TypingSign:
    """Shows the sign to the person that a job is done for."""

    def __init__(
        self,
        client: OfficialAccountClient,
        switches: Switchboard,
        database: Database,
        clock: Clock,
    ) -> None:
        self._client = client
        self._switches = switches
        self._database = database
        self._clock = clock
        self._under_way: set[asyncio.Task[None]] = set()

    def __call__(self, job: ClaimedJob) -> None:
        """Show it beside the work; nobody waits for it."""
        task = asyncio.get_running_loop().create_task(self.show(job))
        self._under_way.add(task)
        task.add_done_callback(self._under_way.discard)

    async def show(self, job: ClaimedJob) -> None:
        """Show the sign, if the person is here and their window is open."""
        try:
            openid = await self._openid(job)
            if openid and not await self._switches.off(_TYPING):
                await self._client.show_typing(openid)
        except RefusedError as error:
            await self._refused(error)
        except Exception as error:  # noqa: BLE001 -- no more than a sign
            _log.info("typing_not_shown", error=type(error).__name__)

    async def _openid(self, job: ClaimedJob) -> str:
        """Where the sign is shown; empty where it may not be."""
        if job.person_id is None or job.address_id is None:
            return ""
        async with self._database.reading() as uow:
            known = await people.by_address_ids(uow, address_ids=[job.address_id])
            found = await people.addresses_of(uow, person_ids=[job.person_id])
        if job.address_id not in known:
            return ""
        until = known[job.address_id].window_until
        if until is None or until <= self._clock.now():
            return ""
        rows = found.get(job.person_id, ())
        own = (
            row for row in rows if (row.id, row.channel) == (job.address_id, CHANNEL)
        )
        return next((row.address for row in own), "")

    async def _refused(self, error: RefusedError) -> None:
        """Leave off where the account may not; a closed window is nothing."""
        rule = rule_for(error.code)
        until = off_until(rule, now=self._clock.real())
        _log.info("typing_not_shown", code=error.code, reason=rule.meaning)
        if until is not None and error.code not in TOKEN_REFUSED:
            await self._switches.turn_off(
                _TYPING, f"{error.code} {rule.meaning}", until=until, alert=False
            )
