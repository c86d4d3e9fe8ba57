"""录取通知书 as PDF."""

from __future__ import annotations

import asyncio

from bot import wording
from bot.actions.admission_letters import Letter, letter_of
from bot.actions.context import House
from bot.documents import typesetting
from bot.ports import StoredFile
from storage.database import Database


async def letter_document(
    database: Database, house: House, application_id: str
) -> StoredFile | None:
    """The letter of an application as it stands now; None when there is none."""
    async with database.reading() as uow:
        letter = await letter_of(uow, house, application_id=application_id)
    if letter is None:
        return None
    content = await asyncio.to_thread(render_letter, letter)
    name = wording.admission_letters.file_name(letter.class_title)
    return StoredFile(application_id, name, "application/pdf", content)


def render_letter(letter: Letter) -> bytes:
    """The PDF. Blocks: call it through ``asyncio.to_thread``."""
    said = wording.admission_letters
    arrival = letter.arrival
    data = {
        "title": said.TITLE,
        "to": said.salutation(letter.name),
        "body": list(
            said.body(
                letter.institution,
                letter.class_title,
                letter.code,
                letter.major,
                letter.level,
            )
        ),
        "number": letter.number,
        "dates": letter.dates,
        "check_in": arrival.check_in,
        "place": arrival.place,
        "bring": arrival.bring,
        "contact": arrival.contact,
        "institution": letter.institution,
        "issued_on": said.dated(letter.issued_on),
    }
    return typesetting.pdf("admission", data)
