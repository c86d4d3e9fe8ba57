"""A class of each level from 报送 to 归档, by chat messages only, every date reminded of."""

from __future__ import annotations

from collections import Counter
from datetime import date, datetime, timedelta
from pathlib import Path

import pytest

from bot.clock import CHINA, SystemClock, civil
from tests.journeys.life import acts
from tests.journeys.life.acts import BACKBONE, Cast, Kind
from tests.journeys.life.oracle import Said, due, reminded
from tests.journeys.life.stage import Backbone, Life, found_country, life, settings_of

SECOND = Kind(
    level="二级",
    major="机械类",
    days=9,
    base="江南机电教师培训基地",
    base_kind="教师培训基地",
    title="数控加工二级班",
    teachers=3,
)
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

    def before(self, days: int) -> date:
        """So many days before the first."""
        return self.first - timedelta(days=days)

    def after(self, days: int) -> date:
        """So many days after the last."""
        return self.last + timedelta(days=days)


@pytest.mark.parametrize("course", [SECOND], ids=lambda course: course.level)
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
        said = await plan(stage, cast, days)
        said += await prepare(stage, cast, days)
        assert reminded(cast.base.heard) == said


async def plan(stage: Life, cast: Cast, days: Days) -> Said:
    """The centre calls, the base reports after its first reminder, all is published."""
    await acts.call_for_plans(cast, days.plans_due)
    reports_on = days.plans_due - timedelta(days=7)
    await stage.live_until(reports_on)
    await acts.report_plan(cast, days.first)
    await acts.review_next(cast.province, "通过", "已通过")
    await acts.publish_plans(cast, f"{days.first.year}年下半年")
    return due("培训信息", days.plans_due, since=days.called, done=reports_on)


async def prepare(stage: Life, cast: Cast, days: Days) -> Said:
    """Opened after D-40's second mark, staffed, with a scheme, and called out."""
    opened = days.before(45)
    await stage.live_until(opened)
    await acts.open_class(cast)
    await stage.live_until(asked := days.before(42))
    await acts.recommend(cast, "王芳", "陈婷")
    await stage.live_until(days.before(41))
    for name in ("周明", "吴静", "郑强", "王芳"):
        await acts.accept(cast, name)
    await stage.live_until(staffed := days.before(39))
    await acts.accept(cast, "陈婷")
    await stage.live_until(days.before(38))
    await acts.write_scheme(cast)
    await stage.live_until(filed := days.before(33))
    await acts.file_scheme(cast)
    await stage.live_until(days.before(31))
    await acts.review_next(cast.province, "通过", "已通过")
    await acts.call_for_applications(cast)
    _ = asked
    return (
        due("开班申请", days.before(40), since=days.before(60), done=opened)
        + due("骨干教师邀请", days.before(35), since=opened, done=staffed)
        + due("培训方案", days.before(30), since=opened, done=filed)
        + Counter()
    )
