"""A callback's decrypted XML, read into what a person did.

Plain text messages are most of the traffic and have one flat shape; they are
read by a scanner that accepts nothing else. Everything else goes through
wechatpy, behind a guard against deep, wide and declared XML. Both readings
agree wherever both apply.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable
from typing import Any
from urllib.parse import unquote
from xml.parsers import expat

import msgspec
import xmltodict
from wechatpy import parse_message
from wechatpy.events import BaseEvent, register_event
from wechatpy.fields import StringField
from wechatpy.messages import BaseMessage, TextMessage, register_message

from bot.channels.official_account import events
from bot.channels.official_account.events import Told, text
from bot.channels.xml import MAX_ELEMENTS, Unreadable, decode, guard, legal
from conversations.model import Inbound

# Atomic, so that a CDATA section always ends at its first “]]>”.
_LEAF = re.compile(
    r"\s*<([A-Za-z_][A-Za-z0-9_]*)>"
    r"(?:(?><!\[CDATA\[(.*?)\]\]>)|([^<&\]\r]*))</\1>",
    re.DOTALL,
)

# They open less than a message does.
_TAPS = frozenset({"click", "scan", "subscribe", "subscribe_scan"})
_MESSAGE_ID = re.compile("[1-9][0-9]{0,19}")


class Callback(msgspec.Struct, frozen=True):
    """One callback: who (openid), to which account (gh_…), and what it says.

    ``key`` is the same for every delivery and tells nothing about the person.
    ``told`` is what the platform says itself; without it and an ``inbound``
    there is nothing to do.
    """

    sender: str
    account: str
    kind: str
    key: str = ""
    inbound: Inbound | None = None
    told: tuple[Told, ...] = ()

    @property
    def opens(self) -> str:
        """What may be sent freely after it (``bot.ports.Envelope``).

        A tapped choice opens what a tap does, though it comes as a text.
        """
        said = self.inbound
        if said is None or said.kind == "unfollow":
            return ""
        return "brief" if self.kind in _TAPS or said.kind == "tap" else "window"


@register_message("text")
class MenuTextMessage(TextMessage):  # type: ignore[misc]  # wechatpy has no types
    """A text; ``menu_id`` is set when a menu or an inline link was tapped."""

    menu_id = StringField("bizmsgmenuid")


@register_message("file")
class FileMessage(BaseMessage):  # type: ignore[misc]  # wechatpy has no types
    """A file; the platform offers no way to download it."""

    type = "file"
    title = StringField("Title")


class PlatformEvent(BaseEvent):  # type: ignore[misc]  # wechatpy has no types
    """What the platform tells itself; wechatpy knows few of these, and not all of them."""

    @property
    def event(self) -> str:
        """The event's name."""
        return str(self._data["Event"]).lower()

    @property
    def fields(self) -> events.Fields:
        """Everything it says."""
        return dict(self._data)


for _name in events.READERS:
    register_event(_name)(PlatformEvent)


def read_callback(body: bytes, *, inbound_id: str) -> Callback:
    """Read a decrypted callback, in whichever format the console is set to.

    Raises:
        Unreadable: it is neither XML nor JSON of the documented shapes.
    """
    if is_json(body):
        return read_by_wechatpy(_as_xml(body), inbound_id)
    xml = decode(body)
    return read_plain_text(xml, inbound_id) or read_by_wechatpy(xml, inbound_id)


def is_json(body: bytes) -> bool:
    """True iff a callback or its envelope is in the JSON format."""
    return body.lstrip(b"\xef\xbb\xbf \t\r\n")[:1] == b"{"


def _as_xml(body: bytes) -> str:
    """The same callback as XML: both formats have the same names."""
    try:
        fields = msgspec.json.decode(decode(body))
        xml: str = xmltodict.unparse({"xml": fields}, full_document=False)
    except (msgspec.DecodeError, RecursionError, ValueError, TypeError) as error:
        raise Unreadable(f"JSON: {type(error).__name__}") from None
    return legal(xml)


def read_plain_text(xml: str, inbound_id: str) -> Callback | None:
    """A text message of the usual flat shape; None for everything else."""
    fields = _scan(xml)
    if not fields or fields.get("MsgType") != "text":
        return None
    message_id = fields.get("MsgId") or ""
    sender, account = fields.get("FromUserName"), fields.get("ToUserName")
    if not (sender and account and _MESSAGE_ID.fullmatch(message_id)):
        return None
    return Callback(
        sender=sender,
        account=account,
        kind="text",
        key=_key(account, sender, str(int(message_id))),
        inbound=_typed(
            inbound_id, fields.get("Content") or "", fields.get("bizmsgmenuid") or ""
        ),
    )


def _scan(xml: str) -> dict[str, str | None] | None:
    """The leaves of ``<xml>`` by name, as xmltodict gives them; None if not flat."""
    if not xml.startswith("<xml>"):
        return None
    fields: dict[str, str | None] = {}
    position = 5
    while leaf := _LEAF.match(xml, position):
        name, section, plain = leaf.groups()
        if name in fields or len(fields) >= MAX_ELEMENTS - 1:
            return None
        value = plain if section is None else section
        if "\r" in value:
            return None
        fields[name] = value.strip() or None
        position = leaf.end()
    return fields if xml[position:].strip() == "</xml>" else None


def read_by_wechatpy(xml: str, inbound_id: str) -> Callback:
    """Any callback, through wechatpy's parser and message classes.

    Raises:
        Unreadable: it is not XML of the documented shapes.
    """
    try:
        guard(xml)
        return _read(parse_message(xml), inbound_id)
    except (expat.ExpatError, ValueError, LookupError, TypeError, AttributeError) as e:
        raise Unreadable(type(e).__name__) from None


def _read(message: Any, inbound_id: str) -> Callback:
    sender, account = text(message.source), text(message.target)
    if not sender or not account:
        raise Unreadable("no sender")
    is_event = message.type == "event"
    kind = message.event if is_event else message.type
    if isinstance(message, PlatformEvent):
        told = events.READERS[kind](message.fields)
        key = _message_key(message, account, sender, kind, repr(told))
        return Callback(sender, account, kind, key, told=told)
    reader = (_EVENTS if is_event else _MESSAGES).get(kind)
    if reader is None:
        return Callback(sender, account, kind)
    said = reader(message, inbound_id)
    # Two events of one second differ in kind or key, two texts without ids in words.
    key = _message_key(message, account, sender, kind, said.text + said.scene)
    return Callback(sender, account, kind, key, said)


def _message_key(message: Any, account: str, sender: str, kind: str, words: str) -> str:
    if message_id := _number(message.id):
        return _key(account, sender, message_id)
    return _key(account, sender, _number(message.time), kind, words)


def _key(*parts: str) -> str:
    digest = hashlib.sha256("\0".join(parts).encode("utf-8", "replace"))
    return "oa:" + digest.hexdigest()[:32]


def _number(value: object) -> str:
    """The digits of a number; empty when there is none, or zero."""
    if value is not None and not isinstance(value, int):
        raise Unreadable("repeated or nested element")
    return str(value or "")


def _typed(inbound_id: str, content: str, menu_id: str) -> Inbound:
    if menu_id:
        # Some clients hand the id back as it stood in the link.
        return Inbound(inbound_id, "tap", text=content, tap=unquote(menu_id))
    return Inbound(inbound_id, "text", text=content)


def _read_text(message: Any, inbound_id: str) -> Inbound:
    return _typed(inbound_id, text(message.content), text(message.menu_id))


def _read_image(message: Any, inbound_id: str) -> Inbound:
    return Inbound(inbound_id, "image", media=_media(message))


def _read_voice(message: Any, inbound_id: str) -> Inbound:
    heard = text(message.recognition)
    if heard:
        return Inbound(inbound_id, "text", text=heard)
    return Inbound(inbound_id, "voice", media=_media(message))


def _media(message: Any) -> str:
    media_id = text(message.media_id)
    if not media_id:
        raise Unreadable("no media id")
    return f"oa:{media_id}"


def _read_location(message: Any, inbound_id: str) -> Inbound:
    return Inbound(inbound_id, "location", text=text(message.label))


def _read_link(message: Any, inbound_id: str) -> Inbound:
    return Inbound(inbound_id, "link", text=text(message.url))


def _read_file(message: Any, inbound_id: str) -> Inbound:
    return Inbound(inbound_id, "file", text=text(message.title))


def _read_other(_message: Any, inbound_id: str) -> Inbound:
    return Inbound(inbound_id, "other")


def _read_follow(_message: Any, inbound_id: str) -> Inbound:
    return Inbound(inbound_id, "follow")


def _read_follow_by_code(message: Any, inbound_id: str) -> Inbound:
    return Inbound(inbound_id, "follow", scene=text(message.scene_id))


def _read_unfollow(_message: Any, inbound_id: str) -> Inbound:
    return Inbound(inbound_id, "unfollow")


def _read_scan(message: Any, inbound_id: str) -> Inbound:
    return Inbound(inbound_id, "scan", scene=text(message.scene_id))


def _read_click(message: Any, inbound_id: str) -> Inbound:
    return Inbound(inbound_id, "text", text=text(message.key))


_MESSAGES: dict[str, Callable[[Any, str], Inbound]] = {
    "text": _read_text,
    "image": _read_image,
    "voice": _read_voice,
    "video": _read_other,
    "shortvideo": _read_other,
    "location": _read_location,
    "link": _read_link,
    "file": _read_file,
    "miniprogrampage": _read_other,
}

_EVENTS: dict[str, Callable[[Any, str], Inbound]] = {
    "subscribe": _read_follow,
    "subscribe_scan": _read_follow_by_code,
    "unsubscribe": _read_unfollow,
    "scan": _read_scan,
    "click": _read_click,
}
