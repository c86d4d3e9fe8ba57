"""``/subscribe``: agree to get subscribe notifications, one at a time.

The platform's client draws the button and asks; what people agree to, it tells
us by an event. Opened anywhere else the page says where to open it.
"""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Awaitable, Callable, Sequence
from importlib.resources import files
from typing import Protocol

import structlog
from aiohttp import web

from bot.pages.rendering import page

PATH = "/subscribe"

_CLIENT = "MicroMessenger"
# The colleague's client, which has no such notifications.
_OTHER_CLIENT = "wxwork"
_SCRIPT = (files("bot.pages.templates") / "subscribe.js").read_text("utf-8")
_SCRIPT_HASH = base64.b64encode(hashlib.sha256(_SCRIPT.encode()).digest()).decode()
# The client's own script draws the button with styles and pictures of its own.
_POLICY = (
    f"default-src 'none'; script-src 'sha256-{_SCRIPT_HASH}' https://res.wx.qq.com "
    "https://res2.wx.qq.com; style-src 'unsafe-inline'; img-src 'self' data: https:; "
    "connect-src https://*.qq.com; frame-src https://*.qq.com; base-uri 'none'; "
    "form-action 'none'; frame-ancestors 'none'"
)

_log = structlog.get_logger(__name__)


class Signature(Protocol):
    """What the page hands to the client's script."""

    @property
    def app_id(self) -> str:
        """The account whose page it is."""

    @property
    def timestamp(self) -> int:
        """When it was signed."""

    @property
    def nonce(self) -> str:
        """What makes the signature another each time."""

    @property
    def signature(self) -> str:
        """The signature itself."""


Sign = Callable[[str], Awaitable[Signature]]
"""The signature for the page's full address; may raise anything."""


def subscribe_routes(
    template_ids: Sequence[str], sign: Sign, public_url: str
) -> list[web.RouteDef]:
    """The page where people agree to notifications by these templates."""

    async def show(request: web.Request) -> web.Response:
        agent = request.headers.get("User-Agent", "")
        if _CLIENT not in agent or _OTHER_CLIENT in agent:
            return page("subscribe", why="elsewhere", signed=None)
        try:
            # As the client sees it: what it adds to the address is signed too.
            signed = await sign(public_url.rstrip("/") + request.raw_path)
        except Exception as error:  # noqa: BLE001 -- the platform may fail in any way
            _log.warning("page_not_signed", error=type(error).__name__)
            return page("subscribe", why="later", signed=None)
        shown = page(
            "subscribe",
            why="",
            signed=signed,
            templates=",".join(template_ids),
            script=_SCRIPT,
        )
        shown.headers["Content-Security-Policy"] = _POLICY
        return shown

    return [web.get(PATH, show)]
