"""Texts as every platform takes them: clean, in pieces, safe within XML."""

from __future__ import annotations

import re
import unicodedata

from conversations.model import Reply

_ILLEGAL = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff\ud800-\udfff]")

_ANCHOR = re.compile(r"<(?=\s*/?\s*a\b)", re.IGNORECASE)


def clean(text: str) -> str:
    """``text`` without what XML forbids, its lines ended in one way."""
    text = _ILLEGAL.sub("", text)
    if "\r" in text:
        text = text.replace("\r\n", "\n").replace("\r", "\n")
    return text


def plain(text: str) -> str:
    """``text`` without what XML forbids, and with no link of somebody's own."""
    text = clean(text)
    return _ANCHOR.sub("＜", text) if "<" in text else text


def cdata(text: str) -> str:
    """``text`` as it may stand in a CDATA section."""
    return _ILLEGAL.sub("", text).replace("]]>", "]]]]><![CDATA[>")


def article_link(reply: Reply, public_url: str) -> str:
    """The address of an article's page."""
    return reply.ref if "://" in reply.ref else public_url.rstrip("/") + reply.ref


def article_text(reply: Reply, public_url: str) -> str:
    """Title, summary and address of an article, one below the other."""
    if reply.kind != "article":
        return reply.text
    link = article_link(reply, public_url)
    return "\n".join(part for part in (reply.name, reply.text, link) if part)


def split(text: str, limit: int) -> list[str]:
    """``text`` in pieces of at most ``limit`` UTF-8 bytes.

    Breaks between lines if it can, else between characters as people see them.
    """
    pieces: list[str] = []
    while text:
        piece, text = first_piece(text, limit)
        pieces.append(piece)
    return [piece for piece in pieces if piece] or [""]


def first_piece(text: str, limit: int) -> tuple[str, str]:
    """The first of the pieces of ``text``, and what is left of it."""
    if len(text.encode()) <= limit:
        return text, ""
    end = _cut(text, limit)
    return text[:end].rstrip("\n"), text[end:].lstrip("\n")


def _cut(text: str, limit: int) -> int:
    """Where the first piece ends."""
    end = len(text.encode()[:limit].decode("utf-8", "ignore"))
    line = text.rfind("\n", 0, end + 1)
    if line > end // 2:
        return line
    back = end
    while 1 < back < len(text) and _joined(text, back):
        back -= 1
    return back if back > 1 else end


def _joined(text: str, index: int) -> bool:
    """True iff the characters around ``index`` are seen as one."""
    before, after = text[index - 1], text[index]
    return (
        "\u200d" in (before, after)
        or unicodedata.category(after) in ("Mn", "Me", "Mc")
        or "\U0001f3fb" <= after <= "\U0001f3ff"
    )
