"""A line to the database that is slow, on a share of what passes, or goes dead."""

from __future__ import annotations

import asyncio
import contextlib
import random
from types import TracebackType
from typing import Self


class SlowLine:
    """Passes bytes on between a port of its own and a server.

    Each piece on its way to the server waits ``seconds``, with probability
    ``share``; those behind it on the same connection wait too. A dead line takes
    everything and passes nothing on, without a word.
    """

    def __init__(self, server_port: int, dice: random.Random) -> None:
        self._server_port = server_port
        self._dice = dice
        self._listener: asyncio.Server | None = None
        self._tasks: set[asyncio.Task[None]] = set()
        self._alive = asyncio.Event()
        self._alive.set()
        self.port = 0
        self.seconds = 0.0
        self.share = 0.0
        self.delayed = 0

    def die(self) -> None:
        """Pass nothing on from now on."""
        self._alive.clear()

    def revive(self) -> None:
        """Pass everything on again, what was held back first."""
        self._alive.set()

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
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    async def _join(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> None:
        task = asyncio.current_task()
        assert task is not None
        self._tasks.add(task)
        ends = [writer]
        try:
            far_reader, far_writer = await asyncio.open_connection(
                "127.0.0.1", self._server_port
            )
            ends.append(far_writer)
            await asyncio.gather(
                self._pass(reader, far_writer, slowly=True),
                self._pass(far_reader, writer, slowly=False),
            )
        except (ConnectionError, asyncio.CancelledError):
            return
        finally:
            for end in ends:
                end.transport.abort()
            self._tasks.discard(task)

    async def _pass(
        self,
        reader: asyncio.StreamReader,
        writer: asyncio.StreamWriter,
        *,
        slowly: bool,
    ) -> None:
        with contextlib.suppress(ConnectionError):
            while data := await reader.read(65536):
                if slowly and self._dice.random() < self.share:
                    self.delayed += 1
                    await asyncio.sleep(self.seconds)
                await self._alive.wait()
                writer.write(data)
                await writer.drain()
        with contextlib.suppress(ConnectionError):
            writer.close()
