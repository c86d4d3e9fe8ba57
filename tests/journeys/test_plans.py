"""培训信息报送 by chat alone: from the centre's call to the page that everybody reads."""

from __future__ import annotations

import io
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from pathlib import Path

import aiohttp
import msgspec
import openpyxl
import pytest

from bot.clock import CHINA, MovableClock, SystemClock, civil
from bot.core import make_core
from bot.ids import new_id
from bot.settings import Settings, WebChat
from storage import organisations, people
from storage.database import UnitOfWork
from tests.actions.plansworld import sheet
from tests.journeys.listeners import Heard, Listener, listening
from tests.journeys.running import BASE, plain_settings, serving, settle

YEAR = civil(SystemClock().now()).year + 1
BEGINS = datetime(YEAR, 5, 24, 10, tzinfo=CHINA)
AT_A_TIME = timedelta(days=3)
WHO = (
    ("centre", "centre_manager", "nation"),
    ("province", "province_manager", "province"),
    ("base", "base_staff", "institution"),
)


@dataclass
class Office:
    """The running service, with somebody at each level at their screens."""

    session: aiohttp.ClientSession
    url: str
    clock: MovableClock
    centre: Listener
    province: Listener
    base: Listener
    known: dict[int, int] = field(default_factory=dict)

    async def until(self, when: datetime) -> None:
        """Live on until then, some days at a time: an open page is heard of in between."""
        while self.clock.now() + AT_A_TIME < when:
            await self._move(self.clock.now() + AT_A_TIME)
        await self._move(when)

    async def _move(self, to: datetime) -> None:
        body = {"now": to.isoformat()}
        async with self.session.post(f"{self.url}/demo/clock", json=body) as answer:
            assert answer.status == 200, await answer.text()
        for one in (self.centre, self.province, self.base):
            await one.listen()

    async def heard(self, who: Listener) -> list[Heard]:
        """What somebody hears of what was done, since this was asked last."""
        await self.until(self.clock.now())
        before = self.known.get(id(who), 0)
        self.known[id(who)] = len(who.heard)
        return who.heard[before:]

    async def told(self, who: Listener) -> str:
        """The same, as one text."""
        return "\n".join(one.text for one in await self.heard(who))

    async def get(self, path: str) -> bytes:
        """A page or a file of the service."""
        address = path if path.startswith("http") else f"{self.url}{path}"
        async with self.session.get(address) as answer:
            assert answer.status == 200, address
            return await answer.read()


async def _appoint(uow: UnitOfWork, name: str, role: str, kind: str) -> None:
    nation = await organisations.nation(uow)
    assert nation is not None
    (place,) = await organisations.scopes_below(uow, paths=[nation.path], kind=kind)
    newcomer = people.Newcomer(name, new_id(), new_id())
    await people.create(uow, channel="webchat", newcomers=[newcomer], now=BEGINS)
    await people.add_grant(
        uow,
        grant_id=new_id(),
        person_id=newcomer.person_id,
        role=role,
        scope_id=place.id,
        granted_by=None,
        now=BEGINS,
    )


@pytest.fixture
async def settings(empty_database_url: str, tmp_path: Path) -> Settings:
    settings = msgspec.structs.replace(
        plain_settings(empty_database_url, tmp_path), webchat=WebChat(enabled=True)
    )
    await settle(settings)
    core = make_core(settings)
    async with core.database.transaction() as uow:
        for name, role, kind in WHO:
            await _appoint(uow, name, role, kind)
        await uow.commit()
    await core.database.close()
    return settings


@asynccontextmanager
async def office(settings: Settings) -> AsyncIterator[Office]:
    """The service with its people."""
    clock = MovableClock()
    clock.move_to(BEGINS)
    async with AsyncExitStack() as stack:
        await stack.enter_async_context(serving(settings, clock))
        session = await stack.enter_async_context(aiohttp.ClientSession())
        url = settings.public_url
        people_ = [
            await stack.enter_async_context(listening(session, url, name))
            for name, _, _ in WHO
        ]
        centre, province, base = people_
        found = Office(session, url, clock, centre, province, base)
        for one in people_:
            await found.heard(one)
        yield found


async def test_a_half_year_is_planned_by_chat_alone(settings: Settings) -> None:
    async with office(settings) as at:
        asked = await at.centre.say("征集")
        assert f"征集 {YEAR} 年下半年培训信息" in asked
        assert "征集发出去了" in await at.centre.say("1")

        assert "现在报送" in await at.told(at.base)
        assert "还没有记下班次" in await at.base.say("报送")
        assert "培训级别" in await at.base.say("1")
        for answer in ("二级", "机械", f"{YEAR}年9月6日", "30"):
            await at.base.say(answer)
        assert "都填好了" in await at.base.say("全国")
        assert "共 1 项" in await at.base.say("提交")

        # A sheet stands for the whole plan: first one with a mistake, then a good one.
        good = ("二级", "机械类", f"{YEAR}-09-06", 30, "全国")
        more = ("二级", "机械类", f"{YEAR}-10-11", 24, "本省")
        wrong = ("一级", "机械类", f"{YEAR}-10-11", 24, "本省")
        await at.base.say("报送 模板")
        (template,) = await at.heard(at.base)
        assert template.name.endswith(".xlsx")
        book = openpyxl.load_workbook(io.BytesIO(await at.get(template.url)))
        assert book.worksheets[0]["A2"].value == f"培训机构：{BASE}"
        await at.base.give("计划.xlsx", sheet(good, wrong))
        assert "第 3 行：" in await at.told(at.base)
        await at.base.give("计划.xlsx", sheet(good, more))
        assert "表里 2 项都对" in await at.told(at.base)
        assert "已交省里审核" in await at.base.say("报送 交")

        asked = await at.told(at.province)
        number = asked.partition("编号 ")[2].partition("。")[0]
        assert "1. 通过" in asked
        assert "已通过" in await at.province.say(f"审核 {number} 通过")
        assert "省里审核通过" in await at.told(at.base)

        assert "没报 0；共 2 项 54 人" in await at.centre.say("汇总")
        assert "全国技工院校工学一体化教师培训信息" in await at.centre.say("1")
        assert "发布" in await at.centre.say("1")
        (notice,) = await at.heard(at.base)
        html = (await at.get(notice.url)).decode()
        assert "二级 · 机械类（2 个班，54 人）" in html
        listed = await at.get(f"{notice.url}/file")
        book = openpyxl.load_workbook(io.BytesIO(listed))
        assert book.sheetnames == ["合计", "二级"]

        # Nobody is reminded of what is done.
        await at.until(datetime.combine(date(YEAR, 6, 20), time(22), CHINA))
        assert "培训信息" not in await at.told(at.base)
        assert "培训信息" not in await at.told(at.province)


async def test_a_plan_that_nobody_hands_in_is_asked_for_at_each_mark(
    settings: Settings,
) -> None:
    async with office(settings) as at:
        await at.centre.say("征集 6月15日")
        await at.centre.say("1")
        await at.heard(at.base)
        await at.heard(at.province)
        await at.until(datetime.combine(date(YEAR, 6, 25), time(22), CHINA))
        said = [one.text for one in await at.heard(at.base) if "报送" in one.text]
        escalated = await at.told(at.province)

    assert len(said) == 5
    assert all("现在报送请回“报送”" in text for text in said)
    assert BASE in escalated
