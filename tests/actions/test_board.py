"""班级 and 看板: each step of each class, late, due, done, and whose turn."""

from __future__ import annotations

from datetime import date
from typing import Any

import msgspec
import pytest
from sqlalchemy import event

from bot.actions import board
from bot.actions.deadlines import mark_done, schedule_year
from bot.actions.showing import _DRAWN
from bot.clock import civil
from conversations.model import Outcome
from storage import audit, jobs, numbers, people, plans
from storage.classes import ClassRow
from storage.plans import SubmissionRow
from tests.actions.backbones import make_staffing
from tests.commands.world import Person, World, text_of


@pytest.fixture
async def base(world: World) -> Person:
    return await world.person("基地", ("base_staff", "江南"))


@pytest.fixture
async def province(world: World) -> Person:
    return await world.person("省里", ("province_manager", "江南省"))


@pytest.fixture
async def centre(world: World) -> Person:
    return await world.person("部里", ("centre_manager", "全国"))


async def drawn(world: World) -> list[dict[str, Any]]:
    """What pictures were asked for: the template's name beside its data."""
    async with world.database.transaction() as uow:
        claimed = await jobs.claim(
            uow,
            kinds=["picture"],
            owner="test",
            limit=99,
            now=world.now,
            lease_seconds=60,
        )
    return [
        {"template": one.payload["template"]} | msgspec.json.decode(one.payload["data"])
        for one in claimed
    ]


def sent(outcome: Outcome) -> list[str]:
    return [one.send for reply in outcome.replies for one in reply.choices]


async def test_a_class_says_what_is_late_and_whose_turn_and_draws_the_rest(
    world: World, base: Person
) -> None:
    row = await world.new_class()
    await world.finish(row, "opening", "staffing")
    world.now = world.now.replace(month=5, day=25)
    said = text_of(await world.say(base, f"班级 {row.code}"))
    (picture,) = await drawn(world)

    assert said.splitlines() == [
        f"“数控加工二级班”（{row.code}），招生中",
        "6 月 20 日（周六）开班，6 月 28 日（周日）结束",
        "名额 30，已录取 0，待盖章 0，候补 0，待审核 0",
        "逾期：培训方案报备（5 月 21 日，已过 4 天），轮到培训机构",
        "已办 2/14 步，各步情况的图马上发来。",
    ]
    assert picture["template"] == "steps"
    assert [(one["title"], one["state"]) for one in picture["steps"]][:4] == [
        ("开班申请", "done"),
        ("邀请骨干教师", "done"),
        ("培训方案报备", "late"),
        ("招生报名", "ahead"),
    ]


async def test_what_the_province_reviews_is_the_provinces_turn(
    world: World, base: Person
) -> None:
    row = await world.new_class(state="planned")
    await world.finish(row, "opening", "staffing")
    await world.review(row, "scheme")
    said = text_of(await world.say(base, f"班级 {row.code}"))

    assert "接下来：培训方案报备（5 月 21 日），轮到省级管理部门" in said


async def test_the_list_says_where_each_class_stands(
    world: World, base: Person
) -> None:
    row = await world.new_class()
    await world.finish(row, "opening")
    outcome = await world.say(base, "班级")

    (option,) = outcome.replies[0].choices
    assert option.label == (
        f"数控加工二级班 {row.code}，6 月 20 日（周六）开班，招生中；"
        "该办邀请骨干教师，轮到培训机构"
    )
    assert option.send == f"班级 {row.code}"


async def test_who_did_a_step_is_named_unless_it_was_a_teacher(
    world: World, base: Person
) -> None:
    row = await world.new_class()
    teacher = await world.person("李敏")
    async with world.database.transaction() as uow:
        for person, name in ((base, "钱立新"), (teacher, "李敏")):
            await people.set_name(uow, person_id=person.id, name=name)
        for person, step in ((base, "opening"), (teacher, "evaluation")):
            await mark_done(
                uow, subject=row.code, step=step, by=person.id, now=world.now
            )
        await uow.commit()
    await world.say(base, f"班级 {row.code}")
    (picture,) = await drawn(world)

    who = {one["title"]: one["who"] for one in picture["steps"]}
    assert who["开班申请"] == "3 月 2 日 钱立新"
    assert who["结束评估"] == "3 月 2 日"


async def test_who_is_asked_has_the_turn_until_somebody_says_no(world: World) -> None:
    team = await make_staffing(world)

    async def turn() -> tuple[str, str]:
        async with world.database.reading() as uow:
            (card,) = await board.cards_of(
                uow, world.house, [team.row], today=civil(world.now)
            )
        return next(
            (one.state, one.turn)
            for one in card.progress.steps
            if one.key == "staffing"
        )

    turns = [await turn()]
    await team.pick("甲一", "乙二")
    turns.append(await turn())
    await team.send()
    turns.append(await turn())
    live = await team.live()
    await world.say(team.teachers["甲一"], f"拒绝 {live['甲一'].number} 有课")
    turns.append(await turn())

    assert turns == [
        ("ahead", "institution"),
        ("ahead", "institution"),
        ("ahead", "backbone"),
        ("ahead", "institution"),
    ]


# ---- 看板 ----


async def country(world: World) -> tuple[ClassRow, ClassRow]:
    """A class in each province; one of them has its scheme late."""
    here = await world.new_class("江南")
    there = await world.new_class("江北", title="钳工二级班")
    await world.finish(here, "opening", "staffing")
    await world.finish(there, "opening", "staffing", "scheme")
    world.now = world.now.replace(month=5, day=25)
    return here, there


async def test_the_centre_sees_all_by_province(world: World, centre: Person) -> None:
    here, _ = await country(world)
    outcome = await world.say(centre, "看板")
    (picture,) = await drawn(world)

    assert text_of(outcome).splitlines()[:2] == [
        "在办的班 2 个，逾期 1 步，临近到期 0 步。",
        f"逾期：数控加工二级班 {here.code} 培训方案报备（5 月 21 日，已过 4 天），轮到培训机构",
    ]
    assert [one.label for one in outcome.replies[0].choices] == [
        "江北省：1 个班",
        "江南省：1 个班，逾期 1 步",
    ]
    assert sent(outcome) == ["看板 江北省", "看板 江南省"]
    assert [group["name"] for group in picture["groups"]] == [
        "江北省 · 江北机电技师学院",
        "江南省 · 江南机电技师学院",
    ]


async def test_a_province_sees_its_own_and_nothing_else(
    world: World, province: Person
) -> None:
    _, there = await country(world)
    outcome = await world.say(province, "看板")
    (picture,) = await drawn(world)

    assert "在办的班 1 个" in text_of(outcome)
    assert there.title not in str(picture) + text_of(outcome)
    assert sent(outcome) == []


@pytest.mark.parametrize("said", ["江南省", "江南机电技师学院", "江南机电"])
async def test_a_part_of_the_board_is_named(
    world: World, centre: Person, said: str
) -> None:
    await country(world)
    outcome = await world.say(centre, f"看板 {said}")

    assert "在办的班 1 个，逾期 1 步" in text_of(outcome)


@pytest.mark.parametrize("said", ["江北省", "江北机电技师学院", "天边省"])
async def test_a_place_of_others_is_not_there(
    world: World, province: Person, said: str
) -> None:
    await country(world)

    outcome = await world.say(province, f"看板 {said}")
    assert text_of(outcome) == f"没有找到“{said}”。请写全称再发一次。"


async def test_a_name_that_could_mean_several_is_asked_for_in_full(
    world: World, centre: Person
) -> None:
    await country(world)

    outcome = await world.say(centre, "看板 机电技师学院")
    assert text_of(outcome) == "没有找到“机电技师学院”。请写全称再发一次。"


async def test_a_base_without_classes_is_told_so_and_nothing_is_drawn(
    world: World, base: Person
) -> None:
    assert text_of(await world.say(base, "看板")) == "现在没有在办的班。"
    assert await drawn(world) == []


async def test_a_cancelled_class_is_on_no_board(world: World, base: Person) -> None:
    row = await world.new_class()
    await world.say(base, f"取消班级 {row.code} 确认")

    assert text_of(await world.say(base, "看板")) == "现在没有在办的班。"


async def test_the_steps_of_an_institutions_year_are_on_the_board(
    world: World, base: Person
) -> None:
    row = await world.new_class()
    await world.finish(row, "opening", "staffing", "scheme", "recruiting", "needs")
    async with world.database.transaction() as uow:
        await schedule_year(
            uow,
            institution_ids=[world.places["江南"].id],
            year=2026,
            programme=world.house.programmes["gongxue"],
            now=world.now,
            new_id=world.house.new_id,
        )
        await uow.commit()
    world.now = world.now.replace(month=6, day=20)
    said = text_of(await world.say(base, "看板"))
    (picture,) = await drawn(world)

    late = "逾期：江南机电技师学院 2026-1 培训信息报送（6 月 15 日，已过 5 天），轮到培训机构"
    assert late in said
    assert "在办的班 1 个，逾期 1 步，临近到期 0 步。" in said
    (group,) = picture["groups"]
    assert [one["state"] for one in group["years"]] == ["late", "ahead", "ahead"]


async def test_a_plan_that_waits_for_review_is_the_provinces_turn(
    world: World, base: Person
) -> None:
    institution = world.places["江南"].id
    async with world.database.transaction() as uow:
        await schedule_year(
            uow,
            institution_ids=[institution],
            year=2026,
            programme=world.house.programmes["gongxue"],
            now=world.now,
            new_id=world.house.new_id,
        )
        number = await numbers.take(uow, kind="plan", subject_id="sub1")
        row = SubmissionRow(
            id="sub1",
            number=number,
            kind="plan",
            institution_id=institution,
            period="2026-1",
            state="waiting",
            reason="",
            submitted_at=world.now,
            subject="2026-1",
            created_by=base.id,
        )
        await plans.hand_in(uow, row)
        seen = await board.look(
            uow, world.house, paths=["/nation"], today=date(2026, 6, 20)
        )

    turns = {(one.step.key, one.period): one.step.turn for one in seen.years}
    assert turns["plan", "2026-1"] == "province"
    assert turns["plan", "2026-2"] == "institution"


async def test_of_very_many_classes_the_latest_are_drawn_and_the_sums_of_all(
    world: World, centre: Person
) -> None:
    for _ in range(_DRAWN + 1):
        await world.new_class("江北", opens_on=date(2026, 9, 1))
    late = await world.new_class("江南")
    world.now = world.now.replace(month=5, day=25)
    await world.say(centre, "看板")
    picture, sums = sorted(await drawn(world), key=lambda one: str(one["template"]))

    assert sums["rows"] == [
        ["江北省", str(_DRAWN + 1), "", "", "0"],
        ["江南省", "1", "3", "", "0"],
    ]
    codes = [one["code"] for group in picture["groups"] for one in group["classes"]]
    assert (len(codes), codes[-1]) == (_DRAWN, late.code)
    assert picture["more"].startswith("这里是最要紧的班，另有 2 个班")


async def test_looking_at_the_board_is_written_down_with_the_place(
    world: World, centre: Person
) -> None:
    await world.say(centre, "看板 江南省")
    async with world.database.reading() as uow:
        (written,) = await audit.find(uow, actor_id=centre.id)

    assert (written.action, written.scope_id) == ("看板", world.places["江南省"].id)


async def test_a_board_of_any_size_takes_the_same_number_of_statements(
    world: World,
) -> None:
    statements: list[str] = []

    def note(*args: Any) -> None:
        statements.append(args[2])

    counts = []
    event.listen(world.database.engine.sync_engine, "before_cursor_execute", note)
    for classes in (1, 4):
        for _ in range(classes):
            await world.new_class()
        statements.clear()
        async with world.database.reading() as uow:
            seen = await board.look(
                uow, world.house, paths=["/nation"], today=civil(world.now)
            )
        counts.append(len(statements))
        assert len(seen.classes) in (1, 5)

    assert counts[0] == counts[1]


async def test_a_class_stands_by_what_it_has_not_by_what_it_was_planned_with(
    world: World, base: Person
) -> None:
    """A moved date moves the open steps; what is done keeps its own."""
    row = await world.new_class()
    await world.finish(row, "opening")
    await world.say(base, f"改期 {row.code} 2026-07-04 确认")
    async with world.database.reading() as uow:
        (card,) = await board.cards_of(
            uow, world.house, [await world.class_row(row)], today=date(2026, 3, 2)
        )

    due = {one.key: one.due_on for one in card.progress.steps}
    assert (due["opening"], due["scheme"]) == (date(2026, 5, 11), date(2026, 6, 4))
