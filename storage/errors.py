"""What storage may raise, and which errors say nothing about a message."""

from __future__ import annotations

from socket import gaierror

from sqlalchemy.exc import DBAPIError, InterfaceError, OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeoutError

# Connection exceptions, insufficient resources, operator intervention,
# serialisation failure, deadlock, lock not available.
_TRANSIENT_STATES = ("08", "53", "57P", "40001", "40P01", "55P03")
_TRANSIENT_SQLITE = (
    *("database is locked", "database table is locked"),
    *("disk I/O error", "unable to open database file"),
)

_FULL, _READ_ONLY = "full", "read_only"
# Disk full; and what a server says that was made read-only, or is a standby.
_UNWRITABLE_STATES = {"53100": _FULL, "25006": _READ_ONLY}
_UNWRITABLE_SQLITE = {
    "database or disk is full": _FULL,
    "attempt to write a readonly database": _READ_ONLY,
}


class StorageError(Exception):
    """Something the database would not do."""


class ConflictError(StorageError):
    """Another process wrote the same thing first: do it again from the start."""


class TooLargeError(StorageError):
    """A file is larger than what is kept."""


class SlowError(StorageError):
    """The database did not answer in the time that a transaction gave it."""


class StuckError(StorageError):
    """A transaction stood still between two questions to the database."""


class SchemaMismatchError(StorageError):
    """The database is not at the newest schema."""

    def __init__(self, found: str | None, newest: str) -> None:
        super().__init__(f"schema {found or 'none'} found, {newest} needed")
        self.found = found
        self.newest = newest


def is_transient(error: BaseException) -> bool:
    """True iff the same work may succeed when done again.

    A lost connection, a full pool, a full disk, a serialisation failure, a
    deadlock, or another process that was first. Such an error is never held
    against the message that met it.
    """
    if isinstance(error, ConflictError | SlowError | PoolTimeoutError):
        return True
    if isinstance(error, ConnectionError | TimeoutError | gaierror):
        return True
    if cannot_write(error):
        return True
    if not isinstance(error, DBAPIError):
        return False
    if error.connection_invalidated:
        return True
    state = getattr(error.orig, "sqlstate", None)
    if isinstance(state, str):
        return state.startswith(_TRANSIENT_STATES)
    return isinstance(error, OperationalError) and any(
        text in str(error.orig) for text in _TRANSIENT_SQLITE
    )


def cannot_write(error: BaseException) -> str | None:
    """Why the database takes nothing in: ``full``, ``read_only``; None for other errors.

    It may still be read; what was to be written is not kept.
    """
    if not isinstance(error, DBAPIError):
        return None
    state = getattr(error.orig, "sqlstate", None)
    if isinstance(state, str):
        return _UNWRITABLE_STATES.get(state)
    said = str(error.orig)
    return next(
        (why for text, why in _UNWRITABLE_SQLITE.items() if said.startswith(text)), None
    )


# Wrong password or role, no such database: raised as the driver's own errors.
_NOT_LET_IN = ("28", "3D")


def why_unusable(error: BaseException) -> str | None:
    """One line on why the database cannot be used; None for any other error.

    It cannot be reached, refuses us, or is busy: what an operator can put right.
    """
    state = getattr(error, "sqlstate", None)
    unusable = (
        is_transient(error)
        or isinstance(error, OperationalError | InterfaceError | gaierror)
        or (isinstance(state, str) and state.startswith(_NOT_LET_IN))
    )
    if not unusable:
        return None
    cause: object = getattr(error, "orig", None) or error
    return (str(cause).splitlines() or [type(error).__name__])[0]
