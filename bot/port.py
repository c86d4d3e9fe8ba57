"""The port this process is called at, opened and closed without an error to anybody.

Whoever connects a moment before the port closes lies in the kernel's queue,
and would be cut off with it: they are taken in first, and answered.
"""

from __future__ import annotations

import asyncio
import socket

from aiohttp import web

from bot.errors import PortError

_QUEUED = 1024
_FIRST_WORDS_WITHIN = 0.3
"""Seconds in which somebody who connected has said what they want."""


class Port:
    """Serves an application until it is closed."""

    def __init__(self, app: web.Application, host: str, port: int) -> None:
        self._host = host
        self._port = port
        self._runner = web.AppRunner(app, access_log=None, shutdown_timeout=3)
        self._held: list[socket.socket] = []

    async def open(self) -> None:
        """Take callers in.

        Raises:
            PortError: the port cannot be opened.
        """
        await self._runner.setup()
        try:
            for listening in await asyncio.to_thread(_listen, self._host, self._port):
                # A second handle: the queue outlives the server's own.
                self._held.append(listening.dup())
                await web.SockSite(self._runner, listening).start()
        except OSError as error:
            raise PortError(self._host, self._port, error.strerror) from None

    async def close(self) -> None:
        """Take no new callers in, and answer those who are here."""
        if self._held:
            for site in tuple(self._runner.sites):
                await site.stop()
            for held in self._held:
                await self._empty(held)
                held.close()
            self._held.clear()
            await asyncio.sleep(_FIRST_WORDS_WITHIN)
        await self._runner.cleanup()

    async def _empty(self, held: socket.socket) -> None:
        """Take in who waits in the queue."""
        held.setblocking(False)
        loop = asyncio.get_running_loop()
        serve = self._runner.server
        while serve is not None:
            try:
                caller, _ = held.accept()
            except OSError:
                return
            caller.setblocking(False)
            await loop.connect_accepted_socket(serve, caller)


def _listen(host: str, port: int) -> list[socket.socket]:
    """Sockets at all addresses of ``host``."""
    found = socket.getaddrinfo(
        host or None, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE
    )
    opened: list[socket.socket] = []
    try:
        for family, kind, protocol, _, address in dict.fromkeys(found):
            one = socket.socket(family, kind, protocol)
            opened.append(one)
            one.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            if family == socket.AF_INET6:
                one.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1)
            one.bind(address)
            one.listen(_QUEUED)
    except OSError:
        for one in opened:
            one.close()
        raise
    return opened
