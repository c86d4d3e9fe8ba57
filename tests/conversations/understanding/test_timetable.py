"""课程安排 as it is written: by day, by date, by line; nothing of it is lost."""

from __future__ import annotations

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from conversations.understanding.timetable import DayPlan, read_timetable

OPENS_ON = date(2026, 6, 20)


def days_of(text: str, days: int = 2) -> tuple[DayPlan, ...]:
    return read_timetable(text, days=days, opens_on=OPENS_ON).days


HALVES = (
    DayPlan(1, morning="标准解读", afternoon="任务分析（周明）"),
    DayPlan(2, whole="工作页设计"),
)


@pytest.mark.parametrize(
    "text",
    [
        "第1天 上午 标准解读；下午 任务分析（周明）\n第2天 工作页设计",
        "第一天：上午：标准解读，下午：任务分析（周明）\n第二天：工作页设计",
        "第 1 天（周六）上午标准解读，下午任务分析（周明）；第 2 天（周日）工作页设计",
        "6月20日 上午 标准解读 下午 任务分析（周明）\n6月21日（周日） 工作页设计",
        "2026-06-20 上午 标准解读\n下午 任务分析（周明）\n2026-06-21 工作页设计",
        "6.20 上午标准解读；下午任务分析（周明）\n6.21 工作页设计",
        "1. 上午 标准解读；下午 任务分析（周明）\n2. 工作页设计",
        "D1 上午 标准解读；下午 任务分析（周明）\nDay 2：工作页设计",
        "上午 标准解读；下午 任务分析（周明）\n工作页设计",
    ],
)
def test_the_ways_people_write_days(text: str) -> None:
    assert days_of(text) == HALVES


def test_several_days_may_share_a_line() -> None:
    read = read_timetable("第1-3天 集中授课\n第4天 考核", days=4, opens_on=OPENS_ON)

    assert [one.whole for one in read.days] == ["集中授课"] * 3 + ["考核"]


def test_days_without_a_plan_and_days_too_many_are_named() -> None:
    read = read_timetable("第1天 开班\n第十天 结业", days=3, opens_on=OPENS_ON)

    assert (read.missing, read.beyond) == ((2, 3), (10,))


def test_a_day_before_the_opening_is_one_too_many() -> None:
    read = read_timetable("6月19日 报到\n6月20日 开班", days=1, opens_on=OPENS_ON)

    assert (read.missing, read.beyond) == ((), (0,))


def test_a_class_over_new_year_knows_its_january() -> None:
    read = read_timetable(
        "12月31日 开班\n1月1日 授课", days=2, opens_on=date(2026, 12, 31)
    )

    assert [one.whole for one in read.days] == ["开班", "授课"]


def test_what_stands_before_the_days_is_kept_apart() -> None:
    read = read_timetable("总学时 72\n第1天 开班", days=1, opens_on=OPENS_ON)

    assert (read.preface, read.days) == ("总学时 72", (DayPlan(1, whole="开班"),))


def test_a_day_named_inside_a_plan_begins_no_day() -> None:
    (day,) = days_of("第1天 布置作业，第3天交", days=1)

    assert day.whole == "布置作业，第3天交"


@given(text=st.text(max_size=200), days=st.integers(1, 9))
def test_any_text_is_read_and_every_day_is_there(text: str, days: int) -> None:
    read = read_timetable(text, days=days, opens_on=OPENS_ON)

    assert [one.day for one in read.days] == list(range(1, days + 1))
    assert set(read.missing) == {one.day for one in read.days if one.empty}


@given(
    plans=st.lists(
        st.text("甲乙丙丁ab12（） ", min_size=1).filter(str.strip),
        min_size=2,
        max_size=9,
    )
)
def test_nothing_written_under_a_day_is_lost(plans: list[str]) -> None:
    text = "\n".join(f"第{day}天：{plan}" for day, plan in enumerate(plans, 1))
    read = read_timetable(text, days=len(plans), opens_on=OPENS_ON)

    assert [one.whole for one in read.days] == [plan.strip() for plan in plans]
