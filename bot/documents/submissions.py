"""A form that was handed in, as a file: PDF, or Word for those who work on with it."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable
from datetime import date

import msgspec

from bot.clock import civil
from bot.documents.formats import MEDIA_TYPES, Format
from bot.documents.official import render_form
from bot.ports import StoredFile
from conversations.engine.way import complete_answers
from conversations.forms.book import FormBook
from conversations.forms.schema import Form
from conversations.model import Answer, Draft, Value
from storage import files, submissions
from storage.database import Database, UnitOfWork
from storage.submissions import Submission


class Paper(msgspec.Struct, frozen=True):
    """All that a filled form needs to be printed."""

    form: Form
    answers: dict[str, Value]
    context: dict[str, str]
    signed_on: date
    photo: bytes | None

    @property
    def title(self) -> str:
        """What the form is called, with its number."""
        return f"{self.form.annex}{self.form.title}"

    @property
    def name(self) -> str:
        """What its PDF is called."""
        return f"{self.title}.pdf"


async def submission_document(
    database: Database,
    book: FormBook,
    submission_id: str,
    format: Format = "pdf",  # noqa: A002 -- the word everybody uses for it
) -> StoredFile | None:
    """The full form that was handed in as a file; None when it is gone."""
    async with database.reading() as uow:
        found = await submissions.get(uow, submission_id=submission_id)
        paper = await paper_of(uow, book, found) if found else None
    if paper is None:
        return None
    content = await asyncio.to_thread(print_paper, paper, format)
    name = f"{paper.title}.{format}"
    return StoredFile(submission_id, name, MEDIA_TYPES[format], content)


async def paper_of(uow: UnitOfWork, book: FormBook, found: Submission) -> Paper:
    """What is to be printed of a form, in the version it was filled."""
    (paper,) = await papers_of(uow, book, [found])
    return paper


async def papers_of(
    uow: UnitOfWork, book: FormBook, found: Iterable[Submission]
) -> list[Paper]:
    """The same of several forms, in their order; one query for all photos."""
    filled = [_filled(book, one) for one in found]
    photos = await files.get_many(
        uow, file_ids=[id_ for one in filled if (id_ := _photo_of(one))]
    )
    return [
        msgspec.structs.replace(one, photo=photos[id_].content)
        if (id_ := _photo_of(one)) in photos
        else one
        for one in filled
    ]


def print_paper(
    paper: Paper,
    format: Format = "pdf",  # noqa: A002 -- the word everybody uses for it
    *,
    masked: bool = False,
) -> bytes:
    """The file, with nothing masked unless asked for.

    Blocks: call it through ``asyncio.to_thread``.
    """
    return render_form(
        paper.form,
        paper.answers,
        paper.context,
        photo=paper.photo,
        signed_on=paper.signed_on,
        masked=masked,
        format=format,
    )


def _filled(book: FormBook, found: Submission) -> Paper:
    """The form without its photo."""
    form = book.get(found.form, found.version)
    day = civil(found.submitted_at)
    answers = complete_answers(form, _as_draft(found, day), on=day)
    return Paper(form, answers, found.context, day, None)


def _photo_of(paper: Paper) -> str:
    """The id of the photo's file; empty where none was sent."""
    for field in paper.form.fields:
        file_id = paper.answers.get(field.id)
        if field.kind == "photo" and isinstance(file_id, str):
            return file_id
    return ""


def _as_draft(found: Submission, day: date) -> Draft:
    given = {key: Answer(value) for key, value in found.all_answers.items()}
    return Draft(
        id=found.id,
        form=found.form,
        version=found.version,
        subject=found.subject,
        context=found.context,
        started_on=day,
        answers=given,
    )
