"""What a base hears of those who applied, and they of its decisions."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from bot.wording.common import STATES
from conversations.model import Refusal
from conversations.prompts.text import day

LIST_HEADER = ("编号", "姓名", "单位", "状态")


def list_title(title_: str) -> str:
    """What stands over the table of all who applied."""
    return f"{title_}报名名单"


def applications_listed(name: str, heads: str, count: int, *, drawn: bool) -> str:
    """The head of a class's applications; ``drawn``: all of them follow as a table."""
    if not count:
        return f"{name}还没有人报名。\n{heads}"
    whole = f"共 {count} 份，名单的图马上发来。" if drawn else ""
    return f"{name}\n{heads}\n{whole}看哪一份？"


def application_line(number: int, who: str, unit: str, state: str) -> str:
    """One application in a list."""
    return f"{number} 号 {who}，{unit}，{STATES[state]}"


def application_shown(
    number: int, name: str, state: str, lines: Sequence[str], *, stamped: bool
) -> str:
    """One application to somebody of the base."""
    stamp = "已交" if stamped else "未交"
    return "\n".join((f"{number} 号，{name}，{STATES[state]}，单位意见{stamp}", *lines))


def answer_line(label: str, value: str) -> str:
    """One answer under its label."""
    return f"{label}：{value}"


def full_not_allowed() -> Refusal:
    """The full view for somebody who may only see the masked one."""
    return Refusal(
        reason="全文只有基地工作人员能看", advice="需要时请基地的同事查看，会记入日志。"
    )


def full_needs_reason(number: int) -> Refusal:
    """The full view without a reason."""
    return Refusal(
        reason="看全文要写理由，会记入日志",
        advice=f"请这样发：查看 {number} 全部 理由。",
    )


def whole_form(pdf: str, word: str) -> str:
    """Under a full view: the official form, and what to do with it."""
    return f"整张申请表（一天内有效）：\n{pdf}\nWord 版：\n{word}\n以上含个人信息，用完请删除这条消息。"


def stamped_page(link: str) -> str:
    """Under a full view: the stamped 工作单位意见."""
    return f"盖章的单位意见（一天内有效）：\n{link}"


def how_to_review(number: int) -> str:
    """The ways to decide on an application."""
    return f"{number} 号怎么审？不通过要写理由：审核 {number} 不通过 理由。"


def place_needed(name: str, capacity: int, number: int) -> Refusal:
    """The class is full."""
    return Refusal(
        reason=f"{name}已满 {capacity} 人，{number} 号没有录取",
        clause="规程第十一条",
        advice=f"可以回“审核 {number} 候补”。",
    )


def stamp_too_late(number: int, stamp_by: date) -> Refusal:
    """Without the stamp, after the last day for it."""
    return Refusal(
        reason=f"{number} 号还没有单位意见，{day(stamp_by)}起不再等盖章",
        advice=f"对方交来后再审，或回“审核 {number} 候补”。",
    )


def admitted_said(number: int, *, stamped: bool, left: int) -> str:
    """To the reviewer: a place was given."""
    state = "已录取" if stamped else "通过，待盖章，名额先留着"
    return f"好，{number} 号{state}。本班还有 {left} 个名额。"


def refused_said(number: int) -> str:
    """To the reviewer: refused."""
    return f"好，{number} 号不通过，理由会告诉对方。"


def waitlisted_said(number: int) -> str:
    """To the reviewer: on the waiting list."""
    return f"好，{number} 号进了候补，有名额按先后递补。"


def admitted_told(name: str, opens_on: date) -> str:
    """To the applicant: admitted."""
    return f"{name}录取您了，{day(opens_on)}开班。不能来请早点回“撤回申请”，名额好让给别人。"


def stamp_wanted_told(name: str, stamp_by: date) -> str:
    """To the applicant: passed, the stamp is missing."""
    return f"{name}审核通过，还差盖章的单位意见，名额给您留到 {day(stamp_by)}。现在交请回“盖章”。"


def refused_told(name: str, reason: str) -> str:
    """To the applicant: refused, and the next best thing."""
    return f"{name}的申请没有通过。理由：{reason}。回“报名”看别的班。"


def waitlisted_told(name: str) -> str:
    """To the applicant: on the waiting list."""
    return f"{name}把您列入候补，空出名额按先后递补，轮到您马上告诉您。也可以回“报名”看别的班。"


def moved_up(told: str) -> str:
    """In front of what somebody who moved up is told."""
    return f"轮到您了：{told}"


STAMP_MISSED = "盖章的单位意见没有按时交"


def released_told(name: str) -> str:
    """To somebody who lost the place for want of the stamp."""
    return f"{name}没有等到盖章的单位意见，名额不再保留。想参加请回“报名”看别的班。"
