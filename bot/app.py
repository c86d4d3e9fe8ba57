"""The service, running: what it is made of in each role, and how it stops.

``web`` answers callbacks, ``worker`` sends and schedules, ``all`` is both in
one process. Pushes to a web chat leave from the process that holds its
connection.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import gc
import os
import signal
import socket
import time
from collections.abc import Coroutine, Sequence
from contextlib import AsyncExitStack
from datetime import datetime
from pathlib import Path
from typing import Any

import aiohttp
import msgspec
import structlog
from aiohttp import web

from bot import assembly, timekeeping
from bot.actions.inbound import Reception, UnavailableError
from bot.actions.writes import Writes
from bot.channels.official_account.client import OfficialAccountClient
from bot.channels.webchat.hub import Hub
from bot.channels.webchat.routes import SamplePerson
from bot.channels.wecom.client import WeComClient
from bot.clock import MovableClock
from bot.core import Core, make_core
from bot.door import InboundDoor
from bot.errors import SchemaError
from bot.jobs.beat import Beat, Tick
from bot.jobs.journal import Journal
from bot.jobs.relay import Relay
from bot.jobs.workshop import Workshop
from bot.metrics import Metrics
from bot.pages.demo_clock import demo_clock_routes
from bot.pages.protection import protect
from bot.port import Port
from bot.ports import Envelope, PlannedChannel
from bot.saving import Saving, disk_of
from bot.settings import Settings
from bot.spool import Spool
from storage.errors import SchemaMismatchError
from storage.migrate import require_current

_log = structlog.get_logger()

_LARGEST_REQUEST = 12 * 1024 * 1024
_STOP_WITHIN = 5.0
"""Seconds to finish what is in hand; within three more the process is gone."""

_GIVE_BACK_WITHIN = 1.5


class Demo(msgspec.Struct, frozen=True):
    """What only the demo has: persons to be, and a clock that can be moved."""

    persons: Sequence[SamplePerson]
    clock: MovableClock


class Service:
    """One process of the service."""

    def __init__(self, core: Core, role: str, demo: Demo | None = None) -> None:
        self._core = core
        self._answers = role in ("all", "web")
        self._works = role in ("all", "worker")
        self._demo = demo
        self._metrics = Metrics()
        self._hub = Hub()
        self._spool = Spool(Path(core.settings.spool_dir), core.vault)
        self._reception = Reception(
            core.database,
            core.house,
            core.clock,
            self._on_commit,
            self._metrics.put_by,
        )
        self._saving = Saving(self._metrics)
        self._disk = disk_of(
            core.settings, core.database.folder, self._saving, self._metrics
        )
        self._door = InboundDoor(
            self._reception,
            self._spool,
            self._metrics,
            drainers=1 if core.database.dialect == "sqlite" else 2,
            saving=self._saving,
        )
        self._port: Port | None = None
        self._client: OfficialAccountClient | None = None
        self._wecom: WeComClient | None = None
        self._bot: assembly.WeComBot | None = None
        self._relay: Relay | None = None
        self._workshop: Workshop | None = None
        self._beat: Beat | None = None
        self._running: list[asyncio.Task[None]] = []
        self._closing = AsyncExitStack()

    async def start(self) -> None:
        """Open the doors and begin to work.

        Raises:
            SchemaError: the database is not at the newest schema.
            SettingsError: the spool's folder cannot be written.
            PortError: the port cannot be opened.
        """
        try:
            await require_current(self._core.database)
        except SchemaMismatchError as error:
            raise SchemaError(error.found, error.newest) from None
        self._spool.prepare()
        self._disk.look()
        await self._connect_official_account()
        await self._connect_wecom()
        await self._open_port()
        relay = self._start_relay(await self._make_channels())
        if self._bot is not None:
            self._run(self._bot.keeper.run())
        if self._works:
            self._start_workshop(relay)
        self._beat = Beat(self._ticks())
        self._beat.start()
        self._run(self._empty_spool())
        # What was made so far lives as long as the process: no collection need
        # look at it again.
        gc.collect()
        gc.freeze()

    async def run(self) -> None:
        """Work until the process is told to stop (SIGTERM, SIGINT)."""
        stop = asyncio.Event()
        loop = asyncio.get_running_loop()
        for number in (signal.SIGTERM, signal.SIGINT):
            loop.add_signal_handler(number, stop.set)
        await stop.wait()

    async def stop(self) -> bool:
        """Take in nothing more, finish what is in hand, give the rest back.

        False when something is still in hand: a thread that draws, a database
        that does not answer.
        """
        done = await _within(_STOP_WITHIN, self._finish())
        if not done:
            _log.warning("stopped_before_all_was_done")
        for task in self._running:
            task.cancel()
        return await _within(_GIVE_BACK_WITHIN, self._give_back()) and done

    async def _finish(self) -> None:
        endings: list[Coroutine[Any, Any, None]] = []
        if self._beat is not None:
            endings.append(self._beat.stop())
        if self._port is not None:
            endings.append(self._port.close())
        if self._relay is not None:
            endings.append(self._relay.stop())
        if self._workshop is not None:
            endings.append(self._workshop.stop())
        if self._bot is not None:
            endings.append(self._bot.stop())
        await asyncio.gather(*endings)
        await self._door.close()

    async def _give_back(self) -> None:
        await asyncio.gather(*self._running, return_exceptions=True)
        if self._workshop is not None:
            with contextlib.suppress(Exception):
                await self._workshop.give_back()
        await self._closing.aclose()
        await self._core.database.close()

    # What it is made of

    async def _connect_wecom(self) -> None:
        """The app's API: to send by, and to change a card whose answer was late."""
        if self._core.settings.wecom.corp_id:
            http = await self._closing.enter_async_context(aiohttp.ClientSession())
            self._wecom = assembly.wecom_client(self._core, http)

    async def _connect_official_account(self) -> None:
        if self._core.settings.official_account.app_id:
            http = await self._closing.enter_async_context(aiohttp.ClientSession())
            self._client = assembly.official_account_client(self._core, http)

    async def _make_channels(self) -> list[PlannedChannel]:
        """What this process sends through."""
        channels: list[PlannedChannel] = []
        settings = self._core.settings
        if self._works and self._client is not None:
            channels.append(assembly.official_account_channel(self._core, self._client))
        if self._works and self._wecom is not None:
            channels.append(assembly.wecom_channel(self._core, self._wecom))
        if self._answers and settings.webchat.enabled:
            channels.append(assembly.web_chat_channel(self._core, self._hub))
        if settings.wecom.bot_id:
            http = await self._closing.enter_async_context(aiohttp.ClientSession())
            self._bot = assembly.wecom_bot(
                self._core,
                http,
                self._receive,
                self._reception.push_late,
                self._metrics,
            )
            channels.append(self._bot.channel)
        return channels

    def _start_relay(self, channels: Sequence[PlannedChannel]) -> Relay:
        name = _process_name()
        self._relay = Relay(
            self._core.database,
            channels,
            planner=assembly.reach_planner(self._core, channels, self._metrics),
            clock=self._core.clock,
            owner=name,
            metrics=self._metrics,
            journal=Journal(Path(self._core.settings.spool_dir) / "journal", name),
        )
        self._run(self._relay.run())
        return self._relay

    def _ticks(self) -> list[Tick]:
        """What this process looks at again and again."""
        ticks = [
            Tick("spool", 2, self._empty_spool),
            Tick("disk", 60, self._look_at_disk),
        ]
        if not self._works:
            return ticks
        if self._client is not None:
            ticks += assembly.official_account_ticks(self._core, self._client)
        if self._wecom is not None:
            ticks += assembly.wecom_ticks(self._wecom)
        return ticks + timekeeping.ticks(self._core)

    def _start_workshop(self, relay: Relay) -> None:
        self._workshop = Workshop(
            self._core.database,
            assembly.tasks(self._core, self._client, self._wecom),
            self._process,
            self._core.clock,
            _process_name(),
            on_push=relay.wake,
        )
        self._run(self._workshop.run())

    async def _open_port(self) -> None:
        settings = self._core.settings
        app = web.Application(client_max_size=_LARGEST_REQUEST)
        app.add_routes(self._routes())
        app.on_shutdown.append(self._hub.close)
        protect(app)
        self._port = Port(app, settings.host, settings.port)
        await self._port.open()

    def _routes(self) -> list[web.RouteDef]:
        """The callback first: routes are tried in their order."""
        core = self._core
        routes: list[web.RouteDef] = []
        if self._answers and core.settings.official_account.app_id:
            routes += assembly.official_account_callbacks(core, self._receive)
        if self._answers and self._client is not None:
            routes += assembly.subscribe_page(core, self._client)
        if self._answers and self._wecom is not None:
            routes += assembly.wecom_callbacks(core, self._receive, self._wecom)
        if self._answers and core.settings.webchat.enabled:
            routes += assembly.web_chat(
                core,
                self._process,
                self._hub,
                persons=self._demo.persons if self._demo else (),
                movable_clock=self._demo is not None,
            ).routes()
        if self._answers:
            routes += assembly.public_pages(core)
        if self._demo is not None:
            routes += demo_clock_routes(self._demo.clock, self._advance)
        return routes + assembly.watch_pages(core, self._metrics)

    # What it does

    def _run(self, work: Coroutine[Any, Any, None]) -> None:
        self._running.append(asyncio.get_running_loop().create_task(work))

    def _on_commit(self, writes: Writes) -> None:
        if writes.pushes and self._relay is not None:
            self._relay.wake()
        if writes.jobs and self._workshop is not None:
            self._workshop.wake()
        for address in writes.forgotten:
            self._run(asyncio.to_thread(self._spool.erase, address))

    async def _receive(self, envelope: Envelope) -> bytes:
        """Take a message in for a platform that waits a few seconds."""
        began = time.perf_counter()
        remembered = await self._door.receive(envelope)
        self._metrics.received(envelope.channel, time.perf_counter() - began)
        return remembered

    async def _process(self, envelope: Envelope) -> bytes:
        """Take a message in for somebody who waits as long as it needs."""
        began = time.perf_counter()
        remembered = (await self._door.process(envelope)).remembered
        self._metrics.received(envelope.channel, time.perf_counter() - began)
        return remembered

    async def _empty_spool(self) -> None:
        """Take in what was acknowledged while the database was away."""
        if self._saving.shut:
            # Nobody shall be sent away for longer than there is a reason.
            await asyncio.to_thread(self._disk.look)
        with contextlib.suppress(UnavailableError):
            await self._door.empty_spool()

    async def _look_at_disk(self) -> None:
        """See whether there is room, and how much waits on disk."""
        await asyncio.to_thread(self._disk.look)
        self._metrics.in_spool(await asyncio.to_thread(self._spool.count))

    async def _advance(self, until: datetime) -> None:
        """Live through the time until a moment; all that falls due is sent."""
        assert self._demo is not None  # noqa: S101 -- only the demo's routes lead here
        clock = self._demo.clock
        await timekeeping.live_through(self._core, clock, until, self._look)
        await assembly.keep_demo_clock(self._core, clock)

    async def _look(self) -> None:
        """Do once all that is due, and send what came of it."""
        if self._beat is not None:
            await self._beat.run_all()
        if self._workshop is not None:
            await self._workshop.work_off()
        if self._relay is not None:
            await self._relay.drain()


async def serve(settings: Settings, options: argparse.Namespace) -> None:
    """Run the service until it is told to stop."""
    core = make_core(settings)
    service = Service(core, options.role)
    try:
        await service.start()
        _log.info("serving", role=options.role, port=settings.port)
        await service.run()
    finally:
        done = await service.stop()
    if not done:
        # Nothing of ours waits for a thread that is left: it ends with us.
        os._exit(0)


async def _within(seconds: float, work: Coroutine[Any, Any, None]) -> bool:
    """True iff it was done in time."""
    try:
        async with asyncio.timeout(seconds):
            await work
    except TimeoutError:
        return False
    return True


def _process_name() -> str:
    """Who holds a lease: this process on this machine."""
    return f"{socket.gethostname()}:{os.getpid()}:{os.urandom(4).hex()}"
