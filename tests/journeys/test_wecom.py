"""The main line on WeCom: the Official Account's story, told by the app's members.

Not a line of a dialogue is WeCom's own.
"""

from __future__ import annotations

import argparse
import io
from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path

import aiohttp
import msgspec
import pytest

from bot import administration
from bot.clock import CHINA, MovableClock, SystemClock
from bot.core import Core
from bot.settings import Settings
from tests.journeys.leaks import leaks
from tests.journeys.members import AppMember
from tests.journeys.running import plain_settings, serving, settle
from tests.journeys.story import (
    EMAIL,
    ID_NUMBER,
    NAME,
    PHONE,
    call_for_applications,
    codes,
    decide,
    fill_in,
    hand_in,
    open_class,
    photo,
    take_up_roles,
)
from tests.platforms.wecom import WeComPlatform


@pytest.fixture
async def wecom() -> AsyncIterator[WeComPlatform]:
    async with WeComPlatform() as platform:
        # Nobody else types as fast as a test.
        platform.per_minute = 10_000
        yield platform


@pytest.fixture
async def settings(
    empty_database_url: str, wecom: WeComPlatform, tmp_path: Path
) -> Settings:
    """A migrated database with places in it, and an app on the platform."""
    plain = plain_settings(empty_database_url, tmp_path)
    wecom.callbacks.urls.append(f"{plain.public_url}/wecom")
    app = wecom.settings(per_minute=10_000, per_hour=100_000)
    settings = msgspec.structs.replace(plain, wecom=app, quiet_hours="none")
    await settle(settings)
    return settings


def quiet_minute() -> MovableClock:
    """A clock that begins shortly after a full hour, when nothing is put off."""
    now = SystemClock().now().astimezone(CHINA)
    after = now.replace(minute=5, second=0, microsecond=0) + timedelta(hours=1)
    clock = MovableClock()
    clock.ahead = after - now
    return clock


async def test_from_the_first_invitation_to_the_last_delivery(
    settings: Settings,
    wecom: WeComPlatform,
    logged: io.StringIO,
    capsys: pytest.CaptureFixture[str],
) -> None:
    await administration.invite(settings, argparse.Namespace(role="centre_manager"))
    first_code = codes(capsys.readouterr().out)
    taken = photo()
    async with (
        serving(settings, quiet_minute()) as core,
        aiohttp.ClientSession() as session,
    ):
        centre, province, base, teacher = (
            AppMember(wecom, core, name, taken)
            for name in ("Centre", "Province", "Base", "Teacher")
        )
        for one in (centre, province, base, teacher):
            assert "欢迎" in await one.follow()
            assert await one.follow() == ""
        await take_up_roles(first_code, centre, province, base)
        code = await open_class(base, province)
        await call_for_applications(base, province, teacher, code)
        await fill_in(teacher, code)
        await tick_two(teacher)
        number = await hand_in(teacher, session)
        assert (await teacher.gets_file()).startswith(b"%PDF")
        await decide(base, teacher, number, code)
        await announce(centre, teacher)
        await prove_pushes_went(core, wecom)
    said = [_shown(entry.body) for entry in wecom.ledger]
    private = {"id number": ID_NUMBER, "phone": PHONE, "e-mail": EMAIL}
    assert leaks([logged.getvalue(), *said], private) == []
    assert leaks([logged.getvalue()], {"name": NAME, "token": wecom.token}) == []
    assert leaks(said, {"name": NAME}) == ["name"]


def _shown(body: dict[str, object]) -> str:
    return msgspec.json.encode(body).decode()


async def tick_two(teacher: AppMember) -> None:
    """An answer is changed by ticking two lines; each is asked for what it lacks."""
    assert "您的学历和所学专业" in await teacher.say("修改 15")
    assert "硕士" in await teacher.tick("硕士", "本科")
    assert "本科" in await teacher.say("机电")
    assert "一寸照片" in await teacher.say("机械工程")


async def announce(centre: AppMember, teacher: AppMember) -> None:
    """The centre's notice arrives as a card that leads to its page."""
    said = await centre.say_all(
        *("通知 草稿", "关于培训安排的通知", "请各位老师按时参加培训。", "完成"),
        *("不限", "不限", "不限", "不限"),
    )
    assert "没有问题就提交" in said
    assert "现在共 4 人" in await centre.say("提交")
    assert "已发布" in await centre.tap("发布")
    assert "/n/" in await teacher.hears("关于培训安排的通知")


async def prove_pushes_went(core: Core, wecom: WeComPlatform) -> None:
    """Nothing was refused, cut short, dropped or sent twice."""
    assert wecom.refused == {}
    assert wecom.cut == {}
    assert wecom.dropped == {}
    assert not any(entry.repeat for entry in wecom.ledger)
