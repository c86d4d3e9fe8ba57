"""评分 in one message, blind until all are in; second attempts; 更正 (规程第十二条)."""

from __future__ import annotations

import asyncio

import pytest
from sqlalchemy import update

from bot.actions import settling
from storage import audit, deadlines, scores
from storage.database import Database
from storage.owing import owing_points
from storage.tables.classes import staff
from tests.actions.classroom import Room, open_room
from tests.commands.world import Person, World, make_world


@pytest.fixture
async def world(database: Database) -> World:
    return await make_world(database)


@pytest.fixture
async def room(world: World) -> Room:
    return await open_room(world)


async def step(room: Room, key: str) -> str:
    async with room.world.database.reading() as uow:
        found = await deadlines.find(uow, subject=room.code, step=key)
    assert found is not None
    return found.state


async def history(room: Room) -> list[tuple[str, int, int, str, str]]:
    async with room.world.database.reading() as uow:
        rows = await scores.of_class(uow, class_id=room.row.id, history=True)
    # Points of one message bear one time.
    rows_ = sorted(rows, key=lambda one: (one.at, -one.points))
    return [(one.kind, one.attempt, one.points, one.state, one.reason) for one in rows_]


async def pass_process(room: Room, *numbers: int) -> None:
    text = " ".join(f"{number}号80" for number in numbers)
    await room.score(text, by=room.lecturers)


async def test_points_of_many_come_in_one_message(room: Room) -> None:
    said = await room.say(room.lecturers[0], f"评分 {room.code} 1号85 2号72.5 王五58")

    assert said == (
        f"“数控加工二级班”（{room.code}）过程性考核，记下 3 人："
        "1 号张三 85，2 号李四 72.5，3 号王五 58。\n该您评的都评完了。"
    )
    assert [one[:4] for one in await history(room)] == [
        ("process", 1, 850, "current"),
        ("process", 1, 725, "current"),
        ("process", 1, 580, "current"),
    ]


async def test_nobody_sees_others_points_until_all_are_in(room: Room) -> None:
    first, second = room.lecturers
    await room.say(first, f"评分 {room.code} 1号87 2号73")
    looked = [
        await room.say(one, text.format(code=room.code))
        for one, text in (
            (second, "评分 {code}"),
            (room.assessors[0], "评分 {code}"),
            (second, "成绩 {code}"),
            (second, "成绩 {code} 全部"),
            (room.base, "成绩 {code}"),
            (room.base, "成绩 {code} 全部"),
            (room.manager, "成绩 {code} 全部"),
            (room.province, "成绩 {code} 全部"),
            (room.teachers[0], "成绩"),
            (second, "更正 {code} 1号90 试试"),
        )
    ]
    own = await room.say(first, f"评分 {room.code}")
    await room.say(second, f"评分 {room.code} 1号80")
    after = await room.say(first, f"评分 {room.code}")

    assert [one for one in looked if "87" in one or "73" in one] == []
    assert "您评了，等其他评分人：1 号张三 87，2 号李四 73" in own
    assert "已评齐：1 号张三 83.5（lecturer1 87、lecturer2 80）" in after
    assert "您评了，等其他评分人：2 号李四 73" in after


async def test_the_teacher_is_told_at_once_when_all_are_in(room: Room) -> None:
    first, second = room.lecturers
    await room.say(first, f"评分 {room.code} 1号85 2号59.9")
    before = await room.world.pushed(room.teachers[0])
    said = await room.say(second, f"评分 {room.code} 1号86 2号60")

    assert before == []
    assert "评齐并已告诉本人：1 号张三 85.5，2 号李四 60.0。" in said
    assert await room.last(room.teachers[0]) == (
        f"“数控加工二级班”（{room.code}）您的过程性考核 85.5 分，合格，可以参加终结性考核。"
    )
    assert "合格，可以参加" in await room.last(room.teachers[1])


async def test_before_all_are_in_points_can_be_said_again(room: Room) -> None:
    await room.say(room.lecturers[0], f"评分 {room.code} 1号80")
    said = await room.say(room.lecturers[0], f"评分 {room.code} 1号85")

    assert "1 号张三 85（原 80）" in said
    assert [one[2:4] for one in await history(room)] == [
        (800, "replaced"),
        (850, "current"),
    ]


async def test_the_same_message_twice_counts_once(room: Room) -> None:
    for _ in range(2):
        await room.say(room.lecturers[0], f"评分 {room.code} 1号80")

    assert len(await history(room)) == 1


async def test_only_who_passed_the_first_may_sit_the_final(room: Room) -> None:
    await room.score("1号80 2号50", by=room.lecturers)
    said = await room.say(room.assessors[0], f"评分 {room.code} 1号90 2号80 3号80")

    assert "记下 1 人：1 号张三 90。" in said
    assert "2 号李四，过程性考核 50.0 分，不到 60 分" in said
    assert "3 号王五，过程性考核还没评完（规程第十二条（一））" in said


async def test_the_final_needs_three(room: Room) -> None:
    await pass_process(room, 1, 2, 3)
    told = len(await room.world.pushed(room.teachers[0]))
    await room.score("1号90", by=room.assessors[:2])
    between = len(await room.world.pushed(room.teachers[0]))
    await room.say(room.assessors[2], f"评分 {room.code} 1号91")

    assert told == between
    assert "您的终结性考核 90.3 分，合格，两项考核都通过了" in await room.last(
        room.teachers[0]
    )


async def test_a_second_submission_is_scored_again_and_both_stay(room: Room) -> None:
    await room.score("1号55", by=room.lecturers)
    told = await room.last(room.teachers[0])
    handed = await room.say(room.teachers[0], f"成果 {room.code} 改好的教案")
    lecturer = await room.last(room.lecturers[0])
    listed = await room.say(room.lecturers[0], f"评分 {room.code}")
    await room.score("1号65", by=room.lecturers)
    own = await room.say(room.teachers[0], "成绩")

    assert "可以再提交一次学习成果，重新评分（规程第十二条）" in told
    assert "二次提交的学习成果收到了" in handed
    assert "1 号张三二次提交了学习成果" in lecturer
    assert "待您评（3 人）：1 号张三" in listed
    assert "过程性考核：55.0，第二次 65.0 分" in own
    assert [one[1:3] for one in await history(room)] == [
        (1, 550),
        (1, 550),
        (2, 650),
        (2, 650),
    ]


async def test_twice_below_sixty_fails_and_there_is_no_third(room: Room) -> None:
    await room.score("1号55", by=room.lecturers)
    await room.score("1号59", by=room.lecturers)
    third = await room.score("1号80", by=room.lecturers)
    final = await room.say(room.assessors[0], f"评分 {room.code} 1号80")

    assert "您的过程性考核第二次 59.0 分，不合格" in await room.last(room.teachers[0])
    assert "没有记：1 号张三，都评完了，要改请回“更正”" in third[0]
    assert "过程性考核不合格（59.0 分），不能参加终结性考核" in final


async def test_a_second_defence_is_asked_for(room: Room) -> None:
    await pass_process(room, 1)
    await room.score("1号50", by=room.assessors)
    offered = await room.outcome(room.teachers[0], "成绩")
    asked = await room.say(room.teachers[0], offered.replies[0].choices[0].send)
    again = await room.say(room.teachers[0], f"成绩 {room.code} 申请")
    told = [await room.last(one) for one in (*room.assessors, room.base)]
    await room.score("1号70", by=room.assessors)

    assert [one.label for one in offered.replies[0].choices] == [
        "申请二次说课或答辩",
        "不再考了",
    ]
    assert "二次说课或答辩的申请已告诉 3 位考核老师" in asked
    assert again.startswith("二次说课或答辩您已经申请过了")
    assert all("1 号张三申请二次说课或答辩" in one for one in told)
    assert "终结性考核 70.0 分，合格" in await room.last(room.teachers[0])


async def test_a_second_attempt_can_be_given_up_after_asking(room: Room) -> None:
    await pass_process(room, 1, 2, 3)
    await room.score("1号50 2号80 3号80", by=room.assessors)
    asked = await room.outcome(room.teachers[0], f"成绩 {room.code} 放弃")
    before = await step(room, "final_assessment")
    await room.say(room.teachers[0], asked.replies[0].choices[0].send)

    assert (before, await step(room, "final_assessment")) == ("open", "done")
    assert "终结性考核不合格（50.0 分）" in await room.say(room.teachers[0], "成绩")


async def test_who_may_not_try_again_is_told_why(room: Room) -> None:
    await pass_process(room, 1)
    early = await room.say(room.teachers[0], f"成绩 {room.code} 申请")
    other = await room.say(room.teachers[1], f"成绩 {room.code} 放弃")

    assert early.startswith("现在没有可以申请的第二次考核。终结性考核还没评完")
    assert other.startswith("现在没有可以申请的第二次考核。过程性考核还没评完")


async def test_both_steps_are_done_when_all_are_scored(room: Room) -> None:
    await pass_process(room, 1, 2)
    between = await step(room, "process_assessment")
    said = await room.score("3号30", by=room.lecturers)
    await room.score("3号40", by=room.lecturers)
    done = await step(room, "process_assessment")
    await room.score("1号80 2号70", by=room.assessors)

    assert (between, done) == ("open", "done")
    assert "这一步已办结" not in said[1]
    assert await step(room, "final_assessment") == "done"
    assert (await room.last(room.base)).endswith(
        "终结性考核全部评完：2 人评分，2 人合格。"
    )


async def test_who_is_barred_owes_no_points(room: Room) -> None:
    await pass_process(room, 1, 2)
    await room.say(room.manager, f"考勤 {room.code} 全勤，王五旷课1")

    assert await step(room, "process_assessment") == "done"


async def test_who_did_not_come_gets_none(room: Room) -> None:
    said = await room.score("1号缺考", by=room.lecturers)

    assert "1 号张三 缺考 0" in said[0]
    assert "1 号张三 0.0" in said[1]


async def test_the_last_scorers_of_two_at_once_make_one_result(room: Room) -> None:
    first, second = room.lecturers
    await asyncio.gather(
        room.world.say(first, f"评分 {room.code} 1号80 2号70 3号90"),
        room.world.say(second, f"评分 {room.code} 1号81 2号71 3号91"),
    )

    for teacher in room.teachers:
        assert len(await room.world.pushed(teacher)) == 1
    assert await step(room, "process_assessment") == "done"


async def test_a_replaced_lecturers_points_stay_where_all_were_in(room: Room) -> None:
    await pass_process(room, 1)
    await room.say(room.lecturers[0], f"评分 {room.code} 2号90")
    newcomer = await replace(room, 1)
    late = await room.say(newcomer, f"评分 {room.code} 1号10 2号80")
    await room.say(room.lecturers[1], f"评分 {room.code} 2号70")
    said = await room.say(room.base, f"成绩 {room.code} 全部")

    assert "没有记：1 号张三，都评完了" in late
    assert "1 号张三：过程 80.0" in said
    assert "2 号李四：过程 75.0" in said


async def replace(room: Room, position: int) -> Person:
    """Another lecturer takes a place."""
    person = await room.world.person("新老师", ("backbone_teacher", "江南省"))
    async with room.world.database.transaction() as uow:
        await uow.execute(
            update(staff)
            .where(staff.c.duty == "lecturer", staff.c.position == position)
            .values(person_id=person.id, name="新老师")
        )
        await uow.commit()
    return person


# ---- what is not understood ----


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("1号120", "“120”不在 0 到 100 分里"),
        ("1号85.25", "“85.25”请最多写一位小数"),
        ("9号80", "班里没有“9号”"),
        ("1号 2号80", "张三多少分？"),
        ("1号80 1号90", "张三说了两次，不一样"),
        ("李思80", "班里没有“李思”，是2 号李四吗"),
    ],
)
async def test_nothing_is_noted_while_something_is_unclear(
    room: Room, text: str, why: str
) -> None:
    said = await room.say(room.lecturers[0], f"评分 {room.code} 3号77 {text}")

    assert said.startswith(f"这条先没有记：{why}")
    assert await history(room) == []


# ---- 更正 ----


async def test_a_correction_needs_a_reason_and_keeps_the_old(room: Room) -> None:
    await pass_process(room, 1)
    scorer = room.lecturers[0]
    again = await room.say(scorer, f"评分 {room.code} 1号90")
    bare = await room.say(scorer, f"更正 {room.code} 1号90")
    said = await room.say(scorer, f"更正 {room.code} 1号90 看错了行")
    async with room.world.database.reading() as uow:
        (log,) = await audit.find(uow, actor_id=scorer.id, action="更正", limit=1)

    assert "都评完了，要改请回“更正”" in again
    assert bare.startswith("都评完之后更正要写理由")
    assert "1 号张三 80 改为 90" in said
    assert "1 号张三平均分 80.0 改为 85.0，已告诉本人" in said
    assert (await history(room))[-1] == ("process", 1, 900, "current", "看错了行")
    assert [one[3] for one in await history(room)] == ["replaced", "current", "current"]
    assert log.detail == "process 1 no. 1: 80 > 90"
    assert "由 80.0 分改为 85.0 分" in await room.last(room.teachers[0])
    assert "成绩单已报送的，请重新核对" in await room.last(room.base)


async def test_a_correction_can_turn_the_result_over(room: Room) -> None:
    await room.score("1号55", by=room.lecturers)
    await room.say(room.lecturers[0], f"更正 {room.code} 1号70 加错了")
    told = await room.last(room.teachers[0])
    final = await room.score("1号80", by=room.assessors)

    assert "由 55.0 分改为 62.5 分。" in told
    assert "合格，可以参加终结性考核" in told
    assert "记下 1 人" in final[0]


async def test_nobody_corrects_what_others_gave(room: Room) -> None:
    await pass_process(room, 1)
    said = await room.say(room.assessors[0], f"更正 {room.code} 1号90 看错")
    stranger = await room.world.person("外人", ("backbone_teacher", "江南省"))
    outside = await room.say(stranger, f"更正 {room.code} 1号90 看错")
    same = await room.say(room.lecturers[0], f"更正 {room.code} 1号80 看错")

    assert "没有记：1 号张三，您还没有评过" in said
    assert outside.startswith("没有找到班级")
    assert "没有记：1 号张三，本来就是这个分" in same


async def test_the_first_attempt_can_be_corrected_after_the_second(room: Room) -> None:
    await room.score("1号55", by=room.lecturers)
    await room.score("1号58", by=room.lecturers)
    await room.say(room.lecturers[0], f"更正 {room.code} 1号第一次70 加错了")
    said = await room.say(room.base, f"成绩 {room.code} 全部")

    assert "1 号张三：过程 62.5" in said


# ---- 成绩 ----


async def test_the_base_sees_who_may_sit_the_final_and_why_not(room: Room) -> None:
    await room.score("1号80 2号50", by=room.lecturers)
    await room.say(room.manager, f"考勤 {room.code} 全勤，王五旷课2")
    said = await room.say(room.base, f"成绩 {room.code}")

    assert said.splitlines()[1:] == [
        "过程性考核都评完了。",
        "终结性考核还有 1 人没评齐，等 assessor1、assessor2、assessor3。",
        f"能参加终结性考核 1 人。要看每人成绩回“成绩 {room.code} 全部”。",
        "不能参加：",
        "2 号李四，过程性考核 50.0 分，不到 60 分，等二次提交成果后再评（规程第十二条（一））",
        "3 号王五，无故旷课 2 课时，不能参加培训考核（规程第十二条）",
    ]


async def test_a_stranger_and_a_foreign_base_find_no_class(room: Room) -> None:
    stranger = await room.world.person("路人")
    foreign = await room.world.person("外基地", ("base_staff", "江北"))
    other = await room.world.person("外骨干", ("backbone_teacher", "江南省"))

    for one in (stranger, foreign, other):
        for text in ("成绩 {}", "成绩 {} 全部", "成果 {}", "评分 {}"):
            said = await room.say(one, text.format(room.code))
            assert said.startswith(("没有找到班级", "没有认出")), (one.name, text, said)


async def test_ones_own_results_are_empty_before_anything(room: Room) -> None:
    stranger = await room.world.person("路人")

    assert (await room.say(stranger, "成绩")).startswith("您还没有考核成绩")
    assert "过程性考核：还没评完" in await room.say(room.teachers[0], "成绩")


async def test_a_class_that_is_closed_takes_no_points(room: Room) -> None:
    await room.close_of("closed")
    said = await room.score("1号80", by=room.lecturers)

    assert said[0].startswith("这个班已办结，不能评分")


# ---- who is reminded ----


async def owing(room: Room) -> dict[str, list[str]]:
    names = {one.id: one.name for one in (*room.lecturers, *room.assessors)}
    async with room.world.database.reading() as uow:
        found = await owing_points(uow, class_ids=[room.row.id])
    return {kind: [names[one] for one in people] for (_, kind), people in found.items()}


async def test_only_who_owes_points_is_reminded(room: Room) -> None:
    await room.say(room.manager, f"考勤 {room.code} 全勤，王五旷课1")
    before = await owing(room)
    await room.say(room.lecturers[0], f"评分 {room.code} 1号80 2号50")
    between = await owing(room)
    await room.say(room.lecturers[1], f"评分 {room.code} 1号80 2号50")
    await room.say(room.assessors[1], f"评分 {room.code} 1号90")
    waits = await owing(room)
    await room.score("2号40", by=room.lecturers)
    after = await owing(room)

    everybody = ["assessor1", "assessor2", "assessor3"]
    assert before == {"process": ["lecturer1", "lecturer2"], "final": everybody}
    assert between == {"process": ["lecturer2"], "final": everybody}
    # 2号 may still come to the final by a second attempt.
    assert waits == {"final": everybody}
    assert after == {"final": ["assessor1", "assessor3"]}


async def test_when_the_class_has_ended_an_unused_second_chance_is_over(
    room: Room,
) -> None:
    await room.score("1号80 2号50 3号80", by=room.lecturers)
    await room.score("1号80 3号80", by=room.assessors)
    before = await step(room, "process_assessment")
    await room.close_of("ended")
    async with room.world.database.transaction() as uow:
        await settling.settle_ended(uow, room.world.house, now=room.world.now)
        await uow.commit()

    assert (before, await step(room, "process_assessment")) == ("open", "done")
    assert await step(room, "final_assessment") == "done"


async def test_who_is_through_may_evaluate_before_the_others_are(room: Room) -> None:
    """规程第十二条（三）: each after their own 终结性考核."""
    await pass_process(room, 1, 2, 3)
    await room.score("1号88", by=room.assessors)
    through, waiting = room.teachers[0], room.teachers[1]

    opened = await room.outcome(through, f"评估 {room.code}")
    closed = await room.outcome(waiting, f"评估 {room.code}")

    assert opened.open is not None
    assert opened.open.form == "evaluation"
    assert closed.open is None
