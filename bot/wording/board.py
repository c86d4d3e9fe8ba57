"""What boards say: the states of steps, whose turn it is, and the summary in words."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date

from bot.wording.common import CLASS_STATES
from conversations.prompts.text import day
from notices.progress import Progress, StepStanding

TURNS = {
    "institution": "培训机构",
    "province": "省级管理部门",
    "centre": "部指导中心",
    "lecturers": "授课教师",
    "assessors": "考核教师",
    "backbone": "骨干教师",
    "class_manager": "班主任",
    "drafts": "报名教师",
    "incomplete": "参训教师",
}
STATES = {
    "done": "已办",
    "late": "逾期",
    "soon": "临近",
    "ahead": "未到",
    "cancelled": "取消",
}
MARKS = {"done": "✓", "late": "!", "soon": "•", "ahead": "", "cancelled": "–"}
TITLE = "培训看板"
_SHOWN = 3


def turn(step: StepStanding) -> str:
    """Whose turn a step is; empty when nobody's."""
    return TURNS.get(step.turn, "")


def due(step: StepStanding) -> str:
    """A step's date beside how far off it is."""
    if step.state == "late":
        return f"{short_day(step.due_on)}，已过 {-step.left} 天"
    if step.state == "soon":
        left = f"还有 {step.left} 天" if step.left else "就是今天"
        return f"{short_day(step.due_on)}，{left}"
    return short_day(step.due_on)


def short_day(when: date) -> str:
    """A date in a table."""
    return f"{when.month} 月 {when.day} 日"


def in_words(step: StepStanding) -> str:
    """An open step in a sentence: what, until when, whose turn."""
    return f"{step.title}（{due(step)}），轮到{turn(step)}"


def where(progress: Progress) -> str:
    """Where a class stands, in a line of a list."""
    now = progress.next
    if now is None:
        return "各步都办结了"
    late = f"逾期 {len(progress.late)} 步，" if progress.late else ""
    return f"{late}该办{now.title}，轮到{turn(now)}"


def class_line(
    title: str, code: str, state: str, opens_on: date, progress: Progress
) -> str:
    """A class as one choice of a list: what it is, and where it stands."""
    head = f"{title} {code}，{day(opens_on)}开班，{CLASS_STATES[state]}"
    return f"{head}；{where(progress)}"


def class_detail(
    *,
    name: str,
    state: str,
    opens_on: date,
    ends_on: date,
    heads: str,
    progress: Progress,
) -> str:
    """One class: dates, heads, what is late and what is next."""
    lines = [
        f"{name}，{CLASS_STATES[state]}",
        f"{day(opens_on)}开班，{day(ends_on)}结束",
        heads,
    ]
    late = progress.late
    lines += [f"逾期：{in_words(one)}" for one in late[:_SHOWN]]
    if len(late) > _SHOWN:
        lines.append(f"另有 {len(late) - _SHOWN} 步逾期。")
    now = progress.next
    if now is not None and now.state != "late":
        lines.append(f"接下来：{in_words(now)}")
    return "\n".join((*lines, _of_all(progress)))


def _of_all(progress: Progress) -> str:
    if progress.next is None:
        return "各步都办结了，各步情况的图马上发来。"
    return f"已办 {progress.done}/{len(progress.steps)} 步，各步情况的图马上发来。"


# ---- 看板 ----


def summary(classes: int, late: Sequence[str], soon: int, *, drawn: bool) -> str:
    """The board in words: how many classes, what is late, what comes."""
    if not classes and not late:
        head = "现在没有在办的班。"
    else:
        head = f"在办的班 {classes} 个，逾期 {len(late)} 步，临近到期 {soon} 步。"
    lines = [head, *late[:_SHOWN]]
    if len(late) > _SHOWN:
        lines.append(f"另有 {len(late) - _SHOWN} 步逾期，见图。")
    if drawn:
        lines.append("各班各步的图马上发来。")
    return "\n".join(lines)


def late_line(title: str, code: str, step: StepStanding) -> str:
    """One late step of a board."""
    return f"逾期：{title} {code} {in_words(step)}"


def year_late(institution: str, period: str, step: StepStanding) -> str:
    """One late step of an institution's year."""
    return f"逾期：{institution} {period} {in_words(step)}"


def group_line(name: str, classes: int, late: int) -> str:
    """One province or base of a board."""
    return f"{name}：{classes} 个班" + (f"，逾期 {late} 步" if late else "")


def group_name(province: str, institution: str) -> str:
    """A base with its province, over its classes."""
    return f"{province} · {institution}" if province else institution


def year_step(period: str, step: StepStanding) -> str:
    """A step of a base's year, under its classes."""
    if step.state == "done":
        return f"{period} {step.title} {STATES[step.state]}"
    return f"{period} {step.title} {due(step)}"


def dates(opens_on: date, ends_on: date) -> str:
    """When a class is held."""
    return f"{short_day(opens_on)}至 {short_day(ends_on)}"


def picture_subtitle(today: date, classes: int, late: int) -> str:
    """What stands under the title of the picture."""
    return f"{day(today)}　在办 {classes} 个班，逾期 {late} 步"


def more_classes(count: int) -> str:
    """Classes that the picture has no room for."""
    return f"另有 {count} 个班，按省或机构再看，或打开网页版。" if count else ""


def class_subtitle(code: str, institution: str, opens_on: date, ends_on: date) -> str:
    """What stands under the title of the picture of one class."""
    return f"{code}　{institution}　{dates(opens_on, ends_on)}"


def done_by(when: date | None, who: str) -> str:
    """When and by whom a step was done."""
    at = short_day(when) if when else ""
    return f"{at} {who}".strip()


def legend() -> Mapping[str, str]:
    """The states of steps with their names, for a key under a picture."""
    return {key: STATES[key] for key in ("done", "late", "soon", "ahead")}
