"""What is said about who was there."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date

from conversations.model import Refusal
from conversations.prompts.text import day
from conversations.rules.attendance import Missed
from conversations.rules.training import NUMBERS

_KINDS = {"leave": "请假", "absent": "旷课", "late": "迟到", "early": "早退"}
HOURS = "课时"


def numbered(number: int, name: str) -> str:
    """Somebody of a class, as they are named in a line."""
    return f"{number} 号{name}"


def missed(kind: str, hours: int) -> str:
    """One thing somebody missed on a day."""
    if kind in ("leave", "absent"):
        return f"{_KINDS[kind]} {hours} {HOURS}"
    return _KINDS[kind] if hours == 1 else f"{_KINDS[kind]} {hours} 次"


def missed_by(who: str, what: Sequence[str], before: str) -> str:
    """What one person missed on a day; ``before`` is how it adds up."""
    more = f"（{before}）" if before else ""
    return f"{who}：{'，'.join(what)}{more}"


def leave_so_far(total: Missed, left: int) -> str:
    """How much leave somebody had, and how much may still be taken."""
    if not total.leave:
        return ""
    rest = f"，还可请 {left}" if left else "，不能再请"
    return f"请假累计 {total.leave} {HOURS}{rest}"


def roll_noted(
    name: str, when: date, hours: int, *, present: int, expected: int
) -> str:
    """The head of what was noted for a day."""
    there = "全勤" if present == expected else f"全勤 {present} 人"
    return f"{name}{day(when)}，{hours} {HOURS}：应到 {expected} 人，{there}。"


def roll_again() -> str:
    """How to put a day right."""
    return "记错了就把这个人再说一次，以后一次为准；人到了说“张三到”。"


def newly_barred(who: str, why: str) -> str:
    """Somebody may not be assessed any more."""
    return f"注意：{who}{why}，已告诉本人。"


def no_longer_barred(who: str) -> str:
    """Somebody may be assessed again."""
    return f"{who}可以参加考核了，已告诉本人。"


def days_missing(days: Sequence[date]) -> str:
    """Days so far on which nobody called the roll."""
    if not days:
        return ""
    return f"还没记的：{'、'.join(day(one) for one in days)}。"


def all_days_noted() -> str:
    """The last roll is in."""
    return "各天的考勤都齐了，“培训实施”这一步已办结。"


def told_barred(name: str, why: str) -> str:
    """To a teacher: they may not be assessed."""
    return f"{name}的考勤记录：您{why}。有出入请尽快联系班主任核对，改正后照常考核。"


def told_free(name: str) -> str:
    """To a teacher: they may be assessed after all."""
    return f"{name}的考勤已改正，您可以照常参加考核。"


def day_shown(name: str, when: date, hours: int, *, present: int, expected: int) -> str:
    """The head of a day that was noted before."""
    return f"{name}{day(when)}已记，{hours} {HOURS}：应到 {expected} 人，全勤 {present} 人。"


def day_open(name: str, when: date, expected: int, code: str) -> str:
    """A day on which the roll was not called yet, and how to."""
    return (
        f"{name}{day(when)}还没记，应到 {expected} 人。\n"
        f"一条写完：考勤 {code} 全勤，张三请假2，李四迟到。\n"
        "补记别的天，在前面写日期：昨天、6月21日、第2天。"
    )


def granted_today(lines: Sequence[str]) -> str:
    """Leave that was granted for the day."""
    return f"已准假：{'；'.join(lines)}。" if lines else ""


def who_is_who(lines: Iterable[str]) -> str:
    """The numbers of a class."""
    return "、".join(lines)


def which_class() -> str:
    """Of which of several running classes."""
    return "哪个班？"


def no_running_class() -> Refusal:
    """No class that runs in the person's scopes."""
    return Refusal(reason="现在没有正在培训的班", advice="发“班级”看各班。")


def not_open_yet(opens_on: date) -> Refusal:
    """The class has not opened."""
    return Refusal(
        reason=f"这个班 {day(opens_on)}才开班", clause="", advice="开班当天起可以记。"
    )


def not_a_class_day(when: date, opens_on: date, ends_on: date) -> Refusal:
    """A day outside of the class."""
    return Refusal(
        reason=f"{day(when)}不在培训期间",
        advice=f"培训是 {day(opens_on)}到 {day(ends_on)}。",
    )


def not_yet(when: date) -> Refusal:
    """A day that is still to come."""
    return Refusal(reason=f"{day(when)}还没到", advice="当天再记就行。")


_PROBLEMS = {
    "unknown": "班里没有“{said}”",
    "same": "“{said}”有 {count} 位，请写号：{mates}",
    "number": "班里没有“{said}”",
    "strange": "没看懂“{said}”",
    "what": "{said}怎么了？写上到、请假几课时、旷课几课时、迟到或早退",
    "who": "“{said}”说的是谁？",
    "twice": "{said}说了两次，不一样",
    "hours": "{said}的课时数不对，一天最多 {day} 课时",
    "leave": "{said}请假几课时？",
    "absent": "{said}旷课几课时？",
    "unclear": "{said}没到，是请假还是旷课？写上课时",
    "empty": "写上谁怎么了，都到了就写“全勤”",
    "points": "{said}多少分？",
    "range": "“{said}”不在 0 到 100 分里",
    "decimals": "“{said}”请最多写一位小数",
}


def problem(kind: str, said: str, mates: Sequence[str]) -> str:
    """One thing that was not understood."""
    text = _PROBLEMS[kind].format(
        said=said,
        count=len(mates),
        mates="、".join(mates),
        day=NUMBERS.attendance.hours_a_day,
    )
    near = kind == "unknown" and mates
    return f"{text}，是{'、'.join(mates)}吗" if near else text


def not_noted(problems: Sequence[str]) -> str:
    """Nothing was noted, and why."""
    return "这条先没有记：" + "；".join(problems) + "。\n改好整条再发一次。"


def meant(number: int, name: str) -> str:
    """The choice of who was meant."""
    return f"是 {number} 号{name}"


def seat_word(number: int) -> str:
    """A number as it is typed."""
    return f"{number}号"
