"""Sentences of the forms with places to fill, as runs of print and writing.

Every layout shows the same runs: what the form prints, and what was filled in.
"""

from __future__ import annotations

from collections.abc import Mapping
from string import Formatter
from typing import TypedDict

from bot.documents.wording import BLANK, BLANKS


class Run(TypedDict):
    """A stretch of a sentence; ``filled`` where it is not what the form prints."""

    text: str
    filled: bool


def runs(sentence: str, values: Mapping[str, str]) -> list[Run]:
    """``sentence`` with its ``{places}`` filled; one without a value stays blank.

    Raises:
        KeyError: a place that ``values`` does not name.
    """
    made: list[Run] = []
    for text, place, _, _ in Formatter().parse(sentence):
        if text:
            made.append(Run(text=text, filled=False))
        if place:
            blank = BLANKS.get(place, BLANK)
            made.append(Run(text=values[place] or blank, filled=bool(values[place])))
    return made
