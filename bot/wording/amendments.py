"""What is said of plans after they are handed in: reviewed, added to, adjusted."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import date

from bot.wording.plans import CLAUSE, KINDS, STATES
from conversations.model import Refusal
from conversations.prompts.text import day, half_year, listed


def which_addition() -> str:
    """An addition was returned: that one again, or another."""
    return "有增补被退回过，改好再报，还是另添一个班？"


ANOTHER = "另添一个班"


def again(number: int) -> str:
    """The choice to change what was returned."""
    return f"改 {number} 号再报"


def which_to_adjust() -> str:
    """Which item is adjusted."""
    return "调整哪一项？"


def nothing_to_adjust() -> Refusal:
    """Adjusting without anything agreed to."""
    return Refusal(
        reason="没有可以调整的计划",
        clause=CLAUSE,
        advice="还没交的发“报送”改，要添班发“增补”。",
    )


def cannot_adjust(number: int, state: str) -> Refusal:
    """An item in a state in which it is not adjusted."""
    return Refusal(
        reason=f"{number} 号{STATES[state]}，不能调整",
        clause=CLAUSE,
        advice="发“计划”看现在有效的。",
    )


def adjust_class(number: int, code: str) -> Refusal:
    """An item from which a class was opened."""
    return Refusal(
        reason=f"{number} 号已开班 {code}",
        clause="规程第八条",
        advice=f"改日期请发“改期 {code} 新日期”，不办请发“取消班级 {code}”。",
    )


def adjustment_waits(number: int) -> Refusal:
    """An item with an adjustment that waits."""
    return Refusal(
        reason=f"它的调整正在省里审核，编号 {number}", advice="审核后告诉您。"
    )


def nothing_differs() -> Refusal:
    """An adjustment that changes nothing."""
    return Refusal(
        reason="和原计划一样，没有要调整的",
        advice="请改一项再提交：发“预览”看序号，再发“修改 序号”。",
    )


def one_handed_in(kind: str, line: str, number: int) -> str:
    """An addition or an adjustment went to the province."""
    return (
        f"{KINDS[kind]}申请已交省里审核，编号 {number}：\n{line}\n"
        "通过后报部指导中心备案，结果告诉您。"
    )


def one_to_review(
    kind: str, institution: str, number: int, lines: Sequence[str]
) -> str:
    """To a province: an addition or an adjustment was handed in."""
    rows = "\n".join(lines)
    return f"{institution}申请{KINDS[kind]}，编号 {number}：\n{rows}\n审核吗？"


def before_after(before: str, after: str) -> list[str]:
    """What is adjusted, into what."""
    return [f"原来：{before}", f"改成：{after}"]


# ---- 审核 by the province ----


def shown(kind: str, institution: str, period: str, lines: Sequence[str]) -> str:
    """What is to be reviewed."""
    rows = "\n".join(lines) or "本期没有计划"
    return (
        f"{institution}报来 {half_year(period)}{KINDS[kind]}：\n{rows}\n"
        "怎么审？想改哪一项，发“审核 编号 改 号 新日期 人数”请基地确认。"
        if kind == "plan" and lines
        else f"{institution}报来 {half_year(period)}{KINDS[kind]}：\n{rows}\n怎么审？"
    )


def decided_already(number: int, state: str) -> Refusal:
    """Somebody decided before, or the base took it back."""
    back = f"发布前要收回，发“审核 {number} 撤回 理由”。" if state == "approved" else ""
    return Refusal(reason=f"{number} 号{STATES[state]}，不能再这样审", advice=back)


def reason_needed(number: int, verb: str) -> Refusal:
    """Returning something without a reason."""
    return Refusal(
        reason=f"{verb}要写理由，对方会看到",
        advice=f"请这样发：审核 {number} {verb} 理由。",
    )


def approved(kind: str, institution: str, period: str) -> str:
    """To the reviewer: approved."""
    return f"好，{institution} {half_year(period)}{KINDS[kind]}已通过，对方会收到通知。"


def returned(kind: str, institution: str) -> str:
    """To the reviewer: returned."""
    return f"好，{institution}的{KINDS[kind]}已退回，理由会告诉对方。"


def approved_to_base(kind: str, number: int, period: str, *, published: bool) -> str:
    """To the base: approved, and what comes next."""
    if kind == "plan":
        return (
            f"{half_year(period)}培训信息（编号 {number}），省里审核通过。"
            "部指导中心发布后按计划开班，开班前 40 天发“开班”申请。"
        )
    filed = "，已列入全国培训信息" if published else ""
    return f"{KINDS[kind]}（编号 {number}），省里审核通过，已报部指导中心备案{filed}。"


def returned_to_base(kind: str, number: int, reason: str, how: str) -> str:
    """To the base: returned, why, and how to hand it in again."""
    return (
        f"{KINDS[kind]}（编号 {number}）被退回。理由：{reason}。"
        f"填过的都在，改好再交：发“{how}”。"
    )


def filed_with_centre(
    kind: str, province: str, institution: str, lines: Sequence[str]
) -> str:
    """To the centre: an addition or adjustment is filed."""
    rows = "\n".join(lines)
    return f"{province}审核通过{institution}的{KINDS[kind]}，报备案：\n{rows}"


def cannot_return(number: int) -> Refusal:
    """Taking an agreement back after it was published or opened."""
    return Refusal(
        reason=f"{number} 号没有审核通过，或已发布、已开班，不能撤回",
        clause=CLAUSE,
        advice="要变请让基地发“调整 号”，再来审核。",
    )


def proposal_unread() -> Refusal:
    """A proposed change that could not be read."""
    return Refusal(
        reason="没看出要改成什么",
        advice="请这样发：审核 12 改 34 6月20日 25人（日期、人数写一个或两个）。",
    )


_HEADS = re.compile(r"(?:人数)?(\d{1,4})(?:人|名|位)|人数(\d{1,4})")


def heads_in(word: str) -> int:
    """A number of people in a word (25人); 0 for none."""
    found = _HEADS.fullmatch(word)
    return int(found[1] or found[2]) if found else 0


def heads_out_of_range(most: int) -> Refusal:
    """More people than a class may have."""
    return Refusal(
        reason=f"每班 1 到 {most} 人", clause="规程第十一条", advice="请换一个人数。"
    )


def proposal_open(numbers: Sequence[int]) -> Refusal:
    """Approving while the base has not answered a proposal."""
    said = listed(str(one) for one in numbers)
    return Refusal(
        reason=f"{said} 号的改动还没等到基地答复", advice="基地同意或不同意后再审。"
    )


def proposed(number: int, what: str) -> str:
    """To the reviewer: the base is asked."""
    return f"好，问基地 {number} 号是否改为{what}，答复后告诉您。"


def proposed_to_base(line: str, what: str) -> str:
    """To the base: the province would rather have it otherwise."""
    return f"省里建议改一项计划：\n{line}\n改为{what}。同意吗？"


def proposal_words(opens_on: date | None, headcount: int) -> str:
    """What is proposed."""
    when = f" {opens_on.year} 年 {day(opens_on)}开班" if opens_on else ""
    heads = f"{headcount} 人" if headcount else ""
    return f"{when}{('、' if when else ' ') if heads else ''}{heads}"


def proposal_answered(number: int, *, agreed: bool) -> str:
    """To the base: its answer to a proposal is noted."""
    done = "按省里的建议改好了" if agreed else "照原来的不变"
    return f"好，{number} 号{done}，已告诉省里。"


def proposal_answered_to_province(
    institution: str, line: str, number: int, *, agreed: bool
) -> str:
    """To the province: what the base answered."""
    said = "同意改动，现在是" if agreed else "不同意改动，仍是"
    return f"{institution}{said}：\n{line}\n编号 {number}，接着审吗？"


def no_proposal(number: int) -> Refusal:
    """Answering a proposal that is not there."""
    return Refusal(reason=f"{number} 号没有待答复的改动", advice="发“计划”看现在的。")


# ---- 计划 ----


def plan_title(period: str, institution: str) -> str:
    """What stands over the table of a plan."""
    return f"{institution} {half_year(period)}培训计划"


def own_plan(period: str, institution: str, count: int, lines: Sequence[str]) -> str:
    """The plan of an institution."""
    if not count:
        return f"{institution} {half_year(period)}还没有计划。"
    rows = "\n".join(lines)
    return f"{institution} {half_year(period)}计划 {count} 项：\n{rows}"


def plans_below(period: str, lines: Sequence[str], waiting: int) -> str:
    """The plans in a province or in the country."""
    more = f"\n有 {waiting} 份等您审核。" if waiting else ""
    rows = "\n".join(lines) or "还没有培训机构。"
    return f"{half_year(period)}培训计划：\n{rows}{more}"


INSTITUTION_HEADER = ("培训机构", "报送", "项数")
PROVINCE_HEADER = ("省份", "已报机构", "项数")


def plans_title(period: str) -> str:
    """What stands over the table of who has reported."""
    return f"{half_year(period)}培训计划报送情况"


def reported_line(institution: str, state: str, count: str) -> str:
    """Where an institution stands."""
    return f"{institution}：{state}，{count} 项"


def province_line(province: str, reported: str, count: str) -> str:
    """Where a province stands; ``reported`` is like 2/3."""
    return f"{province}：已报 {reported} 家，{count} 项"


def review_line(number: int, kind: str, institution: str) -> str:
    """Something that waits for the province, as a choice."""
    return f"审核 {number} 号：{institution}的{KINDS[kind]}"


def item_shown(line: str, institution: str, state: str) -> str:
    """One planned class."""
    return f"{institution}的计划，{STATES[state]}：\n{line}"


def not_held_needs_reason(number: int) -> Refusal:
    """A class that will not be held, without a reason."""
    return Refusal(
        reason="不办要写理由，会记入工作总结的计划执行情况",
        clause="规程附件6",
        advice=f"请这样发：计划 {number} 不办 理由。",
    )


def cannot_be_left(number: int, state: str) -> Refusal:
    """A reason for an item that is not agreed to."""
    return Refusal(
        reason=f"{number} 号{STATES[state]}，不用报不办",
        advice="审核通过的计划不办时才要写理由。",
    )


def not_held(number: int, why: str) -> str:
    """It is noted that a class will not be held."""
    return f"记下了，{number} 号不办：{why}。年度工作总结会列出；还要办就发“计划 {number} 照办”。"


def not_held_to_province(institution: str, line: str, why: str) -> str:
    """To the province: a planned class will not be held."""
    return f"{institution}有一项计划不办了：\n{line}\n理由：{why}。"


def held_after_all(number: int) -> str:
    """A class will be held after all."""
    return f"好，{number} 号照办，到时发“开班”申请。"
