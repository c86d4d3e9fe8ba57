"""A push goes the way that was planned for it, whole and once."""

from __future__ import annotations

import msgspec
import pytest

from bot.ports import Again, Blocked, Outgoing, Push, Sent
from conversations.model import Option, Reply
from tests.channels.official_account.conftest import PNG, Process, StartProcess
from tests.channels.official_account.fake_api import FakeApi
from tests.platforms.clock import StandingClock

TEXT = Reply(text="【提醒】培训方案今天截止报备。")
FIELDS = {"title": "数控加工二级班", "task": "培训方案", "date": "2026年5月21日"}


@pytest.fixture
def kind() -> str:
    """What the database is makes no difference here; the token's tests use both."""
    return "sqlite"


def outgoing(
    reply: Reply = TEXT, *, way: str = "custom", attempts: int = 1
) -> Outgoing:
    """A reminder, planned to go in a way."""
    return Outgoing(
        id="row1",
        address="o1",
        push=Push(reply=reply, template="deadline", fields=FIELDS, path="/n/ab"),
        client_message_id="c1",
        attempts=attempts,
        purpose="reminder",
        last_inbound_at=None,
        person_id="p1",
        way=way,
    )


def texts(api: FakeApi) -> list[str]:
    return [body["text"]["content"] for body in api.sent("custom")]


# The ways


async def test_a_customer_service_text_goes_as_it_is(
    process: Process, api: FakeApi
) -> None:
    assert await process.channel.send(outgoing()) == Sent()
    assert texts(api) == [TEXT.text]
    assert [kind for kind, _ in api.calls] == ["custom"]


async def test_a_template_message_has_its_fields_page_and_id(
    process: Process, api: FakeApi
) -> None:
    settlement = await process.channel.send(outgoing(way="template"))
    # Its end is told by an event of the platform's.
    assert settlement == Sent("200000000", final=False)
    assert api.calls == [
        (
            "template",
            {
                "touser": "o1",
                "template_id": "TPL1",
                "client_msg_id": "c1",
                "url": "https://x.cn/n/ab",
                "data": {
                    "thing1": {"value": "数控加工二级班"},
                    "thing2": {"value": "培训方案"},
                    "time3": {"value": "2026年5月21日 23:59"},
                },
            },
        )
    ]


async def test_a_subscribe_notification_has_its_fields_and_page(
    process: Process, api: FakeApi
) -> None:
    settlement = await process.channel.send(outgoing(way="subscribe"))
    assert settlement == Sent("200000000", final=False)
    assert api.calls == [
        (
            "subscribe",
            {
                "touser": "o1",
                "template_id": "SUB1",
                "page": "https://x.cn/n/ab",
                "data": {
                    "thing1": {"value": "数控加工二级班"},
                    "thing2": {"value": "培训方案"},
                    "time3": {"value": "2026年5月21日 23:59"},
                },
            },
        )
    ]


@pytest.mark.parametrize("way", ["template", "subscribe"])
async def test_a_kind_without_a_template_is_no_use(
    process: Process, api: FakeApi, way: str
) -> None:
    push = Push(reply=TEXT, template="notice", fields=FIELDS)
    message = msgspec.structs.replace(outgoing(way=way), push=push)
    settlement = await process.channel.send(message)
    assert settlement == Blocked(way, "no_template", "no template of this kind")
    assert api.calls == []


@pytest.mark.parametrize("way", ["template", "subscribe"])
async def test_a_field_that_does_not_fit_is_never_sent(
    start_process: StartProcess, api: FakeApi, way: str
) -> None:
    setting = "T?title=thing1&date=date2"
    process = start_process(deadline=setting, subscriptions={"deadline": setting})
    push = Push(reply=TEXT, template="deadline", fields={**FIELDS, "date": "后天"})
    message = msgspec.structs.replace(outgoing(way=way), push=push)
    settlement = await process.channel.send(message)
    assert settlement == Blocked(way, "fields", "a field cannot hold what it should")
    assert api.calls == []


async def test_a_way_of_another_channel_is_none_of_ours(
    process: Process, api: FakeApi
) -> None:
    settlement = await process.channel.send(outgoing(way="app"))
    assert settlement == Blocked("app", "way", "this channel has no such way")
    assert api.calls == []


# What is sent


async def test_choices_go_as_a_menu(process: Process, api: FakeApi) -> None:
    choices = (Option("参加", "#a.1"), Option("不参加", "#a.2"))
    reply = Reply(text="开班仪式参加吗？\n1. 参加\n2. 不参加\n谢谢", choices=choices)
    assert await process.channel.send(outgoing(reply)) == Sent()
    (body,) = api.sent("custom")
    assert body["msgmenu"] == {
        "head_content": "开班仪式参加吗？",
        "list": [
            {"id": "#a.1", "content": "1. 参加"},
            {"id": "#a.2", "content": "2. 不参加"},
        ],
        "tail_content": "谢谢",
    }


async def test_where_menus_are_not_allowed_choices_are_links_from_then_on(
    process: Process, api: FakeApi, start_process: StartProcess
) -> None:
    api.faults["custom"].append(40200)
    reply = Reply(text="参加吗？\n1. 好", choices=(Option("好", "#a.1"),))
    for one in (process, process, start_process()):
        assert await one.channel.send(outgoing(reply)) == Sent()
    link = (
        '<a href="weixin://bizmsgmenu?msgmenucontent=%E5%A5%BD&msgmenuid=%23a.1">好</a>'
    )
    assert texts(api) == [f"参加吗？\n1. {link}"] * 3
    # One menu was refused, by all processes together.
    assert api.attempts["custom"] == 4


async def test_a_long_text_goes_in_pieces(process: Process, api: FakeApi) -> None:
    lines = [f"第 {number} 行" for number in range(400)]
    await process.channel.send(outgoing(Reply(text="\n".join(lines))))
    pieces = texts(api)
    assert "\n".join(pieces).split("\n") == lines
    assert all(len(piece.encode()) <= 2000 for piece in pieces)


async def test_pieces_that_went_do_not_go_again_from_any_process(
    process: Process, api: FakeApi, start_process: StartProcess
) -> None:
    lines = "\n".join(f"第 {number} 行" for number in range(400))
    assert process.channel.pieces(Push(reply=Reply(text=lines))) == 3
    api.after("custom", 1, -1)
    first = await process.channel.send(outgoing(Reply(text=lines)))
    assert first == Again("-1", "system busy", 0)
    again = outgoing(Reply(text=lines), attempts=2)
    assert await start_process().channel.send(again) == Sent()
    assert "\n".join(texts(api)) == lines
    assert len(texts(api)) == 3


async def test_what_a_window_does_not_hold_follows_in_the_next(
    process: Process, api: FakeApi
) -> None:
    lines = "\n".join(f"第 {number} 行" for number in range(1200))
    reply = Reply(text=lines)
    assert process.channel.pieces(Push(reply=reply)) > 5
    settlement = await process.channel.send(outgoing(reply))
    assert settlement == Blocked("custom", "45047", "quota of the window used up")
    assert api.attempts["custom"] == 5
    assert await process.channel.send(outgoing(reply, attempts=2)) == Sent()
    assert "\n".join(texts(api)) == lines


async def test_an_article_is_told_with_its_address(
    process: Process, api: FakeApi
) -> None:
    reply = Reply(kind="article", name="招生通知", text="6 月 20 日开班", ref="/n/ab")
    await process.channel.send(outgoing(reply))
    assert texts(api) == ["招生通知\n6 月 20 日开班\nhttps://x.cn/n/ab"]


async def test_a_file_is_told_with_a_link_of_its_own(
    process: Process, api: FakeApi
) -> None:
    reply = Reply(kind="file", text="导出好了", ref="f1", name="统计.xlsx")
    await process.channel.send(outgoing(reply))
    (text,) = texts(api)
    said, name, link = text.split("\n")
    assert (said, name) == ("导出好了", "统计.xlsx")
    assert link.startswith("https://x.cn/d/")


async def test_a_picture_is_uploaded_once_in_three_days_for_all_processes(
    start_process: StartProcess, api: FakeApi, clock: StandingClock
) -> None:
    reply = Reply(kind="image", ref="f1")
    process = start_process()
    for one in (process, start_process()):
        assert await one.channel.send(outgoing(reply)) == Sent()
    assert api.uploads == [("picture.png", "image/png", PNG)]
    clock.move(days=3)
    await process.channel.send(outgoing(reply))
    assert len(api.uploads) == 2
    assert [body["image"]["media_id"] for body in api.sent("custom")] == [
        *("m1", "m1", "m2")
    ]


async def test_an_upload_that_hangs_leaves_no_doubt_about_the_message(
    process: Process, api: FakeApi
) -> None:
    api.faults["upload"].append("cut")
    settlement = await process.channel.send(outgoing(Reply(kind="image", ref="f1")))
    assert isinstance(settlement, Again)
