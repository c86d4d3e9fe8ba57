"""What the parts of the service ask of one another. Shapes only."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from datetime import datetime
from typing import Protocol

import msgspec

from conversations.model import Inbound, Option, Reply


class Encoded(msgspec.Struct, frozen=True):
    """A turn as one platform answers it: at once, and what must follow."""

    remembered: bytes
    overflow: tuple[Reply, ...] = ()


Encoder = Callable[[Sequence[Reply], datetime], Encoded]
"""Turns replies into the answer that is remembered; the rest leaves as pushes."""


class Envelope(msgspec.Struct, frozen=True):
    """A message with where it came from, as the inbound door takes it.

    ``message_key`` is the same for every delivery of the message. ``channel``
    names the channel; ``address`` the person on it (openid, web chat name).
    ``encode`` fixes the reply before the commit.
    """

    channel: str
    address: str
    message_key: str
    inbound: Inbound
    encode: Encoder
    body: str = ""


class Receive(Protocol):
    """The inbound door."""

    def __call__(self, envelope: Envelope) -> Awaitable[bytes]:
        """Process a message once; every delivery gets the same remembered answer."""


class Push(msgspec.Struct, frozen=True, omit_defaults=True):
    """The body of an outbox row.

    ``reply`` is the message; ``template`` and ``fields`` say the same as a
    template message of a kind (``deadline``, ``result``, ``notice``) for
    channels that need one outside their window.
    """

    reply: Reply
    template: str = ""
    fields: dict[str, str] = {}
    path: str = ""

    @property
    def options(self) -> tuple[Option, ...]:
        """The numbered choices that this push shows."""
        return self.reply.choices


class Outgoing(msgspec.Struct, frozen=True):
    """A claimed outbox row, ready to be sent.

    ``person_id`` is for whom links in it are. ``last_inbound_at`` bounds the platform's window for free messages.
    """

    id: str
    address: str
    push: Push
    client_message_id: str
    attempts: int
    purpose: str
    last_inbound_at: datetime | None
    person_id: str = ""


class Sent(msgspec.Struct, frozen=True, tag=True):
    """The platform took it. ``final`` false: its own event tells of delivery."""

    platform_message_id: str = ""
    final: bool = True


class Failed(msgspec.Struct, frozen=True, tag=True):
    """It will not arrive this way; ``unreachable`` marks the address dead."""

    code: str
    reason: str
    unreachable: bool = False


class Held(msgspec.Struct, frozen=True, tag=True):
    """It can go when the person writes next."""

    code: str
    reason: str


class Again(msgspec.Struct, frozen=True, tag=True):
    """Not now: to be tried in ``seconds``."""

    code: str
    reason: str
    seconds: float


class Doubt(msgspec.Struct, frozen=True, tag=True):
    """Nobody knows whether the platform took it (a timeout, a cut connection).

    ``repeatable``: for some minutes the platform drops a second one with the
    same client message id.
    """

    reason: str
    repeatable: bool = False


Settlement = Sent | Failed | Held | Again | Doubt


class Channel(Protocol):
    """A way to push messages to people."""

    name: str

    async def send(self, message: Outgoing) -> Settlement:
        """Send one message; never raises for what a platform may answer."""

    def connected(self) -> tuple[str, ...] | None:
        """The address ids this process can reach; None when it can reach all."""


class FileLoader(Protocol):
    """Reads a stored file."""

    def __call__(self, file_id: str) -> Awaitable[StoredFile]:
        """The file's content, opened."""


class StoredFile(msgspec.Struct, frozen=True):
    """A file as people sent or get it."""

    id: str
    name: str
    media_type: str
    content: bytes


class MediaGoneError(Exception):
    """What a person sent can no longer be had from the platform."""


FetchMedia = Callable[[str], Awaitable[bytes]]
"""The content behind a platform's media id. Raises ``MediaGoneError`` when there
is none any more; whatever else it raises, it is asked again later."""
