"""Finds what must never leave the database: in logs, metrics, and what is said."""

from __future__ import annotations

import re
import unicodedata

_GAPS = re.compile(r"[\s\-_.·]+")


def leaks(texts: list[str], secrets: dict[str, str]) -> list[str]:
    """The names of the secrets that any of the texts shows.

    Spacing, full-width characters and case do not hide one.
    """
    shown = _bare("\n".join(texts))
    return [name for name, secret in secrets.items() if _bare(secret) in shown]


def _bare(text: str) -> str:
    return _GAPS.sub("", unicodedata.normalize("NFKC", text)).casefold()
