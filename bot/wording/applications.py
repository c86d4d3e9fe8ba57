"""What a teacher hears of their own applications."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from bot.wording.common import STATES
from conversations.model import Refusal
from conversations.prompts.text import day


def open_classes(count: int) -> str:
    """The head of the list of classes that take applications."""
    return f"正在招生的班 {count} 个。报哪个？"


def no_open_class() -> str:
    """No class takes applications."""
    return "现在没有正在招生的班。有新的招生通知会发给您，也可以过几天再发“报名”看看。"


def open_class_line(
    title_: str, level: str, opens_on: date, places: int, standing: str
) -> str:
    """One class that takes applications, as a choice."""
    room = f"还有 {places} 个名额" if places else "已满，可候补"
    return f"{title_}（{level}），{day(opens_on)}开班，{standing or room}"


def standing_in_list(state: str) -> str:
    """Why a class in the list is not open to the person: they applied before."""
    return f"您已报名，{STATES[state]}"


def applied_before(name: str, number: int, state: str) -> Refusal:
    """One application per person and class."""
    return Refusal(
        reason=f"{name}您已经报过，编号 {number}，{STATES[state]}",
        advice="每人每班报一次。回“我的报名”看进度。",
    )


def class_full(name: str, capacity: int) -> str:
    """A full class: the rule, and the next best thing."""
    return f"{name}已满 {capacity} 人（规程第十一条）。可以候补，有人退出按先后递补，也可以看别的班。"


def join_waitlist() -> str:
    """The choice to apply for the waiting list."""
    return "候补报名"


def other_classes() -> str:
    """The choice to look at other classes."""
    return "看别的班"


def check_needed(contact: str) -> Refusal:
    """Says nothing of why: an ID number must not be found out by asking."""
    whom = f"请联系{contact}" if contact else "请联系培训基地"
    return Refusal(
        reason="您的信息需要人工核对，申请暂时没有交上去",
        advice=f"{whom}核对后再提交，填的都存着。",
    )


def application_received(
    name: str, number: int, *, full: bool, stamp_by: date, link: str
) -> str:
    """An application was handed in: its number, what comes, and the document."""
    full_said = "本班名额已满，审核合格的进候补。" if full else ""
    return (
        f"收到，{name}的参训申请已交上去，编号 {number}。{full_said}"
        f"基地审核后告诉您，也可以发“我的报名”看进度。\n"
        f"请打印申请表盖单位章，{day(stamp_by)}前发“盖章”交来：\n{link}"
    )


def may_we_notify(text: str, link: str) -> str:
    """Asks whether the person wants to be notified, below something told to them."""
    return f"{text}\n\n想在审核、开班有消息时收到通知，请点开，同意一次：\n{link}"


def applied_to_base(name: str, code: str) -> str:
    """To a base: there are new applications."""
    return f"{name}有新的报名，回“报名 {code}”查看。"


def see_list() -> str:
    """The choice to see a class's applications."""
    return "看报名"


def my_applications(lines: Sequence[str]) -> str:
    """Where the person's applications stand."""
    return "\n".join(lines)


def my_application_line(
    number: int, name: str, state: str, reason: str, stamp_by: date | None
) -> str:
    """One application of the person's own."""
    why = f"，{reason}" if reason and state in ("refused", "waitlisted") else ""
    stamp = f"，请在 {day(stamp_by)}前发“盖章”交单位意见" if stamp_by else ""
    return f"{number} 号 {name}：{STATES[state]}{why}{stamp}。"


def my_application_choice(number: int, title_: str) -> str:
    """One of the person's own applications, as a choice."""
    return f"{number} 号 {title_}"


def no_application() -> str:
    """The person has not applied anywhere."""
    return "您还没有报名。发“报名”看正在招生的班。"


def which_to_withdraw() -> str:
    """Which of several applications to take back."""
    return "撤回哪一份？"


def confirm_withdraw(name: str, number: int, *, holds_place: bool) -> str:
    """Before an application is taken back."""
    place = "名额会让给候补的老师。" if holds_place else ""
    return f"撤回 {number} 号申请，{name}？{place}"


def keep_it() -> str:
    """The choice not to go on."""
    return "不撤"


def withdrawn(name: str, number: int) -> str:
    """An application was taken back."""
    return f"好，{number} 号申请已撤回，{name}。想再报，截止前发“报名”。"


def nothing_to_withdraw() -> Refusal:
    """No application can be taken back."""
    return Refusal(reason="没有可以撤回的申请", advice="发“我的报名”看进度。")


def stamp_looking(number: int) -> str:
    """A picture of the stamped form came and is being checked."""
    return f"收到，正在看 {number} 号申请的单位意见，好了告诉您。"


def stamp_how(name: str, link: str) -> str:
    """How to hand the stamped form in."""
    return (
        f"{name}的单位意见：申请表盖章后拍照或扫描成 PDF，从这里上传（一天内有效）：\n{link}\n"
        "也可以直接把照片或 PDF 发到这里。"
    )


def which_stamp() -> str:
    """Which application the stamp is for."""
    return "交哪一份的单位意见？"


def no_stamp_needed() -> Refusal:
    """Nothing waits for a stamp."""
    return Refusal(reason="现在没有要交单位意见的申请", advice="发“我的报名”看进度。")


def stamp_kept(name: str) -> str:
    """The stamped form arrived, the review goes on."""
    return f"{name}的单位意见收到了，等基地审核。"


def stamp_admits(name: str, opens_on: date) -> str:
    """The stamped form arrived and completes the admission."""
    return f"单位意见收到了，{name}正式录取您，{day(opens_on)}开班。"
