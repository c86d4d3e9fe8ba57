"""Persons in the middle of things, for tests of the engine."""

from __future__ import annotations

from conversations.model import Answer, Draft, Outcome
from tests.goldens.player import CLASS, ID_NUMBER, Player

FILLED = (
    "同意",
    "李晓梅",
    "同意",
    ID_NUMBER,
    "汉",
    "江南机电技师学院",
    "讲师",
    "13800138000",
    "lixm@example.com",
    "江南省东湖市学院路 18 号",
    "数控加工",
    "是",
    "无",
    "无",
    "否",
    "无",
    "本科 机械工程",
    "无",
    "无",
    "334342",
    "无",
    "[image A]",
    "[photo ok]",
    "同意",
    "李晓梅",
)
"""Answers to all of 附件1, up to the summary."""


def applicant(*lines: str, level: str = "二级") -> Player:
    """Somebody who has opened 附件1 and written ``lines``."""
    player = Player(context={**CLASS, "level": level})
    player.settle(Outcome(open=player.request("application", "2026-NC-02")))
    player.effects.clear()
    say(player, *lines)
    return player


def say(player: Player, *lines: str) -> list[str]:
    """Write ``lines``; gives what the last of them came to."""
    heard: list[str] = []
    for line in lines:
        heard = player.hear(line)
    return heard


def draft_of(player: Player) -> Draft:
    """The first open draft."""
    return player.conversation.drafts[0]


def answer_of(player: Player, field: str) -> Answer | None:
    """What is kept of a field."""
    return draft_of(player).answers.get(field)
