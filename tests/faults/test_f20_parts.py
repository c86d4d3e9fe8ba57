"""F20 in its parts: who waits in the queue of a port that closes, and work in hand."""

from __future__ import annotations

import asyncio
import socket

import pytest
from aiohttp import web

from bot.errors import PortError
from bot.jobs.work import Product
from bot.port import Port
from storage.database import Database
from storage.jobs import ClaimedJob
from tests.faults.cluster import free_ports
from tests.jobs.bench import Bench

_ASK = b"GET / HTTP/1.1\r\nHost: here\r\nConnection: close\r\n\r\n"


async def _answer(_request: web.Request) -> web.Response:
    return web.Response(text="answered")


def _application() -> web.Application:
    app = web.Application()
    app.add_routes([web.get("/", _answer)])
    return app


async def test_who_connected_before_the_port_closed_is_answered() -> None:
    (number,) = free_ports(1)
    port = Port(_application(), "127.0.0.1", number)
    await port.open()
    # The loop does not run meanwhile: they lie in the kernel's queue.
    callers = [socket.create_connection(("127.0.0.1", number)) for _ in range(20)]
    for caller in callers:
        caller.sendall(_ASK)

    await port.close()

    for caller in callers:
        caller.setblocking(True)
        with caller:
            assert caller.recv(65536).endswith(b"answered")
    with pytest.raises(ConnectionRefusedError):
        socket.create_connection(("127.0.0.1", number))


async def test_a_port_in_use_is_told_in_one_line() -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        number = taken.getsockname()[1]
        port = Port(_application(), "127.0.0.1", number)
        with pytest.raises(PortError, match="Address already in use"):
            await port.open()
        await port.close()


async def test_work_that_is_broken_off_is_given_back_as_if_never_begun(
    database: Database,
) -> None:
    bench = await Bench(database).set_up()
    begun, never = asyncio.Event(), asyncio.Event()

    async def hang(_job: ClaimedJob) -> Product:
        begun.set()
        await never.wait()
        raise AssertionError("it was broken off")

    await bench.ask("chart")
    workshop = bench.workshop({"chart": hang})
    running = asyncio.create_task(workshop.run())
    await begun.wait()
    assert await bench.states() == {"job-1": ("leased", 1)}
    running.cancel()

    await workshop.give_back()

    assert await bench.states() == {"job-1": ("waiting", 0)}
