"""Pushes of the bot, from the process that holds its connection."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import structlog

from bot.channels.transport import ApiError, RefusedError, UnsureError
from bot.channels.wecom_bot import CHANNEL, frames
from bot.channels.wecom_bot.connection import Connection
from bot.channels.wecom_bot.errors import MEDIA_GONE, rule_for, settlement_of
from bot.channels.wecom_bot.media import Uploads
from bot.channels.wecom_bot.rendering import File, Piece, pieces, sending
from bot.links import Links
from bot.ports import (
    Again,
    Doubt,
    Failed,
    MediaGoneError,
    Outgoing,
    Push,
    Sent,
    Settlement,
)
from bot.settings import WeCom
from notices.reach import BOT, Terms

_LATER = 5.0
_SINGLE = 1

_log = structlog.get_logger(__name__)


class Speaker:
    """Says single things to somebody, without an occasion."""

    def __init__(self, uploads: Uploads) -> None:
        self._uploads = uploads

    async def say(self, connection: Connection, user: str, piece: Piece) -> None:
        """Send one message.

        Raises:
            ApiError: it did not go, or nobody knows.
            MediaGoneError: the file is no longer ours.
        """
        if isinstance(piece, File):
            await self._say_file(connection, user, piece)
        else:
            await _send(connection, user, sending(piece))

    async def _say_file(self, connection: Connection, user: str, file: File) -> None:
        try:
            await self._send_file(connection, user, file)
        except RefusedError as error:
            if error.code != MEDIA_GONE:
                raise
            self._uploads.forget(file.id)
            await self._send_file(connection, user, file)

    async def _send_file(self, connection: Connection, user: str, file: File) -> None:
        media = await self._uploads.media_id(connection, file.id, file.kind, file.name)
        body = {"msgtype": file.kind, file.kind: {"media_id": media}}
        await _send(connection, user, body)


async def _send(connection: Connection, user: str, body: Mapping[str, object]) -> None:
    whom = {"chatid": user, "chat_type": _SINGLE}
    await connection.call(frames.SEND, {**whom, **body})


class WeComBotChannel:
    """Sends pushes while the bot's connection is ours; see ``bot.ports.Channel``."""

    name = CHANNEL

    def __init__(
        self,
        settings: WeCom,
        current: Callable[[], Connection | None],
        speaker: Speaker,
        links: Links,
    ) -> None:
        self._settings = settings
        self._current = current
        self._speaker = speaker
        self._links = links
        # How many pieces of a push have gone out, by row, while it is not settled.
        self._gone: dict[str, int] = {}

    def connected(self) -> tuple[str, ...] | None:
        """Everybody while the connection is ours, else nobody."""
        return None if self._current() is not None else ()

    async def terms(self) -> Terms:
        """One way, to people who have written to the bot, at most so often."""
        return Terms(
            channel=self.name,
            ways=(BOT,),
            per_minute=self._settings.per_minute,
            per_hour=self._settings.per_hour,
            spoken=True,
        )

    def pieces(self, push: Push) -> int:
        """How many messages of the platform a push takes."""
        return len(pieces(push.reply, self._links, "task"))

    async def send(self, message: Outgoing) -> Settlement:
        """Send one push, piece by piece; a repetition goes on where it stopped."""
        connection = self._current()
        if connection is None:
            return Again("not_connected", "another process has the connection", _LATER)
        settlement = await self._send(connection, message)
        if not isinstance(settlement, Again | Doubt):
            self._gone.pop(message.id, None)
        return settlement

    async def _send(self, connection: Connection, message: Outgoing) -> Settlement:
        parts = pieces(message.push.reply, self._links, message.client_message_id)
        try:
            for index in range(self._gone.get(message.id, 0), len(parts)):
                await self._speaker.say(connection, message.address, parts[index])
                self._gone[message.id] = index + 1
        except UnsureError as error:
            return Doubt(str(error))
        except RefusedError as error:
            if rule_for(error.code).alert:
                _log.error("wecom_bot_push_refused", code=error.code)
            return settlement_of(error)
        except ApiError as error:
            return Again(type(error).__name__, str(error), _LATER)
        except MediaGoneError:
            return Failed("media", "the file is no longer kept")
        return Sent()
