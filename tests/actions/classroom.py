"""A class that runs: admitted teachers, two lecturers, three assessors, a manager."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta

from conversations.model import Outcome
from storage import applications, classes
from storage.classes import ClassRow, StaffRow
from tests.commands.world import NOW, Person, World, application_draft, text_of

OPENS = date(2026, 6, 20)
FIRST_DAY = datetime(2026, 6, 20, 2, tzinfo=UTC)
NAMES = ("张三", "李四", "王五")


@dataclass
class Room:
    """The class with its people; numbers in class are the order of ``teachers``."""

    world: World
    row: ClassRow
    teachers: list[Person]
    lecturers: list[Person]
    assessors: list[Person]
    manager: Person
    base: Person
    province: Person

    @property
    def code(self) -> str:
        return self.row.code

    async def say(self, person: Person, text: str) -> str:
        return text_of(await self.outcome(person, text))

    async def outcome(self, person: Person, text: str) -> Outcome:
        # Nobody writes twice in one instant.
        self.world.later(seconds=1)
        return await self.world.say(person, text)

    async def score(self, text: str, *, by: list[Person]) -> list[str]:
        """Every one of ``by`` gives the same points."""
        return [await self.say(one, f"评分 {self.code} {text}") for one in by]

    async def last(self, person: Person) -> str:
        """What was pushed to somebody last."""
        return (await self.world.pushed(person))[-1]

    async def close_of(self, state: str) -> None:
        async with self.world.database.transaction() as uow:
            await classes.set_state(uow, class_id=self.row.id, state=state)
            await uow.commit()


async def open_room(
    world: World, *names: str, base: str = "江南", province: str = "江南省"
) -> Room:
    """A class of these teachers on its first day."""
    world.now = NOW
    row = await world.new_class(base)
    teachers = [
        await admit(world, row, name, serial)
        for serial, name in enumerate(names or NAMES, 10 * len(world.places))
    ]
    manager = await world.person(f"班主任 {row.code}", ("class_manager", row.code))
    room = Room(
        world,
        row,
        teachers,
        await _staff(world, row, "lecturer", 2),
        await _staff(world, row, "assessor", 3),
        manager,
        await world.person(f"基地 {row.code}", ("base_staff", base)),
        await world.person(f"省 {row.code}", ("province_manager", province)),
    )
    await room.close_of("running")
    world.now = FIRST_DAY
    room.row = await world.class_row(row)
    return room


async def admit(world: World, row: ClassRow, name: str, serial: int) -> Person:
    """Somebody who applied and was admitted."""
    person = await world.person(f"{name} {serial}")
    person.name = name
    await world.submit(person, application_draft(row, serial=serial, name=name))
    async with world.database.transaction() as uow:
        found = await applications.standing(uow, class_id=row.id, person_id=person.id)
        assert found is not None
        await applications.decide(
            uow,
            application_id=found.id,
            among=["submitted"],
            state="admitted",
            holds_place=True,
            now=world.now + timedelta(seconds=serial),
            decided_by=None,
        )
        await uow.commit()
    return person


async def _staff(world: World, row: ClassRow, duty: str, count: int) -> list[Person]:
    people = [
        await world.person(f"{duty}{place} {row.code}", ("backbone_teacher", "江南省"))
        for place in range(1, count + 1)
    ]
    for place, one in enumerate(people, 1):
        one.name = f"{duty}{place}"
    async with world.database.transaction() as uow:
        rows = [
            StaffRow(row.id, duty, place, one.name, person_id=one.id)
            for place, one in enumerate(people, 1)
        ]
        await classes.add_staff(uow, rows)
        await uow.commit()
    return people
