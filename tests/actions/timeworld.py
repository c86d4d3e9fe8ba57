"""A small country for the tests of time: one province, one institution, classes."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime, time, timedelta
from itertools import count

import msgspec
from sqlalchemy import insert, select

from bot.actions import deadlines as actions
from bot.actions.reminders import Fired, fire_due
from bot.ports import Push
from notices.calendar import instant
from notices.programmes import load_programmes
from storage import classes, organisations, people
from storage.classes import ClassRow, StaffRow
from storage.database import Database, UnitOfWork
from storage.organisations import InstitutionRow, ScopeRow
from storage.people import Newcomer
from storage.tables.classes import applications, numbers
from storage.tables.messages import drafts, outbox

BOOK = load_programmes()
GONGXUE = BOOK["gongxue"]
LONG_BEFORE = datetime(2026, 3, 2, 1, tzinfo=UTC)
D = date(2026, 6, 20)  # a Saturday
E = date(2026, 6, 28)  # a Sunday
CLOSES = date(2026, 6, 13)


class Ids:
    """Ids that count up, so that runs are alike."""

    def __init__(self, prefix: str = "id") -> None:
        self._numbers: Iterator[int] = count(1)
        self._prefix = prefix

    def __call__(self) -> str:
        return f"{self._prefix}-{next(self._numbers):05d}"


class Sent(msgspec.Struct, frozen=True):
    """An outbox row, opened."""

    person: str
    text: str
    purpose: str
    not_before: datetime
    state: str


class Country:
    """What the tests stand on; every method is a transaction of its own."""

    def __init__(self, database: Database) -> None:
        self.database = database
        self.ids = Ids()

    async def found(self) -> None:
        """Make the nation, a province and an institution, with someone in each."""
        async with self.database.transaction() as uow:
            self.nation = await _scope(uow, "n", "nation", None)
            self.province = await _scope(uow, "jn", "province", self.nation)
            self.institution: InstitutionRow = await organisations.create_institution(
                uow,
                id="b1",
                province=self.province,
                name="江南师资中心",
                kind="教师培训基地",
            )
            await uow.commit()
        await self.person("centre", role="centre_manager", scope="n")
        await self.person("province", role="province_manager", scope="jn")
        await self.person("base", role="base_staff", scope="b1")

    async def person(
        self, name: str, *, role: str = "", scope: str = "", reachable: bool = True
    ) -> str:
        """A person whose id is ``name``, with an address, perhaps with a role."""
        async with self.database.transaction() as uow:
            newcomer = Newcomer(name, name, f"a-{name}")
            await people.create(
                uow, channel="official_account", newcomers=[newcomer], now=LONG_BEFORE
            )
            if not reachable:
                await people.mark_unreachable(uow, address_ids=[f"a-{name}"])
            if role:
                await people.add_grant(
                    uow,
                    grant_id=self.ids(),
                    person_id=name,
                    role=role,
                    scope_id=scope,
                    granted_by=None,
                    now=LONG_BEFORE,
                )
            await uow.commit()
        return name

    async def class_(
        self,
        code: str = "2026-NC-01",
        *,
        now: datetime = LONG_BEFORE,
        opens_on: date = D,
    ) -> ClassRow:
        """A class of nine days with its dates and reminders."""
        row = ClassRow(
            id=f"c-{code}",
            code=code,
            title="数控加工二级班",
            programme="gongxue",
            institution_id="b1",
            scope_id=f"s-{code}",
            level="二级",
            major="机械类",
            opens_on=opens_on,
            ends_on=opens_on + timedelta(days=8),
            apply_until=opens_on - timedelta(days=7),
            venue="江南校区",
            capacity=30,
            places_taken=0,
            state="recruiting",
            recruits_from=[],
            revision=1,
        )
        async with self.database.transaction() as uow:
            place = ScopeRow("b1", "institution", "", "jn", self.institution.path)
            made = await classes.create(uow, row, institution=place)
            await actions.schedule_class(
                uow, made, programme=GONGXUE, now=now, new_id=self.ids
            )
            await uow.commit()
        return made

    async def move(self, row: ClassRow, opens_on: date, *, now: datetime) -> ClassRow:
        """Give a class another opening day; all its dates go with it."""
        by = opens_on - row.opens_on
        moved = msgspec.structs.replace(
            row,
            opens_on=row.opens_on + by,
            ends_on=row.ends_on + by,
            apply_until=row.apply_until + by,
        )
        async with self.database.transaction() as uow:
            await classes.set_dates(
                uow,
                class_id=row.id,
                opens_on=moved.opens_on,
                ends_on=moved.ends_on,
                apply_until=moved.apply_until,
            )
            await actions.move_class_dates(
                uow, moved, programme=GONGXUE, now=now, new_id=self.ids
            )
            await uow.commit()
        return moved

    async def done(
        self, row: ClassRow, *steps: str, now: datetime = LONG_BEFORE
    ) -> None:
        """Mark steps of a class done."""
        async with self.database.transaction() as uow:
            for step in steps:
                assert await actions.mark_done(
                    uow, subject=row.code, step=step, by="base", now=now
                )
            await uow.commit()

    async def only(self, row: ClassRow, step: str) -> None:
        """Leave one step of a class open."""
        keys = [one.key for one in GONGXUE.class_steps if one.key != step]
        await self.done(row, *keys)

    async def staff(self, row: ClassRow, duty: str, *person_ids: str) -> None:
        async with self.database.transaction() as uow:
            rows = [
                StaffRow(row.id, duty, place, name, person_id=name)
                for place, name in enumerate(person_ids, start=1)
            ]
            await classes.add_staff(uow, rows)
            await uow.commit()

    async def apply(self, row: ClassRow, person_id: str, state: str) -> None:
        async with self.database.transaction() as uow:
            made = await uow.execute(
                insert(numbers).returning(numbers.c.number),
                {"kind": "application", "subject_id": f"{row.id}/{person_id}"},
            )
            application = {
                "id": f"{row.id}/{person_id}",
                "number": made.scalar_one(),
                "class_id": row.id,
                "person_id": person_id,
                "state": state,
                "applied_at": LONG_BEFORE,
            }
            await uow.execute(insert(applications), application)
            await uow.commit()

    async def draft(self, row: ClassRow, person_id: str) -> None:
        draft = {
            "id": f"d-{row.code}-{person_id}",
            "person_id": person_id,
            "form": "application",
            "version": 1,
            "subject": row.code,
            "started_at": LONG_BEFORE,
        }
        async with self.database.transaction() as uow:
            await uow.execute(insert(drafts), draft)
            await uow.commit()

    async def tick(self, now: datetime, *, batch: int = 500) -> Fired:
        return await fire_due(
            self.database, now=now, programmes=BOOK, new_id=self.ids, batch=batch
        )

    async def sent(self, person: str = "") -> list[Sent]:
        """What was decided to be said so far, in its order."""
        async with self.database.reading() as uow:
            found = await uow.execute(select(outbox).order_by(outbox.c.created_at))
            rows = [_opened(uow, row) for row in found]
        return [row for row in rows if not person or row.person == person]

    async def texts(self, person: str) -> list[str]:
        return [one.text for one in await self.sent(person)]


def _opened(uow: UnitOfWork, row: object) -> Sent:
    values = row._mapping  # type: ignore[attr-defined]  # a row of SQLAlchemy
    body = uow.vault.open(
        values["body_sealed"], table="outbox", column="body_sealed", row=values["id"]
    )
    push = msgspec.json.decode(body, type=Push)
    return Sent(
        person=values["person_id"],
        text=push.reply.text or push.reply.name,
        purpose=values["purpose"],
        not_before=values["not_before"],
        state=values["state"],
    )


async def _scope(
    uow: UnitOfWork, id_: str, kind: str, parent: ScopeRow | None
) -> ScopeRow:
    return await organisations.create_scope(
        uow, id=id_, kind=kind, name=f"{kind} {id_}", parent=parent
    )


def at(day: date, hour: int = 9, minute: int = 0) -> datetime:
    """A moment of a day in China."""
    return instant(day, time(hour, minute))
