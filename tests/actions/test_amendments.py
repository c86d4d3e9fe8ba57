"""增补, 调整, 计划: a plan after it was agreed to (规程第七条)."""

from __future__ import annotations

import asyncio
from datetime import date

import pytest

from storage import plans
from tests.actions.plansworld import PERIOD, Planning
from tests.commands.world import World, text_of


@pytest.fixture
async def story(world: World) -> Planning:
    return await Planning.begin(world)


# ---- 增补, 调整 ----


async def test_an_addition_goes_by_the_province_to_the_centre(story: Planning) -> None:
    world = story.world
    await story.agreed()
    await story.publish()
    asked = await story.fill(
        story.base, await world.say(story.base, "增补"), opens_on="2026-11-02"
    )
    number = int(text_of(asked).partition("编号 ")[2].partition("：")[0])
    foreign = await world.say(story.other_province, f"审核 {number} 通过")
    await world.say(story.province, f"审核 {number} 通过")
    published = await story.items("published")

    assert asked.done
    assert "没有找到" in text_of(foreign)
    assert [one.kind for one in published] == ["plan", "addition"]
    assert "江南省审核通过江南机电技师学院的增补" in "\n".join(
        await world.pushed(story.centre)
    )
    assert "已列入全国培训信息" in "\n".join(await world.pushed(story.base))


async def test_a_returned_addition_is_handed_in_again_without_retyping(
    story: Planning,
) -> None:
    world = story.world
    asked = await story.fill(
        story.base, await world.say(story.base, "增补"), headcount="18"
    )
    number = int(text_of(asked).partition("编号 ")[2].partition("：")[0])
    await world.say(story.province, f"审核 {number} 不通过 人数太少")
    listed = await world.say(story.base, "增补")
    opened = await world.say(story.base, listed.replies[0].choices[0].send)
    again = await story.fill(story.base, opened, headcount="28")
    other = await world.say(story.base, listed.replies[0].choices[-1].send)

    assert opened.open is not None
    assert opened.open.given["headcount"] == "18"
    assert again.done
    assert [(one.headcount, one.state) for one in await story.items()] == [
        (18, "dropped"),
        (28, "waiting"),
    ]
    assert other.open is not None
    assert other.open.given == {}


async def test_an_adjustment_takes_the_place_of_what_it_adjusts(
    story: Planning,
) -> None:
    world = story.world
    (one,) = await story.agreed()
    await story.publish()
    opened = await world.say(story.base, f"调整 {one.number}")
    same = await story.fill(story.base, opened)
    done = await story.fill(story.base, opened, opens_on="2026-10-12")
    number = int(text_of(done).partition("编号 ")[2].partition("：")[0])
    twice = await world.say(story.base, f"调整 {one.number}")
    shown = await world.say(story.province, f"审核 {number}")
    await world.say(story.province, f"审核 {number} 通过")
    old, new = await story.items()

    assert "和原计划一样" in text_of(same)
    assert "正在省里审核" in text_of(twice)
    assert "原来：" in text_of(shown)
    assert "改成：" in text_of(shown)
    assert (old.state, new.state) == ("replaced", "published")
    assert (new.kind, new.opens_on) == ("adjustment", date(2026, 10, 12))


async def test_a_returned_adjustment_leaves_the_plan_as_it_was(
    story: Planning,
) -> None:
    world = story.world
    (one,) = await story.agreed()
    opened = await world.say(story.base, f"调整 {one.number}")
    done = await story.fill(story.base, opened, headcount="20")
    number = int(text_of(done).partition("编号 ")[2].partition("：")[0])
    await world.say(story.province, f"审核 {number} 不通过 人数不能少")
    again = await world.say(story.base, f"调整 {one.number}")
    (still,) = await story.items("approved")

    assert still.headcount == 30
    assert f"调整 {one.number}" in "\n".join(await world.pushed(story.base))
    assert again.open is not None
    assert again.open.given["headcount"] == "20"
    assert again.open.context["plan_headcount"] == "30"


async def test_what_a_class_was_opened_from_is_not_adjusted(story: Planning) -> None:
    world = story.world
    (one,) = await story.agreed()
    opened = await world.say(story.base, f"调整 {one.number}")
    done = await story.fill(story.base, opened, headcount="20")
    number = int(text_of(done).partition("编号 ")[2].partition("：")[0])
    row = await world.new_class(state="planned", opens_on=one.opens_on)
    async with world.database.transaction() as uow:
        await plans.link(uow, item_id=one.id, class_id=row.id)
        await uow.commit()
    late = await world.say(story.province, f"审核 {number} 通过")
    adjust = await world.say(story.base, f"调整 {one.number}")
    leave = await world.say(story.base, f"计划 {one.number} 不办 没场地")

    for said in (late, adjust, leave):
        assert f"已开班 {row.code}" in text_of(said)


async def test_an_adjustment_of_what_is_not_agreed_is_refused(story: Planning) -> None:
    await story.add()
    (one,) = await story.items()
    nothing = await story.world.say(story.base, "调整")
    draft = await story.world.say(story.base, f"调整 {one.number}")

    assert "没有可以调整的计划" in text_of(nothing)
    assert "待报送，不能调整" in text_of(draft)


# ---- 计划 ----


async def test_a_class_that_will_not_be_held_has_its_reason(story: Planning) -> None:
    world = story.world
    (one,) = await story.agreed()
    without = await world.say(story.base, f"计划 {one.number} 不办")
    await world.say(story.base, f"计划 {one.number} 不办 场地维修")
    seen = await world.say(story.base, "计划 2026年下半年")
    async with world.database.reading() as uow:
        open_ = await plans.open_items(
            uow, institution_id="base0", today=world.now.date()
        )
        year = await plans.year_items(uow, institution_id="base0", year=2026)
    await world.say(story.base, f"计划 {one.number} 照办")
    (after,) = await story.items()

    assert "不办要写理由" in text_of(without)
    assert "不办：场地维修" in text_of(seen)
    assert open_ == ()
    assert [item.not_held for item in year] == ["场地维修"]
    assert "理由：场地维修" in "\n".join(await world.pushed(story.province))
    assert after.not_held == ""


async def test_everybody_sees_the_plans_of_their_scope(story: Planning) -> None:
    world = story.world
    await story.add()
    waiting = await story.hand_in()
    base = await world.say(story.base, "计划")
    province = await world.say(story.province, "计划")
    other = await world.say(story.other_province, "计划")
    centre = await world.say(story.centre, "计划")
    one = await world.say(story.province, "计划 江南机电技师学院 2026年下半年")
    foreign = await world.say(story.other_province, "计划 江南机电技师学院")

    assert "待省里审核" in text_of(base)
    assert "江南机电技师学院：待省里审核，1 项" in text_of(province)
    assert province.replies[0].choices[0].send == f"审核 {waiting}"
    assert "江南" not in text_of(other)
    assert "江南省：已报 1/1 家，1 项" in text_of(centre)
    assert "机械类二级" in text_of(one)
    assert text_of(foreign).startswith("没有找到")


async def test_nobody_else_sees_what_is_not_handed_in(story: Planning) -> None:
    await story.add()
    seen = await story.world.say(story.province, "计划 江南机电技师学院")
    own = await story.world.say(story.base, "计划")

    assert "还没有计划" in text_of(seen)
    assert "待报送" in text_of(own)


async def test_items_are_found_by_whom_they_are_for(story: Planning) -> None:
    (one,) = await story.agreed()
    async with story.world.database.reading() as uow:
        found = await plans.items_of(
            uow, institution_id="base0", period=PERIOD, states=plans.AGREED
        )

    assert [item.id for item in found] == [one.id]


async def test_more_classes_than_a_screen_shows_come_as_a_picture(
    story: Planning,
) -> None:
    world = story.world
    for day in range(7, 17):
        await story.add(opens_on=f"2026-09-{day:02d}")
    seen = await world.say(story.base, "报送")
    pictures = [one.info.media_type for one in await story.work_off()]
    number = await story.hand_in()
    shown = await world.say(story.province, f"审核 {number}")

    assert "计划记下 10 项" in text_of(seen)
    assert "表格共 10 行，图马上发来" in text_of(seen)
    assert pictures == ["image/png"]
    assert "表格共 10 行" in text_of(shown)


async def test_two_who_adjust_the_same_at_once_ask_once(story: Planning) -> None:
    world = story.world
    colleague = await world.person("colleague", ("base_staff", "江南"))
    (one,) = await story.agreed()
    opened = await world.say(story.base, f"调整 {one.number}")
    again = await world.say(colleague, f"调整 {one.number}")
    said = await asyncio.gather(
        story.fill(story.base, opened, headcount="20"),
        story.fill(colleague, again, headcount="25"),
    )

    assert sorted(outcome.done for outcome in said) == [False, True]
    assert len(await story.items("waiting")) == 1
