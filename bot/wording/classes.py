"""What is said about classes, their dates and their steps."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date

from bot.wording.common import CLASS_STATES, LONGEST_SAID
from conversations.model import Refusal
from conversations.prompts.text import day


def class_name(title_: str, code: str) -> str:
    """A class as it is named in a sentence."""
    return f"“{title_}”（{code}）"


def classes_listed(count: int, shown: int) -> str:
    """The head of a list of classes."""
    if not count:
        return "现在没有在办的班。"
    more = f"，先列 {shown} 个" if count > shown else ""
    return f"在办的班 {count} 个{more}。看哪个？"


def no_class_yet() -> str:
    """For a base without a class."""
    return "现在没有在办的班。要开班请发“开班”。"


def headcounts(counts: Mapping[str, int], capacity: int) -> str:
    """How many applications are in which state."""
    admitted, stamp = counts.get("admitted", 0), counts.get("awaiting_stamp", 0)
    return (
        f"名额 {capacity}，已录取 {admitted}，待盖章 {stamp}，"
        f"候补 {counts.get('waitlisted', 0)}，待审核 {counts.get('submitted', 0)}"
    )


def choose_institution() -> str:
    """Which of several institutions opens a class."""
    return "哪个单位开班？"


def no_institution() -> Refusal:
    """There is no institution below the person's scope."""
    return Refusal(reason="没有找到可以开班的单位", advice="请联系省级管理部门。")


def not_a_date(said: str) -> Refusal:
    """A date that could not be read."""
    return Refusal(
        reason=f"没有读懂日期“{said[:LONGEST_SAID]}”" if said else "还没有写日期",
        advice="请这样发：改期 2026-JX-01 6月27日。",
    )


def date_not_ahead(when: date) -> Refusal:
    """An opening day that has passed."""
    return Refusal(reason=f"{day(when)}不在今天之后", advice="请换一个日期再发。")


def same_date(when: date) -> Refusal:
    """A new date that is the old one."""
    return Refusal(reason=f"本来就是 {day(when)}开班", advice="要改请换一个日期再发。")


def class_is(state: str, to_do: str) -> Refusal:
    """A class in a state in which this is not done."""
    return Refusal(
        reason=f"这个班{CLASS_STATES[state]}，不能{to_do}", advice="发“班级”看各班。"
    )


def moved_to_applicant(name: str, before: date, after: date) -> str:
    """To an applicant: the class moved."""
    return f"{name}的开班日期从 {day(before)}改到 {day(after)}，请重新安排时间。不能来请回“撤回申请”。"


def moved_to_province(name: str, institution: str, before: date, after: date) -> str:
    """To the province: a class of its own moved."""
    return f"{institution}把{name}从 {day(before)}改到 {day(after)}开班。"


def confirm_cancel(name: str, applicants: int) -> str:
    """Before a class is cancelled."""
    told = f"报名的 {applicants} 位老师会收到通知，" if applicants else ""
    return f"取消{name}？{told}提醒随之停止，取消后不能恢复。"


def cancelled(name: str) -> str:
    """A class was cancelled."""
    return f"{name}已取消，提醒都停了。"


CLASS_CANCELLED = "本班已取消"


def unknown_step(said: str, titles: Sequence[str]) -> Refusal:
    """A step that the programme does not have."""
    reason = f"没有叫“{said[:LONGEST_SAID]}”的步骤" if said else "还没有写步骤"
    return Refusal(reason=reason, advice=f"可以写：{'、'.join(titles)}。")


def step_done(step: str, name: str) -> str:
    """A step was marked as done."""
    return f"好，{name}的“{step}”记为办结，不再提醒。"


def step_was_done(step: str, name: str) -> str:
    """A step that is not open."""
    return f"{name}的“{step}”已经办结了，不用再报。"


def of_year(period: str) -> str:
    """An institution's year, in a sentence."""
    return f"{period} 年度"
