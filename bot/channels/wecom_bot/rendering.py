"""What we say, as the bot shows it: Markdown texts, cards, files."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

import msgspec

from bot.channels.cards import MAX_TITLE, Card, make_card
from bot.channels.texts import article_link, clean, split
from bot.channels.wecom_bot import wording
from bot.links import Links
from conversations.model import Reply

MAX_TEXT_BYTES = 20_000
"""What the platform takes in one text (20480 bytes of UTF-8), with a margin."""

_ADDRESS = re.compile(r"(https?://[^\s<>\u3000-\u303f\uff00-\uffef]+)")
_RUNS = re.compile(r"\*+|_+|`+|~~+")
_LINE_MARKS = re.compile(r"^(\s*)([#>])", re.MULTILINE)


class File(msgspec.Struct, frozen=True):
    """A stored file to be sent: ``image`` or ``file``."""

    kind: str
    id: str
    name: str


class Message(msgspec.Struct, frozen=True):
    """One message of the platform: a text, a card, or a text with its card."""

    text: str = ""
    card: dict[str, Any] | None = None


Piece = Message | File


def pieces(reply: Reply, links: Links, task_id: str) -> list[Piece]:
    """A reply as the messages that say it, in their order."""
    if reply.kind in ("image", "file"):
        name = reply.name or wording.UNNAMED[reply.kind]
        note = [Message(plain(reply.text))] if reply.text.strip() else []
        return [*note, File(reply.kind, reply.ref.removeprefix("file:"), name)]
    card = make_card(reply, task_id) if reply.choices else None
    if card is not None and not card.before:
        return [Message(card=card.body)]
    texts: list[Piece] = [
        Message(one) for one in split(_text(reply, links, card), MAX_TEXT_BYTES) if one
    ]
    return [*texts, Message(card=card.body)] if card is not None else texts


def _text(reply: Reply, links: Links, card: Card | None) -> str:
    if reply.kind == "article":
        address = article_link(reply, links.public_url)
        title, summary = plain(reply.name), plain(reply.text)
        shown = f"[{wording.SHOW}]({address})"
        return "\n".join(part for part in (f"**{title}**", summary, shown) if part)
    return plain(card.before if card else reply.text)


def fit(
    replies: Sequence[Reply], links: Links, task: str
) -> tuple[Message, tuple[Reply, ...]]:
    """What of a turn goes into the one answer to a message; and the replies left over.

    Texts are joined, up to the first that has a card: an answer counts once
    against the platform's limits, however much it says.
    """
    text = ""
    for number, reply in enumerate(replies):
        parts = pieces(reply, links, task)
        said = "".join(part.text for part in parts if isinstance(part, Message))
        joined = "\n\n".join(one for one in (text, said) if one)
        files = any(isinstance(part, File) for part in parts)
        if files or len(joined.encode()) > MAX_TEXT_BYTES:
            return Message(text), tuple(replies[number:])
        text = joined
        last = parts[-1] if parts else Message()
        if isinstance(last, Message) and last.card is not None:
            return Message(text, last.card), tuple(replies[number + 1 :])
    return Message(text), ()


def responding(message: Message, stream: str) -> dict[str, Any]:
    """The body of an answer to a message."""
    if not message.text:
        return sending(message)
    said = {"id": stream, "finish": True, "content": message.text}
    if message.card is None:
        return {"msgtype": "stream", "stream": said}
    kind = "stream_with_template_card"
    return {"msgtype": kind, "stream": said, "template_card": message.card}


def welcoming(message: Message) -> dict[str, Any]:
    """The body of a welcome; a text goes before a card."""
    if message.text or message.card is None:
        return {"msgtype": "text", "text": {"content": message.text}}
    return sending(message)


def sending(message: Message) -> dict[str, Any]:
    """The body of a message that answers none."""
    if message.card is not None:
        return {"msgtype": "template_card", "template_card": message.card}
    return {"msgtype": "markdown", "markdown": {"content": message.text}}


def answered(task: str, label: str, address: str) -> dict[str, Any]:
    """The body that puts what was chosen in the place of a card.

    A notice must lead somewhere: the platform refuses one without ``card_action``.
    """
    title = wording.CHOSEN.format(label)[:MAX_TITLE]
    return {
        "response_type": "update_template_card",
        "template_card": {
            "card_type": "text_notice",
            "task_id": task,
            "main_title": {"title": title},
            "card_action": {"type": 1, "url": address},
        },
    }


def plain(text: str) -> str:
    """``text`` so that the client shows it as it is, though it reads Markdown.

    A mark alone means nothing there; only those that could pair are escaped,
    and never within an address.
    """
    parts = _ADDRESS.split(clean(text))
    said = "".join(parts[::2])
    paired = {
        mark for mark in "*_`~" if len(re.findall(re.escape(mark) + "+", said)) > 1
    }

    def escape(found: re.Match[str]) -> str:
        run = found[0]
        return "".join(f"\\{c}" for c in run) if run[0] in paired else run

    parts[::2] = [
        _LINE_MARKS.sub(r"\1\\\2", _RUNS.sub(escape, part)) for part in parts[::2]
    ]
    return "".join(parts)
