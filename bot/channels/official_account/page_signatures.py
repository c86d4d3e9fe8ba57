"""Signatures with which our pages may use what the platform's client offers them."""

from __future__ import annotations

import hashlib
import secrets

import msgspec

from bot.channels.official_account.client import OfficialAccountClient
from bot.channels.tokens import AccessTokens
from bot.clock import Clock
from storage.database import Database


class PageSignature(msgspec.Struct, frozen=True):
    """What a page hands to the client's script (``wx.config``)."""

    app_id: str
    timestamp: int
    nonce: str
    signature: str


class PageSignatures:
    """Signs the addresses of pages, under a ticket that all processes share."""

    def __init__(
        self, client: OfficialAccountClient, database: Database, clock: Clock
    ) -> None:
        self._app_id = client.appid
        self._clock = clock
        self._tickets = AccessTokens(
            f"{client.account}:pages",
            client.page_ticket,
            database,
            clock,
            # A ticket is shown to no call of ours, so none refuses it.
            refusals=frozenset(),
        )

    async def sign(self, url: str) -> PageSignature:
        """The signature for a page, for its address up to the ``#``.

        Raises:
            ApiError: there is no ticket, and the platform gives none.
        """
        ticket = await self._tickets.current()
        timestamp = int(self._clock.real().timestamp())
        nonce = secrets.token_hex(8)
        signed = (
            f"jsapi_ticket={ticket.value}&noncestr={nonce}"
            f"&timestamp={timestamp}&url={url.partition('#')[0]}"
        )
        # SHA-1 is the platform's choice; nothing of ours rests on it.
        digest = hashlib.sha1(signed.encode(), usedforsecurity=False).hexdigest()
        return PageSignature(self._app_id, timestamp, nonce, digest)
