"""What every answer of the service has in common: headers, and errors without traces."""

from __future__ import annotations

import structlog
from aiohttp import web
from aiohttp.typedefs import Handler

from bot.pages.rendering import gone, page

_HEADERS = {
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Cache-Control": "no-store",
    "Content-Security-Policy": "default-src 'none'; frame-ancestors 'none'",
}

_log = structlog.get_logger()


def protect(app: web.Application) -> None:
    """Give every answer of ``app`` the headers, and every error a polite page."""
    app.middlewares.append(polite_errors)
    app.on_response_prepare.append(_add_headers)


async def _add_headers(_request: web.Request, response: web.StreamResponse) -> None:
    # Platforms read their XML and nothing else; it is most of the traffic.
    if response.content_type == "application/xml":
        return
    for name, value in _HEADERS.items():
        response.headers.setdefault(name, value)
    response.headers.pop("Server", None)


@web.middleware
async def polite_errors(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Answer errors in the asker's language: a page for people, JSON for programs."""
    try:
        return await handler(request)
    except web.HTTPException as error:
        if error.status < 400:
            raise
        return _told(request, error.status, dict(_allowed(error)))
    except Exception:  # noqa: BLE001 -- nobody is shown a traceback
        _log.exception("request_failed", method=request.method, route=_route(request))
        return _told(request, 500, {})


def _allowed(error: web.HTTPException) -> dict[str, str]:
    allow = error.headers.get("Allow")
    return {"Allow": allow} if allow else {}


def _told(request: web.Request, status: int, headers: dict[str, str]) -> web.Response:
    if "text/html" not in request.headers.get("Accept", ""):
        return web.json_response(
            {"error": _REASONS.get(status, "refused")}, status=status, headers=headers
        )
    told = gone() if status == 404 else page("error", status=status, code=status)
    told.headers.update(headers)
    return told


_REASONS = {
    403: "forbidden",
    404: "not found",
    405: "method not allowed",
    413: "too big",
    500: "internal error",
}


def _route(request: web.Request) -> str:
    """The pattern of the path, never the path: it may hold a token."""
    resource = request.match_info.route.resource
    return resource.canonical if resource else "none"
