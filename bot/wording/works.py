"""What is said about works handed in for 过程性考核."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from conversations.model import Refusal
from conversations.prompts.text import day

DUE = ("截止", "截止日期", "期限", "定截止")
URGE = ("催", "催交", "提醒", "催一下")
FILE_ENDINGS = {"image/jpeg": "jpg", "application/pdf": "pdf"}


def no_class() -> Refusal:
    """No class of the person's own that takes works."""
    return Refusal(reason="现在没有要交的学习成果", advice="培训开始后、结束前可以交。")


def which_class() -> str:
    """To which of several classes."""
    return "交给哪个班？"


def how(name: str, due_on: date, link: str, *, had: int, second: bool) -> str:
    """How to hand a work in."""
    before = f"您交过 {had} 份，再交的一起给授课老师看。" if had else ""
    again = "这是二次提交。" if second else ""
    return (
        f"{name}的学习成果，{day(due_on)}前交。{before}{again}\n"
        f"文件从这里上传（一天内有效）：\n{link}\n"
        "也可以把照片、PDF 直接发到这里，或回“成果 文字”写一段。"
    )


def looking(name: str) -> str:
    """A file came and is being looked at."""
    return f"收到，{name}的学习成果正在存，好了告诉您。"


def taken(name: str, count: int, *, late: bool, second: bool) -> str:
    """A work is kept."""
    again = "二次提交的" if second else ""
    delayed = "已过截止日期，记为迟交。" if late else ""
    return f"{name}{again}学习成果收到了，第 {count} 份，授课老师能看到。{delayed}"


def second_to_lecturers(name: str, who: str, code: str, number: int) -> str:
    """To the lecturers: a second submission came."""
    return (
        f"{name}{who}二次提交了学习成果。看请回“成果 {code} {number}号”，"
        f"评分请回“评分 {code} {number}号 分数”。"
    )


def closed(why: str) -> Refusal:
    """Nothing is taken from this person."""
    return Refusal(reason=why, advice="发“成绩”看您的成绩。")


def passed() -> str:
    """Nothing has to be handed in any more."""
    return "您的过程性考核已经评完，不用再交了"


def ended(name: str) -> Refusal:
    """The class takes nothing any more."""
    return Refusal(
        reason=f"{name}现在不收学习成果", advice="培训期间才能交，有事请联系班主任。"
    )


# ---- by the lecturers ----


def listed(name: str, due_on: date, handed: int, count: int) -> str:
    """The head of what was handed in."""
    return f"{name}学习成果，{day(due_on)}截止：{count} 人里 {handed} 人交了。"


def who_handed(lines: Sequence[str]) -> str:
    """Who handed in."""
    return f"已交：{'、'.join(lines)}" if lines else ""


def who_lacks(lines: Sequence[str]) -> str:
    """Who did not."""
    return f"没交：{'、'.join(lines)}" if lines else ""


def line(who: str, count: int, *, late: bool, second: bool) -> str:
    """One who handed in."""
    marks = [f"{count} 份"] if count > 1 else []
    marks += ["迟交"] if late else []
    marks += ["二次"] if second else []
    return f"{who}（{'，'.join(marks)}）" if marks else who


def how_to_see(code: str) -> str:
    """What a lecturer can do with the list."""
    return f"看一个人的回“成果 {code} 3号”，定截止回“成果 {code} 截止 6月25日”，催没交的回“成果 {code} 催”。"


def nobody(said: str) -> Refusal:
    """Nobody of the class was named."""
    return Refusal(reason=f"班里没有“{said[:20]}”", advice="请写号，比如 3号。")


def shown(who: str, lines: Sequence[str]) -> str:
    """What one person handed in."""
    return "\n".join((f"{who}交的学习成果：", *lines))


def nothing_from(who: str) -> str:
    """Somebody handed nothing in."""
    return f"{who}还没有交学习成果。"


def piece(place: int, when: date, said: str, *, second: bool, gone: bool) -> str:
    """One thing that was handed in."""
    again = "，二次提交" if second else ""
    what = said or ("文件已删除" if gone else "文件见下面")
    return f"{place}. {day(when)}{again}：{what}"


def file_name(code: str, who: str, place: int, ending: str) -> str:
    """What a file handed in is called."""
    return f"{code} {who.replace(' ', '')} {place}.{ending}"


def only_lecturers() -> Refusal:
    """For somebody of the base."""
    return Refusal(reason="成果内容由授课老师看和定截止", advice="")


def due_set(name: str, due_on: date, told: int) -> str:
    """Another day was set."""
    return f"好，{name}学习成果改为 {day(due_on)}截止，已告诉 {told} 位老师。"


def due_outside(opens_on: date, ends_on: date) -> Refusal:
    """A day outside of the class."""
    return Refusal(
        reason="截止日期要在今天之后、培训结束之前",
        clause="规程第十二条（一）",
        advice=f"培训是 {day(opens_on)}到 {day(ends_on)}。",
    )


def told_due(name: str, due_on: date, code: str) -> str:
    """To the teachers: until when."""
    return f"{name}的学习成果请在 {day(due_on)}前交（过程性考核按它评分）。现在交请回“成果 {code}”。"


def urged(count: int, again: int) -> str:
    """How many were reminded."""
    more = f"，另 {again} 位今天提醒过了" if again else ""
    return f"提醒了 {count} 位还没交的老师{more}。"
