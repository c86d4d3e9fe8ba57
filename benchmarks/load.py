"""Load: many users, each saying a script's next line when the last was answered.

Everything is encrypted before the clock starts and checked after it stops, so
that the client costs little. Written against the platform's documents, with
nothing of the service's own code.
"""

from __future__ import annotations

import asyncio
import base64
import gc
import hashlib
import os
import re
import statistics
import struct
import time
from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import cast
from urllib.parse import urlencode

from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes

TOKEN = "benchtoken"
AES_KEY = "abcdefghijklmnopqrstuvwxyz0123456789ABCDEFG"
APP_ID = "wx0123456789abcdef"
ACCOUNT = "gh_benchmark"

_KEY = base64.b64decode(AES_KEY + "=")
_CIPHER = Cipher(algorithms.AES(_KEY), modes.CBC(_KEY[:16]))
_GIVE_UP = 120
_FIELD = r"<{name}>(?:<!\[CDATA\[(.*?)\]\]>|([^<]*))</{name}>"


@dataclass(frozen=True)
class Line:
    """What a user says, and a pattern its answer must match."""

    text: str
    expect: str = ""


@dataclass
class _Message:
    line: Line
    user: str
    request: bytes
    sent: float = 0.0
    answered: float = 0.0
    status: int = 0
    body: bytes = b""


@dataclass
class Result:
    """One run: messages a second, seconds to an answer, and what was wrong."""

    rate: float
    p50: float
    p99: float
    messages: int
    errors: dict[str, int] = field(default_factory=dict)


def _sha1(*parts: str) -> str:
    return hashlib.sha1("".join(sorted(parts)).encode()).hexdigest()


def encrypt(xml: str) -> str:
    """Tencent's envelope: random, length, text, app id, padded to 32 bytes."""
    raw = xml.encode()
    raw = os.urandom(16) + struct.pack(">I", len(raw)) + raw + APP_ID.encode()
    pad = 32 - len(raw) % 32
    encryptor = _CIPHER.encryptor()
    sealed = encryptor.update(raw + bytes([pad]) * pad) + encryptor.finalize()
    return base64.b64encode(sealed).decode()


def decrypt(text: str) -> str:
    """The XML inside an envelope; ValueError when it is not for our app."""
    decryptor = _CIPHER.decryptor()
    raw = decryptor.update(base64.b64decode(text)) + decryptor.finalize()
    raw = raw[16 : -raw[-1]]
    (length,) = struct.unpack(">I", raw[:4])
    if raw[4 + length :].decode() != APP_ID:
        raise ValueError("app id")
    return raw[4 : 4 + length].decode()


def tag(xml: str, name: str) -> str | None:
    """The text of the first element of that name."""
    found = re.search(_FIELD.format(name=name), xml, re.DOTALL)
    if found is None:
        return None
    return found[1] if found[1] is not None else found[2]


def callback(path: str, user: str, text: str, message_id: int) -> bytes:
    """One encrypted callback as a whole HTTP request."""
    xml = (
        f"<xml><ToUserName><![CDATA[{ACCOUNT}]]></ToUserName>"
        f"<FromUserName><![CDATA[{user}]]></FromUserName>"
        f"<CreateTime>{int(time.time())}</CreateTime>"
        f"<MsgType><![CDATA[text]]></MsgType><Content><![CDATA[{text}]]></Content>"
        f"<MsgId>{message_id}</MsgId></xml>"
    )
    return signed_request(path, user, xml)


def signed_request(path: str, user: str, xml: str) -> bytes:
    """Any inner XML as a signed, encrypted callback."""
    sealed = encrypt(xml)
    stamp, nonce = str(int(time.time())), str(int.from_bytes(os.urandom(4)))
    query = urlencode(
        {
            "signature": _sha1(TOKEN, stamp, nonce),
            "timestamp": stamp,
            "nonce": nonce,
            "openid": user,
            "encrypt_type": "aes",
            "msg_signature": _sha1(TOKEN, stamp, nonce, sealed),
        }
    )
    body = (
        f"<xml><ToUserName><![CDATA[{ACCOUNT}]]></ToUserName>"
        f"<Encrypt><![CDATA[{sealed}]]></Encrypt></xml>"
    ).encode()
    head = (
        f"POST {path}?{query} HTTP/1.1\r\nHost: 127.0.0.1\r\n"
        f"Content-Type: text/xml\r\nContent-Length: {len(body)}\r\n\r\n"
    )
    return head.encode() + body


def reply_text(body: bytes, user: str) -> str:
    """The text of a checked reply; ValueError says what is wrong with it."""
    text = body.decode().strip()
    if text in ("", "success"):
        raise ValueError("empty reply")
    sealed = tag(text, "Encrypt") or ""
    stamp, nonce = tag(text, "TimeStamp") or "", tag(text, "Nonce") or ""
    if _sha1(TOKEN, stamp, nonce, sealed) != tag(text, "MsgSignature"):
        raise ValueError("signature")
    xml = decrypt(sealed)
    if tag(xml, "ToUserName") != user or tag(xml, "FromUserName") != ACCOUNT:
        raise ValueError("addressed to somebody else")
    return tag(xml, "Content") or ""


class _Connection(asyncio.Protocol):
    """One keep-alive connection: a request, its response, the next request."""

    def __init__(self, run: _Run) -> None:
        self._run = run
        self._buffer = b""
        self._message: _Message | None = None
        self._transport: asyncio.WriteTransport | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        # uvloop's transports are not instances of asyncio's classes.
        self._transport = cast("asyncio.WriteTransport", transport)
        self._run.idle(self)

    def send(self, message: _Message) -> None:
        assert self._transport is not None
        self._message = message
        message.sent = time.perf_counter()
        self._transport.write(message.request)

    def data_received(self, data: bytes) -> None:
        self._buffer += data
        end = self._buffer.find(b"\r\n\r\n")
        if end < 0:
            return
        head = self._buffer[:end].lower()
        length = int(head.split(b"content-length:", 1)[1].split(b"\r\n", 1)[0])
        if len(self._buffer) < end + 4 + length:
            return
        message, self._message = self._message, None
        assert message is not None
        message.answered = time.perf_counter()
        message.status = int(head[9:12])
        message.body = self._buffer[end + 4 : end + 4 + length]
        self._buffer = b""
        self._run.answered(self, message)

    def connection_lost(self, exc: Exception | None) -> None:
        if self._message is not None:
            self._run.failed(exc or ConnectionError("closed"))


class _Run:
    def __init__(self, queues: Sequence[deque[_Message]]) -> None:
        self._queues = {queue[0].user: queue for queue in queues}
        self._ready = deque(self._queues)
        self._idle: deque[_Connection] = deque()
        self._left = sum(len(queue) for queue in queues)
        self._started = False
        self.done: asyncio.Future[None] = asyncio.get_running_loop().create_future()

    def start(self) -> None:
        self._started = True
        self._dispatch()

    def idle(self, connection: _Connection) -> None:
        self._idle.append(connection)
        self._dispatch()

    def answered(self, connection: _Connection, message: _Message) -> None:
        self._left -= 1
        if self._queues[message.user]:
            self._ready.append(message.user)
        if not self._left and not self.done.done():
            self.done.set_result(None)
        self.idle(connection)

    def failed(self, error: Exception) -> None:
        if not self.done.done():
            self.done.set_exception(error)

    def _dispatch(self) -> None:
        while self._started and self._idle and self._ready:
            message = self._queues[self._ready.popleft()].popleft()
            self._idle.popleft().send(message)


async def play(
    port: int,
    script: Sequence[Line],
    *,
    path: str = "/wechat",
    users: int,
    connections: int = 32,
    prefix: str = "o",
) -> Result:
    """Let new users talk through the script; their answers are all checked."""
    base = time.time_ns() // 1000
    messages: list[_Message] = []
    queues: list[deque[_Message]] = []
    for number in range(users):
        user = f"{prefix}{base:x}{number:06d}"[-28:].rjust(28, "o")
        queue: deque[_Message] = deque()
        for place, line in enumerate(script):
            message_id = base * 1000 + number * len(script) + place
            queue.append(
                _Message(line, user, callback(path, user, line.text, message_id))
            )
        messages.extend(queue)
        queues.append(queue)
    run = _Run(queues)
    loop = asyncio.get_running_loop()
    opened = [
        await loop.create_connection(lambda: _Connection(run), "127.0.0.1", port)
        for _ in range(connections)
    ]
    gc.collect()
    gc.disable()
    began = time.perf_counter()
    run.start()
    try:
        async with asyncio.timeout(_GIVE_UP):
            await run.done
    finally:
        gc.enable()
    took = time.perf_counter() - began
    for transport, _ in opened:
        transport.close()
    return _judge(messages, took)


def _judge(messages: Sequence[_Message], took: float) -> Result:
    waits = sorted(message.answered - message.sent for message in messages)
    errors: dict[str, int] = {}
    for message in messages:
        try:
            if message.status != 200:
                raise ValueError(f"HTTP {message.status}")
            text = reply_text(message.body, message.user)
            if not re.search(message.line.expect, text, re.DOTALL):
                raise ValueError(f"{message.line.text!r} was answered {text[:80]!r}")
        except ValueError as error:
            errors[str(error)] = errors.get(str(error), 0) + 1
    return Result(
        rate=len(messages) / took,
        p50=statistics.median(waits),
        p99=waits[int(len(waits) * 0.99)],
        messages=len(messages),
        errors=errors,
    )
