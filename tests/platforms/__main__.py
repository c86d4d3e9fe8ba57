"""A stand-in as a process of its own, for load runs.

Prints one line of JSON with its address and what a service is set to, then
serves until SIGTERM. What it did is read from ``/_ledger``; it is told what to
do at ``/_faults``, ``/_setup``, ``/_people`` and ``/_do`` (see ``remote``).
"""

from __future__ import annotations

import argparse
import asyncio
import signal

import msgspec
import uvloop

from tests.platforms.official_account import OfficialAccountPlatform
from tests.platforms.server import PlatformServer
from tests.platforms.wecom import WeComPlatform


async def _serve(options: argparse.Namespace) -> None:
    stop = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, stop.set)
    platform = _make(options)
    await platform.open(options.host, options.port)
    settings = msgspec.to_builtins(platform.settings())
    line = {"url": platform.url, "settings": settings}
    print(msgspec.json.encode(line).decode(), flush=True)  # noqa: T201 -- what the run reads
    try:
        await stop.wait()
    finally:
        await platform.close()


def _make(options: argparse.Namespace) -> OfficialAccountPlatform | WeComPlatform:
    given = {"callback_urls": options.callback, "seed": options.seed}
    if options.platform == "wecom":
        return WeComPlatform(**given)
    return OfficialAccountPlatform(**given, strangers=options.strangers)


def main() -> None:
    """Serve until told to stop."""
    parser = argparse.ArgumentParser(
        prog="python -m tests.platforms", description=PlatformServer.__doc__
    )
    parser.add_argument("platform", choices=("official_account", "wecom"))
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--port", type=int, default=0)
    parser.add_argument("--callback", action="append", default=[], metavar="URL")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument(
        "--strangers",
        action="store_true",
        help="take every openid for a follower whose window is open",
    )
    uvloop.run(_serve(parser.parse_args()))


if __name__ == "__main__":
    main()
