"""Plans of a half year in the small country: who reports, reviews and publishes."""

from __future__ import annotations

import io
import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, datetime

import openpyxl
from sqlalchemy import select

from bot.ids import new_id
from bot.jobs.tasks import all_tasks
from bot.jobs.workshop import Workshop
from bot.ports import Envelope
from conversations.model import Answer, Draft, Outcome
from storage import files, plans
from storage.deadlines import DeadlineRow
from storage.files import FileRow, NewFile
from storage.plans import PlanItem
from storage.tables.classes import deadlines
from storage.tables.messages import files as files_table
from storage.tables.plans import items
from tests.commands.world import Person, World

PERIOD = "2026-2"
GOOD = {
    "level": "二级",
    "major": "机械类",
    "opens_on": "2026-09-07",
    "headcount": "30",
    "recruits": "all",
}


class _Clock:
    """The world's time."""

    def __init__(self, world: World) -> None:
        self._world = world

    def now(self) -> datetime:
        return self._world.now

    real = now


class _Door:
    """Takes the results of work; nobody waits for them."""

    async def __call__(self, envelope: Envelope) -> bytes:
        return b""


@dataclass
class Planning:
    """The people of the story, and what they do."""

    world: World
    centre: Person
    province: Person
    base: Person
    other_province: Person
    other_base: Person
    seen: set[str] = field(default_factory=set)

    @classmethod
    async def begin(cls, world: World) -> Planning:
        return cls(
            world,
            await world.person("centre", ("centre_manager", "全国")),
            await world.person("province", ("province_manager", "江南省")),
            await world.person("base", ("base_staff", "江南")),
            await world.person("other province", ("province_manager", "江北省")),
            await world.person("other base", ("base_staff", "江北")),
        )

    async def fill(self, person: Person, outcome: Outcome, **changed: str) -> Outcome:
        """Hand the form in that a command opened, with other answers than given."""
        assert outcome.open is not None, outcome
        opened = outcome.open
        said = {**GOOD, **opened.given, **changed}
        draft = Draft(
            opened.draft,
            opened.form,
            opened.version,
            opened.subject,
            opened.context,
            self.world.now.date(),
            {key: Answer(value) for key, value in said.items()},
        )
        return await self.world.submit(person, draft)

    async def add(self, person: Person | None = None, **changed: str) -> Outcome:
        """Note one more class."""
        who = person or self.base
        return await self.fill(who, await self.world.say(who, "报送 加"), **changed)

    async def hand_in(self, person: Person | None = None) -> int:
        """Hand the plan in; its number."""
        said = await self.world.say(person or self.base, "报送 交")
        return number_after("编号", said)

    async def agreed(self, *days: str) -> list[PlanItem]:
        """A plan with classes on these days, agreed to by the province."""
        for day in days or ("2026-09-07",):
            await self.add(opens_on=day)
        await self.world.say(self.province, f"审核 {await self.hand_in()} 通过")
        return await self.items("approved")

    async def publish(self) -> str:
        """The centre publishes; the notice's number."""
        drafted = await self.world.say(self.centre, "汇总 2026年下半年 发布")
        found = re.search(r"发布 (\d+)", str(drafted.replies[-1].choices))
        assert found, drafted
        await self.world.say(self.centre, f"发布 {found[1]}")
        return found[1]

    async def items(self, *states: str) -> list[PlanItem]:
        """All items in these states, or all, by number."""
        async with self.world.database.reading() as uow:
            query = select(items.c.id).order_by(items.c.number)
            if states:
                query = query.where(items.c.state.in_(states))
            ids = list((await uow.execute(query)).scalars())
            found = [await plans.item(uow, item_id=one) for one in ids]
        return [one for one in found if one]

    async def steps(self) -> dict[str, tuple[str, date]]:
        """State and date of each institution's step, by subject."""
        columns = [deadlines.c[name] for name in DeadlineRow.__struct_fields__]
        query = select(*columns).where(deadlines.c.step == "plan")
        async with self.world.database.reading() as uow:
            rows = [DeadlineRow(*row) for row in await uow.execute(query)]
        return {row.subject: (row.state, row.due_on) for row in rows}

    async def work_off(self) -> list[FileRow]:
        """Do the slow work that waits; the files that are new."""
        world = self.world
        clock = _Clock(world)
        tasks = all_tasks(world.database, world.house, clock, {})
        shop = Workshop(world.database, tasks, _Door(), clock, "p")
        await shop.work_off()
        async with world.database.reading() as uow:
            ids = list((await uow.execute(select(files_table.c.id))).scalars())
            found = [await files.get(uow, file_id=one) for one in ids]
        new = [one for one in found if one and one.info.id not in self.seen]
        self.seen.update(one.info.id for one in new)
        return new

    async def send_sheet(
        self, person: Person, content: bytes, *, words: str = "报送 {media}"
    ) -> str:
        """Send a file in the chat; what is said of it in the end."""
        file = NewFile(
            new_id(), person.id, "upload", "application/zip", "a.xlsx", content
        )
        async with self.world.database.transaction() as uow:
            await files.put(uow, file, now=self.world.now)
            await uow.commit()
        await self.world.say(person, words.format(media=f"file:{file.id}"))
        before = Counter(await self.world.pushed(person))
        await self.work_off()
        after = Counter(await self.world.pushed(person))
        return "\n".join((after - before).elements())


def number_after(word: str, outcome: Outcome) -> int:
    """The number behind a word."""
    said = "\n".join(reply.text for reply in outcome.replies)
    found = re.search(rf"{word} (\d+)", said)
    assert found, said
    return int(found[1])


HEADER = ("培训级别", "专业大类", "开班日期", "培训人数", "招生范围")


def sheet(
    *rows: Sequence[object],
    header: Sequence[str] = HEADER,
    above: Sequence[str] = (),
) -> bytes:
    """A workbook as people fill one."""
    book = openpyxl.Workbook()
    page = book.active
    assert page is not None
    for text in above:
        page.append([text])
    page.append(list(header))
    for row in rows:
        page.append(list(row))
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()
