"""The service, wired to the stand-in as it would be to the platform."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import msgspec
import pytest

from tests.journeys.running import (
    plain_settings,
    serving,
    serving_followers,
    settle,
)
from tests.platforms.official_account import OfficialAccountPlatform
from tests.platforms.wecom import WeComPlatform


@pytest.fixture
async def platform(
    empty_database_url: str, tmp_path: Path
) -> AsyncIterator[OfficialAccountPlatform]:
    """The platform with the real service behind its callbacks."""
    async with serving_followers(empty_database_url, tmp_path) as (platform, _):
        yield platform


async def test_a_follower_talks_with_the_service(
    platform: OfficialAccountPlatform,
) -> None:
    teacher = platform.follower("teacher")
    assert await platform.callbacks.verify() == "5577006791947779410"
    assert (await teacher.says("你好")).startswith("您好，我是训通")
    assert [one.way for one in teacher.heard] == ["passive"]
    again = [one.reply for one in teacher.deliveries]
    await teacher.says("帮助", copies=3)
    replies = {one.reply for one in teacher.deliveries[1:]}
    assert (len(again), len(replies), b"" in replies) == (1, 1, False)


async def test_a_member_is_answered_with_a_card_that_is_clicked_once(
    empty_database_url: str, tmp_path: Path
) -> None:
    plain = plain_settings(empty_database_url, tmp_path)
    await settle(plain)
    async with WeComPlatform() as platform:
        platform.callbacks.urls.append(f"{plain.public_url}/wecom")
        wecom = platform.settings()
        async with serving(msgspec.structs.replace(plain, wecom=wecom)):
            member = platform.member("ZhangSan")
            await member.says("菜单")
            card = await member.hears("报名")
            assert card.kind == "vote_interaction"
            await member.votes("报名")
            assert (member.card.done, member.card.choices) == ("报名", ())
            assert (platform.dropped, platform.cut) == ({}, {})
