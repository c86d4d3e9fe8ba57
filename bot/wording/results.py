"""What is said with the numbers of the blind evaluation."""

from __future__ import annotations

from collections.abc import Sequence

from conversations.model import Refusal

TEXTS = ("意见", "文字", "文字意见")
GROUPS = {
    "按省": "province",
    "按基地": "institution",
    "按机构": "institution",
    "按班": "class",
    "按班级": "class",
    "按骨干教师": "lecturer",
    "按老师": "lecturer",
    "按年": "year",
    "按级别": "level",
    "按专业": "major",
}
"""Ways to tell numbers apart, as people say them."""

YEAR = "年"

_GROUPED = {
    "province": "各省",
    "institution": "各基地",
    "class": "各班",
    "lecturer": "各授课骨干教师",
    "year": "各年",
    "level": "各级别",
    "major": "各专业大类",
}
_OTHERS = {
    "province": ("按基地", "按骨干教师", "按年"),
    "institution": ("按班", "按骨干教师", "按年"),
    "class": ("按骨干教师", "按年"),
}
NOTHING = frozenset({"无", "没有", "没", "暂无"})
"""Free texts that say nothing."""


def too_few(name: str, least: int) -> Refusal:
    """Results of a class that fewer evaluated."""
    return Refusal(
        reason=f"{name}的结束评估还没满 {least} 份，不出结果",
        advice="评估不记名，份数太少会看出是谁写的。满了再发一次就能看。",
    )


def none_yet(least: int) -> Refusal:
    """No class may be shown."""
    return Refusal(
        reason=f"还没有满 {least} 份结束评估的班，不出结果",
        advice="评估不记名，份数太少会看出是谁写的。",
    )


def texts_too_few(name: str, least: int) -> Refusal:
    """Free texts of a class that fewer evaluated."""
    return Refusal(
        reason=f"{name}的结束评估还没满 {least} 份，文字意见先不给看",
        advice="分数可以看，不带“意见”再发一次。",
    )


def texts_started(name: str) -> str:
    """The free texts are being gathered."""
    return f"{name}的文字意见打乱了顺序，做成文件马上发来。"


def texts_title(title: str) -> str:
    """What the file of free texts is called."""
    return f"{title}结束评估文字意见"


def texts_note(count: int) -> str:
    """What stands above the free texts."""
    return f"{count} 份评估里写的话，不记名，顺序已打乱。"


def texts_question(number: str, name: str) -> str:
    """What a text answers."""
    return f"{number} {name}".strip()


def of_class(name: str, count: int, lines: Sequence[str]) -> str:
    """The numbers of a class."""
    return "\n".join(
        (
            f"{name}的结束评估，{count} 份，3 分最高：",
            *lines,
            "逐项的图马上发来。",
        )
    )


def part_mean(title: str, value: str) -> str:
    """The mean of a part of the form."""
    return f"{title} {value}"


def lecturer_mean(name: str, value: str) -> str:
    """The mean of one lecturer."""
    return f"授课 {name} {value}"


def counted(name: str, marks: Sequence[tuple[str, int]]) -> str:
    """A question without points."""
    said = "，".join(f"{label} {count}" for label, count in marks)
    return f"{name}：{said}"


def see_texts() -> str:
    """The choice to read free texts."""
    return "看文字意见"


def of_scope(
    where: str, size: tuple[int, int], lines: Sequence[str], *, by: str, least: int
) -> str:
    """The numbers of (classes, ballots); the groups follow as choices."""
    classes, count = size
    head = f"{where}的结束评估，{classes} 个班 {count} 份，3 分最高："
    note = f"不满 {least} 份的班不计入。图马上发来。"
    return "\n".join((head, *lines, note, f"{_GROUPED[by]}："))


def place(names: Sequence[str], year: int) -> str:
    """What is counted, in words."""
    said = "、".join(names)
    return f"{said} {year} 年" if year else said


def group(name: str, classes: int, count: int, value: str) -> str:
    """One of the groups."""
    return f"{name} {value}（{classes} 个班 {count} 份）"


def own(name: str, classes: int, count: int, value: str) -> str:
    """To a lecturer: what was said of them, over all their classes."""
    return (
        f"{name}老师，{classes} 个班 {count} 份结束评估给您的平均分是 {value}"
        "（3 分最高）。看哪个班？"
    )


def of_lecturer(name: str, classes: int, count: int, value: str) -> str:
    """What was said of one lecturer."""
    return f"授课骨干教师 {name}：{classes} 个班 {count} 份，平均 {value}（3 分最高）。逐项的图马上发来。"


def others(by: str) -> tuple[str, ...]:
    """Other ways to look at the same numbers."""
    return _OTHERS.get(by, ())


def chart_of_class(title: str) -> str:
    """What stands over the chart of a class."""
    return f"{title}结束评估"


def chart_of_groups(where: str, by: str) -> str:
    """What stands over the chart of groups."""
    return f"{where}结束评估：{_GROUPED[by]}"


def bar(number: str, whose: str, name: str) -> str:
    """What stands beside a bar: the item, with the lecturer it is about."""
    return f"{number} {whose}：{name}" if whose else f"{number} {name}"


def chart_note(count: int) -> str:
    """What stands under a chart's title."""
    return f"{count} 份；深绿 3 分，浅绿 2 分，橙 1 分；右边是平均分"
