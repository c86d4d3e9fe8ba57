"""A process that delivers, life after life: ``python -m tests.faults.teller SETTINGS``.

Everything is imported once; each life is a fork. A line on stdin asks for a life;
it is answered with ``{"pid": …}`` when it begins and ``{"status": …}`` when it is
over. A life ends by itself when SIGTERM stops it politely.
"""

from __future__ import annotations

import asyncio
import os
import signal
import sys
import traceback

import msgspec
import uvloop

from bot.jobs import relay
from bot.settings import Settings
from tests.faults.delivering import sender

# What a dead process had claimed and not begun would otherwise wait for minutes.
_LEASE_SECONDS = 5.0


async def _live(settings: Settings) -> None:
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    loop.add_signal_handler(signal.SIGTERM, stop.set)
    # Nobody is left to end this life when whoever asked for it has gone.
    loop.add_reader(sys.stdin.fileno(), os._exit, 0)
    async with sender(settings, owner=f"teller:{os.getpid()}") as process:
        sending = asyncio.ensure_future(process.relay.run())
        await stop.wait()
        await process.relay.stop()
        await sending


def _life(settings: Settings) -> int:
    os.dup2(sys.stderr.fileno(), sys.stdout.fileno())
    relay.LEASE_SECONDS = _LEASE_SECONDS
    try:
        uvloop.run(_live(settings))
    except BaseException:
        traceback.print_exc()
        return 1
    return 0


def _tell(**news: int) -> None:
    sys.stdout.write(msgspec.json.encode(news).decode() + "\n")
    sys.stdout.flush()


def main() -> None:
    """Live as often as asked, until nobody asks any more."""
    settings = msgspec.json.decode(sys.argv[1], type=Settings)
    while sys.stdin.readline():
        child = os.fork()
        if not child:
            os._exit(_life(settings))
        _tell(pid=child)
        _, status = os.waitpid(child, 0)
        _tell(status=os.waitstatus_to_exitcode(status))
        # The last life's loop has set it to not block.
        os.set_blocking(sys.stdin.fileno(), True)


if __name__ == "__main__":
    main()
