"""A platform's API, as somebody calls it who knows nothing of our client."""

from __future__ import annotations

import json
from typing import Any

import aiohttp

from tests.platforms.official_account import OfficialAccountPlatform
from tests.platforms.server import PlatformServer


class Api:
    """Calls with the newest token it was given."""

    def __init__(self, server: PlatformServer, http: aiohttp.ClientSession) -> None:
        self.server = server
        self.http = http
        self.token = ""

    async def post(self, call: str, body: object = None, **query: str) -> Any:
        raw = body if isinstance(body, bytes) else _json(body)
        return await self._ask("POST", call, raw, query)

    async def get(self, call: str, **query: str) -> Any:
        return await self._ask("GET", call, None, query)

    async def upload(
        self, call: str, name: str, content: bytes, **query: str
    ) -> dict[str, Any]:
        form = aiohttp.FormData(quote_fields=False)
        form.add_field("media", content, filename=name, content_type="image/jpeg")
        answer: dict[str, Any] = await self._ask("POST", call, form, query)
        return answer

    async def code(self, call: str, body: object = None) -> int:
        """The error code of a call with a good token."""
        return int((await self.post(call, body)).get("errcode", 0))

    async def _ask(self, method: str, call: str, body: Any, query: Any) -> Any:
        async with self.http.request(
            method,
            f"{self.server.url}/cgi-bin/{call}",
            params={"access_token": self.token, **query},
            data=body,
        ) as response:
            return json.loads(await response.read())


class AccountApi(Api):
    """The Official Account's."""

    def __init__(
        self, platform: OfficialAccountPlatform, http: aiohttp.ClientSession
    ) -> None:
        super().__init__(platform, http)
        self.platform = platform

    async def fetch_token(self, **changes: Any) -> dict[str, Any]:
        asked = {
            "grant_type": "client_credential",
            "appid": self.platform.app_id,
            "secret": self.platform.secret,
            "force_refresh": False,
            **changes,
        }
        answer: dict[str, Any] = await self.post("stable_token", asked)
        self.token = answer.get("access_token", self.token)
        return answer


def _json(body: object) -> bytes:
    return json.dumps(body, ensure_ascii=False).encode()
