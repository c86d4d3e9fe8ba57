"""One address for several processes, as a reverse proxy gives them.

In turn; who cannot be connected to is passed over. Nothing is tried a second
time once a connection stands, so whatever goes wrong then is seen by the caller.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Sequence
from types import TracebackType
from typing import Self


class Front:
    """Passes each connection on to the next port that takes it."""

    def __init__(self, ports: Sequence[int]) -> None:
        self._ports = list(ports)
        self._listener: asyncio.Server | None = None
        self.passed_over = 0
        self.port = 0

    @property
    def url(self) -> str:
        """Where all are called."""
        return f"http://127.0.0.1:{self.port}"

    async def __aenter__(self) -> Self:
        self._listener = await asyncio.start_server(self._join, "127.0.0.1", 0)
        self.port = self._listener.sockets[0].getsockname()[1]
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if self._listener is not None:
            self._listener.close()

    async def _join(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> None:
        try:
            far = await self._connect()
            if far is not None:
                await asyncio.gather(_pass(reader, far[1]), _pass(far[0], writer))
        finally:
            writer.transport.abort()

    async def _connect(
        self,
    ) -> tuple[asyncio.StreamReader, asyncio.StreamWriter] | None:
        self._ports = [*self._ports[1:], self._ports[0]]
        for port in self._ports:
            try:
                return await asyncio.open_connection("127.0.0.1", port)
            except ConnectionError:
                self.passed_over += 1
        return None


async def _pass(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    with contextlib.suppress(ConnectionError):
        while data := await reader.read(65536):
            writer.write(data)
            await writer.drain()
    with contextlib.suppress(ConnectionError):
        writer.close()
        await writer.wait_closed()
