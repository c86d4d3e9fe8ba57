"""A class is applied for, approved with its scheme, and only then recruits."""

from __future__ import annotations

from bot.actions.deadlines import schedule_year
from bot.ids import new_id
from conversations.model import Answer, Draft
from storage import classes, deadlines
from storage.classes import ClassRow
from tests.actions.schemes import scheme_draft
from tests.commands.country import number_in
from tests.commands.world import NOW, Person, World, text_of


def opening_draft(**changed: str) -> Draft:
    answers = {
        "level": "二级",
        "major": "机械类",
        "title": "数控加工二级班",
        "opens_on": "2026-06-20",
        "headcount": "24",
        "venue": "实训楼",
        "on_plan": "yes",
        **changed,
    }
    return Draft(
        id="d1",
        form="class_opening",
        version=1,
        subject="base0",
        context={"institution": "江南机电技师学院"},
        started_on=NOW.date(),
        answers={key: Answer(value) for key, value in answers.items()},
    )


async def the_class(world: World) -> ClassRow:
    async with world.database.reading() as uow:
        row = await classes.by_code(uow, code="2026-JX-01")
    assert row is not None
    return row


async def step_states(world: World, row: ClassRow) -> dict[str, str]:
    async with world.database.reading() as uow:
        rows = await deadlines.of_class(uow, class_id=row.id)
    return {one.step: one.state for one in rows}


async def people(world: World) -> tuple[Person, Person]:
    return (
        await world.person("基地", ("base_staff", "江南")),
        await world.person("省", ("province_manager", "江南省")),
    )


async def test_an_opening_goes_to_the_province_and_its_dates_are_set(
    world: World,
) -> None:
    base, province = await people(world)
    outcome = await world.submit(base, opening_draft())
    row = await the_class(world)

    assert outcome.done
    assert (row.state, row.capacity, row.ends_on.isoformat()) == (
        "planned",
        24,
        "2026-06-28",
    )
    assert (await step_states(world, row))["opening"] == "open"
    assert [text.split("：")[0] for text in await world.pushed(province)] == [
        "江南机电技师学院申请开班"
    ]


async def test_what_the_institution_is_not_approved_for_is_refused(
    world: World,
) -> None:
    base, _ = await people(world)
    outcome = await world.submit(base, opening_draft(major="信息类"))

    assert (outcome.done, "规程第四条" in text_of(outcome)) == (False, True)


async def test_the_whole_way_to_recruiting(world: World) -> None:
    base, province = await people(world)
    await world.submit(base, opening_draft())
    draft = number_in(await world.say(base, "招生 2026-JX-01"))
    teacher = await world.person("教师")

    too_early = await world.say(base, f"发布 {draft}")
    await world.say(province, "审核 1 通过")
    no_scheme = await world.say(base, f"发布 {draft}")
    await world.submit(base, scheme_draft(await the_class(world)))
    await world.say(base, "方案 2026-JX-01 报送")
    await world.say(province, "审核 3 通过")
    hidden = await world.say(teacher, "报名 2026-JX-01")
    published = await world.say(base, f"发布 {draft}")
    row = await the_class(world)
    states = await step_states(world, row)

    assert "开班申请省里还没有审核通过" in text_of(too_early)
    assert "培训方案还没有报备" in text_of(no_scheme)
    assert "没有找到班级" in text_of(hidden)
    assert "已发布" in text_of(published)
    assert (row.state, states["opening"], states["scheme"]) == (
        "recruiting",
        "done",
        "done",
    )


async def test_a_refused_opening_ends_the_class_and_says_why(world: World) -> None:
    base, province = await people(world)
    await world.submit(base, opening_draft())
    await world.say(province, "审核 1 不通过 与计划重复")
    row = await the_class(world)

    assert row.state == "cancelled"
    assert "open" not in (await step_states(world, row)).values()
    assert "理由：与计划重复" in (await world.pushed(base))[-1]


async def test_what_was_decided_is_not_decided_again(world: World) -> None:
    base, province = await people(world)
    await world.submit(base, opening_draft())
    await world.say(province, "审核 1 通过")
    again = await world.say(province, "审核 1 不通过 反悔")

    assert "已通过" in text_of(again)
    assert (await the_class(world)).state == "planned"


async def test_moving_a_class_moves_its_open_steps_and_tells_applicants(
    world: World,
) -> None:
    base, _ = await people(world)
    row = await world.new_class()
    teacher = await world.person("教师")
    await world.apply(teacher, row)
    asked = await world.say(base, f"改期 {row.code} 6月27日")
    before = await world.class_row(row)
    await world.say(base, asked.replies[0].choices[0].send)
    after = await world.class_row(row)

    assert before.opens_on == row.opens_on
    assert [
        one.isoformat() for one in (after.opens_on, after.ends_on, after.apply_until)
    ] == [
        "2026-06-27",
        "2026-07-05",
        "2026-06-20",
    ]
    assert "改到 6 月 27 日（周六）" in (await world.pushed(teacher))[-1]


async def test_cancelling_ends_applications_and_reminders(world: World) -> None:
    base, _ = await people(world)
    row = await world.new_class()
    teacher = await world.person("教师")
    application = await world.apply(teacher, row)
    await world.say(base, f"审核 {application.number} 通过")
    await world.say(base, f"取消班级 {row.code} 确认")

    assert (await world.class_row(row)).state == "cancelled"
    assert (await world.application(application.number)).state == "refused"
    assert "open" not in (await step_states(world, row)).values()


async def test_a_step_done_elsewhere_is_marked_and_an_unknown_one_lists_all(
    world: World,
) -> None:
    base, _ = await people(world)
    row = await world.new_class()
    unknown = await world.say(base, f"办结 {row.code} 茶歇")
    await world.say(base, f"办结 {row.code} 方案")
    again = await world.say(base, f"办结 {row.code} 方案")

    assert "培训方案报备" in text_of(unknown)
    assert (await step_states(world, row))["scheme"] == "done"
    assert "已经办结了" in text_of(again)


async def test_a_step_of_the_year_is_marked_by_its_period(world: World) -> None:
    base, _ = await people(world)
    async with world.database.transaction() as uow:
        await schedule_year(
            uow,
            institution_ids=["base0"],
            year=2026,
            programme=world.house.programmes["gongxue"],
            now=world.now,
            new_id=new_id,
        )
        await uow.commit()
    said = await world.say(base, "办结 2026 总结")
    again = await world.say(base, "办结 2026 总结")

    assert text_of(said).startswith("好，2026 年度的“工作总结”记为办结")
    assert "已经办结了" in text_of(again)


async def test_a_province_finds_what_waits_for_it(world: World) -> None:
    base, province = await people(world)
    await world.submit(base, opening_draft())
    listed = await world.say(province, "班级")
    shown = await world.say(province, listed.replies[0].choices[0].send)

    assert [one.send for one in listed.replies[0].choices] == [
        "审核 1",
        "班级 2026-JX-01",
    ]
    assert [one.send for one in shown.replies[0].choices] == [
        "审核 1 通过",
        "审核 1 不通过",
    ]
