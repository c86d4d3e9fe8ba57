"""A platform API on this machine: counts what it is asked, fails when told to."""

from __future__ import annotations

import asyncio
import json
from collections import defaultdict, deque
from collections.abc import Awaitable, Callable
from typing import Any

from aiohttp import web
from aiohttp.test_utils import TestServer

Fault = int | str
"""An error code to answer with, or ``500``-like text, ``garbage``, ``hang``,
``cut`` (taken, then cut) or ``half`` (an answer that breaks off)."""


class FakeApi:
    """``stable_token``, messages, media. Refuses every token but the last one."""

    def __init__(self) -> None:
        self.token_fetches = 0
        self.secret = "secret"
        self.refuse_every_token = False
        self.expires_in = 7200
        self.calls: list[tuple[str, dict[str, Any]]] = []
        self.attempts: dict[str, int] = defaultdict(int)
        self.shown: dict[tuple[str, str], dict[str, Any]] = {}
        self.faults: dict[str, deque[Fault]] = defaultdict(deque)
        self.uploads: list[tuple[str, str, bytes]] = []
        self.media: dict[str, bytes] = {}
        self.media_down: set[str] = set()
        self.media_refusals = 0
        self.released = asyncio.Event()
        self.together: asyncio.Barrier | None = None
        self._valid = ""
        app = web.Application(client_max_size=20 * 1024 * 1024)
        app.add_routes(
            [
                web.post("/cgi-bin/stable_token", self._token),
                web.post("/cgi-bin/media/upload", self._upload),
                web.get("/cgi-bin/media/get", self._media),
                web.post("/cgi-bin/message/{kind}/send", self._message),
                web.post("/cgi-bin/message/{kind}/bizsend", self._message),
                web.post("/cgi-bin/message/custom/typing", self._typing),
                web.get("/cgi-bin/ticket/getticket", self._ticket),
            ]
        )
        self.server = TestServer(app)

    @property
    def url(self) -> str:
        return str(self.server.make_url("/"))

    def invalidate(self) -> None:
        """Make the token that everybody has worthless."""
        self._valid = ""

    def after(self, kind: str, good: int, *faults: Fault) -> None:
        """Let some calls of a kind go well before they fail."""
        self.faults[kind].extend([0] * good)
        self.faults[kind].extend(faults)

    def sent(self, kind: str) -> list[dict[str, Any]]:
        """The bodies of the messages that were taken."""
        return [body for path, body in self.calls if path == kind]

    async def _token(self, request: web.Request) -> web.StreamResponse:
        self.token_fetches += 1
        body = await request.json()
        assert body["grant_type"] == "client_credential"
        assert body["force_refresh"] is False
        if self.faults["token"]:
            return await self._fail(request, self.faults["token"].popleft())
        if body["secret"] != self.secret:
            return _json({"errcode": 40001, "errmsg": "invalid credential"})
        if not self._valid:
            self._valid = f"token-{self.token_fetches}"
        return _json({"access_token": self._valid, "expires_in": self.expires_in})

    def _refused(self, request: web.Request) -> web.Response | None:
        given = request.query.get("access_token")
        if self.refuse_every_token or given != self._valid:
            return _json({"errcode": 40001, "errmsg": "invalid credential rid: 6a-1"})
        return None

    async def _message(self, request: web.Request) -> web.StreamResponse:
        kind = request.match_info["kind"]
        self.attempts[kind] += 1
        # Real UTF-8, never escapes: the client shows them as they come.
        raw = await request.text()
        assert "\\u" not in raw
        if refused := self._refused(request):
            return refused
        if self.together:
            await self.together.wait()
        body = json.loads(raw)
        if self.faults[kind]:
            fault = self.faults[kind].popleft()
            if fault == "cut":
                self._take(kind, body)
            if fault != 0:
                return await self._fail(request, fault)
        return _json({"errcode": 0, "errmsg": "ok", "msgid": self._take(kind, body)})

    def _take(self, kind: str, body: dict[str, Any]) -> int:
        """Note a message; one with a client id that is known is shown once."""
        self.calls.append((kind, body))
        shown_as = (body["touser"], body.get("client_msg_id") or str(len(self.calls)))
        self.shown.setdefault(shown_as, body)
        return 200000000 + list(self.shown).index(shown_as)

    async def _upload(self, request: web.Request) -> web.StreamResponse:
        self.attempts["upload"] += 1
        if refused := self._refused(request):
            return refused
        if self.faults["upload"]:
            return await self._fail(request, self.faults["upload"].popleft())
        form = await request.post()
        media = form["media"]
        assert isinstance(media, web.FileField)
        self.uploads.append((media.filename, media.content_type, media.file.read()))
        media.file.close()
        return _json({"type": "image", "media_id": f"m{len(self.uploads)}"})

    async def _typing(self, request: web.Request) -> web.StreamResponse:
        self.attempts["typing"] += 1
        if refused := self._refused(request):
            return refused
        if self.faults["typing"]:
            return await self._fail(request, self.faults["typing"].popleft())
        self.calls.append(("typing", await request.json()))
        return _json({"errcode": 0, "errmsg": "ok"})

    async def _ticket(self, request: web.Request) -> web.StreamResponse:
        self.attempts["ticket"] += 1
        assert request.query["type"] == "jsapi"
        if refused := self._refused(request):
            return refused
        if self.faults["ticket"]:
            return await self._fail(request, self.faults["ticket"].popleft())
        ticket = f"ticket-{self.attempts['ticket']}"
        return _json({"errcode": 0, "ticket": ticket, "expires_in": 7200})

    async def _media(self, request: web.Request) -> web.StreamResponse:
        if refused := self._refused(request):
            return refused
        if request.query["media_id"] in self.media_down & self.media.keys():
            self.media_refusals += 1
            # Down in three ways, one after the other.
            broken = ("500", "garbage", -1)[self.media_refusals % 3]
            return await self._fail(request, broken)
        content = self.media.get(request.query["media_id"])
        if content is None:
            return _json({"errcode": 40007, "errmsg": "invalid media_id"})
        return web.Response(body=content, content_type="image/jpeg")

    async def _fail(self, request: web.Request, fault: Fault) -> web.StreamResponse:
        if isinstance(fault, int):
            if fault in (40001, 40014, 42001):
                self.invalidate()
            words = f"refused hint: [x] rid: 6a-{fault}"
            return _json({"errcode": fault, "errmsg": words})
        return await _BREAKS[fault](self, request)

    async def _hang(self, _request: web.Request) -> web.StreamResponse:
        await self.released.wait()
        return web.Response()

    async def _cut(self, request: web.Request) -> web.StreamResponse:
        assert request.transport is not None
        request.transport.abort()
        return web.Response()

    async def _server_error(self, _request: web.Request) -> web.StreamResponse:
        return web.Response(status=502, text="<html>bad gateway</html>")

    async def _garbage(self, _request: web.Request) -> web.StreamResponse:
        return web.Response(text="<html>ok?</html>", content_type="text/html")


_BREAKS: dict[str, Callable[[FakeApi, web.Request], Awaitable[web.StreamResponse]]] = {
    "hang": FakeApi._hang,
    "cut": FakeApi._cut,
    "500": FakeApi._server_error,
    "garbage": FakeApi._garbage,
}


def _json(body: dict[str, Any]) -> web.Response:
    # The platform's own content type for its JSON.
    return web.Response(
        body=json.dumps(body, ensure_ascii=False).encode(), content_type="text/plain"
    )
