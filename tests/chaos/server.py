"""The service as it is, with a plan for where to die.

``CHAOS_POINT`` and ``CHAOS_PASS`` say at which pass of which named point the
process kills itself with SIGKILL; before that it writes the point's name to
``CHAOS_LOG``, synced, as proof.
"""

from __future__ import annotations

import argparse
import os
import signal
from pathlib import Path

import uvloop

from bot import app, faults
from bot.settings import read_settings


def _die_at(point: str, after: int, log: Path) -> None:
    passed = 0

    def hook(name: str) -> None:
        nonlocal passed
        if name != point:
            return
        passed += 1
        if passed == after:
            with log.open("a") as file:
                file.write(f"{name}\n")
                file.flush()
                os.fsync(file.fileno())
            os.kill(os.getpid(), signal.SIGKILL)

    faults.install(hook)


def main() -> None:
    if os.environ.get("CHAOS_POINT"):
        _die_at(
            os.environ["CHAOS_POINT"],
            int(os.environ["CHAOS_PASS"]),
            Path(os.environ["CHAOS_LOG"]),
        )
    settings = read_settings(os.environ, Path.cwd())
    uvloop.run(app.serve(settings, argparse.Namespace(role="all")))


if __name__ == "__main__":
    main()
