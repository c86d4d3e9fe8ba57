"""What is said about the training scheme of a class (规程第九条)."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from conversations.model import Refusal
from conversations.prompts.text import day

SECTIONS = {
    "course": "分工课程",
    "goals": "培训目标",
    "schedule": "课程安排",
    "assessment": "考核安排",
    "materials": "培训资料",
    "equipment": "场地设备",
    "logistics": "后勤服务",
}
"""What a lecturer may add to, by its key."""

CHANGE = ("修改", "填写", "重写", "写")
HAND_IN = ("报送", "报备", "提交", "上报")
FILE = ("文件", "看", "下载", "查看")
ADD = ("补充", "补", "加")
TAKEN_BACK = "无"
TITLE = "培训方案"
TO_CHANGE = "改培训方案"

_STATES = {
    "none": "还没有写",
    "draft": "写好了，还没报省里",
    "waiting": "正在省里审核",
    "returned": "被省里退回",
    "filed": "省里审核通过，已报备",
}


def overview(name: str, state: str, lines: Sequence[str]) -> str:
    """Where the scheme of a class stands."""
    return "\n".join((f"{name}的培训方案：{_STATES[state]}。", *lines))


def returned_because(reason: str) -> str:
    """Why the province returned it."""
    return f"退回理由：{reason}"


def under_number(number: int) -> str:
    """The number it is reviewed by."""
    return f"审核编号 {number}"


def added_by(name: str, sections: Sequence[str]) -> str:
    """What one lecturer added."""
    return f"{name}补充了{'、'.join(SECTIONS[one] for one in sections)}"


def not_added(names: Sequence[str]) -> str:
    """Who could still add."""
    return f"{'、'.join(names)}还没有补充"


def hand_in_choice() -> str:
    """The choice to put it before the province."""
    return "报省里审核"


def file_choice() -> str:
    """The choice to read it as a file."""
    return "看方案文件"


def change_choice() -> str:
    """The choice to change it."""
    return "修改方案"


def look_choice() -> str:
    """The choice to see where it stands."""
    return "看培训方案"


def add_choice(section: str) -> str:
    """The choice to add to one section."""
    return f"补充{SECTIONS[section]}"


def addition_line(section: str, text: str) -> str:
    """What the lecturer added before."""
    return f"{SECTIONS[section]}：{text}"


def saved(name: str, lecturers: Sequence[str]) -> str:
    """The base wrote the scheme."""
    who = f"授课教师{'、'.join(lecturers)}会收到通知，可以补充。" if lecturers else ""
    return f"{name}的培训方案存好了。{who}现在报省里审核，还是再等等？"


def to_lecturer(name: str, institution: str, code: str) -> str:
    """To a lecturer: the base wrote the scheme."""
    return f"{institution}写好了{name}的培训方案，请您看看，有意见可以直接补充：回“方案 {code}”。"


def addition_saved(section: str, *, taken_back: bool) -> str:
    """A lecturer added to it, or took it back."""
    if taken_back:
        return f"好，您对{SECTIONS[section]}的补充已撤下。"
    return f"好，{SECTIONS[section]}的补充存好了，会写进培训方案。"


def addition_to_base(name: str, lecturer: str, section: str, *, filed: bool) -> str:
    """To the base: a lecturer added to it."""
    after = "方案已报备，补充会按日期另列在后面。" if filed else ""
    return f"{lecturer}补充了{name}培训方案的{SECTIONS[section]}。{after}"


def days_missing(days: Sequence[int], total: int, level: str) -> Refusal:
    """Days of the class that the schedule says nothing of."""
    said = "、".join(str(one) for one in days)
    return Refusal(
        reason=f"日程里没有第 {said} 天，{level}培训是 {total} 天",
        clause="规程第十一条",
        advice="请补全：回“修改 日程”，一天一行，写上第几天。",
    )


def days_beyond(total: int, level: str) -> Refusal:
    """Days in the schedule that the class does not have."""
    return Refusal(
        reason=f"日程里有 {total} 天以外的日子，{level}培训是 {total} 天",
        clause="规程第十一条",
        advice="请改一下：回“修改 日程”，从第 1 天写到最后一天。",
    )


def being_reviewed(name: str, number: int) -> Refusal:
    """It waits for the province and cannot be changed."""
    return Refusal(
        reason=f"{name}的培训方案正在省里审核，编号 {number}，先不能改",
        advice="审核后告诉您；要改可以请省里退回。",
    )


def filed_before(name: str) -> Refusal:
    """It is filed and cannot be changed by the base."""
    return Refusal(
        reason=f"{name}的培训方案已经报备了",
        clause="规程第九条",
        advice="要优化课程，可以请授课教师补充，会按日期另列。",
    )


def nothing_to_hand_in(name: str, code: str) -> Refusal:
    """No scheme was written."""
    return Refusal(
        reason=f"{name}的培训方案还没有写", advice=f"先回“方案 {code}”写好再报。"
    )


def no_file(name: str) -> str:
    """It was handed in by other ways, and nothing of it is kept here."""
    return f"{name}的培训方案不是在这里写的，没有文件可看，请联系培训机构。"


def not_handed_in(name: str) -> str:
    """To a reader above the base: there is nothing to read yet."""
    return f"{name}的培训方案还没有报来。"


def which_section(said: str, code: str) -> Refusal:
    """A section that a scheme does not have."""
    reason = f"培训方案里没有“{said[:20]}”这一部分" if said else "还没有写补充哪一部分"
    names = "、".join(SECTIONS.values())
    return Refusal(
        reason=reason, advice=f"可以补充{names}，比如“方案 {code} 补充 课程安排”。"
    )


def only_lecturers_add() -> Refusal:
    """Additions are the lecturers' of the class."""
    return Refusal(reason="“补充”是本班授课教师用的", advice="您可以直接修改方案。")


def only_the_base(code: str) -> Refusal:
    """Writing and handing in are the base's."""
    return Refusal(
        reason="方案由培训机构填写和报送",
        clause="规程第九条",
        advice=f"您可以回“方案 {code}”看。",
    )


def file_coming(name: str) -> str:
    """The document is being made."""
    return f"{name}的培训方案文件正在做，马上发给您。"


def submitted(name: str, number: int, waiting_for: Sequence[str], *, late: bool) -> str:
    """The scheme was put before the province."""
    open_ = f"（{'、'.join(waiting_for)}还没有补充。）" if waiting_for else ""
    hurry = "现在离开班已不足 30 天（规程第九条），请提醒省里尽快看。" if late else ""
    return (
        f"好，{name}的培训方案已报省里审核，编号 {number}。{open_}{hurry}审核后告诉您。"
    )


def to_review(name: str, institution: str, number: int) -> str:
    """To a province: a scheme was filed."""
    return f"{institution}报来{name}的培训方案，编号 {number}。审核吗？"


def to_centre(name: str, institution: str, province: str) -> str:
    """To the centre: a province approved a scheme, which is filed with the centre."""
    return f"【报备】{institution}的{name}培训方案，{province}审核通过。"


def approved_to_lecturer(name: str, code: str) -> str:
    """To a lecturer: the scheme is filed."""
    return (
        f"{name}的培训方案省里审核通过了。报名截止后请回“需求 {code}”看参训教师的需求。"
    )


def dates_line(opens_on: date, ends_on: date, days: int) -> str:
    """The dates of a class, on the scheme and in its form."""
    return f"{day(opens_on)}至 {day(ends_on)}，共 {days} 天"


def standing_line(state: str, number: int, decided_on: date | None) -> str:
    """On the document: where it stands, and by which number and day."""
    when = f"，{decided_on.year} 年 {day(decided_on)}" if decided_on else ""
    return f"{_STATES[state]}（编号 {number}）{when}" if number else _STATES[state]


def day_of(when: date) -> str:
    """A day in the table of the schedule."""
    return day(when)


def addition_head(lecturer: str, said_on: date, *, after: bool) -> str:
    """On the document: who added something, and when."""
    late = "在报备后" if after else ""
    return f"{lecturer}{late}补充（{said_on.month} 月 {said_on.day} 日）"


def file_name(title: str) -> str:
    """What the document is called."""
    return f"{title}{TITLE}.pdf"
