"""The WebSocket's language: one JSON object a frame.

From the page come ``hello``, ``text``, ``image``, ``file``, and two that only
our own page uses: ``follow`` (a new conversation was opened) and ``ack`` (a push
is shown). To it go ``text``, ``image``, ``file``, ``article``, ``error`` and
``idle``, which ends what a message was answered with.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from typing import Any

import msgspec

from bot.clock import CHINA
from bot.links import Links
from bot.ports import Encoded
from bot.uploads import MAX_UPLOAD
from conversations.model import Option, Reply

MAX_TEXT = 10_000
MAX_NAME = 64
LINK_LIFE = timedelta(days=7)

_TAP = re.compile(r"#[0-9a-z]{1,12}\.[0-9]{1,4}")
_CLIENT_ID = re.compile(r"[\w-]{8,64}", re.ASCII)
_KINDS = frozenset({"hello", "text", "image", "file", "follow", "ack"})


class Unreadable(Exception):  # noqa: N818 -- a verdict, answered with an error frame
    """A frame that cannot be taken; ``why`` is a key of ``wording.TROUBLE``."""

    def __init__(self, why: str, frame_id: str = "") -> None:
        super().__init__(why)
        self.why = why
        self.frame_id = frame_id


class Hello(msgspec.Struct, frozen=True, tag_field="type", tag="hello"):
    """Who is talking. ``confirm``: this client answers pushes with ``ack``."""

    user: str
    confirm: bool = False


class Text(msgspec.Struct, frozen=True, tag_field="type", tag="text"):
    """Something typed, or the ``send`` of a tapped choice with its ``label``."""

    text: str
    label: str = ""
    id: str = ""

    @property
    def is_tap(self) -> bool:
        """True iff the text is a choice's token, ``#n.k``."""
        return _TAP.fullmatch(self.text) is not None


class Picture(msgspec.Struct, frozen=True, tag_field="type", tag="image"):
    """A picture; ``data`` came as base64."""

    data: bytes
    name: str = ""
    id: str = ""


class Attachment(msgspec.Struct, frozen=True, tag_field="type", tag="file"):
    """A file; ``data`` came as base64."""

    data: bytes
    name: str = ""
    id: str = ""


class Follow(msgspec.Struct, frozen=True, tag_field="type", tag="follow"):
    """The person opened the conversation for the first time."""

    id: str = ""


class Ack(msgspec.Struct, frozen=True, tag_field="type", tag="ack"):
    """The push with this id is kept by the page."""

    id: str


Message = Text | Picture | Attachment | Follow
Frame = Hello | Ack | Message

_decoder = msgspec.json.Decoder(Frame)
_loose = msgspec.json.Decoder(dict[str, Any])


def read(raw: str | bytes) -> Frame:
    """The frame in one WebSocket message.

    Raises:
        Unreadable: not JSON, of an unknown type, empty, or too big.
    """
    try:
        frame: Frame = _decoder.decode(raw)
    except (msgspec.DecodeError, UnicodeError):
        raise _unreadable(raw) from None
    _check(frame)
    return frame


def _unreadable(raw: str | bytes) -> Unreadable:
    """What is wrong with a frame, with its id where that much can be read."""
    try:
        loose = _loose.decode(raw)
    except (msgspec.DecodeError, UnicodeError):
        return Unreadable("malformed")
    known = str(loose.get("type")) in _KINDS
    given = loose.get("id")
    frame_id = given if isinstance(given, str) and _CLIENT_ID.fullmatch(given) else ""
    return Unreadable("malformed" if known else "unknown", frame_id)


def _check(frame: Frame) -> None:
    match frame:
        case Hello(user=user):
            if not is_name(user):
                raise Unreadable("bad_name")
        case Text(text=text, id=given):
            if not text.strip():
                raise Unreadable("empty", given)
            if len(text) > MAX_TEXT:
                raise Unreadable("long_text", given)
        case Picture(data=data, id=given) | Attachment(data=data, id=given):
            if not data:
                raise Unreadable("empty", given)
            if len(data) > MAX_UPLOAD:
                raise Unreadable("big_file", given)
        case _:
            pass


def is_name(user: str) -> bool:
    """True iff ``user`` can be somebody's name in the web chat."""
    name = user.strip()
    return 1 <= len(name) <= MAX_NAME and name.isprintable()


def tidy(text: str) -> str:
    """``text`` without control characters other than new lines and tabs."""
    return "".join(
        letter
        for letter in text.replace("\r\n", "\n")
        if letter in "\n\t" or unicodedata.category(letter) not in {"Cc", "Cs"}
    )


def usable_id(given: str) -> str:
    """A client's id for its message if it can be told from others by it, else ''."""
    return given if _CLIENT_ID.fullmatch(given) else ""


def encode(replies: Sequence[Reply], _now: datetime) -> Encoded:
    """A turn as the web chat remembers it; addresses are made when it is sent."""
    return Encoded(remembered=msgspec.json.encode(replies))


def remembered(answer: bytes) -> list[Reply]:
    """The replies of a remembered turn."""
    return msgspec.json.decode(answer, type=list[Reply]) if answer else []


class Dresser:
    """Turns replies into frames, with links good for the person they go to."""

    def __init__(self, links: Links, real: Callable[[], datetime]) -> None:
        self._links = links
        self._real = real

    def frame(self, reply: Reply, *, person_id: str) -> dict[str, Any]:
        """One reply as a frame."""
        match reply.kind:
            case "image":
                return {"type": "image", "url": self._url(reply, person_id)}
            case "file":
                url = self._url(reply, person_id)
                return {"type": "file", "name": reply.name, "url": url}
            case "article":
                url = self._links.page(reply.ref)
                return {
                    "type": "article",
                    "title": reply.name,
                    "summary": reply.text,
                    "url": url,
                }
            case _:
                choices = [_choice(option) for option in reply.choices]
                return {"type": "text", "text": reply.text, "choices": choices}

    def _url(self, reply: Reply, person_id: str) -> str:
        return self._links.document(
            "file",
            reply.ref.removeprefix("file:"),
            person_id=person_id,
            expires_at=self._real() + LINK_LIFE,
        )


def _choice(option: Option) -> dict[str, str]:
    return {"label": option.label, "send": option.send}


def stamp(moment: datetime) -> str:
    """A moment as the page is told it: ISO, China's offset, whole seconds."""
    return moment.astimezone(CHINA).replace(microsecond=0).isoformat()
