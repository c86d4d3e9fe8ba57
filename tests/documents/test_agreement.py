"""What the paper says, the Word file says: each of the six forms from one model."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from datetime import date

import msgspec
import pytest

from bot.documents.annual_summary import AnnualSummary, render_annual_summary
from bot.documents.official import render_form, sheet
from bot.documents.transcript import Transcript, render_transcript
from bot.documents.transcript import sheet as transcript_sheet
from conversations.model import Value
from tests.documents import filled, summaries
from tests.documents.reading import (
    docx_paragraphs,
    docx_rows,
    docx_text,
    pdf_text,
    typst_rows,
)

SIGNED = date(2026, 6, 13)
LONG = "".join(f"第{number}条，做了“工作”。\n" for number in range(300))
HOSTILE = (
    "{{ 1 + 1 }}{% for x in y %}{# no #}{_{ }_} {_% %_}<w:p>&amp;</w:t>"
    "&lt;b&gt; \\\\ #panic() $x$ *b* \t“引”‘号’"
)
RARE = "买买提·吐尔逊 䶮堃喆 玥镕 㙓"
FILLED: dict[str, tuple[str, Mapping[str, Value]]] = {
    "application-1": ("application", filled.application("一级")),
    "application-2": ("application", filled.application("二级")),
    "application-3": ("application", filled.application("三级")),
    "application-long": (
        "application",
        filled.application("三级") | {"school_work": LONG, "needs": HOSTILE},
    ),
    "application-rare": (
        "application",
        filled.application("二级") | {"name": RARE, "signature": RARE, "unit": RARE},
    ),
    "application-blank": ("application", {}),
    "evaluation-1": ("evaluation", filled.evaluation("一级")),
    "evaluation-2": ("evaluation", filled.evaluation("二级")),
    "evaluation-3": ("evaluation", filled.evaluation("三级")),
    "evaluation-long": (
        "evaluation",
        filled.evaluation("一级")
        | {"greatest_gain": LONG, "suggestions": HOSTILE, "exchange_detail": LONG},
    ),
    "evaluation-blank": ("evaluation", {}),
    "backbone-lecturer": ("backbone_feedback", filled.backbone_feedback("授课")),
    "backbone-assessor": ("backbone_feedback", filled.backbone_feedback("考核")),
    "backbone-long": (
        "backbone_feedback",
        filled.backbone_feedback("考核")
        | {"difficulties": LONG, "partners_agreed_detail": HOSTILE},
    ),
    "backbone-blank": ("backbone_feedback", {}),
    "institution": ("institution_feedback", filled.institution_feedback()),
    "institution-long": (
        "institution_feedback",
        filled.institution_feedback()
        | {"centre_could_improve": LONG, "scheme_given_detail": HOSTILE},
    ),
    "institution-blank": ("institution_feedback", {}),
}


def printed(form: str, answers: Mapping[str, Value]) -> tuple[bytes, bytes]:
    """The PDF and the Word file of one filled form."""
    one = filled.form(form)
    pdf = render_form(one, answers, {}, signed_on=SIGNED, masked=False, format="pdf")
    word = render_form(one, answers, {}, signed_on=SIGNED, masked=False, format="docx")
    return pdf, word


@pytest.mark.parametrize("case", FILLED)
def test_every_cell_says_the_same(case: str) -> None:
    form, answers = FILLED[case]
    data = sheet(filled.form(form), answers, {}, None, SIGNED, masked=False)
    _, word = printed(form, answers)

    assert docx_rows(word) == typst_rows(f"{form}-1", data | {"screen": False})


@pytest.mark.parametrize("case", FILLED)
def test_no_sign_is_only_on_paper_or_only_in_word(case: str) -> None:
    pdf, word = printed(*FILLED[case])

    assert Counter(docx_text(word)) == Counter(pdf_text(pdf))


def test_a_form_without_a_layout_of_its_own_says_the_same() -> None:
    form = msgspec.structs.replace(filled.form("application"), version=99)
    answers = filled.application("二级")
    data = sheet(form, answers, {}, None, None, masked=False) | {"screen": False}
    word = render_form(form, answers, {}, masked=False, format="docx")

    assert docx_rows(word) == typst_rows("generic", data)


@pytest.mark.parametrize("seats", [0, 1, 30])
def test_every_seat_of_the_transcript_says_the_same(seats: int) -> None:
    model = summaries.transcript(seats) if seats else Transcript()
    data = transcript_sheet(model, masked=False)
    word = render_transcript(model, "docx")

    assert docx_rows(word) == typst_rows("transcript-1", data | {"screen": False})


@pytest.mark.parametrize(
    "model",
    [
        AnnualSummary(),
        summaries.annual_summary(),
        msgspec.structs.replace(summaries.annual_summary(), review=LONG, advice=RARE),
        msgspec.structs.replace(summaries.annual_summary(), advice=HOSTILE),
    ],
    ids=["blank", "full", "long", "hostile"],
)
def test_the_summary_says_the_same(model: AnnualSummary) -> None:
    word = render_annual_summary(model, "docx")

    assert "".join(docx_paragraphs(word)) == pdf_text(
        render_annual_summary(model, "pdf")
    )
