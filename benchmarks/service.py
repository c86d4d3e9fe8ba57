"""The service under measurement: its data, and its process."""

from __future__ import annotations

import os
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path

from benchmarks.load import AES_KEY, APP_ID, TOKEN
from bot.actions.classes import ClassPlan, create_class
from bot.clock import SystemClock, civil
from bot.core import make_core
from bot.settings import Settings, read_settings
from storage import organisations
from storage.migrate import upgrade

_PREFIX = "XUNTONG_OFFICIAL_ACCOUNT__"


def environment(database_url: str, port: int, folder: Path) -> dict[str, str]:
    """What the service is started with; its outbound calls lead nowhere."""
    return {
        "XUNTONG_DATABASE_URL": database_url,
        "XUNTONG_SECRET_KEYS": "a secret for measuring only",
        "XUNTONG_PORT": str(port),
        "XUNTONG_SPOOL_DIR": str(folder / "spool"),
        _PREFIX + "APP_ID": APP_ID,
        _PREFIX + "APP_SECRET": "secret",
        _PREFIX + "TOKEN": TOKEN,
        _PREFIX + "ENCODING_AES_KEY": AES_KEY,
        _PREFIX + "API_BASE_URL": "http://127.0.0.1:9",
    }


async def prepare(settings: Settings) -> str:
    """A migrated database with one class that takes applications; its code."""
    core = make_core(settings)
    await upgrade(core.database)
    now = SystemClock().now()
    async with core.database.transaction() as uow:
        nation = await organisations.create_scope(
            uow, id="nation", kind="nation", name="部指导中心"
        )
        province = await organisations.create_scope(
            uow, id="p1", kind="province", name="云泽省", parent=nation
        )
        await organisations.create_institution(
            uow,
            id="i1",
            province=province,
            name="云泽技师学院",
            kind="教师培训基地",
            approved=[("机械类", "二级")],
        )
        institution = await organisations.scope(uow, scope_id="i1")
        assert institution is not None
        plan = ClassPlan(
            title="数控加工二级班",
            level="二级",
            major="机械类",
            opens_on=civil(now) + timedelta(days=60),
            state="recruiting",
        )
        row = await create_class(
            uow, core.house, plan, institution=institution, now=now
        )
        await uow.commit()
    await core.database.close()
    return row.code


def settings_of(named: dict[str, str]) -> Settings:
    """The settings that an environment means."""
    return read_settings(named, Path("/nonexistent"))


@contextmanager
def running(
    command: list[str], port: int, named: dict[str, str], *, core: int
) -> Iterator[int]:
    """A server process on one processor core, until the block ends; its pid."""
    process = subprocess.Popen(
        ["taskset", "-c", str(core), *command],
        env={**os.environ, **named},
        stderr=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
    )
    try:
        _wait_for(port, process)
        yield process.pid
    finally:
        process.terminate()
        process.wait(timeout=30)


def _wait_for(port: int, process: subprocess.Popen[bytes]) -> None:
    for _ in range(200):
        try:
            urllib.request.urlopen(f"http://127.0.0.1:{port}/", timeout=1).close()
        except urllib.error.HTTPError:
            return
        except OSError:
            if process.poll() is not None:
                raise RuntimeError(f"{process.args} ended at once") from None
            time.sleep(0.1)
        else:
            return
    raise RuntimeError(f"nothing answers on port {port}")


SERVICE = [sys.executable, "-m", "bot", "serve", "--role", "web"]
