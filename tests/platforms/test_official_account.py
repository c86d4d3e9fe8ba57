"""The Official Account stand-in keeps to the platform's rules."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from typing import Any

import aiohttp
import pytest

from tests.platforms.clock import StandingClock
from tests.platforms.official_account import OfficialAccountPlatform
from tests.platforms.people import Follower


class Api:
    """The API as somebody calls it who knows nothing of our client."""

    def __init__(
        self, platform: OfficialAccountPlatform, http: aiohttp.ClientSession
    ) -> None:
        self.platform = platform
        self.http = http
        self.token = ""

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

    async def post(self, call: str, body: object = None, **query: str) -> Any:
        raw = body if isinstance(body, bytes) else _json(body)
        return await self._ask("POST", call, raw, query)

    async def get(self, call: str, **query: str) -> Any:
        return await self._ask("GET", call, None, query)

    async def code(self, call: str, body: object = None) -> int:
        """The error code of a call with a good token."""
        return int((await self.post(call, body)).get("errcode", 0))

    async def _ask(self, method: str, call: str, body: Any, query: Any) -> Any:
        async with self.http.request(
            method,
            f"{self.platform.url}/cgi-bin/{call}",
            params={"access_token": self.token, **query},
            data=body,
        ) as response:
            return json.loads(await response.read())


def _json(body: object) -> bytes:
    return json.dumps(body, ensure_ascii=False).encode()


@pytest.fixture
def clock() -> StandingClock:
    return StandingClock()


@pytest.fixture
async def platform(clock: StandingClock) -> AsyncIterator[OfficialAccountPlatform]:
    async with OfficialAccountPlatform(clock) as platform:
        yield platform


@pytest.fixture
async def api(platform: OfficialAccountPlatform) -> AsyncIterator[Api]:
    async with aiohttp.ClientSession() as http:
        api = Api(platform, http)
        await api.fetch_token()
        yield api


@pytest.fixture
def teacher(platform: OfficialAccountPlatform) -> Follower:
    return platform.follower("teacher")


def text(person: Follower, content: str) -> dict[str, Any]:
    return {
        "touser": person.openid,
        "msgtype": "text",
        "text": {"content": content},
    }


async def test_a_message_needs_an_open_window(api: Api, teacher: Follower) -> None:
    assert await api.code("message/custom/send", text(teacher, "在吗")) == 45015
    await teacher.says("你好")
    assert await api.code("message/custom/send", text(teacher, "在吗")) == 0
    assert [one.text for one in teacher.pushed] == ["在吗"]


async def test_five_messages_follow_a_message(api: Api, teacher: Follower) -> None:
    await teacher.says("你好")
    codes = [
        await api.code("message/custom/send", text(teacher, str(n))) for n in range(6)
    ]
    assert codes == [0, 0, 0, 0, 0, 45047]
