"""A stand-in for the long connection of WeCom's 智能机器人, strict about its rules.

``WeComBotPlatform`` is a WebSocket server at ``url``; ``wecom_bot_members`` are
those who talk to the bot and see what it shows. One connection is the bot's at a
time: a second subscription ends the first with ``disconnected_event``.

To make it fail: ``refusals[cmd]`` codes to answer the next calls with (0: as usual),
``deaf`` commands that are taken and never answered, ``lost`` commands that are
neither (``swallowed`` then), ``secret`` another secret, ``drop``, ``garbage``, ``replace``.
"""

from __future__ import annotations

import asyncio
import base64
import hashlib
import itertools
import os
from collections import defaultdict, deque
from collections.abc import Callable
from typing import Any, Self

import msgspec
from aiohttp import WSCloseCode, WSMsgType, web
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes

from tests.platforms.server import Refusal
from tests.platforms.wecom_bot_rules import Body, Shown, check_card, check_text

BOT_ID, SECRET = "aib-bot", "secret-of-the-bot"
WAITS = 20.0

_CHUNK, _MAX_CHUNKS = 512 * 1024, 100


class Occasion(msgspec.Struct):
    """A callback that may be answered: by what, until when, and about which card."""

    user: str
    by: str
    until: float
    task: str = ""
    group: bool = False


class _Upload(msgspec.Struct):
    init: Body
    chunks: dict[int, bytes]


class WeComBotPlatform:
    """The server. ``async with`` opens and closes its port."""

    def __init__(self) -> None:
        self.secret = SECRET
        self.refusals: dict[str, deque[int]] = defaultdict(deque)
        self.deaf: set[str] = set()
        self.lost: set[str] = set()
        self.swallowed: list[str] = []
        self.closes_replaced = True
        self.media_gone = False
        self.per_minute, self.per_hour = 30, 1000
        self.calls: list[tuple[str, Body]] = []
        self.refused: list[tuple[str, int]] = []
        self.subscriptions = 0
        self.connections = 0
        self.shown: dict[str, list[Shown]] = defaultdict(list)
        self.url = self._base = ""
        self._socket: web.WebSocketResponse | None = None
        self._spoken: set[str] = set()
        self._occasions: dict[str, Occasion] = {}
        self._sent: dict[str, list[float]] = defaultdict(list)
        self._tasks: dict[str, Shown] = {}
        self._uploads: dict[str, _Upload] = {}
        self._media: dict[str, tuple[str, str, bytes]] = {}
        self._files: dict[str, bytes] = {}
        self._numbers = itertools.count(1)
        self._changed = asyncio.Condition()
        self._runner: web.AppRunner | None = None

    async def __aenter__(self) -> Self:
        await self.open()
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.close()

    async def open(self, host: str = "127.0.0.1", port: int = 0) -> None:
        """Listen; ``url`` tells where."""
        app = web.Application()
        app.add_routes(
            [web.get("/", self._serve), web.get("/media/{name}", self._give)]
        )
        self._runner = web.AppRunner(app, shutdown_timeout=1.0)
        await self._runner.setup()
        await web.TCPSite(self._runner, host, port).start()
        address = self._runner.addresses[0]
        self._base = f"http://{address[0]}:{address[1]}"
        self.url = f"ws://{address[0]}:{address[1]}/"

    async def close(self) -> None:
        """Close the port and every connection."""
        await self.drop()
        if self._runner is not None:
            await self._runner.cleanup()
            self._runner = None

    # For tests

    @property
    def connected(self) -> bool:
        """True while the bot is subscribed."""
        return self._socket is not None and not self._socket.closed

    async def until(self, true: Callable[[], object]) -> None:
        """Wait until something is so.

        Raises:
            AssertionError: it was not in time.
        """
        try:
            async with asyncio.timeout(WAITS), self._changed:
                await self._changed.wait_for(lambda: bool(true()))
        except TimeoutError:
            raise AssertionError(f"not so in time; calls: {self.calls[-5:]}") from None

    def count(self, cmd: str) -> int:
        """How many calls of a command came in, refused or not."""
        return sum(one == cmd for one, _ in self.calls)

    async def drop(self) -> None:
        """Cut the bot's connection without a word."""
        if self._socket is not None:
            socket, self._socket = self._socket, None
            transport = socket._req.transport if socket._req else None
            if transport is not None:
                transport.abort()
        await self._tell()

    async def replace(self) -> None:
        """Another program connects as this bot."""
        if self._socket is not None:
            socket, self._socket = self._socket, None
            await self._kick(socket)
        await self._tell()

    async def garbage(self) -> None:
        """Send what is no frame, and frames that mean nothing."""
        assert self._socket is not None
        for raw in ("", "{", "[]", '"x"', '{"cmd":"aibot_future","body":{}}'):
            await self._socket.send_str(raw)
        await self._socket.send_str('{"cmd":"aibot_msg_callback","body":{"from":7}}')
        await self._socket.send_str('{"headers":{"req_id":"nobody"},"errcode":0}')
        await self._socket.send_bytes(b"\xff\xfe")

    def keep_file(self, content: bytes) -> Body:
        """Put a file where the bot may fetch it; its address and its key."""
        key = os.urandom(32)
        padding = 32 - len(content) % 32
        cipher = Cipher(algorithms.AES(key), modes.CBC(key[:16])).encryptor()
        padded = content + bytes([padding]) * padding
        name = f"f{next(self._numbers)}"
        self._files[name] = cipher.update(padded) + cipher.finalize()
        aeskey = base64.b64encode(key).decode().rstrip("=")
        return {"url": f"{self._base}/media/{name}", "aeskey": aeskey}

    # Callbacks

    async def call_back(
        self, cmd: str, user: str, body: Body, occasion: Occasion, *, msgid: str = ""
    ) -> str:
        """Bring something to the bot, as soon as it is there; the callback's req_id."""
        await self.until(lambda: self.connected)
        assert self._socket is not None
        number = next(self._numbers)
        req_id = f"req-{number}"
        self._occasions[req_id] = occasion
        whole = {
            "msgid": msgid or f"msg-{number}",
            "aibotid": BOT_ID,
            "chattype": "group" if occasion.group else "single",
            "from": {"userid": user},
            **({"chatid": "chat-1"} if occasion.group else {}),
            **body,
        }
        await self._send(self._socket, {"cmd": cmd, "body": whole}, req_id)
        return req_id

    def heard(self, user: str) -> None:
        """Note that somebody has written to the bot."""
        self._spoken.add(user.lower())

    # The connection

    async def _serve(self, request: web.Request) -> web.WebSocketResponse:
        socket = web.WebSocketResponse(max_msg_size=2 * 1024 * 1024)
        await socket.prepare(request)
        self.connections += 1
        try:
            async for message in socket:
                if message.type is not WSMsgType.TEXT:
                    await socket.close(code=WSCloseCode.UNSUPPORTED_DATA)
                    break
                await self._take(socket, message.data)
        finally:
            if self._socket is socket:
                self._socket = None
            await self._tell()
        return socket

    async def _take(self, socket: web.WebSocketResponse, raw: str) -> None:
        frame = msgspec.json.decode(raw, type=dict[str, Any])
        cmd, req_id = frame.get("cmd", ""), frame.get("headers", {}).get("req_id", "")
        body = frame.get("body", {})
        if cmd in self.lost:
            self.swallowed.append(cmd)
            await self._tell()
            return
        answer: Body = {"errcode": 0, "errmsg": "ok"}
        try:
            if not req_id or set(frame) - {"cmd", "headers", "body"}:
                raise Refusal(40058, "invalid frame")
            answer |= self._answer(socket, cmd, req_id, body)
        except Refusal as no:
            self.refused.append((cmd, no.code))
            answer = {"errcode": no.code, "errmsg": f"{no.words}, hint: [1]"}
        # Only now: whoever waits for the call finds what it did.
        self.calls.append((cmd, body))
        if cmd == "aibot_subscribe" and not answer["errcode"]:
            await self._subscribed(socket)
        if cmd not in self.deaf:
            await self._send(socket, answer, req_id)
        await self._tell()

    async def _subscribed(self, socket: web.WebSocketResponse) -> None:
        before, self._socket = self._socket, socket
        self.subscriptions += 1
        if before is not None and before is not socket:
            await self._kick(before)

    async def _kick(self, socket: web.WebSocketResponse) -> None:
        event = {"eventtype": "disconnected_event", "disconnected_event": {}}
        body = {"msgid": "k", "aibotid": BOT_ID, "msgtype": "event", "event": event}
        frame = {"cmd": "aibot_event_callback", "body": body}
        await self._send(socket, frame, f"req-{next(self._numbers)}")
        if self.closes_replaced:
            await socket.close()

    async def _send(
        self, socket: web.WebSocketResponse, frame: Body, req_id: str
    ) -> None:
        whole = {**frame, "headers": {"req_id": req_id}}
        try:
            await socket.send_str(msgspec.json.encode(whole).decode())
        except (ConnectionError, RuntimeError):
            return

    async def _tell(self) -> None:
        async with self._changed:
            self._changed.notify_all()

    # Calls

    def _answer(
        self, socket: web.WebSocketResponse, cmd: str, req_id: str, body: Body
    ) -> Body:
        code = self.refusals[cmd].popleft() if self.refusals[cmd] else 0
        if code:
            raise Refusal(code, "on purpose")
        if cmd == "aibot_subscribe":
            return self._subscribe(body)
        if cmd == "ping":
            return {}
        if socket is not self._socket:
            raise Refusal(846609, "aibot websocket not subscribed")
        handler = _HANDLERS.get(cmd)
        if handler is None:
            raise Refusal(40058, f"unknown cmd {cmd}")
        return handler(self, req_id, body)

    def _subscribe(self, body: Body) -> Body:
        if body.get("bot_id") != BOT_ID:
            raise Refusal(93019, "invalid bot_id")
        if body.get("secret") != self.secret:
            raise Refusal(853000, "signature is incorrect")
        return {}

    def _occasion(self, req_id: str, by: str) -> Occasion:
        """What is answered; each can be once, by its own command, in its time."""
        occasion = self._occasions.get(req_id)
        if occasion is None or occasion.by != by:
            raise Refusal(846605, "invalid req_id")
        if asyncio.get_running_loop().time() > occasion.until:
            raise Refusal(846608, "stream message update expired (>6 minutes)")
        del self._occasions[req_id]
        return occasion

    def _respond(self, req_id: str, body: Body) -> Body:
        occasion = self._occasion(req_id, "aibot_respond_msg")
        shown = Shown("aibot_respond_msg")
        kind = body.get("msgtype")
        if kind not in ("stream", "stream_with_template_card", "template_card"):
            raise Refusal(40008, f"invalid msgtype {kind}")
        if kind != "template_card":
            stream = body["stream"]
            if not stream.get("id") or stream.get("finish") is not True:
                raise Refusal(40058, "stream without an end")
            shown.text = check_text(stream.get("content", ""))
        if kind != "stream":
            shown.card = self._card(body["template_card"])
        self._count(occasion.user)
        self._show(occasion.user, shown)
        return {}

    def _welcome(self, req_id: str, body: Body) -> Body:
        occasion = self._occasion(req_id, "aibot_respond_welcome_msg")
        shown = Shown("aibot_respond_welcome_msg")
        if body.get("msgtype") == "text":
            shown.text = check_text(body["text"]["content"])
        elif body.get("msgtype") == "template_card":
            shown.card = self._card(body["template_card"])
        else:
            raise Refusal(40008, "invalid msgtype")
        self._show(occasion.user, shown)
        return {}

    def _update(self, req_id: str, body: Body) -> Body:
        occasion = self._occasion(req_id, "aibot_respond_update_msg")
        if body.get("response_type") != "update_template_card":
            raise Refusal(40058, "invalid response_type")
        card = body["template_card"]
        if card.get("task_id") != occasion.task:
            raise Refusal(40058, "task_id is another card's")
        check_card(card)
        self._tasks[occasion.task].card = card
        return {}

    def _push(self, _req_id: str, body: Body) -> Body:
        user = body.get("chatid", "")
        if user not in self._spoken or body.get("chat_type", 1) != 1:
            raise Refusal(93006, "invalid chatid")
        kind = body.get("msgtype")
        shown = Shown("aibot_send_msg")
        if kind == "markdown":
            shown.text = check_text(body["markdown"]["content"])
        elif kind == "template_card":
            shown.card = self._card(body["template_card"])
        elif kind in ("image", "file"):
            held = self._media.get(body[kind]["media_id"])
            if held is None or held[0] != kind:
                raise Refusal(40007, "invalid media_id")
            shown.kind, shown.name, shown.content = held
        else:
            raise Refusal(40008, f"invalid msgtype {kind}")
        self._count(user)
        self._show(user, shown)
        return {}

    def _count(self, user: str) -> None:
        now = asyncio.get_running_loop().time()
        sent = self._sent[user]
        for seconds, most in ((60, self.per_minute), (3600, self.per_hour)):
            if sum(at > now - seconds for at in sent) >= most:
                raise Refusal(45009, "api freq out of limit")
        sent.append(now)

    def _card(self, card: Body) -> Body:
        check_card(card)
        if card["task_id"] in self._tasks:
            raise Refusal(40058, "task_id was used before")
        return card

    def _show(self, user: str, shown: Shown) -> None:
        self.shown[user].append(shown)
        if shown.card is not None:
            self._tasks[shown.card["task_id"]] = shown

    # Files

    def _init(self, _req_id: str, body: Body) -> Body:
        if body.get("type") not in ("image", "file") or not body.get("filename"):
            raise Refusal(40058, "invalid type or filename")
        if not 0 < body["total_chunks"] <= _MAX_CHUNKS:
            raise Refusal(40058, "invalid total_chunks")
        upload = f"u{next(self._numbers)}"
        self._uploads[upload] = _Upload(body, {})
        return {"body": {"upload_id": upload}}

    def _chunk(self, _req_id: str, body: Body) -> Body:
        upload = self._uploads.get(body["upload_id"])
        content = base64.b64decode(body["base64_data"], validate=True)
        if upload is None or not 0 < len(content) <= _CHUNK:
            raise Refusal(40058, "invalid chunk")
        upload.chunks[body["chunk_index"]] = content
        return {}

    def _finish(self, _req_id: str, body: Body) -> Body:
        upload = self._uploads.pop(body["upload_id"], None)
        if upload is None:
            raise Refusal(40058, "invalid upload_id")
        init = upload.init
        content = b"".join(upload.chunks[at] for at in sorted(upload.chunks))
        if (
            sorted(upload.chunks) != list(range(init["total_chunks"]))
            or len(content) != init["total_size"]
            or hashlib.md5(content).hexdigest() != init["md5"]
        ):
            raise Refusal(40058, "upload incomplete")
        media = f"m{next(self._numbers)}"
        self._media[media] = (init["type"], init["filename"], content)
        return {"body": {"type": init["type"], "media_id": media, "created_at": "1"}}

    def media(self, media_id: str) -> tuple[str, str, bytes]:
        """What was uploaded: its kind, name and content."""
        return self._media[media_id]

    def forget_media(self) -> None:
        """Let all that was uploaded expire."""
        self._media.clear()

    async def _give(self, request: web.Request) -> web.Response:
        content = self._files.get(request.match_info["name"])
        if content is None or self.media_gone:
            return web.Response(status=403, text="expired")
        return web.Response(body=content)


_HANDLERS: dict[str, Callable[[WeComBotPlatform, str, Body], Body]] = {
    "aibot_respond_msg": WeComBotPlatform._respond,
    "aibot_respond_welcome_msg": WeComBotPlatform._welcome,
    "aibot_respond_update_msg": WeComBotPlatform._update,
    "aibot_send_msg": WeComBotPlatform._push,
    "aibot_upload_media_init": WeComBotPlatform._init,
    "aibot_upload_media_chunk": WeComBotPlatform._chunk,
    "aibot_upload_media_finish": WeComBotPlatform._finish,
}
