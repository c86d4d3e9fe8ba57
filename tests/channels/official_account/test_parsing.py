"""What the platform sends, read into what a person did (T3, wechat.md 1.4–1.5)."""

from __future__ import annotations

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from bot.channels.official_account.parsing import (
    Callback,
    read_by_wechatpy,
    read_callback,
    read_plain_text,
)
from bot.channels.xml import Unreadable, decode
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
