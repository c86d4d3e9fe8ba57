"""What can go wrong for an operator, each as one sentence.

XuntongError
├── SettingsError     a setting is missing, unknown or malformed
├── SchemaError       the database is not at the newest schema
├── PortError         the port cannot be opened
├── NotEmptyError     sample data were to go where something is kept already
├── NotFoundError     what the operator named is not there
├── SheetError        a spreadsheet has wrong rows; nothing was changed
├── FaultsError       a check found something wrong
├── OutputError       a file cannot be written
└── TooFewError       too few have evaluated a class for anything to be shown
"""

from __future__ import annotations


class XuntongError(Exception):
    """Something the operator can put right; the message says what, in one line."""


class SettingsError(XuntongError):
    """A setting is missing, unknown or malformed."""

    def __init__(self, name: str, why: str) -> None:
        super().__init__(f"{name}: {why}")


class SchemaError(XuntongError):
    """The database is not at the newest schema."""

    def __init__(self, found: str | None, newest: str) -> None:
        super().__init__(
            f"the database is at schema {found or 'none'}, this program needs {newest}: "
            "run `xuntong migrate`"
        )


class PortError(XuntongError):
    """The address to serve on cannot be opened."""

    def __init__(self, host: str, port: int, why: str | None) -> None:
        super().__init__(
            f"{host}:{port} cannot be opened ({why}): choose another with XUNTONG_PORT, or PORT=9000 make demo"
        )


class NotEmptyError(XuntongError):
    """Sample data were to go where something is kept already."""

    def __init__(self) -> None:
        super().__init__(
            "the database is not empty: sample data go into an empty, migrated one"
        )


class NotFoundError(XuntongError):
    """What the operator named is not there."""

    def __init__(self, kind: str, name: str) -> None:
        super().__init__(f"there is no {kind} {name}")


class SheetError(XuntongError):
    """A spreadsheet cannot be taken in; nothing was changed."""

    def __init__(self, name: str, why: str) -> None:
        super().__init__(f"{name}: {why}")


class FaultsError(XuntongError):
    """A check found something wrong; each fault was named on a line of its own."""

    def __init__(self, count: int) -> None:
        super().__init__(
            "1 thing is wrong" if count == 1 else f"{count} things are wrong"
        )


class OutputError(XuntongError):
    """A file cannot be written."""

    def __init__(self, name: str, why: str) -> None:
        super().__init__(f"{name}: {why}")


class TooFewError(XuntongError):
    """Too few have evaluated a class for anything to be shown."""

    def __init__(self, code: str, least: int) -> None:
        super().__init__(
            f"{code}: fewer than {least} evaluations are counted, nothing is shown"
        )
