"""``/demo/clock``: what time it is in the demo, and moving it forward."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from datetime import datetime, timedelta
from typing import Annotated
from urllib.parse import urlsplit

import msgspec
from aiohttp import web

from bot.clock import CHINA, Clock

Advance = Callable[[datetime], Awaitable[None]]
"""Moves the clock to a moment, playing what lies in between; returns when it is sent."""

_TOLD = timedelta(seconds=1)
_FURTHEST = timedelta(days=3 * 366)


class Move(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Where to move the clock: to a moment with its offset, or by days."""

    now: datetime | None = None
    advance_days: Annotated[int, msgspec.Meta(ge=0, le=_FURTHEST.days)] | None = None


class _Refused(Exception):  # noqa: N818 -- a verdict, answered with 400
    """The clock does not go there; the message says why."""


def demo_clock_routes(clock: Clock, advance: Advance) -> list[web.RouteDef]:
    """The demo clock. One move at a time; a second one waits for the first."""
    moving = asyncio.Lock()

    def tell(status: int = 200, **more: str) -> web.Response:
        now = clock.now().astimezone(CHINA).replace(microsecond=0).isoformat()
        return web.json_response({"now": now, **more}, status=status)

    async def show(_request: web.Request) -> web.Response:
        return tell()

    async def move(request: web.Request) -> web.Response:
        if not _is_ours(request):
            raise web.HTTPForbidden
        raw = await request.read()
        async with moving:
            try:
                target = _target(raw, clock.now())
            except _Refused as refused:
                return tell(400, error=str(refused))
            await advance(target)
        return tell()

    return [web.get("/demo/clock", show), web.post("/demo/clock", move)]


def _target(raw: bytes, now: datetime) -> datetime:
    """The moment asked for.

    Raises:
        _Refused: not of the form, behind ``now``, or years ahead.
    """
    try:
        move = msgspec.json.decode(raw, type=Move)
    except msgspec.DecodeError as error:
        raise _Refused(f"not a move: {error}") from None
    if (move.now is None) == (move.advance_days is None):
        raise _Refused('give "now" or "advance_days"')
    if move.now is None:
        return now + timedelta(days=move.advance_days or 0)
    if move.now.tzinfo is None:
        raise _Refused('"now" needs its offset, such as +08:00')
    # The clock is told in whole seconds: what it just said is not behind it.
    if not now - _TOLD <= move.now <= now + _FURTHEST:
        raise _Refused("the clock only goes forward, three years at most")
    return max(now, move.now)


def _is_ours(request: web.Request) -> bool:
    """False for a page of another site that a browser has open."""
    origin = request.headers.get("Origin")
    return origin is None or urlsplit(origin).netloc == request.host
