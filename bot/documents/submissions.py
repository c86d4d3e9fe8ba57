"""A form that was handed in, as the PDF of the person who filled it."""

from __future__ import annotations

import asyncio
from datetime import date

import msgspec

from bot.clock import civil
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
    def name(self) -> str:
        """What its file is called."""
        return f"{self.form.annex}{self.form.title}.pdf"


async def submission_document(
    database: Database, book: FormBook, submission_id: str
) -> StoredFile | None:
    """The full PDF of a form that was handed in; None when it is gone."""
    async with database.reading() as uow:
        found = await submissions.get(uow, submission_id=submission_id)
        paper = await paper_of(uow, book, found) if found else None
    if paper is None:
        return None
    content = await asyncio.to_thread(print_paper, paper)
    return StoredFile(submission_id, paper.name, "application/pdf", content)


async def paper_of(uow: UnitOfWork, book: FormBook, found: Submission) -> Paper:
    """What is to be printed of a form, in the version it was filled."""
    form = book.get(found.form, found.version)
    day = civil(found.submitted_at)
    answers = complete_answers(form, _as_draft(found, day), on=day)
    return Paper(form, answers, found.context, day, await _photo(uow, form, answers))


def print_paper(paper: Paper) -> bytes:
    """The PDF, with nothing masked. Blocks: call it through ``asyncio.to_thread``."""
    return render_form(
        paper.form,
        paper.answers,
        paper.context,
        photo=paper.photo,
        signed_on=paper.signed_on,
        masked=False,
        format="pdf",
    )


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


async def _photo(
    uow: UnitOfWork, form: Form, answers: dict[str, Value]
) -> bytes | None:
    for field in form.fields:
        file_id = answers.get(field.id)
        if field.kind == "photo" and isinstance(file_id, str):
            found = await files.get(uow, file_id=file_id)
            return found.content if found else None
    return None
