"""The main line on a WeChat Official Account, through encrypted callbacks.

Nothing is set up but the places: every role is taken up, every class opened and
every person met by what they say.
"""

from __future__ import annotations

import argparse
import io
import logging
import re
from collections.abc import AsyncIterator, Iterator
from datetime import timedelta
from pathlib import Path

import aiohttp
import msgspec
import pytest
import structlog
from PIL import Image

from bot import administration, log
from bot.clock import SystemClock, civil
from bot.core import Core
from bot.ids import new_id
from bot.settings import OfficialAccount, Settings
from storage import people
from tests.channels.official_account.fake_api import FakeApi
from tests.channels.official_account.platform import AES_KEY, APP_ID, TOKEN
from tests.commands.world import id_number
from tests.journeys.followers import Follower, Platform
from tests.journeys.leaks import leaks
from tests.journeys.running import (
    BASE,
    PROVINCE,
    SECRET,
    plain_settings,
    serving,
    settle,
)

NAME, ID_NUMBER, PHONE, EMAIL = (
    *("林晓梅", id_number(456)),
    *("13800138046", "linxm@example.com"),
)
PHOTO = "media-of-a-photo"
APP_SECRET = "secret-of-the-account"


@pytest.fixture
async def api() -> AsyncIterator[FakeApi]:
    api = FakeApi()
    api.secret = APP_SECRET
    await api.server.start_server()
    photo = io.BytesIO()
    Image.effect_noise((600, 840), 60).convert("RGB").save(photo, "JPEG")
    api.media[PHOTO] = photo.getvalue()
    yield api
    api.released.set()
    await api.server.close()


@pytest.fixture
def logged() -> Iterator[io.StringIO]:
    """What the service writes to its log, as an operator has it."""
    root = logging.getLogger()
    handlers, level = root.handlers[:], root.level
    stream = io.StringIO()
    log.configure(stream)
    yield stream
    root.handlers[:] = handlers
    root.setLevel(level)
    structlog.reset_defaults()


@pytest.fixture
async def settings(empty_database_url: str, api: FakeApi, tmp_path: Path) -> Settings:
    """A migrated database with places in it, and an account on the fake platform."""
    settings = msgspec.structs.replace(
        plain_settings(empty_database_url, tmp_path),
        quiet_hours="none",
        official_account=OfficialAccount(
            articles=False,
            app_id=APP_ID,
            app_secret=api.secret,
            token=TOKEN,
            encoding_aes_key=AES_KEY,
            api_base_url=api.url,
            templates={"notice": "T-NOTICE?title=thing1&date=time3"},
        ),
    )
    await settle(settings)
    return settings


async def test_from_the_first_invitation_to_the_last_delivery(
    settings: Settings,
    api: FakeApi,
    logged: io.StringIO,
    capsys: pytest.CaptureFixture[str],
) -> None:
    await administration.invite(settings, argparse.Namespace(role="centre_manager"))
    first_code = codes(capsys.readouterr().out)
    async with serving(settings) as core, aiohttp.ClientSession() as session:
        platform = Platform(settings.public_url, session, api)
        centre, province, base, teacher = (
            platform.follower(name)
            for name in ("Centre", "Province", "Base", "Teacher")
        )
        for one in (centre, province, base, teacher):
            assert "欢迎" in await one.follow()
        await take_up_roles(first_code, centre, province, base)
        code = await open_class(base, province)
        await call_for_applications(base, province, teacher, code)
        await fill_in(teacher, code)
        number = await hand_in(teacher, session)
        await decide(base, teacher, number, code)
        silent = await settle_silent(core, platform)
        await announce(centre, teacher, silent, platform)

        async with session.get(f"{settings.public_url}/metrics") as response:
            metrics = await response.text()
    followers = (centre, province, base, teacher, *silent)
    secrets = {one.openid: one.openid for one in followers} | SECRETS
    prove_nothing_leaks(logged.getvalue(), metrics, platform.let_out(), secrets)


def prove_nothing_leaks(
    lines: str, metrics: str, said: list[str], secrets: dict[str, str]
) -> None:
    """Nothing is found; what finds it sees everything, and finds what is planted."""
    let_out = [lines, metrics, *said]
    assert leaks(let_out, secrets) == []
    assert leaks([lines, metrics], {"name": NAME}) == []
    assert leaks(said, {"name": NAME}) == ["name"]
    assert "wechat_token_fetch" in lines
    assert "xuntong_" in metrics
    found = {
        name: leaks([*let_out, f"planted {secret[:4]} {secret[4:]}"], secrets)
        for name, secret in secrets.items()
    }
    assert found == {name: [name] for name in secrets}


SECRETS = {
    "id number": ID_NUMBER,
    "phone": PHONE,
    "e-mail": EMAIL,
    "access token": "token-1",
    "key": SECRET,
    "aes key": AES_KEY,
    "app secret": APP_SECRET,
}


def codes(said: str) -> str:
    """The invitation code in a text."""
    found = re.search(r"[0-9A-Z]{4}-[0-9A-Z]{4}-[0-9A-Z]{4}", said)
    assert found is not None
    return found[0]


async def take_up_roles(
    first_code: str, centre: Follower, province: Follower, base: Follower
) -> None:
    """The centre by the operator's code, the others each by the one above."""
    assert "部指导中心" in await centre.say(f"邀请码 {first_code}")
    code = codes(await centre.say(f"邀请 省级管理员 {PROVINCE}"))
    assert PROVINCE in await province.say(f"邀请码 {code}")
    code = codes(await province.say(f"邀请 基地 {BASE}"))
    assert BASE in await base.say(f"邀请码 {code}")
    assert "没有用" not in await base.say("帮助")


async def open_class(base: Follower, province: Follower) -> str:
    """The base applies to open a class, the province approves; the class's code."""
    opens_on = civil(SystemClock().now()) + timedelta(days=60)
    said = await base.say_all(
        *("开班", "二级", "机械类", "数控加工二级班", opens_on.isoformat(), "30"),
        *("东湖校区实训楼", "无", "是"),
    )
    assert "没有问题就提交" in said
    code = re.search(r"\d{4}-[A-Z]{2}-\d\d", await base.say("提交"))
    assert code is not None
    await approve_next(province)
    await base.hears("审核通过|已通过")
    return code[0]


async def approve_next(province: Follower) -> None:
    """The province approves what it was just told of."""
    asked = re.search(r"编号 (\d+)", await province.hears("审核吗"))
    assert asked is not None
    assert "已通过" in await province.say(f"审核 {asked[1]} 通过")


async def call_for_applications(
    base: Follower, province: Follower, teacher: Follower, code: str
) -> None:
    """The scheme is filed and passed, the 招生通知 shown and sent."""
    await base.say(f"方案 {code}")
    await approve_next(province)
    assert "草稿" in await base.say(f"招生 {code}")
    assert "已发布" in await base.tap("发布")
    assert "/n/" in await teacher.hears("招生通知")


async def fill_in(teacher: Follower, code: str) -> None:
    """The whole form but the photo, some of it several answers at once."""
    await teacher.say(f"报名 {code}")
    await teacher.tap("同意")
    await teacher.say(NAME)
    await teacher.tap("同意")
    assert ID_NUMBER not in await teacher.say(ID_NUMBER)
    said = await teacher.say(f"汉族，单位是江南机电技师学院，讲师，手机{PHONE}")
    assert "还差 2 项：邮箱、地址" in said
    await teacher.say(f"邮箱{EMAIL}，地址：江南省东湖市学院路18号")
    await teacher.say("数控加工")
    await teacher.tap("是")
    said = await teacher.say_all(
        *("2024 年起参与撰写申报材料", "完成", "无", "否", "无"),
        *("本科 机械工程", "数控车工技师，2019 年", "无", "334342", "无"),
    )
    assert "一寸照片" in said


async def hand_in(teacher: Follower, session: aiohttp.ClientSession) -> str:
    """The photo from the platform, the form as a picture, 提交; the number."""
    assert "正在检查" in await teacher.send_photo(PHOTO)
    await teacher.hears("照片可以用")
    await teacher.tap("同意")
    assert "没有问题就提交" in await teacher.say(NAME)
    await teacher.hears(r"\[image\]")
    first, again = await teacher.say_twice("提交")
    assert first == again
    assert teacher.last is not None
    said = teacher.last.shown
    link = re.search(r"http\S+/d/\S+", said)
    assert link is not None
    async with session.get(link[0]) as response:
        assert (await response.read()).startswith(b"%PDF")
    number = re.search(r"编号 (\d+)", said)
    assert number is not None
    return number[1]


async def decide(base: Follower, teacher: Follower, number: str, code: str) -> None:
    """The base is told, looks, passes; the stamped page comes as a picture."""
    await base.hears("有新的报名")
    assert NAME in await base.say(f"报名 {code}")
    assert NAME in await base.say(f"查看 {number}")
    assert "待盖章" in await base.say(f"审核 {number} 通过")
    await teacher.hears("审核通过，还差盖章")
    await teacher.send_photo(PHOTO)
    await teacher.hears("正式录取您")
    assert "已录取 1" in await base.say(f"统计 {code}")
    await base.hears(r"\[image\]")


async def settle_silent(core: Core, platform: Platform) -> list[Follower]:
    """Three who follow and have not written for days: outside the reply window."""
    silent = [platform.follower(f"Silent{place}") for place in range(3)]
    async with core.database.transaction() as uow:
        await people.create(
            uow,
            channel="official_account",
            newcomers=[
                people.Newcomer(one.openid, new_id(), new_id()) for one in silent
            ],
            now=core.clock.now() - timedelta(days=5),
        )
        await uow.commit()
    return silent


async def announce(
    centre: Follower, teacher: Follower, silent: list[Follower], platform: Platform
) -> None:
    """The centre's notice reaches all; its author sees what came of it."""
    said = await centre.say_all(
        *("通知 草稿", "关于培训安排的通知", "请各位老师按时参加培训。", "完成"),
        *("不限", "不限", "不限", "不限"),
    )
    assert "没有问题就提交" in said
    assert "现在共 7 人" in await centre.say("提交")
    assert centre.last is not None
    label = next(said for said, _ in centre.last.taps if "发布" in said)
    assert "已发布" in await centre.say(label)
    await teacher.hears("关于培训安排的通知")
    for one in silent:
        await one.hears(r"\[template\] .*关于培训安排的通知")
    gone, blocked, _ = (template_number(platform, one) for one in silent)
    await platform.finish_template(silent[0].openid, gone, "success")
    await platform.finish_template(silent[1].openid, blocked, "failed:user block")
    number = label.split()[-1]
    assert re.search(
        r"名单 7 人：已送达 5，已发出 1，等待发送 0，未送到 1",
        await centre.say(f"通知 {number}"),
    )


def template_number(platform: Platform, follower: Follower) -> int:
    """The number the platform gave to the template message of somebody."""
    shown = list(platform.api.shown)
    place = next(
        at for at, (openid, _) in enumerate(shown) if openid == follower.openid
    )
    return 200000000 + place
