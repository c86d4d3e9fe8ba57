"""Who holds the places of backbone teachers in a class: proposed, asked, sure.

Whoever changes that locks the class first.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from bot.actions import deadlines as timing
from bot.actions.candidates import as_kept, pool_of
from bot.actions.context import House
from conversations.rules import staffing as rules
from conversations.rules.staffing import ASSESSOR, STAFFING, Ranked
from storage import classes, engagements, numbers
from storage.classes import ClassRow, StaffRow
from storage.database import UnitOfWork
from storage.engagements import LIVE, Engagement, Wishes

_STEP = "staffing"


class Team:
    """Who holds a place in a class, and how many places there are."""

    def __init__(
        self,
        live: Sequence[Engagement],
        staff: Sequence[StaffRow],
        wished: Wishes,
    ) -> None:
        self.live = tuple(live)
        self.staff = tuple(one for one in staff if one.duty in rules.DUTIES)
        self.wished = wished

    @classmethod
    async def load(cls, uow: UnitOfWork, row: ClassRow) -> Team:
        """As it stands; the caller holds the class."""
        return cls(
            await engagements.of_class(uow, class_id=row.id, states=LIVE),
            await classes.staff_of(uow, class_id=row.id),
            await engagements.wishes_of(uow, class_id=row.id),
        )

    def seats(self, duty: str) -> int:
        """How many of a duty the class shall have."""
        return STAFFING.seats.of(duty, lecturers=self.wished.lecturers)

    def held(self, duty: str) -> set[int]:
        """The places of a duty that somebody holds, or is proposed for."""
        asked = {one.position for one in self.live if one.duty == duty}
        return asked | {one.position for one in self.staff if one.duty == duty}

    def free(self, duty: str) -> list[int]:
        """The places of a duty that nobody holds."""
        held = self.held(duty)
        return [one for one in range(1, self.seats(duty) + 1) if one not in held]

    def missing(self, duty: str) -> int:
        """How many of a duty are still to be found."""
        return max(0, self.seats(duty) - len(self.held(duty)))

    def names(self, duty: str) -> list[str]:
        """Who holds a place of a duty, by place."""
        by_place = {one.position: one.name for one in self.staff if one.duty == duty}
        by_place |= {one.position: one.name for one in self.live if one.duty == duty}
        return [by_place[place] for place in sorted(by_place)]

    @property
    def sure(self) -> int:
        """How many have accepted, or were put down as staff elsewhere."""
        return sum(
            min(self.seats(duty), sum(one.duty == duty for one in self.staff))
            for duty in rules.DUTIES
        )

    @property
    def wanted(self) -> int:
        """How many there are to be, of both duties."""
        return sum(self.seats(duty) for duty in rules.DUTIES)


async def propose_assessors(
    uow: UnitOfWork, house: House, row: ClassRow, *, now: datetime
) -> tuple[Engagement, ...]:
    """Propose the next in order for every free place of 考核; who is new."""
    team = await Team.load(uow, row)
    places = team.free(ASSESSOR)
    if not places:
        return ()
    ranked = (await pool_of(uow, row)).ranking(ASSESSOR).ranked
    return tuple(
        [
            await propose(uow, house, row, one, place=place, duty=ASSESSOR, now=now)
            for place, one in zip(places, ranked, strict=False)
        ]
    )


async def propose(
    uow: UnitOfWork,
    house: House,
    row: ClassRow,
    one: Ranked,
    *,
    place: int,
    duty: str,
    now: datetime,
) -> Engagement:
    """Propose a candidate for a place, with the reasons as they are now."""
    id_ = house.new_id()
    made = Engagement(
        id=id_,
        number=await numbers.take(uow, kind=engagements.NUMBER, subject_id=id_),
        class_id=row.id,
        duty=duty,
        position=place,
        roster_id=one.teacher.roster_id,
        person_id=None,
        state="proposed",
        ranking=as_kept(one.reasons),
        proposed_at=now,
        name=one.teacher.name,
        certificate=one.teacher.certificate,
        school=one.teacher.school,
    )
    await engagements.add(uow, made)
    return made


async def settle_step(
    uow: UnitOfWork, house: House, row: ClassRow, *, by: str | None, now: datetime
) -> Team:
    """Note the step as done when every place is sure, as open again when one is not.

    What was marked as done elsewhere (办结) stays so.
    """
    team = await Team.load(uow, row)
    if team.sure >= team.wanted:
        await timing.mark_done(uow, subject=row.code, step=_STEP, by=by, now=now)
        return team
    await timing.reopen(
        uow,
        row,
        step=_STEP,
        programme=house.programmes[row.programme],
        now=now,
        new_id=house.new_id,
    )
    return team
