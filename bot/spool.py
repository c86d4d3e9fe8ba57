"""Messages that were acknowledged before the database had them, on this node's disk.

A folder a sender, in it one sealed file a message, numbered in the order in
which they came; both are named by keyed digests. Each is written and synced
before the platform is told ``success``. Taking one in twice is harmless: the
inbox knows its key. The processes of a machine may share the spool: whoever
looks takes in what lies there, and sees whose messages wait.
"""

from __future__ import annotations

import asyncio
import errno
import hashlib
import os
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import suppress
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

LIMIT = 1024**3
"""Bytes on disk; more are refused, and the platform has to bring it again."""

_BLOCK = 4096
_DIGEST = 32
_SETTLED = 0.05
"""Seconds after which a folder's time of change tells of every later change."""

_ABANDONED = 60.0
"""Seconds after which nobody writes a file any more that was begun."""


class SpoolFullError(OSError):
    """There are too many messages on disk already."""

    def __init__(self) -> None:
        super().__init__(errno.EDQUOT, "the spool is full")


class _OnDisk(msgspec.Struct, frozen=True):
    channel: str
    address: str
    message_key: str
    inbound: Inbound
    body: str
    replies: tuple[Reply, ...] = ()
    opens: str = ""


class Kept(msgspec.Struct, frozen=True):
    """A message on disk.

    ``replies`` are those it was about to be answered with when the platform
    stopped waiting: if that answer was fixed, they have to be pushed.
    """

    envelope: Envelope
    replies: tuple[Reply, ...] = ()


class Spool:
    """A folder of sealed messages; ``limit`` is how many bytes it may hold."""

    def __init__(self, folder: Path, vault: Vault, *, limit: int = LIMIT) -> None:
        self._folder = folder
        self._vault = vault
        self._limit = limit
        self._used = 0
        self._writing: Counter[str] = Counter()
        self._lines: WeakValueDictionary[str, asyncio.Lock] = WeakValueDictionary()
        self._empty = _Emptiness(folder)

    def prepare(self) -> None:
        """Make the folder, and see what an earlier process left in it.

        Raises:
            SettingsError: it cannot be written to.
        """
        try:
            self._folder.mkdir(parents=True, exist_ok=True)
            probe = self._folder / f".probe-{os.getpid()}"
            probe.write_bytes(b"")
            now = probe.stat().st_mtime
            probe.unlink()
            self._take_over_flat()
            self._clear_away(now - _ABANDONED)
        except OSError as error:
            raise SettingsError(
                "XUNTONG_SPOOL_DIR",
                f"{self._folder} cannot be written: {error.strerror}",
            ) from None
        self.count()

    def _take_over_flat(self) -> None:
        """Move what an earlier release wrote: ``SENDER-MESSAGE.msg``, by age."""
        flat = [(path.stat().st_mtime_ns, path) for path in self._folder.glob("*.msg")]
        for _, path in sorted(flat):
            sender, _, message = path.stem.partition("-")
            home = self._folder / sender
            home.mkdir(exist_ok=True)
            path.rename(_place(home, message))

    def _clear_away(self, before: float) -> None:
        """Remove what a killed process had begun to write."""
        for part in self._folder.glob("*/*.part"):
            with suppress(FileNotFoundError):
                if part.stat().st_mtime < before:
                    part.unlink()
        for home in self._homes():
            with suppress(OSError):
                home.rmdir()

    def count(self) -> int:
        """How many messages lie there, of whichever process; notes their size."""
        sizes = [_size(path) for home in self._homes() for path in _messages(home)]
        self._used = sum(sizes)
        return len(sizes)

    async def keep(self, envelope: Envelope, replies: Sequence[Reply] = ()) -> None:
        """Put a message on disk; it is there when this returns.

        Raises:
            SpoolFullError: there is no room for it.
            OSError: it is not there.
        """
        kept = _OnDisk(
            channel=envelope.channel,
            address=envelope.address,
            message_key=envelope.message_key,
            inbound=envelope.inbound,
            body=envelope.body,
            replies=tuple(replies),
            # What a tap opens is over when it is taken in.
            opens="window" if envelope.opens == "window" else "",
        )
        sender, message = self._senders(envelope)[0], _digest(envelope.message_key)
        sealed = self._vault.seal(
            msgspec.json.encode(kept),
            table="spool",
            column="message",
            row=_row(sender, message),
        )
        self._used += _blocks(len(sealed))
        # From now on nothing of this sender goes before it.
        self._writing[sender] += 1
        try:
            if self._used > self._limit:
                raise SpoolFullError
            async with self._line(sender):
                home = self._folder / sender
                await asyncio.to_thread(_write_synced, home, message, sealed)
        except OSError:
            self._used -= _blocks(len(sealed))
            raise
        finally:
            self._writing[sender] -= 1
            self._writing += Counter()  # forgets who writes no more

    async def written(self, envelope: Envelope) -> None:
        """Wait until what the same sender said before is on disk."""
        async with self._line(self._senders(envelope)[0]):
            return

    def _line(self, sender: str) -> asyncio.Lock:
        """One of a sender's messages after the other, in the order they came in."""
        return self._lines.setdefault(sender, asyncio.Lock())

    async def forget(self, envelope: Envelope) -> None:
        """Remove a message that the database has; a missing one is fine."""
        message = _digest(envelope.message_key)
        for home in self._homes(envelope):
            self._used -= await asyncio.to_thread(_remove, home, message)

    def holds_of(self, envelope: Envelope) -> bool:
        """True iff a message of the same sender is on disk, or on its way there."""
        if not self._writing and self._empty.look():
            return False
        return any(
            sender in self._writing or (self._folder / sender).is_dir()
            for sender in self._senders(envelope)
        )

    def waiting(self, of: Envelope | None = None) -> Iterator[Kept]:
        """The messages on disk, each sender's in their order; or those of one sender.

        All their replies become pushes.
        """
        for line in self.lines(of):
            yield from line

    def lines(self, of: Envelope | None = None) -> Iterator[Iterator[Kept]]:
        """The same, each sender's by themselves."""
        return (self._line_of(home) for home in self._homes(of))

    def _line_of(self, home: Path) -> Iterator[Kept]:
        for path in _messages(home):
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
                opens=kept.opens,
            )
            yield Kept(envelope, kept.replies)

    def _homes(self, of: Envelope | None = None) -> Iterator[Path]:
        """The folders of all senders, or of one."""
        if of is None:
            return _homes_in(self._folder)
        return (self._folder / sender for sender in self._senders(of))

    def _read(self, path: Path) -> _OnDisk | None:
        try:
            sealed = path.read_bytes()
        except FileNotFoundError:
            return None
        row = _row(path.parent.name, _message_of(path.name))
        try:
            opened = self._vault.open(sealed, table="spool", column="message", row=row)
            return msgspec.json.decode(opened, type=_OnDisk)
        except (SealError, msgspec.DecodeError) as error:
            _log.error("spooled_message_unreadable", error=type(error).__name__)
            return None

    def erase(self, address: str) -> None:
        """Remove what a person sent that is still on disk."""
        for home in self._homes():
            for path in _messages(home):
                kept = self._read(path)
                if kept is not None and kept.address == address:
                    _remove(home, _message_of(path.name))

    def _senders(self, envelope: Envelope) -> tuple[str, ...]:
        """The sender as folders are named: under the newest key, then the others."""
        digests = self._vault.digests(
            "address", f"spool:{envelope.channel}:{envelope.address}"
        )
        return tuple(digest.hex()[:_DIGEST] for _, digest in digests)


class _Emptiness:
    """Whether any sender has a folder, of whichever process.

    Asked for every message: looks again only after the time of change moved,
    which is no finer than a few milliseconds.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._changed_at = -1
        self._look_until = 0.0
        self._settled = False
        self._empty = True

    def look(self) -> bool:
        """True iff there is none."""
        try:
            changed_at = os.stat(self._folder).st_mtime_ns  # noqa: PTH116 -- for every message
        except FileNotFoundError:
            return True
        if changed_at != self._changed_at:
            self._changed_at, self._settled = changed_at, False
            self._look_until = time.monotonic() + _SETTLED
        if not self._settled:
            self._settled = time.monotonic() >= self._look_until
            self._empty = next(_homes_in(self._folder), None) is None
        return self._empty


def everything_as_pushes(replies: Sequence[Reply], _now: datetime) -> Encoded:
    """An encoder for messages nobody waits on an answer for."""
    return Encoded(remembered=b"", overflow=tuple(replies))


def _digest(message_key: str) -> str:
    return hashlib.sha256(message_key.encode()).hexdigest()[:_DIGEST]


def _row(sender: str, message: str) -> str:
    """What a message on disk is sealed for."""
    return f"{sender}-{message}.msg"


def _homes_in(folder: Path) -> Iterator[Path]:
    with suppress(FileNotFoundError), os.scandir(folder) as found:
        for one in found:
            if len(one.name) == _DIGEST and one.is_dir():
                yield folder / one.name


def _messages(home: Path) -> list[Path]:
    """Files ``NUMBER-MESSAGE.msg`` in their order; none when the folder is gone."""
    try:
        return sorted(path for path in home.iterdir() if path.suffix == ".msg")
    except FileNotFoundError:
        return []


def _message_of(name: str) -> str:
    return name.partition("-")[2].removesuffix(".msg")


def _place(home: Path, message: str) -> Path:
    """Where a message lies already, or where it goes: behind the others."""
    there = _messages(home)
    for path in there:
        if _message_of(path.name) == message:
            return path
    last = int(there[-1].name.partition("-")[0]) if there else 0
    return home / f"{last + 1:06d}-{message}.msg"


def _write_synced(home: Path, message: str, content: bytes) -> None:
    # Two deliveries of one message may be kept at the same time.
    partial = home / f"{message}.{os.urandom(4).hex()}.part"
    while True:
        home.mkdir(exist_ok=True)
        try:
            _write(partial, content)
            break
        except FileNotFoundError:
            # Whoever took in the last message removed the folder just now.
            continue
        except OSError:
            partial.unlink(missing_ok=True)
            raise
    partial.replace(_place(home, message))
    _sync(home)
    _sync(home.parent)


def _write(path: Path, content: bytes) -> None:
    with path.open("wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())


def _sync(folder: Path) -> None:
    opened = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(opened)
    finally:
        os.close(opened)


def _remove(home: Path, message: str) -> int:
    """Remove a message, and the folder with the last one; how many bytes that frees."""
    freed = 0
    for path in _messages(home):
        if _message_of(path.name) == message:
            with suppress(FileNotFoundError):
                freed += _size(path)
                path.unlink()
    with suppress(OSError):
        home.rmdir()
    return freed


def _size(path: Path) -> int:
    try:
        return _blocks(path.stat().st_size)
    except FileNotFoundError:
        return 0


def _blocks(size: int) -> int:
    """What ``size`` bytes take on disk."""
    return -(-size // _BLOCK) * _BLOCK
