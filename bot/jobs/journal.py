"""What a process was sending, on this machine's disk, until the database knows.

A line before each call, a line after it. A killed process loses nothing that it
wrote, so that the next process here settles what had ended, and knows what had
begun. Only ids and codes stand in it, no addresses, no texts. A line that is
missing or torn makes a message go twice at worst, never get lost.

A living process holds a lock on its file: what can be locked was left behind.
"""

from __future__ import annotations

import contextlib
import fcntl
import os
from collections.abc import Generator, Iterable
from pathlib import Path

import msgspec
import structlog

from bot.jobs.endings import INTERRUPTED, NOT_MADE, Outcome
from bot.ports import Sent, Settlement
from storage.outbox import Claimed

_LARGEST = 4 * 1024 * 1024
"""Bytes after which the file is written anew, with what is still unsettled."""

_log = structlog.get_logger(__name__)

Attempt = tuple[str, int]
"""A row's id, and which attempt at it."""


class _Owner(msgspec.Struct, frozen=True, array_like=True, tag="o"):
    name: str


class _Begun(msgspec.Struct, frozen=True, array_like=True, tag="b"):
    row: str
    attempt: int


class _Ended(msgspec.Struct, frozen=True, array_like=True, tag="e"):
    row: str
    attempt: int
    settlement: Settlement


_Line = _Owner | _Begun | _Ended
_encode = msgspec.json.Encoder().encode
_decode = msgspec.json.Decoder(_Line).decode


class Journal:
    """The file of one process, made when there is something to claim or to write.

    A disk that takes nothing is no error: ``end`` says so, and the caller
    settles at once instead of together with others.
    """

    def __init__(self, folder: Path, owner: str, *, largest: int = _LARGEST) -> None:
        self.folder = folder
        self._owner = owner
        self._largest = largest
        self._path = folder / f"{os.urandom(8).hex()}.journal"
        self._file: int | None = None
        self._size = 0
        # What the database does not know yet, as it stands in the file.
        self._unsettled: dict[Attempt, bytes] = {}
        self._writable = True
        self._torn = False

    @property
    def begun(self) -> frozenset[str]:
        """The ids of the rows whose calls began and are not settled."""
        return frozenset(row for row, _ in self._unsettled)

    def stand_by(self) -> None:
        """Have a file before anything is claimed: who dies of the claim is known by name."""
        if self._file is None:
            self._append(b"")

    def begin(self, row: str, attempt: int) -> None:
        """Note that the call is about to be made."""
        line = _encode(_Begun(row, attempt)) + b"\n"
        self._unsettled[row, attempt] = line
        self._append(line)

    def end(self, row: str, attempt: int, settlement: Settlement) -> bool:
        """Note how the call ended; False when that is not on disk."""
        line = _encode(_Ended(row, attempt, _without_words(settlement))) + b"\n"
        self._unsettled[row, attempt] = self._unsettled.get((row, attempt), b"") + line
        return self._append(line)

    def settled(self, attempts: Iterable[Attempt]) -> None:
        """Forget what the database knows by now."""
        for attempt in attempts:
            self._unsettled.pop(attempt, None)
        if self._size > self._largest:
            self._write_anew()

    def close(self) -> None:
        """Remove the file; one with something unsettled stays for the next process."""
        if self._file is None:
            return
        if not self._unsettled:
            with contextlib.suppress(OSError):
                self._path.unlink(missing_ok=True)
        os.close(self._file)
        self._file = None

    def _append(self, line: bytes) -> bool:
        try:
            if self._file is None:
                # Begun, and thereby in what the new file starts with.
                self._open()
            else:
                self._write(self._file, b"\n" + line if self._torn else line)
        except OSError as error:
            self._torn = True
            if self._writable:
                _log.warning("journal_not_written", error=os.strerror(error.errno or 0))
            self._writable = False
            return False
        if not self._writable:
            _log.info("journal_written_again")
        self._writable, self._torn = True, False
        return True

    def _write(self, file: int, data: bytes) -> None:
        written = os.write(file, data)
        self._size += written
        if written != len(data):
            raise OSError(28, "no space left on device")

    def _open(self) -> None:
        """Make the file, locked before it has its name, with all that is unsettled."""
        self.folder.mkdir(parents=True, exist_ok=True)
        partial = self._path.with_suffix(".part")
        flags = os.O_CREAT | os.O_TRUNC | os.O_WRONLY | os.O_APPEND
        file = os.open(partial, flags, 0o600)
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            self._size = 0
            head = _encode(_Owner(self._owner)) + b"\n"
            self._write(file, head + b"".join(self._unsettled.values()))
            partial.replace(self._path)
        except OSError:
            os.close(file)
            raise
        if self._file is not None:
            os.close(self._file)
        self._file = file

    def _write_anew(self) -> None:
        try:
            self._open()
        except OSError:
            # The old one is as good, only longer.
            self._largest *= 2


def _without_words(settlement: Settlement) -> Settlement:
    """What a platform said may name people; its code does not."""
    if isinstance(settlement, Sent):
        return settlement
    return msgspec.structs.replace(settlement, reason="")


class Left:
    """What a process that is no more has left behind, locked until it is let go."""

    def __init__(self, path: Path, file: int) -> None:
        self._path = path
        self._file = file
        self.owner = ""
        self.begun: set[Attempt] = set()
        self.ended: dict[Attempt, Settlement] = {}
        self.unreadable = 0
        with open(file, "rb", closefd=False) as reader:
            for line in reader:
                self._take(line)

    def _take(self, line: bytes) -> None:
        if line == b"\n":
            return
        try:
            entry: _Line = _decode(line)
        except msgspec.DecodeError:
            self.unreadable += 1
            return
        match entry:
            case _Owner(name):
                self.owner = name
            case _Begun(row, attempt):
                self.begun.add((row, attempt))
            case _Ended(row, attempt, settlement):
                self.ended[row, attempt] = settlement

    def outcome(self, row: Claimed) -> Outcome:
        """How the attempt ended for which the row is leased to the process."""
        attempt = row.id, row.attempts
        if attempt in self.ended:
            return self.ended[attempt]
        return INTERRUPTED if attempt in self.begun else NOT_MADE

    def remove(self) -> None:
        """It is settled: nobody needs it any more."""
        try:
            self._path.unlink(missing_ok=True)
        except OSError as error:
            # Harmless: nothing is leased to that process any more.
            _log.warning("journal_not_removed", error=error.strerror)

    def let_go(self) -> None:
        """Unlock it."""
        os.close(self._file)


def left_behind(folder: Path) -> Generator[Left]:
    """The journals of processes that are no more, one after the other, locked.

    Whoever iterates removes what is settled; the rest is found again next time.
    """
    for path in sorted(folder.glob("*.part")):
        file = _lock(path)
        if file is not None:
            with contextlib.suppress(OSError):
                path.unlink(missing_ok=True)
            os.close(file)
    for path in sorted(folder.glob("*.journal")):
        file = _lock(path)
        if file is None:
            continue
        left = Left(path, file)
        try:
            yield left
        finally:
            left.let_go()


def _lock(path: Path) -> int | None:
    """The file, open and locked; None when it is somebody's, or gone."""
    try:
        file = os.open(path, os.O_RDONLY)
    except OSError:
        return None
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        if os.fstat(file).st_ino == path.stat().st_ino:
            return file
    except OSError:
        pass
    os.close(file)
    return None
