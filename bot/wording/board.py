"""What boards say: the states of steps, whose turn it is, and the summary in words."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, datetime

from bot.wording.common import CLASS_STATES
from conversations.model import Refusal
from conversations.prompts.text import day
from notices.calendar import CHINA
from notices.progress import Progress, StepStanding
from storage.classes import ClassRow

TURNS = {
    "institution": "培训机构",
    "province": "省级管理部门",
    "centre": "部指导中心",
    "lecturers": "授课教师",
    "process_owing": "授课教师",
    "assessors": "考核教师",
    "final_owing": "考核教师",
    "backbone": "骨干教师",
    "backbone_owing": "骨干教师",
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
BY_PLACE = "各地各单位进度"
BY_PLACE_HEADER = ("省或机构", "在办班级", "逾期步数", "临近步数", "已录取")
PAGE = "看板网页版"
TILES = (
    ("在办班级", "个"),
    ("逾期", "步"),
    ("临近到期", "步"),
    ("已录取教师", "人"),
)
TOTALS = (("班级", "个"), ("已录取教师", "人"), ("名额", "人"))
DUTIES = {"lecturer": "授课教师", "assessor": "考核教师", "manager": "班主任"}
IT_IS_ME = "是我，打开看板"
NOT_ME = "不是我，别打开"
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


def planned(number: str) -> str:
    """A planned class that is not applied for yet, where a year's period stands."""
    return f"计划 {number} 号"


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
    if not count:
        return ""
    return f"这里是最要紧的班，另有 {count} 个班，按省或机构再看，或打开网页版。"


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


# ---- the page ----


def moment(at: datetime) -> str:
    """An instant in China, as it is printed."""
    return f"{at.month} 月 {at.day} 日 {at:%H:%M}"


def year_of(institution: str, period: str) -> str:
    """An institution's year, as what a step is about."""
    return f"{institution} {period}"


def cell(step: StepStanding, when: date | None) -> str:
    """What a cell of the board says to who points at it."""
    if when:
        return f"{short_day(when)}{STATES[step.state]}"
    who = turn(step)
    return f"{STATES[step.state]}，{due(step)}" + (f"，轮到{who}" if who else "")


def class_facts(row: ClassRow) -> tuple[tuple[str, str], ...]:
    """The head of one class: label and text."""
    facts = (
        ("状态", CLASS_STATES[row.state]),
        ("日期", f"{day(row.opens_on)}至 {day(row.ends_on)}"),
        ("级别", row.level),
        ("专业大类", row.major),
        ("报名截止", day(row.apply_until)),
        ("地点", row.venue),
    )
    return tuple((label, text) for label, text in facts if text)


def colleague(name: str, course: str) -> str:
    """Somebody who works in a class, with the course if one is set."""
    return f"{name}（{course}）" if course else name


# ---- its login ----

_SYSTEMS = {
    "windows": "Windows 电脑",
    "mac": "苹果电脑",
    "linux": "Linux 电脑",
    "iphone": "苹果手机",
    "android": "安卓手机",
    "wechat": "微信",
    "edge": "Edge 浏览器",
    "firefox": "Firefox 浏览器",
    "chrome": "Chrome 浏览器",
    "safari": "Safari 浏览器",
}
_OTHER_BROWSER = "一个浏览器"


def page_offered(minutes: int) -> str:
    """Under the link to the page."""
    return f"可以打印。{minutes} 分钟内打开，只能用一次；打开后按页面上的码在这里确认。"


def browser_asks(browser: str, asked_at: datetime) -> str:
    """Before a browser is let onto the board."""
    parts = [_SYSTEMS[word] for word in browser.split() if word in _SYSTEMS]
    what = "上的".join(parts) or _OTHER_BROWSER
    at = asked_at.astimezone(CHINA)
    return (
        f"{what}在 {at:%H:%M} 请求打开您的看板。是您自己在开吗？"
        "别人报给您的码不要确认。"
    )


def browser_confirmed(hours: int) -> str:
    """A browser was let in."""
    return (
        f"好，回到网页，看板这就打开，{hours} 小时内有效。要马上关掉，发“看板 退出”。"
    )


def no_such_browser() -> Refusal:
    """A code that no browser of this person shows."""
    return Refusal(
        reason="没有页面在等这个码，可能已经过期",
        advice="发“看板”再要一次链接，打开后按页面上的码来确认。",
    )


def browsers_left() -> str:
    """All browsers were sent away."""
    return "网页版看板都退出了。"
