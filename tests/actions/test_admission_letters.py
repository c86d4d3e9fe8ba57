"""录取通知书: with the dates, the place and what to bring; anew when the class moves."""

from __future__ import annotations

import io
import re
from datetime import timedelta

import pytest
from pypdf import PdfReader

from bot.actions.admission_letters import Letter, letter_of
from bot.documents.admission_letters import letter_document, render_letter
from bot.jobs.tasks.admission_letter import admission_letter
from bot.jobs.work import Product
from storage import jobs
from storage.classes import ClassRow
from storage.jobs import ClaimedJob
from tests.actions.schemes import scheme_draft
from tests.actions.test_admissions import applicants, release, stamp, state_of
from tests.commands.world import Person, World, text_of


def text_in(pdf: bytes) -> str:
    pages = PdfReader(io.BytesIO(pdf)).pages
    return re.sub(r"\s", "", "".join(page.extract_text() for page in pages))


async def waiting(world: World) -> tuple[ClaimedJob, ...]:
    """The letters that are to be made by now."""
    async with world.database.transaction() as uow:
        claimed = await jobs.claim(
            uow,
            kinds=["admission_letter"],
            owner="test",
            limit=50,
            now=world.now,
            lease_seconds=60,
            leased_at=world.now,
        )
        await uow.commit()
    return claimed


async def made(world: World) -> list[Product]:
    task = admission_letter(world.database, world.house)
    return [await task(job) for job in await waiting(world)]


async def letter(world: World, number: int) -> Letter | None:
    application = await world.application(number)
    async with world.database.reading() as uow:
        return await letter_of(uow, world.house, application_id=application.id)


@pytest.fixture
async def base(world: World) -> Person:
    return await world.person("基地", ("base_staff", "江南"))


async def admitted(world: World, base: Person, row: ClassRow) -> tuple[Person, int]:
    """A teacher admitted with the stamp in hand."""
    ((person, number),) = await applicants(world, row, 1)
    await stamp(world, number)
    world.later(minutes=1)
    await world.say(base, f"审核 {number} 通过")
    return person, number


async def test_the_letter_says_what_the_scheme_says_of_arriving(
    world: World, base: Person
) -> None:
    row = await world.new_class()
    await world.submit(base, scheme_draft(row))
    person, number = await admitted(world, base, row)
    told = (await world.pushed(person))[-1]
    (product,) = await made(world)
    text = text_in(product.files[0].content)

    facts = (
        "报到：6 月 19 日（周五），14:00 至 18:00，培训楼一楼大厅",
        "地点：另行通知",
        "请带：身份证、笔记本电脑",
        "咨询：培训部 0510-81234567",
    )
    assert [fact for fact in facts if fact not in told] == []
    assert text.startswith("录取通知书报名编号")
    assert "李敏老师：" in text
    assert "培训时间6月20日（周六）至6月28日（周日），共9天" in text
    assert "报到6月19日（周五），14:00至18:00，培训楼一楼大厅" in text
    assert product.replies[0].name == "数控加工二级班录取通知书.pdf"
    assert str(number) in text


async def test_without_a_scheme_it_says_the_least_there_is(
    world: World, base: Person
) -> None:
    _, number = await admitted(world, base, await world.new_class())
    found = await letter(world, number)

    assert found is not None
    assert found.arrival.lines == (
        "报到：6 月 20 日（周六）\n地点：另行通知\n"
        "请带：身份证、盖章的申请表原件\n咨询：省培训办"
    )


async def test_it_comes_when_the_stamp_admits_and_not_before(
    world: World, base: Person
) -> None:
    ((person, number),) = await applicants(world, await world.new_class(), 1)
    await world.say(base, f"审核 {number} 通过")
    early = await waiting(world)
    nothing = await letter(world, number)
    world.later(minutes=1)
    await stamp(world, number)

    assert (early, nothing) == ((), None)
    assert "录取通知书随后发给您" in (await world.pushed(person))[-1]
    assert len(await waiting(world)) == 1


async def test_a_class_that_moves_sends_a_new_letter_and_only_that(
    world: World, base: Person
) -> None:
    row = await world.new_class()
    person, _ = await admitted(world, base, row)
    waits = await world.person("候着")
    await world.apply(waits, row, serial=8)
    world.later(minutes=1)
    await world.say(base, f"改期 {row.code} 2026-06-27 确认")
    world.later(minutes=1)
    await world.say(base, f"改期 {row.code} 2026-07-04 确认")
    world.later(days=1)
    products = await made(world)
    texts = [text_in(one.files[0].content) for one in products if one.files]

    assert len(products) == 3
    assert len(texts) == 1
    assert "7月4日（周六）至7月12日（周日）" in texts[0]
    told = await world.pushed(person)
    assert [text.count("以这份为准") for text in told[-2:]] == [1, 1]
    assert "通知书" not in (await world.pushed(waits))[-1]


async def test_who_is_no_longer_admitted_gets_none(world: World, base: Person) -> None:
    person, number = await admitted(world, base, await world.new_class())
    await world.say(person, f"撤回申请 {number} 确认")
    (product,) = await made(world)

    assert (product.files, product.replies) == ((), ())
    assert await letter(world, number) is None


async def test_a_cancelled_class_sends_none(world: World, base: Person) -> None:
    row = await world.new_class()
    _, number = await admitted(world, base, row)
    await world.say(base, f"取消班级 {row.code} 确认")

    assert [one.files for one in await made(world)] == [()]
    assert await letter(world, number) is None


async def test_who_moves_up_at_night_gets_it_in_the_morning(
    world: World, base: Person
) -> None:
    row = await world.new_class(capacity=1)
    (_, first), (person, second) = await applicants(world, row, 2)
    await world.say(base, f"审核 {first} 通过")
    await world.say(base, f"审核 {second} 候补")
    await stamp(world, second, "file-2")
    world.now += timedelta(days=107, hours=15)  # past midnight, D-2
    await release(world)
    at_night = await waiting(world)
    world.later(hours=9)

    assert await state_of(world, second) == "admitted"
    assert at_night == ()
    assert len(await waiting(world)) == 1
    assert "轮到您了" in (await world.pushed(person))[-1]


async def test_my_applications_have_it_again(world: World, base: Person) -> None:
    row = await world.new_class()
    person, number = await admitted(world, base, row)
    said = text_of(await world.say(person, "我的报名"))
    application = await world.application(number)
    url = said.rpartition("/d/")[2]
    link = world.house.links.read(url, now=world.now)

    assert f"{number} 号的录取通知书" in said
    assert link is not None
    assert (link.kind, link.object_id) == ("letter", application.id)
    document = await letter_document(world.database, world.house, application.id)
    assert document is not None
    assert document.media_type == "application/pdf"


async def test_the_same_letter_is_the_same_bytes(world: World, base: Person) -> None:
    _, number = await admitted(world, base, await world.new_class())
    found = await letter(world, number)

    assert found is not None
    assert render_letter(found) == render_letter(found)
