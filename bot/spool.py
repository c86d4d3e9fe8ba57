"""Messages that were acknowledged before the database had them, on this node's disk.

One sealed file a message, named by keyed digests of its sender and its key;
written and synced before the platform is told ``success``. Taking one in twice
is harmless: the inbox knows its key.
"""

from __future__ import annotations

import asyncio
import hashlib
import os
from collections.abc import Iterator, Sequence
from datetime import datetime
from pathlib import Path
from weakref import WeakValueDictionary

import msgspec
import structlog

from bot.errors import SettingsError
from bot.ports import Encoded, Envelope
from conversations.model import Inbound, Reply
from storage.crypto import SealError, Vault

_log = structlog.get_logger()


class _OnDisk(msgspec.Struct, frozen=True):
    channel: str
    address: str
    message_key: str
    inbound: Inbound
    body: str
    replies: tuple[Reply, ...] = ()


class Kept(msgspec.Struct, frozen=True):
    """A message on disk.

    ``replies`` are those it was about to be answered with when the platform
    stopped waiting: if that answer was fixed, they have to be pushed.
    """

    envelope: Envelope
    replies: tuple[Reply, ...] = ()


class Spool:
    """A folder of sealed messages; knows of whom it holds some."""

    def __init__(self, folder: Path, vault: Vault) -> None:
        self._folder = folder
        self._vault = vault
        self._names: set[str] = set()
        self._lines: WeakValueDictionary[str, asyncio.Lock] = WeakValueDictionary()

    def prepare(self) -> None:
        """Make the folder, and see what an earlier process left in it.

        Raises:
            SettingsError: it cannot be written to.
        """
        try:
            self._folder.mkdir(parents=True, exist_ok=True)
            probe = self._folder / ".probe"
            probe.write_bytes(b"")
            probe.unlink()
        except OSError as error:
            raise SettingsError(
                "XUNTONG_SPOOL_DIR",
                f"{self._folder} cannot be written: {error.strerror}",
            ) from None
        self._names.update(path.name for path in self._folder.glob("*.msg"))

    async def keep(self, envelope: Envelope, replies: Sequence[Reply] = ()) -> None:
        """Put a message on disk; it is there when this returns.

        Raises:
            OSError: it is not.
        """
        kept = _OnDisk(
            channel=envelope.channel,
            address=envelope.address,
            message_key=envelope.message_key,
            inbound=envelope.inbound,
            body=envelope.body,
            replies=tuple(replies),
        )
        sender = self._senders(envelope)[0]
        name = f"{sender}-{_digest(envelope.message_key)}.msg"
        sealed = self._vault.seal(
            msgspec.json.encode(kept), table="spool", column="message", row=name
        )
        # From now on nothing of this sender goes before it.
        self._names.add(name)
        try:
            async with self._line(sender):
                await asyncio.to_thread(_write_synced, self._folder / name, sealed)
        except OSError:
            self._names.discard(name)
            raise
        # Another delivery of it may have been taken in and forgotten meanwhile.
        self._names.add(name)

    async def written(self, envelope: Envelope) -> None:
        """Wait until what the same sender said before is on disk."""
        async with self._line(self._senders(envelope)[0]):
            return

    def _line(self, sender: str) -> asyncio.Lock:
        """One of a sender's messages after the other: their age is their order."""
        return self._lines.setdefault(sender, asyncio.Lock())

    async def forget(self, envelope: Envelope) -> None:
        """Remove a message that the database has; a missing one is fine."""
        message = _digest(envelope.message_key)
        for sender in self._senders(envelope):
            name = f"{sender}-{message}.msg"
            await asyncio.to_thread((self._folder / name).unlink, missing_ok=True)
            self._names.discard(name)

    def holds_of(self, envelope: Envelope) -> bool:
        """True iff a message of the same sender is on disk."""
        if not self._names:
            return False
        senders = self._senders(envelope)
        # A copy: an erasure may take names away in a thread of its own.
        return any(name.startswith(senders) for name in tuple(self._names))

    def waiting(self, of: Envelope | None = None) -> Iterator[Kept]:
        """The messages on disk, oldest first; or those of one sender.

        All their replies become pushes.
        """
        for path in self._paths(self._senders(of) if of is not None else None):
            kept = self._read(path)
            if kept is None:
                continue
            envelope = Envelope(
                channel=kept.channel,
                address=kept.address,
                message_key=kept.message_key,
                inbound=kept.inbound,
                encode=everything_as_pushes,
                body=kept.body,
            )
            yield Kept(envelope, kept.replies)

    def _paths(self, senders: tuple[str, ...] | None) -> list[Path]:
        aged: list[tuple[int, Path]] = []
        for path in self._folder.glob("*.msg"):
            if senders is None or path.name.startswith(senders):
                try:
                    aged.append((path.stat().st_mtime_ns, path))
                except FileNotFoundError:
                    continue
        return [path for _, path in sorted(aged)]

    def _read(self, path: Path) -> _OnDisk | None:
        try:
            sealed = path.read_bytes()
        except FileNotFoundError:
            return None
        try:
            opened = self._vault.open(
                sealed, table="spool", column="message", row=path.name
            )
            return msgspec.json.decode(opened, type=_OnDisk)
        except (SealError, msgspec.DecodeError) as error:
            _log.error("spooled_message_unreadable", error=type(error).__name__)
            return None

    def erase(self, address: str) -> None:
        """Remove what a person sent that is still on disk."""
        for path in self._paths(None):
            kept = self._read(path)
            if kept is not None and kept.address == address:
                path.unlink(missing_ok=True)
                self._names.discard(path.name)

    def _senders(self, envelope: Envelope) -> tuple[str, ...]:
        """The sender as names of files tell it: under the newest key, then the others."""
        digests = self._vault.digests(
            "address", f"spool:{envelope.channel}:{envelope.address}"
        )
        return tuple(digest.hex()[:32] for _, digest in digests)


def everything_as_pushes(replies: Sequence[Reply], _now: datetime) -> Encoded:
    """An encoder for messages nobody waits on an answer for."""
    return Encoded(remembered=b"", overflow=tuple(replies))


def _digest(message_key: str) -> str:
    return hashlib.sha256(message_key.encode()).hexdigest()[:32]


def _write_synced(path: Path, content: bytes) -> None:
    # Two deliveries of one message may be kept at the same time.
    partial = path.with_suffix(f".{os.urandom(4).hex()}.part")
    with partial.open("wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
    partial.replace(path)
    folder = os.open(path.parent, os.O_RDONLY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)
