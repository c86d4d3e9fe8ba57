"""The connection's language: one JSON object a frame, ``{cmd, headers, body}``.

In come ``aibot_msg_callback`` and ``aibot_event_callback``, and for each call of
ours an answer without a command: the call's ``req_id``, ``errcode``, ``errmsg``.
Nothing is taken for granted of what comes in.
"""

from __future__ import annotations

import hashlib
from typing import Any

import msgspec

from bot.channels.wecom_bot import CHANNEL

SUBSCRIBE = "aibot_subscribe"
PING = "ping"
RESPOND = "aibot_respond_msg"
WELCOME = "aibot_respond_welcome_msg"
UPDATE = "aibot_respond_update_msg"
SEND = "aibot_send_msg"
UPLOAD_INIT = "aibot_upload_media_init"
UPLOAD_CHUNK = "aibot_upload_media_chunk"
UPLOAD_FINISH = "aibot_upload_media_finish"

MESSAGE = "aibot_msg_callback"
EVENT = "aibot_event_callback"

ENTERED, CLICKED, REPLACED = "enter_chat", "template_card_event", "disconnected_event"


class Unreadable(Exception):  # noqa: N818 -- a verdict, noted and passed over
    """A frame that is not of this language."""


class Ack(msgspec.Struct, frozen=True):
    """The platform's answer to a call of ours."""

    req_id: str
    code: int
    words: str = ""
    body: dict[str, Any] = {}


class Media(msgspec.Struct, frozen=True):
    """Where a file lies encrypted for five minutes, and its key."""

    url: str = ""
    aeskey: str = ""
    name: str = ""


class Part(msgspec.Struct, frozen=True):
    """One thing in a message: ``text``, ``voice``, ``image``, ``file``, or ``other``."""

    kind: str
    text: str = ""
    media: Media = Media()


class Said(msgspec.Struct, frozen=True):
    """A message of somebody; ``parts`` are more than one where text and pictures mix."""

    req_id: str
    key: str
    user: str
    group: bool
    parts: tuple[Part, ...]


class Selected(msgspec.Struct, frozen=True):
    """What was chosen in one question of a card."""

    question: str
    options: tuple[str, ...]


class Happened(msgspec.Struct, frozen=True):
    """An event. ``event_key``, ``task``, ``selected`` and ``card_type`` are a card's."""

    req_id: str
    key: str
    user: str
    group: bool
    kind: str
    event_key: str = ""
    task: str = ""
    card_type: str = ""
    selected: tuple[Selected, ...] = ()


Inward = Ack | Said | Happened


class _Headers(msgspec.Struct):
    req_id: str = ""


class _Frame(msgspec.Struct):
    cmd: str = ""
    headers: _Headers = msgspec.field(default_factory=_Headers)
    body: msgspec.Raw = msgspec.Raw(b"{}")
    errcode: int | None = None
    errmsg: str = ""


class _Text(msgspec.Struct):
    content: str = ""


class _Media(msgspec.Struct):
    url: str = ""
    aeskey: str = ""
    filename: str = ""


class _Item(msgspec.Struct):
    msgtype: str = ""
    text: _Text = msgspec.field(default_factory=_Text)
    voice: _Text = msgspec.field(default_factory=_Text)
    image: _Media = msgspec.field(default_factory=_Media)
    file: _Media = msgspec.field(default_factory=_Media)


class _Mixed(msgspec.Struct):
    msg_item: list[_Item] = []


class _From(msgspec.Struct):
    userid: str = ""


class _OptionIds(msgspec.Struct):
    option_id: list[str] = []


class _SelectedItem(msgspec.Struct):
    question_key: str = ""
    option_ids: _OptionIds = msgspec.field(default_factory=_OptionIds)


class _SelectedItems(msgspec.Struct):
    selected_item: list[_SelectedItem] = []


class _Card(msgspec.Struct):
    card_type: str = ""
    event_key: str = ""
    task_id: str = ""
    selected_items: _SelectedItems = msgspec.field(default_factory=_SelectedItems)


class _Event(msgspec.Struct):
    eventtype: str = ""
    # The card's own fields stand one level down; some senders leave that out.
    event_key: str = ""
    task_id: str = ""
    template_card_event: _Card = msgspec.field(default_factory=_Card)


class _Body(_Item):
    msgid: str = ""
    chattype: str = "single"
    from_: _From = msgspec.field(name="from", default_factory=_From)
    mixed: _Mixed = msgspec.field(default_factory=_Mixed)
    event: _Event = msgspec.field(default_factory=_Event)


_frame = msgspec.json.Decoder(_Frame)
_body = msgspec.json.Decoder(_Body)


def read(raw: str | bytes) -> Inward:
    """The frame in one WebSocket message.

    Raises:
        Unreadable: not JSON, of no known command, or about nobody.
    """
    try:
        frame = _frame.decode(raw)
        if not frame.cmd and frame.errcode is not None:
            return _ack(frame)
        body = _body.decode(frame.body)
    except (msgspec.DecodeError, UnicodeError) as error:
        raise Unreadable(type(error).__name__) from None
    if frame.cmd == MESSAGE and body.from_.userid:
        return _said(frame.headers.req_id, body)
    if frame.cmd == EVENT and body.event.eventtype:
        return _happened(frame.headers.req_id, body)
    raise Unreadable(frame.cmd[:40] or "no command")


def _ack(frame: _Frame) -> Ack:
    try:
        body = msgspec.json.decode(frame.body, type=dict[str, Any] | None) or {}
    except msgspec.DecodeError:
        body = {}
    return Ack(frame.headers.req_id, frame.errcode or 0, frame.errmsg, body)


def _said(req_id: str, body: _Body) -> Said:
    items = body.mixed.msg_item if body.msgtype == "mixed" else [body]
    return Said(
        req_id=req_id,
        key=_key(body.msgid or req_id),
        user=body.from_.userid.lower(),
        group=body.chattype == "group",
        parts=tuple(_part(item) for item in items) or (Part("other"),),
    )


def _part(item: _Item) -> Part:
    match item.msgtype:
        case "text":
            return Part("text", item.text.content)
        case "voice":
            return Part("voice", item.voice.content)
        case "image" | "file" as kind:
            lies = item.image if kind == "image" else item.file
            return Part(kind, media=Media(lies.url, lies.aeskey, lies.filename))
        case _:
            return Part("other")


def _happened(req_id: str, body: _Body) -> Happened:
    event = body.event
    card = event.template_card_event
    return Happened(
        req_id=req_id,
        key=_key(body.msgid or req_id),
        user=body.from_.userid.lower(),
        group=body.chattype == "group",
        kind=event.eventtype,
        event_key=card.event_key or event.event_key,
        task=card.task_id or event.task_id,
        card_type=card.card_type,
        selected=tuple(
            Selected(item.question_key, tuple(item.option_ids.option_id))
            for item in card.selected_items.selected_item
        ),
    )


def _key(message_id: str) -> str:
    """The same for every delivery of a message; of a fixed length."""
    digest = hashlib.sha256(message_id.encode("utf-8", "replace")).hexdigest()
    return f"{CHANNEL}:{digest[:32]}"


def write(cmd: str, req_id: str, body: dict[str, Any] | None) -> str:
    """A call of ours as one WebSocket message, in real UTF-8."""
    frame: dict[str, Any] = {"cmd": cmd, "headers": {"req_id": req_id}}
    if body is not None:
        frame["body"] = body
    return msgspec.json.encode(frame).decode()
