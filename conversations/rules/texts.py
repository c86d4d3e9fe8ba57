"""The wording of refusals, read once from ``refusals.toml``."""

from __future__ import annotations

from importlib.resources import files

import msgspec

from conversations.forms.source import parse_definition
from conversations.model import Refusal


class _Text(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    reason: str
    clause: str
    advice: str


def _read() -> dict[str, _Text]:
    data = (files("conversations.rules") / "refusals.toml").read_bytes()
    return parse_definition(data, dict[str, _Text], name="refusals.toml")[0]


_TEXTS = _read()


def refusal(rule: str, **facts: object) -> Refusal:
    """The refusal of a rule, with the facts of the case in its words."""
    text = _TEXTS[rule]
    return Refusal(
        reason=text.reason.format(**facts),
        clause=text.clause,
        advice=text.advice.format(**facts),
    )
