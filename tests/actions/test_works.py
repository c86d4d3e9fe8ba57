"""成果: handed in by text or file, with a day of the class's own, read by lecturers."""

from __future__ import annotations

import io
import zipfile
from datetime import timedelta

import pytest
from sqlalchemy import update

from bot.actions.works import take_file
from bot.documents.photos import PhotoRefused, StampOk
from bot.documents.works import accept_work
from bot.uploads import UNKNOWN, sniff
from storage import files, works
from storage.database import Database
from storage.files import NewFile
from storage.tables.classes import applications
from storage.works import WorkRow
from tests.actions.classroom import Room, open_room
from tests.commands.world import World, make_world, text_of


@pytest.fixture
async def world(database: Database) -> World:
    return await make_world(database)


@pytest.fixture
async def room(world: World) -> Room:
    return await open_room(world)


async def kept(room: Room) -> list[WorkRow]:
    async with room.world.database.reading() as uow:
        return list(await works.of_class(uow, class_id=room.row.id))


async def hand_in_file(room: Room, place: int = 0) -> bool:
    """A file of a teacher, looked at already, joins the class."""
    person = room.teachers[place]
    file = NewFile(
        f"f{place}", person.id, "work", "application/pdf", "x", b"%PDF-", room.row.id
    )
    async with room.world.database.transaction() as uow:
        await files.put(uow, file, now=room.world.now)
        taken = await take_file(
            uow,
            room.world.house,
            class_id=room.row.id,
            person_id=person.id,
            file_id=file.id,
            now=room.world.now,
        )
        await uow.commit()
    return taken


async def test_a_text_is_kept_and_the_lecturer_reads_it(room: Room) -> None:
    said = await room.say(room.teachers[0], "成果 学习任务：轴类零件加工，教案见下")
    listed = await room.say(room.lecturers[0], f"成果 {room.code}")
    shown = await room.say(room.lecturers[0], f"成果 {room.code} 1号")
    base = await room.say(room.base, f"成果 {room.code}")
    inside = await room.say(room.base, f"成果 {room.code} 1号")

    assert "学习成果收到了，第 1 份，授课老师能看到" in said
    assert "3 人里 1 人交了" in listed
    assert "已交：1 号张三" in listed
    assert "没交：2 号李四、3 号王五" in listed
    assert "学习任务:轴类零件加工" in shown.replace("：", ":")
    assert "已交：1 号张三" in base
    assert inside.startswith("成果内容由授课老师看")


async def test_how_to_hand_in_comes_with_a_link(room: Room) -> None:
    said = await room.say(room.teachers[0], "成果")

    assert "6 月 27 日（周六）前交" in said
    assert "http://127.0.0.1:8080/u/" in said


async def test_a_file_joins_and_the_lecturer_gets_it(room: Room) -> None:
    taken = await hand_in_file(room)
    shown = await room.outcome(room.lecturers[1], f"成果 {room.code} 张三")

    assert taken
    assert "学习成果收到了" in await room.last(room.teachers[0])
    assert [(one.kind, one.ref, one.name) for one in shown.replies[1:]] == [
        ("file", "f0", f"{room.code} 1号张三 1.pdf")
    ]


async def test_a_picture_outside_a_form_is_a_work_where_no_stamp_is_owed(
    room: Room,
) -> None:
    async with room.world.database.transaction() as uow:
        await uow.execute(update(applications).values(stamp_file_id="stamped"))
        await uow.commit()
    said = await room.say(room.teachers[0], "盖章 file:abc")

    assert said.startswith("收到，“数控加工二级班”")
    assert "学习成果正在存" in said


async def test_the_lecturers_set_the_day_and_the_teachers_hear(room: Room) -> None:
    said = await room.say(room.lecturers[0], f"成果 {room.code} 截止 6月22日")
    told = await room.last(room.teachers[2])
    outside = await room.say(room.lecturers[0], f"成果 {room.code} 截止 7月22日")
    room.world.later(days=3)
    late = await room.say(room.teachers[0], "成果 教案")

    assert "改为 6 月 22 日（周一）截止，已告诉 3 位老师" in said
    assert "请在 6 月 22 日（周一）前交" in told
    assert outside.startswith("截止日期要在今天之后、培训结束之前")
    assert "记为迟交" in late
    assert [one.late for one in await kept(room)] == [True]


async def test_who_lacks_a_work_is_urged_once_a_day(room: Room) -> None:
    await room.say(room.teachers[0], "成果 教案")
    first = await room.say(room.lecturers[0], f"成果 {room.code} 催")
    second = await room.say(room.lecturers[1], f"成果 {room.code} 催")

    assert first == "提醒了 2 位还没交的老师。"
    assert second == "提醒了 0 位还没交的老师，另 2 位今天提醒过了。"
    assert await room.world.pushed(room.teachers[0]) == []


async def test_after_the_class_nothing_is_taken(room: Room) -> None:
    room.world.now += timedelta(days=9)
    said = await room.say(room.teachers[0], f"成果 {room.code} 教案")
    taken = await hand_in_file(room)

    assert "现在不收学习成果" in said
    assert not taken
    assert await kept(room) == []


async def test_who_passed_or_is_barred_hands_nothing_in(room: Room) -> None:
    await room.score("1号80", by=room.lecturers)
    await room.say(room.manager, f"考勤 {room.code} 全勤，李四旷课1")
    passed = await room.say(room.teachers[0], "成果 教案")
    barred = await room.say(room.teachers[1], "成果 教案")

    assert passed.startswith("您的过程性考核已经评完")
    assert barred.startswith("无故旷课 1 课时，不能参加培训考核（规程第十二条）")


async def test_nobodys_pupil_has_nothing_to_hand_in(room: Room) -> None:
    stranger = await room.world.person("路人")
    outcome = await room.outcome(stranger, "成果")

    assert text_of(outcome).startswith("现在没有要交的学习成果")


def office(*names: str) -> bytes:
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w") as archive:
        for name in ("[Content_Types].xml", *names):
            archive.writestr(name, "x")
    return made.getvalue()


@pytest.mark.parametrize(
    ("content", "kind"),
    [
        (office("word/document.xml"), "wordprocessingml.document"),
        (office("ppt/presentation.xml"), "presentationml.presentation"),
        (office("xl/workbook.xml"), "spreadsheetml.sheet"),
        (office("word/document.xml", "word/vbaProject.bin"), UNKNOWN),
        (office("other.xml"), UNKNOWN),
        (b"PK\x03\x04broken", UNKNOWN),
    ],
)
def test_office_files_are_known_by_what_is_in_them(content: bytes, kind: str) -> None:
    assert sniff(content).endswith(kind)


async def test_a_work_is_a_file_of_the_kinds_that_are_taken() -> None:
    good = await accept_work(office("word/document.xml"))
    macros = await accept_work(office("word/document.xml", "word/vbaProject.bin"))

    assert isinstance(good, StampOk)
    assert isinstance(macros, PhotoRefused)
