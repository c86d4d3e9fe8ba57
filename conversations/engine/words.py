"""Words that mean the same in every state, and how people write them."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable

HELP = "帮助"
MENU = "菜单"
CANCEL = "取消"
RESUME = "继续"
BACK = "上一步"
SKIP = "跳过"
CHANGE = "修改"
PREVIEW = "预览"
SUBMIT = "提交"
LEAVE = "退出"
FINISH = "完成"
INVITATION = "邀请码"
REPORT = "报送"
UPLOAD = "上传"
"""After 报送: the link by which a sheet is uploaded."""
QR_CODE = "二维码"
SCANNED = "扫到"
"""Tells what a camera read from what was typed after 二维码."""
FINISHED = frozenset(
    [
        FINISH,
        "完",
        "完了",
        "完毕",
        "完成了",
        "写完",
        "写完了",
        "写好了",
        "发完了",
        "结束",
        "好了",
        "就这些",
        "没了",
        "没有了",
    ]
)
"""How people say that a long text is at its end."""
ONE_BY_ONE = frozenset({"逐项", "一项一项", "一项一项来", "逐项来", "一个一个来"})
NOTHING = "无"

UNIVERSAL = frozenset(
    {HELP, MENU, CANCEL, RESUME, BACK, SKIP, CHANGE, PREVIEW, SUBMIT, LEAVE, FINISH}
)
GREETINGS = frozenset(
    [
        "你好",
        "你好吗",
        "您好吗",
        "您好",
        "在吗",
        "在不在",
        "有人吗",
        "早",
        "早上好",
        "上午好",
        "中午好",
        "下午好",
        "晚上好",
        "嗨",
        "hi",
        "hello",
        "老师好",
    ]
)
THANKS = frozenset(["谢谢", "谢谢您", "谢谢你", "多谢", "谢了", "感谢", "辛苦了"])
YES = frozenset(
    [
        "是",
        "是的",
        "对",
        "好",
        "好的",
        "可以",
        "行",
        "嗯",
        "同意",
        "确认",
        "确定",
        "愿意",
        "我同意",
        "没问题",
        "ok",
    ]
)
NO = frozenset(
    [
        "否",
        "不",
        "不是",
        "不行",
        "不同意",
        "不可以",
        "不愿意",
        "不用",
        "不要",
        "算了",
        "我不同意",
    ]
)

_UNSENDABLE = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f\u200b-\u200f\u202a-\u202e\u2060-\u2064\ufeff\ud800-\udfff]"
)
_TRAILING = " \t\n。.!！~～,，、;；?？…\"'”’)）】"
_LEADING = " \t\n\"'“‘(（【"
_CHANGE = re.compile(r"修改\s*(?:第)?\s*(\d{1,4})\s*(?:题|项)?")
_CHANGE_NAMED = re.compile(r"(?:我?要)?(?:修改|更改|改)(?:一下)?[\s:：]*(.{2,20})")
_NUMBER = re.compile(r"(?:选|回|第)?\s*(\d{1,3})\s*(?:个|项|号)?")


def cleaned(text: str) -> str:
    """``text`` without blanks around it and without what no screen shows."""
    if _UNSENDABLE.search(text):
        text = _UNSENDABLE.sub("", text.replace("\r\n", "\n").replace("\r", "\n"))
    return text.strip()


def bare(text: str) -> str:
    """``text`` as a word to compare: half width, no quotes or marks around it."""
    if not text.isascii():
        text = unicodedata.normalize("NFKC", text)
    return text.strip(_TRAILING).lstrip(_LEADING)


def place_to_change(word: str) -> int | None:
    """The N of 修改 N; None when it is something else."""
    if not word.startswith(CHANGE):
        return None
    match = _CHANGE.fullmatch(word)
    return int(match[1]) if match else None


def name_to_change(word: str) -> str:
    """The name in 修改手机; empty when the word says nothing of the kind."""
    found = _CHANGE_NAMED.fullmatch(word)
    return found[1].strip() if found else ""


def number(word: str) -> int | None:
    """The number that a bare “2” or “选2” names; None for anything else."""
    if len(word) > 8:
        return None
    match = _NUMBER.fullmatch(word)
    return int(match[1]) if match else None


def command(text: str, known: Iterable[str]) -> tuple[str, str] | None:
    """The command word that ``text`` begins with, and the rest.

    The word stands alone, or a blank, a figure or a Latin letter follows
    (``审核12通过``); a longer Chinese word that begins alike is not it.
    """
    first, _, rest = text.partition(" ") if " " in text else _split(text)
    if first in known:
        return first, rest.strip()
    for word in known:
        if text.startswith(word) and _opens_arguments(text[len(word)]):
            return word, text[len(word) :].strip(" :：")
    return None


def _split(text: str) -> tuple[str, str, str]:
    parts = text.split(maxsplit=1)
    return (parts[0] if parts else "", "", parts[1] if len(parts) > 1 else "")


def _opens_arguments(character: str) -> bool:
    return character.isascii() and (character.isalnum() or character in " :")
