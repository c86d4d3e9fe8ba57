"""What WeCom sends, read into what a member did; nothing it sends is an error."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.channels.wecom.parsing import Callback, Click, read_callback
from bot.channels.xml import Unreadable
from conversations.model import Inbound
from tests.channels.wecom.platform import (
    callback_xml,
    click_xml,
    event_xml,
    text_xml,
)


def read(body: bytes) -> Callback:
    return read_callback(body, inbound_id="i")


SAID: dict[str, tuple[bytes, Inbound]] = {
    "text": (text_xml("女，34 岁"), Inbound("i", "text", text="女，34 岁")),
    "text with the end of a CDATA section": (
        text_xml("x]]></Content>"),
        Inbound("i", "text", text="x]]></Content>"),
    ),
    "text with nothing in it": (text_xml(""), Inbound("i", "text")),
    "image": (
        callback_xml(MsgType="image", PicUrl="http://x", MediaId="M1", MsgId=1),
        Inbound("i", "image", media="wecom:M1"),
    ),
    "voice": (
        callback_xml(MsgType="voice", MediaId="M1", Format="amr", MsgId=1),
        Inbound("i", "voice", media="wecom:M1"),
    ),
    "file, if one comes": (
        callback_xml(MsgType="file", MediaId="M1", FileName="照片.jpg", MsgId=1),
        Inbound("i", "file", text="照片.jpg", media="wecom:M1"),
    ),
    "image without its media": (
        callback_xml(MsgType="image", MsgId=1),
        Inbound("i", "other"),
    ),
    "video": (
        callback_xml(MsgType="video", MediaId="M1", ThumbMediaId="M2", MsgId=1),
        Inbound("i", "other"),
    ),
    "location": (
        callback_xml(MsgType="location", Location_X="23.1", Label="东湖", MsgId=1),
        Inbound("i", "location", text="东湖"),
    ),
    "link": (
        callback_xml(MsgType="link", Title="t", Url="https://x.cn", MsgId=1),
        Inbound("i", "link", text="https://x.cn"),
    ),
    "subscribe": (event_xml("subscribe"), Inbound("i", "follow")),
    "unsubscribe": (event_xml("unsubscribe"), Inbound("i", "unfollow")),
    "enter_agent": (event_xml("enter_agent", EventKey=""), Inbound("i", "enter")),
    "click on the menu": (
        event_xml("click", EventKey="我的报名"),
        Inbound("i", "text", text="我的报名"),
    ),
    "button": (
        click_xml("#1a.2|女"),
        Inbound("i", "tap", text="女", tap="#1a.2"),
    ),
    "button with a word": (
        click_xml("报名 2026-NC-02|数控班"),
        Inbound("i", "tap", text="数控班", tap="报名 2026-NC-02"),
    ),
    "one line ticked": (
        click_xml("submit", "#1a.2|硕士"),
        Inbound("i", "tap", text="硕士", tap="#1a.2"),
    ),
    "several lines ticked": (
        click_xml("submit", "#1a.2|硕士", "#1a.3|本科"),
        Inbound("i", "tap", text="硕士、本科", tap="#1a.2 #1a.3"),
    ),
    "the small menu of a card": (
        event_xml("template_card_menu_event", EventKey="帮助", TaskId="t"),
        Inbound("i", "tap", text="帮助", tap="帮助"),
    ),
}


@pytest.mark.parametrize("name", SAID)
def test_what_a_member_did(name: str) -> None:
    body, expected = SAID[name]
    found = read(body)
    assert found.inbound == expected
    assert found.sender == "linxiaomei"
    assert found.key.startswith("wecom:")


def test_nothing_ticked_is_a_tap_on_nothing() -> None:
    xml = click_xml("submit", SelectedItems="")
    assert read(xml).inbound == Inbound("i", "tap", text="请选择")


def test_a_click_tells_by_what_its_card_may_be_changed() -> None:
    click = read(click_xml("#1a.2|女")).click
    assert isinstance(click, Click)
    assert (click.chosen.label, click.response_code) == ("女", "code-1")


# What does not concern us

SCHEDULES = (
    "add_schedule",
    "modify_schedule",
    "delete_schedule",
    "modify_calendar",
    "delete_calendar",
    "book_meeting_room",
    "cancel_meeting_room",
)
NOTHING: dict[str, bytes] = {
    **{name: event_xml(name, AgentID=None, CalId="c") for name in SCHEDULES},
    "customer service": event_xml(
        "kf_msg_or_event", AgentID=None, FromUserName=None, Token="t", OpenKfId="k"
    ),
    "contacts": event_xml(
        "change_contact",
        FromUserName="sys",
        AgentID=None,
        ChangeType="create_user",
        UserID="zhang",
    ),
    "approval": event_xml(
        "open_approval_change",
        ApprovalInfo={"ThirdNo": "2", "ApprovalNodes": {"ApprovalNode": [{}, {}]}},
    ),
    "a job's result": event_xml(
        "batch_job_result",
        FromUserName="sys",
        BatchJob={"JobId": "j", "ErrCode": 0, "ErrMsg": "ok"},
    ),
    "place": event_xml("LOCATION", Latitude="23.1", Longitude="113.3"),
    "view": event_xml("view", EventKey="https://x.cn"),
    "a press on nothing": event_xml("click"),
    "scan": event_xml("scancode_push", ScanCodeInfo={"ScanType": "qrcode"}),
    "an event of tomorrow": event_xml("new_thing", Deep={"deeper": {"x": "y"}}),
    "an event without a name": callback_xml(MsgType="event"),
    "a kind of tomorrow": callback_xml(MsgType="hologram", MsgId=1),
    "no kind": callback_xml(),
    "no member": callback_xml(MsgType="text", FromUserName=None, Content="x"),
    "nested member": callback_xml(MsgType="text", FromUserName={"a": "b"}),
}


@pytest.mark.parametrize("name", NOTHING)
def test_what_does_not_concern_us_is_nothing_to_do(name: str) -> None:
    assert read(NOTHING[name]).inbound is None


@pytest.mark.parametrize(
    "body",
    [
        pytest.param(b"", id="nothing"),
        pytest.param(b"\xff\xfe", id="not UTF-8"),
        pytest.param(b'{"MsgType": "text"}', id="JSON"),
        pytest.param(b"<xml>text</xml>", id="no fields"),
        pytest.param(b"<other><MsgType>text</MsgType></other>", id="other root"),
        pytest.param(b"<!DOCTYPE x [<!ENTITY a 'b'>]><xml><a>&a;</a></xml>", id="DTD"),
        pytest.param(b"<xml>" + b"<a>" * 20 + b"</a>" * 20 + b"</xml>", id="deep"),
        pytest.param(b"<xml>" + b"<a/>" * 999 + b"</xml>", id="wide"),
    ],
)
def test_what_makes_no_sense_is_unreadable(body: bytes) -> None:
    with pytest.raises(Unreadable):
        read(body)


@given(st.binary(max_size=300) | st.text(max_size=300).map(text_xml))
def test_whatever_comes_is_read_or_unreadable(body: bytes) -> None:
    try:
        read(body)
    except Unreadable:
        return


# Keys


def test_deliveries_of_one_message_have_one_key() -> None:
    assert read(text_xml("好")).key == read(text_xml("好")).key
    assert read(click_xml("#1.1|男")).key == read(click_xml("#1.1|男")).key


def test_what_is_not_the_same_has_another_key() -> None:
    keys = [
        read(xml).key
        for xml in (
            text_xml("好", message_id=1),
            text_xml("好", message_id=2),
            click_xml("#1.1|男"),
            click_xml("#1.2|女"),
            click_xml("#1.1|男", TaskId="t2"),
            click_xml("#1.1|男", CreateTime=1_700_000_001),
            click_xml("#1.1|男", FromUserName="Zhang"),
            event_xml("subscribe"),
            event_xml("unsubscribe"),
        )
    ]
    assert len(set(keys)) == len(keys)


def test_a_member_is_one_however_the_userid_is_written() -> None:
    one, other = (
        read(callback_xml(MsgType="text", MsgId=1, FromUserName=name))
        for name in ("LinXiaomei", "linxiaomei")
    )
    assert (one.sender, one.key) == (other.sender, other.key)


def test_entering_is_one_message_a_day_in_china() -> None:
    # 2023-11-14 22:13:20 UTC is 06:13 of the next day in China.
    at = 1_700_000_000
    keys = [
        read(event_xml("enter_agent", EventKey="", CreateTime=at + later)).key
        for later in (0, 3600, 17 * 3600, 18 * 3600)
    ]
    assert keys[0] == keys[1] == keys[2] != keys[3]
