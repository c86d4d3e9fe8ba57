"""What members do to the bot, and what becomes of the answer, in the whole service."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from functools import partial
from pathlib import Path

import msgspec
import pytest
from sqlalchemy import text as sql

from bot.app import Service
from bot.channels.wecom_bot import wording
from bot.core import Core, make_core
from bot.settings import Settings
from storage import people
from tests.channels.wecom_bot.conftest import settings_for
from tests.journeys.running import plain_settings, serving, settle
from tests.platforms.wecom_bot import WeComBotPlatform
from tests.platforms.wecom_bot_members import ANSWERED, PUSHED, BotMember

MENU = "我的报名"
UPDATE, WELCOME = "aibot_respond_update_msg", "aibot_respond_welcome_msg"


@pytest.fixture
async def settings(
    empty_database_url: str, platform: WeComBotPlatform, tmp_path: Path
) -> Settings:
    settings = msgspec.structs.replace(
        plain_settings(empty_database_url, tmp_path),
        quiet_hours="none",
        wecom=settings_for(platform),
    )
    await settle(settings)
    return settings


@pytest.fixture
async def core(settings: Settings) -> AsyncIterator[Core]:
    """The service, running."""
    async with serving(settings) as core:
        yield core


@pytest.fixture
def li(platform: WeComBotPlatform, core: Core) -> BotMember:
    return BotMember(platform, "LiMin")


def text(content: str) -> dict[str, object]:
    return {"msgtype": "text", "text": {"content": content}}


async def test_a_message_brought_twice_is_answered_once(
    platform: WeComBotPlatform, li: BotMember
) -> None:
    await li.send(text("菜单"), msgid="same")
    await li.send(text("菜单"), msgid="same")
    await li.hears(how=ANSWERED)
    assert MENU in await li.say("帮助")
    assert [one.how for one in li.shown] == [ANSWERED, ANSWERED]
    assert platform.count(ANSWERED) == 2


async def test_what_one_person_says_is_answered_in_its_order(
    platform: WeComBotPlatform, li: BotMember
) -> None:
    said = [f"说第 {number} 句" for number in range(5)]
    for one in said:
        await li.send(text(one))
    heard = [(await li.hears(how=ANSWERED)).said for _ in said]
    assert [one in answer for one, answer in zip(said, heard, strict=True)] == [
        True
    ] * 5


async def test_in_a_group_it_points_to_the_single_chat_and_asks_nothing(
    platform: WeComBotPlatform, li: BotMember, core: Core
) -> None:
    await li.send(text("@小培 报名"), group=True)
    assert (await li.hears(how=ANSWERED)).said == wording.IN_GROUP
    async with core.database.reading() as uow:
        known = await people.resolve(uow, channel="wecom_bot", addresses=["limin"])
    assert known == {}


async def test_newcomers_are_welcomed_with_the_menu_others_without_a_new_question(
    platform: WeComBotPlatform, li: BotMember
) -> None:
    assert "欢迎" in await li.enter()
    await li.say("菜单")
    assert await li.enter() == wording.WELCOME_BACK


async def test_a_welcome_that_comes_too_late_hurts_nobody(
    platform: WeComBotPlatform, li: BotMember
) -> None:
    platform.refusals[WELCOME].append(846608)
    await li.open_chat()
    assert "您好" in await li.say("您好")


async def test_pictures_that_cannot_be_had_are_asked_for_again(
    platform: WeComBotPlatform, li: BotMember
) -> None:
    await li.say("菜单")
    platform.media_gone = True
    await li.send({"msgtype": "image", "image": platform.keep_file(b"x")})
    assert (await li.hears()).said == wording.UNFETCHED
    await li.send({"msgtype": "image"})
    assert (await li.hears()).said == wording.UNFETCHED


async def test_text_and_picture_in_one_message_are_both_heard(
    platform: WeComBotPlatform, li: BotMember
) -> None:
    items = [text("帮助"), {"msgtype": "image", "image": platform.keep_file(b"x")}]
    await li.send({"msgtype": "mixed", "mixed": {"msg_item": items}})
    first = await li.hears(how=ANSWERED)
    second = await li.hears()
    assert MENU in first.said
    assert second.said != first.said


@pytest.mark.parametrize(
    ("body", "said"),
    [
        ({"msgtype": "voice", "voice": {"content": "帮助"}}, MENU),
        ({"msgtype": "video", "video": {}}, ""),
        ({"msgtype": "a new kind"}, ""),
    ],
)
async def test_every_kind_of_message_is_answered(
    li: BotMember, body: dict[str, object], said: str
) -> None:
    await li.send(body)
    assert said in (await li.hears(how=ANSWERED)).said


async def test_a_card_answered_twice_counts_once(
    platform: WeComBotPlatform, li: BotMember
) -> None:
    await li.say("删除我的信息")
    card = li.last
    tap = partial(li.tap, "先不动", msgid="tap")
    await asyncio.gather(tap(), tap())
    assert MENU in (await li.hears()).said
    await li.say("菜单")
    assert [one.how for one in li.shown].count(PUSHED) == 1
    await platform.until(lambda: platform.count(UPDATE) == 1)
    assert card.choices == {}


async def test_a_tap_counts_though_the_card_cannot_be_changed(
    platform: WeComBotPlatform, li: BotMember
) -> None:
    await li.say("删除我的信息")
    platform.refusals[UPDATE].append(846608)
    await li.tap("先不动")
    assert MENU in (await li.hears()).said


async def test_who_is_erased_by_a_tap_is_told_so(li: BotMember, core: Core) -> None:
    await li.say("删除我的信息")
    await li.tap("确认")
    assert "删除" in (await li.hears()).said
    async with core.database.reading() as uow:
        known = await people.resolve(uow, channel="wecom_bot", addresses=["limin"])
    assert known == {}


async def test_what_a_tap_comes_to_is_pushed_when_it_cannot_be_said(
    platform: WeComBotPlatform, li: BotMember
) -> None:
    await li.say("删除我的信息")
    platform.refusals[PUSHED].append(45009)
    await li.tap("先不动")
    assert MENU in (await li.hears()).said


@pytest.mark.parametrize("fault", ["refused", "cut"])
async def test_an_answer_that_cannot_leave_is_pushed_by_whoever_is_connected_then(
    platform: WeComBotPlatform, li: BotMember, fault: str
) -> None:
    await li.say("菜单")
    if fault == "refused":
        platform.refusals[ANSWERED].append(846605)
        await li.send(text("帮助"))
    else:
        platform.lost.add(ANSWERED)
        await li.send(text("帮助"))
        await platform.until(lambda: ANSWERED in platform.swallowed)
        await platform.drop()
    assert MENU in (await li.hears()).said


async def test_what_came_just_before_the_end_is_answered_by_the_next_process(
    settings: Settings, platform: WeComBotPlatform
) -> None:
    li = BotMember(platform, "LiMin")
    first = Service(make_core(settings), "all")
    await first.start()
    await li.say("菜单")
    platform.lost.add(ANSWERED)
    await li.send(text("帮助"))
    await platform.until(lambda: ANSWERED in platform.swallowed)
    stopping = asyncio.create_task(first.stop())
    await platform.drop()
    await stopping
    async with serving(settings):
        assert MENU in (await li.hears()).said


async def test_what_it_cannot_take_in_it_asks_to_be_sent_again(
    platform: WeComBotPlatform, li: BotMember, core: Core
) -> None:
    await li.say("菜单")
    async with core.database.transaction() as uow:
        await uow.execute(sql("ALTER TABLE files RENAME TO away"))
        await uow.commit()
    await li.send({"msgtype": "image", "image": platform.keep_file(b"x")})
    assert (await li.hears()).said == wording.BUSY


@pytest.mark.parametrize("app", ["is ours", "is not"])
async def test_a_member_who_is_known_in_the_app_goes_on_as_the_same_person(
    settings: Settings, platform: WeComBotPlatform, app: str
) -> None:
    """A userid is one member's in the app and the bot, if both are of one company."""
    if app == "is ours":
        wecom = msgspec.structs.replace(
            settings.wecom,
            corp_id="ww1",
            agent_id="1000002",
            secret="s",
            token="t",
            encoding_aes_key="A" * 43,
            api_base_url="http://127.0.0.1:9",
        )
        settings = msgspec.structs.replace(settings, wecom=wecom)
    async with serving(settings) as core:
        async with core.database.transaction() as uow:
            there = await people.create(
                uow,
                channel="wecom",
                newcomers=[people.Newcomer("limin", "person", "address")],
                now=core.clock.now(),
            )
            await uow.commit()
        await BotMember(platform, "LiMin").say("菜单")
        picture = {"msgtype": "image", "image": platform.keep_file(b"x")}
        zhou = BotMember(platform, "Zhou")
        await zhou.send(picture)
        await zhou.hears(how=ANSWERED)
        async with core.database.reading() as uow:
            here = await people.resolve(
                uow, channel="wecom_bot", addresses=["limin", "zhou"]
            )
    same = here["limin"].person_id == there["limin"].person_id
    assert same == (app == "is ours")
    assert here["limin"].person_id != here["zhou"].person_id
