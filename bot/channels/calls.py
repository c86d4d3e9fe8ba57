"""Calls of a platform's API under the token that all processes share."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from bot.channels.tokens import AccessTokens
from bot.channels.transport import Media, Transport, Upload


class Calls:
    """Each is made once more under a fresh token when the platform refuses it.

    ``path`` goes on from ``/cgi-bin/``; errors are those of ``Transport.call``.
    """

    def __init__(self, tokens: AccessTokens, transport: Transport) -> None:
        self._tokens = tokens
        self._transport = transport

    async def call(
        self,
        method: str,
        path: str,
        *,
        params: Mapping[str, str] | None = None,
        data: Any = None,
        upload: Upload | None = None,
    ) -> dict[str, Any]:
        """Call and decode the answer; see ``Transport.call``."""
        return await self._tokens.under(
            lambda token: self._transport.call(
                method,
                self._transport.api_url + path,
                params={**(params or {}), "access_token": token},
                data=data,
                upload=upload,
            )
        )

    async def fetch_media(self, media_id: str) -> Media:
        """What a person sent, within three days of it."""
        return await self._tokens.under(
            lambda token: self._transport.download(
                self._transport.api_url + "media/get",
                params={"media_id": media_id, "access_token": token},
            )
        )
