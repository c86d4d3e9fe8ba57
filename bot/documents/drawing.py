"""Draws the templates of Word files: ``python -m bot.documents.drawing``.

A drawing (``drawings/NAME.toml``) says what stands in each row and cell of the
official form, with the places to fill in Jinja's brackets, as docxtpl reads
them; ``templates/NAME.docx`` is made of it and never edited by hand. Widths are
in centimetres of a text area of 16.6 (25.3 across).

Of a row: ``cells``, ``widths`` (else those of the row above), ``height`` at least,
``align``, ``head`` (repeated on every page), ``together`` (not broken over
pages), ``with_next`` (on the page of the row below), ``loop`` (for each of a list);
``tail`` are more cells, centred, and so is the cell that ``marks`` has for each of
its ``values``. A cell is a text, its lines paragraphs; ``^`` belongs to the cell
above. A place is written in the letters of answers; ``line(…)`` is underlined,
``box(…)``, ``mark(…)`` and ``printed(…)`` are print, ``runs(…)`` are both.
"""

from __future__ import annotations

import io
import tomllib
from collections.abc import Iterator, Sequence
from datetime import datetime
from pathlib import Path

import docx
import msgspec
from docx.document import Document
from docx.enum.section import WD_ORIENT
from docx.oxml import parse_xml
from docx.shared import Cm

from bot.documents import word_xml
from bot.documents.typesetting import TEMPLATES
from bot.documents.word import undated

DRAWINGS = Path(__file__).with_name("drawings")
_A4 = (21.0, 29.7)
_MARGIN = {"left": 2.2, "right": 2.2, "top": 2.0, "bottom": 1.8}
_DRAWN_ON = datetime(2000, 1, 1)  # noqa: DTZ001 -- the library takes no other


class Marks(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Cells with the mark of one item, one for each of ``values``."""

    field: str
    item: str
    values: tuple[str, ...]


class Row(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One row of the table, or of several alike; see the module."""

    cells: tuple[str, ...]
    widths: tuple[float, ...] = ()
    height: float = 0.6
    align: str = "left"
    head: bool = False
    together: bool = False
    with_next: bool = False
    loop: str = ""
    tail: tuple[str, ...] = ()
    marks: Marks | None = None

    @property
    def texts(self) -> tuple[str, ...]:
        """All cells, the ``tail`` and those of ``marks`` with them."""
        return (*self.cells, *self.tail, *self._places_of_marks())

    def align_of(self, column: int) -> str:
        """How the text of a cell stands in it."""
        return self.align if column < len(self.cells) else "center"

    def _places_of_marks(self) -> tuple[str, ...]:
        marks = self.marks
        if marks is None:
            return ()
        return tuple(
            f"{{{{ mark('{marks.field}', '{marks.item}', '{value}') }}}}"
            for value in marks.values
        )


class Paragraph(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A paragraph outside the table, in one of the styles of ``word_xml``."""

    text: str
    style: str = "Normal"


class Drawing(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One template: what stands above its table, the table, and what stands below."""

    above: tuple[Paragraph, ...] = ()
    rows: tuple[Row, ...] = ()
    below: tuple[Paragraph, ...] = ()
    across: bool = False


def load(name: str) -> Drawing:
    """``drawings/NAME.toml``.

    Raises:
        msgspec.ValidationError: it says something that a drawing cannot.
    """
    text = (DRAWINGS / f"{name}.toml").read_text(encoding="utf-8")
    return msgspec.convert(tomllib.loads(text), Drawing)


def names() -> list[str]:
    """Every drawing there is."""
    return sorted(path.stem for path in DRAWINGS.glob("*.toml"))


def draw(drawing: Drawing) -> bytes:
    """The template as a DOCX package; the same drawing is the same bytes."""
    paper = docx.Document()
    _set_up(paper, across=drawing.across)
    end = paper.element.body[-1]
    for part in _parts(drawing):
        end.addprevious(parse_xml(part))
    out = io.BytesIO()
    paper.save(out)
    return undated(out.getvalue())


def _parts(drawing: Drawing) -> Iterator[str]:
    for one in drawing.above:
        yield word_xml.paragraph(one.text, one.style)
    if drawing.rows:
        yield _table(drawing.rows)
        # Word wants a paragraph after a table; this one takes no room of its own.
        yield word_xml.paragraph("", "Gap")
    for one in drawing.below:
        yield word_xml.paragraph(one.text, one.style)


def _set_up(paper: Document, *, across: bool) -> None:
    styles = paper.styles.element
    for style in list(styles):
        styles.remove(style)
    for made in word_xml.styles():
        styles.append(parse_xml(made))
    section = paper.sections[0]
    width, height = reversed(_A4) if across else _A4
    section.page_width, section.page_height = Cm(width), Cm(height)
    section.orientation = WD_ORIENT.LANDSCAPE if across else WD_ORIENT.PORTRAIT
    for side, margin in _MARGIN.items():
        setattr(section, f"{side}_margin", Cm(margin))
    foot = section.footer
    foot.is_linked_to_previous = False
    (empty,) = foot.paragraphs
    empty._p.addnext(parse_xml(word_xml.page_numbers()))  # noqa: SLF001 -- the library has no other way
    empty._p.getparent().remove(empty._p)  # noqa: SLF001 -- as above
    about = paper.core_properties
    about.author = about.comments = about.last_modified_by = about.title = ""
    about.created = about.modified = _DRAWN_ON


def _table(rows: Sequence[Row]) -> str:
    widths: list[tuple[float, ...]] = []
    for one in rows:
        widths.append(one.widths or widths[-1])
        if len(one.texts) != len(widths[-1]):
            raise ValueError(f"{len(one.texts)} cells, not {len(widths[-1])}: {one}")
    grid = word_xml.Grid(widths)
    laid = [list(grid.spans(one)) for one in widths]
    merged = _merged(rows, laid)
    return word_xml.table(
        grid,
        [
            drawn
            for one, spans, merges in zip(rows, laid, merged, strict=True)
            for drawn in _rows(one, spans, merges)
        ],
    )


def _rows(
    one: Row, spans: Sequence[tuple[int, int]], merges: Sequence[str]
) -> Iterator[str]:
    cells = [
        word_xml.cell(
            [""] if text == word_xml.ABOVE else text.split("\n"),
            width=width,
            span=span,
            merge=merge,
            align=one.align_of(column),
            with_next=one.with_next,
        )
        for column, (text, (width, span), merge) in enumerate(
            zip(one.texts, spans, merges, strict=True)
        )
    ]
    drawn = word_xml.row(cells, height=one.height, head=one.head, together=one.together)
    if not one.loop:
        yield drawn
        return
    yield _control(f"for {one.loop}", spans)
    yield drawn
    yield _control("endfor", spans)


def _control(tag: str, spans: Sequence[tuple[int, int]]) -> str:
    """A row that docxtpl takes out again."""
    width, span = (sum(parts) for parts in zip(*spans, strict=True))
    only = word_xml.cell([f"{{%tr {tag} %}}"], width=width, span=span)
    return word_xml.row([only], height=0)


def _merged(
    rows: Sequence[Row], laid: Sequence[Sequence[tuple[int, int]]]
) -> list[list[str]]:
    """For each cell whether it begins or continues one over several rows."""
    places = [_places(spans) for spans in laid]
    above = [
        {
            place
            for place, text in zip(row_places, one.texts, strict=True)
            if text == word_xml.ABOVE
        }
        for one, row_places in zip(rows, places, strict=True)
    ]
    return [
        [
            "continue" if place in here else "restart" if place in below else ""
            for place in row_places
        ]
        for row_places, here, below in zip(
            places, above, [*above[1:], set()], strict=True
        )
    ]


def _places(spans: Sequence[tuple[int, int]]) -> list[tuple[int, int]]:
    """Where each cell begins, and its width."""
    starts = [0]
    for width, _ in spans:
        starts.append(starts[-1] + width)
    return [(start, width) for start, (width, _) in zip(starts, spans, strict=False)]


def main() -> None:
    """Write every template anew."""
    for name in names():
        (TEMPLATES / f"{name}.docx").write_bytes(draw(load(name)))


if __name__ == "__main__":
    main()
