"""``form_picture``: a draft as it will look on paper, for its own person."""

from __future__ import annotations

import asyncio
from datetime import date, timedelta

import msgspec

from bot.clock import Clock, civil
from bot.documents.official import render_form
from bot.jobs.drafts import find_draft
from bot.jobs.work import Product, Task, file_id
from conversations.engine.way import complete_answers
from conversations.forms.book import FormBook
from conversations.forms.schema import Form
from conversations.model import Draft, Reply
from storage import files
from storage.database import Database, UnitOfWork
from storage.files import NewFile
from storage.jobs import ClaimedJob

KEPT = timedelta(days=2)
MOST_PAGES = 3


class _Sight(msgspec.Struct, frozen=True):
    """What the picture shows."""

    draft: Draft
    photo: bytes | None


def form_picture(database: Database, book: FormBook, clock: Clock) -> Task:
    """The task; payload ``draft``. The pages are pushed as images, masked.

    When the draft is closed by the time it is drawn, nothing is kept of it.
    """

    async def work(job: ClaimedJob) -> Product:
        draft_id = job.payload["draft"]
        async with database.reading() as uow:
            sight = await _look(uow, book, job, draft_id)
        if sight is None:
            return Product(silent=True)
        form = book.get(sight.draft.form, sight.draft.version)
        pages = await asyncio.to_thread(_draw, form, sight, civil(clock.now()))
        until = clock.now() + KEPT
        made = tuple(
            NewFile(
                id=file_id(job, number),
                person_id=job.person_id,
                purpose="form_picture",
                subject=draft_id,
                media_type="image/png",
                name=f"{form.title}-{number}.png",
                content=page,
                keep_until=until,
            )
            for number, page in enumerate(pages[:MOST_PAGES], start=1)
        )
        replies = tuple(Reply(kind="image", ref=one.id, name=one.name) for one in made)
        return Product(files=made, replies=replies, draft=draft_id, silent=True)

    return work


async def _look(
    uow: UnitOfWork, book: FormBook, job: ClaimedJob, draft_id: str
) -> _Sight | None:
    draft = await find_draft(uow, job, draft_id)
    if draft is None:
        return None
    form = book.get(draft.form, draft.version)
    for field in form.fields:
        answer = draft.answers.get(field.id)
        if field.kind == "photo" and answer and answer.state == "given":
            found = await files.get(uow, file_id=str(answer.value))
            return _Sight(draft, found.content if found else None)
    return _Sight(draft, None)


def _draw(form: Form, sight: _Sight, today: date) -> list[bytes]:
    answers = complete_answers(form, sight.draft, on=today)
    signed = any(one.kind == "signature" and one.id in answers for one in form.fields)
    return render_form(
        form,
        answers,
        sight.draft.context,
        photo=sight.photo,
        signed_on=today if signed else None,
        masked=True,
        format="png",
    )
