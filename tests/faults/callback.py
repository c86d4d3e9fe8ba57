"""One callback as the platform makes it, and what it hears."""

from __future__ import annotations

import asyncio
import itertools
import time
from dataclasses import dataclass

import aiohttp

from tests.channels.official_account.platform import (
    ACCOUNT,
    delivery,
    opened,
    read_answer,
)

HANGS_UP_AFTER = 5.0
"""Seconds the platform waits for an answer."""

_numbers = itertools.count(time.time_ns() // 1000)


def fresh_id() -> str:
    """The id of a message that nobody sent before."""
    return str(next(_numbers))


@dataclass(frozen=True)
class Heard:
    """What came back: the status, the decrypted answer, how long it took.

    ``status`` is 0 when there was no answer at all; ``xml`` is empty when it
    was only acknowledged.
    """

    status: int
    xml: bytes
    seconds: float

    @property
    def shown(self) -> str:
        """The text that the person sees."""
        return read_answer(self.xml).shown if self.xml else ""


@dataclass
class Platform:
    """Delivers messages to an address, each delivery enveloped anew."""

    url: str
    session: aiohttp.ClientSession

    async def deliver(
        self, openid: str, text: str, message_id: str, *, url: str = ""
    ) -> Heard:
        """One delivery of a text."""
        query, body = delivery(_text(openid, text, message_id), openid)
        began = time.monotonic()
        try:
            async with (
                asyncio.timeout(2 * HANGS_UP_AFTER),
                self.session.post(
                    f"{url or self.url}/wechat", params=query, data=body
                ) as response,
            ):
                answer = await response.read()
        except (aiohttp.ClientError, OSError, TimeoutError):
            return Heard(0, b"", time.monotonic() - began)
        seconds = time.monotonic() - began
        xml = opened(answer) if response.status == 200 else b""
        return Heard(response.status, xml, seconds)


def _text(openid: str, text: str, message_id: str) -> bytes:
    return (
        f"<xml><ToUserName><![CDATA[{ACCOUNT}]]></ToUserName>"
        f"<FromUserName><![CDATA[{openid}]]></FromUserName>"
        f"<CreateTime>{int(time.time())}</CreateTime>"
        f"<MsgType><![CDATA[text]]></MsgType><Content><![CDATA[{text}]]></Content>"
        f"<MsgId>{message_id}</MsgId></xml>"
    ).encode()
