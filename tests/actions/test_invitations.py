"""Roles: taken up once with a code, within the giver's scope; guessing is slowed."""

from __future__ import annotations

import dataclasses
import re

from msgspec.structs import replace

from bot.actions.people import invite_first, new_code, plain_code
from bot.ids import new_id
from storage import audit
from tests.commands.world import Person, World, text_of


async def code_from(world: World, person: Person, text: str) -> str:
    found = re.match(r"邀请码 (\S+)", text_of(await world.say(person, text)))
    assert found
    return found[1]


def roles(person: Person) -> list[tuple[str, str]]:
    return [(grant.role, grant.scope_name) for grant in person.grants]


async def test_roles_come_down_the_tree_by_codes(world: World) -> None:
    async with world.database.transaction() as uow:
        code = await invite_first(uow, now=world.now, new_id=new_id, name="部指导中心")
        await uow.commit()
    row = await world.new_class()
    centre, province = await world.person("中心"), await world.person("省")
    base, manager = await world.person("基地"), await world.person("班主任")
    for giver, taker, invitation in (
        (None, centre, code),
        (centre, province, "邀请 省级管理员 江南省"),
        (province, base, "邀请 基地 江南机电技师学院"),
        (base, manager, f"邀请 班主任 {row.code}"),
    ):
        said = await code_from(world, giver, invitation) if giver else invitation
        await world.say(taker, f"邀请码 {said}")
        await world.refresh(taker)

    assert [roles(one) for one in (centre, province, base, manager)] == [
        [("centre_manager", "部指导中心")],
        [("province_manager", "江南省")],
        [("base_staff", "江南机电技师学院")],
        [("class_manager", "数控加工二级班")],
    ]


async def test_a_backbone_teacher_is_invited_from_the_roster(world: World) -> None:
    centre = await world.person("中心", ("centre_manager", "全国"))
    teacher = await world.person("周明")
    code = await code_from(world, centre, "邀请 骨干教师 周明")
    await world.say(teacher, f"邀请码 {code}")
    await world.refresh(teacher)

    assert roles(teacher) == [("backbone_teacher", "江南省")]


async def test_wrong_used_and_expired_codes_are_answered_alike(world: World) -> None:
    centre = await world.person("中心", ("centre_manager", "全国"))
    used = await code_from(world, centre, "邀请 省级管理员 江南省")
    old = await code_from(world, centre, "邀请 省级管理员 江北省")
    await world.say(await world.person("先来的"), f"邀请码 {used}")
    wrong = await world.say(await world.person("甲"), f"邀请码 {new_code()}")
    second = await world.say(await world.person("乙"), f"邀请码 {used}")
    world.later(days=7)
    expired = await world.say(await world.person("丙"), f"邀请码 {old}")

    assert text_of(wrong) == text_of(second) == text_of(expired)


async def test_after_five_tries_even_the_right_code_is_refused_for_an_hour(
    world: World,
) -> None:
    centre = await world.person("中心", ("centre_manager", "全国"))
    code = await code_from(world, centre, "邀请 省级管理员 江南省")
    guesser = await world.person("猜的人")
    for _ in range(5):
        await world.say(guesser, f"邀请码 {new_code()}")
    blocked = await world.say(guesser, f"邀请码 {code}")
    await world.refresh(guesser)
    held = roles(guesser)
    world.later(minutes=61)
    await world.say(guesser, f"邀请码 {code}")
    await world.refresh(guesser)

    assert "试得有点多" in text_of(blocked)
    assert (held, roles(guesser)) == ([], [("province_manager", "江南省")])


async def test_whoever_is_erased_and_begins_again_has_no_more_tries(
    world: World,
) -> None:
    guesser = await world.person("猜的人")
    for _ in range(5):
        await world.say(guesser, f"邀请码 {new_code()}")
    await world.say(guesser, "删除我的信息 确认")
    again = await world.person("猜的人")

    assert "试得有点多" in text_of(await world.say(again, f"邀请码 {new_code()}"))


async def test_while_many_guess_an_address_has_one_try_an_hour(world: World) -> None:
    limits = replace(world.house.limits, wrong_codes_per_hour=3)
    world.house = dataclasses.replace(world.house, limits=limits)
    centre = await world.person("中心", ("centre_manager", "全国"))
    code = await code_from(world, centre, "邀请 省级管理员 江南省")
    for number in range(3):
        guesser = await world.person(f"猜的人{number}")
        await world.say(guesser, f"邀请码 {new_code()}")
    mistaken, right = await world.person("写错的人"), await world.person("省")
    first = await world.say(mistaken, f"邀请码 {new_code()}")
    second = await world.say(mistaken, f"邀请码 {new_code()}")
    await world.say(right, f"邀请码 {code}")
    await world.refresh(right)

    assert "用不了" in text_of(first)
    assert "试得有点多" in text_of(second)
    assert roles(right) == [("province_manager", "江南省")]


async def test_a_role_held_already_does_not_use_the_code_up(world: World) -> None:
    centre = await world.person("中心", ("centre_manager", "全国"))
    province = await world.person("省", ("province_manager", "江南省"))
    code = await code_from(world, centre, "邀请 省级管理员 江南省")
    told = await world.say(province, f"邀请码 {code}")
    other = await world.person("同事")
    await world.say(other, f"邀请码 {code}")
    await world.refresh(other)

    assert text_of(told).startswith("您已经是江南省的省级管理员了")
    assert roles(other) == [("province_manager", "江南省")]


async def test_a_code_read_aloud_is_understood(world: World) -> None:
    code = new_code()
    spoken = code.lower().replace("0", "o").replace("1", "l").replace("-", " ")

    assert plain_code(spoken) == code.replace("-", "")


async def test_grants_and_refusals_are_in_the_log(world: World) -> None:
    centre = await world.person("中心", ("centre_manager", "全国"))
    code = await code_from(world, centre, "邀请 省级管理员 江南省")
    person = await world.person("省")
    await world.say(person, f"邀请码 {new_code()}")
    await world.say(person, f"邀请码 {code}")
    async with world.database.reading() as uow:
        written = await audit.find(uow, actor_id=person.id)

    assert sorted((row.action, row.outcome, row.subject) for row in written) == [
        ("grant", "done", "province_manager"),
        ("grant", "refused", ""),
    ]
