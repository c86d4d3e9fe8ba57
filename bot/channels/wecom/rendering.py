"""What we say, as WeCom shows it.

Texts are texts, never Markdown: that shows in WeCom's own clients only, and many
members read the app in WeChat. Choices are cards, articles text cards, files
are files.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

import msgspec

from bot.channels.cards import make_card
from bot.channels.texts import article_link, article_text, cdata, plain, split
from bot.channels.wecom import wording
from bot.ports import Encoded
from conversations.model import Reply

MAX_TEXT_BYTES = 2000
"""What the platform takes in one text (2048 bytes), with a margin; it cuts the rest."""

MAX_TITLE = 128
MAX_DESCRIPTION_BYTES = 512

NOTHING = b""
"""The answer that says nothing."""

_HEAD = (
    "<xml><ToUserName><![CDATA[{to}]]></ToUserName>"
    "<FromUserName><![CDATA[{corp}]]></FromUserName><CreateTime>{at}</CreateTime>"
)
_TEXT = (
    _HEAD + "<MsgType><![CDATA[text]]></MsgType>"
    "<Content><![CDATA[{said}]]></Content></xml>"
)
_ANSWERED = (
    _HEAD + "<MsgType><![CDATA[update_button]]></MsgType>"
    "<Button><ReplaceName><![CDATA[{said}]]></ReplaceName></Button></xml>"
)


class PassiveEncoder(msgspec.Struct, frozen=True):
    """Fixes the passive reply to one message; see ``bot.ports.Encoder``.

    Takes the plain texts that a turn begins with, as far as they fit; cards and
    all that follows them leave as pushes, so that the order stays.
    """

    to: str
    corp: str
    silent: bool = False

    def __call__(self, replies: Sequence[Reply], now: datetime) -> Encoded:
        """The reply's XML with its CreateTime, and what must follow."""
        if self.silent:
            return Encoded(NOTHING)
        text, rest = gather(replies)
        if not text:
            return Encoded(NOTHING, rest)
        return Encoded(_write(_TEXT, self.to, self.corp, now, text), rest)


class ClickEncoder(msgspec.Struct, frozen=True):
    """Fixes the answer to a click: the card shows what was chosen, and is done.

    All that is said follows as pushes.
    """

    to: str
    corp: str
    label: str

    def __call__(self, replies: Sequence[Reply], now: datetime) -> Encoded:
        """The card's update in XML, and the replies."""
        update = _write(_ANSWERED, self.to, self.corp, now, self.label)
        return Encoded(update, tuple(replies))


def _write(shape: str, to: str, corp: str, now: datetime, said: str) -> bytes:
    at = int(now.timestamp())
    return shape.format(
        to=cdata(to), corp=cdata(corp), at=at, said=cdata(said)
    ).encode()


def gather(replies: Sequence[Reply]) -> tuple[str, tuple[Reply, ...]]:
    """The plain texts at the beginning that fit in one message; and the rest."""
    text = ""
    for number, reply in enumerate(replies):
        if reply.kind != "text" or _is_card(reply):
            return text, tuple(replies[number:])
        said = "\n\n".join(one for one in (text, plain(reply.text)) if one)
        if len(said.encode()) > MAX_TEXT_BYTES:
            return text, tuple(replies[number:])
        text = said
    return text, ()


def _is_card(reply: Reply) -> bool:
    return make_card(reply, "any") is not None


class Piece(msgspec.Struct, frozen=True):
    """One message of the platform; ``file_id`` names a stored file to upload first.

    ``body`` is what stands under ``kind`` in the call.
    """

    kind: str
    body: dict[str, Any] = {}
    file_id: str = ""
    name: str = ""


def pieces(reply: Reply, public_url: str, task_id: str) -> list[Piece]:
    """A reply as the messages that say it, in their order."""
    if reply.kind in ("image", "file"):
        name = reply.name or wording.UNNAMED[reply.kind]
        file = Piece(reply.kind, file_id=reply.ref.removeprefix("file:"), name=name)
        return [*texts(reply.text), file]
    if reply.kind == "article":
        return _article(reply, public_url)
    card = make_card(reply, task_id)
    if card is None:
        return texts(reply.text)
    return [*texts(card.before), Piece("template_card", card.body)]


def texts(said: str, limit: int = MAX_TEXT_BYTES) -> list[Piece]:
    """A text as the messages it takes; none when there is nothing to say."""
    found = split(plain(said), limit)
    return [Piece("text", {"content": one}) for one in found if one.strip()]


def _article(reply: Reply, public_url: str) -> list[Piece]:
    title, summary = plain(reply.name).strip(), plain(reply.text).strip()
    if not title or not summary:
        return texts(article_text(reply, public_url))
    description, *more = split(summary, MAX_DESCRIPTION_BYTES - 3)
    body = {
        "title": title[:MAX_TITLE],
        "description": f"{description}…" if more else description,
        "url": article_link(reply, public_url),
        "btntxt": wording.READ,
    }
    return [Piece("textcard", body)]
