"""What comes in is read as far as it can be, and what cannot be is said to be unreadable."""

from __future__ import annotations

import json
from typing import Any

import pytest

from bot.channels.wecom_bot import frames
from bot.channels.wecom_bot.frames import Ack, Happened, Media, Part, Said, Selected


def message(**body: Any) -> str:
    whole = {"msgid": "m1", "chattype": "single", "from": {"userid": "ZhangSan"}}
    frame = {
        "cmd": "aibot_msg_callback",
        "headers": {"req_id": "r1"},
        "body": whole | body,
    }
    return json.dumps(frame)


def event(kind: str, **details: Any) -> str:
    body = {
        "msgid": "m1",
        "from": {"userid": "ZhangSan", "corpid": "c"},
        "msgtype": "event",
        "event": {"eventtype": kind, **details},
    }
    frame = {"cmd": "aibot_event_callback", "headers": {"req_id": "r1"}, "body": body}
    return json.dumps(frame)


@pytest.mark.parametrize(
    ("body", "parts"),
    [
        ({"msgtype": "text", "text": {"content": "报名"}}, [Part("text", "报名")]),
        (
            {"msgtype": "voice", "voice": {"content": "三十四"}},
            [Part("voice", "三十四")],
        ),
        (
            {"msgtype": "image", "image": {"url": "https://x/1", "aeskey": "k"}},
            [Part("image", media=Media("https://x/1", "k"))],
        ),
        (
            {"msgtype": "file", "file": {"url": "https://x/2", "filename": "表.pdf"}},
            [Part("file", media=Media("https://x/2", "", "表.pdf"))],
        ),
        (
            {
                "msgtype": "mixed",
                "mixed": {
                    "msg_item": [
                        {"msgtype": "text", "text": {"content": "照片"}},
                        {"msgtype": "image", "image": {"url": "https://x/3"}},
                    ]
                },
            },
            [Part("text", "照片"), Part("image", media=Media("https://x/3"))],
        ),
        ({"msgtype": "video", "video": {"url": "https://x/4"}}, [Part("other")]),
        ({"msgtype": "mixed"}, [Part("other")]),
        (
            {
                "msgtype": "text",
                "text": {"content": "是"},
                "quote": {"msgtype": "text", "text": {"content": "别的"}},
            },
            [Part("text", "是")],
        ),
    ],
)
def test_each_kind_of_message(body: dict[str, Any], parts: list[Part]) -> None:
    said = frames.read(message(**body))
    assert isinstance(said, Said)
    assert (said.req_id, said.user, said.group) == ("r1", "zhangsan", False)
    assert said.parts == tuple(parts)


def test_every_delivery_of_a_message_has_the_same_key_and_others_another() -> None:
    first, again = (
        frames.read(message(msgtype="text", text={"content": "1"}, **more))
        for more in ({}, {"create_time": 7})
    )
    other = frames.read(message(msgtype="text", msgid="m2"))
    assert isinstance(first, Said)
    assert isinstance(again, Said)
    assert isinstance(other, Said)
    assert first.key == again.key != other.key
    assert first.key.startswith("wecom_bot:")


def test_a_message_in_a_group_is_known_as_one() -> None:
    said = frames.read(message(msgtype="text", chattype="group", chatid="c1"))
    assert isinstance(said, Said)
    assert said.group


def test_a_ticked_list_and_a_button() -> None:
    chosen = {"question_key": "q", "option_ids": {"option_id": ["a", "b"]}}
    card = {
        "card_type": "vote_interaction",
        "event_key": "submit",
        "task_id": "t",
        "selected_items": {"selected_item": [chosen]},
    }
    click = frames.read(event("template_card_event", template_card_event=card))
    assert isinstance(click, Happened)
    assert (click.kind, click.event_key, click.task) == (frames.CLICKED, "submit", "t")
    assert click.selected == (Selected("q", ("a", "b")),)
    flat = frames.read(event("template_card_event", event_key="k", task_id="t"))
    assert isinstance(flat, Happened)
    assert (flat.event_key, flat.task, flat.selected) == ("k", "t", ())


def test_an_answer_to_a_call() -> None:
    ok = frames.read('{"headers":{"req_id":"a"},"errcode":0,"errmsg":"ok"}')
    assert ok == Ack("a", 0, "ok")
    told = frames.read('{"headers":{"req_id":"a"},"errcode":0,"body":{"media_id":"m"}}')
    assert told == Ack("a", 0, "", {"media_id": "m"})


@pytest.mark.parametrize(
    "raw",
    [
        "",
        "{",
        "[]",
        "7",
        b"\xff",
        "{}",
        '{"cmd":"aibot_future","headers":{"req_id":"1"},"body":{}}',
        '{"cmd":"aibot_msg_callback","headers":{"req_id":"1"}}',
        '{"cmd":"aibot_msg_callback","headers":{"req_id":"1"},"body":{"from":7}}',
        '{"cmd":"aibot_msg_callback","headers":7,"body":{}}',
        '{"cmd":"aibot_event_callback","headers":{"req_id":"1"},"body":{"event":[]}}',
    ],
)
def test_what_is_no_frame_is_unreadable(raw: str | bytes) -> None:
    with pytest.raises(frames.Unreadable):
        frames.read(raw)


def test_calls_are_written_in_real_characters() -> None:
    written = frames.write("aibot_send_msg", "r", {"text": "您好"})
    assert "您好" in written
    assert json.loads(written) == {
        "cmd": "aibot_send_msg",
        "headers": {"req_id": "r"},
        "body": {"text": "您好"},
    }
    assert json.loads(frames.write("ping", "r", None)) == {
        "cmd": "ping",
        "headers": {"req_id": "r"},
    }
