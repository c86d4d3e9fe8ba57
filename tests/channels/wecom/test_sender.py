"""A push reaches a member as what it is, and errors are acted on (wechat.md 3.2)."""

from __future__ import annotations

import pytest

from bot.channels.refusals import Ending, Remedy
from bot.channels.wecom.errors import RULES
from bot.ports import (
    Again,
    Blocked,
    Doubt,
    Failed,
    Outgoing,
    Push,
    Sent,
    StoredFile,
)
from conversations.model import Option, Reply
from conversations.prompts.text import numbered
from notices.reach import Terms
from tests.channels.wecom.conftest import PNG, Process, StartProcess
from tests.platforms.clock import StandingClock
from tests.platforms.wecom import WeComPlatform

SEND, UPLOAD = "message/send", "media/upload"
TEXT = Reply(text="【提醒】培训方案今天截止报备。")
PICTURE = Reply(kind="image", ref="f1", name="报名表")


@pytest.fixture
def kind() -> str:
    """What the database is makes no difference here."""
    return "sqlite"


def outgoing(
    reply: Reply = TEXT, *, purpose: str = "reminder", row: str = "row1"
) -> Outgoing:
    return Outgoing(
        id=row,
        address="linxiaomei",
        push=Push(reply=reply),
        client_message_id=f"c-{row}",
        attempts=1,
        purpose=purpose,
        last_inbound_at=None,
        person_id="p1",
    )


def asking(*labels: str, multiple: bool = False) -> Reply:
    options = tuple(Option(one, f"#a.{n}") for n, one in enumerate(labels, 1))
    text = numbered("开班仪式参加吗？", labels)
    return Reply(text=text, choices=options, multiple=multiple)


# What is sent


async def test_a_text_goes_as_it_is(process: Process, wecom: WeComPlatform) -> None:
    assert await process.channel.send(outgoing()) == Sent("MSG0000000001")
    (body,) = wecom.sent(SEND)
    assert (body["msgtype"], body["text"]["content"]) == ("text", TEXT.text)


async def test_a_long_text_goes_in_pieces_that_are_never_cut(
    process: Process, wecom: WeComPlatform
) -> None:
    lines = [f"第 {number} 行" for number in range(400)]
    reply = Reply(text="\n".join(lines))
    assert isinstance(await process.channel.send(outgoing(reply)), Sent)
    said = [body["text"]["content"] for body in wecom.sent(SEND)]
    assert "\n".join(said).split("\n") == lines
    assert wecom.cut == {}
    assert process.channel.pieces(Push(reply=reply)) == len(said)


async def test_few_choices_go_as_buttons_many_as_a_list(
    process: Process, wecom: WeComPlatform
) -> None:
    many = asking(*(f"第{n}个" for n in range(1, 9)))
    several = asking("参加", "不参加", multiple=True)
    for row, reply in enumerate((asking("参加", "不参加"), many, several)):
        message = outgoing(reply, row=f"row{row}")
        assert isinstance(await process.channel.send(message), Sent)
    kinds = [
        (body["template_card"]["card_type"], body["template_card"]["task_id"])
        for body in wecom.sent(SEND)
    ]
    assert kinds == [
        ("button_interaction", "c-row0"),
        ("vote_interaction", "c-row1"),
        ("vote_interaction", "c-row2"),
    ]
    assert wecom.cut == {}


async def test_too_many_choices_go_as_a_text_with_their_numbers(
    process: Process, wecom: WeComPlatform
) -> None:
    reply = asking(*(f"第{n}个" for n in range(1, 22)))
    await process.channel.send(outgoing(reply))
    (body,) = wecom.sent(SEND)
    assert body["text"]["content"] == reply.text


async def test_an_article_goes_as_a_text_card(
    process: Process, wecom: WeComPlatform
) -> None:
    summary = "请各位老师按时参加培训。" * 40
    reply = Reply(kind="article", name="开班通知", text=summary, ref="/n/ab")
    await process.channel.send(outgoing(reply))
    (body,) = wecom.sent(SEND)
    card = body["textcard"]
    assert (card["title"], card["url"]) == ("开班通知", "https://x.cn/n/ab")
    assert card["description"].endswith("…")
    assert wecom.cut == {}


async def test_nobodys_text_becomes_a_link(
    process: Process, wecom: WeComPlatform
) -> None:
    await process.channel.send(outgoing(Reply(text='看<a href="http://evil">这里</a>')))
    (body,) = wecom.sent(SEND)
    assert "<a" not in body["text"]["content"]


# Files


async def test_a_picture_goes_as_a_picture_and_a_form_as_a_file(
    process: Process, wecom: WeComPlatform
) -> None:
    pdf = StoredFile("f2", "application.pdf", "application/pdf", b"%PDF-1.7 ...")
    process.files["f2"] = pdf
    form = Reply(kind="file", ref="f2", name="参训申请表.pdf")
    await process.channel.send(outgoing(PICTURE, row="row1"))
    await process.channel.send(outgoing(form, row="row2"))
    assert [body["msgtype"] for body in wecom.sent(SEND)] == ["image", "file"]


async def test_a_file_is_uploaded_once_for_all_processes_and_again_after_three_days(
    start_process: StartProcess, wecom: WeComPlatform, clock: StandingClock
) -> None:
    for row in range(2):
        message = outgoing(PICTURE, row=f"row{row}")
        assert isinstance(await start_process().channel.send(message), Sent)
    assert wecom.attempts[UPLOAD] == 1
    clock.move(days=3)
    message = outgoing(PICTURE, row="row3")
    assert isinstance(await start_process().channel.send(message), Sent)
    assert wecom.attempts[UPLOAD] == 2


async def test_a_file_that_the_platform_lost_is_uploaded_again(
    process: Process, wecom: WeComPlatform
) -> None:
    await process.channel.send(outgoing(PICTURE, row="row1"))
    wecom.faults.next(SEND, 40007)
    settlement = await process.channel.send(outgoing(PICTURE, row="row2"))
    assert isinstance(settlement, Sent)
    assert wecom.attempts[UPLOAD] == 2
    assert len(wecom.sent(SEND)) == 2


async def test_a_file_too_large_for_the_platform_goes_as_a_link(
    process: Process, wecom: WeComPlatform
) -> None:
    large = bytes(20 * 1024 * 1024 + 1)
    process.files["f2"] = StoredFile("f2", "a.zip", "application/zip", large)
    reply = Reply(kind="file", ref="f2", name="材料.zip")
    assert isinstance(await process.channel.send(outgoing(reply)), Sent)
    (body,) = wecom.sent(SEND)
    assert "https://x.cn/d/" in body["text"]["content"]
    assert wecom.attempts[UPLOAD] == 0


async def test_a_picture_of_another_kind_goes_as_a_file(
    process: Process, wecom: WeComPlatform
) -> None:
    process.files["f1"] = StoredFile("f1", "a.webp", "image/webp", b"RIFF....WEBP")
    assert isinstance(await process.channel.send(outgoing(PICTURE)), Sent)
    assert [body["msgtype"] for body in wecom.sent(SEND)] == ["file"]


async def test_a_file_that_is_gone_ends_the_push(process: Process) -> None:
    reply = Reply(kind="file", ref="f9", name="材料.zip")
    assert await process.channel.send(outgoing(reply)) == Failed(
        "media", "the file is no longer kept"
    )


# Who cannot be reached


async def test_a_member_out_of_range_is_unreachable(
    process: Process, wecom: WeComPlatform
) -> None:
    del wecom.members["linxiaomei"]
    settlement = await process.channel.send(outgoing())
    assert isinstance(settlement, Failed)
    assert (settlement.code, settlement.unreachable) == ("81013", True)


# Errors


@pytest.mark.parametrize("code", sorted(RULES))
async def test_every_code_ends_as_its_row_says(
    process: Process, wecom: WeComPlatform, code: int
) -> None:
    rule = RULES[code]
    await process.channel.send(outgoing(Reply(text="一"), row="row0"))
    if rule.remedy is Remedy.NEW_TOKEN:
        wecom.invalidate()
    wecom.faults.next(SEND, code)
    settlement = await process.channel.send(outgoing())
    assert wecom.faults.count(code) == 1
    if rule.remedy in (Remedy.NEW_TOKEN, Remedy.SPLIT):
        assert isinstance(settlement, Sent)
        return
    match rule.ending:
        case Ending.AGAIN:
            assert settlement == Again(str(code), rule.meaning, rule.seconds)
        case Ending.BLOCKED:
            reason = f"{rule.meaning}: fault on purpose"
            assert settlement == Blocked("app", str(code), reason)
        case _:
            assert isinstance(settlement, Failed)
            gone = rule.ending is Ending.UNREACHABLE
            assert (settlement.code, settlement.unreachable) == (str(code), gone)
            assert settlement.reason.startswith(rule.meaning)


async def test_an_unknown_code_fails_with_the_platforms_words(
    process: Process, wecom: WeComPlatform
) -> None:
    wecom.faults.next(SEND, 99999)
    settlement = await process.channel.send(outgoing())
    assert isinstance(settlement, Failed)
    assert (settlement.code, settlement.unreachable) == ("99999", False)


STOPS = sorted(code for code, rule in RULES.items() if rule.remedy is Remedy.STOP)


@pytest.mark.parametrize("code", STOPS)
async def test_what_only_an_operator_can_mend_stops_every_process_for_a_while(
    start_process: StartProcess,
    wecom: WeComPlatform,
    clock: StandingClock,
    code: int,
) -> None:
    wecom.faults.next(SEND, code)
    await start_process().channel.send(outgoing())
    calls = wecom.attempts[SEND]
    other = start_process().channel
    assert await other.send(outgoing()) == Again("off", RULES[code].meaning, 600)
    assert wecom.attempts[SEND] == calls
    assert (await other.terms()).shut["app"].reason == RULES[code].meaning
    clock.move(minutes=10)
    assert isinstance(await other.send(outgoing()), Sent)


async def test_a_wrong_secret_stops_every_process(
    start_process: StartProcess, wecom: WeComPlatform
) -> None:
    channel = start_process(secret="wrong").channel
    assert await channel.send(outgoing()) == Again("40001", "secret wrong", 600)
    assert await channel.send(outgoing()) == Again("off", "secret wrong", 600)
    assert wecom.attempts["gettoken"] == 1


async def test_a_worthless_token_is_replaced_once(
    process: Process, wecom: WeComPlatform
) -> None:
    await process.channel.send(outgoing(row="row1"))
    wecom.invalidate()
    settlement = await process.channel.send(outgoing(Reply(text="二"), row="row2"))
    assert isinstance(settlement, Sent)
    assert wecom.attempts["gettoken"] == 2
    assert wecom.attempts[SEND] == 3


@pytest.mark.parametrize("fault", ["http500", "garbage"])
async def test_what_the_platform_did_not_take_is_sent_again(
    process: Process, wecom: WeComPlatform, fault: str
) -> None:
    wecom.faults.next(SEND, fault)
    assert isinstance(await process.channel.send(outgoing()), Again)
    assert isinstance(await process.channel.send(outgoing()), Sent)
    assert len(wecom.sent(SEND)) == 1


# In doubt


@pytest.mark.parametrize("fault", ["reset_after", "hang_after"])
async def test_a_notice_in_doubt_can_be_sent_again_and_is_shown_once(
    start_process: StartProcess, wecom: WeComPlatform, fault: str
) -> None:
    process = start_process(patience=0.3)
    wecom.faults.next(SEND, fault)
    settlement = await process.channel.send(outgoing())
    assert isinstance(settlement, Doubt)
    assert settlement.repeatable
    assert isinstance(await process.channel.send(outgoing()), Sent)
    assert len(wecom.members["linxiaomei"]) == 1


async def test_a_text_that_replies_may_come_twice_and_is_not_sent_again_in_doubt(
    process: Process, wecom: WeComPlatform
) -> None:
    for row in range(2):
        message = outgoing(purpose="reply", row=f"row{row}")
        assert isinstance(await process.channel.send(message), Sent)
    assert len(wecom.members["linxiaomei"]) == 2
    wecom.faults.next(SEND, "reset_after")
    settlement = await process.channel.send(outgoing(purpose="reply", row="row3"))
    assert isinstance(settlement, Doubt)
    assert not settlement.repeatable


async def test_a_card_in_doubt_can_be_sent_again_and_is_shown_once(
    process: Process, wecom: WeComPlatform
) -> None:
    wecom.faults.next(SEND, "reset_after")
    message = outgoing(asking("参加", "不参加"), purpose="reply")
    settlement = await process.channel.send(message)
    assert isinstance(settlement, Doubt)
    assert settlement.repeatable
    assert isinstance(await process.channel.send(message), Sent)
    assert len(wecom.cards) == 1


async def test_pieces_that_went_do_not_go_again(
    process: Process, wecom: WeComPlatform
) -> None:
    reply = asking("省属国家级重点技工院校以及技师学院", "其他")
    wecom.faults.next(SEND, 45033)
    wecom.faults.next(SEND, 45033)
    message = outgoing(reply, purpose="reply")
    settlements = [type(await process.channel.send(message)) for _ in range(3)]
    assert settlements == [Again, Again, Sent]
    assert [body["msgtype"] for body in wecom.sent(SEND)] == ["text", "template_card"]


# What the planner is told


async def test_the_terms_are_the_platforms(process: Process) -> None:
    assert await process.channel.terms() == Terms(
        channel="wecom", ways=("app",), per_minute=30, per_hour=1000, avoids=(0, 30)
    )


# What members sent


async def test_what_a_member_sent_is_fetched(
    process: Process, wecom: WeComPlatform
) -> None:
    media_id = wecom.materials.keep(PNG, "image/png", "image")
    assert (await process.client.download(media_id)).content == PNG
