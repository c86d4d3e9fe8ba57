"""What is said about leave: asked for, granted, refused, taken back."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from conversations.model import Refusal
from conversations.prompts.text import day

WITHDRAW = ("撤回", "取消", "不请了")
LEAVE_STATES = {
    "waiting": "等班主任答复",
    "granted": "已准",
    "refused": "没有准",
    "withdrawn": "已撤回",
}
HOURS = "课时"


def span(first: date, last: date, hours: int) -> str:
    """The days of a leave, and how long."""
    if first == last:
        return f"{day(first)} {hours} {HOURS}"
    return f"{day(first)}到 {day(last)}，每天 {hours} {HOURS}"


def how_to_ask(lines: Sequence[str]) -> str:
    """How to ask for leave, below what was asked for before."""
    how = "请假请这样发：请假 6月21日 2课时 家里有事。也可以写上午、下午、全天。"
    return "\n".join((*lines, how))


def mine(number: int, when: str, state: str, answer: str) -> str:
    """One leave of the person's own."""
    why = f"，{answer}" if answer else ""
    return f"{number} 号：{when}，{LEAVE_STATES[state]}{why}"


def no_class() -> Refusal:
    """Nobody's pupil now."""
    return Refusal(
        reason="您现在没有要参加的培训班", advice="录取后、培训结束前可以请假。"
    )


def which_class() -> str:
    """From which of several classes."""
    return "哪个班请假？"


def no_day() -> Refusal:
    """The day could not be read."""
    return Refusal(
        reason="没有看到哪天请假", advice="请这样发：请假 6月21日 2课时 家里有事。"
    )


def outside(opens_on: date, ends_on: date) -> Refusal:
    """A day outside of the class."""
    return Refusal(
        reason="请假的日子不在培训期间",
        advice=f"培训是 {day(opens_on)}到 {day(ends_on)}。",
    )


def over_already() -> Refusal:
    """A day that has passed."""
    return Refusal(reason="过去的日子不能再请假", advice="请联系班主任核对那天的考勤。")


def how_long(when: date) -> str:
    """Asks how long."""
    return f"{day(when)}请多久？"


def length(hours: int) -> str:
    """A choice of how long."""
    return f"{hours} {HOURS}"


def too_long(most: int) -> Refusal:
    """More 课时 than a day has."""
    return Refusal(
        reason=f"一天只有 {most} {HOURS}",
        advice="几天都请假，请写起止日期：请假 6月21日-6月22日 事由。",
    )


def asked_before(number: int, when: str) -> Refusal:
    """There is a leave on one of the days."""
    return Refusal(
        reason=f"这天您已经请过假（{number} 号，{when}）",
        advice=f"要改先回“请假 撤回 {number}”，再重新请。",
    )


def confirm_long(total: int, most: int) -> str:
    """Before a leave that would bar from assessment."""
    return (
        f"加上这次一共请假 {total} {HOURS}，超过 {most} {HOURS}就不能参加培训考核"
        "（规程第十二条），也就拿不到合格证书。还要请吗？"
    )


def asked(number: int, when: str, left: int) -> str:
    """A leave was asked for."""
    return (
        f"收到，{number} 号请假：{when}，已告诉班主任，答复了马上告诉您。"
        f"整个培训还可请 {left} {HOURS}（规程第十二条）。"
    )


def asked_too_much(number: int, when: str) -> str:
    """A leave was asked for that would bar from assessment."""
    return f"收到，{number} 号请假：{when}，已告诉班主任，答复了马上告诉您。"


def to_manager(who: str, name: str, when: str, reason: str, number: int) -> str:
    """To a class manager: somebody asks for leave."""
    why = f"，{reason}" if reason else ""
    return f"{name}{who}请假：{when}{why}。编号 {number}。准吗？"


def would_bar(total: int, most: int) -> str:
    """Beside it: with this leave, no assessment."""
    return f"注意：这样共 {total} {HOURS}，超过 {most} {HOURS}，不能参加考核（规程第十二条）。"


GRANT, REFUSE = "准假", "不准"


def granted(number: int, who: str, when: str) -> str:
    """To the manager: granted."""
    return f"好，{number} 号准假：{who} {when}。记考勤时会自动带上。"


def roll_was_called(when: date) -> str:
    """The day was noted already."""
    return f"{day(when)}的考勤已经记过，要改吗？"


def put_into_roll() -> str:
    """The choice to note the leave in the roll."""
    return "记进考勤"


def refused(number: int, who: str) -> str:
    """To the manager: refused."""
    return f"好，{number} 号不准假，理由会告诉 {who}。"


def told_granted(number: int, when: str) -> str:
    """To the teacher: granted."""
    return f"{number} 号请假准了：{when}。"


def told_refused(number: int, when: str, reason: str) -> str:
    """To the teacher: refused, and what follows."""
    return (
        f"{number} 号请假没有准：{when}。理由：{reason}。"
        "没准假不来算旷课，旷课不能参加考核（规程第十二条）。有难处请找班主任商量。"
    )


def reason_needed(number: int) -> Refusal:
    """A refusal without a reason."""
    return Refusal(
        reason="不准假要写理由，老师会看到",
        advice=f"请这样发：不准假 {number} 理由。",
    )


def decided(number: int, state: str) -> Refusal:
    """Nothing to decide any more."""
    return Refusal(reason=f"{number} 号请假{LEAVE_STATES[state]}", advice="")


def withdrawn(number: int) -> str:
    """To the teacher: taken back."""
    return f"好，{number} 号请假已撤回，已告诉班主任。"


def withdrawn_to_manager(who: str, name: str, when: str, number: int) -> str:
    """To the manager: somebody comes after all."""
    return f"{name}{who}撤回了 {number} 号请假：{when}，会来上课。"


def nothing_to_withdraw() -> Refusal:
    """No such leave of the person's own."""
    return Refusal(reason="没有可以撤回的请假", advice="发“请假”看您请过的假。")


def no_waiting() -> str:
    """Nothing waits for an answer."""
    return "现在没有等您答复的请假。"


def waiting() -> str:
    """What waits for an answer."""
    return "等您答复的请假，看哪一份？"


def keep_out() -> str:
    """The choice not to ask for it."""
    return "不请了"


def line(number: int, who: str, when: str) -> str:
    """A leave that waits, as a choice."""
    return f"{number} 号：{who} {when}"
