"""What is said around the blind evaluation."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from conversations.model import Refusal
from conversations.prompts.text import day

LIST = ("名单", "谁没交", "没交", "完成情况")
NAMELESS = "（没有留姓名）"


def not_open_yet(ends_on: date) -> Refusal:
    """The list of a class that nobody may evaluate yet."""
    return Refusal(
        reason="结束评估还没开始",
        advice=f"终结性考核结束后可以填，最晚 {day(ends_on)}起。",
    )


def missing(title: str, admitted: int, names: Sequence[str]) -> str:
    """Who has not handed one in; the forms themselves are nobody's."""
    if not admitted:
        return f"{title}没有录取的老师。"
    if not names:
        return f"{title}的结束评估 {admitted} 人都交了。"
    head = f"{title}的结束评估，{admitted} 人里 {admitted - len(names)} 人交了。"
    return f"{head}\n还没交的 {len(names)} 人：{'、'.join(names)}。\n系统会按期提醒他们；谁写了什么，没有人看得到。"


def which_evaluation() -> str:
    """Which of several classes to evaluate."""
    return "评估哪个班？"


def no_evaluation() -> str:
    """Nothing to evaluate now."""
    return "现在没有要填的结束评估表。培训最后一天起可以填，到时提醒您。"


def evaluated_before() -> Refusal:
    """The person is done."""
    return Refusal(
        reason="这个班您已经评估过了，谢谢", advice="每人一次，不记名，所以不能再改。"
    )


def evaluated_twice() -> str:
    """After a second evaluation, which was not counted."""
    return "这个班您之前已经评估过，这一份没有再计入，填写过程已经清除。"


EVALUATION_HEADER = ("项目", "评价", "人数")


def evaluation_thanks() -> str:
    """After the evaluation: what was done with it."""
    return "收到，谢谢您。评估不记名，您的填写过程已经清除，只记您交过了。"


def handed_in(done: int, admitted: int) -> str:
    """To a base: how many evaluated; never who."""
    return f"结束评估：录取的 {admitted} 人里 {done} 人交了，不记名"
