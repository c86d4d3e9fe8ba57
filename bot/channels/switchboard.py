"""What the platform does not let us do, known to all processes."""

from __future__ import annotations

from datetime import datetime, timedelta

import msgspec
import structlog

from bot.clock import Clock
from storage import switches
from storage.database import Database
from storage.switches import SwitchRow

_LOOK_AGAIN = timedelta(seconds=1)
"""How long another process may still do what this one was refused."""

_FOR_GOOD = 3600.0
_TOLD_AGAIN = timedelta(hours=1)
"""What goes off each time that it is tried is said so often."""

_log = structlog.get_logger(__name__)


class Off(msgspec.Struct, frozen=True):
    """Why something is off, and for how many seconds not to ask again."""

    reason: str
    seconds: float


class Switchboard:
    """Reads and sets the switches of ``channel``. Keeps to the machine's clock."""

    def __init__(self, database: Database, clock: Clock, channel: str) -> None:
        self._database = database
        self._clock = clock
        self._prefix = f"{channel}:"
        self._off: dict[str, SwitchRow] = {}
        self._looked_at: datetime | None = None
        self._told: dict[tuple[str, str], datetime] = {}

    async def off(self, name: str) -> Off | None:
        """Why ``name`` is off, or None when it is on."""
        row = (await self.all_off()).get(name)
        if row is None:
            return None
        now = self._clock.real()
        seconds = (row.until - now).total_seconds() if row.until else _FOR_GOOD
        return Off(row.reason, seconds)

    async def all_off(self) -> dict[str, SwitchRow]:
        """All of the channel that is off now, by its name there."""
        now = self._clock.real()
        if self._looked_at is None or now - self._looked_at >= _LOOK_AGAIN:
            async with self._database.reading() as uow:
                rows = await switches.all_off(uow, now=now)
            self._off = {
                name.removeprefix(self._prefix): row
                for name, row in rows.items()
                if name.startswith(self._prefix)
            }
            self._looked_at = now
        return {
            name: row
            for name, row in self._off.items()
            if row.until is None or row.until > now
        }

    async def turn_off(
        self,
        name: str,
        reason: str,
        *,
        until: datetime | None = None,
        alert: bool = True,
    ) -> None:
        """Switch ``name`` off for all processes, for good or until a moment.

        The log says so once an hour, not for each message that finds it off: as an
        error, if ``alert``, for an operator to act on.
        """
        now = self._clock.real()
        async with self._database.transaction() as uow:
            new = await switches.turn_off(
                uow, name=self._prefix + name, reason=reason, now=now, until=until
            )
            await uow.commit()
        self._off[name] = SwitchRow(self._prefix + name, reason, until, now)
        if new and self._is_news(name, reason, now):
            say = _log.error if alert else _log.warning
            say(
                "wechat_switched_off",
                action=name.partition(":")[0],
                reason=reason,
                until=until.isoformat() if until else "for good",
            )

    def _is_news(self, name: str, reason: str, now: datetime) -> bool:
        """Whether the log has not said so lately."""
        told = self._told.get((name, reason))
        if told is not None and now - told < _TOLD_AGAIN:
            return False
        self._told[name, reason] = now
        return True
