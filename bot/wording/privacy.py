"""What is said when people ask for their own data."""

from __future__ import annotations

from collections.abc import Sequence


def confirm_erase(kept: Sequence[str]) -> str:
    """Before everything about a person is deleted."""
    duty = f"按规定要留的除外：{'、'.join(kept)}。" if kept else ""
    return f"删除后，您的报名、草稿、资料和身份都没有了，不能恢复。{duty}确认删除吗？"


def kept_by_duty(
    classes: Sequence[str], taught: Sequence[str], roster: Sequence[str], *, audit: bool
) -> list[str]:
    """What is kept of a person by duty, each thing by its name."""
    said = []
    if classes:
        said.append(f"{'、'.join(classes)} 的录取记录（班级办结前）")
    if taught:
        said.append(f"{'、'.join(taught)} 的任课记录")
    if roster:
        said.append(f"骨干教师名册（{'、'.join(roster)}）")
    if audit:
        said.append("操作日志里不带姓名的记录")
    return said


def erased(kept: Sequence[str]) -> str:
    """Everything about a person was deleted."""
    duty = f"按规定留下：{'、'.join(kept)}。" if kept else ""
    return f"您的信息已删除。{duty}以后想参加培训，随时再来。"
