"""Somebody with the web chat open, who notes what comes and when."""

from __future__ import annotations

import base64
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import datetime
from typing import Any

import aiohttp
import msgspec

from bot.clock import CHINA

_WAITS = 30.0


class Heard(msgspec.Struct, frozen=True):
    """A push: what it says, and the time in China at which it was sent.

    ``url`` is where a file or a page is had, ``name`` what the file is called.
    """

    text: str
    at: datetime
    url: str = ""
    name: str = ""


class Listener:
    """Says things over the socket; ``heard`` keeps every push, in its order."""

    def __init__(self, socket: aiohttp.ClientWebSocketResponse) -> None:
        self._socket = socket
        self.heard: list[Heard] = []

    async def say(self, text: str) -> str:
        """Say something; all that was answered. What was pushed before is noted."""
        return await self._send({"type": "text", "text": text})

    async def give(self, name: str, content: bytes) -> str:
        """Send a file; all that was answered."""
        data = base64.b64encode(content).decode()
        return await self._send({"type": "file", "name": name, "data": data})

    async def _send(self, frame: dict[str, str]) -> str:
        await self._socket.send_json(frame)
        answers = []
        while (answer := await self._next())["type"] != "idle":
            answers.append(answer.get("text", ""))
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
            self.heard.append(
                Heard(
                    frame.get("text", ""),
                    at.replace(second=0, microsecond=0),
                    frame.get("url", ""),
                    frame.get("name", ""),
                )
            )


@asynccontextmanager
async def listening(
    session: aiohttp.ClientSession, url: str, user: str
) -> AsyncIterator[Listener]:
    """The web chat, open as ``user`` until the end of the block."""
    async with session.ws_connect(f"{url}/chat/ws") as socket:
        await socket.send_json({"type": "hello", "user": user})
        yield Listener(socket)
