"""A class of each level from 报送 to 归档, by chat messages only, every date reminded of."""

from __future__ import annotations

from collections import Counter
from datetime import date, datetime, time, timedelta
from pathlib import Path

import msgspec
import pytest

from bot.clock import CHINA, SystemClock, civil
from tests.journeys.life import acts, later_acts
from tests.journeys.life.acts import BACKBONE, Cast, Kind
from tests.journeys.life.oracle import Said, due, reminded
from tests.journeys.life.phones import Phone
from tests.journeys.life.stage import Backbone, Life, found_country, life, settings_of

FIRST = Kind(
    level="一级",
    major="服务类",
    days=8,
    base="江南师资研修中心",
    base_kind="师资研修中心",
    title="酒店服务一级班",
    teachers=3,
)
SECOND = Kind(
    level="二级",
    major="机械类",
    days=9,
    base="江南机电教师培训基地",
    base_kind="教师培训基地",
    title="数控加工二级班",
    teachers=3,
)
THIRD = msgspec.structs.replace(SECOND, level="三级", days=7, title="数控加工三级班")
NAMES = ("林晓梅", "赵一山", "钱多多", "孙立夏", "李大暑", "王小满")


def third_monday_of_august(year: int) -> date:
    """A day with no holiday in the months before it and the weeks after it."""
    first = date(year, 8, 1)
    return first + timedelta(days=-first.weekday() % 7 + 14)


class Days:
    """The dates of the class, all reckoned from its first."""

    def __init__(self, kind: Kind) -> None:
        year = civil(SystemClock().now()).year + 1
        self.first = third_monday_of_august(year)
        self.last = self.first + timedelta(days=kind.days - 1)
        self.begins = datetime(year, 5, 20, 10, tzinfo=CHINA)
        self.called = self.begins.date()
        self.plans_due = date(year, 6, 25)
        self.summary_due = date(year, 12, 10)
        # When everything is done, some before its first reminder and some after.
        self.reported = self.plans_due - timedelta(days=7)
        self.opened = self.before(45)
        self.asked = self.before(42)
        self.staffed = self.before(39)
        self.filed = self.before(33)
        self.called_out = self.before(31)
        self.applied = self.before(20)
        self.passed = self.before(10)
        self.summed_up = date(year, 12, 3)
        self.over = date(year, 12, 14)

    def before(self, days: int) -> date:
        """So many days before the first."""
        return self.first - timedelta(days=days)

    def after(self, days: int) -> date:
        """So many days after the last."""
        return self.last + timedelta(days=days)


@pytest.mark.parametrize(
    "course", [FIRST, SECOND, THIRD], ids=lambda course: f"{course.days}-days"
)
async def test_a_class_from_its_plan_to_its_archive(
    empty_database_url: str, tmp_path: Path, course: Kind
) -> None:
    kind, days = course, Days(course)
    settings = settings_of(empty_database_url, tmp_path)
    await found_country(
        settings,
        (kind.base, kind.base_kind),
        [(kind.major, kind.level)],
        [
            Backbone(name, f"GG-{number:03}", "江南机电技师学院")
            for number, name in enumerate(BACKBONE, 1)
        ],
    )
    async with life(settings, days.begins) as (stage, first_code):
        cast = await acts.take_up_roles(stage, first_code, kind)
        await plan(stage, cast, days)
        await prepare(stage, cast, days)
        await recruit(stage, cast, days)
        await train(stage, cast, days)
        await end(stage, cast, days)
        await sum_up(stage, cast, days)
        said = {user: reminded(phone.heard) for user, phone in stage.phones.items()}
        assert said == wanted(cast, days)


def wanted(cast: Cast, days: Days) -> dict[str, Said]:
    """What each should have been reminded of, by the days on which things were done."""
    expected: dict[str, Said] = {one.user: Counter() for one in everybody(cast)}
    expected["base"] = (
        due("培训信息", days.plans_due, since=days.called, done=days.reported)
        + due("开班申请", days.before(40), since=days.before(60), done=days.opened)
        + due("骨干教师邀请", days.before(35), since=days.opened, done=days.staffed)
        + due("培训方案", days.before(30), since=days.opened, done=days.filed)
        + due("报名审核", days.before(7), since=days.applied, done=days.passed)
        + due("机构反馈表", days.after(7), since=days.filed, done=days.after(3))
        + due("成绩单", days.after(7), since=days.filed, done=days.after(6))
        + due("过程监督材料", days.after(7), since=days.filed, done=days.after(6))
        # The next call, which nobody answers here.
        + due(
            "培训信息", date(days.first.year, 12, 15), since=days.last, done=days.over
        )
        + due("工作总结", days.summary_due, since=days.last, done=days.summed_up)
    )
    expected["province"] = due(
        "培训方案", days.before(30), since=days.filed, done=days.called_out
    )
    expected["manager"] = due(
        "培训考勤", days.last, since=days.before(1), done=days.last
    )
    feedback = due(
        "骨干教师反馈表", days.after(7), since=days.filed, done=days.after(3)
    )
    for name in cast.lecturers:
        scored = days.last - timedelta(days=2)
        expected[name] = (
            due("培训需求分析", days.before(1), since=days.staffed, done=days.before(4))
            + due("过程性考核评分", days.last, since=days.before(1), done=scored)
            + feedback
        )
    for name in cast.assessors:
        scored_on = due(
            "终结性考核评分", days.last, since=days.before(1), done=days.last
        )
        expected[name] = scored_on + feedback
    for name in cast.teachers:
        expected[name] = due(
            "结束评估表", days.after(7), since=days.after(-1), done=days.after(1)
        )
    return expected


def everybody(cast: Cast) -> list[Phone]:
    """All who take part."""
    assert cast.class_manager is not None
    return [
        *(cast.centre, cast.province, cast.other_province, cast.base),
        *(cast.class_manager, *cast.backbone.values(), *cast.teachers.values()),
    ]


async def plan(stage: Life, cast: Cast, days: Days) -> None:
    """The centre calls, the base reports after its first reminder, all is published."""
    await acts.call_for_plans(cast, days.plans_due)
    await stage.live_until(days.reported)
    await acts.report_plan(cast, days.first)
    await acts.review_next(cast.province, "通过", "已通过")
    await acts.publish_plans(cast, f"{days.first.year}年下半年")


async def prepare(stage: Life, cast: Cast, days: Days) -> None:
    """The class is opened, staffed, has a scheme, and is called out."""
    await stage.live_until(days.opened)
    await acts.open_class(cast)
    await stage.live_until(days.asked)
    await acts.recommend(cast, "王芳", "陈婷")
    await stage.live_until(days.before(41))
    for name in ("周明", "吴静", "郑强", "王芳"):
        await acts.accept(cast, name)
    await stage.live_until(days.staffed)
    await acts.accept(cast, "陈婷")
    await stage.live_until(days.before(38))
    await acts.write_scheme(cast)
    await stage.live_until(days.filed)
    await acts.file_scheme(cast)
    await stage.live_until(days.called_out)
    await acts.review_next(cast.province, "通过", "已通过")
    await acts.call_for_applications(cast)


async def recruit(stage: Life, cast: Cast, days: Days) -> None:
    """All apply, are passed and admitted; the lecturers learn what they need."""
    names = NAMES[: cast.kind.teachers]
    for name in names:
        cast.teachers[name] = await stage.phone(name)
    await stage.live_until(days.applied)
    for serial, name in enumerate(names, 100):
        await acts.apply(cast, name, serial)
    await stage.live_until(days.passed)
    await acts.admit(cast, names)
    await later_acts.appoint_class_manager(stage, cast)
    await stage.live_until(days.before(4))
    await later_acts.learn_needs(cast)


async def train(stage: Life, cast: Cast, days: Days) -> None:
    """Everybody is there nearly always; one hands a better work in; all pass."""
    day = days.first
    while day <= days.last:
        await stage.live_until(day, time(18))
        away = "，林晓梅请假2" if day == days.first else ""
        await later_acts.call_the_roll(cast, f"全勤{away}")
        if day == days.last - timedelta(days=2):
            await later_acts.hand_in_works(cast)
            marks = "1号85 2号72 3号55"
            await later_acts.score(cast, cast.lecturers, marks, "评齐")
            third = cast.teachers[NAMES[2]]
            await third.hears("不到 60 分")
            await third.say(f"成果 {cast.code} 改好的工作页", "二次提交")
            await later_acts.score(cast, cast.lecturers, "3号66", "这一步已办结")
        day += timedelta(days=1)
    marks = "1号90 2号61 3号75"
    await later_acts.score(cast, cast.assessors, marks, "这一步已办结")


async def end(stage: Life, cast: Cast, days: Days) -> None:
    """Evaluated, fed back, certified, its transcript sent, its papers filed."""
    await stage.live_until(days.after(1))
    await later_acts.evaluate(cast)
    await stage.live_until(days.after(3))
    await later_acts.give_feedback(cast)
    await later_acts.issue_certificates(stage, cast)
    await stage.live_until(days.after(6))
    await later_acts.send_transcript(cast)
    await later_acts.file_away(cast)


async def sum_up(stage: Life, cast: Cast, days: Days) -> None:
    """In December the base sums its year up."""
    await stage.live_until(days.summed_up)
    await later_acts.sum_the_year_up(cast)
    await stage.live_until(days.over)
