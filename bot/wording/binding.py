"""What is said about being one person on several platforms."""

from __future__ import annotations

from conversations.model import Refusal


def offered(code: str, *, minutes: int) -> str:
    """A code to be said on the other platform."""
    return (
        f"请到另一边（公众号或企业微信）发：绑定 {code}\n"
        f"{minutes} 分钟内有效，只能用一次。只在您自己的账号里用，不要转给别人。"
    )


def confirm(name: str) -> str:
    """What binding will do."""
    whose = f"（姓名：{name[0]}{'＊' * (len(name) - 1)}）" if name else ""
    return (
        f"绑定以后，这里和另一边{whose}就是同一个人：报名、表格和角色两边都能看到、能接着办。"
        "只有两边都是您本人时才能绑定，绑定后不能拆开。确认绑定吗？"
    )


def joined(*, forms: int) -> str:
    """It is done."""
    more = f"有 {forms} 份没填完的表，发“继续”接着填。" if forms else ""
    return f"绑定好了，两边现在是同一个人。{more}"


def useless() -> Refusal:
    """The one answer for a code that is wrong, expired or used."""
    return Refusal(
        reason="这个绑定码用不了，可能写错了、过期了，或者已经用过",
        advice="请在另一边再发一次“绑定”，取一个新码。",
    )


def same_already() -> Refusal:
    """Both are this person."""
    return Refusal(
        reason="这个码就是您在这个账号里取的",
        advice="请到另一边（公众号或企业微信）发这句话。",
    )


def same_platform() -> Refusal:
    """Two accounts on one platform are two persons to us."""
    return Refusal(
        reason="同一个平台上的两个账号不能绑定",
        advice="请用公众号绑定企业微信，或反过来。",
    )


def other_person() -> Refusal:
    """What is known of the two does not fit together."""
    return Refusal(
        reason="两边登记的信息对不上，这里的资料没有动",
        advice="请先核对姓名和证件号；如果资料主要在这一边，请在这里发“绑定”取码，到另一边去用。",
    )


def applied_twice() -> Refusal:
    """Both have applied to one class."""
    return Refusal(
        reason="两边报了同一个班",
        advice="请先在一边发“撤回申请”，再来绑定。",
    )
