"""The stand-in as a process of its own, told and asked over HTTP."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import Any

import aiohttp
import msgspec
import pytest

from tests.platforms.envelope import Envelope
from tests.platforms.messages import openid_of
from tests.platforms.official_account import OfficialAccountPlatform
from tests.platforms.service import SmallService, small_service

Ask = Callable[..., Awaitable[Any]]
CUSTOM = "message/custom/send"


@asynccontextmanager
async def process(*arguments: str) -> AsyncIterator[dict[str, Any]]:
    """The process; what it says of itself. It must end well."""
    child = await asyncio.create_subprocess_exec(
        sys.executable,
        *("-m", "tests.platforms", *arguments),
        stdout=asyncio.subprocess.PIPE,
    )
    assert child.stdout is not None
    try:
        yield msgspec.json.decode(await child.stdout.readline())
    finally:
        child.terminate()
        assert await child.wait() == 0


@pytest.fixture
async def service() -> AsyncIterator[SmallService]:
    account = OfficialAccountPlatform
    envelope = Envelope(
        token=account.token, aes_key=account.aes_key, receiver=account.app_id
    )
    async with small_service(envelope) as service:
        yield service


@pytest.fixture
async def ask(service: SmallService) -> AsyncIterator[Ask]:
    async with (
        process("official_account", "--callback", service.url) as said,
        aiohttp.ClientSession(said["url"]) as http,
    ):

        async def ask(path: str, body: object = None) -> Any:
            raw = msgspec.json.encode(body if body is not None else {})
            async with http.post(path, data=raw) as response:
                return msgspec.json.decode(await response.read())

        yield ask


async def test_it_is_told_and_asked_over_http(ask: Ask, service: SmallService) -> None:
    openid = openid_of("teacher")
    await ask("/_setup", {"templates": {"TPL": ["thing1"]}, "patience": 2})
    assert await ask("/_people", {"openids": [openid], "window": False}) == {
        "people": 1
    }
    done = await ask("/_do", {"who": openid, "what": "says", "with": ["你好"]})
    assert (done, service.said("Content")) == ({"shown": "", "heard": []}, ["你好"])
    given = await ask(
        "/cgi-bin/stable_token",
        {
            "grant_type": "client_credential",
            "appid": OfficialAccountPlatform.app_id,
            "secret": OfficialAccountPlatform.secret,
        },
    )
    send = f"/cgi-bin/{CUSTOM}?access_token={given['access_token']}"
    body = {"touser": openid, "msgtype": "text", "text": {"content": "在吗"}}
    await ask("/_faults", {"next": [{"call": CUSTOM, "faults": [-1]}]})
    assert [(await ask(send, body))["errcode"] for _ in range(2)] == [-1, 0]
    ledger = await ask(f"/_ledger?to={openid}")
    assert [one["body"] for one in ledger["entries"]] == [body]
    assert (ledger["total"], ledger["attempts"][CUSTOM], ledger["fired"]) == (
        *(1, 2),
        {f"{CUSTOM}:-1": 1},
    )
    await ask("/_invalidate")
    assert (await ask(send, body))["errcode"] == 40001
    assert "errmsg" in await ask("/_do", {"who": openid, "what": "__init__"})


async def test_a_company_runs_as_a_process_too() -> None:
    async with process("wecom") as said, aiohttp.ClientSession(said["url"]) as http:

        async def ask(path: str, body: object) -> Any:
            async with http.post(path, data=msgspec.json.encode(body)) as response:
                return msgspec.json.decode(await response.read())

        assert await ask("/_people", {"userids": ["zhangsan"]}) == {"people": 1}
        assert await ask("/_members", {}) == {"dropped": {}, "cut": {}, "crowded": 0}
