"""A service as small as can be, for what the stand-in sends it."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from xml.etree import ElementTree as ET

from aiohttp import web

from tests.platforms.envelope import Envelope, read_leaves, write_xml


class SmallService:
    """Notes each callback opened, and answers the next of ``answers``.

    An answer is the plain XML of a reply, ``b""`` for ``success``, a status, or
    ``None`` to say nothing until ``go_on``.
    """

    def __init__(self, envelope: Envelope) -> None:
        self.answers: list[bytes | int | None] = []
        self.got: list[ET.Element] = []
        self.queries: list[dict[str, str]] = []
        self.url = ""
        self.go_on = asyncio.Event()
        self._envelope = envelope

    async def take(self, request: web.Request) -> web.Response:
        query = dict(request.query)
        sealed = read_leaves(await request.read())["Encrypt"]
        signed = self._envelope.sign(query["timestamp"], query["nonce"], sealed)
        assert query["msg_signature"] == signed
        self.queries.append(query)
        self.got.append(ET.fromstring(self._envelope.open(sealed)))
        answer = self.answers.pop(0) if self.answers else b""
        if answer is None:
            await self.go_on.wait()
            return web.Response()
        if isinstance(answer, int):
            return web.Response(status=answer)
        return web.Response(body=self._seal(answer) if answer else b"success")

    def _seal(self, answer: bytes) -> bytes:
        if not answer.startswith(b"<xml>"):
            return answer
        sealed = self._envelope.seal(answer)
        leaves = {"Encrypt": sealed, "TimeStamp": "1", "Nonce": "n"}
        signed = self._envelope.sign("1", "n", sealed)
        return write_xml({**leaves, "MsgSignature": signed})

    def said(self, name: str) -> list[str]:
        """One leaf of every callback."""
        return [one.findtext(name, "") for one in self.got]


@asynccontextmanager
async def small_service(envelope: Envelope) -> AsyncIterator[SmallService]:
    service = SmallService(envelope)
    app = web.Application()
    app.add_routes([web.post("/callback", service.take)])
    runner = web.AppRunner(app, shutdown_timeout=1.0)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    host, port = runner.addresses[0][:2]
    service.url = f"http://{host}:{port}/callback"
    yield service
    service.go_on.set()
    await runner.cleanup()
