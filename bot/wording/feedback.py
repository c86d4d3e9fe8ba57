"""What is said around 附件3 and 附件4: who owes one, who may read them."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from conversations.model import Refusal
from conversations.prompts.text import day

DUTIES = {"lecturer": "授课", "assessor": "考核"}
"""What the form calls a duty."""

VIEW = ("查看", "看")
BACKBONE = ("附件3", "骨干教师", "骨干")
INSTITUTION = ("附件4", "机构")
BACKBONE_FORM = "骨干教师反馈表（附件3）"
INSTITUTION_FORM = "机构反馈表（附件4）"

NOTHING = "无"
"""What a free text says that says nothing."""

_FIRST_ASSESSOR = 3
_CLAUSE = "规程第十三条（一）"


def seat(duty: str, position: int) -> str:
    """A place of the five, as 附件4 numbers them: 授课 1 and 2, 考核 3 to 5."""
    number = position if duty == "lecturer" else position + _FIRST_ASSESSOR - 1
    return f"{DUTIES[duty]}骨干教师{number}"


def person(seat_: str, name: str) -> str:
    """Somebody in their place."""
    return f"{seat_} {name}"


def nothing_owed() -> str:
    """No form to fill, nothing to read."""
    return "现在没有要填的反馈表。培训结束起可以填，到时提醒您。"


def which_feedback() -> str:
    """Which of several forms."""
    return "反馈表，先办哪一份？"


def owed(form: str, title: str, ends_on: date) -> str:
    """A form that waits to be filled, as a choice."""
    return f"填{form}：{title}（{day(ends_on)}结束）"


def read_class(title: str, filled: int, of: int, *, institution: bool) -> str:
    """A class whose forms may be read, as a choice."""
    base = "附件4 已交" if institution else "附件4 未交"
    return f"看{title}：附件3 {filled}/{of} 份，{base}"


def too_early(name: str, ends_on: date) -> Refusal:
    """The class has not ended."""
    return Refusal(
        reason=f"{name}还没结束，反馈表培训结束后填",
        clause=_CLAUSE,
        advice=f"{day(ends_on)}起可以填。",
    )


def class_cancelled(name: str) -> Refusal:
    """The class did not take place."""
    return Refusal(reason=f"{name}没有办成，不用填反馈表", advice="")


def for_readers_only() -> Refusal:
    """Somebody of the class wanted to read what is not for them."""
    return Refusal(
        reason="反馈表只给省级管理部门和部指导中心看",
        clause=_CLAUSE,
        advice="您自己交的那份，不带“查看”再发一次就能拿到文件。",
    )


def handed_in_before(form: str, on: date) -> str:
    """Done before: the file follows."""
    return f"这个班的{form} {day(on)}已经交过了，文件马上发来。要更正，请联系省级管理部门。"


def handed_in_twice(form: str) -> str:
    """Handed in a second time, from another device or by a colleague."""
    return f"这个班的{form}已经有人交过了，这一份没有再收。"


def backbone_received(name: str, left: int) -> str:
    """After 附件3."""
    rest = f"还差 {left} 位。" if left else "这个班的都齐了。"
    return (
        f"{name}的骨干教师反馈表收到，谢谢。已交省级管理部门和部指导中心，{rest}"
        "文件马上发来。"
    )


def institution_received(name: str) -> str:
    """After 附件4."""
    return f"{name}的机构反馈表收到，谢谢。已交省级管理部门和部指导中心，文件马上发来。"


def seat_gone() -> Refusal:
    """The person no longer works in the class."""
    return Refusal(
        reason="这个班的骨干教师名单里没有您了，反馈表没有收",
        advice="如有疑问请联系培训机构。",
    )


def complete_for_readers(name: str) -> str:
    """To the province: nothing is missing."""
    return f"{name}的骨干教师反馈表和机构反馈表都交齐了。"


def see() -> str:
    """The choice to read them."""
    return "查看"


def overview(name: str, lines: Sequence[str], base: str) -> str:
    """Who has handed in, for province and centre."""
    backbone = "\n".join(lines) or "还没有骨干教师。"
    return f"{name}的反馈表\n附件3：\n{backbone}\n附件4：{base}"


def filled(who: str, on: date | None) -> str:
    """One place, and whether its form is there."""
    return f"{who}：{day(on)}交" if on else f"{who}：未交"


def base_filled(on: date | None) -> str:
    """The form of the base."""
    return f"{day(on)}交" if on else "未交"


def read_one(number: int, what: str) -> str:
    """A form that can be read, as a choice."""
    return f"{number} {what}"


def no_such_form(number: str) -> Refusal:
    """A number that no form handed in has."""
    return Refusal(
        reason=f"没有第 {number} 份，或者还没交", advice="不带数字再发一次看清单。"
    )


def shown(what: str, name: str, remarks: Sequence[str]) -> str:
    """What stands out in one form; all of it follows as a file."""
    head = f"{name}，{what}"
    if not remarks:
        return f"{head}\n各项都正常，没有另写的意见。文件马上发来。"
    return "\n".join((head, *remarks, "全文马上以文件发来。"))


def remark(number: str, name: str, value: str, said: str) -> str:
    """An answer that stands out, with what was said of it."""
    head = f"{number} {name}：{value}"
    return f"{head}，{said}" if said else head


def written(number: str, name: str, said: str) -> str:
    """What was written freely."""
    return f"{number} {name}：{said}"
