"""Help, menu, greetings, and messages that are no text."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from conversations.forms.schema import Field
from conversations.prompts.text import short
from conversations.prompts.values import said

NOBODY_NAMED = "培训机构"
"""Whom to ask where no contact is configured."""

_KEEP_YEAR = 365


def contact(configured: str) -> str:
    """Whom to ask."""
    return configured or NOBODY_NAMED


# ---- help ----

WORDS_IN_FORM = (
    "随时可以回：上一步、跳过、修改 N（改第 N 题）、预览、提交、"
    "退出（先存着）、继续、取消（放弃这份表）。"
)


def field_help(field: Field, place: str) -> str:
    """Why a field is asked, how it is kept, and what an answer looks like."""
    lines = [f"{place}{field.name}"]
    if field.help:
        lines.append(field.help)
    if field.example:
        lines.append(f"比如：{field.example}")
    lines.append(f"用途：{field.privacy.purpose}。{_kept(field)}")
    return "\n".join(lines)


def _kept(field: Field) -> str:
    how = "加密保存，" if field.privacy.personal else ""
    days = field.privacy.keep_days
    long = f"{days // _KEEP_YEAR} 年" if days % _KEEP_YEAR == 0 else f"{days} 天"
    return f"{how}到培训结束后 {long}。"


_MANY_COMMANDS = 20


def help_outside(
    title: str,
    commands: Mapping[str, str],
    parts: Sequence[tuple[str, Sequence[str]]] = (),
) -> str:
    """What this person may do: line by line, or by title where that would be long."""
    lines = [title or "我是训通，帮您办教师培训的报名、填表和提醒。"]
    if parts and len(commands) > _MANY_COMMANDS:
        lines.extend(f"【{part}】{'、'.join(words)}" for part, words in parts)
        lines.append(f"想知道某一项怎么用，回“帮助 {next(iter(commands))}”。")
        lines.append("继续：接着填没填完的表。")
        return "\n".join(lines)
    lines.extend(f"{word}：{what}" for word, what in commands.items())
    lines.append("继续：接着填没填完的表。填表时回“帮助”，可以看那一题的说明。")
    return "\n".join(lines)


def help_command(word: str, what: str, usage: str) -> str:
    """What one command does, and how it is written."""
    return f"{word}：{what}。\n这样发：{usage}"


def help_contact(whom: str) -> str:
    """Where a person can be asked."""
    return f"还有不清楚的，可以问{whom}。"


MENU = "想做什么？"
MENU_IN_FORM = "表还开着，想做什么？"
GO_ON = "接着填"
NO_COMMANDS = "现在还没有能办的事。有邀请码的话，回“邀请码”加码，比如“邀请码 AB12CD”。"

# ---- small talk, and words nobody knows ----

GREETING = "您好，我是训通。报名、填表、看通知都可以在这里办。"
GREETING_IN_FORM = "您好，我在。"
WELCOME_TO_IT = "不客气，有事随时找我。"
WELCOME = "您好，欢迎来到训通。培训通知、报名和填表都可以在这里办，截止前会提醒您。"
WELCOME_BACK = "您好，欢迎回来。培训通知、报名和填表还是在这里办，截止前会提醒您。"
WELCOME_BACK_TO_FORMS = "您好，欢迎回来。之前填的都还在，接着填就行。"


def guess(text: str) -> str:
    """Words that are nearly a command."""
    return f"没太明白“{said(text, 20)}”，您是想："


def unknown(text: str) -> str:
    """Words that are like nothing known."""
    return f"没太明白“{said(text, 20)}”。回“菜单”看能做什么，回“帮助”看说明。"


# ---- commands inside a form ----


def command_inside(text: str, title: str) -> str:
    """A command's word came while a form is being filled."""
    return f"您正在填《{title}》。“{said(text, 30)}”是指："


def go_there(word: str) -> str:
    """Run the command; the form is kept."""
    return f"去办“{word}”，表先存着"


STAY = "接着填表"
MY_ANSWER = "这就是我的回答"


def my_answer(text: str) -> str:
    """What sounded like a question is the answer."""
    return f"“{said(text, 20)}”就是我的回答"


def which(text: str) -> str:
    """A number that fits two messages."""
    return f"“{said(text, 10)}”是回哪一条？"


def which_push(label: str) -> str:
    """It belongs to what was pushed in between."""
    return f"刚才的提醒：{short(label, 30)}"


WHICH_QUESTION = "我们正在填的这一题"
WHICH_MENU = "再前面那一条"

# ---- what is no text ----

STICKER = "收到 👍 文字和图片我看得懂，这个看不懂。"
VOICE = "语音没听清，麻烦打字发给我。"
LOCATION = "位置收到了，不过我们不收集位置，没有保存。需要地址时请打字。"
LINK = "链接收到了，我打不开网页。要填的内容请打字发给我。"
FILE = "文件收到了，不过现在不需要文件。"
FILE_FOR_PHOTO = "照片请直接以图片发送，不用文件。"

# ---- slow work ----

JOB_FAILED = "刚才要的东西没有做成，请稍后再试一次。"
