"""What is said about notices."""

from __future__ import annotations

from bot.wording.common import LONGEST_SAID
from conversations.model import Refusal


def notices_listed(count: int) -> str:
    """The head of the list of notices."""
    return f"最近的通知 {count} 条：" if count else "还没有通知。"


def notices_of_yours() -> str:
    """Before what a writer of notices can do."""
    return "您管的通知，要办哪一条？"


def write_notice() -> str:
    """The choice to write a notice."""
    return "写一条新通知"


def mass_text(title_: str, summary: str, link: str) -> str:
    """A notice as one message to many; ``link`` is where it stands."""
    return f"《{title_}》\n{summary}\n{link}"


_LONGEST_ERROR = 40

READ_ALL = "看全文"
"""What the link in it is called."""


def article_line(state: str, url: str, error: str, sent: int, failed: int) -> str:
    """What became of a notice as an article of the Official Account."""
    if state == "failed":
        return f"公众号文章没有发成，读者看通知页；平台说：{error[:_LONGEST_ERROR]}。"
    if not url:
        return "公众号文章正在发布。"
    if state == "withdrawn":
        return "公众号文章已删除。"
    mass = f"已群发，送达 {sent} 人，未送达 {failed} 人。" if sent + failed else ""
    return f"公众号文章：{url}{_sending(state) or mass}"


def _sending(state: str) -> str:
    return "\n正在群发。" if state == "massing" else ""


NO_LIMIT = ("", "不限", "全部", "全国", "所有", "无")


NOTICE_STATES = {
    "draft": "草稿",
    "awaiting_approval": "待批准",
    "approved": "已批准",
    "published": "已发布",
    "stopped": "已停发",
    "withdrawn": "已撤回",
}


_LONGEST_SHOWN = 300


def notice_line(number: int, title_: str, state: str) -> str:
    """One notice in a manager's list."""
    return f"{number} 号 {title_}，{NOTICE_STATES[state]}"


def notice_shown(
    number: int, title_: str, body: str, audience: str, recipients: int, state: str
) -> str:
    """A notice as it would go out."""
    short = body if len(body) <= _LONGEST_SHOWN else body[: _LONGEST_SHOWN - 1] + "…"
    return (
        f"{number} 号通知，{NOTICE_STATES[state]}\n《{title_}》\n{short}\n"
        f"发给：{audience}，现在共 {recipients} 人。"
    )


def no_such_province(said: str) -> Refusal:
    """A province that is not in the tree."""
    return Refusal(
        reason=f"没有找到“{said[:LONGEST_SAID]}”",
        advice="请写省的全称，或“不限”：发“预览”看序号，再发“修改 序号”。",
    )


def awaits_another(number: int, recipients: int, limit: int) -> str:
    """A notice to more people than its author may publish to."""
    return (
        f"{number} 号要发给 {recipients} 人，超过 {limit} 人，"
        f"要请同级或上级的另一位管理人员回“发布 {number}”。"
    )


def published(number: int, title_: str, recipients: int) -> str:
    """A notice was published."""
    if not recipients:
        return (
            f"好，{number} 号《{title_}》已发布。现在还没有人会收到，"
            "请把通知网页或报名二维码转给老师。"
        )
    return (
        f"好，{number} 号《{title_}》已发布，正发给 {recipients} 人。"
        f"要停下回“停止 {number}”。"
    )


def stopped(number: int, title_: str, cancelled_: int) -> str:
    """What was not sent of a notice is not sent any more."""
    return (
        f"{number} 号《{title_}》停发了，拦下还没发出的 {cancelled_} 条。页面还能看。"
    )


def notice_withdrawn(number: int, title_: str, cancelled_: int) -> str:
    """A notice was taken back."""
    return f"{number} 号《{title_}》撤回了，拦下还没发出的 {cancelled_} 条，页面改为已撤回。"


def opening_not_approved(name: str) -> Refusal:
    """A class that the province has not approved calls for no applications."""
    return Refusal(
        reason=f"{name}的开班申请省里还没有审核通过，不能招生",
        clause="规程第八条",
        advice="通过后再回一次就行，草稿留着。",
    )


def draft_outdated(number: int, code: str) -> Refusal:
    """A 招生通知 that was drafted before its class changed."""
    return Refusal(
        reason=f"{number} 号起草以后班级有改动，里面的日期或人数旧了",
        advice=f"请回“招生 {code}”重新起草，看过再发布。",
    )


def notice_has_old_date(number: int, code: str) -> str:
    """Said with a move: the published 招生通知 still tells the old date."""
    return (
        f"已发布的 {number} 号招生通知写的还是原日期，"
        f"请回“撤回通知 {number}”，再回“招生 {code}”重新发布。"
    )


def scheme_not_filed(name: str, code: str) -> Refusal:
    """A class whose scheme is not filed calls for no applications."""
    return Refusal(
        reason=f"{name}的培训方案还没有报备，不能招生",
        clause="规程第十条",
        advice=f"报备回“方案 {code}”；在别处报过回“办结 {code} 方案”。草稿留着。",
    )
