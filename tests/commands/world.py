"""A small country to give commands in: two provinces, two bases, people with roles."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta

import msgspec
from sqlalchemy import select

from bot.actions import dispatch
from bot.actions.classes import ClassPlan, create_class
from bot.actions.context import Actor, Context, Grant, House
from bot.clock import moment_of
from bot.ids import new_id
from bot.links import Links
from bot.ports import Push
from conversations.forms.book import load_book
from conversations.model import (
    Answer,
    Conversation,
    Draft,
    Outcome,
    RunCommand,
    SubmitForm,
    Value,
)
from notices.programmes import load_programmes
from storage import (
    applications,
    classes,
    deadlines,
    leaves,
    numbers,
    organisations,
    people,
    plans,
    reviews,
)
from storage.applications import ApplicationRow
from storage.classes import ClassRow
from storage.database import Database
from storage.leaves import LeaveRow
from storage.organisations import InstitutionRow, RosterRow, ScopeRow
from storage.tables.messages import outbox

NOW = datetime(2026, 3, 2, 2, tzinfo=UTC)
OPENS_ON = date(2026, 6, 20)


def checked(first17: str) -> str:
    """An ID number with its right check character."""
    weights = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
    total = sum(int(a) * b for a, b in zip(first17, weights, strict=True))
    return first17 + "10X98765432"[total % 11]


def id_number(serial: int) -> str:
    """The ID number of an invented person born on 7 March 1990."""
    return checked(f"11010119900307{serial:03d}")


@dataclass
class Person:
    """Somebody with roles, as the tests call them."""

    id: str
    address_id: str
    name: str
    grants: list[Grant] = field(default_factory=list)


@dataclass
class World:
    """The database with a tree, and a clock that the tests move."""

    database: Database
    house: House
    now: datetime = NOW
    places: dict[str, ScopeRow] = field(default_factory=dict)
    bases: dict[str, InstitutionRow] = field(default_factory=dict)

    async def person(
        self, name: str, *held: tuple[str, str], channel: str = "webchat"
    ) -> Person:
        """Somebody with (role, place) grants."""
        async with self.database.transaction() as uow:
            newcomer = people.Newcomer(name, new_id(), new_id())
            await people.create(
                uow, channel=channel, newcomers=[newcomer], now=self.now
            )
            for role, place in held:
                await people.add_grant(
                    uow,
                    grant_id=new_id(),
                    person_id=newcomer.person_id,
                    role=role,
                    scope_id=self.places[place].id,
                    granted_by=None,
                    now=self.now,
                )
            await uow.commit()
        person = Person(newcomer.person_id, newcomer.address_id, name)
        await self.refresh(person)
        return person

    async def refresh(self, person: Person) -> None:
        """Read the person's roles again, as the door does for each message."""
        async with self.database.reading() as uow:
            rows = await people.grants_of(uow, person_ids=[person.id])
        person.grants = [
            Grant(one.role, one.scope_id, one.scope_path, one.scope_name)
            for one in rows.get(person.id, ())
        ]

    async def say(
        self,
        person: Person,
        text: str,
        *,
        conversation: Conversation | None = None,
        database: Database | None = None,
    ) -> Outcome:
        """Give a command as the door would, in a transaction of its own."""
        name, _, args = text.partition(" ")
        return await self._run(
            person, RunCommand(name, args), conversation or Conversation(), database
        )

    async def submit(self, person: Person, draft: Draft) -> Outcome:
        """Hand a finished form in."""
        return await self._run(person, SubmitForm(draft), Conversation((draft,)), None)

    async def _run(
        self,
        person: Person,
        effect: RunCommand | SubmitForm,
        conversation: Conversation,
        database: Database | None,
        *,
        keep: bool = True,
    ) -> Outcome:
        actor = Actor(person.id, person.address_id, tuple(person.grants))
        async with (database or self.database).transaction() as uow:
            context = Context(uow, actor, moment_of(self.now), self.house)
            outcome = await dispatch.run(context, effect, conversation)
            if keep:
                await uow.commit()
        return outcome

    async def attempt(self, person: Person, text: str) -> Outcome:
        """Give a command and undo whatever it did."""
        name, _, args = text.partition(" ")
        effect = RunCommand(name, args)
        return await self._run(person, effect, Conversation(), None, keep=False)

    async def new_class(
        self,
        base: str = "江南",
        *,
        state: str = "recruiting",
        capacity: int = 30,
        opens_on: date = OPENS_ON,
        title: str = "数控加工二级班",
    ) -> ClassRow:
        """A class of a base."""
        plan = ClassPlan(
            title=title,
            level="二级",
            major="机械类",
            opens_on=opens_on,
            capacity=capacity,
            state=state,
        )
        async with self.database.transaction() as uow:
            row = await create_class(
                uow, self.house, plan, institution=self.places[base], now=self.now
            )
            await uow.commit()
        self.places[row.code] = ScopeRow(
            row.scope_id, "class", row.title, row.institution_id, row.scope_path
        )
        return row

    async def apply(
        self, person: Person, row: ClassRow, *, serial: int = 1
    ) -> ApplicationRow:
        """The person hands a good application in."""
        await self.submit(person, application_draft(row, serial=serial))
        async with self.database.reading() as uow:
            found = await applications.standing(
                uow, class_id=row.id, person_id=person.id
            )
        assert found is not None
        return found

    async def application(self, number: int) -> ApplicationRow:
        async with self.database.reading() as uow:
            found = await applications.by_number(uow, number=number)
        assert found is not None
        return found

    async def class_row(self, row: ClassRow) -> ClassRow:
        async with self.database.reading() as uow:
            found = await classes.get(uow, class_id=row.id)
        assert found is not None
        return found

    async def review(self, row: ClassRow, kind: str, **proposal: str) -> int:
        """Something of a class waits for the province; its number."""
        review_id = new_id()
        async with self.database.transaction() as uow:
            number = await numbers.take(uow, kind=kind, subject_id=review_id)
            await reviews.add(
                uow,
                id=review_id,
                number=number,
                kind=kind,
                class_id=row.id,
                now=self.now,
                proposal=proposal,
            )
            await uow.commit()
        return number

    async def planned(self, base: str) -> dict[str, str]:
        """A class that a base plans, and a plan of it that waits: their numbers."""
        house, opens_on = self.bases[base], date(2026, 9, 7)
        item = plans.NewItem(
            new_id(),
            house.scope_id,
            "2026-2",
            "二级",
            "机械类",
            opens_on,
            30,
            [],
            "",
            state="approved",
        )
        async with self.database.transaction() as uow:
            await plans.add_items(uow, [item], now=self.now)
            made = await plans.item(uow, item_id=item.id)
            assert made is not None
            row = plans.SubmissionRow(
                new_id(),
                0,
                "plan",
                house.scope_id,
                "2027-1",
                "",
                "waiting",
                "",
                None,
                self.now,
            )
            number = await numbers.take(uow, kind="plan", subject_id=row.id)
            await plans.hand_in(uow, msgspec.structs.replace(row, number=number))
            await uow.commit()
        return {"plan": str(number), "plan_item": str(made.number)}

    async def leave(self, row: ClassRow, person: Person) -> int:
        """Somebody asked for leave on the first day; its number."""
        leave_id = new_id()
        async with self.database.transaction() as uow:
            number = await numbers.take(uow, kind="leave", subject_id=leave_id)
            asked = LeaveRow(
                leave_id,
                number,
                row.id,
                person.id,
                row.opens_on,
                row.opens_on,
                2,
                "waiting",
                self.now,
            )
            await leaves.add(uow, asked)
            await uow.commit()
        return number

    async def finish(self, row: ClassRow, *steps: str) -> None:
        """Mark steps of a class as done."""
        async with self.database.transaction() as uow:
            for step in steps:
                await deadlines.finish(
                    uow, subject=row.code, step=step, by=None, note="", now=self.now
                )
            await uow.commit()

    async def pushed(self, person: Person) -> list[str]:
        """The texts on their way to somebody, in the order they were decided."""
        query = (
            select(outbox.c.id, outbox.c.body_sealed)
            .where(outbox.c.person_id == person.id)
            .order_by(outbox.c.created_at, outbox.c.id)
        )
        async with self.database.reading() as uow:
            rows = (await uow.execute(query)).all()
            opened = [
                uow.vault.open(
                    row.body_sealed, table="outbox", column="body_sealed", row=row.id
                )
                for row in rows
            ]
        return [msgspec.json.decode(body, type=Push).reply.text for body in opened]

    def later(self, **by: float) -> None:
        """Move the clock on."""
        self.now += timedelta(**by)


async def make_world(database: Database) -> World:
    """The tree: two provinces, a base in each, one backbone teacher."""
    house = House(
        book=load_book(),
        programmes=load_programmes(),
        links=Links(database.vault, "http://127.0.0.1:8080"),
        new_id=new_id,
        public_url="http://127.0.0.1:8080",
        contact="省培训办",
    )
    world = World(database, house)
    async with database.transaction() as uow:
        nation = await organisations.create_scope(
            uow, id="nation", kind="nation", name="部指导中心"
        )
        world.places["全国"] = nation
        for number, (province, base) in enumerate(
            (("江南省", "江南"), ("江北省", "江北"))
        ):
            place = await organisations.create_scope(
                uow,
                id=f"province{number}",
                kind="province",
                name=province,
                parent=nation,
            )
            house_ = await organisations.create_institution(
                uow,
                id=f"base{number}",
                province=place,
                name=f"{base}机电技师学院",
                kind="教师培训基地",
                approved=[("机械类", "二级"), ("机械类", "三级")],
            )
            world.places[province] = place
            world.bases[base] = house_
            world.places[base] = ScopeRow(
                house_.scope_id, "institution", house_.name, place.id, house_.path
            )
        await organisations.add_to_roster(
            uow,
            [
                RosterRow(
                    "r1",
                    "周明",
                    "GG-2024-001",
                    "机械类",
                    "二级",
                    "province0",
                    "江南技院",
                )
            ],
        )
        await uow.commit()
    return world


def application_draft(row: ClassRow, *, serial: int = 1, name: str = "李敏") -> Draft:
    """A filled 参训申请表."""
    answers: dict[str, Value] = {
        "name": name,
        "id_number": id_number(serial),
        "ethnicity": "汉族",
        "unit": "江南机电技师学院",
        "title": "讲师",
        "phone": "13800138000",
        "email": "zhang@example.com",
        "address": "江南市学府路 1 号",
        "current_major": "数控加工",
        "education": {"bachelor": "机械工程"},
        "skill_level": "高级技师",
        "awards": "无",
        "signature": name,
        "declaration": "yes",
    }
    return Draft(
        id=new_id(),
        form="application",
        version=1,
        subject=row.code,
        context={
            "class_code": row.code,
            "class_title": row.title,
            "level": row.level,
            "major": row.major,
            "institution": row.institution,
            "opens_on": row.opens_on.isoformat(),
            "ends_on": row.ends_on.isoformat(),
            "apply_until": row.apply_until.isoformat(),
        },
        started_on=NOW.date(),
        answers={key: Answer(value) for key, value in answers.items()},
        cursor="summary",
    )


def notice_draft(**changed: str) -> Draft:
    """A filled notice form, to everybody."""
    answers = {
        "title": "关于报送计划的通知",
        "body": "请各基地于 6 月 15 日前报送下半年培训计划。",
        "role": "",
        "province": "不限",
        "level": "不限",
        "major": "不限",
        **changed,
    }
    return Draft(
        id=new_id(),
        form="notice",
        version=1,
        subject="nation",
        context={},
        started_on=NOW.date(),
        answers={key: Answer(value) for key, value in answers.items()},
    )


def text_of(outcome: Outcome) -> str:
    """What was said, all of it."""
    return "\n".join(reply.text for reply in outcome.replies)
