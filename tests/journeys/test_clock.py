"""A class's dates lived through: each reminder at its mark, once, in the day's hours."""

from __future__ import annotations

from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from pathlib import Path

import aiohttp
import msgspec
import pytest

from bot.actions import deadlines as timing
from bot.actions.classes import ClassPlan, create_class
from bot.clock import CHINA, MovableClock, SystemClock, civil
from bot.core import Core, make_core
from bot.ids import new_id
from bot.settings import Settings, WebChat
from storage import organisations, people
from storage.classes import ClassRow
from storage.database import UnitOfWork
from storage.organisations import ScopeRow
from tests.journeys.listeners import Heard, Listener, listening
from tests.journeys.running import plain_settings, serving, settle

TITLE = "数控加工二级班"
MORNING, EVENING = time(9), time(22, 30)
SCHEME_BEFORE = timedelta(days=30)


def third_friday_of_march(year: int) -> date:
    """A day with working days and no holidays around it."""
    first = date(year, 3, 1)
    return first + timedelta(days=(4 - first.weekday()) % 7 + 14)


FILED_BY = third_friday_of_march(civil(SystemClock().now()).year + 1)
"""The last day to file the scheme; thirty days later the class opens."""


def moment(day: int, at: time) -> datetime:
    """So many days from that day, in China."""
    return datetime.combine(FILED_BY + timedelta(days=day), at, CHINA)


BEGINS = moment(-10, time(10))


@dataclass
class House:
    """The running service with a base and a province at their screens."""

    session: aiohttp.ClientSession
    url: str
    base: Listener
    province: Listener

    async def live_until(self, day: int, at: time = EVENING) -> list[Heard]:
        """Live on; what the base heard meanwhile."""
        await self._move({"now": moment(day, at).isoformat()})
        return await self.base.listen()

    async def live_on(self, days: int) -> list[Heard]:
        """Live on for so many days; what the base heard meanwhile."""
        await self._move({"advance_days": days})
        return await self.base.listen()

    async def _move(self, body: dict[str, object]) -> None:
        async with self.session.post(f"{self.url}/demo/clock", json=body) as answer:
            assert answer.status == 200


@asynccontextmanager
async def living(settings: Settings) -> AsyncIterator[House]:
    """The service, going on from where its clock was."""
    clock = MovableClock()
    clock.move_to(BEGINS)
    async with serving(settings, clock), aiohttp.ClientSession() as session:
        url = settings.public_url
        async with (
            listening(session, url, "base") as base,
            listening(session, url, "province") as province,
        ):
            await base.listen()
            await province.listen()
            yield House(session, url, base, province)


@pytest.fixture
async def settings(empty_database_url: str, tmp_path: Path) -> Settings:
    settings = msgspec.structs.replace(
        plain_settings(empty_database_url, tmp_path), webchat=WebChat(enabled=True)
    )
    await settle(settings)
    return settings


@pytest.fixture
async def code(settings: Settings) -> str:
    """A class whose opening is approved and whose scheme is to be filed."""
    core = make_core(settings)
    async with core.database.transaction() as uow:
        await _official(uow, "province", "province_manager", "province")
        place = await _official(uow, "base", "base_staff", "institution")
        row = await _new_class(uow, core, place)
        await uow.commit()
    await core.database.close()
    return row.code


async def _official(uow: UnitOfWork, name: str, role: str, kind: str) -> ScopeRow:
    """Somebody with a role over the only place of a kind; the place."""
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
    return place


async def _new_class(uow: UnitOfWork, core: Core, place: ScopeRow) -> ClassRow:
    opens_on = FILED_BY + SCHEME_BEFORE
    plan = ClassPlan(title=TITLE, level="二级", major="机械类", opens_on=opens_on)
    row = await create_class(uow, core.house, plan, institution=place, now=BEGINS)
    for step in ("opening", "staffing"):
        await timing.mark_done(
            uow, subject=row.code, step=step, by=None, note="办结", now=BEGINS
        )
    return row


async def test_marks_are_kept_through_a_move_a_restart_and_the_end(
    settings: Settings, code: str
) -> None:
    opens_on = FILED_BY + SCHEME_BEFORE + timedelta(days=7)
    async with living(settings) as house:
        assert times(await house.live_until(-7)) == [moment(-7, MORNING)]
        asked = await house.base.say(f"改期 {code} {opens_on.isoformat()}")
        assert "确认" in asked
        await house.base.say(f"改期 {code} {opens_on.isoformat()} 确认")
        # It is half past ten in the evening: who was reminded is told tomorrow.
        assert await house.base.listen() == []

    async with living(settings) as house:
        assert times(await house.live_until(-6)) == [moment(-6, time(8))]
        assert await house.live_until(-1) == []
        (week_before,) = await house.live_until(0)
        assert (TITLE in week_before.text, week_before.at) == (True, moment(0, MORNING))
        assert times(await house.live_on(5)) == [moment(4, MORNING)]
        assert "办结" in await house.base.say(f"办结 {code} 方案")
        assert await house.live_on(14) == []
        (moved,) = await house.province.listen()
        assert ("改到" in moved.text, moved.at) == (True, moment(-6, time(8)))


async def test_what_nobody_does_is_said_at_each_mark_and_then_to_the_province(
    settings: Settings, code: str
) -> None:
    async with living(settings) as house:
        # One move over all marks: every instant in between is lived through.
        heard = await house.live_until(5)
        assert times(heard) == [moment(day, MORNING) for day in (-7, -3, -1, 0, 3)]
        assert [one.text for one in heard if code not in one.text] == []
        assert max(Counter(one.text for one in heard).values()) == 1
        told = await house.province.listen()
        assert times(told) == [moment(3, MORNING)]
        assert "请您过问" in told[0].text


def times(heard: list[Heard]) -> list[datetime]:
    """When each was sent."""
    return [one.at for one in heard]
