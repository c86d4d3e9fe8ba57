"""Backbone teachers with accounts, and the ways of a base with them."""

from __future__ import annotations

from dataclasses import dataclass, field

from bot.actions import chasing
from storage import classes, engagements, organisations
from storage.classes import ClassRow, StaffRow
from storage.engagements import Engagement
from storage.organisations import RosterRow
from tests.commands.world import Person, World


@dataclass
class Staffing:
    """A class of 江南 that looks for its five, and those who could come."""

    world: World
    base: Person
    province: Person
    row: ClassRow
    teachers: dict[str, Person] = field(default_factory=dict)

    async def enrol(
        self,
        *names: str,
        province: str = "province0",
        school: str = "东湖技师学院",
        majors: str = "机械类",
        levels: str = "二级、三级",
        account: bool = True,
    ) -> None:
        """Put people on the roster; the certificate numbers go up."""
        for name in names:
            number = 100 + len(self.teachers)
            place = "江南省" if province == "province0" else "江北省"
            called = f"{name} {number}"
            person = await self.world.person(called, ("backbone_teacher", place))
            entry = RosterRow(
                f"e{number}",
                name,
                f"GG-2025-{number}",
                majors,
                levels,
                province,
                school,
                person.id if account else None,
            )
            async with self.world.database.transaction() as uow:
                await organisations.add_to_roster(uow, [entry])
                await uow.commit()
            self.teachers[name if name not in self.teachers else called] = person

    async def live(self) -> dict[str, Engagement]:
        """Who holds a place, by name."""
        async with self.world.database.reading() as uow:
            rows = await engagements.of_class(
                uow, class_id=self.row.id, states=engagements.LIVE
            )
        return {one.name: one for one in rows}

    async def all(self) -> list[tuple[str, str]]:
        """Everybody ever asked, with what became of it."""
        async with self.world.database.reading() as uow:
            rows = await engagements.of_class(uow, class_id=self.row.id)
        return [(one.name, one.state) for one in rows]

    async def staff(self) -> list[tuple[str, int, str]]:
        """Who works in the class."""
        async with self.world.database.reading() as uow:
            rows: tuple[StaffRow, ...] = await classes.staff_of(
                uow, class_id=self.row.id
            )
        return [(one.duty, one.position, one.name) for one in rows]

    async def heard(self, who: Person | str) -> str:
        """Everything somebody was told, in one text."""
        person = self.teachers[who] if isinstance(who, str) else who
        return "\n---\n".join(await self.world.pushed(person))

    async def pick(self, *names: str) -> None:
        """The base picks its 授课."""
        for name in names:
            await self.world.say(self.base, f"推荐 {self.row.code} 选 {name}")

    async def send(self) -> None:
        """The base sends what waits."""
        await self.world.say(self.base, f"邀请函 {self.row.code} 确认")

    async def accept(self, *names: str) -> None:
        """People say yes."""
        live = await self.live()
        for name in names:
            await self.world.say(self.teachers[name], f"接受 {live[name].number}")

    async def everybody_accepts(self) -> None:
        """Five people: two 授课 picked, three 考核 in order, all say yes."""
        await self.pick("甲一", "乙二")
        await self.send()
        await self.accept(*await self.live())

    async def chase(self) -> int:
        """One look at who is silent."""
        async with self.world.database.transaction() as uow:
            count = await chasing.chase(uow, self.world.house, now=self.world.now)
            await uow.commit()
        return count


async def make_staffing(world: World, *, state: str = "planned") -> Staffing:
    """A class that stands, six people who could come."""
    made = Staffing(
        world=world,
        base=await world.person("基地", ("base_staff", "江南")),
        province=await world.person("省", ("province_manager", "江南省")),
        row=await world.new_class(state=state),
    )
    await made.enrol("甲一", "乙二", "丙三", "丁四", "戊五", "己六")
    return made
