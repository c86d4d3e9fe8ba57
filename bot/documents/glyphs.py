"""What the packaged fonts can print, and what stands in for what they cannot.

A letter without a glyph (some rare characters of names are in no free font)
becomes 〓, the printers' sign for a missing type, and is named in a note, so
that it can be written in by hand. Other signs without a glyph (emoji) and
invisible marks that turn the reading direction are left out.
"""

from __future__ import annotations

import struct
import unicodedata
from bisect import bisect_right
from functools import cache
from pathlib import Path

import pylopdf_fonts_zh_cn

MISSING = "〓"

# Below this, Typst's own fonts help out (Latin, Greek, Cyrillic, symbols).
_FIRST_CHECKED = 0x2E80
_LINE_BREAKS = frozenset("\n\u2028\u2029")


def printable(text: str) -> tuple[str, frozenset[str]]:
    """``text`` as it can be printed, and the letters that it had to do without."""
    if text.isascii() and text.isprintable():
        return text, frozenset()
    lost = {character for character in text if _is_lost(character)}
    printed = "".join(_printed(character) for character in text)
    return printed, frozenset(lost)


def writable(text: str) -> str:
    """``text`` for a reader with fonts of their own: as printed, its rare letters kept."""
    if text.isascii() and text.isprintable():
        return text
    return "".join(
        character if _is_lost(character) else _printed(character) for character in text
    )


def has_glyph(character: str) -> bool:
    """True iff a packaged font, or one of Typst's own, prints the character."""
    point = ord(character)
    if point < _FIRST_CHECKED:
        return True
    starts, ends = _covered()
    at = bisect_right(starts, point) - 1
    return at >= 0 and point <= ends[at]


def _is_lost(character: str) -> bool:
    return unicodedata.category(character)[0] == "L" and not has_glyph(character)


def _printed(character: str) -> str:
    if character in _LINE_BREAKS:
        return "\n"
    category = unicodedata.category(character)
    if category[0] == "C":
        return " " if character == "\t" else ""
    if has_glyph(character):
        return character
    return MISSING if category[0] == "L" else ""


@cache
def _covered() -> tuple[list[int], list[int]]:
    """Starts and ends of the ranges that either font covers, in order."""
    ranges = {
        *_ranges(Path(pylopdf_fonts_zh_cn.sans_path())),
        *_ranges(Path(pylopdf_fonts_zh_cn.serif_path())),
    }
    merged: list[list[int]] = []
    for start, end in sorted(ranges):
        if merged and start <= merged[-1][1] + 1:
            merged[-1][1] = max(end, merged[-1][1])
        else:
            merged.append([start, end])
    return [start for start, _ in merged], [end for _, end in merged]


def _ranges(font: Path) -> list[tuple[int, int]]:
    """The ranges of the font's character map (OpenType ``cmap``, format 12)."""
    data = font.read_bytes()
    (tables,) = struct.unpack_from(">4xH", data)
    entries = (struct.unpack_from(">4s4xI", data, 12 + 16 * n) for n in range(tables))
    (cmap,) = (offset for tag, offset in entries if tag == b"cmap")
    (count,) = struct.unpack_from(">2xH", data, cmap)
    for number in range(count):
        (offset,) = struct.unpack_from(">4xI", data, cmap + 4 + 8 * number)
        kind, groups = struct.unpack_from(">H10xI", data, cmap + offset)
        if kind == 12:
            first = cmap + offset + 16
            return [
                struct.unpack_from(">II", data, first + 12 * group)
                for group in range(groups)
            ]
    raise ValueError(f"{font.name} has no full character map")
