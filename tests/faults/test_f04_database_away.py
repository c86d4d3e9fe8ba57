"""F4: PostgreSQL is stopped, and restarted as by a crash, while people write.

Every callback is answered in time and processed once, in its order; none fails.
"""

from __future__ import annotations

import asyncio
import os
import random
import time
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from bot.errors import SettingsError
from bot.spool import Spool, SpoolFullError
from storage.crypto import Vault
from tests.chaos.waiting import until
from tests.door.post import letter
from tests.faults.callback import HANGS_UP_AFTER
from tests.faults.cluster import running
from tests.faults.conftest import Stage, staged
from tests.faults.seeds import seed, tell
from tests.faults.writers import begin, taken_in, write, writers, wrote
from tests.postgres import PostgresServer

DRAINED_WITHIN = 30.0


@dataclass(frozen=True)
class Scale:
    """How many write how much, for how long, and how long the server is away."""

    people: int
    pieces: int
    restarts: int
    between: tuple[float, float]
    away: float
    pause: float


SHORT = Scale(
    people=20, pieces=10, restarts=1, between=(0.2, 0.5), away=3.0, pause=0.45
)
LONG = Scale(people=60, pieces=50, restarts=8, between=(2.0, 9.0), away=60.0, pause=2.6)


@pytest.fixture
async def server() -> AsyncIterator[PostgresServer]:
    """A server that keeps what it committed, whatever is done to it."""
    with PostgresServer(durable=True) as server:
        server.execute("CREATE DATABASE away")
        yield server


@pytest.fixture
async def stage(server: PostgresServer, tmp_path: Path) -> AsyncIterator[Stage]:
    async with staged(server.url("away"), tmp_path) as made:
        yield made


@pytest.mark.postgresql
async def test_what_is_said_while_postgresql_is_away_is_taken_in_once(
    stage: Stage, server: PostgresServer
) -> None:
    await _write_through(stage, server, SHORT, random.Random(4))


@pytest.mark.postgresql
@pytest.mark.chaos
@pytest.mark.timeout(900)
async def test_three_thousand_callbacks_through_a_minute_without_postgresql(
    stage: Stage, server: PostgresServer
) -> None:
    used = seed()
    seconds, slowest, on_disk = await _write_through(
        stage, server, LONG, random.Random(used)
    )
    tell("F4", used, drained=f"{seconds:.1f} s", slowest=slowest, on_disk=on_disk)


async def _write_through(
    stage: Stage, server: PostgresServer, scale: Scale, dice: random.Random
) -> tuple[float, float, int]:
    """How long it took to take in what lay on disk, the slowest answer, how much lay."""
    everybody = writers(scale.people)
    async with running(stage.settings(), stage.folder, ["web", "web"]) as webs:
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
        most = await _take_away(stage, server, scale, dice)
        seconds = await _drained(stage)
        await asyncio.gather(*writing)
        await _drained(stage)
    heard = [one for writer in everybody for one in writer.heard]
    assert {one.status for one in heard} == {200}
    slowest = max(one.seconds for one in heard)
    assert slowest < HANGS_UP_AFTER
    assert most > 0, "nothing had to be put on disk"
    assert any(not one.xml for one in heard)
    assert seconds < DRAINED_WITHIN
    await wrote(stage.core, everybody)
    assert await taken_in(stage.core) == {"done": scale.people * (4 + scale.pieces)}
    return seconds, round(slowest, 2), most


async def _take_away(
    stage: Stage, server: PostgresServer, scale: Scale, dice: random.Random
) -> int:
    """Crash and restart the server, and once leave it away; the most that lay on disk."""
    for _ in range(scale.restarts):
        await asyncio.sleep(dice.uniform(*scale.between))
        await asyncio.to_thread(server.stop, hard=True)
        await asyncio.to_thread(server.start)
    await asyncio.to_thread(server.stop)
    await asyncio.sleep(scale.away)
    most = len(stage.spooled)
    assert 'xuntong_cannot_save{reason="away"} 1.0' in await _metrics(stage)
    await asyncio.to_thread(server.start)
    return most


async def _metrics(stage: Stage) -> str:
    """What the operator can see meanwhile."""
    url = f"{stage.platform.url}/metrics"
    async with stage.platform.session.get(url) as response:
        assert response.status == 200
        return await response.text()


async def _drained(stage: Stage) -> float:
    """Wait until nothing lies on disk; how many seconds that took."""
    began = time.monotonic()

    async def is_empty() -> bool:
        return not stage.spooled

    await until(is_empty)
    return time.monotonic() - began


# ---- the spool's own limits ----


async def test_a_full_spool_refuses_what_does_not_fit_and_takes_it_later(
    tmp_path: Path, vault: Vault
) -> None:
    spool = Spool(tmp_path / "spool", vault, limit=3 * 4096)
    spool.prepare()
    letters = [letter(f"甲{number}", "你好") for number in range(4)]
    for one in letters[:3]:
        await spool.keep(one)
    with pytest.raises(SpoolFullError):
        await spool.keep(letters[3])
    assert not spool.holds_of(letters[3])
    await spool.forget(letters[0])
    await spool.keep(letters[3])
    assert {kept.envelope.address for kept in spool.waiting()} == {"甲1", "甲2", "甲3"}


async def test_a_spool_that_cannot_be_written_stops_the_start_with_one_line(
    tmp_path: Path, vault: Vault
) -> None:
    (tmp_path / "spool").write_text("in the way")
    with pytest.raises(SettingsError) as raised:
        Spool(tmp_path / "spool", vault).prepare()
    assert str(raised.value).splitlines() == [
        f"XUNTONG_SPOOL_DIR: {tmp_path / 'spool'} cannot be written: File exists"
    ]


async def test_processes_of_a_machine_see_whose_messages_wait(
    tmp_path: Path, vault: Vault
) -> None:
    one, other = (Spool(tmp_path / "spool", vault) for _ in range(2))
    one.prepare()
    other.prepare()
    first, second = letter("甲", "一"), letter("甲", "二")
    assert not other.holds_of(first)
    await one.keep(first)
    assert other.holds_of(second)
    assert not other.holds_of(letter("乙", "一"))
    await other.keep(second)
    assert [kept.envelope.inbound.text for kept in one.waiting(first)] == ["一", "二"]
    await other.forget(first)
    await other.forget(second)
    assert not one.holds_of(second)


async def test_what_an_earlier_release_left_on_disk_is_taken_over_in_its_order(
    tmp_path: Path, vault: Vault
) -> None:
    folder = tmp_path / "spool"
    spool = Spool(folder, vault)
    spool.prepare()
    texts = ["一", "二", "三"]
    for text in texts:
        await spool.keep(letter("甲", text))
    for place, path in enumerate(sorted(folder.rglob("*.msg"))):
        flat = folder / f"{path.parent.name}-{path.name.partition('-')[2]}"
        path.rename(flat)
        os.utime(flat, (place, place))
    next(one for one in folder.iterdir() if one.is_dir()).rmdir()

    heir = Spool(folder, vault)
    heir.prepare()

    assert [kept.envelope.inbound.text for kept in heir.waiting()] == texts
