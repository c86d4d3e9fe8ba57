"""Whether messages can be saved just now; the operator is told when that changes.

One line when trouble begins, one when it is over, however many messages meet it.
"""

from __future__ import annotations

import shutil
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import NamedTuple

import structlog

from bot.metrics import Metrics
from bot.settings import Settings

DISK_LOW = "disk_low"

_log = structlog.get_logger()

_LEAST_SHARE = 0.05
_LEAST_SHARE_AT_MOST = 10 * 1024**3
"""Of a large disk, a twentieth may be more than will be written in years."""

_WHAT_TO_DO = {
    "away": "the database does not answer: messages wait on disk and are taken in later",
    "full": "the database's disk is full: people are told that nothing can be saved",
    "read_only": "the database is read-only: people are told that nothing can be saved",
    DISK_LOW: "the database's disk is nearly full: people are told that nothing can be saved",
}


class Saving:
    """What the door and the probe of the disk know about saving."""

    def __init__(self, metrics: Metrics) -> None:
        self._metrics = metrics
        self._trouble = ""
        self.shut = False
        """True while the disk is nearly full: nothing is even tried."""

    def fails(self, why: str) -> None:
        """Messages cannot be saved: ``away``, ``full``, ``read_only``."""
        if self._trouble == why:
            return
        self._over()
        self._trouble = why
        self._metrics.trouble(why, lasts=True)
        _log.error("cannot_save", reason=why, hint=_WHAT_TO_DO[why])

    def works(self) -> None:
        """A message was saved."""
        if self._trouble and not self.shut:
            self._over()
            _log.warning("saving_again")

    def shut_for_space(self, *, low: bool) -> None:
        """Take in what a look at the database's own disk came to."""
        if low == self.shut:
            return
        self.shut = low
        if low:
            self.fails(DISK_LOW)
        else:
            self.works()

    def _over(self) -> None:
        if self._trouble:
            self._metrics.trouble(self._trouble, lasts=False)
        self._trouble = ""


class Usage(NamedTuple):
    """Bytes of a file system, as ``shutil.disk_usage`` tells them."""

    total: int
    used: int
    free: int


class Disk:
    """Looks whether there is room where the service writes.

    ``folders`` are the places by name (``spool``, and ``database`` for SQLite);
    when there is less than ``least`` bytes for the database, saving is shut.
    """

    def __init__(
        self,
        folders: Mapping[str, Path],
        saving: Saving,
        metrics: Metrics,
        *,
        least: int,
        usage: Callable[[Path], tuple[int, int, int]] = shutil.disk_usage,
    ) -> None:
        self._folders = folders
        self._saving = saving
        self._metrics = metrics
        self._least = least
        self._usage = usage
        self._low: set[str] = set()

    def look(self) -> None:
        """Look once, and tell of what changed."""
        for name, folder in self._folders.items():
            total, _, free = self._usage(folder)
            self._metrics.free(name, free)
            self._note(name, low=is_low(total, free, least=self._least), free=free)

    def _note(self, name: str, *, low: bool, free: int) -> None:
        if name == "database":
            self._saving.shut_for_space(low=low)
        elif low and name not in self._low:
            self._low.add(name)
            _log.error("disk_low", folder=name, size=free)
        elif not low and name in self._low:
            self._low.discard(name)
            _log.warning("disk_has_room", folder=name, size=free)


def disk_of(
    settings: Settings, database: Path | None, saving: Saving, metrics: Metrics
) -> Disk:
    """The places where a process writes, each disk once; ``database`` for SQLite."""
    spool = Path(settings.spool_dir)
    folders = {"spool": spool}
    if database is not None:
        folders = {"database": database}
        if not _on_one_disk(spool, database):
            folders["spool"] = spool
    return Disk(folders, saving, metrics, least=settings.min_free_mb * 1024**2)


def _on_one_disk(spool: Path, database: Path) -> bool:
    """True iff both lie on one; the spool's folder may not be there yet."""
    while not spool.exists():
        spool = spool.parent
    return spool.stat().st_dev == database.stat().st_dev


def is_low(total: int, free: int, *, least: int) -> bool:
    """True iff so little is free that nothing more should be promised to be kept.

    Less than ``least`` bytes, or than a twentieth of the disk; of a large disk
    10 GiB are enough.
    """
    return free < max(least, min(total * _LEAST_SHARE, _LEAST_SHARE_AT_MOST))
