"""What is said about 附件5 成绩单."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from conversations.model import Refusal
from conversations.prompts.text import day, listed

WORD = ("WORD", "Word", "word", "DOCX", "docx")


def looked_at(
    name: str,
    revision: int,
    *,
    heads: int,
    passed: int,
    warnings: Sequence[str],
    changes: Sequence[str],
) -> str:
    """A transcript to be checked; its picture follows."""
    lines = [f"{name}成绩单第 {revision} 版：{heads} 人，两项考核都合格 {passed} 人。"]
    if changes:
        lines.append(f"与已报送的第 {revision - 1} 版相比：{'；'.join(changes)}。")
    lines += warnings
    lines.append(
        "图马上发来，证件号和电话已遮住，报送的文件里是全的。核对无误就确认报送。"
    )
    return "\n".join(lines)


def incomplete(who: Sequence[str]) -> str:
    """Results that are not there; they stay blank."""
    return f"成绩还没有齐，报送后是空格：{listed(who)}。"


def uncertified(who: Sequence[str], code: str) -> str:
    """Who passed and has no certificate number yet."""
    return f"合格还没有发证，证书编号是空格：{listed(who)}。先发证请回“证书 {code}”。"


def confirm() -> str:
    """The choice to send it."""
    return "确认报送"


def unchanged(name: str, revision: int, when: date) -> str:
    """Nothing new since the last revision."""
    return f"{name}成绩单第 {revision} 版 {day(when)}已报送省里和部中心，之后没有变化。"


def look_first(code: str) -> Refusal:
    """Confirming what was not looked at."""
    return Refusal(reason="成绩单要先看过再确认", advice=f"请先回“成绩单 {code}”核对。")


def changed_since() -> str:
    """Something changed between the look and the confirmation."""
    return "您看过之后成绩有变化，请再核对一遍。"


def sent(name: str, revision: int) -> str:
    """After it was sent."""
    return f"{name}成绩单第 {revision} 版已报送省里和部中心。之后有更正，再发一次就出新版。"


def sent_to_managers(
    name: str,
    institution: str,
    revision: int,
    *,
    heads: int,
    passed: int,
    changes: Sequence[str],
) -> str:
    """To province and centre; the files follow."""
    head = f"{institution}报送了{name}的成绩单"
    if revision > 1:
        head += f"（更正后的第 {revision} 版：{'；'.join(changes)}）"
    return f"{head}：{heads} 人，合格 {passed} 人。Excel 和 PDF 随后发来。"


def more_changes(count: int) -> str:
    """Changes that are not listed one by one."""
    return f"等共 {count} 处"


def row_changed(number: int, parts: Sequence[str]) -> str:
    """What changed of one teacher."""
    return f"{number} 号{'、'.join(parts)}"


FIELDS = {
    "name": "姓名",
    "sex": "性别",
    "id_number": "身份证号码",
    "unit": "单位",
    "phone": "联系电话",
    "process": "过程性考核",
    "final": "终结性考核",
    "certificate": "证书编号",
}


HEADER = ("序号", *FIELDS.values())


def table_title(title: str, code: str) -> str:
    """What the transcript is called as a table."""
    return f"{title} {code} 成绩单"


def value_changed(field: str, before: str, after: str) -> str:
    """A result before and after."""
    return f"{FIELDS[field]} {before or '空'}→{after or '空'}"


def field_changed(field: str) -> str:
    """Something personal changed: which, not what."""
    return f"{FIELDS[field]}有更正"


def row_added() -> str:
    """A teacher who was not there before."""
    return "新增"


def row_gone() -> str:
    """A teacher who is no longer there."""
    return "不再列入"


def head_changed() -> str:
    """The head of the form changed."""
    return "表头有更正"


def files_follow(name: str, revision: int, when: date) -> str:
    """To a reader: the files are being made."""
    return f"{name}成绩单第 {revision} 版，{day(when)}报送。文件马上发来。"


def not_sent(name: str) -> str:
    """To a reader: there is none yet."""
    return f"{name}的成绩单还没有报送。"


def reason_needed(code: str) -> Refusal:
    """The full files without a reason."""
    return Refusal(
        reason="成绩单全文有证件号，要写理由，会记入日志",
        advice=f"请这样发：成绩单 {code} 全部 理由。",
    )


def file_name(title: str, code: str, revision: int, extension: str) -> str:
    """What a file is called."""
    return f"{title} {code} 成绩单第{revision}版.{extension}"


def picture_name(title: str, page: int) -> str:
    """What a picture is called."""
    return f"{title}成绩单-{page}.png"
