"""What the platform sends, read into what a person did (T3, wechat.md 1.4–1.5)."""

from __future__ import annotations

import json

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from bot.channels.official_account.events import (
    Consents,
    MassEnd,
    PublishEnd,
    Receipt,
    Told,
    Unreadable,
)
from bot.channels.official_account.parsing import (
    Callback,
    decode,
    read_by_wechatpy,
    read_callback,
    read_plain_text,
)
from conversations.model import Inbound
from tests.channels.official_account.platform import (
    ACCOUNT,
    TEACHER,
    callback_xml,
    event_xml,
    text_xml,
)


def read(body: bytes) -> Callback:
    return read_callback(body, inbound_id="i")


SAID: dict[str, tuple[bytes, Inbound]] = {
    "text": (text_xml("女，34 岁"), Inbound("i", "text", text="女，34 岁")),
    "text with nothing in it": (text_xml(""), Inbound("i", "text")),
    "emoji of several parts": (text_xml("👩‍🏫好"), Inbound("i", "text", text="👩‍🏫好")),
    "text that looks like a declaration": (
        text_xml("<!DOCTYPE html><!ENTITY x>"),
        Inbound("i", "text", text="<!DOCTYPE html><!ENTITY x>"),
    ),
    "text with the end of a section": (
        text_xml("a]]]]><![CDATA[>b"),
        Inbound("i", "text", text="a]]>b"),
    ),
    "text with control characters": (
        text_xml("a\x00\x08\x0b\x1f\ufffeb"),
        Inbound("i", "text", text="ab"),
    ),
    "tap": (
        callback_xml(MsgType="text", Content="男", MsgId="1", bizmsgmenuid="#1z.2"),
        Inbound("i", "tap", text="男", tap="#1z.2"),
    ),
    "tap whose id is still encoded": (
        callback_xml(MsgType="text", Content="男", MsgId="1", bizmsgmenuid="%231z.2"),
        Inbound("i", "tap", text="男", tap="#1z.2"),
    ),
    "image": (
        callback_xml(MsgType="image", PicUrl="http://p", MediaId="M_1-x", MsgId="2"),
        Inbound("i", "image", media="oa:M_1-x"),
    ),
    "voice": (
        callback_xml(MsgType="voice", MediaId="V", Format="amr", MsgId="3"),
        Inbound("i", "voice", media="oa:V"),
    ),
    "voice with an empty recognition": (
        callback_xml(MsgType="voice", MediaId="V", Recognition="", MsgId="3"),
        Inbound("i", "voice", media="oa:V"),
    ),
    "voice that was recognised": (
        callback_xml(MsgType="voice", MediaId="V", Recognition="汉族", MsgId="3"),
        Inbound("i", "text", text="汉族"),
    ),
    "video": (
        callback_xml(MsgType="video", MediaId="V", ThumbMediaId="T", MsgId="4"),
        Inbound("i", "other"),
    ),
    "short video": (
        callback_xml(MsgType="shortvideo", MediaId="V", ThumbMediaId="T", MsgId="4"),
        Inbound("i", "other"),
    ),
    "location": (
        callback_xml(
            MsgType="location",
            Location_X="32.1",
            Location_Y="118.8",
            Label="南京",
            MsgId="5",
        ),
        Inbound("i", "location", text="南京"),
    ),
    "link": (
        callback_xml(
            MsgType="link", Title="t", Description="d", Url="https://e.cn", MsgId="6"
        ),
        Inbound("i", "link", text="https://e.cn"),
    ),
    "file": (
        callback_xml(MsgType="file", Title="表.docx", FileKey="k", MsgId="7"),
        Inbound("i", "file", text="表.docx"),
    ),
    "mini program": (
        callback_xml(MsgType="miniprogrampage", Title="t", MsgId="8"),
        Inbound("i", "other"),
    ),
    "subscribe": (event_xml("subscribe", EventKey=""), Inbound("i", "follow")),
    "subscribe by code": (
        event_xml("subscribe", EventKey="qrscene_Ab1", Ticket="T"),
        Inbound("i", "follow", scene="Ab1"),
    ),
    "unsubscribe": (event_xml("unsubscribe", EventKey=""), Inbound("i", "unfollow")),
    "scan": (
        event_xml("SCAN", EventKey="Ab1", Ticket="T"),
        Inbound("i", "scan", scene="Ab1"),
    ),
    "menu click": (
        event_xml("CLICK", EventKey="报名"),
        Inbound("i", "text", text="报名"),
    ),
}


@pytest.mark.parametrize("kind", SAID)
def test_what_a_person_did_is_read(kind: str) -> None:
    body, expected = SAID[kind]
    callback = read(body)
    assert (callback.sender, callback.account) == (TEACHER, ACCOUNT)
    assert callback.inbound == expected


@pytest.mark.parametrize(
    "body",
    [
        event_xml("VIEW", EventKey="https://e.cn", MenuId="1"),
        event_xml("LOCATION", Latitude="1.5", Longitude="2.5", Precision="3.5"),
        event_xml("pic_weixin", EventKey="k"),
        event_xml("subscribe_msg_popup_event"),
        event_xml("something_new_in_2027", EventKey="k"),
        callback_xml(MsgType="hologram", MsgId="9"),
    ],
)
def test_what_nobody_said_leaves_nothing_to_do(body: bytes) -> None:
    callback = read(body)
    assert (callback.inbound, callback.told) == (None, ())


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


def test_every_delivery_has_the_same_key() -> None:
    assert read(text_xml("1")).key == read(text_xml("1")).key
    scan = event_xml("SCAN", EventKey="a", Ticket="t")
    assert read(scan).key == read(scan).key


def test_different_messages_have_different_keys() -> None:
    bodies = [
        text_xml("1", message_id="1"),
        text_xml("1", message_id="2"),
        text_xml("1", message_id="1").replace(TEACHER.encode(), b"oTeacher2"),
        text_xml("1", message_id="1").replace(ACCOUNT.encode(), b"gh_2"),
        # Events of one second differ in kind or key.
        event_xml("subscribe", EventKey=""),
        event_xml("subscribe", EventKey="qrscene_a"),
        event_xml("SCAN", EventKey="a"),
        event_xml("SCAN", EventKey="b"),
        event_xml("SCAN", EventKey="b").replace(b"1700000000", b"1700000001"),
        event_xml("CLICK", EventKey="b"),
    ]
    assert len({read(body).key for body in bodies}) == len(bodies)


def test_a_key_tells_nothing_about_the_person() -> None:
    for body in (text_xml("1"), event_xml("SCAN", EventKey="secret-scene")):
        key = read(body).key
        assert key.startswith("oa:")
        assert len(key) == 35
        assert TEACHER not in key
        assert "secret" not in key


def _nested(depth: int) -> bytes:
    inside = "<a>" * depth + "</a>" * depth
    return text_xml("1").replace(b"<CreateTime>", inside.encode() + b"<CreateTime>")


def _wide(count: int) -> bytes:
    inside = "".join(f"<a{number}>1</a{number}>" for number in range(count))
    return text_xml("1").replace(b"<CreateTime>", inside.encode() + b"<CreateTime>")


_BOMB = b'<!DOCTYPE x [<!ENTITY a "ha"><!ENTITY b "&a;&a;">]>'

UNREADABLE: dict[str, bytes] = {
    "nothing": b"",
    "not XML": b"hello",
    "JSON": b'{"ToUserName": "gh", "MsgType": "text"}',
    "empty root": b"<xml/>",
    "another root": text_xml("one").replace(b"xml>", b"lmx>"),
    "not UTF-8": b"<xml>\xff\xfe</xml>",
    "cut": text_xml("one")[:-9],
    "two roots": text_xml("one") * 2,
    "document type": b"<!DOCTYPE xml>" + text_xml("one"),
    "entities": _BOMB + text_xml("one").replace(b"<![CDATA[one]]>", b"&b;"),
    "external entity": b'<!DOCTYPE x SYSTEM "file:///etc/passwd">' + text_xml("one"),
    "entity never declared": text_xml("one").replace(b"<![CDATA[one]]>", b"&b;"),
    "character that XML forbids": text_xml("one").replace(b"<![CDATA[one]]>", b"&#1;"),
    "deep": _nested(9),
    "very deep": _nested(9000),
    "wide": _wide(70),
    "very wide": _wide(5000),
    "no message type": callback_xml(Content="1", MsgId="1"),
    "no sender": text_xml("one").replace(TEACHER.encode(), b""),
    "two message ids": text_xml("one").replace(b"</xml>", b"<MsgId>2</MsgId></xml>"),
    "two contents": text_xml("one").replace(b"</xml>", b"<Content>2</Content></xml>"),
    "two senders": text_xml("one").replace(
        b"</xml>", b"<FromUserName>x</FromUserName></xml>"
    ),
    "two message types": text_xml("one").replace(
        b"</xml>", b"<MsgType>text</MsgType></xml>"
    ),
    "nested content": text_xml("one").replace(b"<![CDATA[one]]>", b"<a>1</a>"),
    "nested media": callback_xml(MsgType="image", MsgId="1").replace(
        b"</xml>", b"<MediaId><a>1</a></MediaId></xml>"
    ),
    "image without media": callback_xml(MsgType="image", MsgId="1"),
    "message id of letters": text_xml("1", message_id="abc"),
    "message id of 5000 digits": text_xml("1", message_id="1" * 5000),
    "event without a time": event_xml("SCAN", EventKey="a").replace(
        b"1700000000", b"x"
    ),
    "event key twice": event_xml("CLICK", EventKey="a").replace(
        b"</xml>", b"<EventKey>b</EventKey></xml>"
    ),
}


@pytest.mark.parametrize("kind", UNREADABLE)
def test_what_makes_no_sense_is_one_refusal(kind: str) -> None:
    with pytest.raises(Unreadable):
        read(UNREADABLE[kind])


@given(st.binary(max_size=200))
@example(b"\xef\xbb\xbf")
def test_no_bytes_raise_anything_but_the_refusal(body: bytes) -> None:
    with pytest.raises(Unreadable):
        read(body)


_NAMES = st.sampled_from(
    [
        *("ToUserName", "FromUserName", "CreateTime", "MsgType", "Content", "MsgId"),
        *("Event", "EventKey", "MediaId", "bizmsgmenuid", "Status", "MsgID", "a"),
    ]
)
_WORDS = st.one_of(
    st.sampled_from(["text", "TEXT", "image", "event", "SCAN", "subscribe", "0", "-1"]),
    st.integers(0, 10**19).map(str),
    st.text(alphabet=" \t\r\n<>&]]>ab1女\u3000\u2028", max_size=8),
    st.text(max_size=8),
)


@st.composite
def _leaves(draw: st.DrawFn) -> str:
    name, word = draw(_NAMES), draw(_WORDS)
    value = draw(
        st.sampled_from(
            [word, f"<![CDATA[{word}]]>", f"<![CDATA[{word}]]>{word}", f"<b>{word}</b>"]
        )
    )
    space = draw(st.sampled_from(["", "\n", "  "]))
    return f"{space}<{name}>{value}</{name}>"


@st.composite
def _documents(draw: st.DrawFn) -> str:
    """Callbacks with their usual head, and anything after it."""
    head = draw(st.sampled_from(["", callback_xml(MsgType="text")[5:-6].decode()]))
    tail = draw(st.sampled_from(["</xml>", "\n</xml>\n", "</xml>x", ""]))
    return "<xml>" + head + "".join(draw(st.lists(_leaves(), max_size=6))) + tail


@given(_documents())
def test_fast_reading_equals_wechatpys(document: str) -> None:
    xml = decode(document.encode("utf-8", "replace"))
    fast = read_plain_text(xml, "i")
    if fast is not None:
        assert fast == read_by_wechatpy(xml, "i")


@given(st.text(max_size=40), st.integers(0, 2**64 - 1))
def test_texts_of_every_kind_are_read_alike(content: str, message_id: int) -> None:
    xml = decode(text_xml(content, message_id=str(message_id)))
    fast = read_plain_text(xml, "i")
    if fast is not None:
        assert fast == read_by_wechatpy(xml, "i")


def test_ordinary_texts_take_the_fast_way() -> None:
    assert read_plain_text(text_xml("你好").decode(), "i") is not None


@given(_documents())
def test_no_document_raises_anything_but_the_refusal(document: str) -> None:
    try:
        callback = read(document.encode("utf-8", "surrogatepass"))
    except Unreadable:
        return
    assert callback.sender
    assert callback.account
