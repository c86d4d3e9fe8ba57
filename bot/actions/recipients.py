"""Whom reminders concern, and what is true when they are sent.

Loaded for all deadlines of a batch at once: one query for each kind of people.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from notices.programmes.schema import Who
from notices.reminders import Facts
from storage import owing, reminders
from storage.database import UnitOfWork
from storage.reminders import Looked

_ROLES: dict[str, str] = {
    "institution": "base_staff",
    "province": "province_manager",
    "centre": "centre_manager",
    "class_manager": "class_manager",
}
_DUTIES: dict[str, tuple[str, ...]] = {
    "lecturers": ("lecturer",),
    "assessors": ("assessor",),
    "backbone": ("lecturer", "assessor"),
    "class_manager": ("manager",),
}
_SCORERS: dict[str, str] = {"process_owing": "process", "final_owing": "final"}


@dataclass(frozen=True, slots=True)
class Surroundings:
    """The people around some deadlines, and what waits in their classes."""

    holders: dict[tuple[str, str], tuple[str, ...]]
    staff: dict[tuple[str, str], tuple[str, ...]]
    drafting: dict[str, tuple[str, ...]]
    incomplete: dict[str, tuple[str, ...]]
    feedback: dict[str, tuple[str, ...]]
    points: dict[tuple[str, str], tuple[str, ...]]
    applications: dict[str, int]
    reviews: dict[tuple[str, str], int]

    @classmethod
    async def load(cls, uow: UnitOfWork, looked: Sequence[Looked]) -> Surroundings:
        """What surrounds the deadlines now; the number of queries is always nine."""
        ids = sorted({one.class_id for one in looked if one.class_id})
        subjects = sorted({one.subject for one in looked if not one.class_id})
        paths = sorted({path for one in looked for path in lineage(one.scope_path)})
        return cls(
            holders=await reminders.holders(uow, paths=paths),
            staff=await reminders.staff_of(uow, class_ids=ids),
            drafting=await reminders.drafting(uow, class_ids=ids),
            incomplete=await reminders.incomplete(uow, class_ids=ids),
            feedback=await reminders.owing_feedback(uow, class_ids=ids),
            points=await owing.owing_points(uow, class_ids=ids),
            applications=await reminders.applications_waiting(uow, class_ids=ids),
            reviews=await reminders.reviews_waiting(uow, class_ids=ids)
            | await reminders.plans_waiting(uow, subjects=subjects),
        )

    def facts(self, one: Looked) -> Facts:
        """What is true around a deadline; a review is of the step's own kind."""
        class_id = one.class_id or ""
        return Facts(
            applications_waiting=self.applications.get(class_id, 0),
            review_number=self.reviews.get((class_id or one.subject, one.step)),
        )

    def people(self, who: Who, one: Looked) -> tuple[str, ...]:
        """The persons meant by ``who`` around a deadline, each once."""
        return tuple(dict.fromkeys(self._people(who, one)))

    def _people(self, who: Who, one: Looked) -> Iterator[str]:
        class_id = one.class_id or ""
        if who == "drafts":
            yield from self.drafting.get(class_id, ())
        if who == "incomplete":
            yield from self.incomplete.get(class_id, ())
        if who == "backbone_owing":
            yield from self.feedback.get(class_id, ())
        if who in _SCORERS:
            yield from self.points.get((class_id, _SCORERS[who]), ())
        for duty in _DUTIES.get(who, ()):
            yield from self.staff.get((class_id, duty), ())
        if who in _ROLES:
            yield from self._holders(_ROLES[who], lineage(one.scope_path))

    def _holders(self, role: str, paths: Iterable[str]) -> Iterator[str]:
        for path in paths:
            yield from self.holders.get((path, role), ())


def lineage(path: str) -> tuple[str, ...]:
    """A path and all above it, from the root: a grant over any of them covers it."""
    parts = path.strip("/").split("/")
    return tuple("/" + "/".join(parts[:end]) for end in range(1, len(parts) + 1))
