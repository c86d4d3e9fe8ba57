"""Members of the archives we make: named so that they lead nowhere, without a date."""

from __future__ import annotations

import zipfile

_DATED = (2000, 1, 1, 0, 0, 0)
_LONGEST = 80


def plain_name(name: str) -> str:
    """A member's name that leads nowhere: no folders, no hidden signs."""
    kept = "".join(c for c in name if c.isprintable() and c not in '/\\:*?"<>|')
    return kept.lstrip(".")[-_LONGEST:] or "file"


def add_member(archive: zipfile.ZipFile, name: str, content: bytes) -> None:
    """Add a member that does not say when it was made."""
    member = zipfile.ZipInfo(name, _DATED)
    member.compress_type = zipfile.ZIP_DEFLATED
    archive.writestr(member, content)
