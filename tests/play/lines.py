"""Lines typed into the terminal, without blocking what goes on beside it."""

from __future__ import annotations

import asyncio
import os
import signal

_CHUNK = 65536


class Lines:
    """Lines of a file descriptor; None at its end, or at Ctrl-C."""

    def __init__(self, source: int = 0) -> None:
        self._source = source
        self._lines: asyncio.Queue[str | None] = asyncio.Queue()
        self._rest = b""

    def start(self) -> None:
        """Begin to read; SIGINT and SIGTERM end it from now on."""
        loop = asyncio.get_running_loop()
        for number in (signal.SIGINT, signal.SIGTERM):
            loop.add_signal_handler(number, self._end)
        try:
            loop.add_reader(self._source, self._read)
        except PermissionError:
            # An ordinary file is always ready, and cannot be waited for.
            while self._read():
                pass

    async def next(self) -> str | None:
        """The next line, without its end."""
        return await self._lines.get()

    def stop(self) -> None:
        """Read no more."""
        asyncio.get_running_loop().remove_reader(self._source)

    def _read(self) -> bool:
        chunk = os.read(self._source, _CHUNK)
        *lines, self._rest = (self._rest + chunk).split(b"\n")
        if not chunk:
            lines, self._rest = [self._rest] if self._rest else [], b""
        for line in lines:
            self._lines.put_nowait(line.decode("utf-8", "replace").rstrip("\r"))
        if not chunk:
            self.stop()
            self._end()
        return bool(chunk)

    def _end(self) -> None:
        self._lines.put_nowait(None)
