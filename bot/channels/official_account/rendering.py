"""What we say, as the Official Account shows it.

The client turns ``<a>`` in a text into a link, and the XML around it ends at
“]]>”: neither may come from what a person wrote.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from functools import lru_cache
from html import escape
from urllib.parse import quote

import msgspec

from bot.channels.texts import article_text, cdata, clean, plain, split
from bot.ports import Encoded
from conversations.model import Option, Reply

MAX_TEXT_BYTES = 2000
"""What the platform takes in one text, links included, with a margin."""

MAX_MENU = 10
"""How many choices a menu message may have; more go as text."""

NOTHING = b"success"
"""The answer that says nothing and ends the platform's retries."""

_REPLY = (
    "<xml><ToUserName><![CDATA[{to}]]></ToUserName>"
    "<FromUserName><![CDATA[{account}]]></FromUserName>"
    "<CreateTime>{at}</CreateTime><MsgType><![CDATA[text]]></MsgType>"
    "<Content><![CDATA[{content}]]></Content></xml>"
)


class PassiveEncoder(msgspec.Struct, frozen=True):
    """Fixes the passive reply to one message; see ``bot.ports.Encoder``.

    The texts of a turn go into the one passive reply as far as they fit: it
    counts against no quota. Pictures and what is too long follow as pushes.
    """

    to: str
    account: str
    public_url: str
    silent: bool = False
    json: bool = False

    def __call__(self, replies: Sequence[Reply], now: datetime) -> Encoded:
        """The reply with its CreateTime, in XML or JSON, and what must follow."""
        if self.silent:
            return Encoded(NOTHING)
        text, rest = gather(replies, self.public_url)
        if not text:
            return Encoded(NOTHING, rest)
        write = self._json if self.json else self._xml
        return Encoded(write(text, now), rest)

    def _xml(self, text: str, now: datetime) -> bytes:
        return _REPLY.format(
            to=cdata(self.to),
            account=cdata(self.account),
            at=int(now.timestamp()),
            content=cdata(text),
        ).encode()

    def _json(self, text: str, now: datetime) -> bytes:
        return msgspec.json.encode(
            {
                "ToUserName": self.to,
                "FromUserName": self.account,
                "CreateTime": int(now.timestamp()),
                "MsgType": "text",
                "Content": clean(text),
            }
        )


def gather(replies: Sequence[Reply], public_url: str) -> tuple[str, tuple[Reply, ...]]:
    """The texts that fit in one message, joined; and the replies left over."""
    text, used = "", 0
    rest: list[Reply] = []
    for number, reply in enumerate(replies):
        if reply.kind not in ("text", "article"):
            rest.append(reply)
            continue
        piece = render(reply, public_url)
        size = used + len(piece.encode()) + (2 if text else 0)
        if size > MAX_TEXT_BYTES:
            first, left = ("", (reply,)) if text else _split_reply(reply, public_url)
            return text or first, (*rest, *left, *replies[number + 1 :])
        text, used = (f"{text}\n\n{piece}" if text else piece), size
    return text, tuple(rest)


def _split_reply(reply: Reply, public_url: str) -> tuple[str, tuple[Reply, ...]]:
    """The first piece of a text that is too long for one message, and the rest."""
    first, *others = split(render(reply, public_url), MAX_TEXT_BYTES)
    left = "\n".join(others)
    if not left:
        return first, ()
    return first, (Reply(text=left, choices=reply.choices),)


def render(reply: Reply, public_url: str) -> str:
    """A text or article as the client shows it; choices become tappable.

    Links are left out when they would make the text too long: every choice can
    be answered by its number as well.
    """
    text = plain(article_text(reply, public_url))
    if not reply.choices:
        return text
    linked = _with_links(text, reply.choices)
    return linked if len(linked.encode()) <= MAX_TEXT_BYTES else text


def _with_links(text: str, choices: Sequence[Option]) -> str:
    """Make the numbered lines tappable; a choice without one gets its own line."""
    # The block of choices is the last thing said.
    position = text.rfind(f"\n1. {plain(choices[0].label)}") + 1
    for number, option in enumerate(choices, 1):
        label = plain(option.label)
        link = _link(label, option.send)
        line = f"{number}. {label}"
        found = text.find(line, position)
        if found < 0:
            text = f"{text}\n{link}"
            continue
        end = found + len(line)
        start = end - len(label)
        text = text[:start] + link + text[end:]
        position = start + len(link)
    return text


def menu_parts(reply: Reply) -> tuple[str, list[Option], str] | None:
    """A numbered message as a menu: what stands above, the lines, what stands below.

    None when its choices are not one block of numbered lines, or too many.
    """
    lines = plain(reply.text).split("\n")
    shown = [f"{n}. {plain(o.label)}" for n, o in enumerate(reply.choices, 1)]
    if not 0 < len(shown) <= MAX_MENU or shown[0] not in lines:
        return None
    first = lines.index(shown[0])
    end = first + len(shown)
    size = len(reply.text.encode("utf-8", "replace"))
    if lines[first:end] != shown or size > MAX_TEXT_BYTES:
        return None
    listed = [
        Option(line, option.send)
        for line, option in zip(shown, reply.choices, strict=True)
    ]
    return "\n".join(lines[:first]), listed, "\n".join(lines[end:])


def _link(label: str, send: str) -> str:
    return (
        f'<a href="weixin://bizmsgmenu?msgmenucontent={_label_in_link(label)}'
        f'&msgmenuid={_percent(send)}">{_label_shown(label)}</a>'
    )


def _percent(text: str) -> str:
    return quote(text, safe="", errors="replace")


# The labels of forms and menus come again and again.
_label_in_link = lru_cache(maxsize=1024)(_percent)
_label_shown = lru_cache(maxsize=1024)(escape)
