"""F5: every answer of the database takes seconds, at times or always, or none comes.

Every callback is answered in time all the same, and nothing is lost.
"""

from __future__ import annotations

import asyncio
import random
import time
from collections.abc import AsyncIterator
from dataclasses import dataclass

import pytest
from sqlalchemy import text
from sqlalchemy.engine import make_url
from sqlalchemy.pool import QueuePool

from storage.database import Database, Patience
from storage.errors import SlowError, StuckError
from tests.chaos.waiting import until
from tests.door.conftest import OpenPost
from tests.door.post import Post, letter, together
from tests.faults.callback import HANGS_UP_AFTER
from tests.faults.cluster import running
from tests.faults.conftest import Stage
from tests.faults.proxy import SlowLine
from tests.faults.seeds import seed, tell
from tests.faults.writers import begin, taken_in, write, writers, wrote

# A file is as fast as its disk.
pytestmark = pytest.mark.parametrize(
    "kind", [pytest.param("postgresql", marks=pytest.mark.postgresql)]
)

GONE_WITHIN = 8.0
_ASK = text("SELECT 1")


@dataclass(frozen=True)
class Scale:
    """How many write how much, and how long each share of slowness lasts."""

    people: int
    pieces: int
    lasts: float
    pause: float


LONG = Scale(people=30, pieces=40, lasts=60.0, pause=1.6)


@pytest.fixture
async def line(empty_database_url: str) -> AsyncIterator[SlowLine]:
    port = make_url(empty_database_url).port
    assert port is not None
    async with SlowLine(port, random.Random(5)) as line:
        yield line


def through(line: SlowLine, url: str) -> str:
    """The database's address by the slow line."""
    far = make_url(url).set(host="127.0.0.1", port=line.port)
    return far.render_as_string(hide_password=False)


@pytest.mark.chaos
@pytest.mark.timeout(900)
async def test_every_answer_comes_in_time_through_two_slow_minutes(
    stage: Stage, line: SlowLine
) -> None:
    used = seed()
    slowest, delayed = await _write_through(stage, line, LONG, random.Random(used))
    tell("F5", used, slowest=f"{slowest:.2f} s", delayed=delayed)


async def _write_through(
    stage: Stage, line: SlowLine, scale: Scale, dice: random.Random
) -> tuple[float, int]:
    everybody = writers(scale.people)
    settings = stage.settings(through(line, stage.database_url))
    async with running(settings, stage.folder, ["web", "web"]) as webs:
        stage.platform.url = webs[0].url
        await begin(stage.platform, stage.core, everybody, stage.country.class_code)

        def pause() -> float:
            return dice.uniform(0, 2 * scale.pause)

        def url() -> str:
            return dice.choice(webs).url

        writing = [
            asyncio.create_task(write(stage.platform, one, scale.pieces, pause, url))
            for one in everybody
        ]
        line.seconds = 6.0
        for share in (0.1, 1.0):
            line.share = share
            await asyncio.sleep(scale.lasts)
        delayed, line.share = line.delayed, 0.0
        await asyncio.gather(*writing)

        async def is_empty() -> bool:
            return not stage.spooled

        await until(is_empty)
    heard = [one for writer in everybody for one in writer.heard]
    assert {one.status for one in heard} == {200}
    assert max(one.seconds for one in heard) < HANGS_UP_AFTER
    assert delayed > 0
    assert any(not one.xml for one in heard), "nobody had to wait for the database"
    await wrote(stage.core, everybody)
    assert await taken_in(stage.core) == {"done": scale.people * (4 + scale.pieces)}
    return max(one.seconds for one in heard), delayed


@pytest.mark.chaos
async def test_a_process_whose_database_is_dead_ends_in_time(
    stage: Stage, line: SlowLine
) -> None:
    settings = stage.settings(through(line, stage.database_url))
    async with running(settings, stage.folder, ["web", "worker"]) as servers:
        stage.platform.url = servers[0].url
        [writer] = writers(1)
        await begin(stage.platform, stage.core, [writer], stage.country.class_code)
        line.die()
        writing = asyncio.create_task(write(stage.platform, writer, 1))
        await asyncio.sleep(0.5)
        endings = await asyncio.gather(*(server.stop() for server in servers))
        await writing
    assert [status for status, _ in endings] == [0, 0]
    assert max(seconds for _, seconds in endings) < GONE_WITHIN
    assert [one.status for one in writer.heard] == [200]
    assert len(stage.spooled) == 1


# ---- the same in small: a door that waits 0.8 s, a database 1.2 s late ----


@pytest.fixture
async def far(
    database_url: str, open_post: OpenPost
) -> AsyncIterator[tuple[Post, SlowLine]]:
    """A process behind a slow line, at whose door nobody waits for long."""
    port = make_url(database_url).port
    assert port is not None
    async with SlowLine(port, random.Random(5)) as line:
        post = open_post(url=through(line, database_url), patience=0.8)
        post.reception._patience = Patience(database=0.6, work=1.0)
        yield post, line


async def test_every_answer_comes_in_time_while_the_database_is_slow(
    far: tuple[Post, SlowLine], class_code: str
) -> None:
    post, line = far
    sentences = [f"第 {number} 句" for number in range(5)]
    senders = [f"甲{number}" for number in range(6)]
    for sender in senders:
        await post.begin(sender, class_code)
    took: list[float] = []

    async def speak(sender: str) -> None:
        for sentence in sentences:
            began = time.monotonic()
            await post.door.receive(letter(sender, sentence))
            took.append(time.monotonic() - began)

    line.seconds, line.share = 1.2, 0.1
    speaking = asyncio.gather(*(speak(sender) for sender in senders))
    await asyncio.sleep(0.5)
    line.share = 1.0
    await speaking
    slow, line.share = line.delayed, 0.0
    await post.door.close()
    await post.door.empty_spool()

    assert len(took) == len(sentences) * len(senders)
    assert max(took) < HANGS_UP_AFTER
    assert slow > 0
    assert post.metrics.text().count(b'xuntong_inbound_spooled_total{reason="late"}')
    for sender in senders:
        assert list(await post.pieces(sender)) == sentences
    assert {state for state, _ in (await post.inbox()).values()} == {"done"}


async def test_a_line_that_goes_dead_in_the_middle_holds_nobody_up_afterwards(
    far: tuple[Post, SlowLine],
) -> None:
    post, line = far
    await post.door.process(letter("前", "你好"))
    letters = [letter(f"甲{number}", "你好") for number in range(12)]
    line.die()

    assert set(await together(post, letters)) == {b""}
    assert len(list(post.spool.waiting())) == len(letters)
    pool = post.database.engine.pool
    assert isinstance(pool, QueuePool)
    assert pool.checkedout() < pool.size()

    line.revive()
    await post.door.close()
    await post.door.empty_spool()

    assert list(post.spool.waiting()) == []
    assert set((await post.inbox()).values()) == {("done", 0)}
    assert (await post.door.process(letter("后", "你好"))).remembered


async def test_a_transaction_tells_a_slow_database_from_its_own_standstill(
    far: tuple[Post, SlowLine],
) -> None:
    post, line = far
    patience = Patience(database=0.2, work=0.1)
    database: Database = post.database
    never = asyncio.Event()
    with pytest.raises(StuckError):
        async with database.transaction(patience):
            await never.wait()
    await post.door.process(letter("前", "你好"))
    line.die()
    with pytest.raises(SlowError):
        async with database.transaction(patience) as uow:
            await uow.execute(_ASK)
    line.revive()
    assert (await post.door.process(letter("后", "你好"))).remembered


async def test_no_statement_and_no_wait_for_a_connection_is_endless(
    database: Database,
) -> None:
    async with database.reading() as uow:
        shown = {
            name: (await uow.execute(text(f"SHOW {name}"))).scalar_one()
            for name in ("idle_in_transaction_session_timeout", "tcp_keepalives_idle")
        }
        raw = await uow.connection.get_raw_connection()
        driver = raw.driver_connection
        assert driver is not None
        assert driver._config.command_timeout == 120
    assert shown["idle_in_transaction_session_timeout"] == "1min"
    assert shown["tcp_keepalives_idle"] == "10"
    pool = database.engine.pool
    assert isinstance(pool, QueuePool)
    assert pool.timeout() == 2
