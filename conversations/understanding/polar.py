"""Yes or no, and the 56 ethnic groups."""

from __future__ import annotations

from rapidfuzz import fuzz

from conversations.forms.schema import Field
from conversations.understanding.choices import LEAD, NEAR, lexicon
from conversations.understanding.reading import Candidate, Read, bad, either, good
from conversations.understanding.text import clean, fold, trim
from conversations.understanding.vocabulary import WORDS

_YES = frozenset(WORDS.yes)
_NO = frozenset(WORDS.no)


def read_yes_no(field: Field, text: str) -> Read:
    """``yes`` or ``no``: by number, label, or the many ways to say them."""
    said = fold(clean(text))
    if not said:
        return bad("empty")
    value = lexicon(field).exact.get(said)
    if value is not None:
        return good(value)
    if said in ("1", "2"):
        return good(field.choices[int(said) - 1].value)
    return _word(said) or _word(trim(said)) or _start(fold(text)) or _unclear(said)


def _word(said: str) -> Read | None:
    if said in _NO:
        return good("no")
    return good("yes") if said in _YES else None


def _start(said: str) -> Read | None:
    """An answer that goes on after its yes or no."""
    for text in (said, trim(said)):
        if text.startswith(WORDS.unsure):
            return None
        if text.startswith(WORDS.no_start):
            return good("no")
        if text.startswith(WORDS.yes_start):
            return good("yes")
    return None


def _unclear(said: str) -> Read:
    if said.isascii() and said.isdecimal():
        return bad("choice_number", number=said, last=2)
    return bad("yes_no_unclear")


_SUFFIX = WORDS.ethnicities.suffix
_GROUPS = {name: name + _SUFFIX for name in WORDS.ethnicities.names} | {
    said: name + _SUFFIX for said, name in WORDS.ethnicities.also.items()
}
_FULL = tuple(sorted({*_GROUPS.values()}, key=lambda name: (-len(name), name)))


def read_ethnicity(text: str) -> Read:
    """One of the 56 ethnic groups, with 族, however it was written."""
    said = fold(clean(text))
    if not said:
        return bad("empty")
    for word in (said, trim(said)):
        group = _GROUPS.get(word) or _GROUPS.get(word.removesuffix(_SUFFIX))
        if group:
            return good(group)
    named = _named(said)
    if named:
        return good(named[0]) if len(named) == 1 else either(*map(_candidate, named))
    return _nearly(trim(said).removesuffix(_SUFFIX))


def _named(said: str) -> list[str]:
    """The groups named in full in a longer answer."""
    named: list[str] = []
    for name in _FULL:
        if name in said:
            named.append(name)
            said = said.replace(name, " ")
    return named


def _nearly(said: str) -> Read:
    if len(said) < 2:
        return bad("ethnicity_unknown")
    scores = {name: fuzz.ratio(said, name.removesuffix(_SUFFIX)) for name in _FULL}
    top = max(scores.values())
    near = [name for name in _FULL if scores[name] > max(top - LEAD, NEAR - 1)]
    if not near:
        return bad("ethnicity_unknown")
    return good(near[0]) if len(near) == 1 else either(*map(_candidate, near))


def _candidate(name: str) -> Candidate:
    return Candidate(name, name)
