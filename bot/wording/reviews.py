"""What is said when a province reviews openings and schemes."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from conversations.model import Refusal
from conversations.prompts.text import day

_REVIEWED = {"opening": "开班申请", "change": "改期申请", "scheme": "培训方案"}


def class_facts(
    level: str, major: str, opens_on: date, capacity: int, venue: str
) -> str:
    """A class in one line, for a reviewer."""
    where = f"，{venue}" if venue else ""
    return f"{major}{level}，{day(opens_on)}开班，{capacity} 人{where}"


def review_shown(kind: str, name: str, institution: str, lines: Sequence[str]) -> str:
    """What is to be reviewed."""
    more = "\n" + "\n".join(lines) if lines else ""
    return f"{institution}的{_REVIEWED[kind]}：{name}{more}\n怎么审？"


def reason_needed(number: int) -> Refusal:
    """A refusal without a reason."""
    return Refusal(
        reason="不通过要写理由，对方会看到",
        advice=f"请这样发：审核 {number} 不通过 理由。",
    )


def already_decided(number: int, state: str) -> Refusal:
    """Somebody decided before, or it is in no state to be decided."""
    return Refusal(reason=f"{number} 号{state}，不能再这样审", advice="")


REVIEW_STATES = {
    "approved": "已通过",
    "refused": "已退回",
    "waiting": "待审核",
    "withdrawn": "已随班取消",
}


def no_waitlist_here() -> Refusal:
    """候补 for something that has no waiting list."""
    return Refusal(reason="只有报名可以候补", advice="请回通过，或不通过加理由。")


def review_approved(kind: str, name: str) -> str:
    """To the reviewer: approved."""
    return f"好，{name}的{_REVIEWED[kind]}已通过，对方会收到通知。"


def review_refused(kind: str, name: str) -> str:
    """To the reviewer: refused."""
    return f"好，{name}的{_REVIEWED[kind]}已退回，理由会告诉对方。"


_NEXT_AFTER = {
    "scheme": "接下来可以招生，回“招生 {code}”起草招生通知。",
}


_AGAIN_AFTER = {
    "scheme": "改好后回“方案 {code}”再报。",
}


def review_approved_to_base(kind: str, name: str, code: str) -> str:
    """To the base: approved, and what comes next."""
    following = _NEXT_AFTER[kind].format(code=code)
    return f"{name}的{_REVIEWED[kind]}，省里审核通过。{following}"


def review_refused_to_base(kind: str, name: str, code: str, reason: str) -> str:
    """To the base: refused, why, and the way round."""
    again = _AGAIN_AFTER[kind].format(code=code)
    return f"{name}的{_REVIEWED[kind]}被退回。理由：{reason}。{again}"


def review_line(number: int, kind: str, title_: str) -> str:
    """Something that waits for a decision, as a choice."""
    return f"审核 {number} 号：{title_}的{_REVIEWED[kind]}"


def waiting_reviews(count: int) -> str:
    """How much waits for a province's decision."""
    return f"另有 {count} 份待审核。" if count else ""
