"""Word files: drawn as committed, filled literally, the same bytes each time."""

from __future__ import annotations

import io
import zipfile
from datetime import date

import docx
import msgspec
import pytest
from docx.document import Document
from docx.shared import Cm
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.documents import drawing
from bot.documents.annual_summary import AnnualSummary, render_annual_summary
from bot.documents.glyphs import writable
from bot.documents.official import render_form
from bot.documents.transcript import render_transcript
from bot.documents.typesetting import TEMPLATES
from conversations.model import Value
from tests.documents import filled, summaries
from tests.documents.reading import docx_paragraphs, docx_rows, docx_text, shown


def word(answers: dict[str, Value], **how: bytes | bool) -> bytes:
    photo = how.get("photo")
    return render_form(
        filled.form("application"),
        answers,
        {},
        photo=photo if isinstance(photo, bytes) else None,
        signed_on=date(2026, 6, 13),
        masked=bool(how.get("masked")),
        format="docx",
    )


def opened(content: bytes) -> Document:
    return docx.Document(io.BytesIO(content))


@pytest.mark.parametrize("name", drawing.names())
def test_the_templates_are_as_drawn(name: str) -> None:
    # To draw them anew: python -m bot.documents.drawing
    drawn = drawing.draw(drawing.load(name))

    assert parts(drawn) == parts((TEMPLATES / f"{name}.docx").read_bytes())


def parts(package: bytes) -> dict[str, bytes]:
    with zipfile.ZipFile(io.BytesIO(package)) as opened_package:
        return {name: opened_package.read(name) for name in opened_package.namelist()}


def test_every_drawing_has_a_template_and_every_template_a_drawing() -> None:
    assert sorted(path.stem for path in TEMPLATES.glob("*.docx")) == drawing.names()


def test_rows_of_different_width_are_refused() -> None:
    uneven = drawing.Drawing(
        rows=(
            drawing.Row(cells=("a", "b"), widths=(1, 2)),
            drawing.Row(cells=("a",), widths=(2,)),
        )
    )

    with pytest.raises(ValueError, match="not equally wide"):
        drawing.draw(uneven)


def test_a_row_with_too_few_cells_is_refused() -> None:
    with pytest.raises(ValueError, match="1 cells, not 2"):
        drawing.draw(drawing.Drawing(rows=(drawing.Row(cells=("a",), widths=(1, 2)),)))


def test_the_same_form_is_the_same_bytes() -> None:
    answers = filled.application("一级")

    assert word(answers, photo=filled.photo()) == word(answers, photo=filled.photo())


def test_the_photo_is_in_its_place_and_fits() -> None:
    paper = opened(word(filled.application("一级"), photo=filled.photo()))
    (picture,) = paper.inline_shapes
    place = docx_rows(word({}))[1][4]

    assert (round(picture.width.mm), round(picture.height.mm)) == (25, 35)
    assert place == "1寸照片"
    assert len(paper.tables[0].cell(1, 40)._tc.xpath(".//pic:pic")) == 1


def test_a_masked_file_hides_what_the_full_one_says() -> None:
    secrets = (filled.ID_NUMBER, filled.PHONE, filled.EMAIL)
    answers = filled.application("一级")
    full, masked = docx_text(word(answers)), docx_text(word(answers, masked=True))

    assert [secret in full for secret in secrets] == [True] * 3
    assert [secret in masked for secret in secrets] == [False] * 3


def test_a_rare_letter_stays_for_a_reader_who_has_it() -> None:
    text = docx_text(
        word(filled.application("一级") | {"name": "𠮷野", "title": "好👍"})
    )

    assert "申请人姓名：𠮷野" in text
    assert "6.职称/职务：好7." in text
    assert "〓" not in text


def test_signs_that_no_file_can_hold_are_left_out() -> None:
    answers = filled.application("一级") | {"title": "\x00讲\x0b师\ud800\ufffe\u202e"}

    assert ["5.单位名称：江南机电技师学院", "6.职称/职务：讲师", ""] in docx_rows(
        word(answers)
    )


def test_lines_of_a_long_answer_stay_lines() -> None:
    answers = filled.application("一级") | {"needs": "第一\n第二\n\n第三"}
    cell = opened(word(answers)).tables[0].rows[-3].cells[0]

    assert cell.paragraphs[-1].text == "第一\n第二\n\n第三"


def test_a_row_with_a_long_answer_may_break_over_pages() -> None:
    rows = opened(word({})).tables[0].rows
    kept = [row for row in rows if row._tr.xpath("./w:trPr/w:cantSplit")]

    # The table of abilities and the two declarations; never a place for long answers.
    assert len(kept) == 2 + 18 + 2


def test_the_head_of_the_transcript_stands_on_every_page() -> None:
    rows = opened(render_transcript(summaries.transcript(), "docx")).tables[0].rows

    assert [
        number
        for number, row in enumerate(rows)
        if row._tr.xpath("./w:trPr/w:tblHeader")
    ] == [2, 3]


def test_the_transcript_lies_across() -> None:
    section = opened(render_transcript(summaries.transcript(), "docx")).sections[0]

    sides = (section.page_width or Cm(0), section.page_height or Cm(0))

    assert [round(side.cm, 1) for side in sides] == [29.7, 21.0]


def test_the_file_names_neither_author_nor_time() -> None:
    about = opened(word({})).core_properties

    assert (about.author, about.last_modified_by, about.title) == ("", "", "")
    assert about.created.year == about.modified.year == 2000


def test_a_form_without_a_layout_of_its_own_is_printed_row_by_row() -> None:
    form = msgspec.structs.replace(filled.form("application"), version=99)
    answers = filled.application("三级")
    rows = docx_rows(render_form(form, answers, {}, masked=False, format="docx"))

    assert ["10.教育背景", "本科：机械工程硕士：机电"] in rows
    assert ["14.是否为第一阶段申报专业", "是"] in rows
    assert rows[-2][0] == "申请人签名"


@given(st.text(max_size=80))
@settings(max_examples=40, deadline=None)
def test_whatever_is_written_is_read_back_from_the_word_file(text: str) -> None:
    model = AnnualSummary(institution="x" + text)
    said = docx_paragraphs(render_annual_summary(model, "docx"))[2]

    assert said == shown("x" + writable(text))
