"""One choice of several: by number, by label, or by nearly the label."""

from __future__ import annotations

import re
from functools import cache

import msgspec
from rapidfuzz import fuzz, process

from conversations.forms.schema import Choice, Field
from conversations.understanding.numbers import parse_whole
from conversations.understanding.reading import Candidate, Read, bad, either, good
from conversations.understanding.text import (
    clean,
    fold,
    is_question,
    longest_first,
    trim,
)
from conversations.understanding.vocabulary import WORDS

NEAR = 66
"""How alike a label must be, of 100, to be taken for it: 机诫类 for 机械类."""
LEAD = 20
"""By how much it must be more alike than the next; else we ask back."""

_BRACKETS = re.compile(r"\([^)]*\)")
_NUMBERED = re.compile(
    f"(?:{longest_first(WORDS.ordinal)})*([^\\s.:()]+?)"
    f"(?:{longest_first(WORDS.counter)})?[.:)]*"
)
_LONGEST_NOT = max(map(len, WORDS.negation))
_LONGEST_SINGLE = 8
"""Up to this length, a label of one character is looked for inside the answer."""


class Lexicon(msgspec.Struct, frozen=True):
    """What the choices of a field may be called. ``exact`` maps it to the value."""

    choices: tuple[Choice, ...]
    exact: dict[str, str]
    inside: re.Pattern[str]

    def candidate(self, value: str) -> Candidate:
        """The choice of a value, to be offered."""
        label = next(choice.label for choice in self.choices if choice.value == value)
        return Candidate(value, label)


@cache
def lexicon(field: Field) -> Lexicon:
    """The names of a field's choices, worked out once."""
    exact: dict[str, str] = {}
    for choice in field.choices:
        for name in _names(choice):
            exact.setdefault(name, choice.value)
    return Lexicon(field.choices, exact, re.compile(longest_first(exact)))


def _names(choice: Choice) -> list[str]:
    """A choice's label and aliases, with and without what stands in brackets."""
    written = [fold(name) for name in (choice.label, *choice.aliases)]
    bare = [fold(_BRACKETS.sub("", name).rstrip(",")) for name in written]
    scores = [fold(inner.strip("()")) for inner in _BRACKETS.findall(written[0])]
    return [name for name in (*written, *bare, *scores) if name]


def read_choice(field: Field, text: str) -> Read:
    """One of the field's choices, as its value."""
    known = lexicon(field)
    said = fold(clean(text))
    if not said:
        return bad("empty")
    value = known.exact.get(said)
    if value is not None:
        return good(value)
    return _by_number(known, said) or _by_words(known, said)


def _by_number(known: Lexicon, said: str) -> Read | None:
    """3, 3号, 第三个, 选C."""
    found = _NUMBERED.fullmatch(said)
    if not found:
        return None
    number = parse_whole(found[1])
    if number is None and len(found[1]) == 1 and "a" <= found[1] <= "z":
        number = ord(found[1]) - ord("a") + 1
    if number is None:
        return None
    if not 1 <= number <= len(known.choices):
        return bad("choice_number", number=number, last=len(known.choices))
    return good(known.choices[number - 1].value)


def _by_words(known: Lexicon, said: str) -> Read:
    bare = trim(said)
    if bare in known.exact:
        return good(known.exact[bare])
    if is_question(said):
        return bad("choice_unknown")
    named = _named(known, said)
    wanted = [value for value, negated in named.items() if not negated]
    if len(wanted) == 1:
        return good(wanted[0])
    if wanted:
        return Read(
            problem="choice_single",
            candidates=tuple(known.candidate(value) for value in wanted),
        )
    return bad("choice_unknown") if named else _nearly(known, bare)


def _named(known: Lexicon, said: str) -> dict[str, bool]:
    """The choices named inside a longer answer, and whether a 不 stands before."""
    found: dict[str, bool] = {}
    for match in known.inside.finditer(said):
        if len(match[0]) == 1 and len(said) > _LONGEST_SINGLE:
            continue
        before = said[max(0, match.start() - _LONGEST_NOT) : match.start()]
        found[known.exact[match[0]]] = before.endswith(WORDS.negation)
    return found


def _nearly(known: Lexicon, said: str) -> Read:
    """A label of which only a part, or a near likeness, was written."""
    if len(said) >= 2:
        parts = dict.fromkeys(v for name, v in known.exact.items() if said in name)
        if parts:
            return _one_or_ask(known, list(parts))
        return _alike(known, said)
    return bad("choice_unknown")


def _alike(known: Lexicon, said: str) -> Read:
    scored = process.extract(said, known.exact.keys(), scorer=fuzz.ratio, limit=None)
    best: dict[str, float] = {}
    for name, score, _ in scored:
        best.setdefault(known.exact[name], score)
    top = max(best.values(), default=0)
    if top < NEAR:
        return bad("choice_unknown")
    return _one_or_ask(known, [value for value in best if best[value] > top - LEAD])


def _one_or_ask(known: Lexicon, values: list[str]) -> Read:
    if len(values) == 1:
        return good(values[0])
    return either(*(known.candidate(value) for value in values))
