"""``scan``: the stamped page of an off-plan class joins its review, and completes it."""

from __future__ import annotations

from datetime import timedelta

from bot.actions.context import House
from bot.actions.opening_reviews import take_scan
from bot.clock import Clock
from bot.documents.photos import PhotoRefused, StampOk, accept_stamp
from bot.jobs import wording
from bot.jobs.media import Media, raw_upload
from bot.jobs.work import Product, Task, file_id
from bot.ports import MediaGoneError
from conversations.model import Reply
from storage import files
from storage.database import UnitOfWork
from storage.files import NewFile
from storage.jobs import ClaimedJob

# Assumed: as long as the answers of the application to open the class.
KEPT = timedelta(days=3650)
_EXTENSIONS = {"image/jpeg": "jpg", "application/pdf": "pdf"}


def scan(media: Media, house: House, clock: Clock) -> Task:
    """The task; payload ``media``, ``application`` (the review). Told by push."""

    async def work(job: ClaimedJob) -> Product:
        reference = job.payload["media"]
        try:
            content = await media.read(reference, job=job)
        except MediaGoneError:
            return _refused("expired", ())
        made = await accept_stamp(content)
        if isinstance(made, PhotoRefused):
            return _refused(made.reason, raw_upload(reference))

        async def attach(uow: UnitOfWork) -> tuple[Reply, ...]:
            return await _attach(uow, job, house, clock)

        return Product(
            silent=True,
            files=(_file(job, made, clock),),
            afterwards=attach,
            drop=raw_upload(reference),
        )

    return work


def _refused(reason: str, drop: tuple[str, ...]) -> Product:
    reply = Reply(text=wording.scan_refused(reason))
    return Product(ok=False, silent=True, replies=(reply,), drop=drop)


def _file(job: ClaimedJob, made: StampOk, clock: Clock) -> NewFile:
    return NewFile(
        id=file_id(job),
        person_id=None,
        purpose="scan",
        subject=job.payload["application"],
        media_type=made.media_type,
        name=f"scan.{_EXTENSIONS[made.media_type]}",
        content=made.content,
        keep_until=clock.now() + KEPT,
    )


async def _attach(
    uow: UnitOfWork, job: ClaimedJob, house: House, clock: Clock
) -> tuple[Reply, ...]:
    """Complete the review; a page that nobody wants any more is not kept."""
    taken = job.person_id is not None and await take_scan(
        uow,
        house,
        review_id=job.payload["application"],
        person_id=job.person_id,
        now=clock.now(),
    )
    if taken:
        return ()
    await files.remove(uow, file_ids=[file_id(job)])
    return (Reply(text=wording.SCAN_UNWANTED),)
