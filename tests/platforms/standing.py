"""What the platform knows of one follower: windows, consents, tags."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field

from tests.platforms.server import Entry, Refusal


@dataclass(frozen=True)
class Limits:
    """The numbers of the rules; the platform changed some of them over the years."""

    window_seconds: float = 48 * 3600
    window_sends: int = 5
    brief_seconds: float = 60
    brief_sends: int = 3
    text_bytes: int = 2048
    custom_a_day: int = 500_000
    template_a_day: int = 100_000
    subscribe_a_day: int = 100_000
    mass_a_month: int = 4
    known_ids_seconds: float = 600


@dataclass(slots=True)
class Standing:
    """One person, as one account's platform sees them. Times are epoch seconds."""

    openid: str
    follows: bool = True
    blocks: bool = False
    mutes: bool = False
    window_until: float = 0.0
    window_left: int = 0
    brief_until: float = 0.0
    brief_left: int = 0
    spoke_at: float = 0.0
    typing_until: float = 0.0
    consents: Counter[str] = field(default_factory=Counter)
    tags: set[int] = field(default_factory=set)
    masses: Counter[str] = field(default_factory=Counter)
    inbox: list[Entry] = field(default_factory=list)

    def wrote(self, now: float, limits: Limits) -> None:
        """A message opens the long window anew."""
        self.spoke_at = now
        self.window_until = now + limits.window_seconds
        self.window_left = limits.window_sends

    def acted(self, now: float, limits: Limits) -> None:
        """A tap, a click, a follow or a scan opens the short window anew."""
        self.brief_until = now + limits.brief_seconds
        self.brief_left = limits.brief_sends

    def take_send(self, now: float) -> None:
        """Use one customer-service message of an open window, the shorter first.

        Raises:
            Refusal: 45015 no window is open, 45047 what is open is used up.
        """
        self.demand_send(now)
        if now < self.brief_until and self.brief_left:
            self.brief_left -= 1
        else:
            self.window_left -= 1

    def demand_send(self, now: float) -> None:
        """See ``take_send``; uses nothing."""
        brief, long = now < self.brief_until, now < self.window_until
        if not self.follows or not (brief or long):
            words = "response out of time limit or subscription is canceled"
            raise Refusal(45015, words)
        if not (brief and self.brief_left) and not (long and self.window_left):
            raise Refusal(45047, "out of response count limit")
