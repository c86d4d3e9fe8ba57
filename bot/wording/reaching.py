"""What is said about how people were reached."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

_WAYS = {
    "passive": "随对方的消息带到",
    "custom": "公众号消息",
    "template": "模板消息",
    "subscribe": "订阅通知",
    "app": "企业微信",
    "bot": "企业微信机器人",
}
_CHANNELS = {
    "official_account": "公众号",
    "wecom": "企业微信",
    "wecom_bot": "企业微信机器人",
    "webchat": "网页",
}
_REASONS = {
    "window": "超过 48 小时没发消息，又没有可用的模板",
    "45015": "超过 48 小时没发消息，又没有可用的模板",
    "credits": "上次发消息后能回的条数用完了",
    "45047": "上次发消息后能回的条数用完了",
    "43101": "没同意接收订阅通知，或同意的次数用完了",
    "consent": "没同意接收订阅通知，或同意的次数用完了",
    "no_template": "没有可用的模板",
    "not_spoken": "还没给机器人发过消息，不能主动发",
    "off": "平台暂时不让发",
    "quota": "今天能发的条数用完了",
    "refused": "试过的办法平台都没让发",
    "unreachable": "取消关注了，或收不到消息",
    "43004": "取消关注了",
    "43019": "把公众号拉黑了",
    "48002": "关了公众号的消息",
    "40003": "账号不在了",
    "expired": "过了有效期还没发出",
    "platform": "平台说没有送到",
}
_SENDING = "正在发"

VIEW = "查看"
"""The command that shows an application, and whoever may use it in full the number."""


def nobody_told(name: str) -> str:
    """Nothing was sent about the class lately."""
    return f"{name}近 30 天还没有给谁发过提醒或审核结果。"


def how(channel: str, way: str, state: str) -> str:
    """In which way a message went; what is still on its way says so."""
    if state in ("waiting", "leased"):
        return _SENDING
    name = _WAYS.get(way) or _CHANNELS.get(channel, channel)
    return f"{name}（等平台回执）" if state == "sent" and way == "template" else name


def why(channel: str, state: str, code: str) -> str:
    """Why somebody was not reached."""
    reason = _REASONS.get(code)
    if state == "held":
        return f"{reason or '现在不能主动发'}，对方一发消息就补发"
    if state == "unknown":
        return "发出时断了线，不确定有没有收到"
    return reason or f"{_CHANNELS.get(channel, channel)}没有发成（{code}）"


def shown(
    name: str, reached: Iterable[tuple[str, int]], to_phone: Sequence[str]
) -> str:
    """Who was reached how, and whom to phone."""
    ways = "；".join(f"{way} {count} 条" for way, count in reached)
    head = f"{name}近 30 天的提醒和结果：{ways or '一条也没有送到'}。"
    if not to_phone:
        return f"{head}\n没有漏下的人，不用打电话。"
    return "\n".join((head, "下面这些人没收到，请打电话：", *to_phone))


def to_phone(name: str, phone: str, reason: str) -> str:
    """One who was not reached."""
    return f"· {name}{f' {phone}' if phone else ''}：{reason}"


def nameless() -> str:
    """Somebody whose name is not known."""
    return "没留姓名的一位"


def and_more(count: int) -> str:
    """The list was cut."""
    return f"· 还有 {count} 位，全部名单的图马上发来"


LIST_HEADER = ("姓名", "手机", "原因")


def list_title(title_: str) -> str:
    """What stands over the table of all who were not reached."""
    return f"{title_}没收到的人"


def see_number(name: str) -> str:
    """The choice that shows a phone number."""
    return f"看{name}的电话" if name else "看电话"


def view_in_full(number: int) -> str:
    """The command behind that choice; the look is written down."""
    return f"{VIEW} {number} 全部 打电话通知"


def please_phone(name: str, code: str, people: int) -> str:
    """To the base: deadlines that did not get through."""
    return (
        f"{name}有 {people} 位没收到期限提醒，请打电话告诉他们。"
        f"是谁、为什么没收到，发“触达 {code}”看。"
    )
