"""What follows from an answer, said right after it."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date

from conversations.prompts.text import day
from conversations.rules.answers import Remark


def _lasts(facts: Mapping[str, str]) -> str:
    last = day(date.fromisoformat(facts["last"]))
    return f"{facts['level']}培训 {facts['days']} 天，{last}结束（规程第十一条）。"


def _short_notice(facts: Mapping[str, str]) -> str:
    return (
        f"离开班只有 {facts['left']} 天，规程要求提前 {facts['ahead']} 天申请"
        "（第八条），后面几步会很紧。"
    )


def _off_the_plan(facts: Mapping[str, str]) -> str:
    planned = facts["planned"]
    if facts["field"] == "opens_on":
        planned = f" {day(date.fromisoformat(planned))}"
    elif facts["field"] == "headcount":
        planned = f" {planned} 人"
    return f"计划里是{planned}，改了要省里审核（规程第八条注 3）。"


_SAID = {
    "lasts": _lasts,
    "short_notice": _short_notice,
    "off_the_plan": _off_the_plan,
}


def remark(one: Remark) -> str:
    """A remark in words."""
    return _SAID[one.rule](one.facts)
