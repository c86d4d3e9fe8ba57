"""归档: one file with every paper of the class, made by the base, read above it."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Sequence

import openpyxl
import pytest

from bot.jobs.class_file import Entry
from bot.jobs.tasks.archive import pack
from bot.wording import archives as words
from conversations.model import Outcome
from storage import archives, deadlines, evaluations, files, privacy
from storage.files import FileRow
from tests.actions.classroom import Room, open_room
from tests.actions.finishing import files_to, finish, work_off
from tests.commands.world import Person, World, text_of


@pytest.fixture
async def room(world: World) -> Room:
    room = await open_room(world, "张三", "李四", "王五", "赵六", "钱七")
    await finish(room, final=(820, 750, 900, 880, 910))
    await room.say(room.base, f"证书 {room.code} 发放")
    await room.say(room.base, f"成绩单 {room.code}")
    await room.say(room.base, f"成绩单 {room.code} 确认")
    return room


@pytest.fixture
async def centre(world: World) -> Person:
    return await world.person("部", ("centre_manager", "全国"))


async def made(room: Room) -> None:
    await room.say(room.base, f"归档 {room.code} 确认")
    await work_off(room.world)


async def opened(room: Room, outcome: Outcome) -> list[FileRow]:
    refs = [one.ref for one in outcome.replies if one.kind == "file"]
    async with room.world.database.reading() as uow:
        found = [await files.get(uow, file_id=ref) for ref in refs]
    return [one for one in found if one]


async def papers(room: Room, reader: Person) -> dict[str, bytes]:
    """What a reader finds in the archive as it is made now."""
    await made(room)
    outcome = await room.outcome(reader, f"归档 {room.code}")
    (file,) = await opened(room, outcome)
    return members(file.content)


def members(content: bytes) -> dict[str, bytes]:
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        assert archive.testzip() is None
        return {name: archive.read(name) for name in archive.namelist()}


def index_of(content: bytes) -> Sequence[tuple[object, ...]]:
    sheet = openpyxl.load_workbook(io.BytesIO(content)).active
    assert sheet is not None
    return [tuple(row) for row in sheet.values][1:]


async def test_gaps_are_named_before_it_is_made(room: Room) -> None:
    asked = await room.outcome(room.base, f"归档 {room.code}")

    assert "骨干教师反馈表" in text_of(asked)
    assert "归档报备" not in text_of(asked)
    assert [one.send for one in asked.replies[0].choices] == [f"归档 {room.code} 确认"]


async def test_it_holds_every_paper_with_an_index(room: Room, centre: Person) -> None:
    await made(room)
    (file,) = await opened(room, await room.outcome(centre, f"归档 {room.code}"))
    found = members(file.content)
    rows = index_of(found.pop(words.INDEX))
    listed = {f"{row[1]}/{row[2]}" for row in rows if row[0]}
    sections = [str(row[1]) for row in rows if row[0]]

    assert file.info.name == f"数控加工二级班 {room.code} 归档.zip"
    assert set(found) == listed
    assert sections == sorted(sections)
    assert {row[1] for row in rows} == set(words.SECTIONS)
    for name in (
        "02 骨干教师/授课和考核安排.xlsx",
        "04 招生/报名名单.xlsx",
        "09 考核/评分记录.xlsx",
        "09 考核/考核结果.xlsx",
        f"13 成绩单（附件5）/数控加工二级班 {room.code} 成绩单第1版.pdf",
        "14 合格证书/证书清单.xlsx",
        "16 各步办理情况/各步办理情况.xlsx",
    ):
        assert name in found
    forms = [one for one in found if one.startswith("05 ")]
    assert len(forms) == 5
    assert (
        "05 参训申请表（附件1）/02 附件1工学一体化教师培训参训申请表 李四.pdf" in forms
    )
    assert sum(one.endswith(".pdf") and "合格证书-" in one for one in found) == 5


async def test_of_the_evaluation_there_are_numbers_only_from_five_on(
    room: Room, centre: Person
) -> None:
    name = "10 结束评估（附件2，只有汇总）/结束评估汇总.xlsx"
    before = await papers(room, centre)
    async with room.world.database.transaction() as uow:
        await evaluations.drain(
            uow,
            class_id=room.row.id,
            new_id=room.world.house.new_id,
            shuffle=lambda items: None,
        )
        await uow.commit()
    after = await papers(room, centre)

    assert [one for one in before if one.startswith("10 ")] == []
    assert [one for one in after if one.startswith("10 ")] == [name]


async def test_the_step_is_done_and_those_above_are_told(
    room: Room, centre: Person
) -> None:
    await made(room)
    async with room.world.database.reading() as uow:
        step = await deadlines.find(uow, subject=room.code, step="archive")
    told = [await room.world.pushed(one) for one in (room.province, centre)]

    assert step is not None
    assert (step.state, step.done_by) == ("done", room.base.id)
    for texts in told:
        assert any("报备了“数控加工二级班”" in one for one in texts)
    assert any("归档好了" in one for one in await room.world.pushed(room.base))


async def test_the_base_makes_it_and_does_not_read_it(room: Room) -> None:
    await made(room)
    again = await room.outcome(room.base, f"归档 {room.code}")

    assert await files_to(room.world, room.base) == []
    assert [one.kind for one in again.replies] == ["text"]


async def test_asked_for_twice_it_is_made_once(room: Room) -> None:
    await room.say(room.base, f"归档 {room.code} 确认")
    twice = await room.say(room.base, f"归档 {room.code} 确认")
    await work_off(room.world)
    async with room.world.database.reading() as uow:
        found = await archives.latest(uow, class_id=room.row.id)

    assert "归档正在整理" in twice
    assert found is not None
    assert (found.revision, found.state) == (1, "made")


async def test_readers_get_nothing_before(room: Room, centre: Person) -> None:
    said = await room.outcome(centre, f"归档 {room.code}")

    assert text_of(said).endswith("还没有归档。")


async def test_after_an_erasure_it_is_made_anew_without_the_person(
    room: Room, centre: Person
) -> None:
    await made(room)
    await room.close_of("closed")
    async with room.world.database.transaction() as uow:
        await privacy.erase_person(
            uow, person_id=room.teachers[1].id, now=room.world.now
        )
        await uow.commit()
    again = await room.outcome(centre, f"归档 {room.code}")
    await work_off(room.world)
    (file,) = await files_to(room.world, centre)
    found = members(file.content)
    index = str(index_of(found[words.INDEX]))

    assert "重新整理" in text_of(again)
    assert "李四" not in index
    assert "张三" in index


def test_what_fits_in_no_file_is_parted_and_indexed() -> None:
    size = 300 * 1024
    entries = [
        Entry(words.ASSESSMENT, f"{number}.bin", bytes([number]) * size)
        for number in range(1, 6)
    ]
    entries.append(Entry(words.ASSESSMENT, "large.bin", b"x" * 2_000_000))
    volumes = pack(entries, ["成绩单"], most=1_000_000)
    found = [members(one) for one in volumes]
    rows = index_of(found[0].pop(words.INDEX))

    assert [len(one) for one in found] == [2, 2, 1]
    assert max(map(len, volumes)) <= 1_000_000
    assert rows[5][4] == words.TOO_LARGE
    assert rows[-1][2] == "（归档时没有办结：成绩单）"


@pytest.mark.parametrize("name", ["../../x", "a/b", "..", ""])
def test_no_name_leads_out_of_the_archive(name: str) -> None:
    path = Entry(words.STAFF, name, b"").path

    assert path.count("/") == 1
    assert ".." not in path.split("/")
