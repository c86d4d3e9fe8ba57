"""The WebSocket speaks the frames of the interface and survives what it is sent."""

from __future__ import annotations

import asyncio
import base64
import json
from typing import Any

import pytest
from aiohttp import ClientSession, WSServerHandshakeError

from bot.channels.webchat import wording
from bot.uploads import MAX_UPLOAD
from tests.webchat.conftest import Opener
from tests.webchat.echo import ARTICLE, GREETING, Echo

PNG = base64.b64encode(b"\x89PNG\r\n\x1a\n small").decode()


def text(said: str, choices: tuple[tuple[str, str], ...] = ()) -> dict[str, Any]:
    offered = [{"label": label, "send": send} for label, send in choices]
    return {"type": "text", "text": said, "choices": offered}


async def test_a_text_is_answered_and_ended_by_idle(connect: Opener) -> None:
    client = await connect()

    assert await client.ask(type="text", text="报名") == [
        text("好，现在开始填报名表。"),
        text("第 1/24 题：性别？\n1. 男\n2. 女", (("男", "#1.1"), ("女", "#1.2"))),
    ]


async def test_a_choices_token_is_a_tap_and_a_commands_word_is_a_text(
    connect: Opener, echo: Echo
) -> None:
    client = await connect()
    await client.ask(type="text", text="#1f.2", label="女")
    await client.ask(type="text", text="报名 2026-NC-02")

    heard = [envelope.inbound for envelope in echo.heard]
    assert [(i.kind, i.text, i.tap) for i in heard] == [
        ("tap", "女", "#1f.2"),
        ("text", "报名 2026-NC-02", ""),
    ]
    assert heard[0].id != heard[1].id


async def test_a_picture_is_kept_by_what_it_is_and_comes_back_behind_a_link(
    connect: Opener, echo: Echo, session: ClientSession
) -> None:
    client = await connect()
    said, picture = await client.ask(type="image", name="../脸\u202e.exe", data=PNG)

    assert said == text("收到了。")
    (kept,) = echo.files.values()
    assert (kept.name, kept.media_type) == ("脸.exe", "image/png")
    async with session.get(picture["url"]) as answer:
        assert (answer.status, answer.content_type) == (200, "image/png")
        assert await answer.read() == base64.b64decode(PNG)
    token = picture["url"].rsplit("/", 1)[1]
    link = echo.links.read(token, now=echo.clock.real())
    assert link is not None
    assert link.person_id == "person-demo-teacher-1"


async def test_a_file_keeps_its_name(connect: Opener, echo: Echo) -> None:
    client = await connect()
    pdf = base64.b64encode(b"%PDF-1.7").decode()
    _said, frame = await client.ask(type="file", name="意见.pdf", data=pdf)

    assert (frame["type"], frame["name"]) == ("file", "意见.pdf")
    assert [e.inbound.kind for e in echo.heard] == ["file"]


async def test_an_article_leads_to_its_page(
    connect: Opener, session: ClientSession
) -> None:
    client = await connect()
    (article,) = await client.ask(type="text", text="通知")

    assert article["title"] == ARTICLE.name
    async with session.get(article["url"]) as answer:
        assert answer.status == 200
        assert ARTICLE.name in await answer.text()


@pytest.mark.parametrize(
    ("raw", "why"),
    [
        ("{", "malformed"),
        ("[]", "malformed"),
        ("12", "malformed"),
        ('"text"', "malformed"),
        ("{}", "unknown"),
        ('{"type": "dance"}', "unknown"),
        ('{"type": ["text"]}', "unknown"),
        ('{"type": "text"}', "malformed"),
        ('{"type": "text", "text": 7}', "malformed"),
        ('{"type": "text", "text": "  "}', "empty"),
        ('{"type": "text", "text": "\\ud800"}', "malformed"),
        ('{"type": "image", "name": "a", "data": "%%"}', "malformed"),
        ('{"type": "image", "name": "a", "data": ""}', "empty"),
        ('{"type": "hello", "user": ""}', "bad_name"),
        ('{"type": "hello", "user": "a\\nb"}', "bad_name"),
        (json.dumps({"type": "hello", "user": "长" * 65}), "bad_name"),
        (json.dumps({"type": "text", "text": "长" * 10_001}), "long_text"),
    ],
)
async def test_what_cannot_be_taken_is_said_and_the_connection_goes_on(
    connect: Opener, raw: str, why: str
) -> None:
    client = await connect()
    await client.socket.send_str(raw)

    (error,) = await client.until_idle()
    assert (error["type"], error["text"]) == ("error", wording.TROUBLE[why])
    assert await client.ask(type="text", text="在吗") == [text("您说：在吗")]


async def test_bytes_that_are_no_text_are_refused(connect: Opener) -> None:
    client = await connect()
    await client.socket.send_bytes(b"\xff\xfe\x00")

    (error,) = await client.until_idle()
    assert error["text"] == wording.TROUBLE["malformed"]


async def test_ten_megabytes_are_taken_and_one_byte_more_is_not(
    connect: Opener, echo: Echo
) -> None:
    client = await connect()
    most = base64.b64encode(bytes(MAX_UPLOAD)).decode()
    more = base64.b64encode(bytes(MAX_UPLOAD + 1)).decode()

    assert len(await client.ask(type="image", name="a.png", data=most)) == 2
    (error,) = await client.ask(type="image", name="a.png", data=more)
    assert error["text"] == wording.TROUBLE["big_file"]
    assert [len(kept.content) for kept in echo.files.values()] == [MAX_UPLOAD]


async def test_nobody_speaks_before_hello(connect: Opener, echo: Echo) -> None:
    client = await connect("")
    (error,) = await client.ask(type="text", text="报名")

    assert error["text"] == wording.TROUBLE["no_hello"]
    assert echo.heard == []


async def test_a_second_hello_makes_somebody_else_of_the_tab(
    connect: Opener, echo: Echo
) -> None:
    client = await connect("demo-teacher-1")
    await client.ask(type="text", text="一")
    await client.send(type="hello", user=" 新老师 ")
    await client.ask(type="text", text="二")

    assert [e.address for e in echo.heard] == ["demo-teacher-1", "新老师"]
    assert echo.channel.connected() == ("address-新老师",)


async def test_a_message_sent_again_is_answered_the_same_and_done_once(
    connect: Opener, echo: Echo
) -> None:
    client, later = await connect(), await connect()
    await client.send(type="text", text="你好", id="message-1")
    first = [await client.next(), await client.next()]
    await later.send(type="text", text="你好", id="message-1")
    again = [await later.next(), await later.next()]

    assert [f | {"at": ""} for f in first] == [f | {"at": ""} for f in again]
    assert first[1] == {"type": "idle", "re": "message-1"}
    assert len({e.message_key for e in echo.heard}) == len(echo.answers) == 1


async def test_the_key_of_a_message_tells_nobodys_name(
    connect: Opener, echo: Echo
) -> None:
    one, other = await connect("张三"), await connect("李四")
    await one.ask(type="text", text="好", id="message-1")
    await other.ask(type="text", text="好", id="message-1")
    await other.ask(type="text", text="好")
    await other.ask(type="text", text="好")

    keys = [envelope.message_key for envelope in echo.heard]
    assert len(set(keys)) == 4
    assert not any("张三" in key or "李四" in key for key in keys)


async def test_one_persons_messages_are_answered_in_their_order(
    connect: Opener, echo: Echo
) -> None:
    client = await connect()
    for number in range(30):
        await client.send(type="text", text=str(number))
    answers = [await client.until_idle() for _ in range(30)]

    assert answers == [[text(f"您说：{number}")] for number in range(30)]


async def test_what_was_said_before_the_tab_closed_is_still_heard(
    connect: Opener, echo: Echo
) -> None:
    client, witness = await connect(), await connect()
    for number in range(5):
        await client.send(type="text", text=str(number))
    await client.socket.close()
    await witness.ask(type="text", text="末")

    # The witness may overtake what is queued, never undo it.
    async with asyncio.timeout(10):
        while len(echo.heard) < 6:
            await witness.ask(type="text", text="还在吗")
    said = [e.inbound.text for e in echo.heard if e.inbound.text.isdecimal()]
    assert said == ["0", "1", "2", "3", "4"]


async def test_a_failed_message_says_so_and_the_next_one_works(
    connect: Opener, echo: Echo
) -> None:
    client = await connect()
    (error,) = await client.ask(type="text", text="坏", id="message-1")

    assert error == {
        "type": "error",
        "text": wording.TROUBLE["busy"],
        "re": "message-1",
        "retry": True,
    }
    assert await client.ask(type="text", text="好") == [text("您说：好")]


async def test_our_page_is_welcomed_and_greeted(connect: Opener) -> None:
    client = await connect("新老师", confirm=True)
    welcome = await client.next()

    assert (welcome["type"], welcome["known"]) == ("welcome", False)
    assert welcome["now"].startswith("2026-03-01T09:00")
    greeting, _menu = await client.ask(type="follow")
    assert greeting == text(GREETING)
    again = await connect("新老师", confirm=True)
    assert (await again.next())["known"] is True


async def test_control_characters_stay_outside(connect: Opener, echo: Echo) -> None:
    client = await connect()
    await client.ask(type="text", text="一\x00\r\n\t二\x1b")

    assert echo.heard[0].inbound.text == "一\n\t二"


async def test_another_sites_page_may_not_connect(session: ClientSession) -> None:
    with pytest.raises(WSServerHandshakeError) as refused:
        await session.ws_connect("/chat/ws", origin="https://elsewhere.example")
    assert refused.value.status == 403
