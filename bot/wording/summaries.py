"""What is said about 附件6 工作总结, and how its figures came about."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date

from conversations.model import Refusal
from conversations.prompts.text import day
from conversations.rules.summary import (
    CLASSES,
    NOT_RUN,
    PASSED,
    PLAN_RATE,
    RATE,
    TRAINED,
    ClassCount,
    Figure,
    PlanCount,
)

FILL = ("填写", "写", "提交")


COUNTERS = ("个", "号", "第")


NAMES = {
    CLASSES: "培训班",
    TRAINED: "培训人次",
    PASSED: "培训合格人数",
    RATE: "培训合格率",
    PLAN_RATE: "培训计划执行率",
    NOT_RUN: "未执行的计划班次",
}

_UNITS = {CLASSES: "个", TRAINED: "人次", PASSED: "人", NOT_RUN: "个"}


def figure_name(figure: Figure) -> str:
    """What a figure is called."""
    return f"{figure.group}{NAMES[figure.key]}"


def value(figure: Figure) -> str:
    """A figure with its unit."""
    if figure.is_rate:
        return figure.value or "—"
    return f"{figure.value} {_UNITS[figure.key]}"


def basics(institution: str, year: int, today: date, found: Sequence[Figure]) -> str:
    """Part 1 in the chat; every figure with its number."""
    lines = [f"{institution} {year} 年工作总结，第一部分（算到 {day(today)}）："]
    groups: dict[str, list[Figure]] = {}
    for one in found:
        groups.setdefault(one.group, []).append(one)
    for group, figures in groups.items():
        if group and not figures[0].part:
            continue
        said = "，".join(
            f"{NAMES[one.key]} {value(one)}[{one.number}]" for one in figures
        )
        lines.append(f"{group or '合计'}：{said}")
    lines.append("方括号里是编号，想知道哪个数怎么来的，回“这个数怎么来的”加编号。")
    return "\n".join(lines)


def handed_in(revision: int, when: date) -> str:
    """A revision that was handed in before."""
    return f"第 {revision} 版 {day(when)}已提交；再交就出新版。"


def fill() -> str:
    """The choice to write parts 2 and 3."""
    return "写工作回顾和建议，提交"


def ask_back() -> str:
    """The choice to ask where a figure comes from."""
    return "这个数怎么来的"


def too_early(year: int, starts: date) -> Refusal:
    """Before the days in which summaries are handed in."""
    return Refusal(
        reason=f"{year} 年的工作总结 {day(starts)}起提交",
        clause="规程第十三条（二）",
        advice=f"现在可以回“总结 {year}”看已经算出的数。",
    )


def received(year: int, revision: int) -> str:
    """After it was handed in."""
    return (
        f"{year} 年工作总结第 {revision} 版已报送省里和部中心，"
        "PDF 和 Word 文件马上发给您。"
    )


def told(institution: str, year: int, revision: int) -> str:
    """To province and centre; the files follow."""
    again = f"（第 {revision} 版）" if revision > 1 else ""
    return f"{institution}提交了 {year} 年工作总结{again}。PDF 和 Word 文件随后发来。"


def which_institution() -> str:
    """Which of several institutions."""
    return "哪个单位的工作总结？"


def who_handed_in(year: int, done: int, count: int) -> str:
    """The head of the list for province and centre."""
    return f"{year} 年工作总结：{count} 个培训机构，已交 {done} 个。"


LIST_HEADER = ("培训机构", "工作总结")


def list_title(year: int) -> str:
    """What the list is called."""
    return f"{year} 年工作总结报送情况"


def list_line(revision: int, when: date | None) -> str:
    """One institution of the list."""
    return f"第 {revision} 版，{day(when)}" if when else "未交"


def files_follow(institution: str, year: int, revision: int, when: date) -> str:
    """To a reader: the files are being made."""
    return (
        f"{institution} {year} 年工作总结第 {revision} 版，{day(when)}提交。"
        "文件马上发来。"
    )


def not_handed_in(institution: str, year: int) -> str:
    """To a reader: there is none."""
    return f"{institution}还没有提交 {year} 年工作总结。"


# ---- 这个数怎么来的 ----


def which_figure(year: int) -> str:
    """Which of the figures."""
    return f"{year} 年总结里的哪个数？也可以回“这个数怎么来的 {year} 编号”。"


def figure_line(figure: Figure) -> str:
    """One figure as a choice."""
    return f"[{figure.number}] {figure_name(figure)} {value(figure)}"


def no_such_figure(number: int, last: int) -> Refusal:
    """A number that no figure bears."""
    return Refusal(
        reason=f"总结里没有编号 {number} 的数", advice=f"编号从 1 到 {last}。"
    )


def came_about(year: int, figure: Figure) -> str:
    """The figure again, and what it counts."""
    head = f"{year} 年{figure_name(figure)} {value(figure)}"
    return f"{head}，{_HOW[figure.key]}"


_HOW: Mapping[str, str] = {
    CLASSES: "数的是今年开班、没有取消的班：",
    TRAINED: "是各班录取并参训人数之和：",
    PASSED: "是各班两项考核都合格的人数之和：",
    RATE: "是合格人数除以培训人次：",
    PLAN_RATE: "是已开班的计划班次除以今年全部计划班次：",
    NOT_RUN: "数的是今年计划里没有开出来的班：",
}


CLASS_HEADER = ("班级", "级别", "专业大类", "人次", "合格", "依据")


PLAN_HEADER = ("计划", "级别", "专业大类", "计划开班", "办了没有")


def class_row(one: ClassCount) -> tuple[str, ...]:
    """A class that counts."""
    source = f"成绩单第 {one.revision} 版" if one.revision else "现有考核成绩"
    return (
        f"{one.title} {one.code}",
        one.level,
        one.major,
        str(one.trained),
        str(one.passed),
        source,
    )


def plan_row(one: PlanCount) -> tuple[str, ...]:
    """A planned class that counts."""
    held = f"已开班 {one.code}" if one.code else f"未开班：{one.reason or '没有写原因'}"
    return (str(one.number), one.level, one.major, one.opens_on, held)


def division(figure: Figure) -> str:
    """How a rate was divided."""
    return f"{figure.part} ÷ {figure.whole} = {figure.value or '—'}"


def nothing_counted() -> str:
    """The figure counts nothing."""
    return "没有一项。"


def sheet_title(year: int, figure: Figure) -> str:
    """What the table behind a figure is called."""
    return f"{year} 年{figure_name(figure)}的由来"


def file_name(institution: str, year: str, extension: str) -> str:
    """What a file is called."""
    return f"附件6 {institution} {year}年工作总结.{extension}"
