"""Callbacks with the platforms' patience: five seconds, three tries, overlapping."""

from __future__ import annotations

import asyncio
import itertools
import time
from collections.abc import Iterator
from typing import Protocol

import aiohttp
import msgspec

from bot.clock import Clock
from tests.platforms.envelope import BadReplyError, Envelope, write_xml

_AT_ONCE = 64


class Caller(Protocol):
    """Whose callbacks these are."""

    envelope: Envelope
    clock: Clock

    def frame(self, openid: str) -> tuple[dict[str, str], dict[str, object]]:
        """What goes into every query, and around ``<Encrypt>``."""


class Delivered(msgspec.Struct, frozen=True):
    """How a callback ended.

    ``reply`` is the opened XML, empty when it was only acknowledged; ``tries``
    how often it was sent; ``trouble`` why its person is told that the service
    is not available.
    """

    reply: bytes = b""
    tries: int = 1
    trouble: str = ""


class Callbacks:
    """Sends one account's callbacks, sealed.

    ``patience`` is how many seconds a try may take, ``tries`` how many there
    are, each to the next of ``urls``. ``hangs_up``: whether a try that took too
    long is cut off before the next one, or goes on beside it. ``news`` is set
    whenever something new was shown to somebody.
    """

    def __init__(self, caller: Caller, urls: list[str]) -> None:
        self.urls = urls
        self.patience = 5.0
        self.tries = 3
        self.hangs_up = True
        self.news = asyncio.Event()
        self._caller = caller
        self._next_url = 0
        self._nonces: Iterator[int] = itertools.count(1)
        self._ids: Iterator[int] = itertools.count(time.time_ns() // 1000)
        self._http: aiohttp.ClientSession | None = None
        self._slots = asyncio.Semaphore(_AT_ONCE)
        self._left_behind: set[asyncio.Task[bytes]] = set()

    async def close(self) -> None:
        """Cut off what still goes on."""
        for task in self._left_behind:
            task.cancel()
        await asyncio.gather(*self._left_behind, return_exceptions=True)
        if self._http is not None:
            await self._http.close()
            self._http = None

    def new_message_id(self) -> int:
        """An id that no message had."""
        return next(self._ids)

    async def deliver(self, xml: bytes, openid: str) -> Delivered:
        """Send a callback until it is answered, or the tries are used up."""
        trouble = "no callback address"
        for number in range(1, self.tries + 1):
            async with self._slots:
                task = asyncio.ensure_future(self._send(xml, openid))
                done, _ = await asyncio.wait({task}, timeout=self.patience)
            if not done:
                trouble = f"no answer within {self.patience:g} s"
                await self._leave(task)
                continue
            try:
                return Delivered(task.result(), number)
            except BadReplyError as error:
                return Delivered(tries=number, trouble=str(error))
            except (aiohttp.ClientError, OSError) as error:
                trouble = f"{type(error).__name__}: {error}"
        return Delivered(tries=self.tries, trouble=trouble)

    async def deliver_at_once(
        self, xml: bytes, openid: str, *, copies: int = 3
    ) -> list[Delivered]:
        """Send the same callback several times beside one another."""
        tries = [self.deliver(xml, openid) for _ in range(copies)]
        return list(await asyncio.gather(*tries))

    async def verify(self, url: str = "") -> str:
        """Ask the service, as the console does, whether the address is its own."""
        query = self._signed_plain()
        query["echostr"] = "5577006791947779410"
        session = self._session()
        async with session.get(url or self.urls[0], params=query) as response:
            return await response.text()

    async def _leave(self, task: asyncio.Task[bytes]) -> None:
        if self.hangs_up:
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)
            return
        self._left_behind.add(task)
        task.add_done_callback(self._left_behind.discard)
        task.add_done_callback(lambda done: done.cancelled() or done.exception())

    async def _send(self, xml: bytes, openid: str) -> bytes:
        """One try: the opened reply, empty when it only acknowledges.

        Raises:
            BadReplyError: the answer is abnormal; it is not tried again.
            aiohttp.ClientError: it was not taken.
        """
        if not self.urls:
            raise aiohttp.ClientError("no callback address")
        url = self.urls[self._next_url % len(self.urls)]
        self._next_url += 1
        query, body = self._sealed(xml, openid)
        session = self._session()
        async with session.post(url, params=query, data=body) as response:
            if response.status != 200:
                raise aiohttp.ClientError(f"HTTP {response.status}")
            raw = await response.read()
        if raw in (b"", b"success"):
            return b""
        return self._caller.envelope.open_reply(raw)

    def _sealed(self, xml: bytes, openid: str) -> tuple[dict[str, str], bytes]:
        envelope = self._caller.envelope
        query, around = self._caller.frame(openid)
        stamp, nonce = self._stamp()
        sealed = envelope.seal(xml)
        query |= {
            "timestamp": stamp,
            "nonce": nonce,
            "msg_signature": envelope.sign(stamp, nonce, sealed),
        }
        if "openid" in query:
            query["signature"] = envelope.sign(stamp, nonce)
        return query, write_xml({**around, "Encrypt": sealed})

    def _signed_plain(self) -> dict[str, str]:
        stamp, nonce = self._stamp()
        signature = self._caller.envelope.sign(stamp, nonce)
        return {"timestamp": stamp, "nonce": nonce, "signature": signature}

    def _stamp(self) -> tuple[str, str]:
        now = int(self._caller.clock.real().timestamp())
        return str(now), f"{1_000_000_000 + next(self._nonces)}"

    def _session(self) -> aiohttp.ClientSession:
        if self._http is None:
            # What the service does at the other end is not for us to wait for.
            connector = aiohttp.TCPConnector(limit=0)
            self._http = aiohttp.ClientSession(connector=connector)
        return self._http
