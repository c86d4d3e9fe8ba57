"""Official forms as files: of a class, of one person, and empty ones."""

from __future__ import annotations

import io
import re
import zipfile
from datetime import datetime

import pytest
from sqlalchemy import select

from bot.jobs.tasks import all_tasks
from bot.jobs.work import Product
from storage import audit
from storage import jobs as storage_jobs
from storage.tables.messages import jobs
from tests.commands.world import World, id_number, text_of
from tests.documents.reading import docx_text, pdf_text


class Clock:
    """The time of a world."""

    def __init__(self, world: World) -> None:
        self.world = world

    def now(self) -> datetime:
        return self.world.now

    real = now


async def made(world: World) -> Product:
    """What comes of the one job that waits."""
    tasks = all_tasks(world.database, world.house, Clock(world), {})
    async with world.database.transaction() as uow:
        (job,) = await storage_jobs.claim(
            uow,
            kinds=list(tasks),
            owner="test",
            limit=9,
            now=world.now,
            lease_seconds=60,
        )
        await uow.commit()
    return await tasks[job.kind](job)


def members(product: Product) -> dict[str, bytes]:
    """The files in all archives of a product."""
    return {
        name: archive.read(name)
        for file in product.files
        for archive in [zipfile.ZipFile(io.BytesIO(file.content))]
        for name in archive.namelist()
    }


async def test_the_forms_of_a_class_come_in_an_archive_masked(world: World) -> None:
    row = await world.new_class()
    base = await world.person("基地", ("base_staff", "江南"))
    for serial in (1, 2):
        await world.apply(await world.person(f"教师{serial}"), row, serial=serial)
    said = await world.say(base, f"导出 {row.code} 申请表")
    product = await made(world)
    found = members(product)

    assert "2 份参训申请表（PDF，证件号、手机、邮箱已遮住）" in text_of(said)
    assert [choice.send for choice in said.replies[-1].choices] == [
        f"导出 {row.code} 申请表 Word"
    ]
    assert [file.name for file in product.files] == [
        f"数控加工二级班 {row.code} 参训申请表.zip"
    ]
    assert sorted(found) == ["0001-李敏.pdf", "0002-李敏.pdf"]
    text = pdf_text(found["0002-李敏.pdf"])
    assert id_number(2) not in text
    assert "2.年龄：" in text


async def test_a_base_with_a_reason_gets_them_in_full_for_word(world: World) -> None:
    row = await world.new_class()
    base = await world.person("基地", ("base_staff", "江南"))
    await world.apply(await world.person("教师"), row)
    await world.say(base, f"导出 {row.code} 申请表 word 全部 上报 13800138000")
    found = members(await made(world))
    async with world.database.reading() as uow:
        (entry,) = await audit.find(uow, actor_id=base.id)

    assert sorted(found) == ["0001-李敏.docx"]
    assert id_number(1) in docx_text(found["0001-李敏.docx"])
    assert entry.detail == "上报 138******00"


@pytest.mark.parametrize(
    ("role", "said", "answered"),
    [
        ("base_staff", "申请表 全部", "请这样发：导出 {code} 申请表 全部 理由"),
        ("base_staff", "申请表 Word 全部", "请这样发：导出 {code} 申请表 全部 理由"),
        ("class_manager", "申请表 全部 核对", "全文"),
    ],
)
async def test_nothing_is_shown_in_full_without_right_and_reason(
    world: World, role: str, said: str, answered: str
) -> None:
    row = await world.new_class()
    await world.apply(await world.person("教师"), row)
    place = row.code if role == "class_manager" else "江南"
    who = await world.person("谁", (role, place))
    outcome = await world.say(who, f"导出 {row.code} {said}")
    async with world.database.reading() as uow:
        waiting = (await uow.execute(select(jobs.c.id))).all()

    assert answered.format(code=row.code) in text_of(outcome)
    assert waiting == []


async def test_what_was_withdrawn_is_not_exported(world: World) -> None:
    row = await world.new_class()
    base = await world.person("基地", ("base_staff", "江南"))
    teacher = await world.person("教师")
    application = await world.apply(teacher, row)
    await world.say(base, f"导出 {row.code} 申请表")
    await world.say(teacher, f"撤回申请 {application.number} 确认")
    again = await world.say(base, f"导出 {row.code} 申请表")
    product = await made(world)

    assert "还没有人交申请表" in text_of(again)
    assert (product.files, len(product.replies)) == ((), 1)


async def test_another_base_gets_no_form(world: World) -> None:
    row = await world.new_class()
    await world.apply(await world.person("教师"), row)
    other = await world.person("别的基地", ("base_staff", "江北"))
    said = await world.say(other, f"导出 {row.code} 申请表")

    assert text_of(said).startswith(f"没有找到班级“{row.code}”")


async def test_who_reads_a_form_in_full_may_open_it_in_word(world: World) -> None:
    row = await world.new_class()
    base = await world.person("基地", ("base_staff", "江南"))
    application = await world.apply(await world.person("教师"), row)
    said = text_of(await world.say(base, f"查看 {application.number} 全部 核对"))
    tokens = re.findall(r"/d/(\S+)", said)
    links = [world.house.links.read(token, now=world.now) for token in tokens]

    assert [link.kind for link in links if link] == ["submission", "submission_word"]
    assert {link.object_id for link in links if link} == {application.submission_id}


BLANKS = [
    ("附件1", "附件1工学一体化教师培训参训申请表"),
    ("2", "附件2工学一体化教师培训结束评估表"),
    ("骨干教师反馈表", "附件3工学一体化教师培训骨干教师反馈表"),
    ("附件 4", "附件4工学一体化教师培训机构反馈表"),
    ("成绩单", "附件5工学一体化教师培训成绩单"),
    ("附件6", "附件6培训机构工学一体化教师培训工作总结"),
]


@pytest.mark.parametrize(("said", "title"), BLANKS)
async def test_anyone_gets_an_empty_form(world: World, said: str, title: str) -> None:
    outcome = await world.say(await world.person("教师"), f"空白表 {said}")
    (file,) = (await made(world)).files

    assert "空白表（PDF）马上发来" in text_of(outcome)
    assert file.name == f"{title}.pdf"
    assert pdf_text(file.content).startswith(title)


@pytest.mark.parametrize(("said", "title"), BLANKS)
async def test_anyone_gets_an_empty_form_for_word(
    world: World, said: str, title: str
) -> None:
    await world.say(await world.person("教师"), f"空白表 {said} Word")
    (file,) = (await made(world)).files

    assert file.name == f"{title}.docx"
    assert docx_text(file.content).startswith(title)


@pytest.mark.parametrize("said", ["空白表", "空白表 附件7", "空白表 x"])
async def test_without_a_form_that_is_known_the_six_are_offered(
    world: World, said: str
) -> None:
    outcome = await world.say(await world.person("教师"), said)

    assert [choice.send for choice in outcome.replies[-1].choices] == [
        f"空白表 附件{number}" for number in range(1, 7)
    ]
