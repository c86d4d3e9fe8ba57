"""The access token that all processes of the service share.

``stable_token`` without force gives everybody the same token while it is
valid; the database keeps it, and a lease lets one process at a time ask.
"""

from __future__ import annotations

import asyncio
from datetime import datetime, timedelta

import structlog

from bot.channels.official_account.errors import (
    TOKEN_REFUSED,
    BrokenAnswerError,
    RefusedError,
    UnreachedError,
    UnsureError,
)
from bot.channels.official_account.transport import Transport
from bot.clock import Clock
from bot.settings import OfficialAccount
from storage import tokens
from storage.database import Database
from storage.tokens import Token

_RENEW_BEFORE = timedelta(minutes=5)
"""In its last five minutes the platform gives out the next one; both work."""

_ONE_FETCH_IN = timedelta(seconds=60)
_LEASE_SECONDS = 20.0
_LOOK_EVERY = 0.2
_SECRET_WRONG = 40125

_log = structlog.get_logger(__name__)


class AccessTokens:
    """Reads and renews the shared token. Keeps to the machine's clock."""

    def __init__(
        self,
        settings: OfficialAccount,
        transport: Transport,
        database: Database,
        clock: Clock,
    ) -> None:
        self._settings = settings
        self._transport = transport
        self._database = database
        self._clock = clock
        self._account = f"official_account:{settings.app_id}"
        self._known: Token | None = None
        self._fetched: dict[int, datetime] = {}
        self._proven = 0
        self._one_at_a_time = asyncio.Lock()

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
            answer = await self._transport.call(
                "post", self._transport.api_url + "stable_token", data=self._request()
            )
            return str(answer["access_token"]), int(answer.get("expires_in", 7200))
        except UnsureError as error:
            # Of the token call only; the message itself was not sent.
            raise UnreachedError(str(error)) from None
        except (KeyError, ValueError):
            raise BrokenAnswerError("no token in the answer") from None
        except RefusedError as error:
            # From this call it means that the secret is not the account's.
            code = _SECRET_WRONG if error.code in TOKEN_REFUSED else error.code
            raise RefusedError(code, error.message) from None

    def _request(self) -> dict[str, object]:
        return {
            "grant_type": "client_credential",
            "appid": self._settings.app_id,
            "secret": self._settings.app_secret,
            "force_refresh": False,
        }

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
