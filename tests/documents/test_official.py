"""The official forms on paper: every label, every answer, whatever is written."""

from __future__ import annotations

import io
import re
from datetime import date
from pathlib import Path

import msgspec
import pytest
from PIL import Image
from pypdf import PdfReader

from bot.documents.official import render_form
from conversations.model import Value
from tests.documents import filled

HERE = Path(__file__).parent
CONTEXT = {"level": "二级", "major": "机械类"}
SIGNED = date(2026, 6, 13)


def reader(form: str, answers: dict[str, Value], **how: bytes | bool) -> PdfReader:
    photo = how.get("photo")
    return PdfReader(
        io.BytesIO(
            render_form(
                filled.form(form),
                answers,
                CONTEXT,
                photo=photo if isinstance(photo, bytes) else None,
                signed_on=SIGNED,
                masked=bool(how.get("masked")),
                format="pdf",
            )
        )
    )


def text_of(pdf: PdfReader) -> str:
    """What is printed, read on from page to page."""
    pages = (page.extract_text() for page in pdf.pages)
    return bare("".join(re.sub(r"\d+ / \d+\s*$", "", page) for page in pages))


def bare(text: str) -> str:
    """Without blanks and breaks."""
    return re.sub(r"[\s\u200b]", "", text)


def printed_by_the_regulation(form: str) -> list[str]:
    """Every line of the official form, without blanks and boxes."""
    return (HERE / f"{form}-1.txt").read_text(encoding="utf-8").split()


@pytest.mark.parametrize("form", ["application", "evaluation"])
def test_an_empty_form_prints_every_official_line(form: str) -> None:
    text = text_of(reader(form, {}))
    missing = [line for line in printed_by_the_regulation(form) if line not in text]

    assert missing == []


@pytest.mark.parametrize("level", filled.LEVELS)
@pytest.mark.parametrize("form", ["application", "evaluation"])
def test_a_full_form_prints_every_label_and_every_answer(form: str, level: str) -> None:
    answers = answers_of(form, level)
    text = text_of(reader(form, answers, photo=filled.photo()))
    labels = {field.label for field in filled.form(form).fields} - IN_PLACE
    items = {
        item.number + item.label
        for field in filled.form(form).fields
        for item in field.items
    }

    assert {one for one in labels | items if bare(one) not in text} == set()
    assert [one for one in texts(form, answers) if bare(one) not in text] == []


IN_PLACE = {"1寸照片", "分工课程"}
"""Labels that give way to what is filled in."""


def answers_of(form: str, level: str) -> dict[str, Value]:
    made = filled.application if form == "application" else filled.evaluation
    return made(level)


def texts(form: str, answers: dict[str, Value]) -> list[str]:
    """What is written as text: not the photo, not ticks, not marks."""
    written: list[str] = []
    for field in filled.form(form).fields:
        value = answers.get(field.id, "")
        if field.kind in {"photo", "choice", "yes_no", "matrix", "declaration"}:
            continue
        written += value.values() if isinstance(value, dict) else [value]
    return written


@pytest.mark.parametrize("level", filled.LEVELS)
@pytest.mark.parametrize("form", ["application", "evaluation"])
def test_every_mark_and_tick_is_one_sign(form: str, level: str) -> None:
    empty = text_of(reader(form, {})).count("√")
    answers = answers_of(form, level)

    assert text_of(reader(form, answers)).count("√") - empty == signs(form, answers)


def signs(form: str, answers: dict[str, Value]) -> int:
    kinds = {field.id: field.kind for field in filled.form(form).fields}
    single = sum(kinds[id_] in {"choice", "yes_no"} for id_ in answers)
    several = sum(len(v) for v in answers.values() if isinstance(v, dict))
    return single + several


def test_the_date_of_the_signature_is_printed() -> None:
    assert "日期：2026年6月13日" in text_of(reader("application", {}))


def test_a_chat_picture_masks_what_the_pdf_prints_in_full() -> None:
    answers = filled.application("一级") | {"needs": f"请打 {filled.PHONE}"}
    full = text_of(reader("application", answers))
    masked = text_of(reader("application", answers, masked=True))
    secrets = (filled.ID_NUMBER, filled.PHONE, filled.EMAIL)

    assert [secret in full for secret in secrets] == [True] * 3
    assert [secret in masked for secret in secrets] == [False] * 3
    assert "1***************2X" in masked
    assert "138******00" in masked
    assert "z***@example.com" in masked


def test_the_photo_is_in_its_place() -> None:
    bare_pdf = reader("application", filled.application("一级"))
    with_photo = reader("application", filled.application("一级"), photo=filled.photo())

    assert [len(page.images) for page in bare_pdf.pages] == [0, 0]
    assert with_photo.pages[0].images[0].image is not None
    assert with_photo.pages[0].images[0].image.size == (295, 413)


@pytest.mark.parametrize("form", ["application", "evaluation"])
def test_both_forms_stand_on_two_pages_of_a4(form: str) -> None:
    pages = reader(form, answers_of(form, "二级"), photo=filled.photo()).pages

    assert [round(float(page.mediabox.width)) for page in pages] == [595, 595]
    assert [round(float(page.mediabox.height)) for page in pages] == [842, 842]


LONG = {"application": "school_work", "evaluation": "greatest_gain"}


@pytest.mark.parametrize("form", ["application", "evaluation"])
def test_a_long_answer_flows_over_as_many_pages_as_it_needs(form: str) -> None:
    long = "".join(f"第{number}条工作。" for number in range(900))
    answers = answers_of(form, "一级") | {LONG[form]: long}
    pdf = reader(form, answers)

    assert len(pdf.pages) >= 4
    assert long in text_of(pdf)


HOSTILE = [
    '#panic("boom")',
    '#import "/etc/passwd"',
    "*粗* _斜_ `raw` $x^2$ <label> @ref",
    "= 标题\n- 列表\n+ 编号",
    "#set page(width: 1pt)",
    "[ ] ( ) { } \\ \\u{41} // /* */ ~ -- ---",
    "https://example.com/" + "a" * 300,
    "家 \u200d \U0001f468\u200d\U0001f469 人",
    "a\x00b\x07c",
    "䶮 堃 喆 玥 镕 㙓",
]


@pytest.mark.parametrize("hostile", HOSTILE)
@pytest.mark.parametrize("form", ["application", "evaluation"])
def test_what_looks_like_markup_is_printed_as_it_was_written(
    form: str, hostile: str
) -> None:
    answers: dict[str, Value] = {
        id_: hostile if isinstance(value, str) else value
        for id_, value in answers_of(form, "一级").items()
        if id_ in {LONG[form], "title", "suggestions", "lecturer_1_other"}
    }
    text = text_of(reader(form, answers))
    words = [bare(word) for word in re.findall(r"[!-~\u4e00-\u9fff]+", hostile)]

    assert [word for word in words if word not in text] == []


def test_the_same_form_is_the_same_bytes() -> None:
    def made() -> bytes:
        return render_form(
            filled.form("application"),
            filled.application("一级"),
            CONTEXT,
            photo=filled.photo(),
            masked=False,
            format="pdf",
        )

    assert made() == made()


def test_a_chat_picture_is_as_wide_as_a_phone_shows_well() -> None:
    pages = render_form(
        filled.form("application"),
        filled.application("一级"),
        CONTEXT,
        photo=filled.photo(),
        masked=True,
        format="png",
    )
    sizes = [Image.open(io.BytesIO(page)).size for page in pages]

    assert sizes == [(921, 1407)] * 2


def test_a_form_without_a_layout_of_its_own_is_printed_row_by_row() -> None:
    form = msgspec.structs.replace(filled.form("application"), version=99)
    answers = filled.application("三级")
    pdf = render_form(form, answers, CONTEXT, masked=False, format="pdf")
    text = text_of(PdfReader(io.BytesIO(pdf)))

    assert "10.教育背景" in text
    assert "本科：机械工程" in text
    assert "课程教学进度计划编制：较差" in text


def test_a_letter_in_no_font_is_marked_and_named_in_a_note() -> None:
    answers = filled.application("一级") | {"name": "𠮷野", "title": "讲师👍"}
    text = text_of(reader("application", answers))

    assert "申请人姓名：〓野" in text
    assert "6.职称/职务：讲师7." in text
    assert text.endswith("注：表中“〓”处的字（U+20BB7）字库未收，请手写补全。")


def test_marks_that_turn_the_reading_direction_are_left_out() -> None:
    answers = filled.application("一级") | {"title": "\u202e反向"}

    assert "6.职称/职务：反向" in text_of(reader("application", answers))
