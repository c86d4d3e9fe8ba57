"""The main line on a WeChat Official Account, through encrypted callbacks.

Nothing is set up but the places: every role is taken up, every class opened and
every person met by what they say.
"""

from __future__ import annotations

import argparse
import io
import re
from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path

import aiohttp
import msgspec
import pytest

from bot import administration
from bot.core import Core
from bot.documents.formats import MEDIA_TYPES
from bot.ids import new_id
from bot.settings import OfficialAccount, Settings
from storage import applications, people
from tests.channels.official_account.fake_api import FakeApi
from tests.channels.official_account.platform import AES_KEY, APP_ID, TOKEN
from tests.documents.reading import docx_text
from tests.journeys.followers import Follower, Platform
from tests.journeys.leaks import leaks
from tests.journeys.running import SECRET, plain_settings, serving, settle
from tests.journeys.story import (
    EMAIL,
    ID_NUMBER,
    NAME,
    PHONE,
    PHOTO,
    call_for_applications,
    codes,
    decide,
    fill_in,
    hand_in,
    open_class,
    photo,
    take_up_roles,
)

APP_SECRET = "secret-of-the-account"


@pytest.fixture
async def api() -> AsyncIterator[FakeApi]:
    api = FakeApi()
    api.secret = APP_SECRET
    await api.server.start_server()
    api.media[PHOTO] = photo()
    yield api
    api.released.set()
    await api.server.close()


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
        await open_in_word(core, session, int(number))
        silent = await settle_silent(core, platform)
        await announce(centre, teacher, silent, platform)

        async with session.get(f"{settings.public_url}/metrics") as response:
            metrics = await response.text()
    followers = (centre, province, base, teacher, *silent)
    secrets = {one.openid: one.openid for one in followers} | SECRETS
    prove_nothing_leaks(logged.getvalue(), metrics, platform.let_out(), secrets)


async def open_in_word(core: Core, session: aiohttp.ClientSession, number: int) -> None:
    """Behind the link that a base gets with a reason is the form as a Word file."""
    async with core.database.reading() as uow:
        one = await applications.by_number(uow, number=number)
    assert one is not None
    link = core.links.document(
        "submission_word",
        one.submission_id or "",
        person_id=one.person_id,
        expires_at=core.clock.real() + timedelta(hours=1),
    )
    async with session.get(link) as response:
        assert response.content_type == MEDIA_TYPES["docx"]
        assert response.headers["Content-Disposition"].startswith("attachment")
        assert NAME in docx_text(await response.read())


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
