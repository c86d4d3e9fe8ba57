"""Backbone teachers of classes: who lectures, and who may answer an invitation."""

from __future__ import annotations

from storage import classes, engagements, numbers, organisations
from storage.classes import ClassRow, StaffRow
from storage.engagements import Engagement
from storage.organisations import RosterRow
from tests.commands.world import Person, World


async def ask_somebody(world: World, row: ClassRow) -> int:
    """A backbone teacher is invited to a class; the invitation's number."""
    person = await world.person(f"invited to {row.code}")
    entry = RosterRow(
        f"e-{row.code}",
        "吴静",
        f"GG-{row.code}",
        row.major,
        row.level,
        "province0",
        "东湖技师学院",
        person.id,
    )
    async with world.database.transaction() as uow:
        await organisations.add_to_roster(uow, [entry])
        id_ = f"asked-{row.code}"
        number = await numbers.take(uow, kind=engagements.NUMBER, subject_id=id_)
        asked = Engagement(
            id=id_,
            number=number,
            class_id=row.id,
            duty="assessor",
            position=1,
            roster_id=entry.id,
            person_id=person.id,
            state="invited",
            ranking=[],
            proposed_at=world.now,
            invited_at=world.now,
        )
        await engagements.add(uow, asked)
        await uow.commit()
    return number


async def address_to(world: World, number: str, person: Person) -> None:
    """The invitation with this number is the person's."""
    async with world.database.transaction() as uow:
        found = await numbers.find(uow, number=int(number))
        assert found is not None
        await engagements.invite(
            uow,
            engagement_id=found.subject_id,
            person_id=person.id,
            among=("invited",),
            now=world.now,
        )
        await uow.commit()


async def teach(world: World, code: str, person: Person) -> None:
    """The person lectures in the class."""
    async with world.database.transaction() as uow:
        row = await classes.by_code(uow, code=code)
        assert row is not None
        await classes.add_staff(
            uow,
            [
                StaffRow(row.id, "lecturer", 1, "周明", person_id=person.id),
                StaffRow(row.id, "lecturer", 2, "赵敏"),
            ],
        )
        await uow.commit()
