"""请假: asked for, answered by number, counted, and in the roll by itself."""

from __future__ import annotations

import pytest

from storage import attendance, leaves, people
from storage.database import Database
from tests.actions.classroom import Room, open_room
from tests.commands.world import World, make_world, text_of


@pytest.fixture
async def world(database: Database) -> World:
    return await make_world(database)


@pytest.fixture
async def room(world: World) -> Room:
    return await open_room(world)


async def states(room: Room) -> list[tuple[str, int, str]]:
    async with room.world.database.reading() as uow:
        rows = await leaves.of_class(uow, class_id=room.row.id)
    return [(one.first_day.isoformat()[5:], one.total, one.state) for one in rows]


async def ask_for(room: Room, what: str, place: int = 0) -> int:
    """A teacher asks for leave; its number."""
    said = await room.say(room.teachers[place], f"请假 {what}")
    assert said.startswith("收到，"), said
    return int(said.removeprefix("收到，").split(" ")[0])


async def test_a_leave_goes_to_the_class_manager_with_its_reason(room: Room) -> None:
    said = await room.say(room.teachers[0], "请假 6月21日 2课时 家里有事")
    told = await room.last(room.manager)
    number = said.removeprefix("收到，").split(" ")[0]

    assert said == (
        f"收到，{number} 号请假：6 月 21 日（周日） 2 课时，已告诉班主任，"
        "答复了马上告诉您。整个培训还可请 2 课时（规程第十二条）。"
    )
    assert told.startswith(
        f"“数控加工二级班”（{room.code}）1 号张三请假："
        f"6 月 21 日（周日） 2 课时，家里有事。编号 {number}。准吗？"
    )
    assert await states(room) == [("06-21", 2, "waiting")]


async def test_granted_leave_is_in_the_roll_by_itself(room: Room) -> None:
    number = await ask_for(room, "明天上午 看病")
    said = await room.say(room.manager, f"准假 {number}")
    room.world.later(days=1)
    roll = await room.say(room.manager, f"考勤 {room.code} 全勤，李四迟到")
    async with room.world.database.reading() as uow:
        rows = await attendance.of_class(uow, class_id=room.row.id)

    assert said.startswith(f"好，{number} 号准假：1 号张三")
    assert (await room.world.pushed(room.teachers[0]))[0].startswith(
        f"{number} 号请假准了"
    )
    assert "1 号张三：请假 4 课时（请假累计 4 课时，不能再请）" in roll
    assert sorted((one.kind, one.hours) for one in rows) == [("late", 1), ("leave", 4)]


async def test_who_did_not_come_but_had_leave_is_excused(room: Room) -> None:
    number = await ask_for(room, "今天 2课时")
    await room.say(room.manager, f"准假 {number}")
    roll = await room.say(room.manager, f"考勤 {room.code} 全勤，张三没来")

    assert "1 号张三：请假 2 课时" in roll


async def test_refused_needs_a_reason_and_says_what_follows(room: Room) -> None:
    number = await ask_for(room, "明天 2课时")
    bare = await room.say(room.manager, f"不准假 {number}")
    await room.say(room.manager, f"不准假 {number} 当天有考核")

    assert bare.startswith("不准假要写理由")
    assert "理由：当天有考核" in await room.last(room.teachers[0])
    assert "旷课不能参加考核（规程第十二条）" in await room.last(room.teachers[0])
    assert await states(room) == [("06-21", 2, "refused")]


async def test_more_than_four_hours_is_asked_about_first(room: Room) -> None:
    await ask_for(room, "今天 2课时")
    outcome = await room.outcome(room.teachers[0], "请假 明天 4课时 家里有事")
    before = await states(room)
    await room.say(room.teachers[0], outcome.replies[0].choices[0].send)

    assert text_of(outcome).startswith(
        "加上这次一共请假 6 课时，超过 4 课时就不能参加培训考核（规程第十二条）"
    )
    assert before == [("06-20", 2, "waiting")]
    assert await states(room) == [("06-20", 2, "waiting"), ("06-21", 4, "waiting")]
    assert (await room.last(room.manager)).startswith("注意：这样共 6 课时")


async def test_days_without_a_length_are_whole_and_a_day_is_asked(room: Room) -> None:
    several = await room.outcome(room.teachers[0], "请假 6月21日-6月22日 家里有事")
    one = await room.outcome(room.teachers[0], "请假 明天 家里有事")
    await room.say(room.teachers[0], one.replies[0].choices[0].send)

    assert "一共请假 16 课时" in text_of(several)
    assert text_of(one) == "6 月 21 日（周日）请多久？"
    assert await states(room) == [("06-21", 2, "waiting")]


@pytest.mark.parametrize(
    ("said", "answer"),
    [
        ("请假 7月9日 2课时", "请假的日子不在培训期间"),
        ("请假 昨天 2课时", "请假的日子不在培训期间"),
        ("请假 明天 9课时", "一天只有 8 课时"),
        ("请假 家里有事", "没有看到哪天请假"),
        ("请假 2031-JX-99 明天 2课时", "没有找到班级"),
        ("请假 撤回 99999", "没有可以撤回的请假"),
        ("请假 撤回", "没有可以撤回的请假"),
    ],
)
async def test_what_cannot_be_asked_for_is_explained(
    room: Room, said: str, answer: str
) -> None:
    assert (await room.say(room.teachers[0], said)).startswith(answer)
    assert await states(room) == []


async def test_a_day_that_has_passed_is_the_managers_to_put_right(room: Room) -> None:
    room.world.later(days=1)

    assert (await room.say(room.teachers[0], "请假 昨天 2课时")).startswith(
        "过去的日子不能再请假"
    )


async def test_one_day_is_asked_for_once(room: Room) -> None:
    number = await ask_for(room, "明天 2课时")
    again = await room.say(room.teachers[0], "请假 明天 1课时")
    withdrawn = await room.say(room.teachers[0], f"请假 撤回 {number}")
    told = await room.last(room.manager)
    await ask_for(room, "明天 1课时")

    assert again.startswith("这天您已经请过假")
    assert withdrawn == f"好，{number} 号请假已撤回，已告诉班主任。"
    assert f"撤回了 {number} 号请假" in told
    assert [one[1:] for one in await states(room)] == [(2, "withdrawn"), (1, "waiting")]


async def test_alone_it_lists_ones_own_and_says_how(room: Room) -> None:
    number = await ask_for(room, "明天 2课时")
    await room.say(room.manager, f"不准假 {number} 有考核")
    said = await room.say(room.teachers[0], "请假")
    other = await room.say(room.teachers[1], "请假")

    assert f"{number} 号：6 月 21 日（周日） 2 课时，没有准，有考核" in said
    assert "号：" not in other


async def test_nobodys_pupil_has_nothing_to_ask_for(room: Room) -> None:
    stranger = await room.world.person("路人")

    assert (await room.say(stranger, "请假 明天 2课时")).startswith(
        "您现在没有要参加的培训班"
    )


async def test_what_waits_is_listed_and_decided_once(room: Room) -> None:
    number = await ask_for(room, "明天 2课时")
    waiting = await room.outcome(room.manager, "准假")
    await room.say(room.manager, waiting.replies[0].choices[0].send)
    twice = await room.say(room.manager, f"准假 {number}")
    nothing = await room.say(room.manager, "准假")

    assert [one.send for one in waiting.replies[0].choices] == [f"准假 {number}"]
    assert twice.startswith(f"{number} 号请假已准")
    assert nothing == "现在没有等您答复的请假。"


async def test_leave_granted_after_the_roll_can_be_put_into_it(room: Room) -> None:
    number = await ask_for(room, "今天 2课时")
    await room.say(room.manager, f"考勤 {room.code} 全勤，张三旷课2")
    outcome = await room.outcome(room.manager, f"准假 {number}")
    said = await room.say(room.manager, outcome.replies[0].choices[0].send)

    assert "1 号张三可以参加考核了" in said


async def test_without_a_class_manager_the_base_is_asked(world: World) -> None:
    room = await open_room(world)
    async with world.database.transaction() as uow:
        grants = await people.grants_of(uow, person_ids=[room.manager.id])
        await people.revoke_grant(
            uow, grant_id=grants[room.manager.id][0].id, now=world.now
        )
        await uow.commit()
    await ask_for(room, "明天 2课时")

    assert "1 号张三请假" in await room.last(room.base)
