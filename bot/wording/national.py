"""What is said when the centre calls for plans and publishes them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import date

from bot.wording.common import LONGEST_SAID
from bot.wording.plan_sheets import EVERYBODY
from bot.wording.plans import CLAUSE
from conversations.model import Refusal
from conversations.prompts.text import day, half_year, listed


def confirm_call(period: str, due_on: date, bases: int, provinces: int) -> str:
    """Before a call goes out."""
    return (
        f"征集 {half_year(period)}培训信息，请各培训机构 {due_on.year} 年 {day(due_on)}前报送。"
        f"会告诉 {bases} 家培训机构和 {provinces} 个省，提醒按这一天走。"
        "换一天请发“征集 日期”。"
    )


def confirm_other_date(period: str, before: date, after: date) -> str:
    """Before the date of a call is changed."""
    return (
        f"{half_year(period)}已征集过，{day(before)}前报送。"
        f"改成 {after.year} 年 {day(after)}前？没报的培训机构和各省会收到通知。"
    )


def called(period: str, due_on: date, told: int) -> str:
    """A call went out."""
    return (
        f"征集发出去了，{half_year(period)}培训信息 {day(due_on)}前报送，"
        f"{told} 位会收到。进度发“汇总”看。"
    )


def called_to_base(period: str, due_on: date, left: int) -> str:
    """To a base: the centre calls for plans."""
    return (
        f"部指导中心征集 {half_year(period)}工学一体化教师培训信息，"
        f"请在 {due_on.year} 年 {day(due_on)}前报送，还有 {left} 天。"
    )


REPORT_NOW = "现在报送"


def called_to_province(period: str, due_on: date) -> str:
    """To a province: the centre calls for plans."""
    return (
        f"部指导中心征集 {half_year(period)}培训信息，培训机构 {day(due_on)}前报送，"
        "报来的会逐份请您审核。谁报了，发“计划”看。"
    )


def call_same(period: str, due_on: date) -> str:
    """A call that is out already, with this date."""
    return (
        f"{half_year(period)}的征集已经发过，{day(due_on)}前报送。进度发“汇总”看；"
        "改日期请发“征集 日期”。"
    )


def call_closed(period: str) -> Refusal:
    """Calling for what is published."""
    return Refusal(
        reason=f"{half_year(period)}全国培训信息已经发布，不能再征集",
        clause=CLAUSE,
        advice="增补、调整由基地申请，省里审核后报备案。",
    )


def due_not_ahead(when: date) -> Refusal:
    """A due date that has passed."""
    return Refusal(
        reason=f"{day(when)}不在今天之后",
        advice="请写一个以后的日期，比如“征集 12月15日”。",
    )


def due_too_late(when: date, last: date) -> Refusal:
    """A due date after the half year it is for."""
    return Refusal(
        reason=f"{when.year} 年 {day(when)}太晚，那个半年 {day(last)}就过完了",
        advice="请写早一点的日期。",
    )


def call_unread(said: str) -> Refusal:
    """A call whose words could not be read."""
    return Refusal(
        reason=f"没有读懂“{said[:LONGEST_SAID]}”",
        advice="请这样发：征集 2027年上半年 12月15日。",
    )


def collected(period: str, head: Mapping[str, int], lines: Sequence[str]) -> str:
    """The centre's summary of a half year."""
    said = (
        f"{half_year(period)}：{head['houses']} 家培训机构，审核通过 {head['approved']}，"
        f"待审核 {head['waiting']}，退回 {head['returned']}，没报 {head['missing']}；"
        f"共 {head['items']} 项 {head['people']} 人。"
    )
    return "\n".join((said, *lines))


def missing_line(province: str, names: Iterable[str]) -> str:
    """Who of a province has not reported."""
    return f"{province}没报：{listed(names)}"


def level_line(level: str, parts: Sequence[str]) -> str:
    """The items of one level, by major."""
    return f"{level}：{'；'.join(parts)}"


def level_part(major: str, count: int, people: int) -> str:
    """The items of one level and major."""
    return f"{major} {count} 个班 {people} 人"


def is_out(number: int) -> str:
    """The national information is published."""
    return f"已发布，通知 {number}。"


def publish_label() -> str:
    """The choice to draft the notice."""
    return "起草发布通知"


def sheet_label() -> str:
    """The choice to get it as a file."""
    return "要 Excel 表"


def sheet_coming(period: str) -> str:
    """The list is being made."""
    return f"{half_year(period)}培训信息汇总表正在做，做好就发来。"


def nothing_to_publish(period: str) -> Refusal:
    """Publishing without an item that is agreed to."""
    return Refusal(
        reason=f"{half_year(period)}还没有省里审核通过的计划",
        clause=CLAUSE,
        advice="发“汇总”看谁还没报、谁还没审。",
    )


def published_already(number: int) -> Refusal:
    """Publishing again."""
    return Refusal(
        reason=f"已经发布过了，通知 {number}",
        clause=CLAUSE,
        advice="增补、调整通过审核后会自动更新那一页。",
    )


def some_are_missing(missing: int, waiting: int) -> str:
    """What will not be in it, before the draft."""
    parts = [f"{missing} 家没报"] if missing else []
    parts += [f"{waiting} 家还在审"] if waiting else []
    return f"注意：{'，'.join(parts)}，发布后只能走增补。" if parts else ""


def notice_title(period: str) -> str:
    """The title of the national information."""
    return f"{half_year(period)}全国技工院校工学一体化教师培训信息"


def notice_body(period: str, count: int, people: int) -> str:
    """The text of the national information; the tables stand on its page."""
    return (
        f"现发布 {half_year(period)}全国工学一体化教师培训信息，共 {count} 个班、{people} 人，"
        "按培训级别和专业大类列表，可下载 Excel 表。\n\n"
        "各技工院校可参考本信息，组织符合条件的教师按需参加培训；报名以各班的招生通知为准。\n\n"
        "各培训机构请按本信息组织培训。需要增补或调整的，经省级管理部门审核后报部指导中心备案，"
        "本页随之更新（规程第七条）。"
    )


def plan_published_note() -> str:
    """How the step of plans was done when nothing was handed in."""
    return "全国培训信息已发布"


def table_title(level: str, major: str, count: int, people: int) -> str:
    """What stands over one table of the national information."""
    return f"{level} · {major}（{count} 个班，{people} 人）"


TABLE_HEADER = ("省份", "培训机构", "培训时间", "招生范围", "人数", "备注")
LIST_HEADER = (
    "培训级别", "专业大类", "省份", "培训机构", "开班日期", "结束日期", "天数", "招生范围", "培训人数", "状态", "备注",
)  # fmt: skip
COUNT_HEADER = ("专业大类", "班次", "人数")
COUNT_SHEET = "合计"
TOTAL = "合计"


def file_name(period: str) -> str:
    """The file of the national information."""
    return f"{notice_title(period).replace(' ', '')}.xlsx"


def days_between(first: date, last: date) -> str:
    """The days of a class in a table."""
    return f"{first.year}.{first.month}.{first.day}–{last.month}.{last.day}"


def scope_cell(names: Sequence[str]) -> str:
    """Whom a class recruits, in a table."""
    return listed(names) if names else EVERYBODY


def remark(kind: str, *, not_held: bool, moved: bool, cancelled: bool) -> str:
    """What is to be said of a class in a table."""
    if not_held:
        return "不办"
    if cancelled:
        return "班次已取消"
    if moved:
        return "改期"
    return {"addition": "增补", "adjustment": "调整"}.get(kind, "")
