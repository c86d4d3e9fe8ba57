"""An erasure in what classes leave behind: certificates, transcripts, archives.

A class whose applications duty keeps (it is not closed yet) is left as it is.
"""

from __future__ import annotations

from collections.abc import Collection

import msgspec
from sqlalchemy import delete, select, update

from storage import transcripts as sheets
from storage.archives import PURPOSE
from storage.database import UnitOfWork
from storage.tables.classes import applications
from storage.tables.messages import files
from storage.tables.records import archives, certificates, transcripts

_PERSONAL = ("name", "sex", "id_number", "unit", "phone")


async def erase_records(
    uow: UnitOfWork, *, person_id: str, kept: Collection[str]
) -> None:
    """Take the person out of the records of all classes but those of ``kept``.

    Looks at the person's applications, and so comes before they are deleted.
    """
    query = select(applications.c.id, applications.c.class_id).where(
        applications.c.person_id == person_id
    )
    applied = {one: in_ for one, in_ in await uow.execute(query) if in_ not in kept}
    certified = select(certificates.c.class_id).where(
        certificates.c.person_id == person_id
    )
    found = {*applied.values(), *(await uow.execute(certified)).scalars()}
    ids = sorted(found.difference(kept))
    await uow.execute(
        update(certificates)
        .where(certificates.c.person_id == person_id, certificates.c.class_id.in_(ids))
        .values(person_id=None, holder_sealed=None)
    )
    for transcript_id, content in await sheets.sent_in(uow, class_ids=ids):
        await _empty_rows(uow, transcript_id, content, applied)
    # A draft has no content; it is looked at anew.
    await uow.execute(
        delete(transcripts).where(
            transcripts.c.class_id.in_(ids), transcripts.c.state == "draft"
        )
    )
    of_class = select(archives.c.id).where(archives.c.class_id.in_(ids))
    await uow.execute(
        delete(files).where(files.c.purpose == PURPOSE, files.c.subject.in_(of_class))
    )


async def _empty_rows(
    uow: UnitOfWork, transcript_id: str, content: bytes, applied: Collection[str]
) -> None:
    """Empty the rows of these applications; number, scores and the like stay."""
    sheet = msgspec.json.decode(content)
    places = [
        place for place, one in enumerate(sheet["applications"]) if one in applied
    ]
    if not places:
        return
    for place in places:
        sheet["transcript"]["rows"][place].update(dict.fromkeys(_PERSONAL, ""))
    await sheets.rewrite(
        uow, transcript_id=transcript_id, content=msgspec.json.encode(sheet)
    )
