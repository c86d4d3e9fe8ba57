"""``/verify/{certificate}``: is this certificate real. The name is masked.

What cannot be a number and what is nobody's get the same answer, and nobody
may ask often: numbers end in signs that would have to be guessed.
"""

from __future__ import annotations

import ipaddress
from collections.abc import Awaitable, Callable
from datetime import date

import msgspec
from aiohttp import web

from bot.pages.rendering import page

_PREFIX_OF_ONE_HOUSE = 64
"""Bits of an IPv6 address that belong to one customer."""


class Verified(msgspec.Struct, frozen=True):
    """What everybody who has a number may know of its certificate.

    ``name`` is masked; empty once the person had their data erased.
    """

    number: str
    name: str
    institution: str
    level: str
    major: str
    opens_on: date
    ends_on: date
    issued_on: date
    revoked_on: date | None = None


FindCertificate = Callable[[str], Awaitable[Verified | None]]
"""The certificate of a number as somebody wrote it; None when there is none."""

MayAsk = Callable[[str], Awaitable[bool]]
"""Counts one more look from where somebody is; False when it is one too many."""


def verify_routes(find: FindCertificate, may_ask: MayAsk) -> list[web.RouteDef]:
    """The page, and what leads to it when the number is left out."""

    async def show(request: web.Request) -> web.Response:
        if not await may_ask(client_of(request)):
            return page("verify", status=429, state="often", found=None)
        found = await find(request.match_info["certificate"])
        if found is None:
            return page("verify", status=404, state="unknown", found=None)
        state = "revoked" if found.revoked_on else "valid"
        return page("verify", state=state, found=found)

    return [web.get("/verify/{certificate}", show)]


def client_of(request: web.Request) -> str:
    """Where the asker is: the proxy's word for it, when a proxy on this machine asks."""
    said = request.remote or ""
    if _is_loopback(said):
        forwarded = request.headers.get("X-Forwarded-For", "")
        said = forwarded.rpartition(",")[2].strip() or said
    try:
        address = ipaddress.ip_address(said)
    except ValueError:
        return "unknown"
    if address.version == 6:
        net = ipaddress.ip_network((address, _PREFIX_OF_ONE_HOUSE), strict=False)
        return str(net.network_address)
    return str(address)


def _is_loopback(said: str) -> bool:
    try:
        return ipaddress.ip_address(said).is_loopback
    except ValueError:
        return False
