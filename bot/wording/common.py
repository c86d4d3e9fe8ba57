"""Words that every part uses: who is who, what a state is called, refusals."""

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


ROLE_WORDS = {
    "省级管理员": "province_manager",
    "省级": "province_manager",
    "省": "province_manager",
    "基地": "base_staff",
    "基地工作人员": "base_staff",
    "培训基地": "base_staff",
    "培训基地工作人员": "base_staff",
    "班主任": "class_manager",
    "骨干教师": "backbone_teacher",
    "骨干": "backbone_teacher",
}


ROLE_SAID = {
    "province_manager": "省级管理员",
    "base_staff": "基地",
    "class_manager": "班主任",
    "backbone_teacher": "骨干教师",
}


STATES = {
    "submitted": "待审核",
    "waitlisted": "候补",
    "awaiting_stamp": "待盖章",
    "admitted": "已录取",
    "refused": "未通过",
    "withdrawn": "已撤回",
}


CLASS_STATES = {
    "planned": "筹备中",
    "recruiting": "招生中",
    "running": "培训中",
    "ended": "已结束",
    "closed": "已办结",
    "cancelled": "已取消",
}


CONFIRM = "确认"


APPROVE = ("通过", "同意", "录取", "批准")


REFUSE = ("不通过", "不同意", "拒绝", "退回", "驳回")


WAITLIST = ("候补",)


FULL = ("全部", "全文", "完整")


WRITE = ("新写", "写", "起草", "草稿", "新建")


LONGEST_SAID = 20


def title(roles: Iterable[str]) -> str:
    """How 帮助 greets somebody: by all their roles, the highest first."""
    held = set(roles)
    return "、".join(name for role, name in TITLES.items() if role in held) or "老师"


def refusal(said: Refusal) -> str:
    """A refusal as one message: the reason, its clause, the next best thing."""
    clause = f"（{said.clause}）" if said.clause else ""
    return f"{said.reason}{clause}。{said.advice}"


def set_aside(contact: str) -> str:
    """For a message that could not be processed."""
    whom = f"，急的话请联系{contact}" if contact else ""
    return (
        f"这条消息没有处理成，已记下来给管理员看{whom}。前面填的都在，发“继续”接着来。"
    )


def not_saved(contact: str) -> str:
    """For a message that can be kept nowhere just now."""
    whom = f"，急的话请联系{contact}" if contact else ""
    return (
        "系统这会儿存不了东西，您刚发的这条没有记下来。"
        f"请过几分钟再发一次{whom}。之前填的都在。"
    )


def unknown_command(nearly: str, usage: str) -> Refusal:
    """For words that are no command of this person; ``nearly`` may be empty."""
    if nearly:
        advice = f"您是想说“{nearly}”吗？写法：{usage}。"
    else:
        advice = "发“帮助”看您能用的。"
    return Refusal(reason="没有认出这个指令", advice=advice)


_NOT_FOUND = {
    "class": ("没有找到班级“{said}”", "编号的样子是 2026-JX-01，发“班级”看清单。"),
    "classes": (
        "没有找到班级“{said}”",
        "编号的样子是 2026-JX-01，不带编号再发一次看清单。",
    ),
    "number": ("没有找到编号 {said}", "编号在清单和提醒里，比如 12。"),
    "scope": ("没有找到“{said}”", "请写全称再发一次。"),
    "self": ("没有找到“{said}”", "不带编号再发一次看清单。"),
}


def not_found(scope: str, said: str) -> Refusal:
    """The one answer for what is not there and for what is not theirs."""
    reason, advice = _NOT_FOUND[scope]
    return Refusal(reason=reason.format(said=said[:LONGEST_SAID]), advice=advice)


def how_to_say(usage: str) -> Refusal:
    """For a command without what it needs."""
    return Refusal(reason="还差一点", advice=f"请这样发：{usage}。")


def no_longer_yours() -> Refusal:
    """The role that was needed to begin is gone."""
    return Refusal(
        reason="您现在没有办这件事的身份", advice="请联系给您发邀请码的单位。"
    )


def leave_it() -> str:
    """The choice not to go on with a class."""
    return "先不动"
