"""People with WeChat, and the platform between them and the service."""

from __future__ import annotations

import asyncio
import itertools
import re
import time
from collections.abc import Iterator
from typing import Any

import aiohttp

from tests.channels.official_account.fake_api import FakeApi
from tests.channels.official_account.platform import (
    ACCOUNT,
    Answer,
    delivery,
    opened,
    read_answer,
)

_WAITS = 20.0
_LISTENS_EVERY = 0.02


class Platform:
    """Delivers callbacks in safe mode; remembers all that the service let out."""

    def __init__(self, url: str, session: aiohttp.ClientSession, api: FakeApi) -> None:
        self.api = api
        self.answers: list[str] = []
        self._url = f"{url}/wechat"
        self._session = session
        self._ids: Iterator[int] = itertools.count(time.time_ns() // 1000)

    def follower(self, name: str) -> Follower:
        """Somebody with an openid of their own."""
        return Follower(self, f"o{name:0<27}")

    def message(self, openid: str, **leaves: str) -> bytes:
        """A message or an event of somebody, as the platform writes it."""
        head = {
            "ToUserName": ACCOUNT,
            "FromUserName": openid,
            "CreateTime": str(int(time.time())),
        }
        if leaves["MsgType"] != "event":
            leaves["MsgId"] = str(next(self._ids))
        inner = "".join(
            f"<{name}>{text}</{name}>"
            if text.isdigit() and name in ("CreateTime", "MsgId", "MsgID")
            else f"<{name}><![CDATA[{text}]]></{name}>"
            for name, text in {**head, **leaves}.items()
        )
        return f"<xml>{inner}</xml>".encode()

    async def deliver(self, xml: bytes, openid: str) -> bytes:
        """One delivery; the opened reply, empty when it only acknowledges."""
        query, body = delivery(xml, openid)
        async with self._session.post(self._url, params=query, data=body) as response:
            assert response.status == 200
            return opened(await response.read())

    async def finish_template(self, openid: str, number: int, status: str) -> None:
        """Tell what became of a template message."""
        xml = self.message(
            openid,
            MsgType="event",
            Event="TEMPLATESENDJOBFINISH",
            MsgID=str(number),
            Status=status,
        )
        assert await self.deliver(xml, openid) == b""

    def let_out(self) -> list[str]:
        """Every text that left for somebody's chat, as it left."""
        said = [body for kind, body in self.api.calls if kind != "typing"]
        return self.answers + [_written(body) for body in said]


class Follower:
    """One person: says, taps, sends pictures, and reads what comes.

    ``heard`` counts the pushes the test has looked at.
    """

    def __init__(self, platform: Platform, openid: str) -> None:
        self._platform = platform
        self.openid = openid
        self.last: Answer | None = None
        self._heard = 0

    async def say(self, text: str) -> str:
        """Say something; what was answered."""
        return await self._send(MsgType="text", Content=text)

    async def say_all(self, *texts: str) -> str:
        """Say things one after the other; what the last was answered."""
        return [await self.say(text) for text in texts][-1]

    async def tap(self, label: str) -> str:
        """Tap a link of the last answer, as the client sends it."""
        assert self.last is not None
        send = next(send for said, send in self.last.taps if label in said)
        return await self._send(MsgType="text", Content=label, bizmsgmenuid=send)

    async def send_photo(self, media_id: str) -> str:
        """Send a picture that the platform keeps."""
        return await self._send(
            MsgType="image", PicUrl="http://mmbiz.qpic.cn/x", MediaId=media_id
        )

    async def follow(self) -> str:
        """Follow the account."""
        return await self._send(MsgType="event", Event="subscribe", EventKey="")

    async def say_twice(self, text: str) -> tuple[bytes, bytes]:
        """The same message delivered again after it was answered: both replies."""
        xml = self._platform.message(self.openid, MsgType="text", Content=text)
        first = await self._platform.deliver(xml, self.openid)
        second = await self._platform.deliver(xml, self.openid)
        self._read(first)
        return first, second

    async def _send(self, **leaves: str) -> str:
        xml = self._platform.message(self.openid, **leaves)
        return self._read(await self._platform.deliver(xml, self.openid))

    def _read(self, reply: bytes) -> str:
        assert reply, "only acknowledged"
        self.last = read_answer(reply)
        assert self.last.to == self.openid
        self._platform.answers.append(self.last.content)
        return self.last.shown

    def pushes(self) -> list[str]:
        """All that was pushed, by customer-service message or template."""
        return [
            _written(body)
            for call, body in self._platform.api.calls
            if body["touser"] == self.openid and call != "typing"
        ]

    async def hears(self, pattern: str) -> str:
        """The next push that matches, waited for."""
        try:
            async with asyncio.timeout(_WAITS):
                while (said := self._heard_next(pattern)) is None:  # noqa: ASYNC110 -- the platform tells nobody
                    await asyncio.sleep(_LISTENS_EVERY)
        except TimeoutError:
            raise AssertionError(f"{pattern!r} not in {self.pushes()}") from None
        return said

    def _heard_next(self, pattern: str) -> str | None:
        said = self.pushes()
        for place in range(self._heard, len(said)):
            if re.search(pattern, said[place], re.DOTALL):
                self._heard = place + 1
                return said[place]
        return None


def _written(body: dict[str, Any]) -> str:
    """What a message to a follower says, without whom it is for."""
    if "template_id" in body:
        said = "，".join(str(one["value"]) for one in body["data"].values())
        return f"[template] {said} {body.get('url', '')}"
    if body["msgtype"] == "msgmenu":
        menu = body["msgmenu"]
        listed = "\n".join(one["content"] for one in menu["list"])
        return f"{menu['head_content']}\n{listed}\n{menu.get('tail_content', '')}"
    return str(body["text"]["content"]) if body["msgtype"] == "text" else "[image]"
