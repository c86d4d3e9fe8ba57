"""What is said about backbone teachers: recommended, invited, answering, replaced."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import date

import msgspec

from bot.wording.common import LONGEST_SAID
from conversations.model import Refusal
from conversations.prompts.text import day, listed

PICK = ("选", "选定", "选择")
PREFER = ("倾向", "优先")
MORE = ("更多", "全部")
SEATS = ("授课",)
NOT_ANY_MORE = ("取消", "有空")

DUTIES = {"lecturer": "授课", "assessor": "考核"}
_TITLES = {"lecturer": "授课骨干教师", "assessor": "考核骨干教师"}
STATES = {
    "proposed": "待发邀请",
    "invited": "等答复",
    "accepted": "已接受",
    "refused": "不能来",
    "lapsed": "没有答复",
    "withdrawn": "已换下",
}


def _days(facts: Mapping[str, str]) -> str:
    return span(date.fromisoformat(facts["from"]), date.fromisoformat(facts["to"]))


def span(first: date, last: date) -> str:
    """The days from one to another."""
    return day(first) if first == last else f"{day(first)}到 {day(last)}"


_REASONS: dict[str, Callable[[Mapping[str, str]], str]] = {
    "preferred": lambda _: "您的倾向人选",
    "fits": lambda facts: f"{facts['major']}{facts['level']}",
    "certificate": lambda facts: f"证书 {facts['certificate']}",
    "same_province": lambda _: "本省",
    "other_province": lambda facts: facts["province"],
    "free": lambda _: "那几天有空",
    "load": lambda facts: f"今年 {facts['classes']} 个班",
    "asked": lambda facts: f"另有 {facts['asked']} 份邀请没答复",
    "same_school": lambda _: "本校",
    "feedback": lambda facts: f"往期评价 {facts['mark']}（{facts['answers']} 份）",
    "in_class": lambda facts: f"{_days(facts)}在“{facts['title']}”",
    "not_free": lambda facts: f"{_days(facts)}没空",
    "unreachable": lambda _: "还没领骨干教师身份，发不了邀请",
    "proposed": lambda _: "已在本班名单里",
    "invited": lambda _: "已在本班名单里",
    "accepted": lambda _: "已在本班名单里",
    "refused": lambda _: "这个班说过不能来",
    "lapsed": lambda _: "这个班没有答复过",
    "withdrawn": lambda _: "这个班您换下过",
}


def reason(rule: str, facts: Mapping[str, str]) -> str:
    """One reason for or against a candidate."""
    return _REASONS[rule](facts)


def candidate(name: str, school: str, reasons: Sequence[str]) -> str:
    """A candidate with the reasons."""
    return f"{name}（{school}）：{'，'.join(reasons)}"


def recommended(
    name: str, opens_on: date, ends_on: date, *, picked: Sequence[str], seats: int
) -> str:
    """The head of a recommendation."""
    chosen = f"，已选 {listed(picked)}" if picked else ""
    return f"{name}，{span(opens_on, ends_on)}。\n授课 {seats} 位{chosen}。"


def assessors_head(count: int) -> str:
    """Over the assessors, who are proposed in order."""
    return f"考核 {count} 位按顺序推荐，由您发邀请："


def assessors_later(count: int) -> str:
    """The assessors, before the lecturers are picked."""
    return f"考核 {count} 位在授课选齐后按顺序推荐，由您发邀请。"


def pick_lecturers(left: int) -> str:
    """The question whom to take."""
    return f"授课还要选 {left} 位，选谁？"


def nobody_left(duty: str) -> str:
    """There is nobody who could be asked."""
    return (
        f"名册里没有还能请的{_TITLES[duty]}了。可以改期，或请部指导中心补充名册；"
        "授课人数也可以调整（规程第八条注 4）。"
    )


def barred_head() -> str:
    """Over those who fit and cannot be asked."""
    return "合适但这次请不了："


def others() -> str:
    """The choice to see more candidates."""
    return "看更多人选"


def send_letters() -> str:
    """The choice to send the letters of invitation."""
    return "发邀请函"


def picked(name: str, teacher: str, left: int) -> str:
    """A lecturer was picked."""
    rest = f"还要选 {left} 位。" if left else "授课选齐了。"
    return f"好，{name}的授课选了{teacher}。{rest}"


def lecturers_full(names: Sequence[str], code: str) -> Refusal:
    """Every place of 授课 is taken."""
    return Refusal(
        reason=f"授课已经选满：{listed(names)}",
        clause="规程第八条",
        advice=f"要换人请回“换人 {code} 姓名”，要加人请回“推荐 {code} 授课 3 人”。",
    )


def cannot_be_picked(name: str, why: str) -> Refusal:
    """Somebody who cannot be asked for this class."""
    return Refusal(reason=f"这次请不了{name}：{why}", advice="请另选一位。")


def no_candidate(said: str) -> Refusal:
    """Nobody of the roster with this name fits the class."""
    return Refusal(
        reason=f"名册里没有适合这个班的“{said[:LONGEST_SAID]}”",
        clause="规程第五条",
        advice="专业大类和级别要对得上；也可以写证书编号。",
    )


def namesakes(said: str) -> str:
    """Several of the roster bear the name."""
    return f"名册里有几位“{said[:LONGEST_SAID]}”，是哪一位？"


def namesake(name: str, school: str, certificate: str) -> str:
    """One of several with the same name, as a choice."""
    return f"{name}，{school}，{certificate}"


def preferred(name: str, teachers: Sequence[str]) -> str:
    """Whom the base prefers, noted."""
    return f"记下了，{name}的授课倾向人选：{listed(teachers)}。"


def preferred_unknown(names: Sequence[str], code: str) -> str:
    """Preferred names that the roster does not have for this class."""
    return (
        f"倾向人选里，名册上没有适合这个班的 {listed(names)}。"
        f"可以回“推荐 {code} 倾向 姓名”补上。"
    )


def seats_set(name: str, count: int) -> str:
    """The number of 授课 was adjusted."""
    return f"好，{name}的授课改为 {count} 位（规程第八条注 4）。"


def seats_range(least: int, most: int, code: str) -> Refusal:
    """A number of 授课 outside what is allowed."""
    return Refusal(
        reason=f"授课可以是 {least} 到 {most} 位",
        clause="规程第八条注 4",
        advice=f"请这样发：推荐 {code} 授课 {least} 人。",
    )


def seats_taken(count: int) -> Refusal:
    """Fewer places than people who hold one."""
    return Refusal(
        reason=f"已经选了 {count} 位授课", advice="请先回“换人”减人，再调整人数。"
    )


# ---- 邀请函 ----


def standing(name: str, lines: Sequence[str]) -> str:
    """Who is asked for a class, and what they say."""
    return "\n".join((f"{name}的骨干教师：", *lines))


def standing_line(duty: str, name: str, state: str, why: str) -> str:
    """One of them."""
    because = f"（{why}）" if why else ""
    return f"{DUTIES[duty]} {name}：{STATES[state]}{because}"


def missing_line(duty: str, count: int) -> str:
    """Places that nobody holds."""
    return f"{DUTIES[duty]}还差 {count} 位"


def ask_to_send(names: Sequence[str]) -> str:
    """Whether to send the letters that wait."""
    return f"现在给 {listed(names)} 发邀请函吗？"


def letters_sent(names: Sequence[str], days: int) -> str:
    """Letters are on their way."""
    return (
        f"邀请函已发给 {listed(names)}。{days} 天没答复会提醒，再不答复就推荐下一位。"
    )


def not_sent(name: str, why: str) -> str:
    """A letter that was not sent, because something came between."""
    return f"没有发给{name}：{why}。"


def nothing_to_send(code: str) -> Refusal:
    """Nobody waits for a letter."""
    return Refusal(reason="没有等着发的邀请函", advice=f"选人请回“推荐 {code}”。")


def opening_not_agreed(name: str) -> Refusal:
    """Letters before the province has agreed to the class."""
    return Refusal(
        reason=f"{name}的开班申请省里还没有审核通过",
        clause="规程第八条",
        advice="通过后再发邀请函，人选可以先定。",
    )


class Letter(msgspec.Struct, frozen=True):
    """What a letter of invitation says: what, when, where, until when to answer."""

    name: str
    institution: str
    duty: str
    level: str
    major: str
    opens_on: date
    ends_on: date
    venue: str
    capacity: int
    until: date


def letter(said: Letter) -> str:
    """A letter of invitation."""
    task = {
        "lecturer": f"到{said.venue or said.institution}授课，并给过程性考核评分",
        "assessor": "线上给终结性考核（说课或答辩）评分",
    }[said.duty]
    return (
        f"【邀请函】{said.institution}邀请您担任{said.name}的{_TITLES[said.duty]}。\n"
        f"班次：{said.major}{said.level}，{said.capacity} 人\n"
        f"时间：{span(said.opens_on, said.ends_on)}\n"
        f"工作：{task}\n"
        f"请在 {day(said.until)}前答复。不能来请写明理由。"
    )


def still_waiting(letter_: str) -> str:
    """To somebody invited who is silent."""
    return f"【提醒】还在等您的答复。\n{letter_}"


def lapsed(name: str) -> str:
    """To somebody invited who stayed silent."""
    return f"没有等到您对{name}邀请的答复，培训机构会另请他人。您还想来，请联系对方。"


def accept_choice() -> str:
    """The way to say yes."""
    return "接受"


def refuse_choice() -> str:
    """The way to say no."""
    return "不能来"


def accepted(name: str, duty: str, opens_on: date, ends_on: date) -> str:
    """To who accepted."""
    return f"谢谢，您担任{name}的{_TITLES[duty]}，{span(opens_on, ends_on)}。到时会提醒您。"


def accepted_to_base(name: str, teacher: str, duty: str, have: int, want: int) -> str:
    """To the base: somebody accepted."""
    return f"{teacher}答应担任{name}的{_TITLES[duty]}，{want} 位里已有 {have} 位答应。"


def all_accepted(name: str, code: str) -> str:
    """To the base: everybody accepted, and what comes next."""
    return (
        f"{name}的骨干教师都答应了。"
        f"接下来一起做培训方案，开班前 30 天报省里，回“方案 {code}”。"
    )


def refused(name: str) -> str:
    """To who refused."""
    return f"好，已告诉培训机构您不能参加{name}。"


def refuse_reason_needed(number: int) -> Refusal:
    """A no without a reason."""
    return Refusal(
        reason="不能来要写一句理由，培训机构会看到",
        advice=f"请这样发：拒绝 {number} 理由，比如“拒绝 {number} 那几天有课”。",
    )


def refused_to_base(name: str, teacher: str, duty: str, why: str) -> str:
    """To the base: somebody cannot."""
    return f"{teacher}不能担任{name}的{_TITLES[duty]}。理由：{why}。"


def silent_to_base(name: str, teacher: str, duty: str) -> str:
    """To the base: somebody never answered."""
    return f"{teacher}一直没有答复{name}的{_TITLES[duty]}邀请，不再等了。"


def next_assessor(who: str) -> str:
    """Whom the system proposes instead."""
    return f"下一位推荐：{who}。发邀请吗？"


def next_lecturers() -> str:
    """Whom the base may take instead."""
    return "另选一位吗？按推荐顺序："


def no_invitation() -> Refusal:
    """Somebody answers who was not asked."""
    return Refusal(reason="现在没有等您答复的邀请", advice="有新的邀请会发给您。")


def which_invitation() -> str:
    """Which of several invitations is answered."""
    return "是哪一份邀请？"


def invitation_line(number: int, title: str, duty: str, opens_on: date) -> str:
    """One invitation as a choice."""
    return f"{number} 号 {title}，{DUTIES[duty]}，{day(opens_on)}开班"


def already(number: int, state: str) -> Refusal:
    """An invitation that cannot be answered so any more."""
    return Refusal(
        reason=f"{number} 号邀请{STATES[state]}", advice="有疑问请联系培训机构。"
    )


def class_over(name: str) -> Refusal:
    """A class that has begun or is not held."""
    return Refusal(reason=f"{name}已经开班或不办了", advice="有疑问请联系培训机构。")


def busy_then(why: str) -> Refusal:
    """Who is in another class on those days."""
    return Refusal(
        reason=f"您那几天已有安排：{why}，一个人不能同时在两个班",
        clause="规程第八条",
        advice="要来这个班，请先回“拒绝”加编号和理由退出那一个。",
    )


# ---- moved, cancelled, replaced ----


def moved(name: str, number: int, before: date, after: date, last: date) -> str:
    """To who accepted and is free on the new days."""
    return (
        f"{name}改期：从 {day(before)}改到 {span(after, last)}。您仍在名单里；"
        f"不能来请回“拒绝 {number} 理由”。"
    )


def moved_unasked(name: str, before: date, after: date, last: date) -> str:
    """To who works in the class without an invitation of ours."""
    return (
        f"{name}改期：从 {day(before)}改到 {span(after, last)}。不能来请联系培训机构。"
    )


def moved_and_asked(before: date, why: str) -> str:
    """Before a letter that is sent again because the class moved."""
    clash = f"，新日期和您的安排冲突（{why}）" if why else ""
    return f"改期了，原来是 {day(before)}开班{clash}，要再问您一次。\n"


def class_cancelled(name: str) -> str:
    """To who was invited to a class that is not held."""
    return f"{name}不办了，邀请不用答复了。"


def whom_to_replace() -> str:
    """Which of those who hold a place is to be replaced."""
    return "换下哪一位？"


def nobody_to_replace(code: str) -> Refusal:
    """Nobody holds a place."""
    return Refusal(reason="这个班还没有骨干教师", advice=f"选人请回“推荐 {code}”。")


def confirm_replace(name: str, teacher: str, duty: str, state: str) -> str:
    """Before somebody is replaced who was asked."""
    return f"换下{name}的{DUTIES[duty]} {teacher}（{STATES[state]}）？会通知本人。"


def replaced(name: str, teacher: str) -> str:
    """Somebody was taken out."""
    return f"好，{name}换下了{teacher}。"


def replaced_to_teacher(name: str, why: str) -> str:
    """To who was taken out."""
    because = f"，理由：{why}" if why else ""
    return f"培训机构调整了{name}的骨干教师，您这次不用来了{because}。谢谢您的支持。"


# ---- 没空 ----


def busy_listed(spans: Sequence[str]) -> str:
    """The days somebody noted."""
    if not spans:
        return "您没有记过没空的日子。记一段请回“没空 6月1日到6月5日”。"
    return f"您记过没空的日子：{'；'.join(spans)}。去掉一段请回“没空 取消 6月1日到6月5日”。"


def busy_noted(days: str) -> str:
    """Days were noted."""
    return f"记下了，{days}不推荐您。已经答应的班不变。"


def busy_removed(days: str, count: int) -> str:
    """Noted days were forgotten."""
    return f"好，去掉了 {days}里的 {count} 段。" if count else f"{days}没有记过没空。"


def busy_how() -> Refusal:
    """Days that could not be read."""
    return Refusal(reason="没有读懂是哪几天", advice="请这样发：没空 6月1日到6月5日。")


def not_on_roster() -> Refusal:
    """A backbone teacher whom the roster does not know."""
    return Refusal(reason="您不在骨干教师名册里", advice="请联系部指导中心核对。")
