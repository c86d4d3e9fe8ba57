"""What the parts of the service ask of one another. Shapes only."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Protocol

import msgspec

from conversations.model import Inbound, Option, Reply

if TYPE_CHECKING:
    from notices.reach import Terms
    from storage.database import UnitOfWork
    from storage.outbox import Claimed


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
    ``encode`` fixes the reply before the commit. ``opens`` is what the platform
    lets us send freely from now on: a ``window`` (a message), a ``brief`` one (a
    tap, a follow, a scan), or nothing that is counted.
    """

    channel: str
    address: str
    message_key: str
    inbound: Inbound
    encode: Encoder
    body: str = ""
    opens: str = ""


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

    ``person_id`` is for whom links in it are. ``way`` is how the planner wants
    it sent, where a platform has more than one way (see ``Go``).
    """

    id: str
    address: str
    push: Push
    client_message_id: str
    attempts: int
    purpose: str
    last_inbound_at: datetime | None
    person_id: str = ""
    way: str = ""


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


class Blocked(msgspec.Struct, frozen=True, tag=True):
    """This way is closed for this message; the planner is to choose another.

    The same way is never tried again for the same row.
    """

    way: str
    code: str
    reason: str


Settlement = Sent | Failed | Held | Again | Doubt | Blocked


class Go(msgspec.Struct, frozen=True, tag=True):
    """Send it now. ``way`` is the channel's own name of how; empty where there is one."""

    way: str = ""


class Move(msgspec.Struct, frozen=True, tag=True):
    """It cannot arrive here: let it wait at another address of the same person."""

    address_id: str
    channel: str


Route = Go | Move | Again | Held | Failed
"""What the planner decides about a claimed row."""


class Planner(Protocol):
    """Chooses how each claimed row goes, and keeps the books of what that uses up."""

    async def plan(
        self, uow: UnitOfWork, rows: Sequence[Claimed], *, now: datetime
    ) -> Sequence[Route]:
        """A route for each row, in their order; called in the claim's transaction.

        What a ``Go`` uses of a window, a consent or a quota is taken at once, so
        that two processes never count on the same.
        """

    async def learn(
        self,
        uow: UnitOfWork,
        settled: Sequence[tuple[Claimed, str, Settlement]],
        *,
        now: datetime,
    ) -> None:
        """Take in how attempts ended (row, way, settlement), in the settling transaction.

        A window that the platform says is closed is closed, a consent that it
        says is used up is 0, what was reserved and surely not used comes back.
        """


class Channel(Protocol):
    """A way to push messages to people."""

    name: str

    async def send(self, message: Outgoing) -> Settlement:
        """Send one message; never raises for what a platform may answer."""

    def connected(self) -> tuple[str, ...] | None:
        """The address ids this process can reach; None when it can reach all."""


class Offers(Protocol):
    """What a channel tells the planner."""

    name: str

    async def terms(self) -> Terms:
        """Its ways and what closes them today; cheap, it is asked for each batch."""

    def pieces(self, push: Push) -> int:
        """How many messages of the platform a push takes when its text is sent."""


class PlannedChannel(Channel, Offers, Protocol):
    """A channel that says on what terms it sends."""


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
