"""A whole application through WeCom's bot: cards, a photo, a cut connection, a takeover."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path

import msgspec
import pytest

from bot.actions import deadlines as timing
from bot.actions.classes import ClassPlan, create_class
from bot.app import Service
from bot.clock import civil
from bot.core import Core, make_core
from bot.ids import new_id
from bot.settings import Settings, WeCom
from storage import organisations, people
from storage.database import UnitOfWork
from storage.organisations import ScopeRow
from tests.journeys.running import free_port, plain_settings, serving, settle
from tests.journeys.story import EMAIL, ID_NUMBER, NAME, PHONE, photo, write_scheme
from tests.platforms.wecom_bot import BOT_ID, SECRET, WeComBotPlatform
from tests.platforms.wecom_bot_members import BotMember


@pytest.fixture
async def platform() -> AsyncIterator[WeComBotPlatform]:
    async with WeComBotPlatform() as platform:
        # Nobody types thirty messages a minute; a test does.
        platform.per_minute = platform.per_hour = 100_000
        yield platform


@pytest.fixture
async def settings(
    empty_database_url: str, platform: WeComBotPlatform, tmp_path: Path
) -> Settings:
    """A migrated database with places in it, and a bot on the stand-in."""
    settings = msgspec.structs.replace(
        plain_settings(empty_database_url, tmp_path),
        quiet_hours="none",
        wecom=WeCom(
            bot_id=BOT_ID,
            bot_secret=SECRET,
            bot_url=platform.url,
            per_minute=100_000,
            per_hour=100_000,
        ),
    )
    await settle(settings)
    return settings


@pytest.fixture
async def code(settings: Settings) -> str:
    """A class whose opening is approved; Base and Province are on the bot."""
    core = make_core(settings)
    now = core.clock.now()
    async with core.database.transaction() as uow:
        await official(uow, core, "province", "province_manager", "province")
        place = await official(uow, core, "base", "base_staff", "institution")
        plan = ClassPlan(
            title="数控加工二级班",
            level="二级",
            major="机械类",
            opens_on=civil(now) + timedelta(days=60),
        )
        row = await create_class(uow, core.house, plan, institution=place, now=now)
        for step in ("opening", "staffing"):
            await timing.mark_done(uow, subject=row.code, step=step, by=None, now=now)
        await uow.commit()
    await core.database.close()
    return row.code


async def official(
    uow: UnitOfWork, core: Core, name: str, role: str, kind: str
) -> ScopeRow:
    """Somebody with a role over the only place of a kind; the place."""
    nation = await organisations.nation(uow)
    assert nation is not None
    (place,) = await organisations.scopes_below(uow, paths=[nation.path], kind=kind)
    newcomer = people.Newcomer(name, new_id(), new_id())
    now = core.clock.now()
    await people.create(uow, channel="wecom_bot", newcomers=[newcomer], now=now)
    await people.add_grant(
        uow,
        grant_id=new_id(),
        person_id=newcomer.person_id,
        role=role,
        scope_id=place.id,
        granted_by=None,
        now=now,
    )
    return place


async def test_a_whole_application_by_the_bot(
    settings: Settings, platform: WeComBotPlatform, code: str
) -> None:
    base, province, teacher = (
        BotMember(platform, name) for name in ("Base", "Province", "LinXM")
    )
    async with serving(settings):
        assert "欢迎" in await teacher.enter()
        for one in (province, teacher):
            await one.say("菜单")
        await call_for_applications(base, province, code)
        await begin(teacher, code)
        # In the middle of the form the platform hangs up; they just go on.
        await platform.drop()
        await fill_in(teacher)
        number = await hand_in(teacher)
        await base.hears("有新的报名")
        assert "待盖章" in await base.say(f"审核 {number} 通过")
        await teacher.hears("审核通过，还差盖章")
    assert platform.subscriptions == 2
    assert platform.refused == []


async def call_for_applications(
    base: BotMember, province: BotMember, code: str
) -> None:
    await write_scheme(base, code)
    await base.say(f"方案 {code} 报送")
    asked = re.search(r"编号 (\d+)", (await province.hears("审核吗")).said)
    assert asked is not None
    assert "已通过" in await province.say(f"审核 {asked[1]} 通过")
    assert "草稿" in await base.say(f"招生 {code}")
    await base.tap("发布")
    await base.hears("已发布")


async def begin(teacher: BotMember, code: str) -> None:
    await teacher.say(f"报名 {code}")
    card = await teacher.tap("同意")
    await teacher.hears("姓名")
    assert card.choices == {}
    assert card.said.endswith("已选：同意")
    await teacher.say(NAME)


async def fill_in(teacher: BotMember) -> None:
    """The whole form but the photo, some of it several answers at once."""
    await teacher.tap("同意")
    await teacher.hears("身份证")
    said = await teacher.say(ID_NUMBER)
    assert ID_NUMBER not in said
    said = await teacher.say(f"汉族，单位是江南机电技师学院，讲师，手机{PHONE}")
    assert "还差 2 项：邮箱、地址" in said
    await teacher.say(f"邮箱{EMAIL}，地址：江南省东湖市学院路18号")
    await teacher.say("数控加工")
    await teacher.tap("是")
    await teacher.hears()
    said = await teacher.say_all(
        *("2024 年起参与撰写申报材料", "完成", "无", "否", "无"),
        *("本科 机械工程", "数控车工技师，2019 年", "无", "334342", "无"),
    )
    assert "一寸照片" in said


async def hand_in(teacher: BotMember) -> str:
    """The photo, the form as a picture, 提交; the number."""
    assert "正在检查" in await teacher.send_picture(photo())
    await teacher.hears("照片可以用")
    await teacher.tap("同意")
    await teacher.hears()
    assert "没有问题就提交" in await teacher.say(NAME)
    picture = await teacher.hears(r"\[image\]")
    assert picture.content.startswith(b"\x89PNG")
    number = re.search(r"编号 (\d+)", await teacher.say("提交"))
    assert number is not None
    return number[1]


async def test_another_process_takes_the_connection_over_and_the_form_with_it(
    settings: Settings, platform: WeComBotPlatform, code: str, tmp_path: Path
) -> None:
    base, province, teacher = (
        BotMember(platform, name) for name in ("base", "province", "linxm")
    )
    first = Service(make_core(settings), "all")
    second = Service(make_core(beside(settings, tmp_path)), "web")
    await first.start()
    try:
        for one in (province, teacher):
            await one.say("菜单")
        await call_for_applications(base, province, code)
        await teacher.say(f"报名 {code}")
        await second.start()
        await teacher.tap("同意")
        await teacher.hears("姓名")
        assert platform.subscriptions == 1
    finally:
        await first.stop()
    try:
        said = await teacher.say(NAME)
        assert platform.subscriptions == 2
        assert "同意" in said
        await teacher.tap("同意")
        await teacher.hears("身份证")
    finally:
        await second.stop()
    assert platform.refused == []


def beside(settings: Settings, folder: Path) -> Settings:
    """Another process on the same database."""
    spool = str(folder / "other-spool")
    return msgspec.structs.replace(settings, port=free_port(), spool_dir=spool)
