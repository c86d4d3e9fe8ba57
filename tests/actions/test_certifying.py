"""Certificates: only for who passed both and evaluated; revoked with a reason."""

from __future__ import annotations

import asyncio
import io

import pytest
from pypdf import PdfReader

from conversations.rules.certificates import scheme
from storage import certificates, deadlines
from storage.certificates import Certificate
from tests.actions.classroom import Room, open_room
from tests.actions.finishing import (
    AFTER,
    evaluate,
    files_to,
    finish,
    score,
    work_off,
)
from tests.commands.world import World


@pytest.fixture
async def room(world: World) -> Room:
    return await open_room(world)


async def issued(room: Room) -> tuple[Certificate, ...]:
    async with room.world.database.reading() as uow:
        return await certificates.of_class(uow, class_id=room.row.id)


async def step(room: Room) -> str:
    async with room.world.database.reading() as uow:
        row = await deadlines.find(uow, subject=room.code, step="certificates")
    assert row is not None
    return row.state


async def test_the_base_sees_who_gets_one_and_why_others_do_not(room: Room) -> None:
    await score(room, "process", 850, 850, 850)
    await score(room, "final", 820, 820)
    await evaluate(room, room.teachers[0])
    said = await room.outcome(room.base, f"证书 {room.code}")

    assert said.replies[0].text.split("\n") == [
        f"“数控加工二级班”（{room.code}）：已发证 0 人，可以发证 1 人。",
        "暂不发（结束评估表还没有交）1 人：2号李四",
        "暂不发（考核成绩还没有齐）1 人：3号王五",
    ]
    assert [one.send for one in said.replies[0].choices] == [f"证书 {room.code} 发放"]


async def test_issuing_numbers_them_tells_each_and_sends_the_pdf(room: Room) -> None:
    await finish(room)
    before = await step(room)
    await room.say(room.base, f"证书 {room.code} 发放")
    found = await issued(room)
    told = await room.last(room.teachers[1])
    await work_off(room.world)
    (file,) = await files_to(room.world, room.teachers[1])
    text = PdfReader(io.BytesIO(file.content)).pages[0].extract_text()
    printed = "".join(text.split())

    assert (before, await step(room)) == ("open", "done")
    assert [one.row.serial for one in found] == [1, 2, 3]
    assert {one.row.number[:-6] for one in found} == {
        f"{room.code}-0{serial}-" for serial in (1, 2, 3)
    }
    assert all(set(one.row.number[-6:]) <= set(scheme().alphabet) for one in found)
    number = found[1].row.number
    assert f"http://127.0.0.1:8080/verify/{number}" in told
    assert file.info.name == f"数控加工二级班合格证书-{number}.pdf"
    for piece in (number, "李四", "1***************", "2026年6月20日", "机械类"):
        assert piece in printed
    assert "1101011990" not in printed


async def test_issued_twice_or_by_two_at_once_everybody_has_one(room: Room) -> None:
    await finish(room)
    await asyncio.gather(
        *(room.say(room.base, f"证书 {room.code} 发放") for _ in range(2))
    )
    again = await room.say(room.base, f"证书 {room.code} 发放")

    assert len(await issued(room)) == 3
    assert again.startswith("现在没有可以发证的老师")


async def test_who_evaluates_later_gets_it_later(room: Room) -> None:
    await score(room, "process", 850, 850, 400)
    await score(room, "process", 0, 0, 500, attempt=2)
    await score(room, "final", 820, 820)
    room.world.now = AFTER
    await room.close_of("ended")
    await evaluate(room, room.teachers[0])
    first = await room.say(room.base, f"证书 {room.code} 发放")
    between = await step(room)
    await evaluate(room, room.teachers[1])
    await room.say(room.base, f"证书 {room.code} 发放")

    assert "还有 2 人暂不发" in first
    assert (between, await step(room)) == ("open", "done")
    assert [one.row.holder and one.row.holder.name for one in await issued(room)] == [
        "张三",
        "李四",
    ]


async def test_a_teacher_asks_for_it_again_and_sees_why_there_is_none(
    room: Room,
) -> None:
    await score(room, "process", 850, 850)
    await score(room, "final", 820)
    none = await room.say(room.teachers[0], "证书")
    nobody = await room.world.person("路人")
    stranger = await room.say(nobody, "证书")
    await evaluate(room, room.teachers[0])
    waits = await room.say(room.teachers[0], "证书")
    await room.say(room.base, f"证书 {room.code} 发放")
    has = await room.say(room.teachers[0], "证书")
    of_class = await room.say(room.teachers[0], f"证书 {room.code}")
    foreign = await room.say(room.teachers[1], f"证书 {room.code}")
    missing = await room.say(room.teachers[1], "证书 2031-JX-99")

    assert "结束评估表还没有交（规程第十二条（三））" in none
    assert stranger.startswith("您还没有证书。")
    assert "等培训机构发证" in waits
    assert has == of_class
    assert "PDF 马上发来" in has
    assert foreign.replace(f"“{room.code}”", "“2031-JX-99”") == missing


async def test_a_revoked_one_is_void_told_and_may_be_issued_anew(room: Room) -> None:
    await finish(room)
    await room.say(room.base, f"证书 {room.code} 发放")
    no_reason = await room.say(room.base, f"证书 {room.code} 撤销 2")
    asked = await room.outcome(room.base, f"证书 {room.code} 撤销 2 代考 13800138000")
    before = [one.row.valid for one in await issued(room)]
    room.world.later(minutes=1)
    await room.say(room.base, asked.replies[0].choices[0].send)
    told = await room.last(room.teachers[1])
    mine = await room.say(room.teachers[1], "证书")
    twice = await room.say(room.base, f"证书 {room.code} 撤销 2 代考 确认")
    await room.say(room.base, f"证书 {room.code} 发放")
    found = await issued(room)

    assert no_reason.startswith("撤销证书要写明是哪一张和理由")
    assert before == [True, True, True]
    assert "理由：代考 138******00" in told
    assert "已于 6 月 29 日（周一）撤销" in mine
    assert twice.startswith("序号 2 没有有效的证书")
    assert [(one.row.serial, one.row.state) for one in found] == [
        (1, "valid"),
        (2, "revoked"),
        (3, "valid"),
        (4, "valid"),
    ]


async def test_a_correction_after_issuing_is_pointed_out(room: Room) -> None:
    await finish(room)
    await room.say(room.base, f"证书 {room.code} 发放")
    await score(room, "final", 820, 300)
    said = await room.say(room.base, f"证书 {room.code}")

    assert "成绩更正后不再合格，请撤销证书：2号李四" in said


async def test_a_revoked_certificate_is_not_printed_any_more(room: Room) -> None:
    await finish(room)
    await room.say(room.base, f"证书 {room.code} 发放")
    await room.say(room.base, f"证书 {room.code} 撤销 1 误发 确认")
    await work_off(room.world)

    assert await files_to(room.world, room.teachers[0]) == []
    assert len(await files_to(room.world, room.teachers[2])) == 1


async def test_province_and_centre_read_the_register_and_do_not_issue(
    room: Room,
) -> None:
    await finish(room)
    early = await room.say(room.province, f"证书 {room.code} 发放")
    await room.say(room.base, f"证书 {room.code} 发放")
    listed = await room.say(room.province, f"证书 {room.code} 清单")

    assert early.startswith("没有找到")
    assert "共发证 3 张" in listed
    assert "李四" in listed


async def test_before_the_training_there_are_none(world: World) -> None:
    row = await world.new_class()
    base = await world.person("基地", ("base_staff", "江南"))
    said = await world.say(base, f"证书 {row.code}")

    assert said.replies[0].text.startswith("这个班招生中，不能发放")
