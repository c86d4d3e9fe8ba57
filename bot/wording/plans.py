"""What is said about the plans of a half year (培训信息报送)."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from conversations.model import Refusal
from conversations.prompts.text import day, half_year, listed

CLAUSE = "规程第七条"

ADD = ("加", "添加", "加一项", "新增", "再报一项")
CHANGE = ("改", "修改", "更改")
DROP = ("删", "删除", "去掉")
HAND_IN = ("交", "交上去", "提交", "上报", "报上去")
NOTHING = ("无", "没有", "没有计划", "零报送")
TAKE_BACK = ("撤回", "收回")
TEMPLATE = ("模板", "表格", "excel", "Excel", "EXCEL", "下载模板")
UPLOAD = ("上传", "上传链接", "链接")
NOT_HELD = ("不办", "停办", "不开", "取消")
HELD_AFTER_ALL = ("照办", "恢复", "还办")
AGREE = ("同意",)
DISAGREE = ("不同意",)
SHEET = ("表格", "导出", "excel", "Excel", "下载")
PUBLISH = ("发布", "公布")

LONGEST_REASON = 100

STATES = {
    "": "没报",
    "draft": "待报送",
    "waiting": "待省里审核",
    "returned": "已退回",
    "withdrawn": "已撤回",
    "approved": "审核通过",
    "published": "已发布",
    "replaced": "已调整",
    "dropped": "已删除",
}
HEADER = ("编号", "专业大类", "级别", "培训时间", "人数", "招生范围", "状态")
KINDS = {"plan": "培训信息", "addition": "增补", "adjustment": "调整"}


def choose_institution() -> str:
    """Which of several institutions it is about."""
    return "哪个单位的？"


def recruits(names: Sequence[str]) -> str:
    """Whom a class recruits."""
    return f"招{listed(names)}" if names else "招全国"


def item_line(
    number: int,
    *,
    major: str,
    level: str,
    opens_on: date,
    ends_on: date,
    headcount: int,
    recruits: str,
) -> str:
    """A planned class as one line."""
    last = f"{ends_on.month} 月 {ends_on.day} 日"
    return (
        f"{number} 号 {major}{level}，{opens_on.year} 年 {day(opens_on)}至 {last}，"
        f"{headcount} 人，{recruits}"
    )


def with_state(line: str, state: str) -> str:
    """A line with where it stands."""
    return f"{line}（{STATES[state]}）"


def opened_as(line: str, code: str) -> str:
    """A line with the class that was opened from it."""
    return f"{line}（已开班 {code}）"


def will_not_be_held(line: str, why: str) -> str:
    """A line with why it is not held."""
    return f"{line}（不办：{why}）"


# ---- 报送: the base ----


def nothing_yet(period: str, due_on: date) -> str:
    """A plan without an item."""
    return f"{half_year(period)}培训信息，{day(due_on)}前报送。还没有记下班次，怎么报？"


def drafts(period: str, due_on: date, count: int, lines: Sequence[str]) -> str:
    """The items of a plan that is not handed in."""
    rows = "\n".join(lines)
    return (
        f"{half_year(period)}计划记下 {count} 项，还没交，{day(due_on)}前报送：\n"
        f"{rows}\n要改发“报送 改 号”，要删发“报送 删 号”。"
    )


ONE_BY_ONE = "一项一项填"
ONE_MORE = "再加一项"
BY_SHEET = "用 Excel 表报"
HAND_IN_LABEL = "交上去"
NO_PLAN_LABEL = "本期没有计划"
TAKE_BACK_LABEL = "撤回来改"
SEE_ALL = "看全部"


def item_kept(line: str, count: int, period: str) -> str:
    """An item was noted."""
    return f"记下了，{half_year(period)}共 {count} 项：\n{line}\n还有吗？"


def item_changed(line: str) -> str:
    """An item was changed."""
    return f"改好了：\n{line}"


def item_dropped(number: int, left: int) -> str:
    """An item was dropped."""
    return f"{number} 号删掉了，还剩 {left} 项。"


def which_item(verb: str) -> Refusal:
    """A verb without the number of an item."""
    return Refusal(
        reason="还没写是哪一项", advice=f"请带上编号，比如“报送 {verb} 12”。"
    )


def not_in_hand(number: int, state: str) -> Refusal:
    """An item that cannot be changed any more."""
    return Refusal(
        reason=f"{number} 号{STATES[state]}，不能直接改",
        clause=CLAUSE,
        advice=f"审核通过后要改，请发“调整 {number}”；待审核的可以先发“报送 撤回”。",
    )


def nothing_to_hand_in(period: str) -> Refusal:
    """Handing in a plan without an item."""
    return Refusal(
        reason=f"{half_year(period)}还没有记下班次",
        clause=CLAUSE,
        advice="先发“报送 加”添一项；确实没有计划，请发“报送 无”。",
    )


def no_longer_stands(number: int, refused: Refusal) -> Refusal:
    """An item that cannot be handed in as it was noted."""
    return Refusal(
        reason=f"{number} 号{refused.reason}",
        clause=refused.clause,
        advice=f"请先改：发“报送 改 {number}”。",
    )


def drafts_left(count: int) -> Refusal:
    """Reporting that nothing is planned while items are noted."""
    return Refusal(
        reason=f"还记着 {count} 项没交",
        clause=CLAUSE,
        advice="要交请发“报送 交”；确实不办，请先逐项发“报送 删 号”。",
    )


def handed_in(period: str, count: int, number: int) -> str:
    """A plan went to the province."""
    what = f"{count} 项" if count else "本期没有计划"
    return (
        f"{half_year(period)}培训信息（{what}）已交省里审核，编号 {number}。"
        "审核后告诉您；要撤回来改，发“报送 撤回”。"
    )


def waits(period: str, number: int, lines: Sequence[str]) -> str:
    """A plan that lies with the province."""
    rows = "\n".join(lines) or "本期没有计划"
    return f"{half_year(period)}培训信息正在省里审核，编号 {number}：\n{rows}"


def waits_already(number: int) -> Refusal:
    """A plan that cannot be changed while the province has it."""
    return Refusal(
        reason=f"正在省里审核，编号 {number}，这时不能改",
        clause=CLAUSE,
        advice="要改请先发“报送 撤回”。",
    )


def is_agreed(period: str, lines: Sequence[str], *, published: bool) -> str:
    """A plan that the province agreed to, or that is published."""
    rows = "\n".join(lines) or "本期没有计划"
    how = "已在全国培训信息里" if published else "省里审核通过，等部指导中心发布"
    return (
        f"{half_year(period)}培训信息{how}：\n{rows}\n"
        "要添班发“增补”，要改发“调整 号”，不办了发“计划 号 不办 理由”。"
    )


def too_late(period: str) -> Refusal:
    """Reporting for a half year that is published."""
    return Refusal(
        reason=f"{half_year(period)}全国培训信息已经发布",
        clause=CLAUSE,
        advice="要添班发“增补”，要改发“调整 号”，都由省里审核后报部指导中心备案。",
    )


def already_agreed(period: str) -> Refusal:
    """Reporting again what the province agreed to."""
    return Refusal(
        reason=f"{half_year(period)}培训信息省里已审核通过",
        clause=CLAUSE,
        advice="要添班发“增补”，要改发“调整 号”。",
    )


def half_year_over(period: str) -> Refusal:
    """Reporting for a half year that has passed."""
    return Refusal(
        reason=f"{half_year(period)}已经过去了",
        clause=CLAUSE,
        advice="不写半年再发一次，就是现在要报的。",
    )


def nothing_to_take_back() -> Refusal:
    """Taking back what does not lie with the province."""
    return Refusal(reason="没有正在省里审核的培训信息", advice="发“报送”看现在的。")


def taken_back(number: int) -> str:
    """A plan was taken back."""
    return f"编号 {number} 撤回来了，改好发“报送 交”再交。"


def plan_to_review(institution: str, period: str, count: int, number: int) -> str:
    """To a province: a plan was handed in."""
    what = f"{count} 项" if count else "没有计划"
    return f"{institution}报来 {half_year(period)}培训信息（{what}），编号 {number}。审核吗？"


def plan_taken_back(institution: str, number: int) -> str:
    """To a province: what it was to review was taken back."""
    return f"{institution}撤回了编号 {number} 的培训信息，不用审了，改好会再报。"


def most_items(most: int) -> Refusal:
    """More items than a plan may have."""
    return Refusal(
        reason=f"一次最多报 {most} 项",
        advice="请核对一下，多的可以等发布后增补。",
    )
