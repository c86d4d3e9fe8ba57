"""What lecturers are told of those a class admitted (需求分析, 规程第十条)."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from conversations.prompts.text import day, short

TITLE = "培训需求分析"
NOTHING = "无"
_LONGEST_WISH = 40


def head(name: str, admitted: int) -> str:
    """The class, and how many it admitted."""
    return f"{name}{TITLE}，已录取 {admitted} 人。"


def weak_line(rows: Sequence[tuple[str, Sequence[tuple[str, int]]]]) -> str:
    """The abilities that most feel weak in, with the low marks by number of people."""
    if not rows:
        return "能力自评：没有人自评偏弱。"
    said = (
        f"{label}（{'、'.join(f'{mark} {count} 人' for mark, count in marks)}）"
        for label, marks in rows
    )
    return f"自评偏弱的：{'；'.join(said)}"


def experience_line(taught: int, trained: int, developed: int) -> str:
    """How many have done what before."""
    return (
        f"做过一体化教学的 {taught} 人，参加过相关培训的 {trained} 人，"
        f"参与过技术开发的 {developed} 人。"
    )


def wish_line(name: str, text: str) -> str:
    """What one teacher wishes, short."""
    return f"· {name}：{short(text, _LONGEST_WISH)}"


def wishes_head(count: int, shown: int) -> str:
    """Over the first wishes."""
    more = f"，先列 {shown} 条" if count > shown else ""
    return f"提了需求的 {count} 人{more}："


def files_coming() -> str:
    """The chart and the document follow."""
    return "自评图和全文 PDF 马上发来。"


def look_again(apply_until: date) -> str:
    """Applications are still taken: who reads now reads again."""
    return f"报名 {day(apply_until)}截止，名单还会变，截止后请再看一次才算办结。"


def waiting_for(names: Sequence[str]) -> str:
    """Who else has to read it before the step is done."""
    return f"您的记下了，还等{'、'.join(names)}看过就办结。"


def done_line(code: str) -> str:
    """Every lecturer has it, and what they may do with it."""
    return f"授课教师都看过了，需求分析这一步办结。课程要调整，请回“方案 {code} 补充 课程安排”。"


def nobody(name: str) -> str:
    """Nobody is admitted yet."""
    return f"{name}还没有录取的老师，录取后再来看。"


def nobody_to_base(name: str, code: str) -> str:
    """The same to a base, and what it can do."""
    return f"{nobody(name)}审核报名请回“报名 {code}”。"


def newcomer(name: str, code: str) -> str:
    """To lecturers who have it: somebody was admitted since."""
    return f"{name}又录取了新的老师，需求有更新，请回“需求 {code}”再看看。"


def chart_title(title: str) -> str:
    """Over the chart."""
    return f"{title}能力自评"


def chart_subtitle(admitted: int) -> str:
    """Under the title of the chart."""
    return f"已录取 {admitted} 人，数字是人数"


def paper_head(admitted: int, on: date) -> str:
    """Under the title of the document."""
    return f"已录取 {admitted} 人，{on.year} 年 {on.month} 月 {on.day} 日生成，仅供本班授课教师和培训机构使用"


def file_name(title: str) -> str:
    """What the document is called."""
    return f"{title}{TITLE}.pdf"
