"""F13 on a real disk that is small: filled again and again while people write.

Only whoever may mount a file system can have one; ``test_f13_disk_full`` shows
the same by SQLite's own limit.
"""

from __future__ import annotations

import asyncio
import errno
import random
import sqlite3
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.chaos.waiting import until
from tests.faults.callback import HANGS_UP_AFTER, Heard, fresh_id
from tests.faults.cluster import running
from tests.faults.conftest import Stage, staged
from tests.faults.seeds import seed, tell
from tests.faults.test_f13_disk_full import REFUSAL
from tests.faults.writers import MOST_PIECES, Writer, begin, writers, wrote

pytestmark = [pytest.mark.chaos, pytest.mark.timeout(600)]

ROUNDS = 20
_KEPT = "收到"


@pytest.fixture
def disk(tmp_path: Path) -> Iterator[Path]:
    """A disk of 50 MB."""
    folder = tmp_path / "disk"
    folder.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", "size=50m", "tmpfs", str(folder)]
    if subprocess.run(mount, capture_output=True, check=False).returncode:
        pytest.skip("may not mount a file system")
    yield folder
    subprocess.run(["umount", "--lazy", str(folder)], check=True)


async def test_a_disk_filled_twenty_times_loses_nothing_that_was_acknowledged(
    disk: Path,
) -> None:
    used = seed()
    dice = random.Random(used)
    everybody = writers(12)
    async with staged(f"sqlite+aiosqlite:///{disk}/test.db", disk) as stage:
        settings = stage.settings() | {"XUNTONG_MIN_FREE_MB": "1"}
        async with running(settings, disk.parent, ["web"]) as [web]:
            stage.platform.url = web.url
            await begin(stage.platform, stage.core, everybody, stage.country.class_code)
            over = asyncio.Event()
            talking = [
                asyncio.create_task(_talk(stage, one, over)) for one in everybody
            ]
            for _ in range(ROUNDS):
                await asyncio.sleep(dice.uniform(0.2, 0.5))
                await asyncio.to_thread(_fill, disk / "ballast")
                await asyncio.sleep(dice.uniform(0.5, 1.0))
                (disk / "ballast").unlink()
            over.set()
            await asyncio.gather(*talking)
            # It goes on by itself.
            await until(lambda: _can_save(stage), every=0.5)
            later = [await _say(stage, one) for one in everybody]
        assert all(_KEPT in one.shown for one in later)
        await wrote(stage.core, everybody)
        heard = [one for writer in everybody for one in writer.heard]
        refused = sum(REFUSAL in one.shown for one in heard)
        assert {one.status for one in heard} == {200}
        assert refused > 0, "the disk was never full"
        assert max(one.seconds for one in heard) < HANGS_UP_AFTER
        assert _is_whole(disk / "test.db")
        tell("F13 on a small disk", used, said=len(heard), refused=refused)


async def _can_save(stage: Stage) -> bool:
    """True iff a stranger is not told that nothing can be saved."""
    heard = await stage.platform.deliver(
        "oStranger0000000000000000001", "菜单", fresh_id()
    )
    return heard.status == 200 and REFUSAL not in heard.shown


def _is_whole(database: Path) -> bool:
    connection = sqlite3.connect(database)
    (said,) = connection.execute("PRAGMA integrity_check").fetchone()
    connection.close()
    return bool(said == "ok")


def _fill(ballast: Path) -> None:
    """Write until nothing more fits."""
    with ballast.open("wb", buffering=0) as file:
        try:
            while True:
                file.write(bytes(4096))
        except OSError as full:
            if full.errno != errno.ENOSPC:
                raise


async def _talk(stage: Stage, writer: Writer, over: asyncio.Event) -> None:
    while not over.is_set() and len(writer.pieces) < MOST_PIECES:
        await _say(stage, writer)
        await asyncio.sleep(0.4)


async def _say(stage: Stage, writer: Writer) -> Heard:
    """One more piece; it counts unless they were told that it was not kept."""
    text = f"第 {len(writer.heard) + 1} 句"
    heard = await stage.platform.deliver(writer.openid, text, fresh_id())
    writer.heard.append(heard)
    if REFUSAL not in heard.shown:
        writer.pieces.append(text)
    return heard
