"""The picture above an article."""

from __future__ import annotations

from bot.documents import typesetting

_PPI = 144.0


def cover(title: str, publisher: str) -> bytes:
    """A PNG of 900 × 382 with the title; blocks, so call it in a thread."""
    data = {"title": title, "publisher": publisher}
    return typesetting.pages("cover", data, ppi=_PPI)[0]
