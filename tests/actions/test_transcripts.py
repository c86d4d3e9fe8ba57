"""成绩单: checked in a masked picture, sent as it was seen, corrected by revision."""

from __future__ import annotations

import asyncio
import io

import openpyxl
import pytest
from pypdf import PdfReader

from bot.actions.transcripts import content_of
from bot.documents.sent_transcripts import model_of
from bot.documents.transcript import TranscriptRow
from storage import audit, deadlines, transcripts
from tests.actions.classroom import Room, open_room
from tests.actions.finishing import files_to, finish, score, work_off
from tests.commands.world import Person, World


@pytest.fixture
async def room(world: World) -> Room:
    return await open_room(world)


@pytest.fixture
async def centre(world: World) -> Person:
    return await world.person("部", ("centre_manager", "全国"))


async def step(room: Room) -> str:
    async with room.world.database.reading() as uow:
        row = await deadlines.find(uow, subject=room.code, step="transcript")
    assert row is not None
    return row.state


async def send(room: Room) -> str:
    room.world.later(minutes=1)
    await room.say(room.base, f"成绩单 {room.code}")
    return await room.say(room.base, f"成绩单 {room.code} 确认")


async def test_the_base_sees_a_masked_picture_and_what_is_missing(room: Room) -> None:
    await score(room, "process", 850, 850, 850)
    await score(room, "final", 820, 590)
    shown = await room.outcome(room.base, f"成绩单 {room.code}")
    await work_off(room.world)
    pictures = await files_to(room.world, room.base, "image")

    assert shown.replies[0].text.split("\n") == [
        f"“数控加工二级班”（{room.code}）成绩单第 1 版：3 人，两项考核都合格 1 人。",
        "成绩还没有齐，报送后是空格：2号李四、3号王五。",
        f"合格还没有发证，证书编号是空格：1号张三。先发证请回“证书 {room.code}”。",
        "图马上发来，证件号和电话已遮住，报送的文件里是全的。核对无误就确认报送。",
    ]
    assert [one.send for one in shown.replies[0].choices] == [
        f"成绩单 {room.code} 确认"
    ]
    assert [one.content[:4] for one in pictures] == [b"\x89PNG"] * 2
    assert await step(room) == "open"


async def test_confirmed_it_goes_to_province_and_centre_as_excel_and_pdf(
    room: Room, centre: Person
) -> None:
    await finish(room)
    await room.say(room.base, f"证书 {room.code} 发放")
    async with room.world.database.reading() as uow:
        number = (await content_of(uow, room.row)).rows[1]["id_number"]
    await send(room)
    await work_off(room.world)

    assert await step(room) == "done"
    for reader in (room.province, centre):
        excel, pdf = await files_to(room.world, reader)
        sheet = openpyxl.load_workbook(io.BytesIO(excel.content)).active
        assert sheet is not None
        cells = [str(one) for row in sheet.values for one in row if one is not None]
        text = "".join(
            "".join(page.extract_text().split())
            for page in PdfReader(io.BytesIO(pdf.content)).pages
        )
        for piece in (number, "13800138000", "75.0", "江南机电技师学院"):
            assert piece in " ".join(cells)
            assert piece in text
        assert excel.info.name == f"数控加工二级班 {room.code} 成绩单第1版.xlsx"
    told = await room.world.pushed(room.province)
    assert any("3 人，合格 3 人" in one for one in told)
    assert await files_to(room.world, room.base) == []


async def test_what_is_confirmed_is_what_was_seen(room: Room) -> None:
    unseen = await room.say(room.base, f"成绩单 {room.code} 确认")
    await finish(room)
    await room.say(room.base, f"成绩单 {room.code}")
    await score(room, "final", 700)
    changed = await room.say(room.base, f"成绩单 {room.code} 确认")
    between = await step(room)
    sent = await room.say(room.base, f"成绩单 {room.code} 确认")

    assert unseen.startswith("成绩单要先看过再确认")
    assert changed.startswith("您看过之后成绩有变化")
    assert (between, await step(room)) == ("open", "done")
    assert "第 1 版已报送" in sent


async def test_a_correction_is_the_next_revision_and_says_what_changed(
    room: Room, centre: Person
) -> None:
    await finish(room)
    await send(room)
    same = await room.say(room.base, f"成绩单 {room.code}")
    await score(room, "final", 820, 640)
    looked = await room.say(room.base, f"成绩单 {room.code}")
    await send(room)
    told = await room.last(centre)
    await room.say(centre, f"成绩单 {room.code}")
    await work_off(room.world)
    names = {one.info.name for one in await files_to(room.world, centre)}
    async with room.world.database.reading() as uow:
        found = await transcripts.latest(uow, class_id=room.row.id)

    assert "没有变化" in same
    assert "与已报送的第 1 版相比：2 号终结性考核 75.0→64.0。" in looked
    assert "更正后的第 2 版：2 号终结性考核 75.0→64.0" in told
    assert found is not None
    assert (found.revision, found.state) == (2, "sent")
    assert f"数控加工二级班 {room.code} 成绩单第2版.pdf" in names


async def test_two_confirm_at_once_and_it_is_sent_once(room: Room) -> None:
    await finish(room)
    await room.say(room.base, f"成绩单 {room.code}")
    said = await asyncio.gather(
        *(room.say(room.base, f"成绩单 {room.code} 确认") for _ in range(2))
    )

    assert sorted("已报送省里" in one for one in said) == [False, True]
    assert len([one for one in await room.world.pushed(room.province) if one]) == 1


async def test_readers_see_nothing_before_it_is_sent(
    room: Room, centre: Person
) -> None:
    await finish(room)
    for reader in (room.province, centre):
        said = await room.say(reader, f"成绩单 {room.code}")
        assert said.endswith("的成绩单还没有报送。")


async def test_the_base_gets_the_full_files_with_a_reason_that_is_written_down(
    room: Room,
) -> None:
    await finish(room)
    await send(room)
    bare = await room.say(room.base, f"成绩单 {room.code} 全部")
    await room.say(room.base, f"成绩单 {room.code} 全部 存档")
    await work_off(room.world)
    async with room.world.database.reading() as uow:
        written = await audit.find(uow, actor_id=room.base.id, action="成绩单")

    assert bare.startswith("成绩单全文有证件号，要写理由")
    assert len(await files_to(room.world, room.base)) == 2
    assert "存档" in {row.detail for row in written}


async def test_word_is_had_for_the_asking(room: Room, centre: Person) -> None:
    await finish(room)
    await send(room)
    await work_off(room.world)
    await room.say(centre, f"成绩单 {room.code} Word")
    await work_off(room.world)

    assert any(
        one.info.name.endswith(".docx") for one in await files_to(room.world, centre)
    )


async def test_what_was_gathered_is_the_model_of_the_form(room: Room) -> None:
    await finish(room)
    async with room.world.database.reading() as uow:
        content = await content_of(uow, room.row)
    model = model_of(content)

    assert set(content.rows[0]) == set(TranscriptRow.__struct_fields__)
    assert set(content.transcript) <= set(type(model).__struct_fields__)
    assert (model.province, model.headcount, model.lecturers) == (
        "江南省",
        3,
        ("lecturer1", "lecturer2"),
    )
    number = content.rows[0]["id_number"]
    assert len(number) == 18
    assert model.rows[0] == TranscriptRow(
        1,
        "张三",
        "女" if int(number[16]) % 2 == 0 else "男",
        number,
        "江南机电技师学院",
        "13800138000",
        "85.0",
        "82.0",
        "",
    )
