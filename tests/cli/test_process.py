"""The program as a process: its exit status, its two streams, its signals."""

from __future__ import annotations

import json
import signal
import socket
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.request import Request, urlopen

import pytest

from tests.cli.conftest import SECRET, Operator


def test_the_program_leaves_with_its_status_and_no_traceback(
    operator: Operator,
) -> None:
    wrong = operator.really_types("fly")
    failed = operator.really_types("demo-data")
    assert (wrong.status, failed.status) == (2, 1)
    assert len(failed.complaints) == 1
    operator.settings["XUNTONG_SECRET_KEYS"] = SECRET
    migrated = operator.really_types("migrate")
    assert (migrated.status, migrated.err) == (0, "")
    invited = operator.really_types("invite", "--role", "centre_manager")
    assert (invited.status, len(invited.lines)) == (0, 1)


@pytest.fixture
def port() -> int:
    """A port that was free a moment ago."""
    with socket.socket() as trial:
        trial.bind(("127.0.0.1", 0))
        return int(trial.getsockname()[1])


@contextmanager
def demo(operator: Operator, port: int, *more: str) -> Iterator[str]:
    """The demo, serving; stopped as by Ctrl-C, and it must stop cleanly."""
    process = subprocess.Popen(
        operator.command("demo", "--port", str(port), *more),
        cwd=operator.folder,
        env=operator.environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    assert process.stdout is not None
    try:
        said = process.stdout.readline()
        assert said == (
            f"The web chat is at http://127.0.0.1:{port}/ (Ctrl-C stops it)\n"
        )
        yield f"http://127.0.0.1:{port}"
        process.send_signal(signal.SIGINT)
        out, err = process.communicate(timeout=30)
        assert (process.returncode, out) == (0, ""), err
        assert "Traceback" not in err
    finally:
        process.kill()
        process.communicate()


def got(url: str, body: dict[str, object] | None = None) -> dict[str, object]:
    request = Request(url, data=json.dumps(body).encode() if body else None)
    with urlopen(request, timeout=30) as answer:
        said: dict[str, object] = json.load(answer)
        return said


def test_the_demo_goes_on_with_its_data_and_its_clock(
    operator: Operator, port: int
) -> None:
    folder: Path = operator.folder / "var" / "demo"
    # Settings of a real service that the demo must not touch.
    operator.settings |= {
        "XUNTONG_DATABASE_URL": "postgresql+asyncpg://nobody@127.0.0.1:1/none",
        "XUNTONG_SECRET_KEYS": "another",
    }
    with demo(operator, port) as url:
        persons = got(f"{url}/chat/about")["persons"]
        assert isinstance(persons, list)
        assert persons[0]["user"] == "demo-teacher-1"
        before = str(got(f"{url}/demo/clock")["now"])
        moved = str(got(f"{url}/demo/clock", {"advance_days": 2})["now"])
        assert moved > before
    key = folder / "secret.key"
    assert (key.stat().st_mode & 0o777, len(key.read_text()) > 30) == (0o600, True)
    made = (folder / "demo-data.json").read_bytes()
    with demo(operator, port) as url:
        assert str(got(f"{url}/demo/clock")["now"]) >= moved
    assert (folder / "demo-data.json").read_bytes() == made
    with demo(operator, port, "--reset") as url:
        assert str(got(f"{url}/demo/clock")["now"]) < moved
    assert (folder / "demo-data.json").read_bytes() != made


def test_a_port_in_use_is_one_line_and_nothing_is_made(operator: Operator) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        ended = operator.types("demo", "--port", str(port), "--reset")
    said = (
        f"xuntong: 127.0.0.1:{port} cannot be opened (Address already in use): "
        "choose another with XUNTONG_PORT, or PORT=9000 make demo"
    )
    assert (ended.status, ended.out, ended.complaints) == (1, b"", [said])
    assert list(operator.folder.iterdir()) == []
