"""Typst, set up so that the same input gives the same bytes on every machine.

Fonts come from a package and the system's own are ignored. What people wrote
goes in as JSON strings, never as markup, so that it is printed literally; what
no font can print is named in ``lost`` (see ``glyphs``).
Both functions block but release the GIL: call them through
``asyncio.to_thread``.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import Any

import msgspec
import pylopdf_fonts_zh_cn
import typst

from bot.documents.glyphs import printable

TEMPLATES = Path(__file__).with_name("templates")
PHONE_PPI = 130.0
"""Pixels per inch of a page shown in a chat: a page of 18 cm is then 921 wide."""


# The stubs of typst do not know that a document may be of several files.
_compile: Callable[..., Any] = typst.compile


def pdf(template: str, data: Mapping[str, Any]) -> bytes:
    """Typeset ``templates/TEMPLATE.typ`` with ``data`` (JSON values) as PDF."""
    files = source_files(template, data)
    made: bytes = _compile(files, font_paths=_fonts(), format="pdf")
    return made


def pages(
    template: str, data: Mapping[str, Any], *, ppi: float = PHONE_PPI
) -> list[bytes]:
    """The same as one PNG for each page."""
    files = source_files(template, data)
    made: bytes | list[bytes] = _compile(
        files, font_paths=_fonts(), format="png", ppi=ppi
    )
    return list(made) if isinstance(made, list) else [made]


def has_template(template: str) -> bool:
    """True iff ``templates/TEMPLATE.typ`` is there."""
    return template in _sources()


def as_numbers(picture: bytes | None) -> list[int] | None:
    """A picture as JSON can carry it; the template turns it back by ``bytes``."""
    return None if picture is None else list(picture)


def source_files(template: str, data: Mapping[str, Any]) -> dict[str, bytes]:
    """All that Typst reads: the template with what it imports, and the data."""
    shared = {f"{name}.typ": source for name, source in _sources().items()}
    main = f'#import "{template}.typ": document-of\n#document-of(json("data.json"))\n'
    lost: set[str] = set()
    printed = _printed(data, lost)
    note = [f"U+{ord(character):04X}" for character in sorted(lost)]
    return {
        "main.typ": main.encode(),
        "data.json": msgspec.json.encode(printed | {"lost": note}),
        **shared,
    }


def _printed(value: Any, lost: set[str]) -> Any:
    """The same JSON value with every text as it can be printed."""
    if isinstance(value, str):
        text, missing = printable(value)
        lost |= missing
        return text
    if isinstance(value, Mapping):
        return {key: _printed(one, lost) for key, one in value.items()}
    if isinstance(value, list | tuple) and not _is_picture(value):
        return [_printed(one, lost) for one in value]
    return value


def _is_picture(values: Sequence[Any]) -> bool:
    return len(values) > 0 and isinstance(values[0], int)


@cache
def _sources() -> dict[str, bytes]:
    return {path.stem: path.read_bytes() for path in TEMPLATES.glob("*.typ")}


@cache
def _fonts() -> typst.Fonts:
    folder = Path(pylopdf_fonts_zh_cn.serif_path()).parent
    return typst.Fonts(include_system_fonts=False, font_paths=[str(folder)])
