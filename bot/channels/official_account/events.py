"""What the platform tells of its own accord: how deliveries ended, what was agreed to.

Its events come as the dicts that xmltodict makes of them. A list of one is a
dict there, a missing one None, and in the JSON format an array; all are read.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import msgspec

from bot.channels.xml import Unreadable

_DELIVERED = "success"


class Receipt(msgspec.Struct, frozen=True):
    """How the delivery of a template message or a subscribe notification ended.

    ``reason`` is the platform's word when it was not delivered (``user block``).
    """

    platform_message_id: str
    delivered: bool
    reason: str = ""

    @property
    def theirs(self) -> bool:
        """True iff the platform failed, not the person: another way may do."""
        return not self.delivered and self.reason.startswith("system")


class Consents(msgspec.Struct, frozen=True):
    """What a person agreed to get: template ids, one consent each.

    ``withdrawn`` are those that they switched off altogether.
    """

    granted: tuple[str, ...] = ()
    withdrawn: tuple[str, ...] = ()


class PublishEnd(msgspec.Struct, frozen=True):
    """How publishing an article ended (``freepublish/submit``).

    ``status``: 0 published, 1 still at it, 2 to 4 refused, 5 and 6 taken down
    since. ``url`` is the first article's.
    """

    publish_id: str
    status: int
    article_id: str = ""
    url: str = ""


class MassEnd(msgspec.Struct, frozen=True):
    """How a mass message ended: the platform's word and how many it went to."""

    mass_message_id: str
    status: str
    total: int = 0
    sent: int = 0
    failed: int = 0
    url: str = ""

    @property
    def good(self) -> bool:
        """True iff the platform sent it."""
        return self.status.replace(" ", "") == "sendsuccess"


Told = Receipt | Consents | PublishEnd | MassEnd

Fields = Mapping[str, Any]


def text(value: object) -> str:
    """A leaf; a repeated element comes as a list, a nested one as a dict.

    Raises:
        Unreadable: it is not a leaf.
    """
    if value is None:
        return ""
    if not isinstance(value, str):
        raise Unreadable("repeated or nested element")
    return value


def number(value: object) -> int:
    """A leaf of digits; 0 when there is none.

    Raises:
        Unreadable: it is not a leaf of digits.
    """
    words = text(value).strip()
    if not words:
        return 0
    if not (words.isascii() and words.isdigit() and len(words) <= 20):
        raise Unreadable("not a number")
    return int(words)


def _fields(value: object) -> Fields:
    """What stands inside an element; nothing when it is empty."""
    if value is None:
        return {}
    if not isinstance(value, Mapping):
        raise Unreadable("not an element with parts")
    return value


def _items(value: object) -> Sequence[Fields]:
    """A repeated element, however often it is there."""
    if value is None:
        return ()
    return [_fields(one) for one in (value if isinstance(value, list) else [value])]


def _listed(fields: Fields, name: str) -> Sequence[Fields]:
    # In the JSON format the list stands without the element around it.
    return _items(_fields(fields.get(name)).get("List") or fields.get("List"))


def _template_end(fields: Fields) -> tuple[Told, ...]:
    status = text(fields.get("Status"))
    reason = "" if status == _DELIVERED else status.partition(":")[2].strip()
    message_id = str(number(fields.get("MsgID")))
    return (Receipt(message_id, status == _DELIVERED, reason),)


def _popup(fields: Fields) -> tuple[Told, ...]:
    # A no in the pop-up takes back nothing that was agreed to before.
    said = _said(_listed(fields, "SubscribeMsgPopupEvent"))
    return _consents(Consents(granted=said.granted))


def _change(fields: Fields) -> tuple[Told, ...]:
    return _consents(_said(_listed(fields, "SubscribeMsgChangeEvent")))


def _said(items: Sequence[Fields]) -> Consents:
    by_word: dict[str, list[str]] = {"accept": [], "reject": []}
    for one in items:
        template_id = text(one.get("TemplateId"))
        word = text(one.get("SubscribeStatusString")).lower()
        if template_id and word in by_word:
            by_word[word].append(template_id)
    return Consents(tuple(by_word["accept"]), tuple(by_word["reject"]))


def _consents(said: Consents) -> tuple[Told, ...]:
    return (said,) if said != Consents() else ()


def _subscribe_ends(fields: Fields) -> tuple[Told, ...]:
    return tuple(
        _subscribe_end(one)
        for one in _listed(fields, "SubscribeMsgSentEvent")
        if number(one.get("MsgID"))
    )


def _subscribe_end(item: Fields) -> Receipt:
    delivered = number(item.get("ErrorCode")) == 0
    reason = "" if delivered else text(item.get("ErrorStatus")).strip()
    return Receipt(str(number(item.get("MsgID"))), delivered, reason)


def _publish_end(fields: Fields) -> tuple[Told, ...]:
    about = _fields(fields.get("PublishEventInfo"))
    items = _items(_fields(about.get("article_detail")).get("item"))
    return (
        PublishEnd(
            publish_id=text(about.get("publish_id")),
            status=number(about.get("publish_status")),
            article_id="".join(text(about.get("article_id")).split()),
            url=text(items[0].get("article_url")) if items else "",
        ),
    )


def _mass_end(fields: Fields) -> tuple[Told, ...]:
    results = _fields(_fields(fields.get("ArticleUrlResult")).get("ResultList"))
    # In the JSON format the list stands without the items' own element.
    items = _items(results.get("item"))
    return (
        MassEnd(
            mass_message_id=str(number(fields.get("MsgID"))),
            status=text(fields.get("Status")).strip(),
            total=number(fields.get("TotalCount")),
            sent=number(fields.get("SentCount")),
            failed=number(fields.get("ErrorCount")),
            url=text(items[0].get("ArticleUrl")) if items else "",
        ),
    )


READERS: dict[str, Callable[[Fields], tuple[Told, ...]]] = {
    "templatesendjobfinish": _template_end,
    "subscribe_msg_popup_event": _popup,
    "subscribe_msg_change_event": _change,
    "subscribe_msg_sent_event": _subscribe_ends,
    "publishjobfinish": _publish_end,
    "masssendjobfinish": _mass_end,
}
"""By the event's name in lower case. Each may raise ``Unreadable``."""
