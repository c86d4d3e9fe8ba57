"""What is said when a class is applied for, moved, and decided on by the province."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from bot.wording.common import LONGEST_SAID
from conversations.model import Refusal
from conversations.prompts.text import day

PLAN = ("计划",)
OFF_PLAN = ("计划外",)

_FIELDS = {
    "level": "培训级别",
    "major": "专业大类",
    "opens_on": "开班日期",
    "headcount": "人数",
}
_ORIGINS = {
    "on_plan": "计划内，有变化",
    "off_plan": "计划外",
    "unchecked": "",
}
_RECRUITS = {"all": "面向全国", "own": "面向本省", "": ""}


def which_planned() -> str:
    """Which of the planned classes is to be opened."""
    return "开哪一个班？计划里的只问没写过的几项。"


def planned_line(
    number: int, level: str, major: str, opens_on: date, headcount: int
) -> str:
    """A planned class as a choice."""
    return f"计划 {number} 号：{major}{level}，{day(opens_on)}，{headcount} 人"


def off_plan_choice() -> str:
    """The choice of a class that is not on the plan."""
    return "计划外的班（要省里审核并上传盖章扫描件）"


def from_plan(
    number: int, level: str, major: str, opens_on: date, headcount: int
) -> str:
    """What the plan says of the class, before the rest is asked."""
    return (
        f"按计划 {number} 号：{major}{level}，{day(opens_on)}开班，{headcount} 人。"
        "这几项不用再填；有变化可以改，改了要省里审核（规程第八条注 3）。"
    )


def plan_item_gone(said: str) -> Refusal:
    """A planned class that cannot be opened: not there, opened, or past."""
    return Refusal(
        reason=f"没有可以开班的计划 {said[:LONGEST_SAID]} 号",
        advice="发“开班”看还能开的。",
    )


def plan_item_taken() -> Refusal:
    """Somebody opened the planned class while the form was being filled."""
    return Refusal(
        reason="这个计划已经开过班，或者已经调整了", advice="发“开班”看还能开的。"
    )


def opened_on_plan(name: str, code: str) -> str:
    """A class on the plan stands at once."""
    return (
        f"好，{name}开班成立：计划内、没有变化，不用审核，省里会收到通知。"
        f"接下来推荐骨干教师，回“推荐 {code}”。"
    )


def submitted(
    name: str, code: str, number: int, origin: str, *, ahead: int, late: bool
) -> str:
    """A class was applied for, and waits for the province."""
    why = {
        "on_plan": "和计划相比有变化，",
        "off_plan": "计划外的班，",
        "unchecked": "",
    }[origin]
    hurry = (
        f"现在离开班已不足 {ahead} 天（规程第八条），省里会一并考虑。" if late else ""
    )
    return (
        f"收到。{name}的开班申请已交省里审核，编号 {number}。{why}审核后告诉您。{hurry}"
        f"推荐的骨干教师可以先看：回“推荐 {code}”。"
    )


def opened_to_province(name: str, institution: str) -> str:
    """To a province: a planned class stands as planned."""
    return f"{institution}按计划开班：{name}，没有变化，不用审核。"


def to_review(name: str, institution: str, number: int) -> str:
    """To a province: a class was applied for."""
    return f"{institution}申请开班：{name}，编号 {number}。审核吗？"


def change_to_review(
    name: str, institution: str, number: int, before: date, after: date
) -> str:
    """To a province: a planned class shall move."""
    return (
        f"{institution}申请把计划内的{name}从 {day(before)}改到 {day(after)}开班，"
        f"编号 {number}。审核吗？"
    )


def origin_line(origin: str, recruits: str, why: str) -> str:
    """How an opening stands to the plan, for a reviewer; empty when nobody said."""
    said = [_ORIGINS.get(origin, ""), _RECRUITS.get(recruits, ""), why]
    return "；".join(one for one in said if one)


def change_line(field: str, planned: str, wanted: str) -> str:
    """What differs from the plan, for a reviewer."""
    if field == "opens_on":
        planned, wanted = (day(date.fromisoformat(one)) for one in (planned, wanted))
    return f"{_FIELDS[field]}：计划 {planned}，现在 {wanted}"


def moves_line(before: date, after: date) -> str:
    """The move that is asked for, for a reviewer."""
    return f"从 {day(before)}改到 {day(after)}开班"


def scan_owed(number: int, link: str) -> str:
    """An off-plan class is approved with the stamped page."""
    return (
        "计划外的班，通过时要上传盖章扫描件（规程第八条注 3）。"
        "请把照片或 PDF 直接发到这里，或打开链接上传：\n"
        f"{link}\n收到后 {number} 号的审核就完成。"
    )


def scan_looking(number: int) -> str:
    """A stamped page arrived and is being looked at."""
    return f"收到，正在看 {number} 号的盖章扫描件，好了告诉您。"


def which_scan() -> str:
    """Which of several approvals a stamped page belongs to."""
    return "这份盖章扫描件是哪一个班的？"


def scan_choice(number: int, title: str) -> str:
    """An approval that owes its stamped page, as a choice."""
    return f"{number} 号 {title}"


def scan_not_owed() -> str:
    """A stamped page for what was decided meanwhile."""
    return "这份审核已经办完了，扫描件没有留存。"


def approved_with_scan(name: str, number: int) -> str:
    """To the reviewer: the stamped page is there, and so it is approved."""
    return f"盖章扫描件收到了，{number} 号{name}的开班申请已通过，对方会收到通知。"


def approved_to_base(name: str, code: str) -> str:
    """To the base: the class stands."""
    return (
        f"{name}的开班申请，省里审核通过。"
        f"接下来开班前 35 天落实骨干教师，看推荐请回“推荐 {code}”。"
    )


def approved_to_centre(name: str, institution: str, origin: str) -> str:
    """To the centre: what a province approved and so reports (规程第八条注 3)."""
    return f"{institution}的{name}，省里审核通过：{_ORIGINS[origin]}。"


def refused_to_base(name: str, reason: str) -> str:
    """To the base: the class is not held."""
    return (
        f"{name}的开班申请被退回。理由：{reason}。"
        "这个班不再办，改好后发“开班”重新申请。"
    )


def change_approved_to_base(name: str, after: date) -> str:
    """To the base: the class may move, and has."""
    return f"{name}的改期，省里审核通过，已改到 {day(after)}开班，各步期限跟着变了。"


def change_refused_to_base(name: str, before: date, reason: str) -> str:
    """To the base: the class stays where it was."""
    return f"{name}的改期被退回，还是 {day(before)}开班。理由：{reason}。"


def change_to_centre(name: str, institution: str, before: date, after: date) -> str:
    """To the centre: a planned class moved, with the province's agreement."""
    return f"{institution}的{name}，省里同意从 {day(before)}改到 {day(after)}开班。"


def change_late(after: date) -> Refusal:
    """A move that cannot be made any more."""
    return Refusal(
        reason=f"现在改不到 {day(after)}了，日期已过或班次已开",
        advice="请回不通过加理由，让基地另报日期。",
    )


# ---- 改期 ----


def confirm_planned_move(
    name: str, before: date, after: date, again: Sequence[str]
) -> str:
    """Before a planned class is moved: the province has to agree."""
    return (
        f"{name}是计划内的班，从 {day(before)}改到 {day(after)}要省里审核"
        f"（规程第八条注 3），通过后日期才变。{_asked_again(again)}报省里吗？"
    )


def _asked_again(names: Sequence[str]) -> str:
    if not names:
        return ""
    return f"{'、'.join(names)}那几天没空，要重新问。"


def confirm_move(
    name: str, before: date, after: date, applicants: int, again: Sequence[str]
) -> str:
    """Before a class is moved."""
    told = f"报名的 {applicants} 位老师会收到通知。" if applicants else ""
    return (
        f"{name}从 {day(before)}改到 {day(after)}开班，没办的步骤期限跟着变。"
        f"{told}{_asked_again(again)}确认吗？"
    )


def move_submitted(name: str, number: int) -> str:
    """A move of a planned class waits for the province."""
    return f"收到。{name}的改期已交省里审核，编号 {number}。通过前日期不变。"


def move_waiting(name: str, number: int) -> Refusal:
    """A move that waits already."""
    return Refusal(
        reason=f"{name}的改期正在省里审核，编号 {number}", advice="审核后告诉您。"
    )


def moved(name: str, after: date, again: Sequence[str]) -> str:
    """A class was moved."""
    asked = f"已重新邀请：{'、'.join(again)}。" if again else ""
    return f"改好了，{name}{day(after)}开班，各步期限已更新。{asked}"
