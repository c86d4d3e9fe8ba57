"""``/healthz``, ``/readyz`` and ``/metrics``: for machines that watch the service."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping

import structlog
from aiohttp import web

from bot.metrics import CONTENT_TYPE, Backlog, Metrics

Check = Callable[[], Awaitable[bool]]
"""True when a thing the service needs is there; may raise when it is not."""

_WITHIN = 3.0

_log = structlog.get_logger()


def health_routes(
    checks: Mapping[str, Check],
    metrics: Metrics,
    count_backlog: Callable[[], Awaitable[Backlog]],
) -> list[web.RouteDef]:
    """The three; ``checks`` by name (``database``, ``migrations``)."""

    async def alive(_request: web.Request) -> web.Response:
        return web.json_response({"status": "alive"})

    async def ready(_request: web.Request) -> web.Response:
        passed = await asyncio.gather(*(_passes(*check) for check in checks.items()))
        failing = [name for name, ok in zip(checks, passed, strict=True) if not ok]
        if failing:
            return web.json_response(
                {"status": "not ready", "failing": failing}, status=503
            )
        return web.json_response({"status": "ready"})

    async def measure(_request: web.Request) -> web.Response:
        # Without a database the rest is what tells why.
        try:
            async with asyncio.timeout(_WITHIN):
                metrics.show(await count_backlog())
        except Exception as error:  # noqa: BLE001 -- whatever it was, the others are shown
            _log.warning("backlog_not_counted", error=type(error).__name__)
        return web.Response(body=metrics.text(), headers={"Content-Type": CONTENT_TYPE})

    return [
        web.get("/healthz", alive),
        web.get("/readyz", ready),
        web.get("/metrics", measure),
    ]


async def _passes(name: str, check: Check) -> bool:
    try:
        async with asyncio.timeout(_WITHIN):
            return await check()
    except Exception:  # noqa: BLE001 -- whatever a check raises, it has failed
        _log.warning("readiness_check_failed", reason=name, exc_info=True)
        return False
