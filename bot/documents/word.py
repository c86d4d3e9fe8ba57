"""Word files: templates of DOCX, filled so that the same input gives the same bytes.

The templates (``templates/NAME.docx``) are drawn by ``bot.documents.drawing`` and may
be opened in Word. What people wrote goes in as text and is never read as a template.
A letter that no packaged font prints stays as it is: the reader's Word may know it.
Blocks: call it through ``asyncio.to_thread``.
"""

from __future__ import annotations

import io
import zipfile
from collections.abc import Mapping
from functools import cache
from typing import Any

import jinja2
import markupsafe
from docx.shared import Mm
from docxtpl import DocxTemplate, InlineImage

from bot.documents.glyphs import writable
from bot.documents.typesetting import TEMPLATES

PHOTO_MM = (25, 35)
_LONG_AGO = (1980, 1, 1, 0, 0, 0)


def has_template(template: str) -> bool:
    """True iff ``templates/TEMPLATE.docx`` is there."""
    return template in _sources()


def fill(
    template: str, context: Mapping[str, Any], *, photo: bytes | None = None
) -> bytes:
    """``templates/TEMPLATE.docx`` with the names of ``context`` in its places.

    ``photo``, if any, stands in the place ``photo`` instead of what it holds.
    """
    paper = DocxTemplate(io.BytesIO(_sources()[template]))
    names = {"printed": str, **context}
    if photo is not None:
        width, height = PHOTO_MM
        names["photo"] = InlineImage(paper, io.BytesIO(photo), Mm(width), Mm(height))
    paper.render(names, _environment())
    out = io.BytesIO()
    paper.save(out)
    return undated(out.getvalue())


def undated(package: bytes) -> bytes:
    """The same package without the times at which its parts were written."""
    out = io.BytesIO()
    with (
        zipfile.ZipFile(io.BytesIO(package)) as old,
        zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as new,
    ):
        for entry in old.infolist():
            same = zipfile.ZipInfo(entry.filename, _LONG_AGO)
            same.compress_type = zipfile.ZIP_DEFLATED
            new.writestr(same, old.read(entry))
    return out.getvalue()


@cache
def _sources() -> dict[str, bytes]:
    return {path.stem: path.read_bytes() for path in TEMPLATES.glob("*.docx")}


@cache
def _environment() -> jinja2.Environment:
    # Not for HTML, but Word's XML escapes the same signs.
    return jinja2.Environment(
        autoescape=True, undefined=jinja2.StrictUndefined, finalize=_literal
    )


def _literal(value: Any) -> Any:
    """A text as Word's XML shows it, sign for sign."""
    if not isinstance(value, str):
        return value
    # docxtpl takes {_{ and the like for its own brackets in disguise.
    escaped = str(markupsafe.escape(writable(value))).replace("_", "&#95;")
    return markupsafe.Markup(escaped)  # noqa: S704 -- escaped one line above
