"""``/d/{token}``: a document behind a signed, expiring link."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from urllib.parse import quote

from aiohttp import web

from bot.clock import Clock
from bot.links import DocumentLink, Links
from bot.pages.rendering import gone
from bot.ports import StoredFile

FindDocument = Callable[[DocumentLink], Awaitable[StoredFile | None]]
"""Loads or draws what a link shows; None when it is no longer there."""

# What a browser may show in place; anything else is saved.
_SHOWN = frozenset(
    {"image/jpeg", "image/png", "image/webp", "image/gif", "application/pdf"}
)


def document_routes(
    links: Links, clock: Clock, finders: Mapping[str, FindDocument]
) -> list[web.RouteDef]:
    """The document link; ``finders`` by the link's kind (``file``, ``submission``)."""

    async def show(request: web.Request) -> web.Response:
        link = links.read(request.match_info["token"], now=clock.real())
        find = finders.get(link.kind) if link else None
        document = await find(link) if link and find else None
        return gone() if document is None else document_response(document)

    return [web.get("/d/{token}", show)]


def document_response(document: StoredFile) -> web.Response:
    """A document as it is handed over: shown in place, or saved."""
    shown = document.media_type in _SHOWN
    return web.Response(
        body=document.content,
        headers={
            "Content-Type": document.media_type,
            "Content-Disposition": disposition(document.name, inline=shown),
            "Cache-Control": "no-store",
        },
    )


def disposition(name: str, *, inline: bool) -> str:
    """How a file is to be taken: RFC 6266, its name in UTF-8 with a plain fallback."""
    plain = "".join(
        c if c.isascii() and (c.isalnum() or c in "._-") else "_" for c in name
    )
    kind = "inline" if inline else "attachment"
    return f"{kind}; filename=\"{plain}\"; filename*=UTF-8''{quote(name, safe='')}"
