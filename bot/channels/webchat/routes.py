"""The web chat's page and its WebSocket: frames in, the inbound door, frames out."""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import Awaitable, Callable, Sequence
from typing import Any, Protocol
from urllib.parse import urlsplit

import msgspec
import structlog
from aiohttp import WSMsgType, web

from bot.channels.webchat import frames, wording
from bot.channels.webchat.frames import Dresser, Unreadable
from bot.channels.webchat.hub import Connection, Hub
from bot.channels.webchat.page import ASSETS, CONTENT_SECURITY_POLICY, Asset
from bot.clock import Clock
from bot.links import Links
from bot.ports import Envelope, Receive
from bot.uploads import MAX_UPLOAD, safe_name, sniff
from conversations.model import Inbound, Reply
from storage.people import Known

CHANNEL = "webchat"

# A file of the greatest size in base64, and the frame around it.
_MAX_FRAME = MAX_UPLOAD * 4 // 3 + 1024 * 1024
_HEARTBEAT = 25.0
_QUEUED = 16

_log = structlog.get_logger()


class SamplePerson(msgspec.Struct, frozen=True):
    """Somebody the page offers to be."""

    user: str
    name: str
    role: str
    note: str = ""


class SaveUpload(Protocol):
    """Keeps a file that a person sent."""

    def __call__(
        self, address: str, *, name: str, media_type: str, content: bytes
    ) -> Awaitable[str]:
        """Store it and return its id."""


_Waiting = asyncio.Queue[tuple[str, frames.Message] | None]
"""Messages in the order they came, with who said them; None ends it."""

FindPerson = Callable[[str], Awaitable[Known | None]]
"""Who has a web chat address; None before the first message."""


class WebChat:
    """Everything the web chat needs of the service; ``routes`` go into the app."""

    def __init__(  # noqa: PLR0913 -- each is one thing the channel asks of the service
        self,
        receive: Receive,
        hub: Hub,
        *,
        clock: Clock,
        links: Links,
        new_id: Callable[[], str],
        save_upload: SaveUpload,
        find_person: FindPerson,
        persons: Sequence[SamplePerson] = (),
        movable_clock: bool = False,
    ) -> None:
        self._receive = receive
        self._hub = hub
        self._clock = clock
        self._public_host = urlsplit(links.public_url).netloc
        self._dresser = Dresser(links, clock.real)
        self._new_id = new_id
        self._save_upload = save_upload
        self._find_person = find_person
        self._about = msgspec.json.encode({"persons": persons, "clock": movable_clock})

    def routes(self) -> list[web.RouteDef]:
        """``/``, ``/chat/ws`` and what the page loads."""
        return [
            web.get("/", self._page),
            web.get("/chat/ws", self._socket),
            web.get("/chat/about", self._tell_about),
            web.get("/chat/assets/{name}", self._asset),
        ]

    async def _page(self, _request: web.Request) -> web.Response:
        return _served(ASSETS["index.html"])

    async def _asset(self, request: web.Request) -> web.Response:
        asset = ASSETS.get(request.match_info["name"])
        if asset is None:
            raise web.HTTPNotFound
        return _served(asset)

    async def _tell_about(self, _request: web.Request) -> web.Response:
        return web.Response(body=self._about, content_type="application/json")

    async def _socket(self, request: web.Request) -> web.WebSocketResponse:
        if not self._is_ours(request):
            raise web.HTTPForbidden
        socket = web.WebSocketResponse(heartbeat=_HEARTBEAT, max_msg_size=_MAX_FRAME)
        await socket.prepare(request)
        tab = Connection(socket)
        waiting: _Waiting = asyncio.Queue(_QUEUED)
        worker = asyncio.create_task(self._work(tab, waiting))
        try:
            async for message in socket:
                if message.type in {WSMsgType.TEXT, WSMsgType.BINARY}:
                    await self._take(tab, waiting, message.data)
        finally:
            # What was said before the tab closed is still worked on.
            self._hub.leave(tab)
            await waiting.put(None)
            await worker
        return socket

    def _is_ours(self, request: web.Request) -> bool:
        """False for a page of another site that a browser has open."""
        origin = request.headers.get("Origin")
        return origin is None or urlsplit(origin).netloc in {
            request.host,
            self._public_host,
        }

    async def _take(
        self,
        tab: Connection,
        waiting: _Waiting,
        raw: str | bytes,
    ) -> None:
        try:
            frame = frames.read(raw)
        except Unreadable as refused:
            await _complain(tab, refused.why, refused.frame_id)
            return
        match frame:
            case frames.Hello():
                await self._greet(tab, frame)
            case frames.Ack(id=push_id):
                tab.acknowledge(push_id)
            case _ if not tab.user:
                await _complain(tab, "no_hello", frame.id)
            case _:
                await waiting.put((tab.user, frame))

    async def _greet(self, tab: Connection, hello: frames.Hello) -> None:
        user = hello.user.strip()
        tab.confirms = hello.confirm
        known = await self._find_person(user)
        self._hub.join(user, tab, known)
        if hello.confirm:
            now = frames.stamp(self._clock.now())
            await tab.send({"type": "welcome", "known": known is not None, "now": now})

    async def _work(self, tab: Connection, waiting: _Waiting) -> None:
        while (said := await waiting.get()) is not None:
            user, message = said
            async with self._hub.order(user):
                await self._answer(tab, user, message)

    async def _answer(
        self, tab: Connection, user: str, message: frames.Message
    ) -> None:
        try:
            replies = await self._ask(user, message)
            # A first message makes a person; one that erases, unmakes them.
            self._hub.recognise(user, await self._find_person(user))
        except Exception:  # noqa: BLE001 -- the connection outlives a failed message
            _log.exception("message_failed", channel=CHANNEL)
            await _complain(tab, "busy", message.id, retry=True)
            return
        for place, frame in enumerate(
            self._dresser.frame(reply, person_id=tab.person_id) for reply in replies
        ):
            await tab.send(frame | self._marks(message, place))
        await _idle(tab, message.id)

    def _marks(self, message: frames.Message, place: int) -> dict[str, Any]:
        """When it was said; and an id by which a page knows it again, if it can."""
        at = {"at": frames.stamp(self._clock.now())}
        return at | {"id": f"{message.id}-{place}"} if message.id else at

    async def _ask(self, user: str, message: frames.Message) -> list[Reply]:
        answer = await self._receive(
            Envelope(
                channel=CHANNEL,
                address=user,
                message_key=self._key(user, message),
                inbound=await self._inbound(user, message),
                encode=frames.encode,
            )
        )
        return frames.remembered(answer)

    def _key(self, user: str, message: frames.Message) -> str:
        """The same for a message sent again by the page; else fresh.

        A digest, because keys are kept in plain and ``user`` may be a name.
        """
        given = frames.usable_id(message.id)
        if not given:
            return f"{CHANNEL}:{self._new_id()}"
        digest = hashlib.sha256(f"{user}\0{given}".encode()).hexdigest()
        return f"{CHANNEL}:{digest[:32]}"

    async def _inbound(self, user: str, message: frames.Message) -> Inbound:
        fresh = self._new_id()
        match message:
            case frames.Text(text=send, label=label) if message.is_tap:
                return Inbound(id=fresh, kind="tap", text=frames.tidy(label), tap=send)
            case frames.Text(text=text):
                return Inbound(id=fresh, kind="text", text=frames.tidy(text))
            case frames.Picture(name=name, data=data):
                media = await self._save(user, name or wording.UNNAMED_IMAGE, data)
                return Inbound(id=fresh, kind="image", media=media)
            case frames.Attachment(name=name, data=data):
                named = safe_name(name, wording.UNNAMED_FILE)
                media = await self._save(user, named, data)
                return Inbound(id=fresh, kind="file", text=named, media=media)
            case frames.Follow():
                return Inbound(id=fresh, kind="follow")

    async def _save(self, user: str, name: str, content: bytes) -> str:
        file_id = await self._save_upload(
            user,
            name=safe_name(name, wording.UNNAMED_FILE),
            media_type=sniff(content),
            content=content,
        )
        return f"file:{file_id}"


def _served(asset: Asset) -> web.Response:
    headers = {
        "Cache-Control": "no-cache",
        "Content-Security-Policy": CONTENT_SECURITY_POLICY,
    }
    return web.Response(
        body=asset.content,
        content_type=asset.media_type,
        charset="utf-8",
        headers=headers,
    )


async def _complain(
    tab: Connection, why: str, frame_id: str, *, retry: bool = False
) -> None:
    frame = {"type": "error", "text": wording.TROUBLE[why], "re": frame_id}
    await tab.send(frame | {"retry": True} if retry else frame)
    await _idle(tab, frame_id)


async def _idle(tab: Connection, frame_id: str) -> None:
    await tab.send({"type": "idle", "re": frame_id} if frame_id else {"type": "idle"})
