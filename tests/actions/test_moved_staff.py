"""A class that moves asks again who is not free then, and tells the others."""

from __future__ import annotations

from datetime import date

import pytest

from storage import classes, deadlines
from storage.classes import StaffRow
from tests.actions.backbones import Staffing, make_staffing
from tests.commands.world import World, text_of


@pytest.fixture
async def team(world: World) -> Staffing:
    made = await make_staffing(world)
    await made.everybody_accepts()
    return made


async def busy_later(team: Staffing, name: str) -> None:
    """Somebody of the class is in another one a week later."""
    row = await team.world.new_class(
        state="planned", opens_on=date(2026, 6, 29), title="钳工班"
    )
    number = {"甲一": "e100", "丙三": "e102"}[name]
    seat = StaffRow(row.id, "lecturer", 1, name, roster_id=number)
    async with team.world.database.transaction() as uow:
        await classes.add_staff(uow, [seat])
        await uow.commit()


async def move(team: Staffing) -> str:
    asked = await team.world.say(team.base, f"改期 {team.row.code} 2026-06-27")
    done = await team.world.say(team.base, asked.replies[0].choices[0].send)
    return f"{text_of(asked)}\n{text_of(done)}"


async def state_of_step(team: Staffing) -> tuple[str, date]:
    async with team.world.database.reading() as uow:
        found = await deadlines.find(uow, subject=team.row.code, step="staffing")
    assert found is not None
    return found.state, found.due_on


async def test_all_who_are_free_stay_and_are_told(team: Staffing) -> None:
    said = await move(team)
    live = await team.live()

    assert "重新" not in said
    assert {one.state for one in live.values()} == {"accepted"}
    for name in live:
        assert "改期：从 6 月 20 日（周六）改到 6 月 27 日" in await team.heard(name)


async def test_who_is_not_free_then_is_asked_again(team: Staffing) -> None:
    await busy_later(team, "甲一")
    said = await move(team)
    live = await team.live()
    heard = await team.heard("甲一")

    assert "甲一那几天没空，要重新问" in said
    assert "已重新邀请：甲一" in said
    assert live["甲一"].state == "invited"
    assert ("lecturer", 1, "甲一") not in await team.staff()
    assert "新日期和您的安排冲突（6 月 29 日（周一）到" in heard
    assert await state_of_step(team) == ("open", date(2026, 5, 23))


async def test_asked_again_nobody_can_say_yes_to_both(team: Staffing) -> None:
    await busy_later(team, "甲一")
    await move(team)
    number = (await team.live())["甲一"].number
    said = await team.world.say(team.teachers["甲一"], f"接受 {number}")
    await team.world.say(team.teachers["甲一"], f"拒绝 {number} 在另一个班")

    assert "一个人不能同时在两个班" in text_of(said)
    assert "另选一位吗" in await team.heard(team.base)


async def test_noted_days_are_asked_about_and_can_be_given_up(team: Staffing) -> None:
    await team.world.say(team.teachers["丙三"], "没空 7月1日到7月3日")
    await move(team)
    number = (await team.live())["丙三"].number
    said = await team.world.say(team.teachers["丙三"], f"接受 {number}")

    assert "谢谢，您担任" in text_of(said)
    assert (await state_of_step(team))[0] == "done"


async def test_who_was_put_down_elsewhere_is_told_too(team: Staffing) -> None:
    extra = await team.world.person("外请")
    seat = StaffRow(team.row.id, "lecturer", 9, "外请", person_id=extra.id)
    async with team.world.database.transaction() as uow:
        await classes.add_staff(uow, [seat])
        await uow.commit()
    await move(team)

    assert "不能来请联系培训机构" in await team.heard(extra)


async def test_who_has_not_answered_hears_the_new_days_and_has_new_time(
    world: World,
) -> None:
    team = await make_staffing(world)
    await team.pick("甲一")
    await team.send()
    team.world.later(days=1)
    await move(team)
    team.world.later(days=1, hours=1)
    early = await team.chase()

    assert early == 0
    assert "要再问您一次" in await team.heard("甲一")
