"""``photo``: what a person sent becomes the 1寸照片 of their draft."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta

from bot.clock import CHINA, Clock
from bot.documents.photos import PhotoRefused, normalise_photo
from bot.jobs.drafts import find_draft
from bot.jobs.media import Media, raw_upload
from bot.jobs.work import Product, Task, file_id
from bot.ports import MediaGoneError
from conversations.forms.book import FormBook
from conversations.model import Draft
from storage.database import Database
from storage.files import NewFile
from storage.jobs import ClaimedJob


def photo(database: Database, media: Media, book: FormBook, clock: Clock) -> Task:
    """The task; payload ``media``, ``draft``, ``field``.

    The photo is kept as long as its field says, counted from the end of the
    class. Refusals bear the codes of ``PhotoRefused``, or ``expired``.
    """

    async def work(job: ClaimedJob) -> Product:
        reference = job.payload["media"]
        try:
            content = await media.read(reference, job=job)
        except MediaGoneError:
            return Product(ok=False, reason="expired")
        made = await normalise_photo(content)
        drop = raw_upload(reference)
        if isinstance(made, PhotoRefused):
            return Product(ok=False, reason=made.reason, detail=made.detail, drop=drop)
        async with database.reading() as uow:
            draft = await find_draft(uow, job, job.payload["draft"])
        until = _keep_until(draft, book, job.payload["field"], clock.now())
        return Product(
            file=file_id(job),
            files=(_file(job, made.jpeg, until),),
            draft=job.payload["draft"],
            drop=drop,
        )

    return work


def _file(job: ClaimedJob, jpeg: bytes, until: datetime) -> NewFile:
    return NewFile(
        id=file_id(job),
        person_id=job.person_id,
        purpose="photo",
        subject=job.payload["draft"],
        media_type="image/jpeg",
        name="photo.jpg",
        content=jpeg,
        keep_until=until,
    )


def _keep_until(
    draft: Draft | None, book: FormBook, field_id: str, now: datetime
) -> datetime:
    """Midnight in China after the last day the field may be kept."""
    if draft is None:
        return now
    form = book.get(draft.form, draft.version)
    days = next(one.privacy.keep_days for one in form.fields if one.id == field_id)
    ends = draft.context.get("ends_on", "")
    last = date.fromisoformat(ends) if ends else now.astimezone(CHINA).date()
    midnight = datetime.combine(last + timedelta(days=days + 1), time(), CHINA)
    return max(midnight.astimezone(UTC), now + timedelta(days=days))
