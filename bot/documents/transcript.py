"""附件5 成绩单: one model, printed as PDF, pictures, DOCX and Excel."""

from __future__ import annotations

from datetime import date
from typing import Any, Literal, overload

import msgspec

from bot.documents import transcript_sheet, typesetting, word, wording
from bot.documents.runs import runs
from conversations.understanding.masks import mask_id_number, mask_phone

SEATS = 30
"""Rows of the official table, printed also where nobody sits (规程第十一条)."""


class TranscriptRow(msgspec.Struct, frozen=True):
    """One teacher of the class; ``process`` and ``final`` as printed, such as 82.3."""

    number: int
    name: str = ""
    sex: str = ""
    id_number: str = ""
    unit: str = ""
    phone: str = ""
    process: str = ""
    final: str = ""
    certificate: str = ""


class Transcript(msgspec.Struct, frozen=True):
    """附件5 of one class; whatever is left out stays blank on the paper.

    ``rows`` are in the order of their numbers; a number up to 30 that is not
    among them is an empty row. Where no ``city`` is known, ``venue`` is printed.
    """

    opens_on: date | None = None
    ends_on: date | None = None
    province: str = ""
    city: str = ""
    venue: str = ""
    headcount: int | None = None
    institution: str = ""
    level: str = ""
    major: str = ""
    lecturers: tuple[str, ...] = ()
    assessors: tuple[str, ...] = ()
    rows: tuple[TranscriptRow, ...] = ()


@overload
def render_transcript(
    model: Transcript,
    format: Literal["pdf", "docx", "xlsx"],
    *,
    masked: bool = ...,
) -> bytes: ...
@overload
def render_transcript(
    model: Transcript, format: Literal["png"], *, masked: bool = ...
) -> list[bytes]: ...
def render_transcript(
    model: Transcript,
    format: Literal["pdf", "png", "docx", "xlsx"],  # noqa: A002 -- the word everybody uses for it
    *,
    masked: bool = False,
) -> bytes | list[bytes]:
    """The transcript as one file, or as one PNG for each page.

    ``masked`` hides ID numbers and phones, as every picture in a chat must.
    Blocks: call it through ``asyncio.to_thread``.
    """
    data = sheet(model, masked=masked)
    if format == "xlsx":
        return transcript_sheet.write(data)
    if format == "docx":
        return word.fill("transcript-1", data)
    if format == "pdf":
        return typesetting.pdf("transcript-1", data | {"screen": False})
    return typesetting.pages("transcript-1", data | {"screen": True})


def sheet(model: Transcript, *, masked: bool) -> dict[str, Any]:
    """What every layout of the transcript reads, as JSON values."""
    values = {
        "period": wording.period(model.opens_on, model.ends_on),
        "place": wording.place(model.province, model.city, model.venue),
        "headcount": "" if model.headcount is None else str(model.headcount),
        "institution": model.institution,
        "level": model.level,
        "major": model.major,
        "lecturers": wording.names(model.lecturers),
        "assessors": wording.names(model.assessors),
    }
    return {
        "annex": wording.TRANSCRIPT_ANNEX,
        "title": wording.TRANSCRIPT_TITLE,
        "head": runs(wording.HEAD, values),
        "institution": runs(wording.INSTITUTION, values),
        "staff": runs(wording.STAFF, values),
        "columns": list(wording.COLUMNS),
        "marks": wording.MARKS,
        "rows": [_cells(row, masked=masked) for row in _seats(model.rows)],
    }


def _seats(rows: tuple[TranscriptRow, ...]) -> list[TranscriptRow]:
    taken = {row.number: row for row in rows}
    last = max(SEATS, *taken) if taken else SEATS
    return [taken.get(number, TranscriptRow(number)) for number in range(1, last + 1)]


def _cells(row: TranscriptRow, *, masked: bool) -> list[str]:
    return [
        str(row.number),
        row.name,
        row.sex,
        mask_id_number(row.id_number) if masked else row.id_number,
        row.unit,
        mask_phone(row.phone) if masked else row.phone,
        row.process,
        row.final,
        row.certificate,
    ]
