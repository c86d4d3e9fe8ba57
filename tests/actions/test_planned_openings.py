"""A planned class is to be applied for 40 days ahead: its base is reminded (第八条)."""

from __future__ import annotations

from datetime import UTC, date, datetime

import pytest

from bot.actions.deadlines import planned_subject, schedule_planned
from bot.actions.reminders import fire_due
from bot.ids import new_id
from storage import deadlines, plans
from storage.plans import PlanItem
from tests.actions.test_opening_kinds import Scene, plan
from tests.commands.world import World

DUE = date(2026, 5, 11)  # a Monday, 40 days before 20 June


@pytest.fixture
async def scene(world: World) -> Scene:
    return Scene(
        world,
        await world.person("基地", ("base_staff", "江南")),
        await world.person("省", ("province_manager", "江南省")),
        await world.person("中心", ("centre_manager", "全国")),
        await plan(world),
    )


async def look(scene: Scene) -> int:
    async with scene.world.database.transaction() as uow:
        made = await schedule_planned(
            uow,
            programme=scene.world.house.programmes["gongxue"],
            now=scene.world.now,
            new_id=new_id,
        )
        await uow.commit()
    return made


async def live_until(scene: Scene, month: int, day: int) -> None:
    """Nine in the morning of a day, with all that was due until then said."""
    scene.world.now = datetime(2026, month, day, 1, 1, tzinfo=UTC)
    await look(scene)
    await fire_due(
        scene.world.database,
        now=scene.world.now,
        programmes=scene.world.house.programmes,
        new_id=new_id,
    )


async def state(scene: Scene, item: PlanItem) -> tuple[str, date]:
    subject = planned_subject(item.institution_id, item.number)
    async with scene.world.database.reading() as uow:
        found = await deadlines.find(uow, subject=subject, step="opening")
    assert found is not None
    return found.state, found.due_on


async def test_the_date_is_kept_once(scene: Scene) -> None:
    first, again = await look(scene), await look(scene)

    assert (first, again) == (1, 0)
    assert await state(scene, scene.item) == ("open", DUE)


async def test_the_base_is_reminded_at_the_marks_and_then_the_province(
    scene: Scene,
) -> None:
    await look(scene)
    counts = []
    for month, day in ((5, 3), (5, 4), (5, 8), (5, 10), (5, 11), (5, 12)):
        await live_until(scene, month, day)
        counts.append(len(await scene.world.pushed(scene.base)))

    # 30 April is the working day before the mark of 4 May, which is a holiday.
    assert counts[-1] == 5
    assert "开班申请" in await scene.heard(scene.base)
    assert "现在申请请回“开班”" in await scene.heard(scene.base)
    assert "请您过问" in await scene.heard(scene.province)


async def test_who_applied_is_reminded_no_more(scene: Scene) -> None:
    await look(scene)
    request = await scene.open(f"开班 计划 {scene.item.number}")
    await scene.hand_in(request)
    before = len(await scene.world.pushed(scene.base))
    await live_until(scene, 5, 11)
    after = [
        text
        for text in (await scene.world.pushed(scene.base))[before:]
        if "开班申请" in text
    ]

    assert (await state(scene, scene.item))[0] == "done"
    assert after == []


async def test_a_planned_class_that_is_not_held_is_not_asked_for(scene: Scene) -> None:
    await look(scene)
    async with scene.world.database.transaction() as uow:
        await plans.change_item(
            uow,
            item_id=scene.item.id,
            among=plans.AGREED,
            values={"not_held": "场地维修"},
        )
        await uow.commit()
    await look(scene)

    assert (await state(scene, scene.item))[0] == "cancelled"


async def test_a_date_that_has_passed_is_asked_of_nobody(scene: Scene) -> None:
    late = await plan(scene.world, date(2026, 4, 1))
    await look(scene)
    subject = planned_subject(late.institution_id, late.number)
    async with scene.world.database.reading() as uow:
        assert await deadlines.find(uow, subject=subject, step="opening") is None
