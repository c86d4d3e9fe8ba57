"""The page where people agree to notifications, inside the platform's client and outside."""

from __future__ import annotations

import base64
import hashlib
import re
from collections.abc import AsyncIterator

import msgspec
import pytest
from aiohttp import ClientResponse, ClientSession, web
from aiohttp.test_utils import TestServer

from bot.pages.protection import protect
from bot.pages.subscribe import subscribe_routes

WECHAT = "Mozilla/5.0 (Linux; Android 14) MicroMessenger/8.0.50"
WECOM = WECHAT + " wxwork/4.1"
BROWSER = "Mozilla/5.0 (X11; Linux x86_64) Chrome/130"


class Signed(msgspec.Struct):
    app_id: str = "wx1"
    timestamp: int = 1700000000
    nonce: str = "abcd"
    signature: str = "0123abcd"


class Signer:
    def __init__(self) -> None:
        self.urls: list[str] = []
        self.down = False

    async def __call__(self, url: str) -> Signed:
        self.urls.append(url)
        if self.down:
            raise ConnectionError
        return Signed()


@pytest.fixture
def signer() -> Signer:
    return Signer()


@pytest.fixture
async def site(signer: Signer) -> AsyncIterator[ClientSession]:
    app = web.Application()
    protect(app)
    app.add_routes(subscribe_routes(["T1", "T2"], signer, "https://x.cn/"))
    async with TestServer(app) as server, ClientSession(server.make_url("")) as session:
        yield session


async def look(
    site: ClientSession, agent: str, path: str = "/subscribe"
) -> ClientResponse:
    return await site.get(path, headers={"User-Agent": agent})


async def test_in_the_client_it_shows_the_clients_own_button(
    site: ClientSession, signer: Signer
) -> None:
    shown = await look(site, WECHAT)
    html = await shown.text()
    assert shown.status == 200
    assert '<wx-open-subscribe template="T1,T2"' in html
    for name, value in (
        ("app", "wx1"),
        ("timestamp", "1700000000"),
        ("nonce", "abcd"),
        ("signature", "0123abcd"),
    ):
        assert f'data-{name}="{value}"' in html


async def test_what_the_client_adds_to_the_address_is_signed(
    site: ClientSession, signer: Signer
) -> None:
    await look(site, WECHAT, "/subscribe?from=singlemessage&isappinstalled=0")
    assert signer.urls == ["https://x.cn/subscribe?from=singlemessage&isappinstalled=0"]


async def test_only_its_own_script_and_the_clients_may_run(site: ClientSession) -> None:
    shown = await look(site, WECHAT)
    policy = shown.headers["Content-Security-Policy"]
    (ours,) = re.findall(r"<script>(.*?)</script>", await shown.text(), flags=re.DOTALL)
    digest = base64.b64encode(hashlib.sha256(ours.encode()).digest()).decode()
    scripts = next(
        part.split() for part in policy.split("; ") if part.startswith("script-src")
    )
    assert scripts == [
        "script-src",
        f"'sha256-{digest}'",
        "https://res.wx.qq.com",
        "https://res2.wx.qq.com",
    ]


@pytest.mark.parametrize("agent", [BROWSER, WECOM, ""])
async def test_elsewhere_it_says_where_to_open_it(
    site: ClientSession, signer: Signer, agent: str
) -> None:
    html = await (await look(site, agent)).text()
    assert "请在手机微信里打开" in html
    assert "<script" not in html
    assert signer.urls == []


async def test_a_platform_that_is_down_is_no_error(
    site: ClientSession, signer: Signer
) -> None:
    signer.down = True
    shown = await look(site, WECHAT)
    assert shown.status == 200
    assert "请过一会儿再点链接" in await shown.text()
