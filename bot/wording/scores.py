"""What is said about points, second attempts and results."""

from __future__ import annotations

from collections.abc import Sequence

from conversations.model import Refusal

KINDS = {"process": "过程性考核", "final": "终结性考核"}
ATTEMPTS = {1: "", 2: "第二次"}
ASK_SECOND = ("申请", "二次", "申请二次", "二次答辩", "二次说课")
WAIVE = ("放弃", "不考了", "放弃二次")


def because(said: Refusal) -> str:
    """A reason with its clause, inside a line."""
    return f"{said.reason}（{said.clause}）" if said.clause else said.reason


def kind(name: str, attempt: int = 1) -> str:
    """An assessment, and which attempt."""
    return f"{KINDS[name]}{ATTEMPTS[attempt]}"


# ---- by the scorer ----


def noted(name: str, what: str, lines: Sequence[str]) -> str:
    """Points were taken."""
    return f"{name}{what}，记下 {len(lines)} 人：{'，'.join(lines)}。"


def point(who: str, points: str, *, attempt: int, before: str, absent: bool) -> str:
    """One person's points in an echo."""
    again = "（第二次）" if attempt > 1 else ""
    changed = f"（原 {before}）" if before else ""
    return f"{who} {'缺考 ' if absent else ''}{points}{again}{changed}"


def not_taken(lines: Sequence[str]) -> str:
    """Points that were not taken, and why."""
    return f"没有记：{'；'.join(lines)}。" if lines else ""


def not_taken_line(who: str, why: str) -> str:
    """Why one person's points were not taken."""
    return f"{who}，{why}"


def done_before() -> str:
    """All scorers are in already."""
    return "都评完了，要改请回“更正”"


def first_open() -> str:
    """The first attempt is not complete."""
    return "第一次还没评完，不能评第二次"


def no_second_work() -> str:
    """A note: nothing was handed in for the second attempt."""
    return "其中第二次评分的，系统里还没有收到二次提交。"


def still_open(count: int) -> str:
    """How many the scorer still has to score."""
    return f"您还有 {count} 人没评。" if count else "该您评的都评完了。"


def waits_for_others() -> str:
    """Why no mean is shown."""
    return "各位评分人都评完才算平均分，之前互相看不到。"


def complete(lines: Sequence[str]) -> str:
    """Attempts that now have all scores."""
    return f"评齐并已告诉本人：{'，'.join(lines)}。" if lines else ""


def mean_of(who: str, mean: str) -> str:
    """Somebody's mean."""
    return f"{who} {mean}"


def step_complete(what: str) -> str:
    """Everybody is scored."""
    return f"{what}全部评完，这一步已办结。"


def told_step_complete(name: str, what: str, passed: int, count: int) -> str:
    """To the base and the scorers."""
    return f"{name}{what}全部评完：{count} 人评分，{passed} 人合格。"


def which_kind(code: str) -> str:
    """For somebody who scores both."""
    return (
        f"您两项考核都评，请写明：评分 {code} 过程 1号85，或 评分 {code} 终结 1号85。"
    )


def to_score(name: str, what: str, code: str) -> str:
    """The head of the list of whom to score."""
    return f"{name}{what}。一条写完：评分 {code} 1号85 2号72.5。分数只有您看得到，到评齐为止。"


def list_open(people: Sequence[str]) -> str:
    """Who waits for the scorer's points."""
    return f"待您评（{len(people)} 人）：{'、'.join(people)}" if people else ""


def list_own(lines: Sequence[str]) -> str:
    """What the scorer gave and the others have not yet."""
    return f"您评了，等其他评分人：{'，'.join(lines)}" if lines else ""


def list_complete(lines: Sequence[str]) -> str:
    """What all gave."""
    return f"已评齐：{'；'.join(lines)}" if lines else ""


def all_points(who: str, mean: str, each: Sequence[str]) -> str:
    """The mean with everybody's points."""
    return f"{who} {mean}（{'、'.join(each)}）"


def by_scorer(name: str, points: str) -> str:
    """One scorer's points, once all are in."""
    return f"{name} {points}"


GONE = "已离开的评分人"


def list_closed(lines: Sequence[str]) -> str:
    """Who is not to be scored, and why."""
    return f"不能评：{'；'.join(lines)}" if lines else ""


def nobody_to_score() -> str:
    """No one is admitted."""
    return "这个班还没有录取的老师。"


# ---- 更正 ----


def correct_how(code: str) -> Refusal:
    """How to correct."""
    return Refusal(
        reason="更正要写谁、改成多少和理由",
        clause="",
        advice=f"请这样发：更正 {code} 3号85 看错了行。",
    )


def correct_reason(code: str) -> Refusal:
    """A correction without its reason."""
    return Refusal(
        reason="都评完之后更正要写理由，会留在记录里",
        advice=f"请这样发：更正 {code} 3号85 看错了行。",
    )


def nothing_to_correct() -> str:
    """The scorer gave this person no points."""
    return "您还没有评过"


def same_points() -> str:
    """The points are what they were."""
    return "本来就是这个分"


def corrected(name: str, what: str, lines: Sequence[str]) -> str:
    """Points were corrected."""
    return f"{name}{what}，更正 {len(lines)} 人：{'，'.join(lines)}。原来的分和理由都留在记录里。"


def corrected_line(who: str, before: str, after: str) -> str:
    """One correction."""
    return f"{who} {before} 改为 {after}"


def mean_moved(who: str, before: str, after: str) -> str:
    """A mean that moved by a correction."""
    return f"{who}平均分 {before} 改为 {after}，已告诉本人"


def told_corrected_base(name: str, what: str, lines: Sequence[str], code: str) -> str:
    """To the base: results changed."""
    return (
        f"{name}{what}有更正：{'；'.join(lines)}。"
        f"成绩单已报送的，请重新核对：成绩单 {code}。"
    )


# ---- to the teacher ----


def told_passed_process(name: str, mean: str) -> str:
    """Passed 过程性考核."""
    return f"{name}您的过程性考核 {mean} 分，合格，可以参加终结性考核。"


def told_again_process(name: str, mean: str, code: str) -> str:
    """Not passed at first: a second submission."""
    return (
        f"{name}您的过程性考核 {mean} 分，不到 60 分，可以再提交一次学习成果，重新评分"
        f"（规程第十二条）。改好后回“成果 {code}”；不交了回“成绩 {code} 放弃”。"
    )


def told_again_final(name: str, mean: str, code: str) -> str:
    """Not passed at first: a second 说课 or 答辩."""
    return (
        f"{name}您的终结性考核 {mean} 分，不到 60 分，可以申请二次说课或答辩"
        f"（规程第十二条）。申请请回“成绩 {code} 申请”；不申请了回“成绩 {code} 放弃”。"
    )


def told_failed(name: str, what: str, mean: str) -> str:
    """Failed for good."""
    return f"{name}您的{what} {mean} 分，不合格。两次成绩都留在记录里，有疑问请联系培训基地。"


def told_passed_final(name: str, mean: str, code: str) -> str:
    """Both passed."""
    return (
        f"{name}您的终结性考核 {mean} 分，合格，两项考核都通过了。"
        f"请回“评估 {code}”填结束评估表，交了就可以发合格证书。"
    )


def told_corrected(name: str, what: str, before: str, after: str) -> str:
    """A result that was told before has changed."""
    return f"{name}您的{what}成绩更正了，由 {before} 分改为 {after} 分。"


# ---- 成绩 ----


def no_results() -> str:
    """No class of the person's own."""
    return "您还没有考核成绩。培训期间评完一项就告诉您。"


def own_results(name: str, lines: Sequence[str]) -> str:
    """Somebody's own results in a class."""
    return "\n".join((f"{name}您的成绩", *lines))


def own_line(what: str, means: Sequence[str]) -> str:
    """One assessment of somebody's own, every attempt."""
    if not means:
        return f"{what}：还没评完"
    return f"{what}：{'，第二次 '.join(means)} 分"


def own_end(*, passed: bool, why: str) -> str:
    """What it comes to."""
    if passed:
        return "两项都合格。"
    return f"{why}。" if why else ""


def ask_second() -> str:
    """The choice to ask for a second 说课 or 答辩."""
    return "申请二次说课或答辩"


def hand_in_again() -> str:
    """The choice to hand in a second work."""
    return "再交一次成果"


def waive() -> str:
    """The choice not to try again."""
    return "不再考了"


def second_asked(name: str, assessors: int) -> str:
    """To the teacher: the wish was passed on."""
    return f"好，{name}二次说课或答辩的申请已告诉 {assessors} 位考核老师，时间由培训基地安排。"


def second_asked_before() -> Refusal:
    """The wish was passed on before."""
    return Refusal(reason="二次说课或答辩您已经申请过了", advice="时间由培训基地安排。")


def told_second_asked(name: str, who: str, code: str) -> str:
    """To the assessors and the base."""
    return (
        f"{name}{who}申请二次说课或答辩。安排好时间，考核后请评分人回“评分 {code} …”。"
    )


def nothing_to_ask(why: str) -> Refusal:
    """No second attempt is open."""
    return Refusal(
        reason="现在没有可以申请的第二次考核", advice=f"{why}。" if why else ""
    )


def confirm_waive(what: str) -> str:
    """Before a second attempt is given up."""
    return f"放弃{what}的第二次机会？放弃后这次培训按不合格算，不能恢复。"


def keep_chance() -> str:
    """The choice to keep it."""
    return "先留着"


def waived(what: str) -> str:
    """Given up."""
    return f"好，{what}第二次机会已放弃。"


def class_results(name: str, *, passed: int, count: int, complete: int) -> str:
    """The head of a class's results."""
    return f"{name} {count} 人：评完 {complete} 人，两项合格 {passed} 人。"


def may_sit(count: int, code: str) -> str:
    """How many may sit 终结性考核."""
    return f"能参加终结性考核 {count} 人。要看每人成绩回“成绩 {code} 全部”。"


def may_not_sit(lines: Sequence[str]) -> str:
    """Who may not, and why."""
    return "不能参加：\n" + "\n".join(lines) if lines else ""


def waiting_for(what: str, count: int, names: Sequence[str]) -> str:
    """How far the scorers are; never how many points."""
    if not count:
        return f"{what}都评完了。"
    who = f"，等 {'、'.join(names)}" if names else ""
    return f"{what}还有 {count} 人没评齐{who}。"


def result_line(who: str, process: str, final: str, end: str) -> str:
    """One teacher in a class's results."""
    return f"{who}：过程 {process or '—'}，终结 {final or '—'}{end}"


def result_end(*, passed: bool, why: str) -> str:
    """How a line ends."""
    return "，合格" if passed else (f"，{why}" if why else "")


ALL = ("全部", "名单", "明细")
KIND_WORDS = {
    "process": ("过程", "过程性", "过程考核", "过程性考核"),
    "final": ("终结", "终结性", "终结考核", "终结性考核"),
}


def which_class() -> str:
    """Of which of several classes."""
    return "看哪个班的成绩？"
