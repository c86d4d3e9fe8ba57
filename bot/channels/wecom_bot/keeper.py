"""Keeps the bot's connection, in one of all processes at a time.

A lease in the database says which. Its holder stays connected: after a lost
connection it comes back soon, with growing pauses; where the platform refuses
the bot's credentials, or another program takes the bot over, it leaves the
platform alone for long, because only a person can help.
"""

from __future__ import annotations

import asyncio
import enum
import random
from collections.abc import Callable

import aiohttp
import msgspec
import structlog

from bot.channels.transport import ApiError, RefusedError
from bot.channels.wecom_bot import CHANNEL, frames
from bot.channels.wecom_bot.connection import (
    MAX_FRAME,
    Connection,
    Pulse,
    ReplacedError,
    Take,
)
from bot.channels.wecom_bot.errors import reason, rule_for
from bot.clock import Clock
from bot.metrics import Metrics
from bot.settings import WeCom
from storage import holders
from storage.database import Database

_log = structlog.get_logger(__name__)

_CONNECT_WITHIN = 10.0
_STEADY = 60.0


class Pace(msgspec.Struct, frozen=True):
    """Seconds: how often it is looked, how long it is waited.

    ``soon`` and ``late`` are the first and the longest pause after a lost
    connection; ``long`` and ``longest`` those after a refusal or a takeover.
    """

    lease: float = 30.0
    look: float = 5.0
    soon: float = 1.0
    late: float = 60.0
    long: float = 600.0
    longest: float = 3600.0
    pulse: Pulse = Pulse()


class End(enum.Enum):
    """How an attempt to stay connected ended."""

    LOST = "lost"
    REFUSED = "refused"
    REPLACED = "replaced"


class Ended(msgspec.Struct, frozen=True):
    """An attempt to stay connected is over, and why."""

    end: End
    why: str = ""


class _GivenUpError(Exception):
    """Another process holds the lease now."""


class Keeper:
    """Runs as long as the process; ``connection`` is the bot's while we have it."""

    def __init__(
        self,
        settings: WeCom,
        http: aiohttp.ClientSession,
        database: Database,
        clock: Clock,
        *,
        take: Take,
        new_id: Callable[[], str],
        metrics: Metrics,
        pace: Pace | None = None,
    ) -> None:
        self._settings = settings
        self._http = http
        self._database = database
        self._clock = clock
        self._take = take
        self._new_id = new_id
        self._metrics = metrics
        self._pace = pace or Pace()
        self._lease = f"{CHANNEL}:{settings.bot_id}"
        self._generation: int | None = None
        self._told: End | None = None
        self._running: asyncio.Task[None] | None = None
        self.connection: Connection | None = None

    async def run(self) -> None:
        """Hold the lease when it is free, and stay connected while we hold it."""
        self._running = asyncio.current_task()
        while True:
            if await self._take_lease():
                try:
                    await self._hold()
                finally:
                    await self._give_up()
            await asyncio.sleep(self._pace.look)

    async def stop(self) -> None:
        """End ``run``: the connection is closed, another process may have it."""
        if self._running is not None:
            self._running.cancel()
            await asyncio.gather(self._running, return_exceptions=True)

    # The lease

    async def _take_lease(self) -> bool:
        try:
            async with self._database.transaction() as uow:
                self._generation = await holders.take(
                    uow,
                    name=self._lease,
                    now=self._clock.real(),
                    seconds=self._pace.lease,
                )
                await uow.commit()
        except Exception as error:  # noqa: BLE001 -- the keeper outlives a database that is away
            self._generation = None
            _log.warning("wecom_bot_lease_unknown", error=type(error).__name__)
        return self._generation is not None

    async def _hold(self) -> None:
        keeping = asyncio.get_running_loop().create_task(self._keep_lease())
        staying = asyncio.get_running_loop().create_task(self._stay())
        try:
            await asyncio.wait({keeping, staying}, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for task in (keeping, staying):
                task.cancel()
            ended = await asyncio.gather(keeping, staying, return_exceptions=True)
        for problem in ended:
            if isinstance(problem, _GivenUpError):
                self._generation = None
                _log.warning("wecom_bot_passed_on")
            elif isinstance(problem, Exception):
                _log.error("wecom_bot_failed", error=type(problem).__name__)

    async def _keep_lease(self) -> None:
        while True:
            await asyncio.sleep(self._pace.lease / 3)
            await self._renew()

    async def _renew(self) -> None:
        """Keep the lease; a database that is away can have given it to nobody else.

        Raises:
            _GivenUpError: another process has it.
        """
        generation = self._generation
        if generation is None:
            raise _GivenUpError
        try:
            async with self._database.transaction() as uow:
                ours = await holders.keep(
                    uow,
                    name=self._lease,
                    generation=generation,
                    now=self._clock.real(),
                    seconds=self._pace.lease,
                )
                await uow.commit()
        except Exception as error:  # noqa: BLE001 -- the connection outlives a database that is away
            _log.warning("wecom_bot_lease_unknown", error=type(error).__name__)
            return
        if not ours:
            raise _GivenUpError

    async def _give_up(self) -> None:
        """Let another process have it at once."""
        generation, self._generation = self._generation, None
        if generation is None:
            return
        try:
            async with self._database.transaction() as uow:
                await holders.give_up(uow, name=self._lease, generation=generation)
                await uow.commit()
        except Exception as error:  # noqa: BLE001 -- then it runs out by itself
            _log.warning("wecom_bot_lease_unknown", error=type(error).__name__)

    # The connection

    async def _stay(self) -> None:
        failures = 0
        while True:
            began = asyncio.get_running_loop().time()
            ended = await self._connect()
            steady = asyncio.get_running_loop().time() - began >= _STEADY
            failures = 1 if steady else failures + 1
            self._tell(ended)
            if ended.end is End.REPLACED:
                # One of ours may have taken over while we were asleep.
                await self._renew()
            jitter = random.random()  # noqa: S311 -- spreads attempts, guards nothing
            await asyncio.sleep(pause(self._pace, ended.end, failures, jitter))

    async def _connect(self) -> Ended:
        """Connect, subscribe, and read until it ends."""
        try:
            async with asyncio.timeout(_CONNECT_WITHIN):
                socket = await self._http.ws_connect(
                    self._settings.bot_url, max_msg_size=MAX_FRAME
                )
        except (TimeoutError, aiohttp.ClientError, OSError) as error:
            return Ended(End.LOST, type(error).__name__)
        return await self._converse(Connection(socket, self._new_id, self._pace.pulse))

    async def _converse(self, connection: Connection) -> Ended:
        reading = asyncio.get_running_loop().create_task(connection.run(self._take))
        try:
            await connection.call(
                frames.SUBSCRIBE,
                {"bot_id": self._settings.bot_id, "secret": self._settings.bot_secret},
            )
            self._connected(connection)
            await reading
        except ReplacedError:
            return Ended(End.REPLACED)
        except RefusedError as error:
            end = End.REFUSED if rule_for(error.code).alert else End.LOST
            return Ended(end, f"{error.code} {reason(error)}")
        except ApiError as error:
            return Ended(End.LOST, str(error))
        finally:
            self.connection = None
            self._metrics.bot_connected(connected=False)
            reading.cancel()
            await asyncio.gather(reading, return_exceptions=True)
        return Ended(End.LOST, "closed")

    def _connected(self, connection: Connection) -> None:
        self.connection = connection
        self._told = None
        self._metrics.bot_connected(connected=True)
        _log.info("wecom_bot_connected")

    def _tell(self, ended: Ended) -> None:
        """Count it; one line for the operator, and no second one for the same."""
        self._metrics.bot_disconnected(ended.end.value)
        if ended.end is self._told:
            return
        self._told = ended.end
        if ended.end is End.LOST:
            _log.warning("wecom_bot_lost", reason=ended.why)
        else:
            _log.error(f"wecom_bot_{ended.end.value}", reason=ended.why)


def pause(pace: Pace, end: End, failures: int, jitter: float) -> float:
    """How long to leave the platform alone after so many failures; jitter is 0 to 1."""
    first, longest = (
        (pace.soon, pace.late) if end is End.LOST else (pace.long, pace.longest)
    )
    most: float = min(longest, first * 2.0 ** min(failures - 1, 16))
    return most / 2 + most / 2 * jitter
