"""The smallest country in which a class recruits, and the settings to serve it."""

from __future__ import annotations

import asyncio
import io
import random
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

from aiohttp import web
from PIL import Image

from bot.actions.classes import ClassPlan, create_class
from bot.clock import SystemClock
from bot.core import make_core
from bot.ids import new_id
from bot.settings import Settings
from storage import migrate, organisations, people
from storage.classes import ClassRow
from storage.database import UnitOfWork
from storage.organisations import ScopeRow
from tests.channels.official_account.fake_api import FakeApi
from tests.channels.official_account.platform import AES_KEY, APP_ID, TOKEN

SECRET = "a secret for the chaos run only"
CHANNEL = "official_account"
OFFICER = "oOfficer000000000000000000001"
MANAGER = "oManager000000000000000000001"
PHOTO = "photo"
_LATENCY = (0.01, 0.05)
NOTICE_TEMPLATE = "T-NOTICE"


@dataclass(frozen=True)
class Country:
    """What the scripts need to know of it."""

    class_code: str
    followers: tuple[str, ...]


def environment(
    database_url: str, *, api_url: str, port: int, folder: Path
) -> dict[str, str]:
    """The settings of the service under test; ``CHAOS_…`` are the harness's."""
    account = "XUNTONG_OFFICIAL_ACCOUNT__"
    return {
        "XUNTONG_DATABASE_URL": database_url,
        "XUNTONG_PORT": str(port),
        "XUNTONG_PUBLIC_URL": f"http://127.0.0.1:{port}",
        "XUNTONG_SECRET_KEYS": SECRET,
        "XUNTONG_QUIET_HOURS": "none",
        "XUNTONG_SPOOL_DIR": str(folder / "spool"),
        account + "APP_ID": APP_ID,
        account + "APP_SECRET": "secret",
        account + "TOKEN": TOKEN,
        account + "ENCODING_AES_KEY": AES_KEY,
        account + "API_BASE_URL": api_url,
        # This platform has no articles, and notices would wait for theirs.
        account + "ARTICLES": "false",
        account + "TEMPLATES__NOTICE": f"{NOTICE_TEMPLATE}?title=thing1&date=time3",
    }


async def build(database_url: str, *, followers: int) -> Country:
    """Migrate an empty database and settle the country in it."""
    settings = Settings(database_url=database_url, secret_keys=(SECRET,))
    core = make_core(settings)
    await migrate.upgrade(core.database)
    now = SystemClock().now()
    silent = tuple(f"oFollower{number:019d}" for number in range(followers))
    async with core.database.transaction() as uow:
        nation, base = await _places(uow)
        plan = ClassPlan(
            title="数控加工二级班",
            level="二级",
            major="机械类",
            opens_on=(now + timedelta(days=90)).date(),
            state="recruiting",
        )
        row: ClassRow = await create_class(
            uow, core.house, plan, institution=base, now=now
        )
        for openid, role, place in (
            (OFFICER, "base_staff", base),
            (MANAGER, "centre_manager", nation),
        ):
            known = await _follow(uow, (openid,), now)
            await people.add_grant(
                uow,
                grant_id=new_id(),
                person_id=known[openid].person_id,
                role=role,
                scope_id=place.id,
                granted_by=None,
                now=now,
            )
        await _follow(uow, silent, now)
        await uow.commit()
    await core.database.close()
    return Country(row.code, silent)


async def _places(uow: UnitOfWork) -> tuple[ScopeRow, ScopeRow]:
    nation = await organisations.create_scope(
        uow, id=new_id(), kind="nation", name="部指导中心"
    )
    province = await organisations.create_scope(
        uow, id=new_id(), kind="province", name="江南省", parent=nation
    )
    base = await organisations.create_institution(
        uow,
        id=new_id(),
        province=province,
        name="江南机电技师学院",
        kind="教师培训基地",
        approved=[("机械类", "二级")],
    )
    return nation, ScopeRow(
        base.scope_id, "institution", base.name, province.id, base.path
    )


async def _follow(
    uow: UnitOfWork, openids: tuple[str, ...], now: datetime
) -> dict[str, people.Known]:
    """People who follow the account and never wrote."""
    newcomers = [people.Newcomer(openid, new_id(), new_id()) for openid in openids]
    return await people.create(uow, channel=CHANNEL, newcomers=newcomers, now=now)


class DistantApi(FakeApi):
    """The platform, as far away as it is: nothing is taken the moment it is sent."""

    async def _message(self, request: web.Request) -> web.StreamResponse:
        await asyncio.sleep(random.uniform(*_LATENCY))
        return await super()._message(request)


def open_platform() -> FakeApi:
    """A platform with the picture that everybody sends."""
    api = DistantApi()
    picture = io.BytesIO()
    Image.effect_noise((600, 840), 60).convert("RGB").save(picture, "JPEG")
    api.media[PHOTO] = picture.getvalue()
    return api
