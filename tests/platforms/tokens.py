"""Access tokens by the platforms' rules."""

from __future__ import annotations

import secrets
from collections import deque

import msgspec

from bot.clock import Clock
from tests.platforms.server import Refusal

_OVERLAP = 300
"""Seconds in which a token and the one after it are both good."""


class Token(msgspec.Struct):
    value: str
    until: float
    """Epoch seconds up to which it is good."""


class TokenDesk:
    """Gives out the tokens of one account; keeps to the machine's clock.

    ``fetches`` counts the tokens asked for, ``issued`` those that were new.
    """

    def __init__(self, clock: Clock, name: str = "token") -> None:
        self.seconds = 7200
        self.forced_a_day = 20
        self.refuse_all = False
        self.refusal = 40001
        self.fetches = 0
        self.issued = 0
        self._clock = clock
        self._name = name
        self._current: Token | None = None
        self._good: dict[str, Token] = {}
        self._forced: deque[float] = deque()

    def stable(self, *, force: bool = False, whole: bool = False) -> dict[str, object]:
        """The current token while more than five minutes are left, else the next.

        ``whole``: as long as any time is left.

        Raises:
            Refusal: forced too often.
        """
        self.fetches += 1
        now = self._now()
        if force:
            self._count_forced(now)
            return self._issue(keep=False)
        current = self._current
        if current is None or current.until - now <= (0 if whole else _OVERLAP):
            return self._issue(keep=True)
        return _answer(current, now)

    def fresh(self) -> dict[str, object]:
        """A new token; the one before stays good for five minutes."""
        self.fetches += 1
        return self._issue(keep=True)

    def demand(self, given: str) -> None:
        """Refuse a token that is not good.

        Raises:
            Refusal: 41001 none, 42001 expired, 40001 none of ours.
        """
        if not given:
            raise Refusal(41001, "access_token missing")
        token = self._good.get(given)
        if self.refuse_all or token is None:
            raise Refusal(self.refusal, "invalid credential, access_token is invalid")
        if token.until <= self._now():
            raise Refusal(42001, "access_token expired")

    def invalidate(self) -> None:
        """Make all tokens worthless; the next one asked for is new."""
        self._good.clear()
        self._current = None

    def _count_forced(self, now: float) -> None:
        while self._forced and self._forced[0] <= now - 86400:
            self._forced.popleft()
        if self._forced and now - self._forced[-1] < 30:
            raise Refusal(45011, "api minute-quota reach limit, must slower")
        if len(self._forced) >= self.forced_a_day:
            raise Refusal(45009, "reach max api daily quota limit")
        self._forced.append(now)

    def _issue(self, *, keep: bool) -> dict[str, object]:
        now = self._now()
        old, self._good = self._current, {}
        if old is not None and keep:
            old.until = min(old.until, now + _OVERLAP)
            self._good[old.value] = old
        self.issued += 1
        value = f"{self._name}-{self.issued}-{secrets.token_hex(50)}"
        self._current = Token(value, now + self.seconds)
        self._good[value] = self._current
        return _answer(self._current, now)

    def _now(self) -> float:
        return self._clock.real().timestamp()


def _answer(token: Token, now: float) -> dict[str, object]:
    return {"access_token": token.value, "expires_in": int(token.until - now)}
