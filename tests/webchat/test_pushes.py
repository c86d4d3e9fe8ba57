"""A push reaches whoever is here, is shown once, and is never said to be sent when not."""

from __future__ import annotations

import asyncio

from bot.ports import Again, Sent
from conversations.model import Reply
from tests.webchat.conftest import Opener
from tests.webchat.echo import Echo

REMINDER = Reply(text="【提醒】今天截止报备。")


async def test_all_tabs_of_a_person_and_nobody_elses_get_a_push(
    connect: Opener, echo: Echo
) -> None:
    phone, desktop = await connect(), await connect()
    other = await connect("demo-base-1")
    for client in (phone, desktop, other):
        await client.ask(type="text", text="在")

    assert await echo.push("demo-teacher-1", REMINDER, "row1") == Sent("row1")
    for client in (phone, desktop):
        frame = await client.next()
        assert (frame["text"], frame["id"]) == (REMINDER.text, "row1")
    assert len(await other.ask(type="text", text="有吗")) == 1


async def test_who_is_here_is_known_from_the_first_message_to_the_last_tab(
    connect: Opener, echo: Echo
) -> None:
    assert echo.channel.connected() == ()
    client = await connect()
    await client.ask(type="text", text="在")
    second = await connect()
    await second.ask(type="text", text="也在")
    assert echo.channel.connected() == ("address-demo-teacher-1",)

    await client.socket.close()
    assert echo.channel.connected() == ("address-demo-teacher-1",)
    await second.ask(type="text", text="删除我的信息")
    assert echo.channel.connected() == ()


async def test_a_push_to_nobody_waits(connect: Opener, echo: Echo) -> None:
    settled = await echo.push("demo-teacher-1", REMINDER)

    assert isinstance(settled, Again)


async def test_a_page_that_confirms_is_believed_only_when_it_does(
    connect: Opener, echo: Echo
) -> None:
    page = await connect(confirm=True)
    await page.next()
    await page.ask(type="text", text="在")

    assert isinstance(await echo.push("demo-teacher-1", REMINDER, "row1"), Again)
    shown = await page.next()
    await page.send(type="ack", id=shown["id"])
    await page.ask(type="text", text="收到")  # a late word changes nothing


async def test_a_page_that_confirms_gets_its_push(connect: Opener, echo: Echo) -> None:
    page = await connect(confirm=True)
    await page.next()
    await page.ask(type="text", text="在")

    pushed = asyncio.create_task(echo.push("demo-teacher-1", REMINDER, "row1"))
    assert (await page.next())["id"] == "row1"
    await page.send(type="ack", id="row1")
    assert await pushed == Sent("row1")


async def test_a_tab_that_closes_before_it_confirms_did_not_get_the_push(
    connect: Opener, echo: Echo
) -> None:
    page = await connect(confirm=True)
    await page.next()
    await page.ask(type="text", text="在")

    pushed = asyncio.create_task(echo.push("demo-teacher-1", REMINDER, "row1"))
    await page.next()
    await page.socket.close()
    assert isinstance(await pushed, Again)
