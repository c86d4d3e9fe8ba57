"""Works that teachers hand in: pictures and PDFs made clean, office files looked at."""

from __future__ import annotations

from bot.documents.photos import PhotoRefused, StampOk, accept_stamp
from bot.uploads import OFFICE, sniff

EXTENSIONS = {"image/jpeg": "jpg", "application/pdf": "pdf", **OFFICE}
"""The ending of a file's name by its media type."""


async def accept_work(content: bytes) -> StampOk | PhotoRefused:
    """The file as it is kept, or why it is not taken.

    An office file is kept as it came; one that carries macros is refused.
    """
    kind = sniff(content)
    if kind in OFFICE:
        return StampOk(content, kind)
    return await accept_stamp(content)
