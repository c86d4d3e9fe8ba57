"""What an admission letter says (录取通知书), in chat and on paper."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from conversations.prompts.text import day

TITLE = "录取通知书"
_BRING = "身份证、盖章的申请表原件"
_PLACE_OPEN = "另行通知"


def check_in(when: date, said: str) -> str:
    """When and where to check in."""
    return f"{day(when)}，{said}" if said else day(when)


def place(venue: str) -> str:
    """Where the class is held."""
    return venue or _PLACE_OPEN


def bring(said: str) -> str:
    """What to bring; the least that is needed, when the base said nothing."""
    return said or _BRING


def arrival(check_in_: str, place_: str, bring_: str, contact: str) -> str:
    """The letter's facts in a chat."""
    ask = f"\n咨询：{contact}" if contact else ""
    return f"报到：{check_in_}\n地点：{place_}\n请带：{bring_}{ask}"


def letter_follows(lines: str) -> str:
    """Under what an admitted teacher is told."""
    return f"{lines}\n{TITLE}随后发给您。"


def letter_again(lines: str) -> str:
    """Under the news that a class moved, to who was admitted before."""
    return f"{lines}\n新的{TITLE}随后发给您，以这份为准。"


def file_name(title: str) -> str:
    """What the file is called."""
    return f"{title}{TITLE}.pdf"


def link(number: int, url: str) -> str:
    """Where the letter of an application can be had again."""
    return f"{number} 号的{TITLE}（一天内有效）：\n{url}"


def salutation(name: str) -> str:
    """Whom the letter is to."""
    return f"{name}老师："


def body(
    institution: str, title: str, code: str, major: str, level: str
) -> Sequence[str]:
    """The letter's text, by paragraphs."""
    return (
        f"经审核，您符合本次培训的申报条件，现录取您参加{institution}举办的技工院校工学一体化教师培训“{title}”（{code}，{major}{level}）。请按时报到。",
        "因故不能参加，请尽早在报名的账号里回“撤回申请”，名额会让给候补的老师。",
    )


def dated(when: date) -> str:
    """A day on the letter."""
    return f"{when.year} 年 {when.month} 月 {when.day} 日"
