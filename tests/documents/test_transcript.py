"""附件5 成绩单 as paper and as a sheet (规程第十三条)."""

from __future__ import annotations

import io

import msgspec
import openpyxl
import pytest
from PIL import Image
from pypdf import PdfReader

from bot.documents.transcript import Transcript, TranscriptRow, render_transcript
from tests.documents.filled import ID_NUMBER, PHONE
from tests.documents.reading import bare, docx_rows, pdf_text
from tests.documents.summaries import row, transcript


def test_thirty_rows_stand_on_two_pages_across() -> None:
    pages = PdfReader(io.BytesIO(render_transcript(transcript(), "pdf"))).pages

    assert [
        (round(float(page.mediabox.width)), round(float(page.mediabox.height)))
        for page in pages
    ] == [(842, 595)] * 2


def test_the_head_says_when_where_how_many_and_who() -> None:
    text = pdf_text(render_transcript(transcript(28), "pdf"))

    assert text.startswith(
        "附件5工学一体化教师培训成绩单"
        "培训时间：2026年6月13日——2026年6月21日；培训地点：江南省东湖市；"
        "培训人数：28人；教师培训基地（或师资研修中心）：江南机电技师学院"
        "培训级别：二级；专业大类：机械类；"
        "授课骨干教师：陈明、赵敏；考核骨干教师：钱峰、孙丽、周全"
    )


@pytest.mark.parametrize(
    ("province", "city", "venue", "printed"),
    [
        ("江南省", "东湖市", "", "江南省东湖市"),
        ("广西壮族自治区", "南宁", "", "广西壮族自治区南宁市"),
        ("上海市", "上海市", "", "上海市"),
        ("江南省", "", "学院路18号", "江南省学院路18号"),
        ("", "", "", "省市"),
    ],
)
def test_the_place_is_written_as_people_write_it(
    province: str, city: str, venue: str, printed: str
) -> None:
    model = Transcript(province=province, city=city, venue=venue)

    assert f"培训地点：{printed}；" in pdf_text(render_transcript(model, "pdf"))


def test_a_seat_that_nobody_has_is_an_empty_row() -> None:
    model = Transcript(rows=(TranscriptRow(1, "李晓梅"), TranscriptRow(3, "王强")))
    cells = sheet_rows(render_transcript(model, "xlsx"))

    assert [cells[number][:2] for number in (7, 8, 9)] == [
        ["1", "李晓梅"],
        ["2", ""],
        ["3", "王强"],
    ]
    assert len(cells) == 7 + 30


def test_more_rows_than_seats_are_all_printed() -> None:
    assert "GXYT-2026-0031" in pdf_text(render_transcript(transcript(31), "pdf"))


def test_the_sheet_says_in_order_what_the_paper_says() -> None:
    paper = pdf_text(render_transcript(transcript(), "pdf"))
    cells = sheet_rows(render_transcript(transcript(), "xlsx"))
    body = "".join(text for line in cells[7:] for text in line)
    top = "".join(text for line in cells[:5] for text in line)

    assert paper.startswith(bare(top))
    # The head of the table is printed on both pages.
    assert paper.replace(HEADING, "").endswith(bare(body))


HEADING = "成绩序号姓名性别身份证号码单位联系电话证书编号过程性考核终结性考核"


def test_every_cell_of_the_sheet_is_text() -> None:
    hostile = msgspec.structs.replace(row(1), unit="=1+1", name="+1")
    model = msgspec.structs.replace(transcript(), rows=(hostile,))
    book = openpyxl.load_workbook(io.BytesIO(render_transcript(model, "xlsx")))
    cells = [cell for line in book.worksheets[0].iter_rows() for cell in line]

    assert {cell.data_type for cell in cells if cell.value is not None} == {"s"}
    assert [cells[7 * 9 + 1].value, cells[7 * 9 + 4].value] == ["+1", "=1+1"]


def test_a_chat_picture_masks_what_the_files_print_in_full() -> None:
    full = pdf_text(render_transcript(transcript(), "pdf"))
    masked = pdf_text(render_transcript(transcript(), "pdf", masked=True))

    assert [full.count(ID_NUMBER), full.count(PHONE)] == [30, 30]
    assert [masked.count(ID_NUMBER), masked.count(PHONE)] == [0, 0]
    assert masked.count("1***************2X") == masked.count("138******00") == 30


def test_a_chat_picture_is_a_page_as_a_phone_turned_shows_it() -> None:
    pictures = render_transcript(transcript(), "png", masked=True)

    assert [Image.open(io.BytesIO(one)).size for one in pictures] == [(1407, 921)] * 2


def test_the_same_transcript_is_the_same_bytes() -> None:
    assert render_transcript(transcript(), "pdf") == render_transcript(
        transcript(), "pdf"
    )
    assert render_transcript(transcript(), "xlsx") == render_transcript(
        transcript(), "xlsx"
    )


def sheet_rows(content: bytes) -> list[list[str]]:
    sheet = openpyxl.load_workbook(io.BytesIO(content)).worksheets[0]
    return [[str(cell.value or "") for cell in line] for line in sheet.iter_rows()]


def test_a_rare_letter_is_noted_on_paper_and_kept_in_the_other_files() -> None:
    model = Transcript(rows=(TranscriptRow(1, "𠮷野", unit="䶮山学院"),))
    paper = pdf_text(render_transcript(model, "pdf"))

    assert "1〓野䶮山学院2" in paper
    assert paper.endswith("注：表中“〓”处的字（U+20BB7）字库未收，请手写补全。")
    assert sheet_rows(render_transcript(model, "xlsx"))[7][1] == "𠮷野"
    assert docx_rows(render_transcript(model, "docx"))[4][1] == "𠮷野"
