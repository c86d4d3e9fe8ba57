"""What appears in somebody's chat, and how a test reads it."""

from __future__ import annotations

import asyncio
import re
from abc import ABC, abstractmethod
from html import unescape
from typing import Any
from urllib.parse import unquote

import msgspec

from tests.platforms.server import Entry

PASSIVE, TROUBLE = "passive", "trouble"
_WAYS = {
    "message/send": "push",
    "message/custom/send": "custom",
    "message/template/send": "template",
    "message/subscribe/bizsend": "subscribe",
    "message/mass/sendall": "mass",
}
_MENU_LINK = re.compile(
    r'<a href="weixin://bizmsgmenu\?msgmenucontent=([^&"]*)&(?:amp;)?msgmenuid=([^"]*)"'
)
_LINK = re.compile(r"https?://[^\s<>\"，。；）]+")
_ANCHOR = re.compile(r"</?a\b[^>]*>")
_WAITS = 20.0


class Heard(msgspec.Struct, frozen=True):
    """One thing that appeared in somebody's chat.

    ``way``: ``passive``, ``custom``, ``template``, ``subscribe``, ``mass``, or
    ``trouble`` when the platform said that the service is not available.
    ``text`` is as shown; ``choices`` what can be tapped, by label and what it
    sends; ``media_id`` of a picture; ``fields`` of a template.
    """

    way: str
    kind: str
    text: str
    choices: tuple[tuple[str, str], ...] = ()
    links: tuple[str, ...] = ()
    media_id: str = ""
    template_id: str = ""
    fields: dict[str, str] = {}
    at: float = 0.0


class Listener(ABC):
    """Somebody in whose chat things appear; ``news`` is set whenever one does."""

    news: asyncio.Event
    _looked_at = 0

    @property
    @abstractmethod
    def heard(self) -> list[Heard]:
        """Everything that appeared in the chat, in its order."""

    @property
    def pushed(self) -> list[Heard]:
        """What came without being the answer to something just sent."""
        return [one for one in self.heard if one.way not in (PASSIVE, TROUBLE)]

    async def hears(self, pattern: str, *, way: str = "") -> Heard:
        """The next push that matches, waited for; each is found once."""
        try:
            async with asyncio.timeout(_WAITS):
                while (found := self._hear_next(pattern, way)) is None:
                    self.news.clear()
                    await self.news.wait()
        except TimeoutError:
            said = [one.text for one in self.pushed]
            raise AssertionError(f"{pattern!r} not in {said}") from None
        return found

    def _hear_next(self, pattern: str, way: str) -> Heard | None:
        pushed = self.pushed
        for place in range(self._looked_at, len(pushed)):
            one = pushed[place]
            if way in ("", one.way) and re.search(pattern, one.text, re.DOTALL):
                self._looked_at = place + 1
                return one
        return None


def read_entry(entry: Entry) -> Heard:
    """Something that was accepted for somebody, as it appears in the chat."""
    body, way = entry.body, _WAYS.get(entry.call, entry.call)
    if "template_id" in body:
        return _read_template(entry, way)
    kind = str(body["msgtype"])
    part = body.get(kind, {})
    match kind:
        case "text":
            text, choices, links = read_rich(part["content"])
        case "msgmenu":
            text, choices, links = _read_menu(part)
        case "news" | "mpnews" if "articles" in part:
            shown = [
                "\n".join(filter(None, (one["title"], one.get("url", ""))))
                for one in part["articles"]
            ]
            text, choices, links = read_rich("\n".join(shown))
        case _:
            text, choices, links = "", (), ()
    media_id = str(part.get("media_id", ""))
    return Heard(way, kind, text, choices, links, media_id, at=entry.at)


Rich = tuple[str, tuple[tuple[str, str], ...], tuple[str, ...]]


def read_rich(content: str) -> Rich:
    """A text with ``<a>`` in it: as shown, its choices, its links."""
    choices = tuple(
        (unquote(unescape(label)), unquote(unescape(send)))
        for label, send in _MENU_LINK.findall(content)
    )
    shown = unescape(_ANCHOR.sub("", content)) if "<" in content else content
    return shown, choices, tuple(_LINK.findall(unescape(content)))


def _read_menu(part: dict[str, Any]) -> Rich:
    head, _, links = read_rich(str(part.get("head_content", "")))
    tail, _, more = read_rich(str(part.get("tail_content", "")))
    choices = tuple((str(one["content"]), str(one["id"])) for one in part["list"])
    lines = [head, *(label for label, _ in choices), tail]
    return "\n".join(line for line in lines if line), choices, links + more


def _read_template(entry: Entry, way: str) -> Heard:
    body = entry.body
    data: dict[str, Any] = body.get("data", {})
    fields = {name: str(one["value"]) for name, one in data.items()}
    url = str(body.get("url") or body.get("page") or "")
    return Heard(
        way=way,
        kind="template",
        text="\n".join([*fields.values(), *([url] if url else [])]),
        links=(url,) if url else (),
        template_id=str(body["template_id"]),
        fields=fields,
        at=entry.at,
    )
