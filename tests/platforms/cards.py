"""Template cards of a WeCom app: what is refused, and what is shown of them."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from tests.platforms.server import Refusal

Body = dict[str, Any]

INTERACTIVE = frozenset(
    {"button_interaction", "vote_interaction", "multiple_interaction"}
)
KINDS = INTERACTIVE | {"text_notice", "news_notice"}
_TASK = re.compile(r"[A-Za-z0-9_\-@]{1,128}")
_MOST_BUTTONS, _MOST_VOTES, _MOST_SELECTS, _MOST_CHOICES = 6, 20, 3, 10
# What is longer is shown cut: characters, by where they stand.
_SHOWN = {"title": 26, "desc": 30, "sub_title_text": 112, "button": 10, "option": 11}


@dataclass
class Card:
    """A card in somebody's chat. ``done``: what is shown instead of its choices."""

    userid: str
    body: Body
    task_id: str
    response_code: str = ""
    code_until: float = 0.0
    done: str = ""
    clicks: list[dict[str, Any]] = field(default_factory=list)

    @property
    def choices(self) -> tuple[tuple[str, str], ...]:
        """What can be chosen: label and key; nothing once it is done."""
        return () if self.done else tuple(choices_of(self.body))

    def option_keys(self, labels: tuple[str, ...]) -> list[str]:
        """The keys of what can be chosen, by its labels."""
        found = [
            next((key for shown, key in self.choices if label in shown), "")
            for label in labels
        ]
        assert all(found), f"{labels} not all among {self.choices}"
        return found


def choices_of(body: Body) -> Iterator[tuple[str, str]]:
    """The buttons, the lines of a vote, or those of all selections of a card."""
    for button in body.get("button_list", ()):
        yield button["text"], str(button.get("key", ""))
    for one in body.get("checkbox", {}).get("option_list", ()):
        yield one["text"], one["id"]
    for select in body.get("select_list", ()):
        for one in select["option_list"]:
            yield one["text"], one["id"]


def text_of(body: Body) -> str:
    """All that a card says, its choices too."""
    title = body.get("main_title", {})
    parts = [title.get("title", ""), title.get("desc", "")]
    parts += [body.get("sub_title_text", ""), *(label for label, _ in choices_of(body))]
    return "\n".join(part for part in parts if part)


def check_card(body: Body, *, has_callback: bool) -> None:
    """Refuse a card that is not as documented.

    Raises:
        Refusal: 40058, naming what is wrong.
    """
    kind = body.get("card_type")
    if kind not in KINDS:
        raise _wrong("card_type")
    title = body.get("main_title") or {}
    if not (title.get("title") or body.get("sub_title_text")):
        raise _wrong("main_title")
    if kind not in INTERACTIVE:
        if not body.get("card_action", {}).get("type"):
            raise _wrong("card_action")
        return
    if not has_callback:
        raise _wrong("the app has no callback address")
    if not _TASK.fullmatch(str(body.get("task_id", ""))):
        raise _wrong("task_id")
    _PARTS[kind](body)


def count_cut(body: Body, cut: Counter[str]) -> None:
    """Count what is shown cut, by where it stands."""
    title = body.get("main_title") or {}
    texts = [
        ("title", title.get("title", "")),
        ("desc", title.get("desc", "")),
        ("sub_title_text", body.get("sub_title_text", "")),
    ]
    where = "button" if "button_list" in body else "option"
    texts += [(where, label) for label, _ in choices_of(body)]
    for name, text in texts:
        if len(text) > _SHOWN[name]:
            cut[f"card {name}"] += 1


def _check_buttons(body: Body) -> None:
    buttons = body.get("button_list") or []
    if not 1 <= len(buttons) <= _MOST_BUTTONS:
        raise _wrong("button_list")
    keys = [str(one.get("key", "")) for one in buttons if one.get("type", 0) == 0]
    _check_keys(keys, "button_list.key", 1024)
    if not all(one.get("text") for one in buttons):
        raise _wrong("button_list.text")


def _check_vote(body: Body) -> None:
    box = body.get("checkbox") or {}
    if not box.get("question_key") or box.get("mode", 0) not in (0, 1):
        raise _wrong("checkbox")
    _check_options(box.get("option_list") or [], _MOST_VOTES)
    _check_submit(body)


def _check_selects(body: Body) -> None:
    selects = body.get("select_list") or []
    if not 1 <= len(selects) <= _MOST_SELECTS:
        raise _wrong("select_list")
    _check_keys([str(one.get("question_key", "")) for one in selects], "select", 1024)
    for one in selects:
        _check_options(one.get("option_list") or [], _MOST_CHOICES)
    _check_submit(body)


def _check_options(options: list[Body], most: int) -> None:
    if not 1 <= len(options) <= most:
        raise _wrong("option_list")
    _check_keys([str(one.get("id", "")) for one in options], "option_list.id", 128)
    if not all(one.get("text") for one in options):
        raise _wrong("option_list.text")


def _check_submit(body: Body) -> None:
    submit = body.get("submit_button") or {}
    if not submit.get("text") or not submit.get("key"):
        raise _wrong("submit_button")


def _check_keys(keys: list[str], name: str, most: int) -> None:
    if len(set(keys)) != len(keys):
        raise _wrong(f"{name} repeated")
    if not all(0 < len(key.encode()) <= most for key in keys):
        raise _wrong(name)


_PARTS = {
    "button_interaction": _check_buttons,
    "vote_interaction": _check_vote,
    "multiple_interaction": _check_selects,
}


def _wrong(what: str) -> Refusal:
    return Refusal(40058, f"invalid Request Parameter: template_card {what}")
