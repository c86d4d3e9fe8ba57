"""A WeCom callback's decrypted XML, read into what a member did.

Many events tell of no member, of no app, or of nothing that concerns us
(contacts, schedules, meeting rooms, customer service): they are read as nothing
to do, whatever they lack.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any
from xml.parsers import expat

import msgspec
import xmltodict

from bot.channels.cards import Chosen, is_submit, read_choice
from bot.channels.wecom import CHANNEL
from bot.channels.xml import Unreadable, decode, guard
from bot.clock import civil
from conversations.model import Inbound

MAX_ELEMENTS = 256
"""A click tells of each of up to 20 ticked lines in elements of its own."""

Fields = Mapping[str, Any]


class Click(msgspec.Struct, frozen=True):
    """A click on a card: what it chose, and by what the card may be changed once."""

    chosen: Chosen
    response_code: str = ""


class Callback(msgspec.Struct, frozen=True):
    """One callback: who (userid, lower-case), and what it says.

    ``key`` is the same for every delivery and tells nothing about the member.
    Without an ``inbound`` there is nothing to do.
    """

    sender: str = ""
    kind: str = ""
    key: str = ""
    inbound: Inbound | None = None
    click: Click | None = None


def read_callback(body: bytes, *, inbound_id: str) -> Callback:
    """Read a decrypted callback.

    Raises:
        Unreadable: it is not XML of the documented shape.
    """
    fields = _fields(decode(body))
    kind = _text(fields, "MsgType").lower()
    is_event = kind == "event"
    if is_event:
        kind = _text(fields, "Event").lower()
    # Userids differ in nothing but case mean one member.
    sender = _text(fields, "FromUserName").lower()
    reader = (_EVENTS if is_event else _MESSAGES).get(kind)
    if reader is None or not sender:
        return Callback(sender, kind)
    click = _click(fields) if kind in _CLICKS else None
    inbound = reader(fields, inbound_id)
    if inbound is None:
        return Callback(sender, kind)
    return Callback(sender, kind, _message_key(fields, sender, kind), inbound, click)


def _fields(xml: str) -> Fields:
    try:
        guard(xml, most=MAX_ELEMENTS)
        parsed = xmltodict.parse(xml)
    except (expat.ExpatError, ValueError, TypeError) as error:
        raise Unreadable(type(error).__name__) from None
    found = parsed.get("xml")
    if not isinstance(found, dict):
        raise Unreadable("no fields")
    return found


def _text(fields: Fields, name: str) -> str:
    """A leaf; empty when it is missing, repeated or nested."""
    value = fields.get(name)
    return value if isinstance(value, str) else ""


def _message_key(fields: Fields, sender: str, kind: str) -> str:
    to, at = _text(fields, "ToUserName"), _text(fields, "CreateTime")
    if message_id := _text(fields, "MsgId"):
        return _key(to, sender, message_id)
    if kind == "enter_agent":
        # Each opening of the app is told; greeted is the first of a day.
        return _key(to, sender, kind, _day(at))
    which = (_text(fields, "EventKey"), _text(fields, "TaskId"))
    return _key(to, sender, at, kind, *which, _text(fields, "Content"))


def _day(seconds: str) -> str:
    try:
        return civil(datetime.fromtimestamp(int(seconds), UTC)).isoformat()
    except (ValueError, OverflowError, OSError):
        return ""


def _key(*parts: str) -> str:
    digest = hashlib.sha256("\0".join(parts).encode("utf-8", "replace"))
    return f"{CHANNEL}:{digest.hexdigest()[:32]}"


# ---- messages ----


def _read_text(fields: Fields, inbound_id: str) -> Inbound:
    return Inbound(inbound_id, "text", text=_text(fields, "Content"))


def _read_media(kind: str) -> Callable[[Fields, str], Inbound]:
    def read(fields: Fields, inbound_id: str) -> Inbound:
        media_id = _text(fields, "MediaId")
        if not media_id:
            return Inbound(inbound_id, "other")
        name = _text(fields, "FileName") or _text(fields, "Title")
        return Inbound(inbound_id, kind, text=name, media=f"{CHANNEL}:{media_id}")

    return read


def _read_location(fields: Fields, inbound_id: str) -> Inbound:
    return Inbound(inbound_id, "location", text=_text(fields, "Label"))


def _read_link(fields: Fields, inbound_id: str) -> Inbound:
    return Inbound(inbound_id, "link", text=_text(fields, "Url"))


def _read_other(_fields: Fields, inbound_id: str) -> Inbound:
    return Inbound(inbound_id, "other")


# ---- events ----


def _read_follow(_fields: Fields, inbound_id: str) -> Inbound:
    return Inbound(inbound_id, "follow")


def _read_unfollow(_fields: Fields, inbound_id: str) -> Inbound:
    return Inbound(inbound_id, "unfollow")


def _read_enter(_fields: Fields, inbound_id: str) -> Inbound:
    return Inbound(inbound_id, "enter")


def _read_menu(fields: Fields, inbound_id: str) -> Inbound | None:
    key = _text(fields, "EventKey")
    return Inbound(inbound_id, "text", text=key) if key else None


def _read_click(fields: Fields, inbound_id: str) -> Inbound:
    chosen = _click(fields).chosen
    return Inbound(inbound_id, "tap", text=chosen.label, tap=chosen.send)


def _click(fields: Fields) -> Click:
    key = _text(fields, "EventKey")
    keys = _ticked(fields) if is_submit(key) else [key]
    return Click(read_choice(keys), _text(fields, "ResponseCode"))


def _ticked(fields: Fields) -> list[str]:
    """The lines of a list that were ticked; one alone comes unlisted."""
    found: list[str] = []
    for items in _each(fields.get("SelectedItems"), "SelectedItem"):
        for options in _each(items, "OptionIds"):
            found += [one for one in _each(options, "OptionId") if isinstance(one, str)]
    return found


def _each(parent: object, name: str) -> Sequence[object]:
    child = parent.get(name) if isinstance(parent, dict) else None
    if child is None:
        return ()
    return child if isinstance(child, list) else (child,)


_MESSAGES: dict[str, Callable[[Fields, str], Inbound | None]] = {
    "text": _read_text,
    "image": _read_media("image"),
    "voice": _read_media("voice"),
    "file": _read_media("file"),
    "video": _read_other,
    "location": _read_location,
    "link": _read_link,
}

_EVENTS: dict[str, Callable[[Fields, str], Inbound | None]] = {
    "subscribe": _read_follow,
    "unsubscribe": _read_unfollow,
    "enter_agent": _read_enter,
    "click": _read_menu,
    "template_card_event": _read_click,
    "template_card_menu_event": _read_click,
    "taskcard_click": _read_click,
}

_CLICKS = frozenset(
    {"template_card_event", "template_card_menu_event", "taskcard_click"}
)
