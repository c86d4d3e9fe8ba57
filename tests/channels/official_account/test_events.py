"""What the platform tells of its own accord, in both formats (wechat.md 1.2, 1.5)."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.channels.official_account.events import (
    Consents,
    MassEnd,
    PublishEnd,
    Receipt,
    Told,
)
from bot.channels.official_account.parsing import Callback, read_callback
from bot.channels.xml import Unreadable
from tests.channels.official_account.platform import (
    ACCOUNT,
    TEACHER,
    callback_xml,
    event_xml,
    text_xml,
)


def read(body: bytes) -> Callback:
    return read_callback(body, inbound_id="i")


@pytest.mark.parametrize(
    ("status", "expected"),
    [
        ("success", Receipt("200163836", delivered=True)),
        (
            "failed:user block",
            Receipt("200163836", delivered=False, reason="user block"),
        ),
        (
            "failed: system failed",
            Receipt("200163836", delivered=False, reason="system failed"),
        ),
    ],
)
def test_end_of_a_template_message_is_a_receipt(status: str, expected: Receipt) -> None:
    callback = read(
        event_xml("TEMPLATESENDJOBFINISH", MsgID="200163836", Status=status)
    )
    assert callback.told == (expected,)
    assert callback.inbound is None


def _listed(element: str, *items: str) -> str:
    inside = "".join(f"<List>{item}</List>" for item in items)
    return f"<{element}>{inside}</{element}>"


def _consent(template: str, word: str) -> str:
    return (
        f"<TemplateId><![CDATA[{template}]]></TemplateId>"
        f"<SubscribeStatusString><![CDATA[{word}]]></SubscribeStatusString>"
        "<PopupScene>2</PopupScene>"
    )


def _end(message_id: str, code: str, word: str) -> str:
    return (
        f"<TemplateId>T</TemplateId><MsgID>{message_id}</MsgID>"
        f"<ErrorCode>{code}</ErrorCode><ErrorStatus>{word}</ErrorStatus>"
    )


def _event(name: str, inside: str) -> bytes:
    return event_xml(name).replace(b"</xml>", inside.encode() + b"</xml>")


_POPUP, _CHANGE = "SubscribeMsgPopupEvent", "SubscribeMsgChangeEvent"
_SENT = "SubscribeMsgSentEvent"
_PUBLISHED = (
    "<PublishEventInfo><publish_id>2247503051</publish_id>"
    "<publish_status>0</publish_status><article_id>b5O2 OUs25</article_id>"
    "<article_detail><count>{count}</count>{items}</article_detail></PublishEventInfo>"
)
_ARTICLE = "<item><idx>{0}</idx><article_url><![CDATA[http://a/{0}?x=1&y]]></article_url></item>"

TOLD: dict[str, tuple[bytes, tuple[Told, ...]]] = {
    "one consent": (
        _event("subscribe_msg_popup_event", _listed(_POPUP, _consent("T1", "accept"))),
        (Consents(granted=("T1",)),),
    ),
    "a yes and a no": (
        _event(
            "subscribe_msg_popup_event",
            _listed(_POPUP, _consent("T1", "accept"), _consent("T2", "reject")),
        ),
        (Consents(granted=("T1",)),),
    ),
    "only a no": (
        _event("subscribe_msg_popup_event", _listed(_POPUP, _consent("T1", "reject"))),
        (),
    ),
    "no answer that we know": (
        _event("subscribe_msg_popup_event", _listed(_POPUP, _consent("T1", "filter"))),
        (),
    ),
    "switched off": (
        _event(
            "subscribe_msg_change_event", _listed(_CHANGE, _consent("T1", "reject"))
        ),
        (Consents(withdrawn=("T1",)),),
    ),
    "switched on": (
        _event(
            "subscribe_msg_change_event", _listed(_CHANGE, _consent("T1", "accept"))
        ),
        (Consents(granted=("T1",)),),
    ),
    "an empty list": (_event("subscribe_msg_popup_event", _listed(_POPUP)), ()),
    "one notification": (
        _event("subscribe_msg_sent_event", _listed(_SENT, _end("17", "0", "success"))),
        (Receipt("17", delivered=True),),
    ),
    "two notifications": (
        _event(
            "subscribe_msg_sent_event",
            _listed(
                _SENT, _end("17", "0", "success"), _end("18", "43101", "user refuse")
            ),
        ),
        (
            Receipt("17", delivered=True),
            Receipt("18", delivered=False, reason="user refuse"),
        ),
    ),
    "an article": (
        _event(
            "PUBLISHJOBFINISH", _PUBLISHED.format(count=1, items=_ARTICLE.format(1))
        ),
        (PublishEnd("2247503051", 0, "b5O2OUs25", "http://a/1?x=1&y"),),
    ),
    "two articles": (
        _event(
            "PUBLISHJOBFINISH",
            _PUBLISHED.format(count=2, items=_ARTICLE.format(1) + _ARTICLE.format(2)),
        ),
        (PublishEnd("2247503051", 0, "b5O2OUs25", "http://a/1?x=1&y"),),
    ),
    "an article refused": (
        _event(
            "PUBLISHJOBFINISH",
            "<PublishEventInfo><publish_id>1</publish_id><publish_status>2"
            "</publish_status><fail_idx>1</fail_idx><fail_idx>2</fail_idx>"
            "</PublishEventInfo>",
        ),
        (PublishEnd("1", 2),),
    ),
    "a mass message": (
        event_xml(
            "MASSSENDJOBFINISH",
            MsgID="1000001625",
            Status="sendsuccess",
            TotalCount="100",
            FilterCount="80",
            SentCount="75",
            ErrorCount="5",
        ),
        (MassEnd("1000001625", "sendsuccess", total=100, sent=75, failed=5),),
    ),
    "a mass message with its article": (
        _event(
            "MASSSENDJOBFINISH",
            "<MsgID>1</MsgID><Status>err(30003)</Status><ArticleUrlResult><Count>1"
            "</Count><ResultList><item><ArticleIdx>1</ArticleIdx><ArticleUrl>Url"
            "</ArticleUrl></item></ResultList></ArticleUrlResult>",
        ),
        (MassEnd("1", "err(30003)", url="Url"),),
    ),
}


@pytest.mark.parametrize("kind", TOLD)
def test_what_the_platform_tells_itself_is_read(kind: str) -> None:
    body, expected = TOLD[kind]
    callback = read(body)
    assert callback.told == expected
    assert callback.inbound is None
    assert callback.key.startswith("oa:")


@pytest.mark.parametrize(
    ("status", "good"),
    [
        ("sendsuccess", True),
        ("send success", True),
        ("send fail", False),
        ("err(10001)", False),
    ],
)
def test_the_platforms_word_on_a_mass_message(status: str, good: bool) -> None:
    assert MassEnd("1", status).good == good


def test_only_a_failure_of_the_platforms_own_calls_for_another_way() -> None:
    ends = {
        word: Receipt("1", False, word).theirs
        for word in ("user block", "system failed")
    }
    assert ends == {"user block": False, "system failed": True}


@pytest.mark.parametrize(
    ("name", "inside"),
    [
        ("subscribe_msg_popup_event", f"<{_POPUP}>x</{_POPUP}>"),
        ("subscribe_msg_popup_event", f"<{_POPUP}><List>x</List></{_POPUP}>"),
        ("subscribe_msg_sent_event", _listed(_SENT, _end("x", "0", "success"))),
        ("subscribe_msg_sent_event", _listed(_SENT, "<MsgID>1</MsgID>" * 2)),
        ("TEMPLATESENDJOBFINISH", "<MsgID>1</MsgID><MsgID>2</MsgID>"),
        ("PUBLISHJOBFINISH", "<PublishEventInfo>1</PublishEventInfo>"),
    ],
)
def test_what_the_platform_tells_in_no_known_shape(name: str, inside: str) -> None:
    with pytest.raises(Unreadable):
        read(_event(name, inside))


# The JSON format of the console's setting


def _json(**fields: object) -> bytes:
    head = {"ToUserName": ACCOUNT, "FromUserName": TEACHER, "CreateTime": 1700000000}
    return json.dumps({**head, **fields}).encode()


def test_both_formats_say_the_same() -> None:
    pairs: list[tuple[bytes, bytes]] = [
        (
            text_xml("女，<34> 岁\n]]>"[:8], message_id="24000000000000001"),
            _json(
                MsgType="text", Content="女，<34> 岁\n]]>"[:8], MsgId=24000000000000001
            ),
        ),
        (
            callback_xml(MsgType="text", Content="男", MsgId="1", bizmsgmenuid="#1z.2"),
            _json(MsgType="text", Content="男", MsgId=1, bizmsgmenuid="#1z.2"),
        ),
        (
            callback_xml(MsgType="image", PicUrl="p", MediaId="M", MsgId="2"),
            _json(MsgType="image", PicUrl="p", MediaId="M", MsgId=2),
        ),
        (
            event_xml("subscribe", EventKey="qrscene_a", Ticket="t"),
            _json(MsgType="event", Event="subscribe", EventKey="qrscene_a", Ticket="t"),
        ),
        (
            event_xml("TEMPLATESENDJOBFINISH", MsgID="7", Status="success"),
            _json(
                MsgType="event",
                Event="TEMPLATESENDJOBFINISH",
                MsgID=7,
                Status="success",
            ),
        ),
    ]
    for xml, as_json in pairs:
        assert read(as_json) == read(xml)


@pytest.mark.parametrize("around", [True, False])
def test_a_list_in_json_may_stand_alone(around: bool) -> None:
    items = [
        {"TemplateId": "T1", "SubscribeStatusString": "accept", "PopupScene": "0"},
        {"TemplateId": "T2", "SubscribeStatusString": "accept", "PopupScene": "0"},
    ]
    listed: dict[str, object] = {"List": items}
    inside = {_POPUP: listed} if around else listed
    body = _json(MsgType="event", Event="subscribe_msg_popup_event", **inside)
    assert read(body).told == (Consents(granted=("T1", "T2")),)


@given(
    st.recursive(
        st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
        lambda inner: (
            st.lists(inner, max_size=3)
            | st.dictionaries(st.text(max_size=5), inner, max_size=3)
        ),
        max_leaves=8,
    ),
    st.sampled_from(["text", "event", "image"]),
)
def test_no_json_raises_anything_but_the_refusal(value: object, kind: str) -> None:
    for body in (
        _json(
            MsgType=kind, Event="subscribe_msg_popup_event", List=value, Content=value
        ),
        json.dumps({"x": value, str(value): 1}).encode(),
    ):
        try:
            callback = read(body)
        except Unreadable:
            continue
        assert callback.sender
