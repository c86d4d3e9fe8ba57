"""What can go wrong for an operator, each as one sentence.

XuntongError
├── SettingsError     a setting is missing, unknown or malformed
└── SchemaError       the database is not at the newest schema
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
