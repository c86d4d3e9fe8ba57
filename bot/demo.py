"""``xuntong demo``: the web chat with sample data, on a clock that can be moved.

Everything it keeps lies in ``var/demo``: the database, the spool, the key that
seals it, and what ``demo-data`` would have printed.
"""

from __future__ import annotations

import argparse
import asyncio
import os
import secrets
import shutil
import socket
from pathlib import Path

import msgspec

from bot.app import Demo, Service
from bot.clock import MovableClock
from bot.core import Core, make_core
from bot.demo_data import Filled, fill, load_sample, sample_persons
from bot.errors import PortError, SchemaError
from bot.settings import Settings, WebChat
from storage import demo_clock, migrate
from storage.contents import is_empty
from storage.errors import SchemaMismatchError

FOLDER = Path("var/demo")
_EVERYWHERE = {"0.0.0.0": "127.0.0.1", "::": "[::1]"}  # noqa: S104 -- compared with, not bound to


async def demo(settings: Settings, options: argparse.Namespace) -> None:
    """Serve the web chat with sample data until told to stop.

    Raises:
        PortError: the port is in use.
    """
    port = options.port or settings.port
    _demand_free_port(settings.host, port)
    if options.reset:
        await asyncio.to_thread(shutil.rmtree, FOLDER, ignore_errors=True)
    clock = MovableClock()
    core = make_core(await asyncio.to_thread(_demo_settings, settings, port), clock)
    try:
        await _prepare(core, clock)
    except BaseException:
        await core.database.close()
        raise
    await _serve(core, clock)


def _demand_free_port(host: str, port: int) -> None:
    """Refuse a port in use before anything is changed."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family) as trial:
        trial.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            trial.bind((host, port))
        except OSError as error:
            raise PortError(host, port, error.strerror) from None


def _demo_settings(settings: Settings, port: int) -> Settings:
    """Settings of the demo: of the operator's only host and contact are kept."""
    FOLDER.mkdir(parents=True, exist_ok=True)
    shown = _EVERYWHERE.get(settings.host, settings.host)
    return Settings(
        database_url=f"sqlite+aiosqlite:///{FOLDER}/xuntong.db",
        host=settings.host,
        port=port,
        public_url=f"http://{shown}:{port}",
        secret_keys=(_secret(FOLDER / "secret.key"),),
        webchat=WebChat(enabled=True),
        spool_dir=str(FOLDER / "spool"),
        operator_contact=settings.operator_contact or load_sample().centre.contact,
    )


def _secret(path: Path) -> str:
    """The demo's key: made once, readable by its owner only."""
    if path.is_file():
        return path.read_text(encoding="ascii").strip()
    secret = secrets.token_urlsafe(32)
    _write_private(path, secret.encode())
    return secret


def _write_private(path: Path, content: bytes) -> None:
    """Write a whole file that only its owner reads, or none."""
    draft = path.with_suffix(".new")
    draft.unlink(missing_ok=True)
    handle = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(handle, "wb") as file:
        file.write(content)
    draft.replace(path)


async def _prepare(core: Core, clock: MovableClock) -> None:
    """Migrate, go on from where the clock was, and fill what is empty."""
    await migrate.upgrade(core.database)
    async with core.database.reading() as uow:
        clock.ahead = await demo_clock.ahead(uow)
        empty = await is_empty(uow)
    if empty:
        filled = await fill(core, clock.now())
        await asyncio.to_thread(
            _write_private, FOLDER / "demo-data.json", msgspec.json.encode(filled)
        )


async def _serve(core: Core, clock: MovableClock) -> None:
    service = Service(core, "all", Demo(persons=sample_persons(), clock=clock))
    try:
        await service.start()
        _say(f"The web chat is at {core.settings.public_url}/ (Ctrl-C stops it)")
        await service.run()
    finally:
        await service.stop()


async def demo_data(settings: Settings, _options: argparse.Namespace) -> None:
    """Fill the configured database with the sample data and print what it holds.

    Raises:
        SchemaError: the database is not migrated.
        NotEmptyError: something is kept there already.
    """
    core = make_core(settings)
    try:
        await _demand_current(core)
        filled: Filled = await fill(core, core.clock.now())
    finally:
        await core.database.close()
    _say(msgspec.json.encode(filled).decode())


async def _demand_current(core: Core) -> None:
    try:
        await migrate.require_current(core.database)
    except SchemaMismatchError as error:
        raise SchemaError(error.found, error.newest) from None


def _say(text: str) -> None:
    print(text, flush=True)  # noqa: T201 -- what the operator reads
