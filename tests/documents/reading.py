"""What stands in a document, read back from its file."""

from __future__ import annotations

import io
import json
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

import docx
import typst
from docx.oxml.xmlchemy import BaseOxmlElement
from pypdf import PdfReader

from bot.documents import typesetting


def pdf_text(content: bytes) -> str:
    """What a PDF prints, read on from page to page, without blanks and breaks."""
    pages = PdfReader(io.BytesIO(content)).pages
    return "".join(
        bare(page.extract_text()).removesuffix(f"{number}/{len(pages)}")
        for number, page in enumerate(pages, start=1)
    )


def bare(text: str) -> str:
    """Without blanks and breaks."""
    return re.sub(r"[\s\u200b]", "", text)


W = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"


def docx_text(content: bytes) -> str:
    """What a DOCX says, from its first paragraph to its last, as a PDF shows it."""
    body = docx.Document(io.BytesIO(content)).element.body
    return _as_printed(body)


def docx_paragraphs(content: bytes) -> list[str]:
    """The paragraphs outside tables that are not empty."""
    body = docx.Document(io.BytesIO(content)).element.body
    texts = [_as_printed(one) for one in body.findall(f"{W}p")]
    return [text for text in texts if text]


def docx_rows(content: bytes) -> list[list[str]]:
    """Every row of every table, cell by cell; what is merged upwards is empty."""
    body = docx.Document(io.BytesIO(content)).element.body
    return [
        [_as_printed(cell) for cell in row.findall(f"{W}tc")]
        for row in body.iter(f"{W}tr")
    ]


def _as_printed(element: BaseOxmlElement) -> str:
    """Without blanks and empty boxes; the ticked box is a tick."""
    return shown("".join(part.text or "" for part in element.iter(f"{W}t")))


def shown(text: str) -> str:
    """A text of a Word file as a PDF shows it: boxes are drawn there, not written."""
    return bare(text).replace("□", "").replace("☑", "√")


Json = Mapping[str, Any]


def typst_rows(template: str, data: Json) -> list[list[str]]:
    """Every row of every table that a template lays out, as ``docx_rows``."""
    found = _query(typesetting.source_files(template, data), "table")
    return [row for table in json.loads(found) for row in _rows(table)]


# The stubs of typst do not know that a document may be of several files.
_query: Callable[..., str] = typst.query


def _rows(table: Json) -> Iterator[list[str]]:
    """The cells of one table, put in their rows as Typst does."""
    across = len(table["columns"])
    taken: dict[tuple[int, int], str] = {}
    place = 0
    for cell in _cells(table["children"]):
        while divmod(place, across) in taken:
            place += 1
        row, column = divmod(place, across)
        for down in range(cell.get("rowspan", 1)):
            text = _words(cell["body"]) if down == 0 else ""
            for right in range(cell.get("colspan", 1)):
                taken[row + down, column + right] = text if right == 0 else _SPANNED
    for row in range(1 + max(row for row, _ in taken)):
        texts = (taken[row, column] for column in range(across))
        yield [bare(text) for text in texts if text != _SPANNED]


_SPANNED = "<"
"""A place that the cell to its left takes too."""


def _cells(children: Sequence[Json]) -> Iterator[Json]:
    for child in children:
        if child["func"] == "header":
            yield from _cells(child["children"])
        else:
            yield child


def _words(content: Any) -> str:
    """Every text in a piece of content, in its order."""
    if isinstance(content, list):
        return "".join(_words(one) for one in content)
    if not isinstance(content, dict):
        return ""
    if content.get("func") == "text":
        return str(content["text"])
    inside = (content.get(key) for key in ("children", "child", "body"))
    return "".join(_words(one) for one in inside)
