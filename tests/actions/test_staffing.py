"""Backbone teachers: recommended with reasons, invited, answering, replaced (第八条)."""

from __future__ import annotations

import re
from datetime import date

import pytest

from storage import classes, deadlines
from storage.classes import StaffRow
from tests.actions.backbones import Staffing, make_staffing
from tests.commands.world import World, text_of
from tests.storage.test_tallies import ballot, close, vote


@pytest.fixture
async def team(world: World) -> Staffing:
    return await make_staffing(world)


async def step(team: Staffing) -> str:
    async with team.world.database.reading() as uow:
        found = await deadlines.find(uow, subject=team.row.code, step="staffing")
    assert found is not None
    return found.state


# ---- recommended ----


async def test_candidates_come_with_their_reasons_and_assessors_in_order(
    team: Staffing,
) -> None:
    said = await team.world.say(team.base, f"推荐 {team.row.code}")
    options = [one.label for one in said.replies[0].choices]

    assert "考核 3 位在授课选齐后按顺序推荐" in text_of(said)
    assert options[0] == (
        "甲一（东湖技师学院）：机械类二级，证书 GG-2025-100，本省，那几天有空，今年 0 个班"
    )
    assert [one.split("（")[0] for one in options] == [
        "甲一",
        "乙二",
        "丙三",
        "丁四",
        "戊五",
        "看更多人选",
    ]
    assert await team.live() == {}


async def test_a_second_look_proposes_nobody_twice(team: Staffing) -> None:
    await team.pick("己六", "甲一")
    await team.world.say(team.base, f"推荐 {team.row.code}")
    said = await team.world.say(team.base, f"推荐 {team.row.code}")

    assert "考核 3 位按顺序推荐" in text_of(said)
    assert list(await team.live()) == ["己六", "甲一", "乙二", "丙三", "丁四"]


async def test_who_is_proposed_to_assess_can_be_picked_to_lecture(
    team: Staffing,
) -> None:
    await team.pick("己六", "甲一")
    await team.world.say(team.base, f"换人 {team.row.code} 甲一")
    await team.pick("乙二")
    live = {name: one.duty for name, one in (await team.live()).items()}

    assert live == {
        "己六": "lecturer",
        "乙二": "lecturer",
        "丙三": "assessor",
        "丁四": "assessor",
        "戊五": "assessor",
    }


async def test_whom_the_base_prefers_comes_first(team: Staffing) -> None:
    await team.world.say(team.base, f"推荐 {team.row.code} 倾向 己六、戊五")
    said = await team.world.say(team.base, f"推荐 {team.row.code}")
    options = [one.label for one in said.replies[0].choices]

    assert [one.split("，")[0] for one in options[:2]] == [
        "戊五（东湖技师学院）：您的倾向人选",
        "己六（东湖技师学院）：您的倾向人选",
    ]


async def test_a_preferred_name_that_two_bear_is_asked_back(team: Staffing) -> None:
    await team.enrol("甲一")
    said = await team.world.say(team.base, f"推荐 {team.row.code} 倾向 甲一、戊五")

    assert [one.send for one in said.replies[1].choices] == [
        f"推荐 {team.row.code} 倾向 GG-2025-100",
        f"推荐 {team.row.code} 倾向 GG-2025-106",
    ]


async def test_who_does_not_fit_is_no_candidate(team: Staffing) -> None:
    await team.enrol("异专", majors="信息类")
    await team.enrol("异级", levels="一级")
    said = [
        text_of(await team.world.say(team.base, f"推荐 {team.row.code} 选 {name}"))
        for name in ("异专", "异级", "查无此人")
    ]

    assert ["规程第五条" in one for one in said] == [True] * 3


async def test_who_has_no_account_cannot_be_asked_and_that_is_said(
    team: Staffing,
) -> None:
    said = await team.world.say(team.base, f"推荐 {team.row.code} 选 周明")

    assert "还没领骨干教师身份" in text_of(said)


async def test_all_places_of_lecturers_taken_is_said_with_the_ways(
    team: Staffing,
) -> None:
    await team.pick("甲一", "乙二")
    said = await team.world.say(team.base, f"推荐 {team.row.code} 选 丙三")

    assert "授课已经选满：甲一、乙二" in text_of(said)


async def test_the_number_of_lecturers_can_be_adjusted(team: Staffing) -> None:
    code = team.row.code
    too_many = await team.world.say(team.base, f"推荐 {code} 授课 9 人")
    await team.world.say(team.base, f"推荐 {code} 授课 3 人")
    await team.pick("甲一", "乙二", "丙三")
    too_few = await team.world.say(team.base, f"推荐 {code} 授课 2")
    live = await team.live()

    assert "规程第八条注 4" in text_of(too_many)
    assert "已经选了 3 位授课" in text_of(too_few)
    assert [one.duty for one in live.values()].count("lecturer") == 3


# ---- invited and answering ----


async def test_letters_say_what_when_where_and_how_to_answer(team: Staffing) -> None:
    await team.pick("甲一", "乙二")
    asked = await team.world.say(team.base, f"邀请函 {team.row.code}")
    await team.world.say(team.base, asked.replies[0].choices[0].send)
    letter = await team.heard("甲一")
    online = await team.heard("丙三")

    assert "江南机电技师学院邀请您担任“数控加工二级班”" in letter
    assert "6 月 20 日（周六）到 6 月 28 日（周日）" in letter
    assert "授课，并给过程性考核评分" in letter
    assert "线上给终结性考核" in online
    assert letter.endswith("1. 接受\n2. 不能来")
    assert {one.state for one in (await team.live()).values()} == {"invited"}


async def test_letters_wait_for_the_province(team: Staffing) -> None:
    await team.world.review(team.row, "opening")
    await team.pick("甲一", "乙二")
    said = await team.world.say(team.base, f"邀请函 {team.row.code} 确认")

    assert "省里还没有审核通过" in text_of(said)
    assert {one.state for one in (await team.live()).values()} == {"proposed"}


async def test_five_who_accept_are_the_staff_and_the_step_is_done(
    team: Staffing,
) -> None:
    before = await step(team)
    await team.everybody_accepts()

    assert (before, await step(team)) == ("open", "done")
    assert await team.staff() == [
        ("assessor", 1, "丙三"),
        ("assessor", 2, "丁四"),
        ("assessor", 3, "戊五"),
        ("lecturer", 1, "甲一"),
        ("lecturer", 2, "乙二"),
    ]
    assert "骨干教师都答应了" in await team.heard(team.base)


async def test_an_answer_counts_once(team: Staffing) -> None:
    await team.pick("甲一", "乙二")
    await team.send()
    number = (await team.live())["甲一"].number
    teacher = team.teachers["甲一"]
    await team.world.say(teacher, f"接受 {number}")
    again = await team.world.say(teacher, f"接受 {number}")

    assert "已接受" in text_of(again)
    assert len(await team.staff()) == 1


async def test_the_only_open_invitation_needs_no_number(team: Staffing) -> None:
    nothing = await team.world.say(team.teachers["甲一"], "接受")
    await team.pick("甲一", "乙二")
    await team.send()
    said = await team.world.say(team.teachers["甲一"], "接受")

    assert "没有等您答复的邀请" in text_of(nothing)
    assert "谢谢，您担任" in text_of(said)


async def test_a_no_needs_its_reason(team: Staffing) -> None:
    await team.pick("甲一", "乙二")
    await team.send()
    number = (await team.live())["甲一"].number
    said = await team.world.say(team.teachers["甲一"], f"拒绝 {number}")

    assert f"拒绝 {number} 理由" in text_of(said)
    assert (await team.live())["甲一"].state == "invited"


async def test_a_lecturers_no_brings_the_next_to_choose_from(team: Staffing) -> None:
    await team.pick("甲一", "乙二")
    await team.send()
    number = (await team.live())["甲一"].number
    await team.world.say(team.teachers["甲一"], f"拒绝 {number} 那几天有课")
    told = await team.heard(team.base)

    assert "甲一不能担任“数控加工二级班”" in told
    assert "理由：那几天有课" in told
    assert "1. 己六（" in told
    assert "甲一" not in await team.live()


async def test_an_assessors_no_brings_the_next_proposed(team: Staffing) -> None:
    await team.pick("甲一", "乙二")
    await team.send()
    number = (await team.live())["丙三"].number
    await team.world.say(team.teachers["丙三"], f"拒绝 {number} 出差")
    told = await team.heard(team.base)
    live = await team.live()

    assert "下一位推荐：己六" in told
    assert (live["己六"].state, live["己六"].duty) == ("proposed", "assessor")


async def test_who_accepted_can_still_give_the_place_back(team: Staffing) -> None:
    await team.everybody_accepts()
    number = (await team.live())["甲一"].number
    await team.world.say(team.teachers["甲一"], f"拒绝 {number} 学校另有任务")

    assert await step(team) == "open"
    assert ("lecturer", 1, "甲一") not in await team.staff()


async def test_somebody_elses_invitation_is_not_there(team: Staffing) -> None:
    await team.pick("甲一", "乙二")
    await team.send()
    number = (await team.live())["甲一"].number
    foreign = await team.world.say(team.teachers["乙二"], f"接受 {number}")
    missing = await team.world.say(team.teachers["乙二"], "接受 99999")

    assert text_of(foreign) == text_of(missing).replace("99999", str(number))


# ---- silence ----


async def test_who_is_silent_is_reminded_once_and_then_the_next_is_proposed(
    team: Staffing,
) -> None:
    await team.pick("甲一", "乙二")
    await team.send()
    await team.accept("甲一", "乙二", "丁四", "戊五")
    team.world.later(days=1, hours=23)
    early = await team.chase()
    team.world.later(hours=1)
    first, twice = await team.chase(), await team.chase()
    reminded = await team.heard("丙三")
    team.world.later(days=2)
    second, after = await team.chase(), await team.chase()
    live = await team.live()

    assert (early, first, twice, second, after) == (0, 1, 0, 1, 0)
    assert reminded.count("【提醒】还在等您的答复") == 1
    assert "丙三" not in live
    assert live["己六"].state == "proposed"
    assert "一直没有答复" in await team.heard(team.base)


async def test_a_late_yes_counts_while_the_place_is_free(team: Staffing) -> None:
    await team.pick("甲一", "乙二")
    await team.send()
    asked = await team.live()
    for _ in range(2):
        team.world.later(days=2)
        await team.chase()
    late = await team.world.say(team.teachers["甲一"], f"接受 {asked['甲一'].number}")
    gone = await team.world.say(team.teachers["丙三"], f"接受 {asked['丙三'].number}")

    assert "谢谢，您担任" in text_of(late)
    # For that place the next in order is proposed.
    assert "没有答复" in text_of(gone)


async def test_nobody_is_chased_for_a_class_that_has_begun(team: Staffing) -> None:
    await team.pick("甲一")
    await team.send()
    team.world.later(days=200)

    assert await team.chase() == 0


# ---- replaced ----


async def test_somebody_is_replaced_after_a_yes_to_the_question(team: Staffing) -> None:
    await team.everybody_accepts()
    code = team.row.code
    asked = await team.world.say(team.base, f"换人 {code} 丙三 另有安排")
    still = await team.live()
    said = await team.world.say(team.base, asked.replies[0].choices[0].send)
    told = await team.heard("丙三")
    live = await team.live()

    assert "丙三" in still
    assert "下一位推荐：己六" in text_of(said)
    assert "这次不用来了，理由：另有安排" in told
    assert ("丙三" in live, live["己六"].position) == (False, 1)
    assert await step(team) == "open"


async def test_who_is_only_proposed_goes_without_a_question(team: Staffing) -> None:
    await team.pick("甲一")
    said = await team.world.say(team.base, f"换人 {team.row.code} 甲一")

    assert "换下了甲一" in text_of(said)
    assert await team.heard("甲一") == ""
    assert "甲一" not in await team.live()


async def test_who_was_replaced_can_be_picked_again(team: Staffing) -> None:
    await team.pick("甲一")
    await team.world.say(team.base, f"换人 {team.row.code} 甲一")
    await team.pick("甲一")

    assert (await team.live())["甲一"].state == "proposed"


async def test_without_a_name_those_who_hold_a_place_are_offered(
    team: Staffing,
) -> None:
    nobody = await team.world.say(team.base, f"换人 {team.row.code}")
    await team.pick("甲一")
    said = await team.world.say(team.base, f"换人 {team.row.code}")

    assert "还没有骨干教师" in text_of(nobody)
    assert [one.label for one in said.replies[0].choices] == ["授课 甲一：待发邀请"]


async def test_nobody_left_is_said_with_the_ways_out(team: Staffing) -> None:
    await team.everybody_accepts()
    for name in ("丙三", "丁四"):
        await team.world.say(team.base, f"换人 {team.row.code} {name} 确认")
    said = await team.world.say(team.base, f"推荐 {team.row.code}")

    assert "名册里没有还能请的考核骨干教师了" in text_of(said)


# ---- cancelled, erased ----


async def test_a_class_that_is_not_held_ends_what_is_open(team: Staffing) -> None:
    await team.pick("甲一", "乙二")
    await team.send()
    await team.accept("甲一")
    await team.world.say(team.base, f"取消班级 {team.row.code} 确认")

    assert await team.live() == {}
    assert "邀请不用答复了" in await team.heard("乙二")
    assert "邀请不用答复了" not in await team.heard("甲一")


async def test_who_is_erased_falls_silent_and_the_next_is_proposed(
    team: Staffing,
) -> None:
    await team.pick("甲一", "乙二")
    await team.send()
    erased = team.teachers["丙三"]
    await team.world.say(erased, "删除我的信息 确认")
    for _ in range(2):
        team.world.later(days=2)
        await team.chase()
    states = dict(await team.all())

    assert (states["丙三"], states["己六"]) == ("lapsed", "proposed")


async def test_past_feedback_counts_from_five_answers_on(team: Staffing) -> None:
    await _past_class(team, "e105", answers=5)
    await _past_class(team, "e104", answers=4)
    shown = await team.world.say(team.base, f"推荐 {team.row.code} 更多")
    said = text_of(shown) + "".join(one.label for one in shown.replies[0].choices)

    assert re.findall(r"往期评价 [0-9.]+（\d 份）", said) == ["往期评价 2.40（5 份）"]


async def _past_class(team: Staffing, roster_id: str, *, answers: int) -> None:
    """A class that somebody lectured in last year, and what was said of them."""
    world = team.world
    row = await world.new_class(
        state="ended", opens_on=date(2025, 3, 1), title="去年的班"
    )
    seat = StaffRow(row.id, "lecturer", 1, "某人", roster_id=roster_id)
    async with world.database.transaction() as uow:
        await classes.add_staff(uow, [seat])
        await uow.commit()
    await vote(world.database, [ballot(row.id, number) for number in range(answers)])
    await close(world.database, row.id)
