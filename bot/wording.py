"""What commands say. The manner: warm, short, exact; a refusal gives its reason."""

from __future__ import annotations

from collections.abc import Iterable

from conversations.model import Refusal

TITLES = {
    "centre_manager": "部指导中心管理员",
    "province_manager": "省级管理员",
    "base_staff": "培训基地工作人员",
    "class_manager": "班主任",
    "backbone_teacher": "骨干教师",
    "teacher": "老师",
}


def title(roles: Iterable[str]) -> str:
    """How 帮助 greets somebody: by all their roles, the highest first."""
    held = set(roles)
    return "、".join(name for role, name in TITLES.items() if role in held) or "老师"


def unknown_command(nearly: str, usage: str) -> str:
    """For words that are no command of this person; ``nearly`` may be empty."""
    if nearly:
        return f"没有认出这个指令。您是想说“{nearly}”吗？写法：{usage}。"
    return "没有认出这个指令。发“帮助”看您能用的。"


_NOT_FOUND = {
    "class": "没有找到班级“{said}”。编号的样子是 2026-JX-01，发“班级”看您的班级。",
    "classes": "没有找到班级“{said}”。编号的样子是 2026-JX-01，不带编号再发一次看清单。",
    "number": "没有找到编号 {said}。编号在清单和提醒里，比如 12。",
    "scope": "没有找到“{said}”，请写全称再发一次。",
    "self": "没有找到“{said}”。",
}


def not_found(scope: str, said: str) -> Refusal:
    """The one answer for what is not there and for what is not theirs."""
    return Refusal(reason=_NOT_FOUND[scope].format(said=said))
