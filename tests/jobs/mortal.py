"""A relay in a process of its own, life after life, each to be ended by a signal.

``python -m tests.jobs.mortal URL FOLDER PLATFORM AT_ONCE NOTICES_AT_ONCE``

Everything is imported once; each life is a fork. A line on stdin asks for a life;
it is answered with ``{"pid": …}`` when it begins and ``{"status": …}`` when it is
over. A life ends by itself when nothing is left to be sent; SIGTERM stops it
politely.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import signal
import sys
import traceback
from collections.abc import Sequence
from pathlib import Path

import aiohttp
import uvloop
from sqlalchemy import select

from bot.clock import SystemClock
from bot.jobs.journal import Journal
from bot.jobs.relay import Pace, Relay
from bot.ports import Doubt, Failed, Outgoing, Sent, Settlement
from storage.crypto import Vault
from storage.database import Database
from storage.tables.messages import outbox as table
from tests.conftest import SECRET

_LOOK_EVERY = 0.1


class Http:
    """A channel to a platform that shows each client message id once."""

    name = "official_account"

    def __init__(self, http: aiohttp.ClientSession, url: str) -> None:
        self._http = http
        self._url = url

    def connected(self) -> tuple[str, ...] | None:
        return None

    async def send(self, message: Outgoing) -> Settlement:
        body = {"id": message.client_message_id, "to": message.address}
        try:
            async with self._http.post(self._url, json=body) as answer:
                code = (await answer.json())["errcode"]
        except (aiohttp.ClientError, TimeoutError) as error:
            return Doubt(type(error).__name__, repeatable=True)
        if code:
            return Failed(str(code), "does not follow", unreachable=True)
        return Sent(message.client_message_id)


async def _live(arguments: Sequence[str]) -> None:
    url, folder, platform, at_once, notices_at_once = arguments
    database = Database(url, Vault([SECRET]))
    owner = f"mortal:{os.getpid()}"
    async with aiohttp.ClientSession() as http:
        relay = Relay(
            database,
            [Http(http, platform)],
            clock=SystemClock(),
            owner=owner,
            journal=Journal(Path(folder), owner),
            pace=Pace(int(at_once), int(notices_at_once)),
        )
        work = asyncio.ensure_future(relay.run())
        stop = asyncio.Event()
        loop = asyncio.get_running_loop()
        loop.add_signal_handler(signal.SIGTERM, stop.set)
        # Nobody is left to end this life when whoever asked for it has gone.
        loop.add_reader(sys.stdin.fileno(), os._exit, 0)
        while not stop.is_set() and await _something_is_left(database):
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(_LOOK_EVERY):
                    await stop.wait()
        await relay.stop()
        await work
    await database.close()


async def _something_is_left(database: Database) -> bool:
    query = select(table.c.id).where(table.c.state.in_(["waiting", "leased"])).limit(1)
    async with database.reading() as uow:
        return (await uow.execute(query)).first() is not None


def _life(arguments: Sequence[str]) -> int:
    os.dup2(sys.stderr.fileno(), sys.stdout.fileno())
    try:
        uvloop.run(_live(arguments))
    except BaseException:
        traceback.print_exc()
        return 1
    return 0


def _tell(**news: int) -> None:
    sys.stdout.write(json.dumps(news) + "\n")
    sys.stdout.flush()


def main() -> None:
    """Live as often as asked, until nobody asks any more."""
    while sys.stdin.readline():
        child = os.fork()
        if not child:
            os._exit(_life(sys.argv[1:]))
        _tell(pid=child)
        _, status = os.waitpid(child, 0)
        _tell(status=os.waitstatus_to_exitcode(status))
        # The last life's loop has set it to not block.
        os.set_blocking(sys.stdin.fileno(), True)


if __name__ == "__main__":
    main()
