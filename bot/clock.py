"""The only place that reads the clock."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import Protocol
from zoneinfo import ZoneInfo

from conversations.model import Moment

CHINA = ZoneInfo("Asia/Shanghai")


class Clock(Protocol):
    """Tells the service's time. Leases, tokens and signatures keep to ``real``."""

    def now(self) -> datetime:
        """The service's time: aware, UTC."""

    def real(self) -> datetime:
        """The machine's time: aware, UTC."""


class SystemClock:
    """The machine's own time."""

    def now(self) -> datetime:
        """See ``Clock``."""
        return datetime.now(UTC)

    real = now


class MovableClock:
    """A clock that runs ahead of the machine's by an amount that only grows."""

    def __init__(self, ahead: timedelta = timedelta(0)) -> None:
        self.ahead = ahead

    def now(self) -> datetime:
        """See ``Clock``."""
        return datetime.now(UTC) + self.ahead

    def real(self) -> datetime:
        """See ``Clock``."""
        return datetime.now(UTC)

    def move_to(self, moment: datetime) -> None:
        """Run ahead to ``moment``; a moment in the past changes nothing."""
        self.ahead = max(self.ahead, moment - datetime.now(UTC))


def civil(moment: datetime) -> date:
    """The date in China at a moment."""
    return moment.astimezone(CHINA).date()


def moment_of(at: datetime) -> Moment:
    """``at`` with its civil date, as the engine takes it."""
    return Moment(at=at, today=civil(at))
