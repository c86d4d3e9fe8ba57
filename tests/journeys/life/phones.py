"""People with the web chat open: what they say and send, what they hear and when."""

from __future__ import annotations

import asyncio
import re
from base64 import b64encode
from datetime import date, datetime
from typing import Any

import aiohttp
import msgspec

from bot.clock import CHINA

_WAITS = 20.0


class Heard(msgspec.Struct, frozen=True):
    """Something that came to a person, and the time in China at which it was sent.

    ``text`` is what it says, or the name of a file; ``url`` where a picture or a file lies.
    """

    kind: str
    text: str
    at: datetime
    url: str = ""

    @property
    def day(self) -> date:
        """The day on which it came."""
        return self.at.date()


class Phone:
    """One person's chat. ``heard`` keeps every push, in its order."""

    def __init__(self, user: str, socket: aiohttp.ClientWebSocketResponse) -> None:
        self.user = user
        self._socket = socket
        self.heard: list[Heard] = []
        self.answers: list[dict[str, Any]] = []
        self._choices: dict[str, str] = {}
        self._waited_for = 0

    async def say(self, text: str, expect: str = "") -> str:
        """Say something; all that was answered, which must match ``expect``."""
        return await self._send({"type": "text", "text": text}, expect or ".*", text)

    async def say_all(self, *texts: str, expect: str = "") -> str:
        """Say things one after the other; what the last was answered."""
        *most, last = texts
        for text in most:
            await self.say(text)
        return await self.say(last, expect)

    async def tap(self, label: str, expect: str = "") -> str:
        """Take the newest choice whose label begins so."""
        offered = [one for one in reversed(self._choices) if one.startswith(label)]
        assert offered, f"{self.user}: no {label} in {list(self._choices)[-9:]}"
        frame = {"type": "text", "text": self._choices[offered[0]], "label": offered[0]}
        return await self._send(frame, expect or ".*", label)

    async def send_image(self, content: bytes, expect: str = "") -> str:
        """Send a picture."""
        frame = {"type": "image", "name": "a.jpg", "data": b64encode(content).decode()}
        return await self._send(frame, expect or ".*", "a picture")

    async def send_file(self, name: str, content: bytes, expect: str = "") -> str:
        """Send a file."""
        frame = {"type": "file", "name": name, "data": b64encode(content).decode()}
        return await self._send(frame, expect or ".*", name)

    async def _send(self, frame: dict[str, str], expect: str, said: str) -> str:
        await self._socket.send_json(frame)
        self.answers = []
        while (answer := await self._next())["type"] != "idle":
            self.answers.append(answer)
            self._offer(answer)
        text = "\n".join(_words(one) for one in self.answers)
        assert re.search(expect, text, re.DOTALL), f"{self.user}: {said} -> {text}"
        return text

    async def listen(self) -> list[Heard]:
        """Note everything that was sent up to now; the pushes since the last look."""
        before = len(self.heard)
        await self.say("帮助")
        return self.heard[before:]

    async def hears(self, pattern: str) -> Heard:
        """The first push that matches, after the one that was last waited for."""
        try:
            async with asyncio.timeout(_WAITS):
                return await self._hear(pattern)
        except TimeoutError:
            news = [one.text for one in self.heard[self._waited_for :]]
            raise AssertionError(f"{self.user}: no {pattern} in {news}") from None

    async def _hear(self, pattern: str) -> Heard:
        while True:
            for place, one in enumerate(self.heard):
                new = place >= self._waited_for
                if new and re.search(pattern, one.text, re.DOTALL):
                    self._waited_for = place + 1
                    return one
            self._note(await self._socket.receive_json())

    async def _next(self) -> dict[str, Any]:
        """The next frame that answers."""
        while True:
            frame = await self._socket.receive_json(timeout=_WAITS)
            if not frame.get("push"):
                return dict(frame)
            self._note(frame)

    def _note(self, frame: dict[str, Any]) -> None:
        if frame.get("push"):
            at = datetime.fromisoformat(frame["at"]).astimezone(CHINA)
            url = str(frame.get("url", ""))
            self.heard.append(Heard(frame["type"], _words(frame), at, url))
            self._offer(frame)

    def _offer(self, frame: dict[str, Any]) -> None:
        for choice in frame.get("choices", ()):
            # The newest last, also of those with one label.
            self._choices.pop(choice["label"], None)
            self._choices[choice["label"]] = choice["send"]


def _words(frame: dict[str, Any]) -> str:
    """What a frame says: its text, the name of its file, or an article's title."""
    words = (frame.get(key, "") for key in ("text", "name", "title", "summary"))
    return "\n".join(word for word in words if word)
