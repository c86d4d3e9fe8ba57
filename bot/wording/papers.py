"""What is said about official forms as files: those of a class, and empty ones."""

from __future__ import annotations

import re

from conversations.model import Refusal

CLASS_FORMS = ("申请表", "表格", "附件1", "参训申请表")
_WORD = re.compile(r"\b(?:word|docx?)\b", re.IGNORECASE | re.ASCII)
WORD = "Word"
BLANKS = {
    "application": ("附件1", "参训申请表"),
    "evaluation": ("附件2", "结束评估表"),
    "backbone_feedback": ("附件3", "骨干教师反馈表"),
    "institution_feedback": ("附件4", "机构反馈表"),
    "transcript": ("附件5", "成绩单"),
    "annual_summary": ("附件6", "工作总结"),
}
"""The six forms, by number and by name."""


def wants_word(text: str) -> bool:
    """Whether a Word file is asked for."""
    return _WORD.search(text) is not None


def without_word(text: str) -> str:
    """The same text without the word that asks for a Word file."""
    return " ".join(_WORD.sub(" ", text).split())


def blank_named(text: str) -> str | None:
    """The form that somebody means, by its number or name."""
    said = "".join(text.split())
    return next(
        (
            form
            for form, (annex, name) in BLANKS.items()
            if said == annex[-1] or annex in said or (said and said in name)
        ),
        None,
    )


def which_blank() -> str:
    """The six forms, to choose from."""
    return (
        "要哪一张空白表？PDF 直接点；要 Word，就在后面加上，比如“空白表 附件1 Word”。"
    )


def blank_choice(form: str) -> str:
    """One of the six, as a choice."""
    return " ".join(BLANKS[form])


def blank_follows(form: str, *, word: bool) -> str:
    """An empty form is being made."""
    kind = WORD if word else "PDF"
    return f"{blank_choice(form)}的空白表（{kind}）马上发来。"


def as_word() -> str:
    """The choice of the Word file instead."""
    return "要 Word 版"


def forms_follow(name: str, count: int, *, word: bool, full: bool) -> str:
    """The forms of a class are being made."""
    kind = WORD if word else "PDF"
    masked = "" if full else "，证件号、手机、邮箱已遮住"
    return (
        f"{name}的 {count} 份参训申请表（{kind}{masked}）正在做，做好打成压缩包发给您。"
    )


def forms_need_reason(code: str) -> Refusal:
    """The full forms without a reason."""
    return Refusal(
        reason="导出全文要写理由，会记入日志",
        advice=f"请这样发：导出 {code} 申请表 全部 理由。",
    )


def no_forms(name: str) -> Refusal:
    """Nobody has handed in a form."""
    return Refusal(reason=f"{name}还没有人交申请表", advice="有人报名后再来导出就行。")
