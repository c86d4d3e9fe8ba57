"""The XML of a Word file that our drawings need: runs, paragraphs, rows, styles."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from itertools import accumulate
from xml.sax.saxutils import escape, quoteattr

from docx.oxml.ns import nsdecls

PRINT, FILLED, UNDERLINED = "Print", "Filled", "Underlined"
_PLACE = re.compile(r"(\{\{.*?\}\}|\{%.*?%\})", re.DOTALL)
_PRINTED = re.compile(r"\{%|\{\{ *(?:box|mark|printed|photo)\b")
_RUNS = re.compile(r"\{\{ *runs\((\w+)\) *\}\}")
_EACH_RUN = (
    r"{%r for run in \1 %}{%r if run.filled %}{{ run.text }}"
    r"{%r else %}{{ printed(run.text) }}{%r endif %}{%r endfor %}"
)
_LINE = re.compile(r"\{\{ *line\(")
_TWIPS_OF_CM = 1440 / 2.54
_NAMESPACE = nsdecls("w")
ABOVE = "^"
"""The text of a cell that belongs to the one above it."""


def twips(centimetres: float) -> int:
    """A length as Word counts it."""
    return round(centimetres * _TWIPS_OF_CM)


def paragraph(
    text: str, style: str = "Normal", align: str = "left", *, with_next: bool = False
) -> str:
    """One paragraph; what stands in Jinja's brackets is set as an answer."""
    kept = "<w:keepNext/>" if with_next else ""
    aligned = f"<w:jc w:val={quoteattr(align)}/>" if align != "left" else ""
    parts = _PLACE.split(_RUNS.sub(_EACH_RUN, text))
    runs = "".join(_run(part) for part in parts if part)
    return (
        f"<w:p {_NAMESPACE}><w:pPr><w:pStyle w:val={quoteattr(style)}/>{kept}{aligned}"
        f"</w:pPr>{runs}</w:p>"
    )


def _run(text: str) -> str:
    style = _style_of(text)
    named = "" if style == PRINT else f"<w:rStyle w:val={quoteattr(style)}/>"
    return (
        f'<w:r><w:rPr>{named}<w:rFonts w:hint="eastAsia"/></w:rPr>'
        f'<w:t xml:space="preserve">{escape(text)}</w:t></w:r>'
    )


def _style_of(text: str) -> str:
    if not _PLACE.fullmatch(text) or _PRINTED.match(text):
        return PRINT
    return UNDERLINED if _LINE.match(text) else FILLED


class Grid:
    """The columns that all rows of a table share, from the widths of each row."""

    def __init__(self, rows: Sequence[Sequence[float]]) -> None:
        edges = {edge for widths in rows for edge in _edges(widths)}
        self._edges = sorted(edges)
        ends = {_edges(widths)[-1] for widths in rows}
        if len(ends) != 1:
            raise ValueError(f"the rows are not equally wide: {sorted(ends)} twips")

    @property
    def columns(self) -> list[int]:
        """The width of each column."""
        starts = [0, *self._edges]
        return [end - start for start, end in zip(starts, self._edges, strict=False)]

    def spans(self, widths: Sequence[float]) -> Iterator[tuple[int, int]]:
        """Width and number of columns of each cell of a row."""
        start = 0
        for edge in _edges(widths):
            between = [one for one in self._edges if start < one <= edge]
            yield edge - start, len(between)
            start = edge


def _edges(widths: Sequence[float]) -> list[int]:
    """The right edges; equal sums of centimetres are equal."""
    return [twips(round(total, 3)) for total in accumulate(widths)]


def cell(
    lines: Sequence[str],
    *,
    width: int,
    span: int,
    merge: str = "",
    align: str = "left",
    with_next: bool = False,
) -> str:
    """One cell; ``merge`` is empty, ``restart`` or ``continue``."""
    spanned = f'<w:gridSpan w:val="{span}"/>' if span > 1 else ""
    merged = f"<w:vMerge w:val={quoteattr(merge)}/>" if merge else ""
    upright = "top" if align == "top" else "center"
    across = "center" if align == "center" else "left"
    content = "".join(
        paragraph(line, align=across, with_next=with_next) for line in lines
    )
    return (
        f'<w:tc><w:tcPr><w:tcW w:w="{width}" w:type="dxa"/>{spanned}{merged}'
        f'<w:vAlign w:val="{upright}"/></w:tcPr>{content}</w:tc>'
    )


def row(
    cells: Sequence[str], *, height: float, head: bool = False, together: bool = False
) -> str:
    """One row of cells, ``height`` centimetres at least."""
    broken = "<w:cantSplit/>" if together else ""
    high = f'<w:trHeight w:val="{twips(height)}" w:hRule="atLeast"/>' if height else ""
    repeated = "<w:tblHeader/>" if head else ""
    return f"<w:tr><w:trPr>{broken}{high}{repeated}</w:trPr>{''.join(cells)}</w:tr>"


def table(grid: Grid, rows: Sequence[str]) -> str:
    """A table with a line around every cell."""
    sides = ("top", "left", "bottom", "right", "insideH", "insideV")
    borders = "".join(
        f'<w:{side} w:val="single" w:sz="4" w:space="0" w:color="000000"/>'
        for side in sides
    )
    columns = "".join(f'<w:gridCol w:w="{width}"/>' for width in grid.columns)
    return (
        f"<w:tbl {_NAMESPACE}><w:tblPr>"
        f'<w:tblW w:w="{sum(grid.columns)}" w:type="dxa"/><w:jc w:val="center"/>'
        f'<w:tblBorders>{borders}</w:tblBorders><w:tblLayout w:type="fixed"/>'
        '<w:tblCellMar><w:left w:w="85" w:type="dxa"/>'
        '<w:right w:w="85" w:type="dxa"/></w:tblCellMar></w:tblPr>'
        f"<w:tblGrid>{columns}</w:tblGrid>{''.join(rows)}</w:tbl>"
    )


def page_numbers() -> str:
    """The paragraph ``1 / 2`` at the foot of every page."""
    return (
        f'<w:p {_NAMESPACE}><w:pPr><w:jc w:val="center"/></w:pPr>'
        f"{_counter('PAGE')}<w:r><w:t> / </w:t></w:r>{_counter('NUMPAGES')}</w:p>"
    )


def _counter(name: str) -> str:
    return f'<w:fldSimple w:instr="{name}"><w:r><w:t>1</w:t></w:r></w:fldSimple>'


def styles() -> Iterator[str]:
    """Every style that the drawings name, the defaults first.

    The fonts are those that Word brings for Chinese papers.
    """
    fonts = _fonts("SimSun")
    yield (
        f"<w:docDefaults {_NAMESPACE}><w:rPrDefault><w:rPr>{fonts}"
        '<w:sz w:val="21"/><w:szCs w:val="21"/><w:lang w:val="en-US" '
        'w:eastAsia="zh-CN" w:bidi="ar-SA"/></w:rPr></w:rPrDefault>'
        "<w:pPrDefault/></w:docDefaults>"
    )
    yield _paragraph_style("Normal", '<w:spacing w:before="20" w:after="20"/>')
    yield _paragraph_style(
        "Gap", '<w:spacing w:line="20" w:lineRule="exact"/>', _size(1)
    )
    yield _paragraph_style("Annex", "", _fonts("SimHei") + _size(14))
    yield _paragraph_style(
        "Title",
        '<w:spacing w:before="120" w:after="240"/><w:jc w:val="center"/>',
        f"<w:b/>{_size(18)}",
    )
    yield _paragraph_style(
        "Heading",
        '<w:keepNext/><w:spacing w:before="240" w:after="120"/>',
        _fonts("SimHei") + _size(13),
    )
    yield _paragraph_style(
        "Text",
        '<w:spacing w:line="420" w:lineRule="auto"/><w:ind w:firstLineChars="200" '
        'w:firstLine="480"/><w:jc w:val="both"/>',
        _size(12),
    )
    yield _paragraph_style("Centred", '<w:jc w:val="center"/>', _size(12))
    yield _character_style(FILLED, _fonts("FangSong"))
    yield _character_style(UNDERLINED, f'{_fonts("FangSong")}<w:u w:val="single"/>')


def _fonts(chinese: str) -> str:
    return (
        f'<w:rFonts w:ascii="Times New Roman" w:hAnsi="Times New Roman" '
        f'w:eastAsia="{chinese}" w:cs="Times New Roman"/>'
    )


def _size(points: int) -> str:
    return f'<w:sz w:val="{2 * points}"/><w:szCs w:val="{2 * points}"/>'


def _paragraph_style(name: str, layout: str, letters: str = "") -> str:
    default = ' w:default="1"' if name == "Normal" else ""
    based = '<w:basedOn w:val="Normal"/>' if name != "Normal" else ""
    return (
        f'<w:style {_NAMESPACE} w:type="paragraph"{default} w:styleId="{name}">'
        f'<w:name w:val="{name}"/>{based}<w:qFormat/><w:pPr>{layout}</w:pPr>'
        f"<w:rPr>{letters}</w:rPr></w:style>"
    )


def _character_style(name: str, letters: str) -> str:
    return (
        f'<w:style {_NAMESPACE} w:type="character" w:styleId="{name}">'
        f'<w:name w:val="{name}"/><w:qFormat/><w:rPr>{letters}</w:rPr></w:style>'
    )
