"""What is said about roles and the codes that give them."""

from __future__ import annotations

from collections.abc import Iterable

from bot.wording.common import LONGEST_SAID, TITLES
from conversations.model import Refusal


def invitation_made(role: str, where: str, code: str, days: int) -> str:
    """A code, shown this once."""
    return (
        f"邀请码 {code}\n"
        f"给{where}的{TITLES[role]}，{days} 天内用一次有效。"
        f"请对方在这里发“邀请码 {code}”。这个码只显示这一次，请转给本人。"
    )


def whom_to_invite(roles: Iterable[str]) -> str:
    """Which roles the person may invite."""
    examples = {
        "province_manager": "邀请 省级管理员 江南省",
        "base_staff": "邀请 基地 江南机电技师学院",
        "class_manager": "邀请 班主任 2026-JX-01",
        "backbone_teacher": "邀请 骨干教师 证书编号或姓名",
    }
    lines = "\n".join(examples[role] for role in examples if role in set(roles))
    return f"要邀请谁？请这样发：\n{lines}"


def where_to_invite(role: str) -> str:
    """Which of several places the invitation is for."""
    return f"邀请哪里的{TITLES[role]}？"


def roster_ambiguous(name: str) -> Refusal:
    """Several backbone teachers bear the name."""
    return Refusal(
        reason=f"名册里有几位“{name[:LONGEST_SAID]}”",
        advice="请改用证书编号：邀请 骨干教师 证书编号。",
    )


def code_useless() -> Refusal:
    """The one answer for a code that is wrong, expired, or used."""
    return Refusal(
        reason="这个邀请码用不了，可能写错了、过期了，或者已经用过",
        advice="请对照原码再发一次，或请发码的单位另发一个。",
    )


def too_many_tries() -> Refusal:
    """Too many codes were tried from one address."""
    return Refusal(
        reason="邀请码试得有点多", advice="请过一小时再试，或请发码的单位核对一下。"
    )


def role_taken(role: str, where: str) -> str:
    """A role was taken up."""
    return f"好了，您现在是{_whose(role, where)}。发“帮助”看能办什么。"


def role_held(role: str, where: str) -> str:
    """The role was held already; the code stays good."""
    return f"您已经是{_whose(role, where)}了，不用再领。这个码没有用掉。"


def _whose(role: str, where: str) -> str:
    """A role with its place, unless the title names that already."""
    title = TITLES[role]
    return title if title.startswith(where) else f"{where}的{title}"
