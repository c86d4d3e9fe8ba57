"""A clock for tests: it stands still until it is moved."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

NOON = datetime(2026, 5, 18, 4, 0, tzinfo=UTC)
"""A Monday at noon in China, outside anybody's quiet hours."""


class StandingClock:
    """Both times of ``bot.clock.Clock`` in one, moved by hand."""

    def __init__(self, at: datetime = NOON) -> None:
        self.at = at

    def now(self) -> datetime:
        return self.at

    def real(self) -> datetime:
        return self.at

    def move(self, **by: float) -> None:
        """Go on by so much, in the words of ``timedelta``."""
        self.at += timedelta(**by)
