"""How a class stands with 附件3 and 附件4: who owes one, what was handed in."""

from __future__ import annotations

from collections.abc import Sequence

import msgspec

from bot import wording
from bot.actions.context import Context
from storage import feedback, jobs
from storage.classes import ClassRow
from storage.feedback import HandedIn, Seat

BACKBONE = "backbone_feedback"
INSTITUTION = "institution_feedback"
FORMS = (BACKBONE, INSTITUTION)
USES = {BACKBONE: "fill_backbone", INSTITUTION: "fill_institution"}
READ = "read"


class Standing(msgspec.Struct, frozen=True):
    """How a class stands: its backbone teachers, and the forms handed in."""

    seats: tuple[Seat, ...]
    forms: tuple[HandedIn, ...]

    def of(self, seat: Seat) -> HandedIn | None:
        """The 附件3 from a place of the five."""
        place = wording.feedback.seat(seat.duty, seat.position)
        return next(
            (
                one
                for one in self.forms
                if one.form == BACKBONE and one.context.get("seat") == place
            ),
            None,
        )

    @property
    def institution(self) -> HandedIn | None:
        """The 附件4."""
        return next((one for one in self.forms if one.form == INSTITUTION), None)

    @property
    def left(self) -> int:
        """How many backbone teachers have not handed theirs in."""
        return sum(self.of(seat) is None for seat in self.seats)


async def standing_of(
    context: Context, rows: Sequence[ClassRow]
) -> dict[str, Standing]:
    """How classes stand, by id; two queries for all of them."""
    by_class = await feedback.seats(context.uow, class_ids=[row.id for row in rows])
    given = await feedback.handed_in(
        context.uow, codes=[row.code for row in rows], forms=FORMS
    )
    return {row.id: Standing(by_class[row.id], given[row.code]) for row in rows}


def title(form: str) -> str:
    """What people call one of the two forms."""
    said = wording.feedback
    return said.BACKBONE_FORM if form == BACKBONE else said.INSTITUTION_FORM


async def send_file(
    context: Context, submission_id: str, *, word: bool = False
) -> None:
    """Have a form printed and sent to the person as a file: PDF, or for Word."""
    job = jobs.JobRow(
        id=context.new_id(),
        kind="form_file",
        person_id=context.actor.person_id,
        address_id=context.actor.address_id,
        payload={"submission": submission_id, "format": "docx" if word else "pdf"},
        not_before=context.now,
    )
    await jobs.enqueue(context.uow, [job], now=context.now)
