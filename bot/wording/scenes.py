"""What is said about QR codes."""

from __future__ import annotations

from datetime import date

from conversations.model import Refusal
from conversations.prompts.text import day


def class_code(name: str, until: date, people: int, token: str, *, drawn: bool) -> str:
    """A code that opens a class's application form."""
    return (
        f"{name}的报名二维码，到 {day(until)}为止，最多 {people} 人用，每人一次。"
        f"{_how(token, drawn=drawn)}"
    )


def invitation_code(until: date, token: str, *, drawn: bool) -> str:
    """A code that takes up an invitation."""
    return f"邀请的二维码，到 {day(until)}为止，只能用一次。{_how(token, drawn=drawn)}"


def _how(token: str, *, drawn: bool) -> str:
    if drawn:
        return f"图马上发来。扫不了的，请对方在这里发：\n二维码 {token}"
    return f"请对方在这里发：\n二维码 {token}"


PEOPLE = "人"
RECRUIT = "招生"
"""What a class that is under way or over does no more."""

PICTURE = "二维码"
"""The name of the picture's file."""


def as_code() -> str:
    """The choice to get an invitation as a QR code."""
    return "要二维码，给对方扫"


def type_the_letters() -> Refusal:
    """For whoever has no class to make a code for."""
    return Refusal(
        reason="还差一点", advice="扫不了码时，请发“二维码”，后面写上对方给您的一串字。"
    )


def how_many(most: int) -> Refusal:
    """A number of people that cannot be."""
    return Refusal(
        reason=f"人数请写 1 到 {most}", advice="比如：二维码 2026-JX-01 30。"
    )


def too_late(name: str) -> Refusal:
    """The class takes no applications any more."""
    return Refusal(
        reason=f"{name}的报名已经截止，不能再做报名码", advice="发“班级”看其他班。"
    )


def not_your_invitation() -> Refusal:
    """An invitation that is not there, not theirs, used or expired: one answer."""
    return Refusal(
        reason="这个邀请码做不了二维码，可能用过了、过期了", advice="请重新发一次邀请。"
    )


def useless() -> Refusal:
    """The one answer to codes that are expired, used up, or not ours."""
    return Refusal(
        reason="您好，这个二维码用不了，可能过期了，或者已经用过",
        advice="可以请给码的单位再发一个；报名、填表、看通知也都可以在这里办，回“菜单”看看。",
    )
