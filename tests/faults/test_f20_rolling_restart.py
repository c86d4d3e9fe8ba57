"""F20: two web and two worker processes are restarted one after the other under load.

Nobody who calls sees an error, nothing is lost, nothing said twice, and each
process ends by itself, in time.
"""

from __future__ import annotations

import asyncio
import random
from collections import Counter
from collections.abc import AsyncIterator
from dataclasses import dataclass, field

import msgspec
import pytest
from sqlalchemy import func, select

from bot.clock import SystemClock
from bot.ids import new_id
from bot.ports import Push
from conversations.model import Reply
from storage import outbox, people
from storage.tables.messages import outbox as outbox_table
from tests.channels.official_account.fake_api import FakeApi
from tests.chaos.talkers import pushed_text
from tests.chaos.waiting import until
from tests.chaos.world import CHANNEL, open_platform
from tests.faults.callback import HANGS_UP_AFTER
from tests.faults.cluster import Server, running
from tests.faults.conftest import Stage
from tests.faults.front import Front
from tests.faults.seeds import seed, tell
from tests.faults.writers import (
    MOST_PIECES,
    Writer,
    begin,
    taken_in,
    write,
    writers,
    wrote,
)

# Many processes share one PostgreSQL.
pytestmark = pytest.mark.parametrize(
    "kind", [pytest.param("postgresql", marks=pytest.mark.postgresql)]
)

GONE_WITHIN = 8.0
_ROLES = ("web", "worker", "web", "worker")
_ONE_BY_ONE = 0.02


@pytest.fixture
async def api() -> AsyncIterator[FakeApi]:
    api = open_platform()
    await api.server.start_server()
    yield api
    await api.server.close()


async def test_nobody_notices_that_processes_are_restarted(
    stage: Stage, api: FakeApi
) -> None:
    await _restart(stage, api, restarts=3, people=8, dice=random.Random(20))


@pytest.mark.chaos
@pytest.mark.timeout(900)
async def test_nobody_notices_twenty_rolling_restarts(
    stage: Stage, api: FakeApi
) -> None:
    used = seed()
    load = await _restart(stage, api, restarts=80, people=60, dice=random.Random(used))
    tell("F20", used, restarts=80, callbacks=load.callbacks, pushes=len(load.pushed))


@dataclass
class Load:
    """What was asked of the service."""

    people: list[Writer]
    pushed: list[tuple[str, str]] = field(default_factory=list)
    over: asyncio.Event = field(default_factory=asyncio.Event)

    @property
    def callbacks(self) -> int:
        """How many messages were delivered."""
        return sum(len(one.heard) for one in self.people)


async def _restart(
    stage: Stage, api: FakeApi, *, restarts: int, people: int, dice: random.Random
) -> Load:
    load = Load(writers(people))
    settings = stage.settings() | {
        "XUNTONG_OFFICIAL_ACCOUNT__API_BASE_URL": api.url,
        "XUNTONG_QUIET_HOURS": "none",
    }
    async with (
        running(settings, stage.folder, _ROLES) as servers,
        Front([one.port for one in servers if one.role == "web"]) as front,
    ):
        stage.platform.url = front.url
        await begin(stage.platform, stage.core, load.people, stage.country.class_code)
        # About as long as the restarts take, so that each meets somebody.
        pause = max(0.3, restarts * 3.0 / MOST_PIECES)
        working = [
            *(_keep_writing(stage, one, load, dice, pause) for one in load.people),
            _keep_pushing(stage, load),
        ]
        at_work = asyncio.gather(*working)
        for number in range(restarts):
            await _renew(servers[number % len(servers)])
        load.over.set()
        await at_work
        await until(lambda: _all_sent(stage))
        for server in servers:
            await server.stop()
    _check_endings(servers)
    assert front.passed_over > 0, "no web process was away"
    await _check(stage, api, load)
    return load


async def _renew(server: Server) -> None:
    await server.stop()
    # The front has to pass it over for a while.
    await asyncio.sleep(0.2)
    await server.start()


async def _keep_writing(
    stage: Stage, writer: Writer, load: Load, dice: random.Random, pause: float
) -> None:
    """Write until all is over, as much as a text may hold."""
    while not load.over.is_set() and len(writer.pieces) < MOST_PIECES:
        await write(stage.platform, writer, 1, lambda: dice.uniform(0, 2 * pause))


async def _keep_pushing(stage: Stage, load: Load) -> None:
    """Decide to say something to everybody, one after the other, twice."""
    clock = SystemClock()
    for number, writer in enumerate([*load.people, *load.people]):
        text = f"第 {number} 条推送"
        load.pushed.append((writer.openid, text))
        async with stage.core.database.transaction() as uow:
            known = await people.resolve(
                uow, channel=CHANNEL, addresses=[writer.openid]
            )
            one = known[writer.openid]
            row = outbox.OutboxRow(
                id=new_id(),
                dedupe_key=f"rolling:{number}",
                person_id=one.person_id,
                address_id=one.address_id,
                channel=CHANNEL,
                purpose="reply",
                urgency=0,
                body=msgspec.json.encode(Push(reply=Reply(text=text))),
                not_before=clock.now(),
            )
            await outbox.enqueue(uow, [row], now=clock.now())
            await uow.commit()
        await asyncio.sleep(_ONE_BY_ONE)


async def _all_sent(stage: Stage) -> bool:
    """True iff nothing waits, or is being sent."""
    async with stage.core.database.reading() as uow:
        rows = await uow.execute(
            select(func.count()).where(
                outbox_table.c.state.in_(("waiting", "leased", "held"))
            )
        )
        return int(rows.scalar_one()) == 0


def _check_endings(servers: list[Server]) -> None:
    endings = [one for server in servers for one in server.endings]
    assert {status for status, _ in endings} == {0}
    assert max(seconds for _, seconds in endings) < GONE_WITHIN


async def _check(stage: Stage, api: FakeApi, load: Load) -> None:
    heard = [one for writer in load.people for one in writer.heard]
    assert {one.status for one in heard} == {200}
    assert all("收到" in one.shown for one in heard)
    assert max(one.seconds for one in heard) < HANGS_UP_AFTER
    await wrote(stage.core, load.people)
    assert await taken_in(stage.core) == {"done": 4 * len(load.people) + len(heard)}
    called = Counter(
        (body["touser"], pushed_text(body))
        for kind, body in api.calls
        if kind in ("custom", "template")
    )
    assert called == Counter(load.pushed)
