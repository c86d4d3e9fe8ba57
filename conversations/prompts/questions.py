"""How the form asks."""

from __future__ import annotations

from collections.abc import Sequence

from conversations.forms.schema import Field, Form, Item
from conversations.model import Refusal
from conversations.prompts.text import listed
from conversations.prompts.values import said

YES = "是"
ASK_AGAIN = "重新填"
MARK_UNIT = "分"
AGREE = "同意"
DISAGREE = "不同意"


def place(number: int, of: int, part: str = "") -> str:
    """第 5/24 题, with the part's name where a part begins."""
    return f"【{part}】第 {number}/{of} 题：" if part else f"第 {number}/{of} 题："


def known(rows: Sequence[tuple[str, str]]) -> str:
    """What is on the paper already and is not asked."""
    return "；".join(f"{name}：{value}" for name, value in rows) + "\n"


def part(title: str) -> str:
    """The name of a part."""
    return f"【{title}】"


def question(field: Field) -> str:
    """What is asked of a field."""
    if field.kind == "declaration":
        return f"{field.label}：\n“{field.text}”\n{field.prompt}"
    if field.kind == "matrix":
        return f"{field.prompt}\n{_items(field.items)}\n想一项一项来，回“逐项”。"
    heading = f"{field.heading}\n" if field.heading else ""
    return f"{heading}{field.prompt}{_tail(field)}"


def _items(items: Sequence[Item]) -> str:
    return "\n".join(f"（{place}）{one.label}" for place, one in enumerate(items, 1))


def _tail(field: Field) -> str:
    if field.kind == "long_text" and "完成" not in field.prompt:
        return "\n可以分几条发，写完回“完成”。"
    if field.optional and "无" not in field.prompt:
        return "没有就回“无”。"
    return ""


def item(field: Field, one: Item, number: int) -> str:
    """One row of a matrix, asked alone."""
    return f"（{number}/{len(field.items)}）{one.label}？"


def change(field: Field, now: str) -> str:
    """The head of a question that was answered before."""
    if field.kind == "photo":
        return f"{now}。要换就发新的，不换回“继续”。"
    return f"{field.name}现在是：{now}。要改就写新的，不改回“继续”。"


def offer(field: Field, value: str) -> str:
    """A remembered answer, for a yes."""
    if field.kind == "photo":
        return "照片还用上次那张吗？要换，直接发一张新的。"
    return f"{field.name}还是“{value}”吗？有变就直接写新的。"


def offers(rows: Sequence[tuple[str, str]]) -> str:
    """Several remembered answers at once, for one yes."""
    lines = "\n".join(f"{name}：{value}" for name, value in rows)
    return f"上次填的是：\n{lines}\n都没变吗？有变的写明是哪项，比如“{rows[-1][0]} …”。"


ALL_SAME = "都没变"
ONE_BY_ONE = "一项一项看"


def missing_detail(field: Field, labels: Sequence[str], detail: str) -> str:
    """A tick whose detail is still wanted."""
    named = listed(label.partition("（")[0] for label in labels)
    if detail.startswith("请"):
        return f"{named}，{detail}。"
    return f"{named}的{detail or field.name}是什么？"


def readings(text: str) -> str:
    """Several readings of one answer."""
    return f"“{said(text, 30)}”您是指哪一个？"


def asked_back(contact: str) -> str:
    """A question came where an answer was wanted."""
    return (
        f"这句像是在问事情，没有记作回答。想问的请联系{contact}；这题怎么填，回“帮助”。"
    )


OTHER_READING = "都不是，重新写"


def noted(rows: Sequence[tuple[str, str]]) -> str:
    """What was understood."""
    text = "；".join(f"{name} {value}" for name, value in rows)
    return f"记下了：{text.rstrip('。')}。"


def noted_one(value: str) -> str:
    """What was understood of the only question asked."""
    return f"记下了：{value.rstrip('。')}。"


def noted_long(length: int) -> str:
    """A long text was taken."""
    return f"记下了（共 {length} 字）。"


NOTED_SIGNATURE = "签名收到。"
NOTED_ID = "身份证号码收到了，不在这里重复显示。"


def derived(rows: Sequence[tuple[str, str]]) -> str:
    """What follows from an answer and is not asked."""
    values = listed(f"{name} {value}" for name, value in rows)
    return f"{values}，按身份证自动填好了，不用写。"


def unmet(refusal: Refusal) -> str:
    """An answer that does not meet a condition of the level."""
    return f"先提醒您：{refusal.reason}（{refusal.clause}），这样交不上去。{refusal.advice}"


def not_kept(refusal: Refusal) -> str:
    """An answer that a rule of the form refuses."""
    return f"{refusal.reason}（{refusal.clause}），没有记下。{refusal.advice}"


def dropped_for(name: str, refusal: Refusal) -> str:
    """An earlier answer that another has made wrong; it is asked again."""
    return f"{refusal.reason}（{refusal.clause}），{name}要重新选。"


def still_open(names: Sequence[str]) -> str:
    """What a part still lacks after several answers at once."""
    return (
        f"还差 {len(names)} 项：{listed(names[:8])}{'等' if len(names) > 8 else ''}。"
    )


def dropped(names: Sequence[str]) -> str:
    """Answers that no longer belong to the form."""
    return f"{listed(names)}不用填了，原来写的已去掉。"


def piece(number: int) -> str:
    """A piece of a long text was taken."""
    return f"收到（第 {number} 段）。接着写，写完回“完成”。"


def more_pieces(field: Field, number: int) -> str:
    """A long text half written goes on."""
    return f"{field.name}已收 {number} 段。接着写，写完回“完成”。"


def piece_too_much(length: int, most: int) -> str:
    """A piece that makes a long text longer than its place."""
    return (
        f"加上这一段就有 {length} 字了，表上这一格最多 {most} 字，这段先没收。"
        "可以缩短再发，够了就回“完成”。"
    )


NOTHING_TO_FINISH = "这一题还没写内容。直接写就行，写完回“完成”。"
FINISH_ELSEWHERE = "“完成”是长文字写完时用的，现在不用。"
LATER_PIECES = "写到一半的这一段存着，回头接着写。"
ONE_MARK = "有好几项，一个数分不清是哪一项，我们一项一项来。"


def blind() -> str:
    """How a blind form keeps its answers, said before the first question."""
    return (
        "提交前草稿只在您这里；提交后只记谁填过了和日期，答案不带名字、打乱顺序另存，"
        "满 5 份才出统计。"
    )


CONSENT_ONCE_MORE = "上面的说明，您同意吗？"
CONSENT_AGAIN = "这份说明有更新，请您再看一遍。"


def consent_unclear() -> str:
    """Neither yes nor no."""
    return "这一步要先听您的意思，再往下填。"


def refused_personal(title: str, contact: str) -> str:
    """The other way for who does not agree."""
    return (
        f"好，不同意就不收。《{title}》可以改用纸质表，请联系{contact}。"
        "草稿留着，改主意时发“继续”。"
    )


def refused_sensitive(names: Sequence[str], contact: str) -> str:
    """The other way for what is sensitive."""
    return (
        f"好，{listed(names)}不在这里收，其他的接着填。"
        f"这几项可以改为当面核对，请联系{contact}。"
    )


def sensitive_waits(name: str) -> str:
    """An answer that came before the consent it needs."""
    return f"{name}要先征得您单独同意，轮到那一题再填，刚才的没有存。"


PHOTO_PENDING = "照片刚收到，正在检查"
OFFERS_HOW = "有变的请带上名称写，比如“手机 139…”；都没变回 1，想一项一项看回 2。"


def opened(form: Form) -> str:
    """The first words of a form."""
    opening = f"《{form.title}》：{form.intro}" if form.intro else f"《{form.title}》"
    return f"{opening}\n{blind()}" if form.blind else opening
