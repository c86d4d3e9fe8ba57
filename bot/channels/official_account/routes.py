"""``GET/POST /wechat``: what the platform calls.

Whatever comes in, the answer is 200 with a well-formed body, a 4xx that says
nothing, or (when nobody could keep the message) 503, so that the platform
sends it again.
"""

from __future__ import annotations

import asyncio
import os
import re
from collections.abc import Awaitable, Callable

import msgspec
import structlog
from aiohttp import web
from multidict import CIMultiDict

from bot.channels.envelope import CallbackCrypto, MessageKey, Refused
from bot.channels.official_account.parsing import (
    Callback,
    Receipt,
    Unreadable,
    read_callback,
)
from bot.channels.official_account.rendering import NOTHING, PassiveEncoder
from bot.clock import Clock
from bot.ids import new_id as make_id
from bot.ports import Envelope, Receive
from bot.settings import OfficialAccount

CHANNEL = "official_account"
MAX_BODY = 64 * 1024
ANSWER_WITHIN = 4.5
"""Seconds; the platform hangs up after 5 and sends the message again."""

Reconcile = Callable[[Receipt], Awaitable[None]]
"""Told how a template message's delivery ended."""

_READ_WITHIN = 3.0
_CLOCKS_APART = 600
_SIGNATURE = re.compile("[0-9a-f]{40}")
_TIMESTAMP = re.compile("[0-9]{1,12}")
_WORD = re.compile("[!-~]{1,256}")
_ENVELOPE = re.compile(
    rb"<Encrypt>\s*(?:<!\[CDATA\[)?\s*([A-Za-z0-9+/=]+)\s*(?:\]\]>)?\s*</Encrypt>"
)
_XML = CIMultiDict({"Content-Type": "application/xml; charset=utf-8"})
_TEXT = CIMultiDict({"Content-Type": "text/plain; charset=utf-8"})
# The account's papers run out; somebody has to act.
_ACCOUNT_EVENTS = frozenset(
    {
        "annual_renew",
        "naming_verify_fail",
        "qualification_verify_fail",
        "verify_expired",
    }
)

_log = structlog.get_logger(__name__)


def official_account_routes(
    settings: OfficialAccount,
    receive: Receive,
    *,
    clock: Clock,
    reconcile: Reconcile,
    public_url: str,
    new_id: Callable[[], str] = make_id,
) -> list[web.RouteDef]:
    """The routes of the platform's callback; ``receive`` is the inbound door."""
    door = _CallbackDoor(settings, receive, clock, reconcile, public_url, new_id)
    return [
        web.get("/wechat", door.verify, allow_head=False),
        web.post("/wechat", door.receive),
    ]


class _Request(msgspec.Struct, frozen=True):
    """A callback whose signature held: its XML and how to answer it."""

    xml: bytes
    key: MessageKey | None = None


class _CallbackDoor:
    """Checks who calls, reads what they say, answers in time."""

    def __init__(
        self,
        settings: OfficialAccount,
        receive: Receive,
        clock: Clock,
        reconcile: Reconcile,
        public_url: str,
        new_id: Callable[[], str],
    ) -> None:
        self._crypto = CallbackCrypto(
            token=settings.token,
            receiver=settings.app_id,
            aes_key=settings.encoding_aes_key,
            previous_aes_key=settings.previous_aes_key,
        )
        self._receive = receive
        self._clock = clock
        self._reconcile = reconcile
        self._public_url = public_url
        self._new_id = new_id
        self._late: set[asyncio.Future[bytes]] = set()

    async def verify(self, request: web.Request) -> web.Response:
        """Answer the console's check of the address with the plain ``echostr``."""
        try:
            query = self._query(request)
            self._crypto.check(
                _take(query, "signature", _SIGNATURE),
                _take(query, "timestamp", _TIMESTAMP),
                _take(query, "nonce", _WORD),
            )
            echo = _take(query, "echostr", _WORD)
        except Refused as refusal:
            return _refused(refusal)
        return web.Response(text=echo)

    async def receive(self, request: web.Request) -> web.Response:
        """Take one callback and answer it within 4.5 seconds."""
        try:
            query = self._query(request)
            body = await _read_body(request)
            if isinstance(body, web.Response):
                return body
            taken = self._authenticate(query, body)
        except Refused as refusal:
            return _refused(refusal)
        try:
            callback = read_callback(taken.xml, inbound_id=self._new_id())
        except Unreadable as problem:
            _log.warning(
                "wechat_unreadable", reason=str(problem), hint=_hint(taken.xml)
            )
            return _answered(NOTHING)
        return await self._respond(callback, taken)

    def _query(self, request: web.Request) -> dict[str, str]:
        """The query's parameters, each given once.

        Raises:
            Refused: one is given twice, or the time is not ours.
        """
        query = request.query
        once = dict(query)
        if len(once) != len(query):
            raise Refused("repeated parameter")
        sent_at = int(_take(once, "timestamp", _TIMESTAMP))
        if abs(self._clock.real().timestamp() - sent_at) > _CLOCKS_APART:
            raise Refused("timestamp")
        return once

    def _authenticate(self, query: dict[str, str], body: bytes) -> _Request:
        """Check the signature and open the envelope.

        Raises:
            Refused: the callback is not shown to be the platform's.
        """
        timestamp, nonce = query["timestamp"], _take(query, "nonce", _WORD)
        encrypted = query.get("encrypt_type", "raw") == "aes"
        if encrypted != self._crypto.safe_mode:
            # Whoever saw one plain callback could otherwise forge any other.
            raise Refused("mode")
        if not encrypted:
            signature = _take(query, "signature", _SIGNATURE)
            self._crypto.check(signature, timestamp, nonce)
            return _Request(body)
        signature = _take(query, "msg_signature", _SIGNATURE)
        found = _ENVELOPE.findall(body)
        if len(found) != 1:
            raise Refused(_hint(body) or "envelope")
        opened = self._crypto.open(
            found[0].decode(), signature=signature, timestamp=timestamp, nonce=nonce
        )
        return _Request(opened.message, opened.key)

    async def _respond(self, callback: Callback, taken: _Request) -> web.Response:
        if callback.kind in _ACCOUNT_EVENTS:
            _log.warning("wechat_account_event", reason=callback.kind)
        try:
            if callback.receipt is not None:
                await self._reconcile(callback.receipt)
            if callback.inbound is None:
                return _answered(NOTHING)
            remembered = await self._in_time(self._envelope(callback, taken.xml))
        except Exception as error:  # noqa: BLE001 -- whatever it was, the platform shall send it again
            _log.error("wechat_not_kept", error=type(error).__name__)
            return web.Response(status=503)
        if taken.key is None or remembered in (b"", NOTHING):
            return _answered(remembered or NOTHING)
        return _answered(self._seal(remembered, taken.key))

    def _envelope(self, callback: Callback, xml: bytes) -> Envelope:
        inbound = callback.inbound
        if inbound is None:
            raise ValueError("nothing to receive")
        return Envelope(
            channel=CHANNEL,
            address=callback.sender,
            message_key=callback.key,
            inbound=inbound,
            encode=PassiveEncoder(
                callback.sender,
                callback.account,
                self._public_url,
                silent=inbound.kind == "unfollow",
            ),
            body=xml.decode("utf-8", "replace"),
        )

    async def _in_time(self, envelope: Envelope) -> bytes:
        """The remembered answer; nothing when it is not there in time.

        The work goes on then, and the platform's next delivery gets the answer.
        """
        work = asyncio.ensure_future(self._receive(envelope))
        if await _done_within(work, ANSWER_WITHIN):
            return work.result()
        self._late.add(work)
        work.add_done_callback(self._let_go)
        _log.warning("wechat_answer_late")
        return b""

    def _let_go(self, work: asyncio.Future[bytes]) -> None:
        self._late.discard(work)
        if not work.cancelled() and (error := work.exception()):
            _log.error("wechat_late_work_failed", error=type(error).__name__)

    def _seal(self, reply: bytes, key: MessageKey) -> bytes:
        timestamp = str(int(self._clock.real().timestamp()))
        nonce = os.urandom(8).hex()
        return self._crypto.seal(reply, key, timestamp=timestamp, nonce=nonce)


async def _done_within(work: asyncio.Future[bytes], seconds: float) -> bool:
    """Wait for ``work``, at most so long; it goes on in any case.

    As ``asyncio.wait`` does, at a third of its cost: every message passes here.
    """
    loop = asyncio.get_running_loop()
    woken = loop.create_future()

    def wake(_work: object = None) -> None:
        if not woken.done():
            woken.set_result(None)

    timer = loop.call_later(seconds, wake)
    work.add_done_callback(wake)
    try:
        await woken
    finally:
        timer.cancel()
        work.remove_done_callback(wake)
    return work.done()


def _take(query: dict[str, str], name: str, shape: re.Pattern[str]) -> str:
    value = query.get(name, "")
    if not shape.fullmatch(value):
        raise Refused(name)
    return value


async def _read_body(request: web.Request) -> bytes | web.Response:
    """The body, or the answer to one that is too large, too slow or packed."""
    if request.headers.get("Content-Encoding"):
        return web.Response(status=415)
    if (request.content_length or 0) > MAX_BODY:
        return web.Response(status=413)
    if request.content.is_eof():
        body = request.content.read_nowait()
        return body if len(body) <= MAX_BODY else web.Response(status=413)
    try:
        async with asyncio.timeout(_READ_WITHIN):
            return await _read_slowly(request)
    except TimeoutError:
        return web.Response(status=408)
    except (ConnectionError, web.RequestPayloadError):
        return web.Response(status=400)


async def _read_slowly(request: web.Request) -> bytes | web.Response:
    body = bytearray()
    while chunk := await request.content.readany():
        body += chunk
        if len(body) > MAX_BODY:
            return web.Response(status=413)
    return bytes(body)


def _hint(body: bytes) -> str:
    """What the operator has to change, when the body tells."""
    if body.lstrip()[:1] == b"{":
        return "JSON pushes are not read: set the data format to XML in the console"
    return ""


def _refused(refusal: Refused) -> web.Response:
    _log.warning("wechat_refused", reason=str(refusal))
    return web.Response(status=403, text="forbidden")


def _answered(body: bytes) -> web.Response:
    return web.Response(body=body, headers=_TEXT if body == NOTHING else _XML)
