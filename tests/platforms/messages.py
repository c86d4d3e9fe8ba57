"""What the platform demands of the bodies it is sent."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any, Protocol

import msgspec

from tests.platforms.server import Call, Refusal
from tests.platforms.standing import Limits

OK: dict[str, Any] = {"errcode": 0, "errmsg": "ok"}

# Real UTF-8 is asked for; what it cannot show otherwise is left alone.
_ESCAPED = re.compile(rb"(?<!\\)(?:\\\\)*\\u(?!00[01])")


class Account(Protocol):
    """What checking a message needs to know of the account."""

    limits: Limits
    is_test_account: bool

    def demand_media(self, media_id: str, *, permanent: bool = False) -> None:
        """Refuse a media id that is not there, or no longer (40007)."""


def openid_of(name: str) -> str:
    """An openid (28 characters) for somebody with a name."""
    letters = re.sub(r"[^A-Za-z0-9_-]", lambda one: f"{ord(one[0]):x}", name)
    return f"o{letters:0<27}"[:28] if len(letters) <= 27 else f"o{letters[-27:]}"


def read_json(call: Call) -> dict[str, Any]:
    """The body of a call.

    Raises:
        Refusal: 47001, it is not JSON, or its characters are escaped.
    """
    if b"\\u" in call.body and _ESCAPED.search(call.body):
        raise Refusal(47001, "data format error: escaped, not UTF-8")
    try:
        return msgspec.json.decode(call.body, type=dict[str, Any])
    except (msgspec.DecodeError, UnicodeDecodeError):
        raise Refusal(47001, "data format error") from None


def read_text(body: dict[str, Any], name: str, code: int) -> str:
    """A text that must be there, else refused with ``code``."""
    value = body.get(name)
    if not isinstance(value, str) or not value:
        raise Refusal(code, f"invalid {name}")
    return value


def check_message(account: Account, body: dict[str, Any]) -> None:
    """Refuse a customer-service message that is not as documented.

    Raises:
        Refusal: 40008 of no known type, or what the type's rule says.
    """
    kind = body.get("msgtype")
    check = _CHECKS.get(kind) if isinstance(kind, str) else None
    if check is None:
        raise Refusal(40008, "invalid message type")
    part = body.get(str(kind))
    check(account, part if isinstance(part, dict) else {})


def _check_text(account: Account, part: dict[str, Any]) -> None:
    check_length(account, read_text(part, "content", 44004))


def check_length(account: Account, text: str) -> None:
    """Refuse a text that is empty (44004) or too long (45002)."""
    if not text.strip():
        raise Refusal(44004, "empty content")
    if len(text.encode()) > account.limits.text_bytes:
        raise Refusal(45002, "content size out of limit")


def _check_media(account: Account, part: dict[str, Any]) -> None:
    account.demand_media(read_text(part, "media_id", 40007))


def _check_news(_account: Account, part: dict[str, Any]) -> None:
    articles = part.get("articles")
    if not isinstance(articles, list) or not articles:
        raise Refusal(44003, "empty news data")
    if len(articles) > 1:
        raise Refusal(45008, "article size out of limit")
    if not all(isinstance(one, dict) and one.get("url") for one in articles):
        raise Refusal(40048, "invalid url size")


def _check_menu(account: Account, part: dict[str, Any]) -> None:
    if account.is_test_account:
        raise Refusal(40200, "invalid account type")
    listed = part.get("list")
    if not isinstance(listed, list) or not listed:
        raise Refusal(47001, "data format error: msgmenu.list")
    for one in listed:
        if not isinstance(one, dict) or not one.get("id") or not one.get("content"):
            raise Refusal(47001, "data format error: msgmenu.list")
    head, tail = part.get("head_content", ""), part.get("tail_content", "")
    words = "".join(str(one["content"]) for one in listed)
    check_length(account, f"{head}{words}{tail}")


def _check_anything(_account: Account, part: dict[str, Any]) -> None:
    if not part:
        raise Refusal(47001, "data format error")


_CHECKS: dict[str, Callable[[Account, dict[str, Any]], None]] = {
    "text": _check_text,
    "image": _check_media,
    "voice": _check_media,
    "video": _check_media,
    "news": _check_news,
    "msgmenu": _check_menu,
    "mpnews": _check_media,
    "mpnewsarticle": _check_anything,
    "music": _check_anything,
    "wxcard": _check_anything,
    "miniprogrampage": _check_anything,
}
