"""Numbers and tables as pictures that a phone shows well.

Both functions block: call them through ``asyncio.to_thread``.
"""

from __future__ import annotations

from collections.abc import Sequence

from bot.documents import typesetting

_PPI = 144.0


def bars(title: str, rows: Sequence[tuple[str, int]], *, subtitle: str = "") -> bytes:
    """A PNG with one bar for each (label, number ≥ 0), in the order given."""
    data = {"title": title, "subtitle": subtitle, "rows": [list(row) for row in rows]}
    return typesetting.pages("bars", data, ppi=_PPI)[0]


def table(
    title: str,
    header: Sequence[str],
    rows: Sequence[Sequence[str]],
    *,
    subtitle: str = "",
) -> bytes:
    """A PNG of a table; every row has as many texts as the header (≥ 1)."""
    data = {
        "title": title,
        "subtitle": subtitle,
        "header": list(header),
        "rows": [list(row) for row in rows],
    }
    return typesetting.pages("sheet", data, ppi=_PPI)[0]
