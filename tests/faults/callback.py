"""One callback as the platform makes it, and what it hears."""

from __future__ import annotations

import asyncio
import itertools
import os
import time
from dataclasses import dataclass

import aiohttp

from tests.channels.official_account.platform import (
    ACCOUNT,
    encrypt,
    open_envelope,
    read_answer,
    signature,
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
        query, body = _callback(openid, text, message_id)
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
        if response.status != 200 or answer == b"success":
            return Heard(response.status, b"", seconds)
        return Heard(200, open_envelope(answer), seconds)


def _callback(openid: str, text: str, message_id: str) -> tuple[dict[str, str], str]:
    xml = (
        f"<xml><ToUserName><![CDATA[{ACCOUNT}]]></ToUserName>"
        f"<FromUserName><![CDATA[{openid}]]></FromUserName>"
        f"<CreateTime>{int(time.time())}</CreateTime>"
        f"<MsgType><![CDATA[text]]></MsgType><Content><![CDATA[{text}]]></Content>"
        f"<MsgId>{message_id}</MsgId></xml>"
    )
    envelope = encrypt(xml.encode())
    stamp, nonce = str(int(time.time())), os.urandom(6).hex()
    query = {
        "signature": signature(stamp, nonce),
        "timestamp": stamp,
        "nonce": nonce,
        "openid": openid,
        "encrypt_type": "aes",
        "msg_signature": signature(stamp, nonce, envelope),
    }
    body = (
        f"<xml><ToUserName><![CDATA[{ACCOUNT}]]></ToUserName>"
        f"<Encrypt><![CDATA[{envelope}]]></Encrypt></xml>"
    )
    return query, body
