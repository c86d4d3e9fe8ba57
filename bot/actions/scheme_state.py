"""The scheme of a class as it stands: what the base wrote, what lecturers added."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

import msgspec

from bot import wording
from bot.actions.duties import lecturers_of
from storage import reviews, submissions
from storage.classes import ClassRow, StaffRow
from storage.database import UnitOfWork
from storage.reviews import ReviewRow
from storage.submissions import Submission

FORM = "scheme"
ADDITION = "scheme_addition"
_STATES = {"waiting": "waiting", "approved": "filed", "refused": "returned"}


class Addition(msgspec.Struct, frozen=True):
    """What a lecturer added to one section."""

    lecturer: str
    section: str
    text: str
    said_at: datetime


class Scheme(msgspec.Struct, frozen=True):
    """All there is of the scheme of a class.

    ``state`` is ``none``, ``draft``, ``waiting`` (under review), ``returned`` or
    ``filed``.
    """

    written: Submission | None
    additions: tuple[Addition, ...]
    review: ReviewRow | None
    lecturers: tuple[StaffRow, ...]

    @property
    def state(self) -> str:
        """Where it stands."""
        if self.review is None:
            return "draft" if self.written else "none"
        return _STATES[self.review.state]

    @property
    def silent(self) -> list[str]:
        """The lecturers who added nothing yet."""
        heard = {one.lecturer for one in self.additions}
        return [one.name for one in self.lecturers if one.name not in heard]


async def scheme_of(uow: UnitOfWork, row: ClassRow) -> Scheme:
    """The scheme of a class; always four queries."""
    written = await submissions.find(uow, form=FORM, subject=row.code)
    added = await submissions.find(uow, form=ADDITION, subject=row.code)
    return Scheme(
        written=written[-1] if written else None,
        additions=_standing(added),
        review=await reviews.latest(uow, class_id=row.id, kind="scheme"),
        lecturers=await lecturers_of(uow, row),
    )


def _standing(added: Sequence[Submission]) -> tuple[Addition, ...]:
    """The last word of each lecturer on each section, unless they took it back."""
    last: dict[tuple[str, str], Addition] = {}
    for one in added:
        about = one.context
        key = about["lecturer"], about["section"]
        last[key] = Addition(*key, str(one.answers["text"]), one.submitted_at)
    order = list(wording.schemes.SECTIONS)
    kept = [one for one in last.values() if one.text != wording.schemes.TAKEN_BACK]
    return tuple(sorted(kept, key=lambda one: order.index(one.section)))
