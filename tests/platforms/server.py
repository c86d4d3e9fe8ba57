"""The HTTP side that every stand-in has: calls, refusals, faults, the ledger."""

from __future__ import annotations

import asyncio
import contextlib
from collections import Counter
from collections.abc import Callable, Iterator
from typing import Any, Self

import msgspec
from aiohttp import web
from multidict import CIMultiDict

from bot.clock import Clock, SystemClock
from tests.platforms.faults import AFTER, Fault, Faults

_JSON = CIMultiDict({"Content-Type": "application/json; encoding=utf-8"})
_LARGEST = 24 * 1024 * 1024
_HANGS = 60.0
_PAGE = 1000


class Refusal(Exception):  # noqa: N818 -- an answer of the platform, not an error of ours
    """The platform says no: its code and its words."""

    def __init__(self, code: int, words: str) -> None:
        super().__init__(f"{code}: {words}")
        self.code = code
        self.words = words


class Call(msgspec.Struct):
    """A call of the API as a handler gets it."""

    name: str
    request: web.BaseRequest
    body: bytes

    def parameter(self, name: str) -> str:
        return str(self.request.query.get(name, ""))


class Entry(msgspec.Struct):
    """Something that went to somebody: when (epoch seconds), how, and what.

    ``repeat``: the platform knew its client id, nobody saw it a second time.
    """

    number: int
    at: float
    call: str
    to: str
    body: dict[str, Any]
    msgid: int = 0
    repeat: bool = False


class File(msgspec.Struct, frozen=True):
    """An answer that is not JSON."""

    content: bytes
    media_type: str
    name: str = ""


Answer = dict[str, Any] | File
Handler = Callable[[Call], Answer]
"""Answers a call at once, or raises ``Refusal``."""


class PlatformServer:
    """Answers calls by their path; ``async with`` opens and closes its port.

    ``attempts`` counts calls by name, ``refused`` by ``name:code``; ``ledger``
    holds all that was accepted, in its order.
    """

    def __init__(self, clock: Clock | None = None, *, seed: int = 0) -> None:
        self.clock: Clock = clock or SystemClock()
        self.faults = Faults(seed)
        self.attempts: Counter[str] = Counter()
        self.refused: Counter[str] = Counter()
        self.ledger: list[Entry] = []
        self.hang_seconds = _HANGS
        self.url = ""
        self._handlers: dict[str, Handler] = {}
        self._free: frozenset[str] = frozenset()
        self._closing = asyncio.Event()
        self._runner: web.ServerRunner | None = None

    # Its port

    async def __aenter__(self) -> Self:
        await self.open()
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.close()

    async def open(self, host: str = "127.0.0.1", port: int = 0) -> None:
        """Listen; ``url`` tells where."""
        self._closing.clear()
        server = web.Server(
            self._respond, request_factory=_large_request, access_log=None
        )
        self._runner = web.ServerRunner(server, shutdown_timeout=1.0)
        await self._runner.setup()
        await web.TCPSite(self._runner, host, port).start()
        address = self._runner.addresses[0]
        self.url = f"http://{address[0]}:{address[1]}"

    async def close(self) -> None:
        """Let go of all that hangs, and close the port."""
        self._closing.set()
        if self._runner is not None:
            await self._runner.cleanup()
            self._runner = None

    def release(self) -> None:
        """Let go of every call that hangs now."""
        self._closing.set()
        self._closing = asyncio.Event()

    # What was accepted

    def sent(self, call: str = "", to: str = "") -> list[dict[str, Any]]:
        """The bodies that were accepted, of one call and to one person if named.

        A repetition with a known client id is not among them.
        """
        return [
            entry.body
            for entry in self.ledger
            if not entry.repeat
            and (not call or entry.call == call)
            and (not to or entry.to == to)
        ]

    def accept(
        self, call: str, to: str, body: dict[str, Any], *, msgid: int = 0
    ) -> Entry:
        """Note something that went to somebody."""
        number, at = len(self.ledger) + 1, self.clock.now().timestamp()
        entry = Entry(number, at, call, to, body, msgid)
        self.ledger.append(entry)
        return entry

    # Calls

    async def _respond(self, request: web.BaseRequest) -> web.StreamResponse:
        path = request.path
        if path.startswith("/_"):
            return await self._desk(request)
        name = path.removeprefix("/cgi-bin/")
        handler = self._handlers.get(name)
        if handler is None:
            file = self.public_file(path)
            return _response(file) if file else web.Response(status=404)
        self.attempts[name] += 1
        call = Call(name, request, await _body(request))
        if self.faults.loses_token():
            self.invalidate()
        if delay := self.faults.delay():
            await asyncio.sleep(delay)
        fault = self.faults.draw(name)
        if fault is None:
            return _response(self._answer(handler, call))
        return await self._fail(fault, handler, call)

    def _answer(self, handler: Handler, call: Call) -> Answer:
        try:
            if call.name not in self._free:
                self.demand_token(call)
            return handler(call)
        except Refusal as refusal:
            return self._refuse(call.name, refusal)

    def _refuse(self, name: str, refusal: Refusal) -> Answer:
        self.refused[f"{name}:{refusal.code}"] += 1
        trace = f"{sum(self.attempts.values()):08x}"
        words = f"{refusal.words} hint: [{trace}] rid: {trace}"
        return {"errcode": refusal.code, "errmsg": words}

    def public_file(self, _path: str) -> File | None:
        """A file that anybody may fetch."""
        return None

    def demand_token(self, call: Call) -> None:
        """Refuse a call whose access token is not good.

        Raises:
            Refusal: of the platform's kind.
        """
        raise NotImplementedError

    def invalidate(self) -> None:
        """Make every access token worthless."""
        raise NotImplementedError

    # Faults

    async def _fail(
        self, fault: Fault, handler: Handler, call: Call
    ) -> web.StreamResponse:
        if isinstance(fault, int):
            if fault in (40001, 40014, 42001):
                self.invalidate()
            refusal = Refusal(fault, "fault on purpose")
            return _response(self._refuse(call.name, refusal))
        answer = self._answer(handler, call) if fault in AFTER else {}
        return await getattr(self, f"_{fault}")(call.request, answer)  # type: ignore[no-any-return]  # one of the methods below

    async def _http500(self, _request: web.BaseRequest, _: Answer) -> web.Response:
        return web.Response(status=502, text="<html>bad gateway</html>")

    async def _garbage(self, _request: web.BaseRequest, _: Answer) -> web.Response:
        return web.Response(text="<html>ok?</html>", content_type="text/html")

    async def _hang(self, request: web.BaseRequest, _: Answer) -> web.Response:
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(self.hang_seconds):
                await self._closing.wait()
        return await self._reset(request, _)

    _hang_after = _hang

    async def _reset(self, request: web.BaseRequest, _: Answer) -> web.Response:
        if request.transport is not None:
            request.transport.abort()
        return web.Response()

    _reset_after = _reset

    async def _half(
        self, request: web.BaseRequest, answer: Answer
    ) -> web.StreamResponse:
        whole = _response(answer)
        body = whole.body if isinstance(whole.body, bytes) else b"{}"
        response = web.StreamResponse(headers={"Content-Length": str(len(body))})
        await response.prepare(request)
        await response.write(body[: len(body) // 2])
        if request.transport is not None:
            request.transport.abort()
        return response

    # What tests of another process ask

    async def _desk(self, request: web.BaseRequest) -> web.StreamResponse:
        asked = msgspec.json.decode(await request.read() or b"{}")
        match request.path:
            case "/_faults":
                self.faults.order(asked)
                return _response({"fired": dict(self.faults.fired)})
            case "/_ledger":
                return _response(self._page(request))
            case "/_invalidate":
                self.invalidate()
                return _response({})
            case path:
                return _response(await self.order(path[2:], asked))

    async def order(self, what: str, _asked: dict[str, Any]) -> dict[str, Any]:
        """Do what ``/_what`` asks of this platform."""
        raise web.HTTPNotFound(text=what)

    def _page(self, request: web.BaseRequest) -> dict[str, Any]:
        """Counts, and the entries after ``since`` (1000 at most, or ``limit``)."""
        query = request.query
        since, limit = int(query.get("since", 0)), int(query.get("limit", _PAGE))
        return {
            "total": len(self.ledger),
            "attempts": dict(self.attempts),
            "refused": dict(self.refused),
            "fired": dict(self.faults.fired),
            "entries": list(self._some(query, since))[:limit],
        }

    def _some(self, query: Any, since: int) -> Iterator[dict[str, Any]]:
        for entry in self.ledger[since:]:
            if query.get("to", entry.to) != entry.to:
                continue
            if query.get("call", entry.call) == entry.call:
                yield msgspec.to_builtins(entry)


def _large_request(
    message: Any, payload: Any, protocol: Any, writer: Any, task: Any
) -> web.BaseRequest:
    loop = asyncio.get_running_loop()
    return web.BaseRequest(
        message, payload, protocol, writer, task, loop, client_max_size=_LARGEST
    )


async def _body(request: web.BaseRequest) -> bytes:
    """The body of a call; an upload is read by its handler's own way."""
    content = request.content
    if content.is_eof():
        return content.read_nowait()
    return await request.read()


def _response(answer: Answer) -> web.Response:
    if isinstance(answer, dict):
        return web.Response(body=msgspec.json.encode(answer), headers=_JSON)
    headers = {"Content-Type": answer.media_type}
    if answer.name:
        headers["Content-Disposition"] = f'attachment; filename="{answer.name}"'
    return web.Response(body=answer.content, headers=headers)
