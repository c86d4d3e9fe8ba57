"""What is said with numbers, tables and reminders by hand."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date

from conversations.model import Refusal
from conversations.prompts.text import day


def urge_draft(name: str, apply_until: date, left: int) -> str:
    """To somebody with a half-filled form."""
    rest = f"还有 {left} 天" if left > 0 else "就是今天"
    return f"{name}的申请表您还没交，{day(apply_until)}截止报名，{rest}。接着填请回“继续”。"


def urged(drafts: int, stamps: int, again: int) -> str:
    """How many were reminded."""
    if not drafts + stamps + again:
        return "没有要催的：申请都交了，单位意见也齐了。"
    said = f"已提醒 {drafts + stamps} 位：没填完 {drafts} 位，待盖章 {stamps} 位。"
    return said + (f"另有 {again} 位今天提醒过了，不再打扰。" if again else "")


def class_numbers(name: str, heads: Sequence[str]) -> str:
    """The numbers of one class."""
    return "\n".join((name, *heads, "图马上发来。"))


GROUPS = {"province": "按省", "level": "按级别", "major": "按专业大类"}


BREAKDOWN_HEADER = ("", "班级", "录取", "名额")


def group_numbers(group: str, parts: Sequence[str]) -> str:
    """One breakdown, on one line."""
    return f"{GROUPS[group]}：{'；'.join(parts)}"


def group_part(name: str, classes: int, admitted: int) -> str:
    """One part of a breakdown."""
    return f"{name} {classes} 个班、录取 {admitted} 人"


def all_numbers(classes: int, admitted: int, lines: Sequence[str]) -> str:
    """The numbers over all classes in a scope."""
    head = f"共 {classes} 个班，录取 {admitted} 人。"
    return (
        "\n".join((head, *lines, "图马上发来。"))
        if classes
        else "还没有班，没有可统计的。"
    )


_CHARTS = {
    "province": "各省录取人数",
    "level": "各级别录取人数",
    "major": "各专业大类录取人数",
}


def chart_of_scopes(group: str) -> str:
    """What stands over the chart of a breakdown."""
    return _CHARTS[group]


def chart_of_class(title_: str) -> str:
    """What stands over the chart of a class."""
    return f"{title_}报名情况"


def export_started(name: str) -> str:
    """A table is being made."""
    return f"{name}的报名表正在做，做好就发给您。"


def export_needs_reason(code: str) -> Refusal:
    """The full table without a reason."""
    return Refusal(
        reason="导出全文要写理由，会记入日志",
        advice=f"请这样发：导出 {code} 全部 理由。",
    )


def my_export_started() -> str:
    """The person's own data are being gathered."""
    return "正在整理存着的关于您的信息，做好就发给您，文件只有您能打开。"


EXPORT_HEADER = (
    "编号", "姓名", "性别", "年龄", "身份证号码", "单位", "职称/职务", "手机", "电子邮件", "状态", "单位意见", "报名日期",
)  # fmt: skip


YES = "已交"


NO = "未交"


def cell_part(name: str, value: str) -> str:
    """One item of an answer with several, in a table's cell."""
    return f"{name}：{value}" if value else name


def ticked(label: str, detail: str) -> str:
    """A choice that was ticked, with what was written beside it."""
    return f"{label}（{detail}）" if detail else label


def cell(parts: Iterable[str]) -> str:
    """An answer with several items, as one cell."""
    return "；".join(parts)
