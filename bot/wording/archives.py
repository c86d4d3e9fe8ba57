"""What is said about 归档, and what the papers of a class are called in it."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from conversations.model import Refusal
from conversations.prompts.text import day, listed

OPENING = "01 开班申请"
STAFF = "02 骨干教师"
SCHEME = "03 培训方案"
RECRUITING = "04 招生"
APPLICATIONS = "05 参训申请表（附件1）"
ADMISSION = "06 录取"
NEEDS = "07 需求分析"
ATTENDANCE = "08 考勤"
ASSESSMENT = "09 考核"
EVALUATION = "10 结束评估（附件2，只有汇总）"
BACKBONE = "11 骨干教师反馈表（附件3）"
INSTITUTION = "12 机构反馈表（附件4）"
TRANSCRIPT = "13 成绩单（附件5）"
CERTIFICATES = "14 合格证书"
SUMMARY = "15 工作总结（附件6）"
STEPS = "16 各步办理情况"

SECTIONS = (
    OPENING, STAFF, SCHEME, RECRUITING, APPLICATIONS, ADMISSION, NEEDS, ATTENDANCE,
    ASSESSMENT, EVALUATION, BACKBONE, INSTITUTION, TRANSCRIPT, CERTIFICATES, SUMMARY,
    STEPS,
)  # fmt: skip

OF_FORM = {
    "class_opening": OPENING,
    "scheme": SCHEME,
    "scheme_addition": SCHEME,
    "application": APPLICATIONS,
    "backbone_feedback": BACKBONE,
    "institution_feedback": INSTITUTION,
    "annual_summary": SUMMARY,
}


INDEX = "00 目录.xlsx"


INDEX_HEADER = ("序号", "分类", "文件", "字节", "分卷")


NOTHING = "（没有材料）"


def open_step(title: str) -> str:
    """A step that was not done when the archive was made."""
    return f"（归档时没有办结：{title}）"


TOO_LARGE = "（超过一个文件能存的大小，没有收入）"


STAFF_HEADER = ("分工", "位置", "姓名", "分工课程")


ENGAGEMENT_HEADER = (
    "编号",
    "分工",
    "姓名",
    "证书编号",
    "单位",
    "状态",
    "邀请",
    "答复",
    "理由",
)


ABSENCE_HEADER = ("日期", "学号", "姓名", "情况", "课时")


LEAVE_HEADER = ("编号", "学号", "姓名", "从", "到", "课时", "状态", "事由", "答复")


SCORE_HEADER = (
    "学号",
    "姓名",
    "考核",
    "第几次",
    "评分人",
    "分数",
    "时间",
    "状态",
    "更正理由",
)


STANDING_HEADER = (
    "学号", "姓名", "过程性考核", "历次", "终结性考核", "历次", "合格", "说明",
)  # fmt: skip


STEP_HEADER = ("步骤", "期限", "状态", "办结时间", "说明")


YES, NO = "是", "否"


WORDS = {
    "lecturer": "授课",
    "assessor": "考核",
    "manager": "班主任",
    "process": "过程性考核",
    "final": "终结性考核",
    "proposed": "已推荐",
    "invited": "已邀请",
    "accepted": "已接受",
    "refused": "已拒绝",
    "lapsed": "逾期未答",
    "withdrawn": "已撤回",
    "leave": "请假",
    "absent": "旷课",
    "late": "迟到",
    "early": "早退",
    "waiting": "待批",
    "granted": "准假",
    "approved": "准假",
    "current": "有效",
    "replaced": "已更正",
    "open": "未办",
    "done": "已办结",
    "cancelled": "已取消",
}


def word(value: str) -> str:
    """A state or a kind in words; itself when it has none."""
    return WORDS.get(value, value)


def paper(title: str, number: int, who: str) -> str:
    """What one of several forms of a kind is called."""
    return f"{number:02d} {title}{f' {who}' if who else ''}.pdf"


NAMES = {
    "applications": "报名名单.xlsx",
    "staff": "授课和考核安排.xlsx",
    "engagements": "推荐和邀请.xlsx",
    "scheme": "培训方案.pdf",
    "needs": "需求分析.pdf",
    "absences": "缺勤记录.xlsx",
    "leaves": "请假记录.xlsx",
    "scores": "评分记录.xlsx",
    "standings": "考核结果.xlsx",
    "evaluation": "结束评估汇总.xlsx",
    "register": "证书清单.xlsx",
    "steps": "各步办理情况.xlsx",
    "scan": "盖章扫描件",
    "stamp": "单位意见",
    "letter": "录取通知书.pdf",
    "work": "成果",
    "notice": "招生通知",
}
"""What a paper is called; those of which there are several get a number before."""


def numbered(number: int, name: str) -> str:
    """A name with its number before it."""
    return f"{number:02d} {name}"


def volume(title: str, code: str, place: int, count: int) -> str:
    """What an archive's file is called."""
    part = f"-{place}of{count}" if count > 1 else ""
    return f"{title} {code} 归档{part}.zip"


def notice(title: str, publisher: str, when: date | None, body: str) -> str:
    """A notice as a text."""
    on = f"{day(when)}发布" if when else "没有发布"
    return f"{title}\n{publisher}，{on}\n\n{body}\n"


# ---- in the chat ----


def missing(name: str, steps: Sequence[str]) -> str:
    """Before an archive that has gaps."""
    return (
        f"{name}还有没办结的：{listed(steps)}。办完再归档最好；"
        "现在归档，目录里会写明缺什么。"
    )


def as_it_is() -> str:
    """The choice to make it with gaps."""
    return "就这样归档"


def making(name: str) -> str:
    """The archive is being made."""
    return f"正在整理{name}的全部材料，做好就报备给省里和部中心，并告诉您。"


def being_made(name: str) -> Refusal:
    """Asked for twice."""
    return Refusal(
        reason=f"{name}的归档正在整理",
        clause="规程第十三条（一）",
        advice="做好就告诉您。",
    )


def made(name: str, entries: int, gaps: Sequence[str]) -> str:
    """To the base: it was made and reported."""
    rest = f"目录里注明了没有的：{listed(gaps)}。" if gaps else ""
    return f"{name}归档好了，共 {entries} 份材料，已报备省里和部中心。{rest}"


def reported(name: str, institution: str, entries: int) -> str:
    """To province and centre: it can be had."""
    return f"{institution}报备了{name}的归档材料，共 {entries} 份。要看吗？"


def fetch() -> str:
    """The choice to have it sent."""
    return "发给我"


def follows(name: str, when: date, count: int) -> str:
    """To a reader: here it is."""
    parts = f"，分 {count} 个文件" if count > 1 else ""
    return f"{name}的归档材料，{day(when)}整理{parts}。里面有个人信息，请妥善保管。"


def made_anew(name: str) -> str:
    """The file was forgotten with somebody's data; it is made again."""
    return f"{name}的归档材料要按现在的数据重新整理，做好就发来。"


def not_made(name: str) -> str:
    """To a reader: there is none yet."""
    return f"{name}还没有归档。"
