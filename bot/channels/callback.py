"""What every platform's callback is taken in by: checked, read, answered in time."""

from __future__ import annotations

import asyncio
import re
from datetime import datetime

import structlog
from aiohttp import web

from bot.channels.envelope import Refused
from bot.ports import Envelope, Receive
from bot.waiting import done_within

MAX_BODY = 64 * 1024
"""Bytes of a callback."""

ANSWER_WITHIN = 4.5
"""Seconds; the platforms hang up after 5 and send the message again."""

READ_WITHIN = 3.0
"""Seconds for a callback to come in."""

SIGNATURE = re.compile("[0-9a-f]{40}")
TIMESTAMP = re.compile("[0-9]{1,12}")
WORD = re.compile("[!-~]{1,256}")
_ENVELOPE = re.compile(
    rb"<Encrypt>\s*(?:<!\[CDATA\[)?\s*([A-Za-z0-9+/=]+)\s*(?:\]\]>)?\s*</Encrypt>"
)
_CLOCKS_APART = 600

_log = structlog.get_logger(__name__)


def read_query(request: web.Request, *, now: datetime) -> dict[str, str]:
    """The query's parameters, each given once; ``now`` is the machine's.

    Raises:
        Refused: one is given twice, or the time is not ours.
    """
    query = request.query
    once = dict(query)
    if len(once) != len(query):
        raise Refused("repeated parameter")
    sent_at = int(take(once, "timestamp", TIMESTAMP))
    if abs(now.timestamp() - sent_at) > _CLOCKS_APART:
        raise Refused("timestamp")
    return once


def take(query: dict[str, str], name: str, shape: re.Pattern[str]) -> str:
    """A parameter of the given shape.

    Raises:
        Refused: it is missing or has another shape.
    """
    value = query.get(name, "")
    if not shape.fullmatch(value):
        raise Refused(name)
    return value


def find_envelope(body: bytes) -> str:
    """The one envelope of an encrypted callback in XML, in base64.

    Raises:
        Refused: there is none, or more than one.
    """
    found = _ENVELOPE.findall(body)
    if len(found) != 1:
        raise Refused("envelope")
    return str(found[0], "ascii")


async def read_body(
    request: web.Request, *, within: float = READ_WITHIN
) -> bytes | web.Response:
    """The body, or the answer to one that is too large, too slow or packed."""
    if request.headers.get("Content-Encoding"):
        return web.Response(status=415)
    if (request.content_length or 0) > MAX_BODY:
        return web.Response(status=413)
    if request.content.is_eof():
        body = request.content.read_nowait()
        return body if len(body) <= MAX_BODY else web.Response(status=413)
    try:
        async with asyncio.timeout(within):
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


class Punctual:
    """Waits for the inbound door only as long as the platform waits for us."""

    def __init__(self, receive: Receive) -> None:
        self._receive = receive
        self._late: set[asyncio.Future[bytes]] = set()

    async def __call__(self, envelope: Envelope, *, within: float) -> bytes:
        """The remembered answer; nothing when it is not there in time.

        The work goes on then, and the platform's next delivery gets the answer.
        """
        work = asyncio.ensure_future(self._receive(envelope))
        if await done_within(work, within):
            return work.result()
        self._late.add(work)
        work.add_done_callback(self._let_go)
        _log.warning("wechat_answer_late")
        return b""

    def _let_go(self, work: asyncio.Future[bytes]) -> None:
        self._late.discard(work)
        if not work.cancelled() and (error := work.exception()):
            _log.error("wechat_late_work_failed", error=type(error).__name__)
