"""The demo as a person starts it: a process, in a folder of its own."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import socket
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import msgspec

ROOT = Path(__file__).parents[2]
_STARTS_WITHIN = 60.0
_STOPS_WITHIN = 30.0


class SampleClass(msgspec.Struct, frozen=True):
    """A class of the sample data."""

    code: str
    step: str


class SamplePerson(msgspec.Struct, frozen=True):
    """Somebody of the sample data; ``class_`` is the code of their class."""

    user: str
    role: str
    state: str = ""
    class_: str = msgspec.field(default="", name="class")


class Sample(msgspec.Struct, frozen=True):
    """What ``demo-data`` prints, as far as a story needs it."""

    classes: tuple[SampleClass, ...]
    persons: tuple[SamplePerson, ...]

    def class_at(self, step: str) -> str:
        """The code of the first class at a step."""
        return next(one.code for one in self.classes if one.step == step)

    def teacher(self, class_code: str, state: str) -> str:
        """Somebody of a class in a state."""
        return next(
            one.user
            for one in self.persons
            if (one.role, one.class_, one.state) == ("teacher", class_code, state)
        )


@dataclass(frozen=True)
class Demo:
    """A running demo, its address and its folder."""

    url: str
    folder: Path

    @property
    def sample(self) -> Sample:
        """What it was filled with."""
        path = self.folder / "var/demo/demo-data.json"
        return msgspec.json.decode(path.read_bytes(), type=Sample)

    async def export(self, form: str, class_code: str) -> list[dict[str, Any]]:
        """``xuntong export responses`` on the demo's database, while it serves."""
        data = self.folder / "var/demo"
        settings = {
            "XUNTONG_DATABASE_URL": f"sqlite+aiosqlite:///{data}/xuntong.db",
            "XUNTONG_SECRET_KEYS": (data / "secret.key").read_text().strip(),
        }
        process = await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", "bot", "export", "responses"),
            *("--form", form, "--class", class_code, "--format", "jsonl"),
            cwd=self.folder,
            env=_environment(**settings),
            stdout=asyncio.subprocess.PIPE,
        )
        out, _ = await process.communicate()
        assert process.returncode == 0
        return [json.loads(line) for line in out.splitlines()]


def _environment(**settings: str) -> dict[str, str]:
    mine = {key: text for key, text in os.environ.items() if "XUNTONG" not in key}
    return {**mine, "PYTHONPATH": str(ROOT), **settings}


@asynccontextmanager
async def demo_running(folder: Path) -> AsyncIterator[Demo]:
    """``xuntong demo`` on a free port; it must stop cleanly when told to."""
    with socket.socket() as trial:
        trial.bind(("127.0.0.1", 0))
        port = trial.getsockname()[1]
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "bot", "demo", "--port", str(port)),
        cwd=folder,
        env=_environment(),
        stdout=asyncio.subprocess.PIPE,
    )
    try:
        assert process.stdout is not None
        async with asyncio.timeout(_STARTS_WITHIN):
            said = await process.stdout.readline()
        assert f"http://127.0.0.1:{port}/".encode() in said
        yield Demo(f"http://127.0.0.1:{port}/", folder)
        process.send_signal(signal.SIGINT)
        async with asyncio.timeout(_STOPS_WITHIN):
            assert await process.wait() == 0
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()
