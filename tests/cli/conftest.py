"""The command line as an operator has it, in a folder of its own.

Commands run in this process through the program's own entry, with its
environment, folder and streams; ``test_process`` types some of them for real.
"""

from __future__ import annotations

import io
import logging
import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager, redirect_stderr, redirect_stdout
from dataclasses import dataclass, field
from pathlib import Path

import openpyxl
import pytest
import structlog

from bot.cli import run

SECRET = "a secret for tests only"
ROOT = Path(__file__).parents[2]


@dataclass(frozen=True)
class Ended:
    """How a command ended."""

    status: int
    out: bytes
    err: str

    @property
    def lines(self) -> list[str]:
        """What it said on standard output."""
        return self.out.decode().splitlines()

    @property
    def complaints(self) -> list[str]:
        """What it said on standard error."""
        return self.err.splitlines()


@dataclass
class Operator:
    """Types commands in ``folder``; ``settings`` are given as environment variables."""

    folder: Path
    settings: dict[str, str] = field(default_factory=dict)

    @property
    def environment(self) -> dict[str, str]:
        plain = {
            name: os.environ[name]
            for name in ("PATH", "HOME", "LANG")
            if name in os.environ
        }
        return plain | {"PYTHONPATH": str(ROOT)} | self.settings

    def command(self, *arguments: str) -> list[str]:
        return [sys.executable, "-m", "bot", *arguments]

    def types(self, *arguments: str) -> Ended:
        """Run a command as the program does, in this process."""
        written, err = io.BytesIO(), io.StringIO()
        out = io.TextIOWrapper(written, encoding="utf-8")
        with self._seated(), redirect_stdout(out), redirect_stderr(err):
            try:
                status = run(arguments)
            except SystemExit as left:
                status = int(left.code or 0)
        out.flush()
        return Ended(status, written.getvalue(), err.getvalue())

    @contextmanager
    def _seated(self) -> Iterator[None]:
        """The folder, the settings and the log are the command's for a while."""
        root = logging.getLogger()
        handlers, level = root.handlers[:], root.level
        with pytest.MonkeyPatch.context() as patch:
            for name in [one for one in os.environ if one.startswith("XUNTONG_")]:
                patch.delenv(name)
            for name, value in self.settings.items():
                patch.setenv(name, value)
            patch.chdir(self.folder)
            try:
                yield
            finally:
                root.handlers[:] = handlers
                root.setLevel(level)
                structlog.reset_defaults()

    def really_types(self, *arguments: str) -> Ended:
        """Run a command in a process of its own."""
        done = subprocess.run(
            self.command(*arguments),
            cwd=self.folder,
            env=self.environment,
            capture_output=True,
            timeout=60,
            check=False,
        )
        return Ended(done.returncode, done.stdout, done.stderr.decode())


@pytest.fixture
def operator(tmp_path: Path) -> Operator:
    """Without any setting."""
    return Operator(tmp_path)


@pytest.fixture
def settled(tmp_path: Path) -> Operator:
    """With keys, and a database that is not there yet."""
    settings = {
        "XUNTONG_DATABASE_URL": f"sqlite+aiosqlite:///{tmp_path}/x.db",
        "XUNTONG_SECRET_KEYS": SECRET,
    }
    return Operator(tmp_path, settings)


@pytest.fixture
def migrated(settled: Operator) -> Operator:
    """On an empty database at the newest schema."""
    assert settled.types("migrate").status == 0
    return settled


Sheet = Callable[..., str]


@pytest.fixture
def sheet(tmp_path: Path) -> Sheet:
    """Writes a workbook of rows; its name."""

    def write(*rows: tuple[str | int, ...], name: str = "list.xlsx") -> str:
        book = openpyxl.Workbook()
        page = book.worksheets[0]
        for row in rows:
            page.append(row)
        book.save(tmp_path / name)
        return name

    return write
