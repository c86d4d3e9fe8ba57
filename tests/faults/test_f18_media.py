"""F18: what people send is kept, or asked for again; nothing is lost in silence.

The platform's media API is down for days for one person in twenty. Everybody
else's photo is kept at once. Theirs is asked for again and again for 60 hours,
and then they are; the operator hears of it within the first hour or so.
"""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import datetime, timedelta
from pathlib import Path

import aiohttp
import pytest
from sqlalchemy import func, select
from structlog.testing import capture_logs

from bot import assembly
from bot.actions.inbound import Reception
from bot.channels.official_account.client import OfficialAccountClient
from bot.clock import civil
from bot.core import Core
from bot.door import InboundDoor
from bot.jobs.media import ALARM_AFTER, GIVE_UP_AFTER, oldest_unfetched, watch_media
from bot.jobs.workshop import WAIT_FOR_OTHERS, Workshop
from bot.metrics import Metrics
from bot.ports import Envelope
from bot.settings import OfficialAccount, Settings
from conversations.prompts.problems import photo_refused
from storage.database import Database
from storage.tables.messages import jobs
from tests.channels.official_account.fake_api import FakeApi
from tests.commands.world import World, make_world
from tests.documents import filled
from tests.door.post import Post, letter

PEOPLE = 20
UNLUCKY = "teacher07"
EXPIRED = photo_refused("expired")
SECOND = timedelta(seconds=1)
LONGEST_WAIT = timedelta(seconds=WAIT_FOR_OTHERS[1])


class Clock:
    """Begins now and is moved by the test."""

    def __init__(self, at: datetime) -> None:
        self.at = at

    def now(self) -> datetime:
        return self.at

    def real(self) -> datetime:
        return self.at


class Service:
    """Door and workshop of one process, on one clock, at a platform's API."""

    def __init__(
        self, post: Post, core: Core, clock: Clock, client: OfficialAccountClient
    ) -> None:
        self.post = post
        self.core = core
        self.clock = clock
        post.reception = Reception(
            core.database, core.house, core.clock, lambda _writes: None
        )
        post.door = InboundDoor(post.reception, post.spool, Metrics(), drainers=1)
        self.workshop = Workshop(
            core.database,
            assembly.tasks(core, client),
            self._take,
            core.clock,
            "process-1",
        )

    async def _take(self, envelope: Envelope) -> bytes:
        return (await self.post.door.process(envelope)).remembered

    async def send_photo(self, sender: str, media_id: str) -> None:
        await self.post.door.receive(
            letter(sender, "", kind="image", media=f"oa:{media_id}")
        )

    async def begin(self, sender: str, class_code: str) -> None:
        """Somebody has begun an application and agreed to what is kept of it."""
        said = await self.post.say(
            sender, f"报名 {class_code}", "1", "李晓梅", "好", "1"
        )
        assert "身份证号码" in said

    async def photo_of(self, sender: str) -> tuple[str, str]:
        """How the photo stands: ``given`` with its file, ``pending``, or ``open``."""
        (draft,) = (await self.post.conversation(sender)).drafts
        answer = draft.answers.get("photo")
        if answer is None:
            return "open", ""
        return answer.state, str(answer.value or "")


@pytest.fixture
async def world(database: Database) -> World:
    return await make_world(database)


@pytest.fixture
async def api() -> AsyncIterator[FakeApi]:
    api = FakeApi()
    await api.server.start_server()
    for number in range(PEOPLE):
        api.media[f"M-teacher{number:02d}"] = filled.photo()
    yield api
    await api.server.close()


@pytest.fixture
async def service(
    world: World, post: Post, api: FakeApi, database_url: str
) -> AsyncIterator[Service]:
    clock = Clock(world.now)
    settings = Settings(
        database_url=database_url,
        official_account=OfficialAccount(
            app_id="wx1", app_secret=api.secret, token="t", api_base_url=api.url
        ),
    )
    core = Core(
        settings=settings,
        database=world.database,
        vault=world.database.vault,
        house=world.house,
        clock=clock,
    )
    async with aiohttp.ClientSession() as http:
        client = assembly.official_account_client(core, http)
        yield Service(post, core, clock, client)


@pytest.fixture
def post(database: Database, world: World, tmp_path: Path) -> Post:
    return Post(database, world.house, tmp_path / "spool")


async def next_due(database: Database) -> datetime | None:
    """When the next job may be tried again."""
    query = select(func.min(jobs.c.not_before)).where(jobs.c.state == "waiting")
    async with database.reading() as uow:
        return (await uow.execute(query)).scalar_one_or_none()


async def live_until(service: Service, until: datetime) -> None:
    """Do what falls due, and look after what waits as often as the service does."""
    while service.clock.at < until:
        due = await next_due(service.core.database) or until
        service.clock.at = min(max(due, service.clock.at + SECOND), until)
        await service.workshop.work_off()


def names() -> list[str]:
    return [f"teacher{number:02d}" for number in range(PEOPLE)]


async def all_send(service: Service, world: World, api: FakeApi) -> None:
    """Everybody sends a photo; the platform gives all of them but one."""
    opens_on = civil(world.now) + timedelta(days=90)
    code = (await world.new_class(opens_on=opens_on)).code
    api.media_down.add(f"M-{UNLUCKY}")
    for name in names():
        await service.begin(name, code)
        await service.send_photo(name, f"M-{name}")
    await service.workshop.work_off()


async def test_f18_a_photo_the_platform_never_gives_is_asked_for_again(
    service: Service, world: World, api: FakeApi
) -> None:
    sent_at = service.clock.at
    await all_send(service, world, api)
    states = {name: (await service.photo_of(name))[0] for name in names()}
    assert states == {
        name: "pending" if name == UNLUCKY else "given" for name in names()
    }

    # Within 60 hours it is still hoped for, and the operator knows.
    with capture_logs() as logs:
        await live_until(service, sent_at + ALARM_AFTER)
        await watch_media(world.database, service.clock)
        quiet = list(logs)
        await live_until(service, sent_at + ALARM_AFTER + timedelta(minutes=10))
        await watch_media(world.database, service.clock)
    assert [line["event"] for line in quiet if line["log_level"] == "error"] == []
    alarms = [line for line in logs if line["log_level"] == "error"]
    assert [(one["event"], one["seconds"]) for one in alarms] == [
        ("media_not_fetched", 4200)
    ]
    assert await oldest_unfetched(world.database, service.clock) == 4200.0
    await live_until(service, sent_at + GIVE_UP_AFTER)
    assert (await service.photo_of(UNLUCKY))[0] == "pending"

    # Then the person is asked, and nobody else.
    await live_until(service, sent_at + GIVE_UP_AFTER + LONGEST_WAIT)
    assert (await service.photo_of(UNLUCKY))[0] == "open"
    assert (await service.post.pushed()).count(EXPIRED) == 1
    assert await oldest_unfetched(world.database, service.clock) == 0.0
    # The fault was there: it was asked for again and again, but not without end.
    assert 60 < api.media_refusals < 150

    # Four days after, a new photo takes the place of the lost one.
    await live_until(service, sent_at + timedelta(days=4))
    api.media["M-new"] = filled.photo(90)
    await service.send_photo(UNLUCKY, "M-new")
    await service.workshop.work_off()
    stored = [await service.photo_of(name) for name in names()]
    assert {state for state, _ in stored} == {"given"}
    assert len({file for _, file in stored}) == PEOPLE
    assert (await service.post.pushed()).count(EXPIRED) == 1


async def test_f18_a_photo_the_platform_gives_after_two_days_is_kept(
    service: Service, world: World, api: FakeApi
) -> None:
    sent_at = service.clock.at
    await all_send(service, world, api)
    await live_until(service, sent_at + timedelta(days=2))
    assert api.media_refusals > 60
    api.media_down.clear()
    await live_until(service, sent_at + timedelta(days=2) + LONGEST_WAIT)
    assert {(await service.photo_of(name))[0] for name in names()} == {"given"}
    assert EXPIRED not in await service.post.pushed()


async def test_f18_a_photo_the_platform_forgot_is_asked_for_at_once(
    service: Service, world: World, api: FakeApi
) -> None:
    del api.media[f"M-{UNLUCKY}"]
    await all_send(service, world, api)
    api.media_down.clear()
    await live_until(service, service.clock.at + timedelta(minutes=1))
    assert (await service.photo_of(UNLUCKY))[0] == "open"
    assert (await service.post.pushed()).count(EXPIRED) == 1


async def test_f18_a_photo_replaced_meanwhile_is_not_missed(
    service: Service, world: World, api: FakeApi
) -> None:
    """Whoever sends another one before is not asked for the first."""
    sent_at = service.clock.at
    await all_send(service, world, api)
    api.media["M-new"] = filled.photo(90)
    await service.send_photo(UNLUCKY, "M-new")
    await live_until(service, sent_at + GIVE_UP_AFTER + 2 * LONGEST_WAIT)
    assert (await service.photo_of(UNLUCKY))[0] == "given"
    assert EXPIRED not in await service.post.pushed()
