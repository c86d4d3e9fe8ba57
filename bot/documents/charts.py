"""Numbers, tables and boards as pictures that a phone shows well.

All of them block: call them through ``asyncio.to_thread``.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from bot.documents import typesetting
from bot.wording.pictures import part

_PPI = 144.0
_ROWS = 40
"""Rows of a table in one picture: more could not be read on a phone."""


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


def sheets(data: Mapping[str, Any]) -> list[bytes]:
    """A table of any length as PNGs; ``data`` are the arguments of ``table``."""
    rows = list(data["rows"])
    parts = [rows[at : at + _ROWS] for at in range(0, len(rows), _ROWS)] or [[]]
    return [
        table(
            part(data["title"], number, len(parts)),
            data["header"],
            some,
            subtitle=data.get("subtitle", ""),
        )
        for number, some in enumerate(parts, start=1)
    ]


def drawn(template: str, data: Mapping[str, Any]) -> list[bytes]:
    """Any template of pictures as its PNGs; ``data`` are what it asks for.

    Raises:
        KeyError: no such template.
    """
    if not typesetting.has_template(template):
        raise KeyError(template)
    return typesetting.pages(template, data, ppi=_PPI)
