"""One live connection to the platform: calls and their answers, frames that come in."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any

import aiohttp
import msgspec
import structlog
from aiohttp import WSMsgType

from bot.channels.transport import RefusedError, UnreachedError, UnsureError
from bot.channels.wecom_bot import frames
from bot.channels.wecom_bot.errors import NOT_SUBSCRIBED
from bot.channels.wecom_bot.frames import Ack, Happened, Inward, Said

MAX_FRAME = 1024 * 1024
_CLOSES_WITHIN = 2.0

_log = structlog.get_logger(__name__)

Take = Callable[[Said | Happened, "Connection"], None]
"""Gets each message and event as it comes; returns at once."""


class Pulse(msgspec.Struct, frozen=True):
    """How a connection is known to be alive; seconds."""

    beat: float = 30.0
    patience: float = 10.0
    missed: int = 2


class ReplacedError(Exception):
    """The platform tells that somebody else has connected as this bot."""


class Connection:
    """A connection from its subscription to its end."""

    def __init__(
        self,
        socket: aiohttp.ClientWebSocketResponse,
        new_id: Callable[[], str],
        pulse: Pulse,
    ) -> None:
        self._socket = socket
        self._new_id = new_id
        self._pulse = pulse
        self._awaited: dict[str, asyncio.Future[Ack]] = {}
        self._open = True

    async def call(
        self, cmd: str, body: dict[str, Any] | None = None, *, req_id: str = ""
    ) -> dict[str, Any]:
        """Call and wait for the answer; its body. ``req_id`` where it is an answer itself.

        Raises:
            RefusedError: the platform answered with an error code.
            UnreachedError: nothing was sent.
            UnsureError: it was sent; no answer came.
        """
        req_id = req_id or f"{cmd}_{self._new_id()}"
        if not self._open or self._socket.closed or req_id in self._awaited:
            raise UnreachedError("no connection")
        answer: asyncio.Future[Ack] = asyncio.get_running_loop().create_future()
        self._awaited[req_id] = answer
        try:
            async with asyncio.timeout(self._pulse.patience):
                await self._socket.send_str(frames.write(cmd, req_id, body))
                ack = await answer
        except TimeoutError:
            raise UnsureError("no answer in time") from None
        except (ConnectionError, aiohttp.ClientError, RuntimeError) as error:
            raise UnsureError(type(error).__name__) from None
        finally:
            self._awaited.pop(req_id, None)
        if ack.code == NOT_SUBSCRIBED:
            await self.close()
        if ack.code:
            raise RefusedError(ack.code, ack.words)
        return ack.body

    async def run(self, take: Take) -> None:
        """Read until the connection ends, by whichever side.

        Raises:
            ReplacedError: somebody else has it now.
        """
        beating = asyncio.get_running_loop().create_task(self._beat())
        try:
            await self._read(take)
        finally:
            beating.cancel()
            await self.close()
            await asyncio.gather(beating, return_exceptions=True)

    async def _read(self, take: Take) -> None:
        async for message in self._socket:
            if message.type not in {WSMsgType.TEXT, WSMsgType.BINARY}:
                continue
            try:
                frame = frames.read(message.data)
            except frames.Unreadable as error:
                _log.warning("wecom_bot_frame_unreadable", reason=str(error))
                continue
            self._handle(frame, take)

    def _handle(self, frame: Inward, take: Take) -> None:
        if isinstance(frame, Ack):
            answer = self._awaited.get(frame.req_id)
            if answer is not None and not answer.done():
                answer.set_result(frame)
        elif isinstance(frame, Happened) and frame.kind == frames.REPLACED:
            raise ReplacedError
        else:
            take(frame, self)

    async def _beat(self) -> None:
        """Ask again and again whether the platform is there; hang up if it is not."""
        missed = 0
        while missed < self._pulse.missed:
            await asyncio.sleep(self._pulse.beat)
            try:
                await self.call(frames.PING)
            except UnsureError:
                missed += 1
            except (UnreachedError, RefusedError):
                break
            else:
                missed = 0
        _log.warning("wecom_bot_silent", missed=missed)
        await self.close()

    async def close(self) -> None:
        """End it; whoever waits for an answer is told that none will come."""
        self._open = False
        for answer in self._awaited.values():
            if not answer.done():
                answer.set_exception(ConnectionResetError())
        try:
            async with asyncio.timeout(_CLOSES_WITHIN):
                await self._socket.close()
        except TimeoutError:
            return
