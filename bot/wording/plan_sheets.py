"""What is said of plans as Excel sheets, and in them."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from conversations.model import Refusal
from conversations.prompts.text import half_year


def template_coming(period: str, link: str) -> str:
    """The template is being made."""
    return (
        f"{half_year(period)}的报送表正在做，马上发来。填好直接发到这里；"
        f"发不了文件，用这个链接上传：\n{link}"
    )


def upload_here(period: str, link: str) -> str:
    """Where a sheet is uploaded."""
    return f"这里收不到文件内容，请用这个链接上传 {half_year(period)}的报送表，只能用一次：\n{link}"


def sheet_looking() -> str:
    """A sheet came."""
    return "收到表格，正在看，看完告诉您。"


def sheet_is_of(institution: str) -> str:
    """The sheet is another institution's."""
    return f"这张表写的是{institution}，不是您的单位，什么都没改。请用自己的模板：发“报送 模板”。"


def sheet_of_half_year(said: str, wanted: str) -> str:
    """The sheet is for another half year."""
    return f"这张表是 {half_year(said)}的，现在报的是 {half_year(wanted)}，什么都没改。请用新模板：发“报送 模板”。"


_UNREADABLE = {
    "no_workbook": "这个文件不是 Excel 表（.xlsx），什么都没改。请发填好的报送模板。",
    "too_big": "这个文件太大了，不像报送表，什么都没改。请发“报送 模板”拿一张新的。",
    "no_header": "没找到表头（培训级别、专业大类、开班日期、培训人数、招生范围），什么都没改。请用“报送 模板”发来的表填。",
    "empty": "表里一项都没有，什么都没改。确实没有计划，请发“报送 无”。",
    "gone": "这个文件取不到了，请再发一次。",
    "not_yours": "您现在没有报送的身份，什么都没改。",
}


def sheet_unreadable(why: str) -> str:
    """A file that is no filled template."""
    return _UNREADABLE[why]


def too_many_rows(most: int) -> str:
    """More rows than a plan may have."""
    return f"表里超过 {most} 项，什么都没改。请核对一下再发。"


def bad_rows(rows: Sequence[tuple[int, Sequence[str]]], most: int) -> str:
    """Every wrong row with its reasons."""
    lines = [f"第 {number} 行：{'；'.join(why)}" for number, why in rows[:most]]
    more = f"\n还有 {len(rows) - most} 行不对。" if len(rows) > most else ""
    body = "\n".join(lines)
    return f"表里有 {len(rows)} 行不对，什么都没改：\n{body}{more}\n改好整张再发一次。"


def cell_refused(name: str, why: str) -> str:
    """Why a cell does not stand."""
    return f"{name}：{why.rstrip('。')}"


def cell_empty(name: str) -> str:
    """A cell that must be filled."""
    return f"{name}没有填"


def row_twice(number: int) -> str:
    """A row that is the same as another."""
    return f"和第 {number} 行一模一样；真要办两个班，导入后再发“报送 加”"


def refused_in_row(refusal: Refusal) -> str:
    """A rule's no, in a row."""
    return f"{refusal.reason}（{refusal.clause}）"


def imported(period: str, lines: Sequence[str], replaced: int) -> str:
    """A sheet was taken in."""
    before = f"，换下原来记的 {replaced} 项" if replaced else ""
    rows = "\n".join(lines)
    return (
        f"表里 {len(lines)} 项都对，记到 {half_year(period)}计划里了{before}：\n{rows}\n"
        "还没交给省里，现在交吗？"
    )


COLUMNS = {
    "level": "培训级别",
    "major": "专业大类",
    "opens_on": "开班日期",
    "headcount": "培训人数",
    "recruits": "招生范围",
}
EVERYBODY = "全国"
OWN_PROVINCE = "本省"
INSTITUTION = "培训机构："


def sheet_title(period: str) -> str:
    """What stands over the template."""
    return f"{half_year(period)}工学一体化教师培训信息报送表"


def sheet_name(period: str, institution: str) -> str:
    """The file name of a template."""
    return f"{sheet_title(period).replace(' ', '')}（{institution}）.xlsx"


def sheet_help(first: date, last: date, most: int, pairs: Sequence[str]) -> list[str]:
    """What stands beside the template's rows."""
    return [
        "一个班填一行，填好发回聊天窗口，有一行不对就整张不导入，会逐行告诉您。",
        f"开班日期：{first.isoformat()} 到 {last.isoformat()}，结束日期按级别自动算。",
        f"培训人数：1 到 {most} 的整数。",
        "招生范围：全国、本省，或几个省名，用顿号隔开。",
        f"获批的专业大类和级别：{'；'.join(pairs)}。",
    ]
