"""A form's answers at a glance: 预览, and the summary before 提交."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from conversations.forms.schema import Field, Form
from conversations.model import Answer
from conversations.prompts.text import short
from conversations.prompts.values import shown

SUBMIT = "提交"
LOOK = "先预览全部"
_IN_SUMMARY = 12


def state_of(field: Field, answer: Answer | None, length: int) -> str:
    """An answer in a list, or why there is none."""
    if answer is None:
        return "（还没填）"
    if answer.state == "partial":
        return "（填了一部分）"
    if answer.state == "pending":
        return "照片正在检查"
    if answer.state == "put_off":
        return "（先放着）"
    waits = "（待您确认）" if answer.state == "offered" else ""
    return shown(field, answer.value, length) + waits


def preview(
    form: Form,
    asked: Sequence[Field],
    answers: Mapping[str, Answer],
    further: Mapping[str, tuple[str, ...]],
) -> str:
    """Every answer so far with its place, by parts.

    ``further`` are lines about what is not asked, shown after a field's own.
    """
    lines = [f"《{form.title}》"]
    titles = {part.id: part.title for part in form.parts}
    part = ""
    for place, field in enumerate(asked, 1):
        if field.id not in answers:
            continue
        if field.part != part:
            part = field.part
            lines.append(f"【{titles[part]}】")
        answer = state_of(field, answers.get(field.id), 60)
        lines.append(f"{place} {field.name}：{answer}")
        lines.extend(further.get(field.id, ()))
    open_ = sum(field.id not in answers for field in asked)
    if open_:
        lines.append(f"还有 {open_} 题没填。")
    return "\n".join(lines)


def further_line(name: str, value: str) -> str:
    """A line about what is filled in by itself."""
    return f"· {name}：{value}（自动填好）"


def summary(
    form: Form, asked: Sequence[Field], answers: Mapping[str, Answer], about: str
) -> str:
    """The whole on a few lines, one for each part, before it is handed in."""
    head = f"《{form.title}》都填好了"
    head = f"{head}，{about}：" if about else f"{head}："
    lines = [head]
    for part in form.parts:
        fields = [field for field in asked if field.part == part.id]
        values = [
            state_of(field, answers.get(field.id), _IN_SUMMARY) for field in fields
        ]
        if values:
            lines.append(f"{part.title}：{short('，'.join(values), 70)}")
    return "\n".join(lines)


def confirm() -> str:
    """The question under a summary."""
    return "没有问题就提交；要改，回“修改”加题号。"


def waiting_photo() -> str:
    """The summary while the photo is being checked."""
    return "照片还在检查，好了马上告诉您。"
