"""需求分析 (规程第十条): the two lecturers have what those admitted say."""

from __future__ import annotations

import io
import re
from dataclasses import dataclass
from datetime import UTC, datetime

import msgspec
import pytest
from PIL import Image
from pypdf import PdfReader

from bot.jobs.tasks.needs_file import needs_file
from bot.jobs.work import Product
from conversations.model import Answer, Value
from storage import classes, deadlines, jobs
from storage.classes import ClassRow, StaffRow
from tests.actions.schemes import lecturers
from tests.actions.test_admissions import stamp
from tests.commands.world import (
    Person,
    World,
    application_draft,
    id_number,
    text_of,
)
from tests.jobs.bench import Clock

RATINGS: dict[str, Value] = {
    "ability_2": {
        "task_analysis": "1",
        "activity_planning": "2",
        "task_assessment": "3",
        "worksheet": "4",
        "information_sheet": "4",
        "model_lesson": "2",
    }
}
AFTER_CLOSE = datetime(2026, 6, 14, 2, tzinfo=UTC)


@dataclass
class Cast:
    """A recruiting class with two lecturers."""

    world: World
    row: ClassRow
    base: Person
    ming: Person
    jing: Person

    async def admit(self, serial: int, name: str, **answers: Value) -> int:
        """Somebody applies with a stamp and is admitted; the number."""
        world = self.world
        person = await world.person(name)
        draft = application_draft(self.row, serial=serial, name=name)
        said = {key: Answer(value) for key, value in (RATINGS | answers).items()}
        await world.submit(
            person, msgspec.structs.replace(draft, answers={**draft.answers, **said})
        )
        number = max(await self.numbers())
        await stamp(world, number, f"stamp-{serial}")
        await world.say(self.base, f"审核 {number} 通过")
        return number

    async def numbers(self) -> list[int]:
        listed = await self.world.say(self.base, f"报名 {self.row.code}")
        return [
            int(option.send.split()[1])
            for reply in listed.replies
            for option in reply.choices
        ]

    async def needs(self, who: Person) -> str:
        return text_of(await self.world.say(who, f"需求 {self.row.code}"))

    async def step(self) -> str:
        async with self.world.database.reading() as uow:
            found = await deadlines.find(uow, subject=self.row.code, step="needs")
        assert found is not None
        return found.state

    async def files(self) -> Product:
        """What the last asking made."""
        world = self.world
        async with world.database.transaction() as uow:
            (job,) = await jobs.claim(
                uow,
                kinds=["needs_file"],
                owner="test",
                limit=5,
                now=world.now,
                lease_seconds=60,
                leased_at=world.now,
            )
            await uow.commit()
        clock = Clock()
        clock.at = world.now
        return await needs_file(world.database, world.house, clock)(job)


@pytest.fixture
async def cast(world: World) -> Cast:
    row = await world.new_class()
    ming, jing = await lecturers(world, row, "周明", "吴静")
    base = await world.person("基地", ("base_staff", "江南"))
    return Cast(world, row, base, ming, jing)


async def test_a_lecturer_reads_ratings_experience_and_wishes(cast: Cast) -> None:
    await cast.admit(
        1, "李敏", needs="想多看示范课", teaching_work="教过两年", trained="yes"
    )
    await cast.admit(2, "王芳", needs="无", teaching_work="无")
    said = await cast.needs(cast.ming)

    assert said.split("\n")[:5] == [
        "“数控加工二级班”（2026-JX-01）培训需求分析，已录取 2 人。",
        "自评偏弱的：学习任务分析（较差 2 人）；学习任务教学活动策划（一般 2 人）；一体化示范课设计与实施（一般 2 人）",
        "做过一体化教学的 1 人，参加过相关培训的 1 人，参与过技术开发的 0 人。",
        "提了需求的 1 人：",
        "· 李敏：想多看示范课",
    ]


async def test_chart_and_document_hold_everybody_admitted_and_no_secret(
    cast: Cast,
) -> None:
    await cast.admit(
        1, "李敏", needs=f"我的身份证是 {id_number(1)}，电话 13800138000，想多练"
    )
    await cast.needs(cast.ming)
    product = await cast.files()
    chart, paper = product.files
    pages = PdfReader(io.BytesIO(paper.content)).pages
    text = re.sub(r"\s", "", "".join(page.extract_text() for page in pages))

    assert [one.kind for one in product.replies] == ["image", "file"]
    assert Image.open(io.BytesIO(chart.content)).size[0] == 960
    assert paper.name == "数控加工二级班培训需求分析.pdf"
    assert "李敏" in text
    assert "学习任务分析较差" in text
    assert "想多练" in text
    assert "所在专业数控加工" in text
    for secret in (id_number(1), "13800138000", "zhang@example.com", "学府路"):
        assert secret not in text
    assert id_number(1) not in await cast.needs(cast.jing)


async def test_only_those_admitted_count(cast: Cast) -> None:
    nobody = await cast.needs(cast.ming)
    await cast.world.apply(await cast.world.person("候着"), cast.row, serial=9)

    assert nobody == ("“数控加工二级班”（2026-JX-01）还没有录取的老师，录取后再来看。")
    assert await cast.needs(cast.ming) == nobody


async def test_the_step_is_done_when_both_have_it_after_applications_closed(
    cast: Cast,
) -> None:
    await cast.admit(1, "李敏")
    early = [await cast.needs(one) for one in (cast.ming, cast.jing)]
    before = await cast.step()
    cast.world.now = AFTER_CLOSE
    by_base = await cast.needs(cast.base)
    first = await cast.needs(cast.ming)
    between = await cast.step()
    second = await cast.needs(cast.jing)

    assert all("截止后请再看一次才算办结" in said for said in early)
    assert "办结" not in by_base
    assert "还等吴静看过就办结" in first
    assert "这一步办结" in second
    assert (before, between, await cast.step()) == ("open", "open", "done")


async def test_a_lecturer_who_took_over_has_to_read_it_too(cast: Cast) -> None:
    await cast.admit(1, "李敏")
    cast.world.now = AFTER_CLOSE
    await cast.needs(cast.ming)
    async with cast.world.database.transaction() as uow:
        third = StaffRow(cast.row.id, "lecturer", 3, "郑强")
        await classes.add_staff(uow, [third])
        await uow.commit()

    assert "还等郑强看过就办结" in await cast.needs(cast.jing)
    assert await cast.step() == "open"


async def test_nobody_else_reads_it(cast: Cast) -> None:
    world = cast.world
    await cast.admit(1, "李敏")
    stranger = await world.person("孙立", ("backbone_teacher", "江南省"))
    assessor = await world.person("钱进", ("backbone_teacher", "江南省"))
    async with world.database.transaction() as uow:
        seat = StaffRow(cast.row.id, "assessor", 1, "钱进", person_id=assessor.id)
        await classes.add_staff(uow, [seat])
        await uow.commit()
    elsewhere = await world.person("江北", ("base_staff", "江北"))
    province = await world.person("省", ("province_manager", "江南省"))
    missing = text_of(await world.say(stranger, "需求 2031-JX-99"))

    for person in (stranger, assessor, elsewhere):
        said = await cast.needs(person)
        assert said == missing.replace("2031-JX-99", cast.row.code)
    assert "没有认出" in await cast.needs(province)
    assert "已录取 1 人" in await cast.needs(cast.base)


async def test_a_class_that_lost_all_its_teachers_makes_no_files(cast: Cast) -> None:
    number = await cast.admit(1, "李敏")
    await cast.needs(cast.ming)
    await cast.world.say(cast.base, f"审核 {number} 不通过 重复报名")
    product = await cast.files()

    assert (product.files, product.replies, product.silent) == ((), (), True)


async def test_lecturers_who_have_it_hear_of_who_is_admitted_later(
    cast: Cast,
) -> None:
    world = cast.world
    await cast.admit(1, "李敏")
    await cast.needs(cast.ming)
    before = await world.pushed(cast.ming)
    late = await world.apply(await world.person("王芳"), cast.row, serial=2)
    world.now = AFTER_CLOSE
    await stamp(world, late.number, "stamp-2")
    await world.say(cast.base, f"审核 {late.number} 通过")

    told = (await world.pushed(cast.ming))[len(before) :]
    assert [text for text in told if "又录取了新的老师" in text] != []
    assert [t for t in await world.pushed(cast.jing) if "又录取了" in t] == []
