"""Nobody is in two classes at once, nor asked for days on which they cannot."""

from __future__ import annotations

import asyncio
from datetime import date

import pytest

from storage import classes
from storage.classes import StaffRow
from tests.actions.backbones import Staffing, make_staffing
from tests.commands.world import World, text_of

BEYOND = date(2026, 6, 29)


@pytest.fixture
async def team(world: World) -> Staffing:
    return await make_staffing(world)


# ---- nobody in two classes at once ----


async def test_who_is_in_another_class_on_those_days_is_not_recommended(
    team: Staffing,
) -> None:
    await team.everybody_accepts()
    other = await _other_class(team)
    said = await team.world.say(team.base, f"推荐 {other.row.code} 更多")
    listed = text_of(said)
    refused = await team.world.say(team.base, f"推荐 {other.row.code} 选 甲一")

    assert "甲一（东湖技师学院）：6 月 20 日（周六）到 6 月 28 日（周日）在" in listed
    assert [one.label.split("（")[0] for one in said.replies[0].choices] == ["己六"]
    assert "这次请不了甲一" in text_of(refused)


async def _other_class(team: Staffing, opens_on: date = date(2026, 6, 28)) -> Staffing:
    row = await team.world.new_class(state="planned", opens_on=opens_on, title="钳工班")
    return Staffing(team.world, team.base, team.province, row, team.teachers)


async def test_the_day_after_is_free(team: Staffing) -> None:
    await team.everybody_accepts()
    other = await _other_class(team, BEYOND)
    said = await team.world.say(team.base, f"推荐 {other.row.code} 更多")
    options = [one.label for one in said.replies[0].choices]

    # Who has no class that year comes before those who have one.
    assert [one.split("（")[0] for one in options] == [
        "己六",
        "甲一",
        "乙二",
        "丙三",
        "丁四",
        "戊五",
    ]
    assert "今年 1 个班" in options[1]


async def test_of_two_invitations_for_the_same_days_one_can_be_accepted(
    team: Staffing,
) -> None:
    other = await _other_class(team)
    for one in (team, other):
        await one.pick("甲一")
        await one.send()
    await team.accept("甲一")
    number = (await other.live())["甲一"].number
    said = await team.world.say(team.teachers["甲一"], f"接受 {number}")

    assert "一个人不能同时在两个班" in text_of(said)
    assert await other.staff() == []


async def test_two_yeses_at_once_never_make_two_classes(team: Staffing) -> None:
    other = await _other_class(team)
    for one in (team, other):
        await one.pick("甲一")
        await one.send()
    numbers = [(await one.live())["甲一"].number for one in (team, other)]
    teacher = team.teachers["甲一"]
    await asyncio.gather(
        *(team.world.say(teacher, f"接受 {number}") for number in numbers)
    )

    assert len(await team.staff()) + len(await other.staff()) == 1


async def test_staff_put_down_without_an_invitation_counts_too(team: Staffing) -> None:
    other = await _other_class(team)
    row = StaffRow(other.row.id, "lecturer", 1, "甲一", roster_id="e100")
    async with team.world.database.transaction() as uow:
        await classes.add_staff(uow, [row])
        await uow.commit()
    said = await team.world.say(team.base, f"推荐 {team.row.code} 选 甲一")

    assert "在“钳工班”" in text_of(said)


# ---- days on which they cannot ----


async def test_noted_days_keep_somebody_from_being_recommended(team: Staffing) -> None:
    teacher = team.teachers["甲一"]
    noted = await team.world.say(teacher, "没空 6月28日到7月2日")
    listed = await team.world.say(teacher, "没空")
    refused = await team.world.say(team.base, f"推荐 {team.row.code} 选 甲一")
    await team.world.say(teacher, "没空 取消 6月28日到7月2日")
    picked = await team.world.say(team.base, f"推荐 {team.row.code} 选 甲一")

    assert "6 月 28 日（周日）到 7 月 2 日（周四）不推荐您" in text_of(noted)
    assert "6 月 28 日（周日）到 7 月 2 日（周四）" in text_of(listed)
    assert "没空" in text_of(refused)
    assert "授课选了甲一" in text_of(picked)


@pytest.mark.parametrize("said", ["随便写写", "2020年1月1日到2020年1月5日"])
async def test_days_that_cannot_be_read_or_are_over(team: Staffing, said: str) -> None:
    answer = await team.world.say(team.teachers["甲一"], f"没空 {said}")

    assert "没有读懂是哪几天" in text_of(answer)


async def test_who_is_on_no_roster_is_told(team: Staffing) -> None:
    stranger = await team.world.person("路人", ("backbone_teacher", "江南省"))

    assert "您不在骨干教师名册里" in text_of(await team.world.say(stranger, "没空"))
