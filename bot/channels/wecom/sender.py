"""Pushes to the app's members.

Nothing limits when they may be sent. What only an operator can put right stops
all sending for a while, for all processes.

Two messages of one content to one member within half an hour are one by
mistake, if they are notices or reminders, or cards, whose task is their own: the
platform is asked to let one through, so that one in doubt can be sent again. Of
texts that reply they are two: people are told the same again.
"""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import structlog

from bot.channels.refusals import Remedy
from bot.channels.switchboard import Switchboard
from bot.channels.transport import ApiError, RefusedError, UnsureError
from bot.channels.wecom import CHANNEL, wording
from bot.channels.wecom.client import WeComClient
from bot.channels.wecom.errors import rule_for, settlement_of
from bot.channels.wecom.media import UnfitError, Uploads
from bot.channels.wecom.rendering import Piece, pieces, texts
from bot.clock import Clock
from bot.links import Links
from bot.ports import (
    Again,
    Blocked,
    Doubt,
    Failed,
    MediaGoneError,
    Outgoing,
    Push,
    Sent,
    Settlement,
)
from bot.settings import WeCom
from notices.reach import APP, Shut, Terms

_ALL = "all"
_CROWDED = (0, 30)
_SMALLER = 1000
_FILE_GOOD_FOR = timedelta(days=7)

_log = structlog.get_logger(__name__)


class WeComChannel:
    """Sends pushes; see ``bot.ports.Channel``."""

    name = CHANNEL

    def __init__(
        self,
        settings: WeCom,
        client: WeComClient,
        uploads: Uploads,
        switches: Switchboard,
        *,
        links: Links,
        clock: Clock,
    ) -> None:
        self._settings = settings
        self._client = client
        self._uploads = uploads
        self._switches = switches
        self._links = links
        self._clock = clock
        # How many pieces of a push have gone out, by row, while it is not settled.
        self._gone: dict[str, int] = {}

    def connected(self) -> tuple[str, ...] | None:
        """None: every member can be reached from every process."""
        return None

    async def terms(self) -> Terms:
        """One way, open unless an operator is needed; not at crowded minutes."""
        off = await self._switches.off(_ALL)
        shut = {}
        if off is not None:
            until = self._clock.now() + timedelta(seconds=off.seconds)
            shut[APP] = Shut(off.reason, until)
        return Terms(
            channel=self.name,
            ways=(APP,),
            shut=shut,
            per_minute=self._settings.per_minute,
            per_hour=self._settings.per_hour,
            avoids=_CROWDED,
        )

    def pieces(self, push: Push) -> int:
        """How many messages of the platform a push takes."""
        return len(pieces(push.reply, self._links.public_url, "any"))

    async def send(self, message: Outgoing) -> Settlement:
        """Send one push, piece by piece; a repetition goes on where it stopped."""
        if off := await self._switches.off(_ALL):
            return Again("off", off.reason, off.seconds)
        settlement = await self._send(message)
        if not isinstance(settlement, Again | Doubt):
            self._gone.pop(message.id, None)
        return settlement

    async def _send(self, message: Outgoing) -> Settlement:
        parts = pieces(
            message.push.reply, self._links.public_url, message.client_message_id
        )
        told = ""
        try:
            for index in range(self._gone.get(message.id, 0), len(parts)):
                answer = await self._say(message, parts[index])
                if settled := _refused_member(answer):
                    return settled
                told = str(answer.get("msgid", ""))
                self._gone[message.id] = index + 1
        except UnsureError as error:
            part = parts[self._gone.get(message.id, 0)]
            return Doubt(str(error), repeatable=_once(message, part))
        except RefusedError as error:
            return await self._settle(error)
        except ApiError as error:
            return Again(type(error).__name__, str(error), 0)
        except MediaGoneError:
            return Failed("media", "the file is no longer kept")
        return Sent(told)

    async def _say(self, message: Outgoing, piece: Piece) -> dict[str, Any]:
        if piece.file_id:
            return await self._say_file(message, piece)
        try:
            return await self._call(message, piece)
        except RefusedError as error:
            if piece.kind != "text" or rule_for(error.code).remedy is not Remedy.SPLIT:
                raise
            answer: dict[str, Any] = {}
            for smaller in texts(piece.body["content"], _SMALLER):
                answer = await self._call(message, smaller)
            return answer

    async def _say_file(self, message: Outgoing, piece: Piece) -> dict[str, Any]:
        try:
            return await self._upload_and_say(message, piece)
        except UnfitError:
            return await self._call(message, self._link(message, piece))

    async def _upload_and_say(self, message: Outgoing, piece: Piece) -> dict[str, Any]:
        kind, media = await self._uploads.media(piece.file_id, piece.kind, piece.name)
        try:
            return await self._call(message, Piece(kind, {"media_id": media}))
        except RefusedError as error:
            if rule_for(error.code).remedy is not Remedy.UPLOAD_AGAIN:
                raise
            await self._uploads.forget(piece.file_id, kind, media)
        kind, media = await self._uploads.media(piece.file_id, piece.kind, piece.name)
        return await self._call(message, Piece(kind, {"media_id": media}))

    def _link(self, message: Outgoing, piece: Piece) -> Piece:
        """Where a file can be had that the platform does not take."""
        link = self._links.document(
            "file",
            piece.file_id,
            person_id=message.person_id,
            expires_at=self._clock.real() + _FILE_GOOD_FOR,
        )
        return Piece("text", {"content": f"{wording.TOO_LARGE}\n{link}"})

    async def _call(self, message: Outgoing, piece: Piece) -> dict[str, Any]:
        return await self._client.send(
            message.address, piece.kind, piece.body, once=_once(message, piece)
        )

    async def _settle(self, error: RefusedError) -> Settlement:
        """What becomes of the message, after doing what the error asks for."""
        rule = rule_for(error.code)
        if rule.alert:
            _log.error("wecom_call_refused", code=error.code, reason=rule.meaning)
        if rule.remedy in (Remedy.STOP, Remedy.NEW_TOKEN):
            until = self._clock.real() + timedelta(seconds=rule.seconds)
            await self._switches.turn_off(_ALL, rule.meaning, until=until)
        return settlement_of(error)


def _once(message: Outgoing, piece: Piece) -> bool:
    """Whether the same again within half an hour could only be a mistake."""
    return message.purpose != "reply" or piece.kind == "template_card"


def _refused_member(answer: dict[str, Any]) -> Settlement | None:
    """What the platform says of the member, though it took the call."""
    if answer.get("invaliduser"):
        return Failed(
            "invaliduser", "outside the app's visible range, or gone", unreachable=True
        )
    if answer.get("unlicenseduser"):
        _log.error("wecom_member_without_licence")
        return Blocked(APP, "unlicenseduser", "the member has no licence for apps")
    return None
