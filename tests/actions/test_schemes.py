"""培训方案 (规程第九条): written with the lecturers, reviewed by the province, filed."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from datetime import timedelta

import pytest
from sqlalchemy import select

from bot.actions.scheme_state import scheme_of
from conversations.model import Outcome
from storage import classes, deadlines, submissions
from storage.classes import ClassRow
from storage.database import Database
from storage.tables.messages import jobs
from tests.actions.schemes import addition_draft, lecturers, scheme_draft
from tests.commands.world import OPENS_ON, Person, World, text_of


@dataclass
class Cast:
    """A planned class and everybody its scheme concerns."""

    world: World
    row: ClassRow
    base: Person
    province: Person
    centre: Person
    ming: Person
    jing: Person

    async def hand_in(self) -> Outcome:
        await self.world.submit(self.base, scheme_draft(self.row, "周明", "吴静"))
        return await self.world.say(self.base, f"方案 {self.row.code} 报送")

    async def say(self, who: Person, rest: str = "") -> str:
        return text_of(
            await self.world.say(who, f"方案 {self.row.code} {rest}".strip())
        )

    async def state(self) -> str:
        async with self.world.database.reading() as uow:
            return (await scheme_of(uow, self.row)).state

    async def files_started(self) -> int:
        async with self.world.database.reading() as uow:
            found = await uow.execute(
                select(jobs.c.id).where(jobs.c.kind == "scheme_file")
            )
        return len(found.all())


@pytest.fixture
async def cast(world: World) -> Cast:
    row = await world.new_class(state="planned")
    ming, jing = await lecturers(world, row, "周明", "吴静")
    return Cast(
        world,
        row,
        await world.person("基地", ("base_staff", "江南")),
        await world.person("省", ("province_manager", "江南省")),
        await world.person("部", ("centre_manager", "全国")),
        ming,
        jing,
    )


async def test_the_base_is_asked_for_what_nobody_knows_yet(cast: Cast) -> None:
    outcome = await cast.world.say(cast.base, f"方案 {cast.row.code}")

    assert outcome.open is not None
    assert (outcome.open.form, outcome.open.context["lecturer_2"]) == ("scheme", "吴静")
    assert outcome.open.context["dates"] == (
        "6 月 20 日（周六）至 6 月 28 日（周日），共 9 天"
    )


async def test_what_was_written_is_kept_and_the_lecturers_hear_of_it_once(
    cast: Cast,
) -> None:
    outcome = await cast.world.submit(cast.base, scheme_draft(cast.row, "周明", "吴静"))
    cast.world.later(minutes=5)
    await cast.world.submit(
        cast.base, scheme_draft(cast.row, "周明", "吴静", goals="改过的培训目标在这里")
    )
    async with cast.world.database.reading() as uow:
        staff = await classes.staff_of(uow, class_id=cast.row.id, duty="lecturer")

    assert outcome.done
    assert [one.send for one in outcome.replies[0].choices] == [
        f"方案 {cast.row.code} 报送",
        f"方案 {cast.row.code} 修改",
        f"方案 {cast.row.code} 文件",
    ]
    assert [one.course for one in staff] == ["学习任务分析", "工作页设计"]
    assert len(await cast.world.pushed(cast.ming)) == 1
    assert await cast.state() == "draft"


@pytest.mark.parametrize(
    ("schedule", "said"),
    [
        (
            "第1天 开班\n第3-9天 授课",
            "日程里没有第 2 天，二级培训是 9 天（规程第十一条）",
        ),
        ("第1-10天 授课，第十天结业", "日程里有 9 天以外的日子"),
    ],
)
async def test_the_schedule_has_the_days_of_its_level(
    cast: Cast, schedule: str, said: str
) -> None:
    draft = scheme_draft(cast.row, "周明", "吴静", schedule=schedule)
    outcome = await cast.world.submit(cast.base, draft)

    assert (outcome.done, said in text_of(outcome)) == (False, True)
    assert await cast.state() == "none"


async def test_lecturers_add_by_section_and_the_last_word_of_each_counts(
    cast: Cast,
) -> None:
    world, row = cast.world, cast.row
    await world.submit(cast.ming, addition_draft(row, "周明", "先分组"))
    world.later(minutes=1)
    await world.submit(cast.ming, addition_draft(row, "周明", "先演示再分组"))
    await world.submit(
        cast.jing, addition_draft(row, "吴静", "带样例", section="materials")
    )
    world.later(minutes=1)
    await world.submit(
        cast.jing, addition_draft(row, "吴静", "无", section="materials")
    )
    async with world.database.reading() as uow:
        scheme = await scheme_of(uow, row)

    assert [(one.lecturer, one.section, one.text) for one in scheme.additions] == [
        ("周明", "schedule", "先演示再分组")
    ]
    assert scheme.silent == ["吴静"]
    assert "周明补充了" in (await world.pushed(cast.base))[0]


async def test_a_lecturer_is_offered_their_own_words_again(cast: Cast) -> None:
    await cast.world.submit(cast.ming, addition_draft(cast.row, "周明", "先分组"))
    outcome = await cast.world.say(cast.ming, f"方案 {cast.row.code} 补充 课程安排")
    other = await cast.world.say(cast.jing, f"方案 {cast.row.code} 补充 课程安排")

    assert outcome.open is not None
    assert outcome.open.prefill == {"text": "先分组"}
    assert other.open is not None
    assert other.open.prefill == {}


async def test_a_lecturers_own_course_goes_to_the_staff_list(cast: Cast) -> None:
    draft = addition_draft(cast.row, "吴静", "信息页设计", section="course")
    await cast.world.submit(cast.jing, draft)
    async with cast.world.database.reading() as uow:
        staff = await classes.staff_of(uow, class_id=cast.row.id, duty="lecturer")

    assert [one.course for one in staff] == ["", "信息页设计"]


async def test_handed_in_it_goes_to_the_province_with_its_document(cast: Cast) -> None:
    said = text_of(await cast.hand_in())
    told = await cast.world.pushed(cast.province)
    await cast.world.say(cast.province, "审核 1")

    assert "编号 1。（周明、吴静还没有补充。）审核后告诉您。" in said
    assert told[0].startswith("江南机电技师学院报来")
    assert await cast.files_started() == 1


async def test_approved_it_is_filed_and_everybody_of_it_hears(cast: Cast) -> None:
    await cast.hand_in()
    await cast.world.say(cast.province, "审核 1 通过")
    async with cast.world.database.reading() as uow:
        step = await deadlines.find(uow, subject=cast.row.code, step="scheme")

    assert step is not None
    assert (step.state, await cast.state()) == ("done", "filed")
    assert (await cast.world.pushed(cast.centre))[0].startswith(
        "【报备】江南机电技师学院的“数控加工二级班”（2026-JX-01）培训方案，江南省审核通过。"
    )
    assert "省里审核通过" in (await cast.world.pushed(cast.base))[-1]
    heard = await cast.world.pushed(cast.ming)
    assert [text for text in heard if "需求 2026-JX-01" in text] != []


async def test_returned_it_comes_back_with_its_reason_and_all_it_said(
    cast: Cast,
) -> None:
    await cast.hand_in()
    await cast.world.say(cast.province, "审核 1 不通过 缺考核标准")
    overview = await cast.say(cast.base)
    again = await cast.world.say(cast.base, f"方案 {cast.row.code} 修改")

    assert "退回理由：缺考核标准" in overview
    assert again.open is not None
    said_before = scheme_draft(cast.row, "周明", "吴静").answers
    assert again.open.given == {key: one.value for key, one in said_before.items()}
    cast.world.later(minutes=1)
    second = await cast.hand_in()
    assert "编号 2" in text_of(second)


async def test_nothing_changes_while_the_province_reviews(cast: Cast) -> None:
    await cast.hand_in()
    change = await cast.say(cast.base, "修改")
    addition = await cast.world.submit(
        cast.ming, addition_draft(cast.row, "周明", "再加一点")
    )
    again = await cast.say(cast.base, "报送")

    for said in (change, text_of(addition), again):
        assert "正在省里审核，编号 1，先不能改" in said


async def test_after_it_is_filed_lecturers_still_add_and_the_base_does_not(
    cast: Cast,
) -> None:
    await cast.hand_in()
    await cast.world.say(cast.province, "审核 1 通过")
    change = await cast.say(cast.base, "修改")
    cast.world.later(days=90)
    added = await cast.world.submit(
        cast.ming, addition_draft(cast.row, "周明", "按需求多练一天")
    )

    assert "已经报备了（规程第九条）" in change
    assert added.done
    assert "会按日期另列" in (await cast.world.pushed(cast.base))[-1]


async def test_who_reads_it_and_who_does_not(cast: Cast) -> None:
    world = cast.world
    stranger = await world.person("孙立", ("backbone_teacher", "江南省"))
    elsewhere = await world.person("外省", ("province_manager", "江北省"))
    teacher = await world.person("教师")
    missing = text_of(await world.say(stranger, "方案 2031-JX-99"))
    early = await cast.say(cast.province)
    await cast.hand_in()

    assert early == "“数控加工二级班”（2026-JX-01）的培训方案还没有报来。"
    for person in (stranger, elsewhere):
        said = await cast.say(person)
        assert said == missing.replace("2031-JX-99", cast.row.code)
    assert "没有认出" in await cast.say(teacher)
    assert "正在省里审核" in await cast.say(cast.province)
    assert "正在省里审核" in await cast.say(cast.centre)
    assert "正在省里审核" in await cast.say(cast.ming)


async def test_only_the_base_writes_and_only_lecturers_add(cast: Cast) -> None:
    by_province = await cast.say(cast.province, "报送")
    by_lecturer = await cast.say(cast.ming, "修改")
    by_base = await cast.say(cast.base, "补充 课程安排")
    unknown = await cast.say(cast.ming, "补充 茶歇")

    assert "方案由培训机构填写和报送（规程第九条）" in by_province
    assert "方案由培训机构填写和报送（规程第九条）" in by_lecturer
    assert "是本班授课教师用的" in by_base
    assert "没有“茶歇”这一部分" in unknown


async def test_a_cancelled_class_has_no_scheme_to_write_or_decide(cast: Cast) -> None:
    await cast.hand_in()
    await cast.world.say(cast.base, f"取消班级 {cast.row.code} 确认")
    decided = text_of(await cast.world.say(cast.province, "审核 1 通过"))

    assert "已取消，不能审核" in decided
    assert "已取消，不能改培训方案" in await cast.say(cast.base, "修改")


async def test_handed_in_by_two_at_once_it_is_reviewed_once(
    cast: Cast, database_url: str
) -> None:
    world = cast.world
    await world.submit(cast.base, scheme_draft(cast.row, "周明", "吴静"))
    colleague = await world.person("同事", ("base_staff", "江南"))
    other = Database(database_url, world.database.vault)
    text = f"方案 {cast.row.code} 报送"
    said = await asyncio.gather(
        world.say(cast.base, text), world.say(colleague, text, database=other)
    )
    await other.close()

    assert sum("已报省里审核" in text_of(one) for one in said) == 1
    assert sum("先不能改" in text_of(one) for one in said) == 1


async def test_late_it_says_so(cast: Cast) -> None:
    cast.world.now += timedelta(days=(OPENS_ON - cast.world.now.date()).days - 10)

    assert "不足 30 天（规程第九条）" in text_of(await cast.hand_in())


async def test_the_next_scheme_of_the_same_kind_is_offered_what_this_one_said(
    cast: Cast,
) -> None:
    await cast.hand_in()
    following = await cast.world.new_class(state="planned", title="数控加工二级二班")
    outcome = await cast.world.say(cast.base, f"方案 {following.code}")

    assert outcome.open is not None
    assert outcome.open.prefill["logistics"] == "校内公寓双人间"
    assert str(outcome.open.prefill["goals"]).startswith("能按课程标准")
    assert "course_1" not in outcome.open.prefill


async def test_a_base_that_lost_its_role_hands_nothing_in(cast: Cast) -> None:
    cast.base.grants = []
    outcome = await cast.world.submit(cast.base, scheme_draft(cast.row))

    assert (outcome.done, "没有办这件事的身份" in text_of(outcome)) == (False, True)


async def test_what_a_lecturer_added_stays_when_they_are_erased(cast: Cast) -> None:
    world = cast.world
    await world.submit(cast.ming, addition_draft(cast.row, "周明", "先分组"))
    await world.say(cast.ming, "删除我的信息 确认")
    async with world.database.reading() as uow:
        scheme = await scheme_of(uow, cast.row)
        (kept,) = await submissions.find(uow, form="scheme_addition")

    assert [(one.lecturer, one.text) for one in scheme.additions] == [
        ("周明", "先分组")
    ]
    assert kept.person_id is None


async def test_the_course_of_a_lecturer_who_left_is_asked_anew(cast: Cast) -> None:
    await cast.world.submit(cast.base, scheme_draft(cast.row, "郑强", "吴静"))
    again = await cast.world.say(cast.base, f"方案 {cast.row.code} 修改")

    assert again.open is not None
    assert again.open.context["lecturer_1"] == "周明"
    assert "course_1" not in again.open.given
    assert again.open.given["course_2"] == "工作页设计"
