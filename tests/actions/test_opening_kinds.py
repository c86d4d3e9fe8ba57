"""A class on the plan stands at once; changed or off it, the province decides (第八条)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

import msgspec
import pytest

from bot.actions import opening_reviews
from bot.ids import new_id
from conversations.model import Answer, Draft, FormRequest
from storage import classes, deadlines, engagements, plans, reviews
from storage.classes import ClassRow
from storage.plans import NewItem, PlanItem
from tests.actions.backbones import Staffing
from tests.commands.world import NOW, Person, World, text_of

SAID = {
    "level": "二级",
    "major": "机械类",
    "opens_on": "2026-06-20",
    "headcount": "24",
    "title": "数控加工二级班",
    "venue": "实训楼",
    "lecturers_preferred": "无",
}


@dataclass
class Scene:
    """A base with one planned class, its province, the centre."""

    world: World
    base: Person
    province: Person
    centre: Person
    item: PlanItem

    async def open(self, said: str) -> FormRequest:
        """The form that a command opens."""
        outcome = await self.world.say(self.base, said)
        assert outcome.open is not None, text_of(outcome)
        return outcome.open

    async def hand_in(self, request: FormRequest, **changed: str) -> str:
        """Fill it as planned but for what is changed; what was said."""
        answers = {**SAID, **changed}
        draft = Draft(
            id=request.draft,
            form=request.form,
            version=request.version,
            subject=request.subject,
            context=request.context,
            started_on=NOW.date(),
            answers={key: Answer(value) for key, value in answers.items()},
        )
        return text_of(await self.world.submit(self.base, draft))

    async def row(self, code: str = "2026-JX-01") -> ClassRow:
        async with self.world.database.reading() as uow:
            row = await classes.by_code(uow, code=code)
        assert row is not None
        return row

    async def opening(self) -> str:
        async with self.world.database.reading() as uow:
            found = await deadlines.find(uow, subject="2026-JX-01", step="opening")
        assert found is not None
        return found.state

    async def heard(self, person: Person) -> str:
        return "\n".join(await self.world.pushed(person))


async def plan(world: World, opens_on: date = date(2026, 6, 20)) -> PlanItem:
    id_ = new_id()
    async with world.database.transaction() as uow:
        item = NewItem(
            id=id_,
            institution_id="base0",
            period="2026-1",
            level="二级",
            major="机械类",
            opens_on=opens_on,
            headcount=24,
            recruits_from=["province1"],
            created_by="somebody",
            state="published",
        )
        await plans.add_items(uow, [item], now=world.now)
        found = await plans.item(uow, item_id=id_)
        await uow.commit()
    assert found is not None
    return found


@pytest.fixture
async def scene(world: World) -> Scene:
    return Scene(
        world,
        await world.person("基地", ("base_staff", "江南")),
        await world.person("省", ("province_manager", "江南省")),
        await world.person("中心", ("centre_manager", "全国")),
        await plan(world),
    )


async def test_planned_classes_are_offered_and_one_off_the_plan(scene: Scene) -> None:
    said = await scene.world.say(scene.base, "开班")

    assert [one.send for one in said.replies[0].choices] == [
        f"开班 计划 {scene.item.number}",
        "开班 江南机电技师学院 计划外",
    ]
    assert said.replies[0].choices[0].label == (
        f"计划 {scene.item.number} 号：机械类二级，6 月 20 日（周六），24 人"
    )


async def test_of_a_planned_class_only_what_the_plan_does_not_say_is_asked(
    scene: Scene,
) -> None:
    request = await scene.open(f"开班 计划 {scene.item.number}")

    assert request.given == {
        "level": "二级",
        "major": "机械类",
        "opens_on": "2026-06-20",
        "headcount": "24",
    }
    assert (request.context["origin"], request.context["approved"]) == (
        "on_plan",
        "机械类,三级;机械类,二级",
    )


async def test_a_planned_class_without_a_change_stands_at_once(scene: Scene) -> None:
    request = await scene.open(f"开班 计划 {scene.item.number}")
    said = await scene.hand_in(request)
    row = await scene.row()
    async with scene.world.database.reading() as uow:
        review = await reviews.latest(uow, class_id=row.id, kind="opening")

    assert "不用审核" in said
    assert (await scene.opening(), review) == ("done", None)
    assert (row.plan_item_id, row.recruits_from) == (scene.item.id, ["province1"])
    assert "按计划开班" in await scene.heard(scene.province)


async def test_a_planned_class_is_opened_once(scene: Scene) -> None:
    first = await scene.open(f"开班 计划 {scene.item.number}")
    second = await scene.open(f"开班 计划 {scene.item.number}")
    await scene.hand_in(first)
    said = await scene.hand_in(second)
    gone = await scene.world.say(scene.base, f"开班 计划 {scene.item.number}")

    assert "已经开过班" in said
    assert "没有可以开班的计划" in text_of(gone)


async def test_a_change_of_the_plan_goes_to_the_province_which_sees_it(
    scene: Scene,
) -> None:
    request = await scene.open(f"开班 计划 {scene.item.number}")
    said = await scene.hand_in(request, headcount="30", opens_on="2026-06-27")
    number = await _waiting(scene)
    shown = await scene.world.say(scene.province, f"审核 {number}")
    before = await scene.opening()
    await scene.world.say(scene.province, f"审核 {number} 通过")

    assert "和计划相比有变化" in said
    assert "计划内，有变化" in text_of(shown)
    assert "人数：计划 24，现在 30" in text_of(shown)
    assert "开班日期：计划 6 月 20 日（周六），现在 6 月 27 日（周六）" in text_of(
        shown
    )
    assert (before, await scene.opening()) == ("open", "done")
    assert "计划内，有变化" in await scene.heard(scene.centre)


async def _waiting(scene: Scene, kind: str = "opening") -> int:
    row = await scene.row()
    async with scene.world.database.reading() as uow:
        found = await reviews.latest(uow, class_id=row.id, kind=kind)
    assert found is not None
    return found.number


async def test_a_refused_change_frees_the_planned_class(scene: Scene) -> None:
    request = await scene.open(f"开班 计划 {scene.item.number}")
    await scene.hand_in(request, headcount="30")
    number = await _waiting(scene)
    await scene.world.say(scene.province, f"审核 {number} 不通过 人数不改")
    again = await scene.open(f"开班 计划 {scene.item.number}")

    assert (await scene.row()).state == "cancelled"
    assert again.given["headcount"] == "24"


# ---- off the plan ----


async def off_plan(scene: Scene) -> int:
    request = await scene.open("开班 计划外")
    await scene.hand_in(request, recruits="own", why="新增专业")
    return await _waiting(scene)


async def test_an_off_plan_class_recruits_where_it_says(scene: Scene) -> None:
    number = await off_plan(scene)
    shown = await scene.world.say(scene.province, f"审核 {number}")

    assert (await scene.row()).recruits_from == ["province0"]
    assert "计划外；面向本省；新增专业" in text_of(shown)


async def test_approval_of_an_off_plan_class_waits_for_the_stamped_page(
    scene: Scene,
) -> None:
    number = await off_plan(scene)
    said = await scene.world.say(scene.province, f"审核 {number} 通过")
    before = await scene.opening()
    page = await scene.world.say(scene.province, "盖章 file:page")
    taken = await _scan(scene, scene.province)

    assert "要上传盖章扫描件" in text_of(said)
    assert "正在看" in text_of(page)
    assert (before, taken, await scene.opening()) == ("open", True, "done")
    assert "省里审核通过" in await scene.heard(scene.base)
    assert "计划外" in await scene.heard(scene.centre)
    assert f"{number} 号" in await scene.heard(scene.province)


async def _scan(scene: Scene, person: Person) -> bool:
    row = await scene.row()
    async with scene.world.database.transaction() as uow:
        found = await reviews.latest(uow, class_id=row.id, kind="opening")
        assert found is not None
        taken = await opening_reviews.take_scan(
            uow,
            scene.world.house,
            review_id=found.id,
            person_id=person.id,
            now=scene.world.now,
        )
        await uow.commit()
    return taken


async def test_a_page_that_nobody_asked_for_completes_nothing(scene: Scene) -> None:
    await off_plan(scene)

    assert await _scan(scene, scene.province) is False
    assert await scene.opening() == "open"


async def test_a_page_after_a_no_is_not_taken(scene: Scene) -> None:
    number = await off_plan(scene)
    await scene.world.say(scene.province, f"审核 {number} 通过")
    await scene.world.say(scene.province, f"审核 {number} 不通过 材料不全")

    assert await _scan(scene, scene.province) is False
    assert (await scene.row()).state == "cancelled"


async def test_with_two_pages_owed_it_is_asked_whose_it_is(scene: Scene) -> None:
    first = await off_plan(scene)
    request = await scene.open("开班 计划外")
    await scene.hand_in(request, recruits="all", why="另一个", title="钳工二级班")
    second = first + 1
    for number in (first, second):
        await scene.world.say(scene.province, f"审核 {number} 通过")
    said = await scene.world.say(scene.province, "盖章 file:page")
    sends = [one.send for one in said.replies[0].choices]

    assert sends == [
        f"审核 {second} 通过 file:page",
        f"审核 {first} 通过 file:page",
    ]
    assert "正在看" in text_of(await scene.world.say(scene.province, sends[0]))


# ---- handed in ----


async def test_what_was_approved_when_the_form_began_is_looked_at_again(
    scene: Scene,
) -> None:
    request = await scene.open("开班 计划外")
    said = await scene.hand_in(request, level="三级", major="信息类")

    assert "规程第四条" in said


async def test_somebody_elses_planned_class_is_not_there(scene: Scene) -> None:
    other = await scene.world.person("外省", ("base_staff", "江北"))
    foreign = await scene.world.say(other, f"开班 计划 {scene.item.number}")
    missing = await scene.world.say(other, "开班 计划 99999")

    assert text_of(foreign) == text_of(missing).replace("99999", str(scene.item.number))


async def test_preferred_lecturers_are_known_by_name_and_asked_back(
    scene: Scene,
) -> None:
    row = await scene.world.new_class(state="planned")
    team = Staffing(scene.world, scene.base, scene.province, row)
    await team.enrol("甲一", "己六", "甲一")
    request = await scene.open(f"开班 计划 {scene.item.number}")
    draft = Draft(
        id="d9",
        form=request.form,
        version=request.version,
        subject=request.subject,
        context=request.context,
        started_on=NOW.date(),
        answers={
            key: Answer(value)
            for key, value in {
                **SAID,
                "lecturers_preferred": "甲一、己六、无名氏",
            }.items()
        },
    )
    outcome = await scene.world.submit(scene.base, draft)
    row = await scene.row("2026-JX-02")
    async with scene.world.database.reading() as uow:
        wished = await engagements.wishes_of(uow, class_id=row.id)

    assert "没有适合这个班的 无名氏" in outcome.replies[0].text
    assert [one.send for one in outcome.replies[1].choices] == [
        "推荐 2026-JX-02 倾向 GG-2025-100",
        "推荐 2026-JX-02 倾向 GG-2025-102",
    ]
    assert wished.preferred == ("e101",)


# ---- 改期 ----


async def test_a_planned_class_moves_when_the_province_agrees(scene: Scene) -> None:
    request = await scene.open(f"开班 计划 {scene.item.number}")
    await scene.hand_in(request)
    asked = await scene.world.say(scene.base, "改期 2026-JX-01 2026-07-04")
    await scene.world.say(scene.base, asked.replies[0].choices[0].send)
    waiting = await scene.world.say(scene.base, "改期 2026-JX-01 2026-07-11")
    before = (await scene.row()).opens_on
    number = await _waiting(scene, "change")
    shown = await scene.world.say(scene.province, f"审核 {number}")
    await scene.world.say(scene.province, f"审核 {number} 通过")
    row = await scene.row()

    assert "要省里审核" in text_of(asked)
    assert "正在省里审核" in text_of(waiting)
    assert "从 6 月 20 日（周六）改到 7 月 4 日（周六）开班" in text_of(shown)
    assert (before, row.opens_on, row.ends_on) == (
        date(2026, 6, 20),
        date(2026, 7, 4),
        date(2026, 7, 12),
    )
    assert "已改到 7 月 4 日（周六）开班" in await scene.heard(scene.base)


async def test_a_refused_move_leaves_the_class_where_it_was(scene: Scene) -> None:
    request = await scene.open(f"开班 计划 {scene.item.number}")
    await scene.hand_in(request)
    await scene.world.say(scene.base, "改期 2026-JX-01 2026-07-04 确认")
    number = await _waiting(scene, "change")
    await scene.world.say(scene.province, f"审核 {number} 不通过 教室有安排")
    row = await scene.row()

    assert (row.state, row.opens_on) == ("planned", date(2026, 6, 20))
    assert "理由：教室有安排" in await scene.heard(scene.base)


async def test_a_move_that_came_too_late_cannot_be_agreed_to(scene: Scene) -> None:
    request = await scene.open(f"开班 计划 {scene.item.number}")
    await scene.hand_in(request)
    await scene.world.say(scene.base, "改期 2026-JX-01 2026-06-13 确认")
    number = await _waiting(scene, "change")
    scene.world.now = msgspec.convert("2026-06-14T02:00:00Z", type(NOW))
    said = await scene.world.say(scene.province, f"审核 {number} 通过")

    assert "改不到" in text_of(said)
    assert (await scene.row()).opens_on == date(2026, 6, 20)
