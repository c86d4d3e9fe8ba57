"""A push goes the way that is open, and errors are acted on (F6, F7, F9)."""

from __future__ import annotations

from datetime import timedelta

import msgspec
import pytest

from bot.channels.official_account.errors import RULES
from bot.ports import Again, Doubt, Failed, Held, Outgoing, Push, Sent, Settlement
from conversations.model import Option, Reply
from tests.channels.official_account.conftest import PNG, Clock, Process, StartProcess
from tests.channels.official_account.fake_api import FakeApi

TEXT = Reply(text="【提醒】培训方案今天截止报备。")
FIELDS = {"title": "数控加工二级班", "task": "培训方案", "date": "2026年5月21日"}


@pytest.fixture
def kind() -> str:
    """What the database is makes no difference here; the token's tests use both."""
    return "sqlite"


def outgoing(clock: Clock, reply: Reply = TEXT, *, hours: float | None = 1) -> Outgoing:
    """A reminder to somebody who wrote ``hours`` ago (None: never)."""
    last = None if hours is None else clock.now() - timedelta(hours=hours)
    return Outgoing(
        id="row1",
        address="o1",
        push=Push(reply=reply, template="deadline", fields=FIELDS, path="/n/ab"),
        client_message_id="c1",
        attempts=1,
        purpose="reminder",
        last_inbound_at=last,
        person_id="p1",
    )


def texts(api: FakeApi) -> list[str]:
    return [body["text"]["content"] for body in api.sent("custom")]


# The window


async def test_within_the_window_a_text_goes_as_it_is(
    process: Process, api: FakeApi, clock: Clock
) -> None:
    assert await process.channel.send(outgoing(clock)) == Sent()
    assert texts(api) == [TEXT.text]
    assert api.sent("template") == []


@pytest.mark.parametrize("hours", [48, 500, None])
async def test_after_the_window_a_template_message_goes(
    process: Process, api: FakeApi, clock: Clock, hours: float | None
) -> None:
    settlement = await process.channel.send(outgoing(clock, hours=hours))
    # Its end is told by an event of the platform's.
    assert settlement == Sent("200000000", final=False)
    (body,) = api.sent("template")
    assert body["template_id"] == "TPL1"
    assert body["client_msg_id"] == "c1"
    assert body["url"] == "https://x.cn/n/ab"
    assert body["data"] == {
        "thing1": {"value": "数控加工二级班"},
        "thing2": {"value": "培训方案"},
        "time3": {"value": "2026年5月21日"},
    }
    assert api.sent("custom") == []


async def test_without_a_template_it_waits_for_the_person(
    start_process: StartProcess, api: FakeApi, clock: Clock
) -> None:
    settlement = await start_process().channel.send(outgoing(clock, hours=49))
    assert settlement == Held("window", "no recent message")
    assert api.calls == []


# What is sent


async def test_choices_go_as_a_menu(
    process: Process, api: FakeApi, clock: Clock
) -> None:
    choices = (Option("参加", "#a.1"), Option("不参加", "#a.2"))
    reply = Reply(text="开班仪式参加吗？\n1. 参加\n2. 不参加\n谢谢", choices=choices)
    assert await process.channel.send(outgoing(clock, reply)) == Sent()
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
    process: Process, api: FakeApi, clock: Clock, start_process: StartProcess
) -> None:
    api.faults["custom"].append(40200)
    reply = Reply(text="参加吗？\n1. 好", choices=(Option("好", "#a.1"),))
    for one in (process, process, start_process()):
        assert await one.channel.send(outgoing(clock, reply)) == Sent()
    link = (
        '<a href="weixin://bizmsgmenu?msgmenucontent=%E5%A5%BD&msgmenuid=%23a.1">好</a>'
    )
    assert texts(api) == [f"参加吗？\n1. {link}"] * 3
    # One menu was refused, by all processes together.
    assert api.attempts["custom"] == 4


async def test_a_long_text_goes_in_pieces(
    process: Process, api: FakeApi, clock: Clock
) -> None:
    lines = [f"第 {number} 行" for number in range(400)]
    await process.channel.send(outgoing(clock, Reply(text="\n".join(lines))))
    pieces = texts(api)
    assert "\n".join(pieces).split("\n") == lines
    assert all(len(piece.encode()) <= 2000 for piece in pieces)


async def test_pieces_that_went_do_not_go_again(
    process: Process, api: FakeApi, clock: Clock
) -> None:
    lines = "\n".join(f"第 {number} 行" for number in range(400))
    message = outgoing(clock, Reply(text=lines))
    await process.client.send_text("o1", "before")
    api.faults["custom"].extend([-1])
    assert isinstance(await process.channel.send(message), Again)
    assert await process.channel.send(message) == Sent()
    assert "\n".join(texts(api)[1:]) == lines


async def test_an_article_is_told_with_its_address(
    process: Process, api: FakeApi, clock: Clock
) -> None:
    reply = Reply(kind="article", name="招生通知", text="6 月 20 日开班", ref="/n/ab")
    await process.channel.send(outgoing(clock, reply))
    assert texts(api) == ["招生通知\n6 月 20 日开班\nhttps://x.cn/n/ab"]


async def test_a_file_is_told_with_a_link_of_its_own(
    process: Process, api: FakeApi, clock: Clock
) -> None:
    reply = Reply(kind="file", text="导出好了", ref="f1", name="统计.xlsx")
    await process.channel.send(outgoing(clock, reply))
    (text,) = texts(api)
    said, name, link = text.split("\n")
    assert (said, name) == ("导出好了", "统计.xlsx")
    assert link.startswith("https://x.cn/d/")


async def test_a_picture_is_uploaded_once_in_three_days(
    process: Process, api: FakeApi, clock: Clock
) -> None:
    reply = Reply(kind="image", ref="f1")
    for _ in range(2):
        assert await process.channel.send(outgoing(clock, reply)) == Sent()
    assert api.uploads == [("picture.png", "image/png", PNG)]
    clock.move(days=3)
    await process.channel.send(outgoing(clock, reply))
    assert len(api.uploads) == 2
    assert [body["image"]["media_id"] for body in api.sent("custom")] == [
        *("m1", "m1", "m2")
    ]


async def test_an_upload_that_hangs_leaves_no_doubt_about_the_message(
    process: Process, api: FakeApi, clock: Clock
) -> None:
    api.faults["upload"].append("cut")
    settlement = await process.channel.send(
        outgoing(clock, Reply(kind="image", ref="f1"))
    )
    assert isinstance(settlement, Again)


# What the platform may answer


class Case(msgspec.Struct, frozen=True):
    """What one error code to a text leads to: settlement, calls, what is off."""

    settlement: Settlement
    calls: int = 1
    off: tuple[str, ...] = ()
    template: bool = False


# 2026-05-18 09:00 in China: until 00:05 of the next day.
TOMORROW = 15 * 3600 + 300

CUSTOM: dict[int, Case] = {
    -1: Case(Again("-1", "system busy", 0)),
    40001: Case(Again("40001", "token refused", 60), calls=2, off=("all",)),
    40014: Case(Again("40014", "token invalid", 60), calls=2, off=("all",)),
    42001: Case(Again("42001", "token expired", 60), calls=2, off=("all",)),
    40003: Case(Failed("40003", "openid of nobody who follows", unreachable=True)),
    40007: Case(Failed("40007", "media gone")),
    40013: Case(Again("40013", "app id wrong", 600), off=("all",)),
    40125: Case(Again("40125", "app secret wrong", 600), off=("all",)),
    40164: Case(Again("40164", "our address is not on the list", 600), off=("all",)),
    40037: Case(Held("40037", "template gone")),
    40200: Case(Failed("40200", "no menus for this account")),
    41001: Case(Failed("41001", "no token sent")),
    43004: Case(Failed("43004", "does not follow", unreachable=True)),
    50005: Case(Failed("50005", "does not follow", unreachable=True)),
    43019: Case(Failed("43019", "on the black list", unreachable=True)),
    43101: Case(Held("43101", "consent refused or used up")),
    44004: Case(Failed("44004", "empty text")),
    45002: Case(Failed("45002", "too long"), calls=2),
    45008: Case(Failed("45008", "too many articles")),
    45009: Case(Again("45009", "quota of the day used up", TOMORROW), off=("custom",)),
    45011: Case(Again("45011", "too fast", 60)),
    45015: Case(Sent("200000001", final=False), template=True),
    45047: Case(Sent("200000001", final=False), template=True),
    45065: Case(Sent()),
    45066: Case(Again("45066", "repeated too soon", 60)),
    45067: Case(Failed("45067", "client id too long")),
    47001: Case(Failed("47001", "not JSON")),
    47003: Case(Held("47003", "template field refused")),
    48001: Case(Held("48001", "call not allowed"), off=("custom",)),
    48002: Case(Failed("48002", "messages switched off", unreachable=True)),
    48004: Case(Again("48004", "call banned", 600), off=("all",)),
    50002: Case(Again("50002", "account limited", 600), off=("all",)),
    48006: Case(Failed("48006", "no more quota resets")),
    48008: Case(Held("48008", "no right to this kind of message"), off=("custom",)),
}


def test_every_rule_has_its_case() -> None:
    assert set(CUSTOM) == set(RULES)


def _without_words(settlement: Settlement) -> Settlement:
    """A failure's reason ends in the platform's own words."""
    if not isinstance(settlement, Failed):
        return settlement
    meaning, _, words = settlement.reason.partition(": ")
    assert words == "refused"
    return msgspec.structs.replace(settlement, reason=meaning)


@pytest.mark.parametrize("code", CUSTOM)
async def test_each_error_code_is_acted_on(
    process: Process, api: FakeApi, clock: Clock, code: int
) -> None:
    case = CUSTOM[code]
    await process.client.send_text("o1", "the token works")
    api.attempts.clear()
    api.faults["custom"].extend([code] * 5)
    settlement = await process.channel.send(outgoing(clock))
    assert _without_words(settlement) == case.settlement
    assert api.attempts["custom"] == case.calls
    assert len(api.sent("template")) == int(case.template)
    names = ("all", "custom", "template", "menu")
    off = [name for name in names if await process.switches.off(name)]
    assert tuple(off) == case.off


@pytest.mark.parametrize("code", [45015, 45047])
async def test_a_closed_window_without_a_template_waits(
    start_process: StartProcess, api: FakeApi, clock: Clock, code: int
) -> None:
    api.faults["custom"].append(code)
    settlement = await start_process().channel.send(outgoing(clock))
    assert isinstance(settlement, Held)
    assert settlement.code == str(code)
    assert api.attempts["custom"] == 1


async def test_an_unknown_code_is_a_failure(
    process: Process, api: FakeApi, clock: Clock
) -> None:
    api.faults["custom"].append(99999)
    settlement = await process.channel.send(outgoing(clock))
    assert settlement == Failed("99999", "unknown: refused")


@pytest.mark.parametrize("code", [45009, 40013, 48001, 40001])
async def test_after_such_an_answer_no_process_calls_again(
    start_process: StartProcess, api: FakeApi, clock: Clock, code: int
) -> None:
    one, other = start_process(), start_process()
    api.faults["custom"].extend([code] * 2)
    await one.channel.send(outgoing(clock))
    made = api.attempts["custom"]
    for process in (one, other):
        settlement = await process.channel.send(outgoing(clock))
        assert isinstance(settlement, Again)
        assert settlement.code == "off"
    assert api.attempts["custom"] == made


async def test_what_was_switched_off_is_tried_again_in_its_time(
    process: Process, api: FakeApi, clock: Clock
) -> None:
    api.faults["custom"].append(45009)
    await process.channel.send(outgoing(clock))
    clock.move(seconds=TOMORROW)
    assert await process.channel.send(outgoing(clock)) == Sent()


async def test_a_template_that_is_gone_is_not_used_again(
    process: Process, api: FakeApi, clock: Clock
) -> None:
    api.faults["template"].append(40037)
    first = await process.channel.send(outgoing(clock, hours=None))
    assert first == Held("40037", "template gone")
    second = await process.channel.send(outgoing(clock, hours=None))
    assert second == Held("window", "no recent message")
    assert api.attempts["template"] == 1


async def test_a_refused_template_field_waits_for_the_person(
    process: Process, api: FakeApi, clock: Clock
) -> None:
    api.faults["template"].append(47003)
    settlement = await process.channel.send(outgoing(clock, hours=None))
    assert settlement == Held("47003", "template field refused")


async def test_a_picture_the_platform_forgot_is_uploaded_again(
    process: Process, api: FakeApi, clock: Clock
) -> None:
    reply = Reply(kind="image", ref="f1")
    await process.channel.send(outgoing(clock, reply))
    api.faults["custom"].append(40007)
    assert await process.channel.send(outgoing(clock, reply)) == Sent()
    assert len(api.uploads) == 2


async def test_a_text_the_platform_finds_too_long_goes_in_smaller_pieces(
    process: Process, api: FakeApi, clock: Clock
) -> None:
    api.faults["custom"].append(45002)
    settlement = await process.channel.send(outgoing(clock, Reply(text="长" * 600)))
    assert settlement == Sent()
    assert texts(api) == ["长" * 333, "长" * 267]


@pytest.mark.parametrize(
    ("fault", "expected"),
    [
        ("500", Again("BrokenAnswerError", "HTTP 502", 0)),
        ("garbage", Again("BrokenAnswerError", "not JSON", 0)),
        ("cut", Doubt("ServerDisconnectedError")),
    ],
)
async def test_what_is_not_an_answer(
    process: Process, api: FakeApi, clock: Clock, fault: str, expected: Settlement
) -> None:
    api.faults["custom"].append(fault)
    assert await process.channel.send(outgoing(clock)) == expected


async def test_a_template_message_in_doubt_may_be_repeated(
    process: Process, api: FakeApi, clock: Clock
) -> None:
    api.faults["template"].append("cut")
    settlement = await process.channel.send(outgoing(clock, hours=None))
    assert settlement == Doubt("ServerDisconnectedError", repeatable=True)
    await process.channel.send(outgoing(clock, hours=None))
    assert len(api.sent("template")) == 2
    assert len(api.shown) == 1
