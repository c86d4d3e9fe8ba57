"""Where new ids come from."""

from __future__ import annotations

from uuid import uuid4


def new_id() -> str:
    """A fresh random id: 32 hex digits."""
    return uuid4().hex
