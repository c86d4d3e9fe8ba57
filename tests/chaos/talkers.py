"""Scripted people on a platform that delivers again until it is answered."""

from __future__ import annotations

import asyncio
import re
import time
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

import aiohttp

from tests.channels.official_account.fake_api import FakeApi
from tests.channels.official_account.platform import (
    ACCOUNT,
    encrypt,
    open_envelope,
    read_answer,
    signature,
)
from tests.chaos.waiting import until

_BETWEEN_TRIES = 0.1
_WAITS = 5.0
_GIVE_UP = 180.0


@dataclass(frozen=True)
class Say:
    """A text (or the media id of a picture), and what its answer must match."""

    text: str
    expect: str = ""
    media: str = ""


@dataclass
class Ears:
    """What each person was pushed, in the order in which the platform took it."""

    api: FakeApi
    texts: defaultdict[str, list[str]] = field(
        default_factory=lambda: defaultdict(list)
    )
    _read: int = 0

    def listen(self, openid: str) -> list[str]:
        """All that was pushed to somebody."""
        for body in pushes(self.api)[self._read :]:
            self.texts[body["touser"]].append(pushed_text(body))
            self._read += 1
        return self.texts[openid]

    async def wait_for(
        self, openid: str, pattern: str, *, after: int = 0
    ) -> tuple[str, int]:
        """The first push that matches of those after the first ``after``, and its place."""
        found = "", 0

        async def came() -> bool:
            nonlocal found
            for place, text in enumerate(self.listen(openid)[after:], after + 1):
                if re.search(pattern, text, re.DOTALL):
                    found = text, place
                    return True
            return False

        await until(came, within=_GIVE_UP)
        return found


def pushes(api: FakeApi) -> list[dict[str, Any]]:
    """The messages that the platform took."""
    return [body for kind, body in api.calls if kind != "typing"]


def pushed_text(body: dict[str, Any]) -> str:
    """What a message to a follower says; a picture or a template says its kind."""
    if "template_id" in body:
        return f"[template {body['client_msg_id']}]"
    if body["msgtype"] == "msgmenu":
        return str(body["msgmenu"]["head_content"])
    return str(body["text"]["content"]) if body["msgtype"] == "text" else "[image]"


@dataclass
class Platform:
    """Delivers callbacks: the same message again and again until it is answered.

    Some are delivered twice at once, some again after they were answered: every
    delivery of a message must be answered with the same bytes.
    """

    urls: tuple[str, ...]
    session: aiohttp.ClientSession
    ears: Ears
    steps: int = 0
    deliveries: int = 0
    acknowledged: int = 0
    compared: int = 0
    keys: set[str] = field(default_factory=set)
    _last_id: int = field(default_factory=lambda: time.time_ns() // 1000)

    async def say(self, openid: str, say: Say) -> str:
        """Say something and check what comes of it; what was answered."""
        heard = len(self.ears.listen(openid))
        shown = await self._deliver(openid, say)
        if shown is None:
            # Acknowledged only: the answer is pushed.
            self.acknowledged += 1
            return (await self.ears.wait_for(openid, say.expect, after=heard))[0]
        if not re.search(say.expect, shown, re.DOTALL):
            raise AssertionError(f"{openid}: {say.text!r} was answered {shown!r}")
        return shown

    async def wait_until_served(self) -> None:
        """Wait until a service takes what is delivered, and would end politely."""

        for url in self.urls:
            healthz = url.removesuffix("/wechat") + "/healthz"

            async def answers(healthz: str = healthz) -> bool:
                try:
                    async with self.session.get(healthz) as response:
                        return response.status == 200
                except (aiohttp.ClientError, OSError):
                    return False

            await until(answers)

    async def talk(self, openid: str, script: Iterable[Say]) -> None:
        """Say a script line by line."""
        for say in script:
            await self.say(openid, say)

    async def _deliver(self, openid: str, say: Say) -> str | None:
        """One message; None when it was only acknowledged."""
        self._last_id += 1
        self.steps += 1
        number = self._last_id
        self.keys.add(str(number))
        xml = _message(openid, say, str(number))
        tries = 2 if number % 5 == 0 else 1
        give_up = time.monotonic() + _GIVE_UP
        while time.monotonic() < give_up:
            bodies = await asyncio.gather(
                *(self._try(openid, xml) for _ in range(tries))
            )
            if number % 7 == 0:
                # The platform did not hear the answer.
                bodies.append(await self._try(openid, xml))
            answers = [_opened(body) for body in bodies if body is not None]
            if answers:
                return self._one_of(answers)
            await asyncio.sleep(_BETWEEN_TRIES)
        raise TimeoutError(f"no answer to {say.text!r}")

    def _one_of(self, answers: list[bytes]) -> str | None:
        """What the person is shown; all that say something must say the same."""
        said = [answer for answer in answers if answer]
        self.compared += max(0, len(said) - 1)
        assert len(set(said)) <= 1, "a delivery was answered anew"
        return read_answer(said[0]).shown if said else None

    async def _try(self, openid: str, xml: bytes) -> bytes | None:
        self.deliveries += 1
        # As a proxy in front would: to one after the other.
        url = self.urls[self.deliveries % len(self.urls)]
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
                asyncio.timeout(_WAITS),
                self.session.post(url, params=query, data=data) as response,
            ):
                body = await response.read()
        except (aiohttp.ClientError, OSError, TimeoutError):
            return None
        assert response.status in (200, 503), response.status
        return body if response.status == 200 else None


def _opened(body: bytes) -> bytes:
    """An answer out of its envelope; empty when it only acknowledges."""
    return b"" if body == b"success" else open_envelope(body)


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
