"""What stands on the papers that no form definition holds: 附件5 and 附件6."""

from __future__ import annotations

from datetime import date

TRANSCRIPT_ANNEX = "附件5"
TRANSCRIPT_TITLE = "工学一体化教师培训成绩单"
HEAD = "培训时间：{period}； 培训地点：{place}；培训人数：{headcount}人；"
INSTITUTION = (
    "教师培训基地（或师资研修中心）：{institution}  "
    "培训级别：{level}；专业大类：{major}；"
)
STAFF = "授课骨干教师：{lecturers}； 考核骨干教师：{assessors}"
COLUMNS = (
    "序号",
    "姓名",
    "性别",
    "身份证号码",
    "单  位",
    "联系电话",
    "过程性考核",
    "终结性考核",
    "证书编号",
)
MARKS = "成  绩"

SUMMARY_ANNEX = "附件6"
SUMMARY_TITLE = "培训机构工学一体化教师培训工作总结"
SUMMARY_NOTE = "（参考模板）"
BASICS = "一、基本情况"
TOTAL = (
    "截至{year}年底，共开办培训班{classes}个，合计共培训{trained}人次，"
    "培训合格{passed}人，培训合格率达{rate}。"
    "培训计划执行率达{plan_rate}，{not_run}个培训计划班次未执行，具体原因是{reasons}。"
)
AMONG = "其中，"
OF_LEVEL = (
    "{level}培训班{classes}个，共培训{trained}人次，培训合格{passed}人，合格率达{rate}"
)
OF_MAJOR = (
    "{of_major}专业大类的培训班{classes}个，共培训{trained}人次，"
    "培训合格{passed}人，合格率达{rate}"
)
REVIEW = "二、工作回顾"
REVIEW_ASKS = (
    "本年度本机构在开展技工院校工学一体化教师培训工作中的"
    "经验总结、创新做法、存在问题及思考举措等。"
)
ADVICE = "三、工作建议"
ADVICE_ASKS = "对技工院校工学一体化教师培训工作及推进工学一体化技能人才培养模式的建议。"
NEXT = "；"
END = "。"
NO_RATE = "—"
NO_REASON = "无"

BLANKS = {
    "period": "    年   月   日——    年   月   日",
    "place": "           省            市",
    "headcount": " " * 9,
    "institution": " " * 9,
    "level": " " * 15,
    "major": " " * 28,
    "lecturers": " " * 28,
    "assessors": " " * 36,
}
"""How much room an empty place has, where it is more than ``BLANK``."""
BLANK = "  "

_SELF_STANDING = ("省", "市", "区")


def period(opens_on: date | None, ends_on: date | None) -> str:
    """``2026年6月13日——2026年6月21日``; empty when either is not known."""
    if opens_on is None or ends_on is None:
        return ""
    return f"{day(opens_on)}——{day(ends_on)}"


def day(on: date) -> str:
    """``2026年6月13日``."""
    return f"{on.year}年{on.month}月{on.day}日"


def place(province: str, city: str, venue: str) -> str:
    """``江南省 东湖市``; the venue where no city is known, a city-province once."""
    parts = [_named(province, "省"), _named(city, "市") or venue]
    return " ".join(dict.fromkeys(part for part in parts if part))


def _named(name: str, kind: str) -> str:
    return name if not name or name.endswith(_SELF_STANDING) else name + kind


def names(people: tuple[str, ...]) -> str:
    """The names, one after the other."""
    return "、".join(people)


BOX, TICKED, TICK = "□", "☑", "√"
COLON = "："


def joined(*parts: str) -> str:
    """The parts that are there, with commas between."""
    return "，".join(part for part in parts if part)


def after(text: str) -> str:
    """``text`` behind a colon, when there is one."""
    return text and COLON + text


CERTIFICATE_TITLE = "工学一体化教师培训合格证书"


def course(level: str, major: str) -> str:
    """What a certificate was given for: ``（二级，机械类）``."""
    return f"（{level}，{major}）"


def from_to(opens_on: date, ends_on: date) -> str:
    """``2026年6月13日至2026年6月21日``."""
    return f"{day(opens_on)}至{day(ends_on)}"
