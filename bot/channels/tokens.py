"""A platform's access token, which all processes of the service share.

The database keeps it, and a lease lets one process at a time ask the platform
for the next. Platforms give everybody the same token while it is valid.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from datetime import datetime, timedelta
from typing import TypeVar

import structlog

from bot.channels.transport import (
    BrokenAnswerError,
    RefusedError,
    UnreachedError,
    UnsureError,
)
from bot.clock import Clock
from storage import tokens
from storage.database import Database
from storage.tokens import Token

Fetch = Callable[[], Awaitable[tuple[str, int]]]
"""Asks the platform for its token: its value, and for how many seconds it is
good. Raises the errors of ``Transport.call``; ``LookupError`` and ``ValueError``
for an answer without one."""

_Answer = TypeVar("_Answer")

_RENEW_BEFORE = timedelta(minutes=5)
"""In its last five minutes the platform gives out the next one; both work."""

_ONE_FETCH_IN = timedelta(seconds=60)
_LEASE_SECONDS = 20.0
_LOOK_EVERY = 0.2

_log = structlog.get_logger(__name__)


class AccessTokens:
    """Reads and renews the token of ``account``. Keeps to the machine's clock.

    ``refusals`` are the codes by which the platform refuses a token.
    """

    def __init__(
        self,
        account: str,
        fetch: Fetch,
        database: Database,
        clock: Clock,
        *,
        refusals: frozenset[int],
    ) -> None:
        self._account = account
        self._fetch_token = fetch
        self._database = database
        self._clock = clock
        self._refusals = refusals
        self._known: Token | None = None
        self._fetched: dict[int, datetime] = {}
        self._proven = 0
        self._one_at_a_time = asyncio.Lock()

    async def under(self, call: Callable[[str], Awaitable[_Answer]]) -> _Answer:
        """Make a call with the token; once more with a fresh one if it is refused.

        Raises:
            ApiError: what the call ended in, or there is no token.
        """
        token = await self.current()
        try:
            answer = await call(token.value)
        except RefusedError as error:
            if error.code not in self._refusals:
                raise
            token = await self.after_refusal(token, error)
            answer = await call(token.value)
        self.worked(token)
        return answer

    async def current(self) -> Token:
        """A token that should work.

        Raises:
            ApiError: none is kept and the platform gives none.
        """
        if self._known and self._good(self._known):
            return self._known
        async with self._one_at_a_time:
            known = self._known = await self._read()
            if known and self._good(known):
                return known
            return await self._replace(known)

    async def after_refusal(self, refused: Token, refusal: RefusedError) -> Token:
        """The token to use after the platform refused one, fetched at most once.

        Raises:
            RefusedError: ``refusal``, when another token would be no better.
            ApiError: the platform gives none.
        """
        async with self._one_at_a_time:
            known = self._known = await self._read()
            if known and known.generation != refused.generation:
                return known
            if self._just_fetched(refused) and refused.generation != self._proven:
                raise refusal
            fetched = await self._replace(refused)
        if fetched.value == refused.value:
            raise refusal
        return fetched

    def worked(self, token: Token) -> None:
        """Note that the platform took a token: refused later, it was replaced."""
        self._proven = token.generation

    def _good(self, token: Token) -> bool:
        left = token.expires_at - self._clock.real()
        return left > _RENEW_BEFORE or (
            left > timedelta(0) and self._just_fetched(token)
        )

    def _just_fetched(self, token: Token) -> bool:
        at = self._fetched.get(token.generation)
        return at is not None and self._clock.real() - at < _ONE_FETCH_IN

    async def _read(self) -> Token | None:
        async with self._database.reading() as uow:
            return await tokens.read(uow, account=self._account)

    async def _replace(self, old: Token | None) -> Token:
        """Fetch the token after ``old``, or wait for the process that does."""
        generation = old.generation if old else 0
        while not await self._lease(generation):
            await asyncio.sleep(_LOOK_EVERY)
            known = self._known = await self._read()
            if known and known.generation != generation:
                return known
        try:
            value, seconds = await self._fetch()
        except BaseException:
            await self._release(generation)
            raise
        return await self._keep(generation, value, seconds)

    async def _lease(self, generation: int) -> bool:
        async with self._database.transaction() as uow:
            taken = await tokens.lease(
                uow,
                account=self._account,
                generation=generation,
                now=self._clock.real(),
                seconds=_LEASE_SECONDS,
            )
            await uow.commit()
        return taken

    async def _release(self, generation: int) -> None:
        async with self._database.transaction() as uow:
            await tokens.release(uow, account=self._account, generation=generation)
            await uow.commit()

    async def _fetch(self) -> tuple[str, int]:
        _log.info("wechat_token_fetch")
        try:
            return await self._fetch_token()
        except UnsureError as error:
            # Of the token call only; the message itself was not sent.
            raise UnreachedError(str(error)) from None
        except (LookupError, ValueError):
            raise BrokenAnswerError("no token in the answer") from None

    async def _keep(self, generation: int, value: str, seconds: int) -> Token:
        now = self._clock.real()
        expires_at = now + timedelta(seconds=seconds)
        async with self._database.transaction() as uow:
            kept = await tokens.replace(
                uow,
                account=self._account,
                generation=generation,
                value=value,
                expires_at=expires_at,
            )
            await uow.commit()
        # Too late means that another process kept one: that one is shared.
        token = None if kept else await self._read()
        self._known = token or Token(value, expires_at, generation + 1)
        self._fetched = {self._known.generation: now}
        return self._known
