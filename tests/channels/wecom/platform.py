"""Callbacks as WeCom writes them, from its documentation."""

from __future__ import annotations

from xml.etree import ElementTree as ET

import msgspec

from tests.platforms.envelope import write_xml
from tests.platforms.wecom import WeComPlatform

MEMBER = "LinXiaomei"
CORP = WeComPlatform.corp_id
NOW = 1_700_000_000


def callback_xml(**fields: object) -> bytes:
    """A callback's XML with the usual head; what is given as None is left out."""
    head: dict[str, object] = {
        "ToUserName": CORP,
        "FromUserName": MEMBER,
        "CreateTime": NOW,
        "AgentID": WeComPlatform.agent_id,
    }
    given = {**head, **fields}
    return write_xml({k: v for k, v in given.items() if v is not None})


def text_xml(content: str, *, message_id: int = 71) -> bytes:
    return callback_xml(MsgType="text", Content=content, MsgId=message_id)


def event_xml(event: str, **fields: object) -> bytes:
    return callback_xml(MsgType="event", Event=event, **fields)


def click_xml(key: str, *ticked: str, **fields: object) -> bytes:
    """A click on a card: on a button, or on that of a list with what is ticked."""
    chosen = {"QuestionKey": "q", "OptionIds": {"OptionId": list(ticked)}}
    return event_xml(
        "template_card_event",
        **{
            "EventKey": key,
            "TaskId": "t1",
            "CardType": "vote_interaction" if ticked else "button_interaction",
            "ResponseCode": "code-1",
            "SelectedItems": {"SelectedItem": chosen},
            **fields,
        },
    )


class Answer(msgspec.Struct, frozen=True):
    """A passive reply: ``text`` with what it says, ``update_button`` with the name."""

    kind: str
    to: str
    said: str


def read_answer(xml: bytes) -> Answer:
    """Parse an opened reply; it must have the documented elements and no other."""
    root = ET.fromstring(xml)
    found = {leaf.tag: leaf for leaf in root}
    kind = found["MsgType"].text or ""
    last = {"text": "Content", "update_button": "Button"}[kind]
    assert [leaf.tag for leaf in root] == [
        *("ToUserName", "FromUserName", "CreateTime", "MsgType"),
        last,
    ]
    assert found["FromUserName"].text == CORP
    said = found[last] if kind == "text" else found[last].find("ReplaceName")
    assert said is not None
    return Answer(kind, found["ToUserName"].text or "", said.text or "")
