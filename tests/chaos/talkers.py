"""Scripted people on a platform that delivers again until it is answered."""

from __future__ import annotations

import asyncio
import re
import time
from collections.abc import Sequence
from dataclasses import dataclass, field

import aiohttp

from tests.channels.official_account.platform import (
    ACCOUNT,
    Answer,
    encrypt,
    open_envelope,
    read_answer,
    signature,
)

_BETWEEN_TRIES = 0.25
_GIVE_UP = 120.0


@dataclass(frozen=True)
class Say:
    """A text (or the media id of a picture), and what its answer must match."""

    text: str
    expect: str = ""
    media: str = ""


@dataclass
class Platform:
    """Delivers callbacks: the same message again and again until it is answered."""

    url: str
    session: aiohttp.ClientSession
    steps: int = 0
    deliveries: int = 0
    keys: set[str] = field(default_factory=set)
    _last_id: int = field(default_factory=lambda: time.time_ns() // 1000)

    async def deliver(self, openid: str, say: Say) -> Answer | None:
        """One message; None when it was only acknowledged."""
        self._last_id += 1
        self.steps += 1
        message_id = str(self._last_id)
        self.keys.add(message_id)
        xml = _message(openid, say, message_id)
        give_up = time.monotonic() + _GIVE_UP
        while time.monotonic() < give_up:
            body = await self._try(openid, xml)
            if body is not None:
                return await self._read(openid, xml, body)
            await asyncio.sleep(_BETWEEN_TRIES)
        raise TimeoutError(f"no answer to {say.text!r}")

    async def _read(self, openid: str, xml: bytes, body: bytes) -> Answer | None:
        if body == b"success":
            return None
        first = open_envelope(body)
        # Now and then the platform did not hear the answer.
        if self._last_id % 7 == 0:
            again = await self._try(openid, xml)
            if again is not None:
                assert open_envelope(again) == first, "a delivery was answered anew"
        return read_answer(first)

    async def _try(self, openid: str, xml: bytes) -> bytes | None:
        self.deliveries += 1
        envelope = encrypt(xml)
        stamp, nonce = str(int(time.time())), str(time.time_ns() % 10**9)
        query = {
            "signature": signature(stamp, nonce),
            "timestamp": stamp,
            "nonce": nonce,
            "openid": openid,
            "encrypt_type": "aes",
            "msg_signature": signature(stamp, nonce, envelope),
        }
        data = (
            f"<xml><ToUserName><![CDATA[{ACCOUNT}]]></ToUserName>"
            f"<Encrypt><![CDATA[{envelope}]]></Encrypt></xml>"
        )
        try:
            async with (
                asyncio.timeout(5),
                self.session.post(self.url, params=query, data=data) as response,
            ):
                body = await response.read()
                assert response.status in (200, 503), response.status
                return body if response.status == 200 else None
        except (aiohttp.ClientError, OSError, TimeoutError):
            return None


def _message(openid: str, say: Say, message_id: str) -> bytes:
    kind, content = ("image", say.media) if say.media else ("text", say.text)
    tag = "MediaId" if say.media else "Content"
    return (
        f"<xml><ToUserName><![CDATA[{ACCOUNT}]]></ToUserName>"
        f"<FromUserName><![CDATA[{openid}]]></FromUserName>"
        f"<CreateTime>{int(time.time())}</CreateTime>"
        f"<MsgType><![CDATA[{kind}]]></MsgType><{tag}><![CDATA[{content}]]></{tag}>"
        f"<MsgId>{message_id}</MsgId></xml>"
    ).encode()


async def talk(platform: Platform, openid: str, script: Sequence[Say]) -> list[str]:
    """Say a script line by line; the answers, each checked."""
    answers = []
    for say in script:
        answer = await platform.deliver(openid, say)
        shown = answer.shown if answer is not None else ""
        if not re.search(say.expect, shown, re.DOTALL):
            raise AssertionError(f"{openid}: {say.text!r} was answered {shown!r}")
        answers.append(shown)
    return answers
