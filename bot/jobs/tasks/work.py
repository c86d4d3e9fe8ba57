"""``work``: a file that a teacher hands in for their assessment joins the class."""

from __future__ import annotations

from datetime import timedelta

from bot.actions.context import House
from bot.actions.works import take_file
from bot.clock import Clock
from bot.documents.photos import PhotoRefused, StampOk
from bot.documents.works import EXTENSIONS, accept_work
from bot.jobs import wording
from bot.jobs.media import Media, raw_upload
from bot.jobs.work import Product, Task, file_id
from bot.ports import MediaGoneError
from conversations.model import Reply
from storage import files
from storage.database import UnitOfWork
from storage.files import NewFile
from storage.jobs import ClaimedJob

# Assumed: a year is enough to look at what certificates were given for.
KEPT = timedelta(days=365)


def work(media: Media, house: House, clock: Clock) -> Task:
    """The task; payload ``media`` and ``subject``, the class's id."""

    async def do(job: ClaimedJob) -> Product:
        reference = job.payload["media"]
        try:
            content = await media.read(reference, job=job)
        except MediaGoneError:
            return _refused("expired", ())
        made = await accept_work(content)
        if isinstance(made, PhotoRefused):
            return _refused(made.reason, raw_upload(reference))

        async def attach(uow: UnitOfWork) -> tuple[Reply, ...]:
            taken = await take_file(
                uow,
                house,
                class_id=job.payload["subject"],
                person_id=job.person_id or "",
                file_id=file_id(job),
                now=clock.now(),
            )
            if not taken:
                await files.remove(uow, file_ids=[file_id(job)])
                return (Reply(text=wording.WORK_UNWANTED),)
            return ()

        return Product(
            silent=True,
            files=(_file(job, made, clock),),
            afterwards=attach,
            drop=raw_upload(reference),
        )

    return do


def _refused(reason: str, drop: tuple[str, ...]) -> Product:
    reply = Reply(text=wording.work_refused(reason))
    return Product(ok=False, silent=True, replies=(reply,), drop=drop)


def _file(job: ClaimedJob, made: StampOk, clock: Clock) -> NewFile:
    return NewFile(
        id=file_id(job),
        person_id=job.person_id,
        purpose="work",
        subject=job.payload["subject"],
        media_type=made.media_type,
        name=f"work.{EXTENSIONS[made.media_type]}",
        content=made.content,
        keep_until=clock.now() + KEPT,
    )
