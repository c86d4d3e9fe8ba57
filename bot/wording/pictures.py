"""What is said with tables and the pictures of them."""

from __future__ import annotations

from collections.abc import Sequence


def row(header: Sequence[str], cells: Sequence[str]) -> str:
    """A row of a short table as one line: the first cell leads, the others are named."""
    named = [
        f"{name} {cell}" if name else cell
        for name, cell in zip(header[1:], cells[1:], strict=True)
        if cell
    ]
    return f"{cells[0]}：{'，'.join(named)}" if named else cells[0]


def follows(brief: str, rows: int) -> str:
    """A table that is too long for a screen is being drawn."""
    said = f"表格共 {rows} 行，图马上发来。"
    return f"{brief}\n{said}" if brief else said


def part(title: str, number: int, of: int) -> str:
    """What stands over one of several pictures of one table."""
    return title if of == 1 else f"{title}（{number}/{of}）"
