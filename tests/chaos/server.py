"""The service as it is, life after life on the same data, each with its own end.

Everything is imported once; each life is a fork, so that the next one begins at
once. A line of JSON on stdin, ``{"point": …, "pass": …}``, asks for a life; it is
answered with ``{"pid": …}`` when it begins and ``{"status": …}`` when it is over.
At that pass of that named point the life kills itself with SIGKILL, after it
wrote the point's name to ``CHAOS_LOG``, synced, as proof.

Leases are shortened to ``CHAOS_LEASE`` seconds: what a dead process held would
otherwise wait for minutes after each of many kills.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import signal
import sys
import traceback
from pathlib import Path
from typing import Any

import uvloop

from bot import app, faults, log
from bot.core import make_core
from bot.jobs import relay, workshop
from bot.settings import Settings, read_settings


def _die_at(point: str, after: int, proof: Path) -> None:
    passed = 0

    def hook(name: str) -> None:
        nonlocal passed
        if name != point:
            return
        passed += 1
        if passed == after:
            with proof.open("a") as file:
                file.write(f"{name}\n")
                file.flush()
                os.fsync(file.fileno())
            os.kill(os.getpid(), signal.SIGKILL)

    faults.install(hook)


async def _serve(settings: Settings) -> None:
    # Nobody is left to end this life when whoever asked for it has gone.
    asyncio.get_running_loop().add_reader(sys.stdin.fileno(), os._exit, 0)
    role = os.environ["CHAOS_ROLE"]
    await app.serve(settings, argparse.Namespace(role=role))


def _live(fate: dict[str, Any], settings: Settings) -> int:
    os.dup2(sys.stderr.fileno(), sys.stdout.fileno())
    if fate["point"]:
        _die_at(fate["point"], fate["pass"], Path(os.environ["CHAOS_LOG"]))
    try:
        uvloop.run(_serve(settings))
    except BaseException:
        traceback.print_exc()
        return 1
    return 0


def _next_order() -> str:
    # The last life's loop has set it to not block.
    os.set_blocking(sys.stdin.fileno(), True)
    return sys.stdin.readline()


def _tell(**news: int) -> None:
    sys.stdout.write(json.dumps(news) + "\n")
    sys.stdout.flush()


def main() -> None:
    """Live as often as asked, until nobody asks any more."""
    log.configure()
    settings = read_settings(os.environ, Path.cwd())
    make_core(settings)  # what is read from files is read once, before the lives
    lease = float(os.environ["CHAOS_LEASE"])
    # A push is sent within its lease, slow work done within twice that.
    relay.LEASE_SECONDS, workshop.LEASE_SECONDS = lease, 2 * lease
    while line := _next_order():
        child = os.fork()
        if not child:
            os._exit(_live(json.loads(line), settings))
        _tell(pid=child)
        _, status = os.waitpid(child, 0)
        _tell(status=os.waitstatus_to_exitcode(status))


if __name__ == "__main__":
    main()
