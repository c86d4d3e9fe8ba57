"""考勤 in one message, per 课时; who may not be assessed, and why (规程第十二条)."""

from __future__ import annotations

import pytest

from storage import attendance, deadlines
from storage.database import Database
from tests.actions.classroom import Room, open_room
from tests.commands.world import World, make_world, text_of


@pytest.fixture
async def world(database: Database) -> World:
    return await make_world(database)


@pytest.fixture
async def room(world: World) -> Room:
    return await open_room(world, "张三", "李四", "王五", "王芳", "王芳")


async def noted(room: Room) -> list[tuple[str, str, str, int]]:
    """(day, name, kind, hours) of everything on record."""
    names = {one.id: one.name for one in room.teachers}
    async with room.world.database.reading() as uow:
        rows = await attendance.of_class(uow, class_id=room.row.id)
    return sorted(
        (one.day.isoformat()[5:], names[one.person_id], one.kind, one.hours)
        for one in rows
    )


async def step(room: Room, key: str) -> str:
    async with room.world.database.reading() as uow:
        found = await deadlines.find(uow, subject=room.code, step=key)
    assert found is not None
    return found.state


async def test_one_message_notes_a_day_and_is_echoed(room: Room) -> None:
    said = await room.say(room.manager, f"考勤 {room.code} 全勤，张三请假2，李四迟到")

    assert await noted(room) == [
        ("06-20", "张三", "leave", 2),
        ("06-20", "李四", "late", 1),
    ]
    assert said == (
        "“数控加工二级班”（2026-JX-01）6 月 20 日（周六），8 课时：应到 5 人，全勤 3 人。\n"
        "1 号张三：请假 2 课时（请假累计 2 课时，还可请 2）\n"
        "2 号李四：迟到\n"
        "记错了就把这个人再说一次，以后一次为准；人到了说“张三到”。"
    )


async def test_without_a_code_it_is_the_only_class_that_runs(room: Room) -> None:
    await room.say(room.manager, "考勤 全勤，3号早退")

    assert await noted(room) == [("06-20", "王五", "early", 1)]


async def test_with_several_classes_it_asks_which(room: Room) -> None:
    other = await open_room(room.world, "赵六")
    outcome = await room.outcome(room.base, "考勤 全勤")
    chosen = outcome.replies[0].choices[1].send
    await room.say(room.base, chosen)

    assert text_of(outcome) == "哪个班？"
    assert chosen == f"考勤 {other.code} 全勤"


async def test_a_correction_is_the_person_said_again(room: Room) -> None:
    await room.say(room.manager, f"考勤 {room.code} 全勤，张三请假2，李四迟到")
    await room.say(room.manager, f"考勤 {room.code} 张三请假3")
    await room.say(room.manager, f"考勤 {room.code} 李四到")

    assert await noted(room) == [("06-20", "张三", "leave", 3)]


async def test_a_whole_new_roll_replaces_the_day(room: Room) -> None:
    await room.say(room.manager, f"考勤 {room.code} 全勤，张三请假2")
    await room.say(room.manager, f"考勤 {room.code} 全勤")

    assert await noted(room) == []


async def test_other_days_are_named_and_only_those_of_the_class(room: Room) -> None:
    room.world.later(days=2)
    await room.say(room.manager, f"考勤 {room.code} 昨天 全勤，张三迟到")
    await room.say(room.manager, f"考勤 {room.code} 6月20日李四早退")
    missing = await room.say(room.manager, f"考勤 {room.code} 第3天 全勤")
    outside = await room.say(room.manager, f"考勤 {room.code} 6月30日 全勤")
    coming = await room.say(room.manager, f"考勤 {room.code} 明天 全勤")
    before = await room.say(room.manager, f"考勤 {room.code} 6月19日 全勤")

    assert await noted(room) == [
        ("06-20", "李四", "early", 1),
        ("06-21", "张三", "late", 1),
    ]
    assert "还没记的" not in missing
    assert outside.startswith("6 月 30 日（周二）不在培训期间")
    assert coming.startswith("6 月 23 日（周二）还没到")
    assert "不在培训期间" in before


async def test_days_that_nobody_noted_are_named(room: Room) -> None:
    room.world.later(days=2)
    said = await room.say(room.manager, f"考勤 {room.code} 全勤")

    assert "还没记的：6 月 20 日（周六）、6 月 21 日（周日）。" in said


async def test_nothing_is_noted_while_something_is_unclear(room: Room) -> None:
    outcome = await room.outcome(room.manager, f"考勤 {room.code} 全勤，张珊请假2")
    several = await room.outcome(room.manager, f"考勤 {room.code} 全勤，王芳迟到")
    before = await noted(room)
    await room.say(room.manager, outcome.replies[0].choices[0].send)
    await room.say(room.manager, several.replies[0].choices[1].send)

    assert "这条先没有记：班里没有“张珊”，是1 号张三吗" in text_of(outcome)
    assert "“王芳”有 2 位，请写号：4 号王芳、5 号王芳" in text_of(several)
    assert before == []
    assert await noted(room) == [("06-20", "王芳", "late", 1)]


async def test_how_long_is_asked_where_it_was_not_said(room: Room) -> None:
    leave = await room.outcome(room.manager, f"考勤 {room.code} 全勤，张三请假")
    away = await room.outcome(room.manager, f"考勤 {room.code} 全勤，李四没来")
    labels = [one.label for one in away.replies[0].choices]
    await room.say(room.manager, leave.replies[0].choices[0].send)

    assert "1 号张三请假几课时？" in text_of(leave)
    assert labels == ["请假 4 课时", "请假 8 课时", "旷课 4 课时", "旷课 8 课时"]
    assert await noted(room) == [("06-20", "张三", "leave", 4)]


async def test_leave_of_more_than_four_hours_bars_and_says_why(room: Room) -> None:
    first = await room.say(room.manager, f"考勤 {room.code} 全勤，张三请假4")
    told_before = await room.world.pushed(room.teachers[0])
    room.world.later(days=1)
    second = await room.say(room.manager, f"考勤 {room.code} 全勤，张三请假1")
    told = await room.last(room.teachers[0])

    assert "注意" not in first
    assert told_before == []
    assert (
        "注意：1 号张三请假共 5 课时，超过 4 课时，不能参加培训考核（规程第十二条），已告诉本人。"
        in second
    )
    assert "您请假共 5 课时，超过 4 课时" in told


async def test_one_unexcused_hour_bars_and_a_correction_frees(room: Room) -> None:
    said = await room.say(room.manager, f"考勤 {room.code} 全勤，王五旷课1")
    scored = await room.score("3号80", by=room.lecturers)
    freed = await room.say(room.manager, f"考勤 {room.code} 3号请假1")

    assert (
        "3 号王五无故旷课 1 课时，不能参加培训考核（规程第十二条），已告诉本人。"
        in said
    )
    assert "没有记：3 号王五，无故旷课 1 课时" in scored[0]
    assert "3 号王五可以参加考核了，已告诉本人。" in freed
    assert "您可以照常参加考核" in await room.last(room.teachers[2])
    assert "记下 1 人" in (await room.score("3号80", by=room.lecturers))[0]


async def test_coming_late_does_not_bar(room: Room) -> None:
    said = await room.say(room.manager, f"考勤 {room.code} 全勤，张三迟到9次，李四早退")

    assert "不能参加" not in said


async def test_the_step_is_done_when_every_day_is_noted(room: Room) -> None:
    room.world.later(days=8)
    for day in range(1, 9):
        await room.say(room.manager, f"考勤 {room.code} 第{day}天 全勤")
    before = await step(room, "training")
    said = await room.say(room.manager, f"考勤 {room.code} 全勤")

    assert (before, await step(room, "training")) == ("open", "done")
    assert "“培训实施”这一步已办结" in said


async def test_a_day_can_be_looked_at(room: Room) -> None:
    empty = await room.say(room.manager, f"考勤 {room.code}")
    await room.say(room.manager, f"考勤 {room.code} 全勤，张三请假2")
    full = await room.say(room.manager, f"考勤 {room.code}")

    assert "还没记，应到 5 人" in empty
    assert "1 号张三、2 号李四、3 号王五、4 号王芳、5 号王芳" in empty
    assert "已记，8 课时：应到 5 人，全勤 4 人" in full


@pytest.mark.parametrize(
    ("state", "why"),
    [("cancelled", "已取消"), ("planned", "筹备中"), ("closed", "已办结")],
)
async def test_a_class_that_does_not_run_has_no_roll(
    room: Room, state: str, why: str
) -> None:
    await room.close_of(state)
    said = await room.say(room.manager, f"考勤 {room.code} 全勤")

    assert said.startswith(f"这个班{why}，不能考勤")


async def test_before_the_opening_day_there_is_nothing_to_note(room: Room) -> None:
    room.world.later(days=-2)
    said = await room.say(room.manager, f"考勤 {room.code} 全勤")

    assert said.startswith("这个班 6 月 20 日（周六）才开班")
