"""``evaluation_texts``: what teachers wrote of a class, shuffled, as a file."""

from __future__ import annotations

import asyncio
import re
from datetime import timedelta

from bot import wording
from bot.actions.context import Limits
from bot.clock import Clock
from bot.documents import typesetting
from bot.jobs.work import Product, Task, file_id
from conversations.forms.book import FormBook
from conversations.forms.schema import Form
from conversations.model import Reply
from conversations.understanding.masks import mask_text
from storage import classes, evaluations
from storage.classes import ClassRow
from storage.database import Database
from storage.evaluations import Results
from storage.files import NewFile
from storage.jobs import ClaimedJob

KEPT = timedelta(days=1)
_FORM = "evaluation"
_OF_LECTURER = re.compile(r"lecturer_(\d+)_")

Groups = list[tuple[str, list[str]]]


def evaluation_texts(
    database: Database, book: FormBook, clock: Clock, limits: Limits
) -> Task:
    """The task; payload ``class`` (its id) and ``lecturers`` (``1,2``: whose texts).

    The PDF is pushed to who asked. Below the limit nothing is made.
    """

    async def work(job: ClaimedJob) -> Product:
        async with database.reading() as uow:
            row = await classes.get(uow, class_id=job.payload["class"])
            found = await evaluations.results(
                uow, class_id=job.payload["class"], form=_FORM
            )
        if row is None or found.count < limits.texts_shown_from:
            return Product(silent=True)
        theirs = frozenset(job.payload["lecturers"].split(","))
        groups = texts_of(book.newest(_FORM), found, theirs)
        content = await asyncio.to_thread(_print, row, found.count, groups)
        file = NewFile(
            id=file_id(job),
            person_id=job.person_id,
            purpose="evaluation_texts",
            subject=row.id,
            media_type="application/pdf",
            name=f"{wording.results.texts_title(row.title)}.pdf",
            content=content,
            keep_until=clock.now() + KEPT,
        )
        reply = Reply(kind="file", ref=file.id, name=file.name)
        return Product(files=(file,), replies=(reply,), silent=True)

    return work


def texts_of(form: Form, found: Results, lecturers: frozenset[str]) -> Groups:
    """The texts by question, in the order of the form, without personal numbers.

    Of texts about a lecturer only those about ``lecturers`` (their places).
    """
    groups: Groups = []
    for field in form.fields:
        about = _OF_LECTURER.match(field.id)
        if about and about[1] not in lecturers:
            continue
        said = [
            mask_text(text)
            for key, texts in found.texts.items()
            if key.partition(".")[0] == field.id
            for text in texts
            if text not in wording.results.NOTHING
        ]
        if said:
            question = wording.results.texts_question(field.number, field.name)
            groups.append((question, said))
    return groups


def _print(row: ClassRow, count: int, groups: Groups) -> bytes:
    data = {
        "title": wording.results.texts_title(row.title),
        "subtitle": wording.results.texts_note(count),
        "groups": [list(group) for group in groups],
    }
    return typesetting.pdf("remarks", data)
