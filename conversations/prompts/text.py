"""What every message keeps to: numbered choices, sizes, dates."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date

LONGEST = 2000
"""The most UTF-8 bytes of one message; WeChat takes 2048."""

_SURELY_SHORT = LONGEST // 4
_WEEKDAYS = "一二三四五六日"


def numbered(text: str, labels: Sequence[str]) -> str:
    """``text`` with the choices under it, one a line, counted from 1."""
    if not labels:
        return text
    lines = "\n".join(f"{place}. {label}" for place, label in enumerate(labels, 1))
    return f"{text}\n{lines}" if text else lines


def pages(text: str) -> list[str]:
    """``text`` in messages of at most ``LONGEST`` bytes, cut between lines."""
    if len(text) <= _SURELY_SHORT or len(text.encode()) <= LONGEST:
        return [text]
    done: list[str] = []
    page = ""
    for line in _lines(text):
        longer = f"{page}\n{line}" if page else line
        if len(longer.encode()) > LONGEST:
            done.append(page)
            longer = line
        page = longer
    return [one for one in (*done, page) if one]


def _lines(text: str) -> Iterable[str]:
    """The lines of ``text``; one that fits no message is cut in pieces."""
    for line in text.split("\n"):
        if len(line) <= _SURELY_SHORT:
            yield line
        else:
            yield from (
                line[start : start + _SURELY_SHORT]
                for start in range(0, len(line), _SURELY_SHORT)
            )


def short(text: str, length: int) -> str:
    """``text`` on one line of at most ``length`` characters."""
    line = " ".join(text.split()) if "\n" in text or "  " in text else text
    return line if len(line) <= length else line[: length - 1] + "…"


def listed(names: Iterable[str]) -> str:
    """Names in one phrase."""
    return "、".join(names)


def day(when: date) -> str:
    """A date as people say it, with its weekday."""
    return f"{when.month} 月 {when.day} 日（周{_WEEKDAYS[when.weekday()]}）"


def half_year(period: str) -> str:
    """A half year (``2027-1``) as people say it."""
    year, _, half = period.partition("-")
    return f"{year} 年{'上' if half == '1' else '下'}半年"


def deadline(until: str, today: date) -> str:
    """“6 月 13 日（周六）截止报名，还有 3 天。”; empty without a date."""
    try:
        when = date.fromisoformat(until)
    except ValueError:
        return ""
    left = (when - today).days
    if left < 0:
        return f"本班报名已在 {day(when)}截止。"
    if left == 0:
        return f"本班今天截止报名（{when.month} 月 {when.day} 日）。"
    return f"本班 {day(when)}截止报名，还有 {left} 天。"
