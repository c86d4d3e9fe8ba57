"""A file that a teacher hands in is looked at, kept, and joins their class."""

from __future__ import annotations

import pytest

from bot.jobs import wording
from storage import works
from storage.classes import ClassRow
from storage.database import Database
from tests.actions.timeworld import Country
from tests.jobs.bench import NOW, PERSON, Bench
from tests.jobs.test_tasks import full_draft, stored, upload, workshop


@pytest.fixture
async def bench(database: Database) -> Bench:
    return await Bench(database).set_up(full_draft())


async def running_class(bench: Bench, *, admitted: bool = True) -> ClassRow:
    country = Country(bench.database)
    await country.found()
    row = await country.class_(opens_on=NOW.date())
    if admitted:
        await country.apply(row, PERSON, "admitted")
    return row


async def said(bench: Bench) -> list[str]:
    return [push.reply.text for push in await bench.pushes()]


async def test_a_file_joins_the_class_and_its_owner_hears(bench: Bench) -> None:
    row = await running_class(bench)
    media = await upload(bench, b"%PDF-1.7 lesson")
    await bench.ask("work", media=media, subject=row.id)
    await workshop(bench).work_off()
    async with bench.database.reading() as uow:
        kept = await works.of_class(uow, class_id=row.id)

    assert [(one.person_id, one.file_id, one.attempt) for one in kept] == [
        (PERSON, "job-1-f1", 1)
    ]
    assert list(await stored(bench)) == ["job-1-f1"]
    assert ["学习成果收到了，第 1 份" in text for text in await said(bench)] == [True]


async def test_a_file_that_nobody_wants_is_not_kept(bench: Bench) -> None:
    row = await running_class(bench, admitted=False)
    media = await upload(bench, b"%PDF-1.7 lesson")
    await bench.ask("work", media=media, subject=row.id)
    await workshop(bench).work_off()

    assert await stored(bench) == {}
    assert await said(bench) == [wording.WORK_UNWANTED]


async def test_a_file_of_another_kind_is_refused_with_the_reason(bench: Bench) -> None:
    row = await running_class(bench)
    await bench.ask("work", media=await upload(bench, b"MZ\x90"), subject=row.id)
    await workshop(bench).work_off()

    assert await stored(bench) == {}
    assert await said(bench) == [wording.work_refused("not_an_image")]
