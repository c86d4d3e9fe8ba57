"""``GET/POST /wechat``: what the platform calls.

Whatever comes in, the answer is 200 with a well-formed body, a 4xx that says
nothing, or (when nobody could keep the message) 503, so that the platform
sends it again.
"""

from __future__ import annotations

import os
from collections.abc import Awaitable, Callable

import msgspec
import structlog
from aiohttp import web
from multidict import CIMultiDict

from bot.channels.callback import (
    ANSWER_WITHIN,
    READ_WITHIN,
    SIGNATURE,
    TIMESTAMP,
    WORD,
    Punctual,
    find_envelope,
    read_body,
    read_query,
    take,
)
from bot.channels.envelope import CallbackCrypto, MessageKey, Refused
from bot.channels.official_account import CHANNEL
from bot.channels.official_account.parsing import Callback, is_json, read_callback
from bot.channels.official_account.rendering import NOTHING, PassiveEncoder
from bot.channels.xml import Unreadable
from bot.clock import Clock
from bot.ids import new_id as make_id
from bot.ports import Envelope, Receive
from bot.settings import OfficialAccount

Reconcile = Callable[[Callback], Awaitable[None]]
"""Takes in what the platform tells of its own accord (``Callback.told``)."""

_XML = CIMultiDict({"Content-Type": "application/xml; charset=utf-8"})
_JSON = CIMultiDict({"Content-Type": "application/json; charset=utf-8"})
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
    """A callback whose signature held: what it says and how to answer it."""

    content: bytes
    key: MessageKey | None = None

    @property
    def json(self) -> bool:
        """True iff the console's data format is JSON; the answer has the same."""
        return is_json(self.content)


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
        self._in_time = Punctual(receive)
        self._clock = clock
        self._reconcile = reconcile
        self._public_url = public_url
        self._new_id = new_id

    async def verify(self, request: web.Request) -> web.Response:
        """Answer the console's check of the address with the plain ``echostr``."""
        try:
            query = read_query(request, now=self._clock.real())
            self._crypto.check(
                take(query, "signature", SIGNATURE),
                take(query, "timestamp", TIMESTAMP),
                take(query, "nonce", WORD),
            )
            echo = take(query, "echostr", WORD)
        except Refused as refusal:
            return _refused(refusal)
        return web.Response(text=echo)

    async def receive(self, request: web.Request) -> web.Response:
        """Take one callback and answer it within 4.5 seconds."""
        try:
            query = read_query(request, now=self._clock.real())
            body = await read_body(request, within=READ_WITHIN)
            if isinstance(body, web.Response):
                return body
            taken = self._authenticate(query, body)
        except Refused as refusal:
            return _refused(refusal)
        try:
            callback = read_callback(taken.content, inbound_id=self._new_id())
        except Unreadable as problem:
            _log.warning("wechat_unreadable", reason=str(problem))
            return _answered(NOTHING)
        return await self._respond(callback, taken)

    def _authenticate(self, query: dict[str, str], body: bytes) -> _Request:
        """Check the signature and open the envelope.

        Raises:
            Refused: the callback is not shown to be the platform's.
        """
        timestamp, nonce = query["timestamp"], take(query, "nonce", WORD)
        encrypted = query.get("encrypt_type", "raw") == "aes"
        if encrypted != self._crypto.safe_mode:
            # Whoever saw one plain callback could otherwise forge any other.
            raise Refused("mode")
        if not encrypted:
            signature = take(query, "signature", SIGNATURE)
            self._crypto.check(signature, timestamp, nonce)
            return _Request(body)
        signature = take(query, "msg_signature", SIGNATURE)
        opened = self._crypto.open(
            _envelope(body), signature=signature, timestamp=timestamp, nonce=nonce
        )
        return _Request(opened.message, opened.key)

    async def _respond(self, callback: Callback, taken: _Request) -> web.Response:
        if callback.kind in _ACCOUNT_EVENTS:
            _log.warning("wechat_account_event", reason=callback.kind)
        try:
            if callback.told:
                await self._reconcile(callback)
            if callback.inbound is None:
                return _answered(NOTHING)
            remembered = await self._in_time(
                self._envelope(callback, taken), within=ANSWER_WITHIN
            )
        except Exception as error:  # noqa: BLE001 -- whatever it was, the platform shall send it again
            _log.error("wechat_not_kept", error=type(error).__name__)
            return web.Response(status=503)
        if taken.key is None or remembered in (b"", NOTHING):
            return _answered(remembered or NOTHING)
        return _answered(self._seal(remembered, taken.key, json=taken.json))

    def _envelope(self, callback: Callback, taken: _Request) -> Envelope:
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
                json=taken.json,
            ),
            body=taken.content.decode("utf-8", "replace"),
            opens=callback.opens,
        )

    def _seal(self, reply: bytes, key: MessageKey, *, json: bool) -> bytes:
        timestamp = str(int(self._clock.real().timestamp()))
        nonce = os.urandom(8).hex()
        seal = self._crypto.seal_json if json else self._crypto.seal
        return seal(reply, key, timestamp=timestamp, nonce=nonce)


class _JsonEnvelope(msgspec.Struct, frozen=True):
    """An encrypted callback in the JSON format."""

    encrypt: str = msgspec.field(name="Encrypt")


def _envelope(body: bytes) -> str:
    """The envelope of an encrypted callback, in base64.

    Raises:
        Refused: there is none, or more than one.
    """
    if is_json(body):
        try:
            return msgspec.json.decode(body, type=_JsonEnvelope).encrypt
        except (msgspec.DecodeError, UnicodeDecodeError):
            raise Refused("envelope") from None
    return find_envelope(body)


def _refused(refusal: Refused) -> web.Response:
    _log.warning("wechat_refused", reason=str(refusal))
    return web.Response(status=403, text="forbidden")


def _answered(body: bytes) -> web.Response:
    headers = _TEXT if body == NOTHING else _JSON if is_json(body) else _XML
    return web.Response(body=body, headers=headers)
