"""Processes of the service as an operator runs them: ``xuntong serve --role …``."""

from __future__ import annotations

import asyncio
import os
import signal
import socket
import sys
import time
from asyncio.subprocess import Process
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path

import aiohttp

ROOT = Path(__file__).parents[2]
_READY_WITHIN = 30.0


@dataclass
class Server:
    """One process, started and stopped as often as asked, always on its port."""

    role: str
    settings: dict[str, str]
    folder: Path
    port: int
    endings: list[tuple[int, float]] = field(default_factory=list)
    _process: Process | None = None

    @property
    def url(self) -> str:
        """Where it is called."""
        return f"http://127.0.0.1:{self.port}"

    @property
    def log(self) -> Path:
        """What it says."""
        return self.folder / f"{self.role}-{self.port}.log"

    async def start(self) -> None:
        """Start it, and wait until it answers."""
        plain = {
            name: os.environ[name] for name in ("PATH", "HOME") if name in os.environ
        }
        with self.log.open("ab") as log:
            self._process = await asyncio.create_subprocess_exec(
                *(sys.executable, "-m", "bot", "serve", "--role", self.role),
                cwd=self.folder,
                env={
                    **plain,
                    **self.settings,
                    "XUNTONG_PORT": str(self.port),
                    "PYTHONPATH": str(ROOT),
                },
                stderr=log,
            )
        async with asyncio.timeout(_READY_WITHIN), aiohttp.ClientSession() as session:
            while not await self._answers(session):
                if self._process.returncode is not None:
                    raise RuntimeError(self.log.read_text())
                await asyncio.sleep(0.02)

    async def _answers(self, session: aiohttp.ClientSession) -> bool:
        try:
            async with session.get(f"{self.url}/healthz") as response:
                return response.status == 200
        except aiohttp.ClientError:
            return False

    async def stop(self, number: int = signal.SIGTERM) -> tuple[int, float]:
        """Stop it; its exit status, and how many seconds it took."""
        assert self._process is not None
        began = time.monotonic()
        self._process.send_signal(number)
        status = await self._process.wait()
        self._process = None
        self.endings.append((status, time.monotonic() - began))
        return self.endings[-1]

    async def kill(self) -> None:
        """End it if it runs."""
        if self._process is not None and self._process.returncode is None:
            self._process.kill()
            await self._process.wait()


@asynccontextmanager
async def running(
    settings: dict[str, str], folder: Path, roles: Sequence[str]
) -> AsyncIterator[list[Server]]:
    """A process for each role, all on one machine with one spool."""
    ports = free_ports(len(roles))
    servers = [
        Server(role, settings, folder, port)
        for role, port in zip(roles, ports, strict=True)
    ]
    try:
        await asyncio.gather(*(server.start() for server in servers))
        yield servers
    finally:
        await asyncio.gather(*(server.kill() for server in servers))


def free_ports(count: int) -> list[int]:
    """Ports that were free a moment ago, all different."""
    probes = [socket.socket() for _ in range(count)]
    try:
        for probe in probes:
            probe.bind(("127.0.0.1", 0))
        return [int(probe.getsockname()[1]) for probe in probes]
    finally:
        for probe in probes:
            probe.close()
