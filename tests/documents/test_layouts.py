"""The six forms, cell by cell as the regulation prints them (附件1 to 附件6)."""

from __future__ import annotations

import tomllib
from pathlib import Path
from typing import Any

import pytest

from bot.documents.annual_summary import AnnualSummary, render_annual_summary
from bot.documents.official import render_form, sheet
from bot.documents.transcript import Transcript, render_transcript
from bot.documents.transcript import sheet as transcript_sheet
from tests.documents import filled
from tests.documents.reading import docx_paragraphs, docx_rows, typst_rows

OFFICIAL = Path(__file__).with_name("official")
FORMS = ("application", "evaluation", "backbone_feedback", "institution_feedback")


def official(form: str) -> dict[str, Any]:
    """Paragraphs and rows of the printed form, boxes left out."""
    found = tomllib.loads((OFFICIAL / f"{form}-1.toml").read_text(encoding="utf-8"))
    return {
        "paragraphs": found["paragraphs"],
        "rows": [
            [cell.replace("□", "") for cell in row] for row in found.get("rows", [])
        ],
    }


def blank_docx(form: str) -> bytes:
    return render_form(filled.form(form), {}, {}, masked=False, format="docx")


@pytest.mark.parametrize("form", FORMS)
def test_an_empty_word_file_has_every_official_cell_in_its_place(form: str) -> None:
    assert docx_rows(blank_docx(form)) == official(form)["rows"]


@pytest.mark.parametrize("form", FORMS)
def test_above_the_table_stands_what_the_regulation_prints(form: str) -> None:
    assert docx_paragraphs(blank_docx(form)) == official(form)["paragraphs"]


@pytest.mark.parametrize("form", FORMS)
def test_an_empty_paper_has_every_official_cell_in_its_place(form: str) -> None:
    blank = sheet(filled.form(form), {}, {}, None, None, masked=False)

    assert typst_rows(f"{form}-1", blank | {"screen": False}) == official(form)["rows"]


def transcript_rows() -> list[list[str]]:
    """The regulation prints the first five seats and the last two, and … between."""
    rows = official("transcript")["rows"]
    between = [[str(number), *[""] * 8] for number in range(6, 29)]
    dots = next(place for place, row in enumerate(rows) if row[0] == "……")
    return [*rows[:dots], *between, *rows[dots + 1 :]]


def test_an_empty_transcript_has_every_official_cell_in_its_place() -> None:
    content = render_transcript(Transcript(), "docx")
    paper = transcript_sheet(Transcript(), masked=False) | {"screen": False}

    assert docx_rows(content) == transcript_rows()
    assert typst_rows("transcript-1", paper) == transcript_rows()
    assert docx_paragraphs(content) == official("transcript")["paragraphs"]


def test_an_empty_summary_has_every_official_paragraph() -> None:
    content = render_annual_summary(AnnualSummary(), "docx")

    assert docx_paragraphs(content) == official("annual_summary")["paragraphs"]
