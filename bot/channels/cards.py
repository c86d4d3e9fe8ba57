"""Choices as cards: up to 6 as buttons, up to 20 as a list, several to be ticked.

WeCom's app and its bot share the model of these cards. What a card has no room
for is said in a text before it. The choices are numbered then, in the text or on
the card, so that they can be answered by writing as well.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

import msgspec

from bot.channels import wording
from conversations.model import Option, Reply

MAX_BUTTONS = 6
MAX_OPTIONS = 20
MAX_TITLE = 26
MAX_UNDER_BUTTONS = 112
MAX_UNDER_LIST = 30
MAX_BUTTON = 10
MAX_OPTION = 11
"""Characters, of a button and of a line of a list."""

MAX_CHOSEN = 20
_MAX_KEY_BYTES = 128
_SPLIT = "|"
_TASK_ID = re.compile(r"[A-Za-z0-9_@-]{1,128}")
_QUESTION, _SUBMIT = "q", "submit"


class Card(msgspec.Struct, frozen=True):
    """A reply's choices as a card; ``before`` is the text to send first, if any.

    ``body`` is the value of ``template_card``.
    """

    body: dict[str, Any]
    before: str = ""


class Chosen(msgspec.Struct, frozen=True):
    """What was chosen on a card: what it sends, and what was shown."""

    send: str
    label: str


def make_card(reply: Reply, task_id: str) -> Card | None:
    """The card of a reply with choices; None when it has to go as a text.

    ``task_id`` must be the message's own: the platform takes each once.
    """
    options = reply.choices
    if not 0 < len(options) <= MAX_OPTIONS or not _TASK_ID.fullmatch(task_id):
        return None
    if not _tell_apart(options):
        return None
    buttons = len(options) <= MAX_BUTTONS and not reply.multiple
    longest, under = (
        (MAX_BUTTON, MAX_UNDER_BUTTONS) if buttons else (MAX_OPTION, MAX_UNDER_LIST)
    )
    head = _head(reply)
    fits = all(len(option.label) <= longest for option in options)
    title, rest = _title(head, under) if fits else ("", "")
    before = ""
    marked = [f"{place}. {option.label}" for place, option in enumerate(options, 1)]
    if not title:
        whole = all(len(label) <= longest for label in marked)
        before, title = _apart(head if whole else reply.text, head)
    labels = [
        _short(label, longest) if before else option.label
        for label, option in zip(marked, options, strict=True)
    ]
    lines = list(zip(_keys(options), labels, strict=True))
    if buttons:
        body = _buttons(title, rest, lines)
    else:
        body = _list(title, rest, lines, multiple=reply.multiple)
    return Card({**body, "task_id": task_id}, before)


def read_choice(keys: Sequence[str]) -> Chosen:
    """What the keys of a click mean: one button's, or those of ticked lines."""
    parts = [key.partition(_SPLIT) for key in keys if key]
    label = wording.AND.join(label or send for send, _, label in parts)
    return Chosen(
        " ".join(send for send, _, _ in parts),
        _short(label, MAX_CHOSEN) or wording.CHOOSE,
    )


def is_submit(key: str) -> bool:
    """Whether a click sent a list: what was ticked is told beside it."""
    return key == _SUBMIT


def _tell_apart(options: Sequence[Option]) -> bool:
    """Whether the choices can be told apart by their keys."""
    keys = _keys(options)
    return len(set(keys)) == len(keys) and all(
        option.send
        and _SPLIT not in option.send
        and option.send.isprintable()
        and len(option.send.encode("utf-8", "replace")) <= _MAX_KEY_BYTES
        for option in options
    )


def _keys(options: Sequence[Option]) -> list[str]:
    """What each choice sends, and as much of its label as there is room for.

    The label comes back with the click, to be shown on the card from then on.
    """
    keys = []
    for option in options:
        room = _MAX_KEY_BYTES - len(option.send.encode("utf-8", "replace")) - 1
        label = option.label.encode("utf-8", "replace")[: max(room, 0)]
        keys.append(f"{option.send}{_SPLIT}{label.decode('utf-8', 'ignore')}")
    return keys


def _head(reply: Reply) -> str:
    """What a numbered message says above its choices."""
    shown = [f"{place}. {one.label}" for place, one in enumerate(reply.choices, 1)]
    head = reply.text.removesuffix("\n".join(shown))
    return head.strip()


def _title(head: str, under: int) -> tuple[str, str]:
    """The title and the lines under it; nothing when they do not fit."""
    first, _, rest = head.partition("\n")
    rest = rest.strip()
    if len(first) <= MAX_TITLE and len(rest) <= under:
        return first or wording.CHOOSE, rest
    if len(head) <= under:
        return wording.CHOOSE, head
    return "", ""


def _apart(text: str, head: str) -> tuple[str, str]:
    """What goes into a text before the card, and the card's title.

    The title is the question, if it is short; it is asked once.
    """
    above, _, question = head.rpartition("\n")
    question = question.strip()
    if not 0 < len(question) <= MAX_TITLE:
        return text, wording.CHOOSE
    return (above.strip() if text == head else text), question


def _buttons(title: str, rest: str, lines: Sequence[tuple[str, str]]) -> dict[str, Any]:
    body: dict[str, Any] = {
        "card_type": "button_interaction",
        "main_title": {"title": title},
        "button_list": [
            {"text": label, "style": 1, "key": key} for key, label in lines
        ],
    }
    return body | ({"sub_title_text": rest} if rest else {})


def _list(
    title: str, rest: str, lines: Sequence[tuple[str, str]], *, multiple: bool
) -> dict[str, Any]:
    return {
        "card_type": "vote_interaction",
        "main_title": {"title": title} | ({"desc": rest} if rest else {}),
        "checkbox": {
            "question_key": _QUESTION,
            "mode": int(multiple),
            "option_list": [
                {"id": key, "text": label, "is_checked": False} for key, label in lines
            ],
        },
        "submit_button": {"text": wording.SUBMIT, "key": _SUBMIT},
    }


def _short(text: str, length: int) -> str:
    line = " ".join(text.split())
    return line if len(line) <= length else line[: length - 1] + "…"
