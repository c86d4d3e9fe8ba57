"""Messages that were acknowledged before the database had them, on this node's disk.

One sealed file a message, named by its key's digest; written and synced before
the platform is told ``success``. Taking one in twice is harmless: the inbox
knows its key.
"""

from __future__ import annotations

import asyncio
import hashlib
import os
from collections.abc import Iterator, Sequence
from datetime import datetime
from pathlib import Path

import msgspec
import structlog

from bot.errors import SettingsError
from bot.ports import Encoded, Envelope
from conversations.model import Inbound, Reply
from storage.crypto import SealError, Vault

_log = structlog.get_logger()


class _Kept(msgspec.Struct, frozen=True):
    channel: str
    address: str
    message_key: str
    inbound: Inbound
    body: str


class Spool:
    """A folder of sealed messages."""

    def __init__(self, folder: Path, vault: Vault) -> None:
        self._folder = folder
        self._vault = vault

    def prepare(self) -> None:
        """Make the folder.

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

    async def keep(self, envelope: Envelope) -> None:
        """Put a message on disk; it is there when this returns."""
        kept = _Kept(
            channel=envelope.channel,
            address=envelope.address,
            message_key=envelope.message_key,
            inbound=envelope.inbound,
            body=envelope.body,
        )
        name = _name(envelope.message_key)
        sealed = self._vault.seal(
            msgspec.json.encode(kept), table="spool", column="message", row=name
        )
        await asyncio.to_thread(_write_synced, self._folder / name, sealed)

    async def forget(self, message_key: str) -> None:
        """Remove a message that the database has; a missing one is fine."""
        path = self._folder / _name(message_key)
        await asyncio.to_thread(path.unlink, missing_ok=True)

    def waiting(self) -> Iterator[Envelope]:
        """The messages on disk, oldest first. All their replies become pushes."""
        paths = [path for path in self._folder.glob("*.msg") if path.is_file()]
        for path in sorted(paths, key=lambda each: each.stat().st_mtime_ns):
            try:
                kept = msgspec.json.decode(
                    self._vault.open(
                        path.read_bytes(),
                        table="spool",
                        column="message",
                        row=path.name,
                    ),
                    type=_Kept,
                )
            except (SealError, msgspec.DecodeError, FileNotFoundError) as error:
                _log.error("spooled_message_unreadable", error=type(error).__name__)
                continue
            yield Envelope(
                channel=kept.channel,
                address=kept.address,
                message_key=kept.message_key,
                inbound=kept.inbound,
                encode=everything_as_pushes,
                body=kept.body,
            )

    def erase(self, address: str) -> None:
        """Remove what a person sent that is still on disk."""
        for envelope in self.waiting():
            if envelope.address == address:
                (self._folder / _name(envelope.message_key)).unlink(missing_ok=True)


def everything_as_pushes(replies: Sequence[Reply], _now: datetime) -> Encoded:
    """An encoder for messages nobody waits on an answer for."""
    return Encoded(remembered=b"", overflow=tuple(replies))


def _name(message_key: str) -> str:
    return hashlib.sha256(message_key.encode()).hexdigest()[:32] + ".msg"


def _write_synced(path: Path, content: bytes) -> None:
    partial = path.with_suffix(".part")
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
