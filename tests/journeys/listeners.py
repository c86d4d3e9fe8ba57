"""Somebody with the web chat open, who notes what comes and when."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import datetime
from typing import Any

import aiohttp
import msgspec

from bot.clock import CHINA

_WAITS = 30.0


class Heard(msgspec.Struct, frozen=True):
    """A push: what it says, and the time in China at which it was sent."""

    text: str
    at: datetime


class Listener:
    """Says things over the socket; ``heard`` keeps every push, in its order."""

    def __init__(self, socket: aiohttp.ClientWebSocketResponse) -> None:
        self._socket = socket
        self.heard: list[Heard] = []

    async def say(self, text: str) -> str:
        """Say something; all that was answered. What was pushed before is noted."""
        await self._socket.send_json({"type": "text", "text": text})
        answers = []
        while (frame := await self._next())["type"] != "idle":
            answers.append(frame.get("text", ""))
        return "\n".join(answers)

    async def listen(self) -> list[Heard]:
        """Note everything that was sent up to now; the pushes since the last look."""
        before = len(self.heard)
        await self.say("帮助")
        return self.heard[before:]

    async def _next(self) -> dict[str, Any]:
        """The next frame that answers."""
        while True:
            frame = await self._socket.receive_json(timeout=_WAITS)
            if not frame.get("push"):
                return dict(frame)
            at = datetime.fromisoformat(frame["at"]).astimezone(CHINA)
            self.heard.append(Heard(frame["text"], at.replace(second=0, microsecond=0)))


@asynccontextmanager
async def listening(
    session: aiohttp.ClientSession, url: str, user: str
) -> AsyncIterator[Listener]:
    """The web chat, open as ``user`` until the end of the block."""
    async with session.ws_connect(f"{url}/chat/ws") as socket:
        await socket.send_json({"type": "hello", "user": user})
        yield Listener(socket)
