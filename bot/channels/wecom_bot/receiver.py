"""What people say and do to the bot: through the inbound door, and the answer back.

The answer leaves over the connection that the message came by, as one message.
What does not fit into it, and what cannot leave there because the connection
broke meanwhile, is put in the outbox.
"""

from __future__ import annotations

import asyncio
from collections import OrderedDict
from collections.abc import Awaitable, Callable, Sequence
from datetime import datetime
from typing import Protocol
from weakref import WeakValueDictionary

import msgspec
import structlog

from bot.channels.cards import Chosen, is_submit, read_choice
from bot.channels.transport import ApiError, RefusedError
from bot.channels.wecom_bot import CHANNEL, frames, wording
from bot.channels.wecom_bot.connection import Connection
from bot.channels.wecom_bot.frames import Happened, Part, Said
from bot.channels.wecom_bot.media import Downloads, TooLargeError, UnfetchedError
from bot.channels.wecom_bot.rendering import (
    Message,
    answered,
    fit,
    responding,
    welcoming,
)
from bot.channels.wecom_bot.sender import Speaker
from bot.links import Links
from bot.ports import Encoded, Encoder, Envelope, Receive
from bot.spool import everything_as_pushes
from bot.uploads import safe_name, sniff
from conversations.model import Inbound, Reply
from storage.people import Known

_REMEMBERED = 4096

_log = structlog.get_logger(__name__)


class SaveUpload(Protocol):
    """Keeps a file that a person sent."""

    def __call__(
        self, address: str, *, name: str, media_type: str, content: bytes
    ) -> Awaitable[str]:
        """Store it and return its id."""


PushLate = Callable[[Envelope, Sequence[Reply]], Awaitable[None]]
"""Puts in the outbox what could not be answered."""

FindPerson = Callable[[str], Awaitable[Known | None]]
"""Who has an address; None before the first message."""


class Receiver:
    """Takes in what the connection brings; one thing of a person after the other."""

    def __init__(
        self,
        receive: Receive,
        speaker: Speaker,
        downloads: Downloads,
        *,
        links: Links,
        new_id: Callable[[], str],
        save_upload: SaveUpload,
        find_person: FindPerson,
        push_late: PushLate,
    ) -> None:
        self._receive = receive
        self._speaker = speaker
        self._downloads = downloads
        self._links = links
        self._new_id = new_id
        self._save_upload = save_upload
        self._find_person = find_person
        self._push_late = push_late
        self._orders: WeakValueDictionary[str, asyncio.Lock] = WeakValueDictionary()
        self._tasks: set[asyncio.Task[None]] = set()
        # Keys of what was answered: the platform may bring a message twice.
        self._done: OrderedDict[str, None] = OrderedDict()

    def take(self, frame: Said | Happened, connection: Connection) -> None:
        """Begin to work on a message or an event."""
        work = self._work(frame, connection)
        task = asyncio.get_running_loop().create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def finish(self) -> None:
        """Wait for what is in hand."""
        while self._tasks:
            await asyncio.gather(*self._tasks)

    async def _work(self, frame: Said | Happened, connection: Connection) -> None:
        if frame.group:
            await self._point_to_single_chat(frame, connection)
            return
        order = self._orders.setdefault(frame.user, asyncio.Lock())
        async with order:
            if frame.key in self._done:
                return
            try:
                await self._take(frame, connection)
            except Exception as error:  # noqa: BLE001 -- the connection outlives a failed message
                _log.error(
                    "message_failed", channel=CHANNEL, error=type(error).__name__
                )
                if isinstance(frame, Said) or frame.kind == frames.CLICKED:
                    await self._say(connection, frame.user, Message(wording.BUSY))
            else:
                self._remember(frame.key)

    async def _take(self, frame: Said | Happened, connection: Connection) -> None:
        if isinstance(frame, Said):
            await self._answer(frame, connection)
        elif frame.kind == frames.ENTERED:
            await self._welcome(frame, connection)
        elif frame.kind == frames.CLICKED:
            await self._tap(frame, connection)

    def _remember(self, key: str) -> None:
        self._done[key] = None
        if len(self._done) > _REMEMBERED:
            self._done.popitem(last=False)

    # Messages

    async def _answer(self, said: Said, connection: Connection) -> None:
        """Answer the first part of a message; what the others come to is pushed."""
        for number, part in enumerate(said.parts):
            key = f"{said.key}:{number}" if number else said.key
            inbound = await self._inbound(said.user, part)
            if isinstance(inbound, Reply):
                await self._say(connection, said.user, Message(inbound.text))
                continue
            encode = everything_as_pushes if number else self._encoder(key)
            envelope = _envelope(said.user, key, inbound, encode)
            replies = await self._ask(envelope)
            if replies:
                await self._respond(said, envelope, replies, connection)

    async def _respond(
        self,
        said: Said,
        envelope: Envelope,
        replies: Sequence[Reply],
        connection: Connection,
    ) -> None:
        message, _ = fit(replies, self._links, _task(said.key))
        body = responding(message, _task(said.key))
        try:
            await connection.call(frames.RESPOND, body, req_id=said.req_id)
        except ApiError as error:
            # It leaves as a push, from whoever is connected then.
            _note("wecom_bot_answer_failed", error)
            await self._push_late(envelope, replies)

    async def _inbound(self, user: str, part: Part) -> Inbound | Reply:
        """A part as the door takes it; or why it cannot be taken."""
        fresh = self._new_id()
        match part.kind:
            case "text":
                return Inbound(fresh, "text", text=part.text)
            case "voice":
                return Inbound(fresh, "voice", text=part.text)
            case "image" | "file":
                return await self._file(user, part, fresh)
            case _:
                return Inbound(fresh, "other")

    async def _file(self, user: str, part: Part, fresh: str) -> Inbound | Reply:
        try:
            content = await self._downloads.fetch(part.media)
        except TooLargeError:
            return Reply(text=wording.TOO_LARGE)
        except UnfetchedError as error:
            _log.warning("wecom_bot_file_unfetched", reason=str(error))
            return Reply(text=wording.UNFETCHED)
        name = safe_name(part.media.name, wording.UNNAMED[part.kind])
        file_id = await self._save_upload(
            user, name=name, media_type=sniff(content), content=content
        )
        text = name if part.kind == "file" else ""
        return Inbound(fresh, part.kind, text=text, media=f"file:{file_id}")

    # Events

    async def _welcome(self, event: Happened, connection: Connection) -> None:
        """Greet whoever opens the chat; the platform tells of it once a day."""
        if await self._find_person(event.user) is not None:
            replies = [Reply(text=wording.WELCOME_BACK)]
        else:
            inbound = Inbound(self._new_id(), "follow")
            encode = self._encoder(event.key)
            envelope = _envelope(event.user, event.key, inbound, encode)
            replies = await self._ask(envelope)
        if not replies:
            return
        message, _ = fit(replies, self._links, _task(event.key))
        try:
            await connection.call(
                frames.WELCOME, welcoming(message), req_id=event.req_id
            )
        except ApiError as error:
            # They have the menu as soon as they write.
            _note("wecom_bot_welcome_failed", error)

    async def _tap(self, event: Happened, connection: Connection) -> None:
        """Take a choice; the card shows it from now on and can't be answered again."""
        keys = [option for one in event.selected for option in one.options]
        if not is_submit(event.event_key):
            keys = [event.event_key]
        if not any(keys):
            return
        chosen = read_choice(keys)
        updating = asyncio.get_running_loop().create_task(
            self._update(event, chosen, connection)
        )
        inbound = Inbound(self._new_id(), "tap", text=chosen.label, tap=chosen.send)
        encode = self._encoder(event.key)
        envelope = _envelope(event.user, event.key, inbound, encode)
        try:
            replies = await self._ask(envelope)
        finally:
            await updating
        if replies:
            await self._speak(envelope, replies, connection)

    async def _speak(
        self, envelope: Envelope, replies: Sequence[Reply], connection: Connection
    ) -> None:
        """Say what a tap came to: a tap itself is answered with nothing but its card."""
        message, _ = fit(replies, self._links, _task(envelope.message_key))
        left = replies
        try:
            if message.text:
                only = Message(message.text)
                await self._speaker.say(connection, envelope.address, only)
                left = replies[-1:]
            if message.card is not None:
                card = Message(card=message.card)
                await self._speaker.say(connection, envelope.address, card)
        except ApiError as error:
            _note("wecom_bot_answer_failed", error)
            await self._push_late(envelope, left)

    async def _update(
        self, event: Happened, chosen: Chosen, connection: Connection
    ) -> None:
        body = answered(event.task, chosen.label, self._links.public_url)
        try:
            await connection.call(frames.UPDATE, body, req_id=event.req_id)
        except ApiError as error:
            # The choice counts all the same; a second one is answered politely.
            _note("wecom_bot_card_not_updated", error)

    async def _point_to_single_chat(
        self, frame: Said | Happened, connection: Connection
    ) -> None:
        """In a group everybody reads along: nothing is asked there."""
        if isinstance(frame, Happened):
            return
        body = responding(Message(wording.IN_GROUP), _task(frame.key))
        try:
            await connection.call(frames.RESPOND, body, req_id=frame.req_id)
        except ApiError as error:
            _note("wecom_bot_answer_failed", error)

    # Answers

    async def _ask(self, envelope: Envelope) -> list[Reply]:
        remembered = await self._receive(envelope)
        return msgspec.json.decode(remembered, type=list[Reply]) if remembered else []

    def _encoder(self, key: str) -> Encoder:
        """Remembers what fits into one answer; it is rendered when it is sent."""

        def encode(replies: Sequence[Reply], _now: datetime) -> Encoded:
            message, rest = fit(replies, self._links, _task(key))
            if not message.text and message.card is None:
                return Encoded(b"", rest)
            fits = replies[: len(replies) - len(rest)]
            return Encoded(msgspec.json.encode(fits), rest)

        return encode

    async def _say(self, connection: Connection, user: str, message: Message) -> None:
        try:
            await self._speaker.say(connection, user, message)
        except ApiError as error:
            _note("wecom_bot_answer_failed", error)


def _note(event: str, error: ApiError) -> None:
    code = error.code if isinstance(error, RefusedError) else 0
    _log.warning(event, error=type(error).__name__, code=code)


def _envelope(user: str, key: str, inbound: Inbound, encode: Encoder) -> Envelope:
    return Envelope(
        channel=CHANNEL, address=user, message_key=key, inbound=inbound, encode=encode
    )


def _task(key: str) -> str:
    """The id of an answer's card or stream: the platform takes each once."""
    return key.replace(":", "-")
