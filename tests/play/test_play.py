"""The terminal, driven as a person does: through a pipe, and through a real terminal."""

from __future__ import annotations

import asyncio
import os
import pty
import re
import signal
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

COMMAND = (sys.executable, "-m", "tests.play.terminal", "--folder")
ROOT = Path(__file__).parents[2]
CLASS = r"\d\. .*班（.级）"


class Session:
    """A running terminal; ``said`` is what it has printed."""

    def __init__(self, child: asyncio.subprocess.Process) -> None:
        self.child = child
        self.said = ""

    async def sees(self, pattern: str) -> str:
        """Read on until something is printed that matches; all since the last look."""
        assert self.child.stdout is not None
        said = ""
        while not re.search(pattern, said):
            line = await self.child.stdout.readline()
            assert line, f"{pattern!r} not in {said!r}"
            said += line.decode()
        self.said += said
        return said

    def types(self, *lines: str) -> None:
        assert self.child.stdin is not None
        self.child.stdin.write("".join(f"{line}\n" for line in lines).encode())


@asynccontextmanager
async def session(folder: Path) -> AsyncIterator[Session]:
    child = await asyncio.create_subprocess_exec(
        *COMMAND,
        str(folder),
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
        cwd=ROOT,
    )
    try:
        yield Session(child)
    finally:
        if child.returncode is None:
            child.kill()
        await child.wait()


async def ended(child: asyncio.subprocess.Process) -> tuple[int | None, bytes]:
    """How the terminal ended, and what it complained of."""
    _, complained = await child.communicate()
    return child.returncode, complained


async def test_one_talks_as_a_follower_and_as_a_member(tmp_path: Path) -> None:
    async with session(tmp_path / "play") as terminal:
        await terminal.sees("欢迎来到训通")
        terminal.types("报名")
        await terminal.sees(CLASS)
        terminal.types("/tap 1")
        await terminal.sees("参训申请表(?s:.*)同意")
        terminal.types("/tap 1")
        assert "1/" in await terminal.sees(r"第 1/\d+ 题")
        terminal.types("/tap 99", "/nonsense", "/codes")
        said = await terminal.sees(r"班级 \d{4}-")
        assert "没有第 99 个可点的选项" in said
        assert "没有 /nonsense 这个命令" in said
        terminal.types("/wecom zhang", "报名")
        await terminal.sees(r"训通（企业微信） \d\d-\d\d(?s:.*)班（.级）")
        terminal.types("/quit")
        assert await ended(terminal.child) == (0, b"")


async def test_time_passes_and_one_goes_on_where_one_was(tmp_path: Path) -> None:
    folder = tmp_path / "play"
    async with session(folder) as terminal:
        await terminal.sees("欢迎来到训通")
        terminal.types("/later 49h")
        first = await terminal.sees("现在是")
        assert terminal.child.stdin is not None
        terminal.child.stdin.close()
        assert await ended(terminal.child) == (0, b"")
    async with session(folder) as terminal:
        terminal.types("/later 1m")
        second = await terminal.sees("现在是")
        # The platform has begun anew, and is told of the menu again.
        terminal.types("/menu")
        await terminal.sees("菜单：报名")
        terminal.child.send_signal(signal.SIGINT)
        assert await ended(terminal.child) == (0, b"")
    times = [re.findall(r"现在是 (\S+ \S+)。", said)[0] for said in (first, second)]
    assert times == sorted(times)


@pytest.mark.skipif(sys.platform == "win32", reason="there are no terminals like it")
async def test_ctrl_c_at_a_real_terminal_ends_it_cleanly(tmp_path: Path) -> None:
    ours, theirs = pty.openpty()
    child = await asyncio.create_subprocess_exec(
        *COMMAND,
        str(tmp_path / "play"),
        stdin=theirs,
        stdout=theirs,
        stderr=asyncio.subprocess.PIPE,
        cwd=ROOT,
        start_new_session=True,
        preexec_fn=_own_terminal,
    )
    os.close(theirs)
    loop = asyncio.get_running_loop()
    said = b""
    while "欢迎来到训通".encode() not in said:
        said += await loop.run_in_executor(None, os.read, ours, 65536)
    os.write(ours, b"\x03")
    assert await ended(child) == (0, b"")
    os.close(ours)


def _own_terminal() -> None:
    """Make the terminal the child's own, so that Ctrl-C reaches it."""
    import fcntl  # noqa: PLC0415 -- runs in the child
    import termios  # noqa: PLC0415 -- runs in the child

    fcntl.ioctl(0, termios.TIOCSCTTY, 0)
