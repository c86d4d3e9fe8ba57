"""How fast a notice goes out, beside the bare HTTP client, in the same run.

``python -m benchmarks.outbound [N] [--rounds R] [--profile]``

The platform's stand-in has one processor core; the sender (a bare aiohttp
client, or our relay with everything that makes it safe) has the other.
PostgreSQL may use both. Each round measures one after the other. While a notice goes out to N recipients, replies to
other people are put in the outbox, twenty a second, by the process of the stand-in.
The last lines are our rates as parts of the bare client's.
"""

from __future__ import annotations

import argparse
import asyncio
import gc
import json
import os
import signal
import statistics
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime, timedelta
from pathlib import Path
from types import FrameType
from typing import Any

import aiohttp
import msgspec
import uvloop
from aiohttp import web
from sqlalchemy import func, select

from benchmarks.service import environment, settings_of
from bot import assembly
from bot.core import Core, make_core
from bot.jobs.journal import Journal
from bot.jobs.relay import Relay
from bot.metrics import Metrics
from bot.ports import Push
from conversations.model import Reply
from storage import outbox, people, windows
from storage.migrate import upgrade
from storage.outbox import OutboxRow
from storage.tables.messages import outbox as table
from storage.windows import Opened
from tests.postgres import PostgresServer

_PORT = 18931
_SEND = "/cgi-bin/message/custom/send"
_CONNECTIONS = 32
_TEXT = "上课提醒：明天 19:30，实训楼 302。"
_REPLIES_A_SECOND = 20
_FOLLOWERS_AT_ONCE = 1000
_SETTINGS = {
    "XUNTONG_OFFICIAL_ACCOUNT__API_BASE_URL": f"http://127.0.0.1:{_PORT}",
    "XUNTONG_QUIET_HOURS": "none",
}


# The platform's stand-in, and the people who are answered meanwhile


async def _platform(port: int, url: str | None) -> None:
    async def send(request: web.Request) -> web.Response:
        await request.read()
        return web.Response(
            body=b'{"errcode":0,"errmsg":"ok"}', content_type="application/json"
        )

    async def token(_request: web.Request) -> web.Response:
        return web.json_response({"access_token": "T", "expires_in": 7200})

    app = web.Application()
    app.router.add_post(_SEND, send)
    app.router.add_post("/cgi-bin/stable_token", token)
    runner = web.AppRunner(app, access_log=None)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", port).start()
    if url is None:
        await asyncio.Event().wait()
    else:
        await _reply_on_and_on(make_core(settings_of(dict(os.environ))))


async def _reply_on_and_on(core: Core) -> None:
    """Put a reply to one of the other people in the outbox, again and again."""
    for number in range(10**9):
        now = core.clock.now()
        row = _row(f"reply-{number:07}", f"other{number % 500}", now, "reply", 0)
        async with core.database.transaction() as uow:
            await outbox.enqueue(uow, [row], now=now)
            await uow.commit()
        await asyncio.sleep(1 / _REPLIES_A_SECOND)


# What is sent


def _row(key: str, person: str, now: datetime, purpose: str, urgency: int) -> OutboxRow:
    return OutboxRow(
        id=key,
        dedupe_key=key,
        person_id=f"p-{person}",
        address_id=f"a-{person}",
        channel="official_account",
        purpose=purpose,
        urgency=urgency,
        body=msgspec.json.encode(Push(reply=Reply(text=_TEXT))),
        not_before=now,
        notice_id="notice" if purpose == "notice" else None,
    )


async def _prepare(core: Core, recipients: int) -> None:
    """An outbox with one notice to so many people, and 500 others to be answered."""
    await upgrade(core.database)
    now = core.clock.now()
    names = [f"{n}" for n in range(recipients)] + [f"other{n}" for n in range(500)]
    for start in range(0, len(names), _FOLLOWERS_AT_ONCE):
        some = names[start : start + _FOLLOWERS_AT_ONCE]
        newcomers = [
            people.Newcomer(f"o{name:>027}", f"p-{name}", f"a-{name}") for name in some
        ]
        rows = [
            _row(f"notice-{name}", name, now, "notice", 3)
            for name in some
            if not name.startswith("other")
        ]
        async with core.database.transaction() as uow:
            await people.create(
                uow, channel="official_account", newcomers=newcomers, now=now
            )
            addresses = [one.address_id for one in newcomers]
            until = now + timedelta(hours=48)
            opened = Opened("window", tuple(addresses), until, sends=1000)
            await windows.begin(uow, [opened], now=now)
            await outbox.enqueue(uow, rows, now=now)
            await uow.commit()


# The senders, each in a process of its own


async def _bare(recipients: int, port: int) -> dict[str, float]:
    numbers = iter(range(recipients))
    connector = aiohttp.TCPConnector(limit=_CONNECTIONS)
    url = f"http://127.0.0.1:{port}{_SEND}?access_token=T"

    async def work(http: aiohttp.ClientSession) -> None:
        for number in numbers:
            message = {
                "touser": f"o{number:027}",
                "msgtype": "text",
                "text": {"content": _TEXT},
            }
            async with http.post(url, json=message) as answer:
                if (await answer.json())["errcode"]:
                    raise SystemExit("refused")

    began, used = time.perf_counter(), time.process_time()
    async with aiohttp.ClientSession(connector=connector) as http:
        await asyncio.gather(*(work(http) for _ in range(_CONNECTIONS)))
    return _figures(recipients, began, used)


def _figures(recipients: int, began: float, used: float) -> dict[str, float]:
    return {
        "rate": recipients / (time.perf_counter() - began),
        "cpu": (time.process_time() - used) / recipients * 1e6,
    }


async def _ours(recipients: int, profile: bool) -> dict[str, Any]:
    settings = settings_of(dict(os.environ))
    core = make_core(settings)
    async with aiohttp.ClientSession() as http:
        client = assembly.official_account_client(core, http)
        channel = assembly.official_account_channel(core, client)
        relay = Relay(
            core.database,
            [channel],
            clock=core.clock,
            owner="benchmark",
            planner=assembly.reach_planner(core, [channel], Metrics()),
            journal=Journal(Path(settings.spool_dir) / "journal", "benchmark"),
        )
        # As the service does: what lives as long as it need not be looked at.
        gc.collect()
        gc.freeze()
        samples = _Samples() if profile else None
        since = core.clock.now()
        began, used = time.perf_counter(), time.process_time()
        work = asyncio.ensure_future(relay.run())
        while await _left(core, "notice"):  # noqa: ASYNC110 -- the database tells it, no event
            await asyncio.sleep(0.25)
        figures: dict[str, Any] = _figures(recipients, began, used)
        await relay.stop()
        await work
    if samples is not None:
        figures["profile"] = samples.shares()
    figures |= await _outcome(core, since)
    await core.database.close()
    return figures


async def _left(core: Core, purpose: str) -> bool:
    query = (
        select(table.c.id)
        .where(table.c.state.in_(["waiting", "leased"]), table.c.purpose == purpose)
        .limit(1)
    )
    async with core.database.reading() as uow:
        return (await uow.execute(query)).first() is not None


async def _outcome(core: Core, since: datetime) -> dict[str, Any]:
    """How many arrived, and how long replies took meanwhile, in seconds."""
    waits = select(table.c.settled_at, table.c.created_at).where(
        table.c.purpose == "reply",
        table.c.state == "delivered",
        table.c.created_at > since,
    )
    count = select(func.count()).where(
        table.c.purpose == "notice", table.c.state == "delivered", table.c.attempts == 1
    )
    async with core.database.reading() as uow:
        took = sorted(
            (end - begin) / timedelta(seconds=1)
            for end, begin in await uow.execute(waits)
        )
        delivered = (await uow.execute(count)).scalar_one()
    at = int(0.95 * len(took))
    return {
        "delivered": delivered,
        "replies": len(took),
        "p95": took[at] if took else 0,
    }


class _Samples:
    """Whose code is running, asked every two milliseconds of processor time."""

    _PARTS = (
        ("aiohttp", "aiohttp/"),
        ("decryption", "storage/crypto.py"),
        ("journal", "bot/jobs/journal.py"),
        ("SQLAlchemy and driver", "sqlalchemy/"),
        ("SQLAlchemy and driver", "asyncpg/"),
        ("SQLAlchemy and driver", "aiosqlite/"),
        ("SQLAlchemy and driver", "storage/sqlite.py"),
        ("planner", "bot/jobs/reach.py"),
        ("planner", "storage/reach.py"),
        ("planner", "notices/"),
        ("queries of ours", "storage/"),
        ("channel", "bot/channels/"),
        ("channel", "wechatpy/"),
        ("relay", "bot/jobs/"),
    )

    def __init__(self) -> None:
        self._found: Counter[str] = Counter()
        signal.signal(signal.SIGPROF, self._note)
        signal.setitimer(signal.ITIMER_PROF, 0.002, 0.002)

    def _note(self, _number: int, frame: FrameType | None) -> None:
        while frame is not None:
            name = frame.f_code.co_filename
            for part, path in self._PARTS:
                if path in name:
                    self._found[part] += 1
                    return
            frame = frame.f_back
        self._found["event loop and the rest"] += 1

    def shares(self) -> dict[str, float]:
        signal.setitimer(signal.ITIMER_PROF, 0)
        total = sum(self._found.values())
        return {part: count / total for part, count in self._found.most_common()}


# The run


@contextmanager
def _standing_in(named: dict[str, str], *more: str) -> Iterator[None]:
    command = [sys.executable, "-m", __spec__.name, "--as", "platform", *more]
    process = subprocess.Popen(
        ["taskset", "-c", _core(1), *command], env={**os.environ, **named}
    )
    try:
        _wait_until_it_answers()
        yield
    finally:
        process.terminate()
        process.wait(timeout=30)


def _wait_until_it_answers() -> None:
    for _ in range(200):
        try:
            urllib.request.urlopen(f"http://127.0.0.1:{_PORT}/", timeout=1).close()
        except urllib.error.HTTPError:
            return
        except OSError:
            time.sleep(0.05)
    raise SystemExit("the stand-in does not answer")


def _core(number: int) -> str:
    return str(number % (os.cpu_count() or 1))


def _run(kind: str, recipients: int, named: dict[str, str], *more: str) -> Any:
    command = [sys.executable, "-m", __spec__.name, str(recipients), "--as", kind]
    done = subprocess.run(
        ["taskset", "-c", _core(0), *command, *more],
        env={**os.environ, **named},
        stdout=subprocess.PIPE,
        check=True,
    )
    return json.loads(done.stdout.splitlines()[-1])


def _measure(recipients: int, rounds: int, profile: bool) -> None:
    found: dict[str, list[dict[str, Any]]] = {}
    with PostgresServer(durable=True) as server, tempfile.TemporaryDirectory() as name:
        for round_ in range(rounds):
            urls = {
                "PostgreSQL": server.url(f"bench{round_}"),
                "SQLite": f"sqlite+aiosqlite:///{name}/bench{round_}.db",
            }
            server.execute(f"CREATE DATABASE bench{round_}")
            with _standing_in({}):
                found.setdefault("bare", []).append(_run("bare", recipients, {}))
            for title, url in urls.items():
                named = environment(url, _PORT + 1, Path(name)) | _SETTINGS
                asyncio.run(_prepare_by(named, recipients))
                with _standing_in(named, "--database", url):
                    options = ["--profile"] if profile else []
                    figures = _run("ours", recipients, named, *options)
                if figures["delivered"] != recipients:
                    raise SystemExit(f"{title}: not all arrived at once: {figures}")
                found.setdefault(title, []).append(figures)
    _report(found)


async def _prepare_by(named: dict[str, str], recipients: int) -> None:
    core = make_core(settings_of(named))
    await _prepare(core, recipients)
    await core.database.close()


def _report(found: dict[str, list[dict[str, Any]]]) -> None:
    print(f"{'':24}{'messages/s':>11}{'to bare':>9}{'CPU µs':>8}{'replies p95 s':>15}")
    for title, runs in found.items():
        rate = statistics.median(one["rate"] for one in runs)
        used = statistics.median(one["cpu"] for one in runs)
        p95 = statistics.median(one.get("p95", 0) for one in runs)
        ratio = _ratio(found["bare"], runs)
        print(f"{title:24}{rate:11.0f}{ratio:9.2f}{used:8.0f}{p95:15.2f}")
    for title, runs in found.items():
        for part, share in runs[-1].get("profile", {}).items():
            print(f"{title:24}{part:28}{share:6.1%}")
    for title in ("PostgreSQL", "SQLite"):
        ratio = _ratio(found["bare"], found[title])
        print(f"ratio outbound {title} {ratio:.2f}")


def _ratio(bare: list[dict[str, Any]], ours: list[dict[str, Any]]) -> float:
    """The middle one of each round's ratios: a machine is not equally busy for long."""
    return statistics.median(
        mine["rate"] / theirs["rate"] for mine, theirs in zip(ours, bare, strict=True)
    )


def main(arguments: Sequence[str] | None = None) -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("recipients", type=int, nargs="?", default=100_000)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument(
        "--profile", action="store_true", help="say what takes the time"
    )
    parser.add_argument("--as", dest="kind", help=argparse.SUPPRESS)
    parser.add_argument("--database", help=argparse.SUPPRESS)
    options = parser.parse_args(arguments)
    match options.kind:
        case "platform":
            uvloop.run(_platform(_PORT, options.database))
        case "bare":
            print(json.dumps(uvloop.run(_bare(options.recipients, _PORT))))
        case "ours":
            print(json.dumps(uvloop.run(_ours(options.recipients, options.profile))))
        case _:
            _measure(options.recipients, options.rounds, options.profile)


if __name__ == "__main__":
    main()
