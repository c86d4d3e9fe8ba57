"""The running service with a country in it, a clock that is moved, and everybody's phone."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from datetime import date, datetime, time
from pathlib import Path

import aiohttp
import msgspec

from bot.actions.people import invite_first
from bot.clock import CHINA, MovableClock
from bot.core import Core, make_core
from bot.ids import new_id
from bot.settings import Settings, WebChat
from storage import migrate, organisations
from storage.database import UnitOfWork
from storage.organisations import RosterRow
from tests.journeys.life.phones import Phone
from tests.journeys.running import plain_settings, serving

EVENING = time(20, 30)
PROVINCE, OTHER_PROVINCE = "江南省", "河东省"


class Backbone(msgspec.Struct, frozen=True):
    """One line of the roster."""

    name: str
    certificate: str
    school: str
    province: str = PROVINCE


@dataclass
class Life:
    """What the acts of the journey have in their hands."""

    core: Core
    url: str
    session: aiohttp.ClientSession
    stack: AsyncExitStack
    phones: dict[str, Phone] = field(default_factory=dict)

    async def phone(self, user: str) -> Phone:
        """Somebody's phone, with the chat open."""
        if user not in self.phones:
            socket = await self.stack.enter_async_context(
                self.session.ws_connect(f"{self.url}/chat/ws")
            )
            await socket.send_json({"type": "hello", "user": user})
            self.phones[user] = Phone(user, socket)
            await self.phones[user].listen()
        return self.phones[user]

    async def take_up(self, user: str, by: Phone, invitation: str) -> Phone:
        """Invite somebody by a command, and have them take the role up."""
        phone = await self.phone(user)
        await phone.say(f"邀请码 {code_in(await by.say(invitation))}")
        return phone

    async def live_until(self, day: date, at: time = EVENING) -> None:
        """Move the clock on; everything in between happens, and everybody reads it."""
        moment = datetime.combine(day, at, CHINA).isoformat()
        async with self.session.post(
            f"{self.url}/demo/clock", json={"now": moment}
        ) as answer:
            assert answer.status == 200, await answer.text()
        for phone in self.phones.values():
            await phone.listen()

    async def fetch(self, url: str) -> bytes:
        """What lies behind a link that somebody was sent."""
        address = url if url.startswith("http") else f"{self.url}{url}"
        async with self.session.get(address) as answer:
            assert answer.status == 200, f"{address}: {answer.status}"
            return await answer.read()


def code_in(said: str) -> str:
    """The invitation code in a text."""
    found = re.search(r"[0-9A-Z]{4}-[0-9A-Z]{4}-[0-9A-Z]{4}", said)
    assert found is not None, said
    return found[0]


@asynccontextmanager
async def life(settings: Settings, begins: datetime) -> AsyncIterator[tuple[Life, str]]:
    """The service from ``begins`` on; with the code of the first centre manager."""
    clock = MovableClock()
    clock.move_to(begins)
    async with (
        serving(settings, clock) as core,
        aiohttp.ClientSession() as session,
        AsyncExitStack() as stack,
    ):
        yield Life(core, settings.public_url, session, stack), await _first_code(core)


async def _first_code(core: Core) -> str:
    """What `xuntong invite` prints, at the time of the journey's own clock."""
    async with core.database.transaction() as uow:
        code = await invite_first(
            uow,
            now=core.clock.now(),
            new_id=new_id,
            name="部指导中心",
            days=core.house.limits.invitation_days,
        )
        await uow.commit()
    return code


def settings_of(database_url: str, folder: Path) -> Settings:
    """The web chat only; nobody sleeps, but for what the programme says of hours."""
    plain = plain_settings(database_url, folder)
    return msgspec.structs.replace(plain, webchat=WebChat(enabled=True))


async def found_country(
    settings: Settings,
    base: tuple[str, str],
    approved: list[tuple[str, str]],
    roster: list[Backbone],
) -> None:
    """Migrate an empty database: two provinces, one institution, the roster."""
    core = make_core(settings)
    try:
        await migrate.upgrade(core.database)
        async with core.database.transaction() as uow:
            await _found(uow, base, approved, roster)
            await uow.commit()
    finally:
        await core.database.close()


async def _found(
    uow: UnitOfWork,
    base: tuple[str, str],
    approved: list[tuple[str, str]],
    roster: list[Backbone],
) -> None:
    nation = await organisations.create_scope(
        uow, id=new_id(), kind="nation", name="部指导中心"
    )
    provinces = {
        name: await organisations.create_scope(
            uow, id=new_id(), kind="province", name=name, parent=nation
        )
        for name in (PROVINCE, OTHER_PROVINCE)
    }
    rows = [
        RosterRow(
            id=new_id(),
            name=one.name,
            certificate=one.certificate,
            majors="、".join(sorted({major for major, _ in approved})),
            levels="、".join(sorted({level for _, level in approved})),
            province_id=provinces[one.province].id,
            school=one.school,
        )
        for one in roster
    ]
    await organisations.add_to_roster(uow, rows)
    name, kind = base
    await organisations.create_institution(
        uow,
        id=new_id(),
        province=provinces[PROVINCE],
        name=name,
        kind=kind,
        approved=approved,
    )
