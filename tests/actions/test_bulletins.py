"""Notices by command: written, shown, published by the right hands, stopped."""

from __future__ import annotations

import dataclasses

import pytest

from bot.actions.context import Limits
from bot.actions.notices import continue_freezing
from bot.ids import new_id
from tests.commands.country import number_in
from tests.commands.world import Person, World, notice_draft, text_of


@pytest.fixture
async def centre(world: World) -> Person:
    return await world.person("中心", ("centre_manager", "全国"))


async def test_a_written_notice_is_shown_with_whom_it_reaches(
    world: World, centre: Person
) -> None:
    await world.person("基地", ("base_staff", "江南"))
    outcome = await world.submit(
        centre, notice_draft(role="base_staff", province="江南")
    )

    assert outcome.done
    assert "现在共 1 人" in text_of(outcome)
    assert [one.send for one in outcome.replies[0].choices] == ["发布 1"]


async def test_a_province_that_is_not_there_keeps_the_draft(
    world: World, centre: Person
) -> None:
    outcome = await world.submit(centre, notice_draft(province="天边省"))

    assert (outcome.done, "没有找到“天边省”" in text_of(outcome)) == (False, True)


async def test_code_in_a_text_is_refused_with_its_reason(
    world: World, centre: Person
) -> None:
    outcome = await world.submit(centre, notice_draft(body="{{ 7*7 }} 请各基地报送"))

    assert (outcome.done, "不能用" in text_of(outcome)) == (False, True)


async def test_published_it_is_in_everybodys_list_and_withdrawn_in_nobodys(
    world: World, centre: Person
) -> None:
    teacher = await world.person("教师")
    number = number_in(await world.submit(centre, notice_draft()))
    before = await world.say(teacher, "通知")
    await world.say(centre, f"发布 {number}")
    await continue_freezing(world.database, now=world.now, new_id=new_id)
    during = await world.say(teacher, "通知")
    await world.say(centre, f"撤回通知 {number}")
    after = await world.say(teacher, "通知")

    assert [len(one.replies) for one in (before, during, after)] == [1, 2, 1]
    assert during.replies[1].name == "关于报送计划的通知"


async def test_the_list_is_headed_and_a_writers_choices_come_last(
    world: World, centre: Person
) -> None:
    await world.submit(centre, notice_draft())
    replies = (await world.say(centre, "通知")).replies

    assert replies[0].text == "还没有通知。"
    assert replies[-1].text == "您管的通知，要办哪一条？"
    assert [one.label for one in replies[-1].choices][:1] == ["写一条新通知"]


async def test_above_the_limit_another_manager_publishes(
    world: World, centre: Person
) -> None:
    house = world.house
    world.house = type(house)(
        book=house.book,
        programmes=house.programmes,
        links=house.links,
        new_id=house.new_id,
        limits=Limits(author_publishes_up_to=1),
    )
    other = await world.person("中心同事", ("centre_manager", "全国"))
    await world.person("教师")
    number = number_in(await world.submit(centre, notice_draft()))
    asked = await world.say(centre, f"发布 {number}")
    again = await world.say(centre, f"发布 {number}")
    done = await world.say(other, f"发布 {number}")

    assert "另一位管理人员" in text_of(asked)
    assert "另一位管理人员" in text_of(again)
    assert "已发布" in text_of(done)


async def test_a_stopped_notice_is_not_sent_any_more(
    world: World, centre: Person
) -> None:
    await world.person("教师")
    number = number_in(await world.submit(centre, notice_draft()))
    await world.say(centre, f"发布 {number}")
    await continue_freezing(world.database, now=world.now, new_id=new_id)
    said = await world.say(centre, f"停止 {number}")

    assert "停发了" in text_of(said)
    assert "已停发" in text_of(await world.say(centre, f"通知 {number}"))


@pytest.mark.parametrize("state", ["draft", "awaiting_approval"])
async def test_a_draft_of_a_class_that_changed_is_drafted_again(
    world: World, state: str
) -> None:
    if state == "awaiting_approval":
        limits = Limits(author_publishes_up_to=0)
        world.house = dataclasses.replace(world.house, limits=limits)
    base = await world.person("基地", ("base_staff", "江南"))
    colleague = await world.person("同事", ("base_staff", "江南"))
    await world.person("教师")
    row = await world.new_class(state="planned")
    await world.finish(row, "opening", "scheme")
    old = number_in(await world.say(base, f"招生 {row.code}"))
    if state == "awaiting_approval":
        await world.say(base, f"发布 {old}")
    await world.say(base, f"改期 {row.code} 2026-06-27 确认")
    refused = await world.say(colleague, f"发布 {old}")
    new = number_in(await world.say(colleague, f"招生 {row.code}"))
    await world.say(colleague, f"发布 {new}")
    done = await world.say(base, f"发布 {new}")

    assert f"请回“招生 {row.code}”重新起草" in text_of(refused)
    assert ("已发布" in text_of(done)) == (state == "awaiting_approval")
    assert (await world.class_row(row)).state == "recruiting"


async def test_a_move_tells_that_the_published_notice_has_the_old_date(
    world: World,
) -> None:
    base = await world.person("基地", ("base_staff", "江南"))
    await world.person("教师")
    row = await world.new_class(state="planned")
    await world.finish(row, "opening", "scheme")
    number = number_in(await world.say(base, f"招生 {row.code}"))
    await world.say(base, f"发布 {number}")
    moved = await world.say(base, f"改期 {row.code} 2026-06-27 确认")

    assert f"请回“撤回通知 {number}”，再回“招生 {row.code}”" in text_of(moved)
