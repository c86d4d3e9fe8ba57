"""The draft a job is about."""

from __future__ import annotations

from conversations import codec
from conversations.model import Draft
from storage import conversations
from storage.database import UnitOfWork
from storage.jobs import ClaimedJob


async def find_draft(uow: UnitOfWork, job: ClaimedJob, draft_id: str) -> Draft | None:
    """The open draft in the dialogue of the job's person; None when it is closed.

    The dialogue stays locked until the transaction ends.
    """
    if job.person_id is None:
        return None
    loaded = await conversations.load(uow, person_ids=[job.person_id])
    row = loaded.rows.get(job.person_id)
    drafts = codec.decode(row.state).drafts if row else ()
    return next((draft for draft in drafts if draft.id == draft_id), None)
