"""What becomes of a push, by what the platform says to it; nothing is said twice."""

from __future__ import annotations

import pytest

from bot.channels.refusals import Ending
from bot.channels.transport import RefusedError
from bot.channels.wecom_bot.errors import RULES, reason, settlement_of
from bot.channels.wecom_bot.media import Uploads
from bot.channels.wecom_bot.sender import Speaker, WeComBotChannel
from bot.clock import SystemClock
from bot.links import Links
from bot.ports import (
    Again,
    Blocked,
    Doubt,
    Failed,
    MediaGoneError,
    Outgoing,
    Push,
    Sent,
    Settlement,
    StoredFile,
)
from conversations.model import Option, Reply
from notices.reach import BOT
from storage.crypto import Vault
from tests.channels.wecom_bot.conftest import Running, Start, settings_for, until
from tests.platforms.wecom_bot import WeComBotPlatform
from tests.platforms.wecom_bot_members import PUSHED, BotMember

LINKS = Links(Vault(["a secret for tests only"]), "https://x.cn")
PDF = b"%PDF-1.7 a filled form"


@pytest.fixture
async def one(start: Start) -> Running:
    one = start()
    await until(lambda: one.holds)
    return one


@pytest.fixture
def channel(platform: WeComBotPlatform, one: Running) -> WeComBotChannel:
    async def load(file_id: str) -> StoredFile:
        if file_id == "gone":
            raise MediaGoneError(file_id)
        return StoredFile(file_id, "申请表.pdf", "application/pdf", PDF)

    speaker = Speaker(Uploads(load, SystemClock()))
    return WeComBotChannel(
        settings_for(platform), lambda: one.keeper.connection, speaker, LINKS
    )


@pytest.fixture
def li(platform: WeComBotPlatform) -> BotMember:
    platform.heard("li")
    return BotMember(platform, "li")


def push(reply: Reply, row: str = "row-1") -> Outgoing:
    return Outgoing(
        id=row,
        address="li",
        push=Push(reply=reply),
        client_message_id=f"client-{row}",
        attempts=1,
        purpose="notice",
        last_inbound_at=None,
        way=BOT,
    )


TEXT = push(Reply(text="班级延期到 6 月 20 日。"))


async def test_texts_cards_and_files_arrive(
    channel: WeComBotChannel, li: BotMember
) -> None:
    asked = Reply(
        text="来吗？\n1. 来\n2. 不来",
        choices=(Option("来", "#1.1"), Option("不来", "#1.2")),
    )
    file = Reply(kind="file", ref="f1", name="申请表.pdf")
    settled = [await channel.send(push(r, str(i))) for i, r in enumerate([asked, file])]
    assert settled == [Sent(), Sent()]
    assert await channel.send(TEXT) == Sent()
    card, document, text = li.shown
    assert list(card.choices) == ["来", "不来"]
    assert (document.kind, document.name, document.content) == (
        "file",
        "申请表.pdf",
        PDF,
    )
    assert text.text == "班级延期到 6 月 20 日。"


_SETTLED: dict[int, Settlement] = {
    -1: Again("-1", "system busy", 0),
    6000: Again("6000", "two changes at once", 0),
    40008: Failed("40008", "kind of message unknown: on purpose"),
    40058: Failed("40058", "parameter refused: on purpose"),
    40201: Failed("40201", "content refused: on purpose"),
    44004: Failed("44004", "empty text: on purpose"),
    45002: Failed("45002", "too long: on purpose"),
    45009: Again("45009", "too many messages", 60),
    45033: Again("45033", "too many calls at once", 5),
    93006: Blocked("bot", "93006", "never wrote to the bot: on purpose"),
    93019: Again("93019", "bot id wrong", 300),
    846605: Failed("846605", "the message answered is not known: on purpose"),
    846608: Failed("846608", "too late to answer that message: on purpose"),
    846609: Again("846609", "not subscribed", 5),
    853000: Again("853000", "secret wrong", 300),
    99999: Failed("99999", "unknown: on purpose"),
}


@pytest.mark.parametrize("code", _SETTLED)
async def test_each_refusal_settles_as_its_row_says(
    platform: WeComBotPlatform, channel: WeComBotChannel, li: BotMember, code: int
) -> None:
    platform.refusals[PUSHED].append(code)
    assert await channel.send(TEXT) == _SETTLED[code]
    assert li.shown == []


def test_every_row_is_tried() -> None:
    apart = {40007}  # a file that is uploaded again, below
    assert set(_SETTLED) - {99999} == set(RULES) - apart
    for code, rule in RULES.items():
        settled = settlement_of(RefusedError(code, "x"))
        assert isinstance(settled, _KINDS[rule.ending])


_KINDS = {Ending.AGAIN: Again, Ending.BLOCKED: Blocked, Ending.FAILED: Failed}


def test_the_reason_is_without_the_platforms_trace() -> None:
    error = RefusedError(853000, "signature is incorrect, hint: [17748], from ip: 1.2")
    assert reason(error) == "secret wrong: signature is incorrect"


async def test_a_file_that_the_platform_forgot_is_uploaded_again(
    platform: WeComBotPlatform, channel: WeComBotChannel, li: BotMember
) -> None:
    file = Reply(kind="file", ref="f1", name="申请表.pdf")
    assert await channel.send(push(file, "1")) == Sent()
    platform.forget_media()
    assert await channel.send(push(file, "2")) == Sent()
    assert [one.content for one in li.shown] == [PDF, PDF]
    assert platform.count("aibot_upload_media_finish") == 2
    gone = Reply(kind="file", ref="gone", name="x.pdf")
    assert isinstance(await channel.send(push(gone, "3")), Failed)


async def test_a_push_without_an_answer_is_in_doubt(
    platform: WeComBotPlatform, channel: WeComBotChannel, li: BotMember
) -> None:
    platform.deaf.add(PUSHED)
    assert await channel.send(TEXT) == Doubt("no answer in time")
    assert len(li.shown) == 1


async def test_a_repetition_goes_on_where_it_stopped(
    platform: WeComBotPlatform, channel: WeComBotChannel, li: BotMember
) -> None:
    lines = [f"{number} " + "长" * 50 for number in range(400)]
    long = push(Reply(text="\n".join(lines)))
    platform.refusals[PUSHED].extend([0, 45009])
    assert isinstance(await channel.send(long), Again)
    assert await channel.send(long) == Sent()
    said = "\n".join(one.text for one in li.shown)
    assert said.split("\n") == lines
    assert len(li.shown) == channel.pieces(long.push) > 2


async def test_only_who_holds_the_connection_claims_and_sends(
    platform: WeComBotPlatform, channel: WeComBotChannel, one: Running, li: BotMember
) -> None:
    assert channel.connected() is None
    await one.stop()
    assert channel.connected() == ()
    assert isinstance(await channel.send(TEXT), Again)
    assert li.shown == []


async def test_its_terms(channel: WeComBotChannel) -> None:
    terms = await channel.terms()
    assert (terms.channel, terms.ways) == ("wecom_bot", ("bot",))
    assert (terms.per_minute, terms.per_hour, terms.spoken) == (30, 1000, True)
