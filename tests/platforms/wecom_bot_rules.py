"""What the platform of the bot takes, and what a member sees of it."""

from __future__ import annotations

import re
from typing import Any

import msgspec

from tests.platforms.server import Refusal

Body = dict[str, Any]

_MAX_TEXT = 20480
_MAX_BUTTONS, _MAX_OPTIONS, _MAX_KEY, _MAX_OPTION_ID = 6, 20, 1024, 128
_MAX_TITLE, _MAX_SUB = 26, 112
_TASK = re.compile(r"[A-Za-z0-9_@-]{1,128}")
_CARDS = frozenset(
    {"text_notice", "button_interaction", "vote_interaction", "multiple_interaction"}
)


class Shown(msgspec.Struct):
    """Something a member sees: ``how`` is the command that brought it."""

    how: str
    text: str = ""
    card: Body | None = None
    kind: str = "text"
    content: bytes = b""
    name: str = ""

    @property
    def choices(self) -> dict[str, str]:
        """What can be tapped or ticked, by what it shows: its key."""
        card = self.card or {}
        buttons = card.get("button_list", [])
        options = card.get("checkbox", {}).get("option_list", [])
        return {one["text"]: one["key"] for one in buttons} | {
            one["text"]: one["id"] for one in options
        }

    @property
    def said(self) -> str:
        """All of its text, the card's too."""
        card = self.card or {}
        title = card.get("main_title", {})
        parts = [self.text, title.get("title", ""), title.get("desc", "")]
        parts += [card.get("sub_title_text", ""), *self.choices]
        return "\n".join(part for part in parts if part)


def check_text(content: str) -> str:
    if not content.strip():
        raise Refusal(44004, "empty content")
    if len(content.encode()) > _MAX_TEXT:
        raise Refusal(45002, "content size out of limit")
    return content


def check_card(card: Body) -> None:
    kind = card.get("card_type")
    title = card.get("main_title", {}).get("title", "")
    if kind not in _CARDS or not _TASK.fullmatch(card.get("task_id", "")):
        raise Refusal(40058, "invalid card_type or task_id")
    if (
        not 0 < len(title) <= _MAX_TITLE
        or len(card.get("sub_title_text", "")) > _MAX_SUB
    ):
        raise Refusal(40058, "title too long")
    if kind == "text_notice":
        action = card.get("card_action", {})
        if action.get("type") not in (1, 2) or not action.get("url"):
            raise Refusal(40058, "card_action missing")
    if kind == "button_interaction":
        _check_keys([one["key"] for one in card["button_list"]], _MAX_BUTTONS, _MAX_KEY)
    if kind == "vote_interaction":
        options = [one["id"] for one in card["checkbox"]["option_list"]]
        _check_keys(options, _MAX_OPTIONS, _MAX_OPTION_ID)
        _check_keys([card["submit_button"]["key"]], 1, _MAX_KEY)


def _check_keys(keys: list[str], most: int, longest: int) -> None:
    if not 0 < len(keys) <= most or len(set(keys)) != len(keys):
        raise Refusal(40058, "too many choices, or the same twice")
    if any(not 0 < len(key.encode()) <= longest for key in keys):
        raise Refusal(40058, "key too long")
