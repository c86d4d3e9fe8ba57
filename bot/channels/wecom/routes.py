"""``GET/POST /wecom``: what WeCom calls.

Whatever comes in, the answer is 200 with an encrypted reply or nothing, a 4xx
that says nothing, or (when nobody could keep the message) 503, so that WeCom
sends it again.
"""

from __future__ import annotations

import asyncio
import os
from collections.abc import Awaitable, Callable

import structlog
from aiohttp import web
from multidict import CIMultiDict

from bot.channels.callback import (
    ANSWER_WITHIN,
    SIGNATURE,
    TIMESTAMP,
    WORD,
    Punctual,
    find_envelope,
    read_body,
    read_query,
    take,
)
from bot.channels.envelope import CallbackCrypto, MessageKey, Opened, Refused
from bot.channels.transport import ApiError
from bot.channels.wecom import CHANNEL
from bot.channels.wecom.parsing import Callback, Click, read_callback
from bot.channels.wecom.rendering import ClickEncoder, PassiveEncoder
from bot.channels.xml import Unreadable
from bot.clock import Clock
from bot.ids import new_id as make_id
from bot.ports import Encoder, Envelope, Receive
from bot.settings import WeCom
from bot.spool import everything_as_pushes

UpdateCard = Callable[[str, str, str], Awaitable[None]]
"""Shows on a card what was chosen (userid, response code, label)."""

_XML = CIMultiDict({"Content-Type": "application/xml; charset=utf-8"})

_log = structlog.get_logger(__name__)


def wecom_routes(
    settings: WeCom,
    receive: Receive,
    *,
    clock: Clock,
    update_card: UpdateCard,
    new_id: Callable[[], str] = make_id,
) -> list[web.RouteDef]:
    """The routes of the app's callback; ``receive`` is the inbound door."""
    door = _CallbackDoor(settings, receive, clock, update_card, new_id)
    return [
        web.get("/wecom", door.verify, allow_head=False),
        web.post("/wecom", door.receive),
    ]


class _CallbackDoor:
    """Checks who calls, reads what they say, answers in time."""

    def __init__(
        self,
        settings: WeCom,
        receive: Receive,
        clock: Clock,
        update_card: UpdateCard,
        new_id: Callable[[], str],
    ) -> None:
        self._crypto = CallbackCrypto(
            token=settings.token,
            receiver=settings.corp_id,
            aes_key=settings.encoding_aes_key,
        )
        self._corp = settings.corp_id
        self._in_time = Punctual(receive)
        self._clock = clock
        self._update_card = update_card
        self._new_id = new_id
        self._updates: set[asyncio.Task[None]] = set()

    async def verify(self, request: web.Request) -> web.Response:
        """Answer the console's check of the address with the decrypted ``echostr``."""
        try:
            query = read_query(request, now=self._clock.real())
            # A plus that was sent as it is reads as a blank.
            query["echostr"] = query.get("echostr", "").replace(" ", "+")
            opened = self._open(query, take(query, "echostr", WORD))
        except Refused as refusal:
            return _refused(refusal)
        return web.Response(body=opened.message, content_type="text/plain")

    async def receive(self, request: web.Request) -> web.Response:
        """Take one callback and answer it within 4.5 seconds."""
        try:
            query = read_query(request, now=self._clock.real())
            body = await read_body(request)
            if isinstance(body, web.Response):
                return body
            opened = self._open(query, find_envelope(body))
        except Refused as refusal:
            return _refused(refusal)
        try:
            callback = read_callback(opened.message, inbound_id=self._new_id())
        except Unreadable as problem:
            _log.warning("wecom_unreadable", reason=str(problem))
            return web.Response()
        return await self._respond(callback, opened)

    def _open(self, query: dict[str, str], envelope: str) -> Opened:
        return self._crypto.open(
            envelope,
            signature=take(query, "msg_signature", SIGNATURE),
            timestamp=take(query, "timestamp", TIMESTAMP),
            nonce=take(query, "nonce", WORD),
        )

    async def _respond(self, callback: Callback, opened: Opened) -> web.Response:
        if callback.inbound is None:
            return web.Response()
        envelope = Envelope(
            channel=CHANNEL,
            address=callback.sender,
            message_key=callback.key,
            inbound=callback.inbound,
            encode=self._encoder(callback),
            body=opened.message.decode("utf-8", "replace"),
        )
        try:
            remembered = await self._in_time(envelope, within=ANSWER_WITHIN)
        except Exception as error:  # noqa: BLE001 -- whatever it was, the platform shall send it again
            _log.error("wecom_not_kept", error=type(error).__name__)
            return web.Response(status=503)
        if remembered:
            return web.Response(body=self._seal(remembered, opened.key), headers=_XML)
        if callback.click is not None:
            self._update_late(callback.sender, callback.click)
        return web.Response()

    def _encoder(self, callback: Callback) -> Encoder:
        if callback.click is not None:
            label = callback.click.chosen.label
            return ClickEncoder(callback.sender, self._corp, label)
        if callback.kind == "enter_agent":
            # What is remembered is answered again: a greeting must not be.
            return everything_as_pushes
        silent = callback.kind == "unsubscribe"
        return PassiveEncoder(callback.sender, self._corp, silent)

    def _update_late(self, userid: str, click: Click) -> None:
        """Change a card whose click could not be answered in time, by a call."""
        if not click.response_code:
            return

        async def update() -> None:
            try:
                await self._update_card(userid, click.response_code, click.chosen.label)
            except ApiError as error:
                # The code is spent or too old: a second click is told that it is old.
                _log.warning("wecom_card_not_updated", error=str(error))

        task = asyncio.get_running_loop().create_task(update())
        self._updates.add(task)
        task.add_done_callback(self._updates.discard)

    def _seal(self, reply: bytes, key: MessageKey) -> bytes:
        timestamp = str(int(self._clock.real().timestamp()))
        return self._crypto.seal(
            reply, key, timestamp=timestamp, nonce=os.urandom(8).hex()
        )


def _refused(refusal: Refused) -> web.Response:
    _log.warning("wecom_refused", reason=str(refusal))
    return web.Response(status=403, text="forbidden")
