"""Several ticked options, each perhaps with a detail: 本科 机械工程，硕士 机电."""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import cache

import msgspec

from conversations.forms.schema import Choice, Field
from conversations.model import Value
from conversations.understanding.choices import lexicon, read_choice
from conversations.understanding.reading import Read, bad, good
from conversations.understanding.text import clean, fold, longest_first
from conversations.understanding.vocabulary import WORDS

_CLAUSE = re.compile(r"[，,;；。\n、]+")
_EDGES = " \t:：.()（）-—“”\"'"
_LONGEST_DETAIL = 100
_WIDE_DIGITS = {ord("０") + digit: str(digit) for digit in range(10)}
_ALL = re.compile(
    f"(?:{longest_first(WORDS.matrix.all)})(?:{longest_first(WORDS.labelling.links)})?(.+)"
)


class _Marks(msgspec.Struct, frozen=True):
    """How a field's options are named in a sentence."""

    named: re.Pattern[str]
    numbered: re.Pattern[str]
    links: re.Pattern[str]


@cache
def _marks(field: Field) -> _Marks:
    names = [
        name for choice in field.choices for name in (choice.label, *choice.aliases)
    ]
    details = {choice.detail for choice in field.choices if choice.detail}
    links = longest_first((*WORDS.labelling.links, *WORDS.details.noise))
    tail = longest_first((*details, *WORDS.details.noise, *WORDS.tail))
    return _Marks(
        named=re.compile(longest_first(names)),
        numbered=re.compile(r"\s*([0-9])(?![0-9])[.、)]?"),
        links=re.compile(f"^(?:{longest_first(details)})?(?:{links})+|(?:{tail})+$"),
    )


def read_ticks(field: Field, text: str, known: Value = "") -> Read:
    """The options ticked, each value with its detail (``""`` where none belongs).

    ``known`` is what was understood before: with a detail still missing, a text
    that names no option is that detail.
    """
    said = clean(text).translate(_WIDE_DIGITS)
    if not said:
        return bad("empty")
    found = _found(field, said)
    if not found and isinstance(known, dict):
        found = _completed(field, known, said)
    if not found:
        return _single(field, said)
    return _judged(field, found)


def _found(field: Field, said: str) -> dict[str, str]:
    """What each clause ticks; one that names nothing continues the one before."""
    found: dict[str, str] = {}
    last = ""
    for clause in _CLAUSE.split(said):
        pieces = _pieces(field, clause)
        for value, detail in pieces:
            found[value] = detail
            last = value
        rest = _detail(field, clause)
        if not pieces and last and rest:
            found[last] = f"{found[last]}、{rest}" if found[last] else rest
    return found


def _pieces(field: Field, clause: str) -> list[tuple[str, str]]:
    """The options a clause names, each with the words that belong to it."""
    marks = _marks(field)
    exact = lexicon(field).exact
    spans = [
        (m.start(), m.end(), exact[fold(m[0])]) for m in marks.named.finditer(clause)
    ]
    if not spans:
        return _numbered(field, clause)
    pieces = []
    for place, (_, end, value) in enumerate(spans):
        until = spans[place + 1][0] if place + 1 < len(spans) else len(clause)
        pieces.append((value, _detail(field, clause[end:until])))
    before = _detail(field, clause[: spans[0][0]])
    if before and not pieces[0][1] and len(pieces) == 1 and _is_detail(before):
        pieces = [(pieces[0][0], before)]
    return _shared(pieces)


def _shared(pieces: list[tuple[str, str]]) -> list[tuple[str, str]]:
    """本科和硕士都是机械: what is said of 都 belongs to each."""
    found = _ALL.match(pieces[-1][1])
    if not found or any(detail for _, detail in pieces[:-1]):
        return pieces
    return [(value, found[1]) for value, _ in pieces]


def _is_detail(text: str) -> bool:
    """Whether words before an option (机械工程本科) can be its detail."""
    return len(text) >= 2 and text not in WORDS.lead


def _numbered(field: Field, clause: str) -> list[tuple[str, str]]:
    """3机械工程; 1 2 4."""
    found = list(_marks(field).numbered.finditer(clause))
    if not found or found[0].start() != 0:
        return []
    pieces = []
    for place, match in enumerate(found):
        number = int(match[1])
        if not 1 <= number <= len(field.choices):
            return []
        until = found[place + 1].start() if place + 1 < len(found) else len(clause)
        pieces.append(
            (
                field.choices[number - 1].value,
                _detail(field, clause[match.end() : until]),
            )
        )
    return pieces


def _detail(field: Field, text: str) -> str:
    """The words of a detail without what links them: 专业：, 是, 专业."""
    text = text.strip(_EDGES)
    links = _marks(field).links
    bare = links.sub("", links.sub("", text).strip(_EDGES)).strip(_EDGES)
    return "" if bare in WORDS.matrix.and_ else bare


def _completed(field: Field, known: dict[str, str], said: str) -> dict[str, str]:
    missing = next(iter(_without_detail(field, known)), None)
    if missing is None:
        return {}
    return known | {missing.value: _detail(field, said)}


def _without_detail(field: Field, found: Mapping[str, str]) -> list[Choice]:
    return [c for c in field.choices if c.detail and found.get(c.value) == ""]


def _single(field: Field, said: str) -> Read:
    """No option was named as it is written: perhaps nearly, or by 第三个."""
    read = read_choice(field, said)
    if read.ok and isinstance(read.value, str):
        return _judged(field, {read.value: ""})
    return bad("ticks_unknown") if read.problem == "choice_unknown" else read


def _judged(field: Field, found: Mapping[str, str]) -> Read:
    ordered = {
        choice.value: found[choice.value] if choice.detail else ""
        for choice in field.choices
        if choice.value in found
    }
    for detail in ordered.values():
        if len(detail) > _LONGEST_DETAIL:
            return bad("too_long", most=_LONGEST_DETAIL, length=len(detail))
    missing = _without_detail(field, ordered)
    if not missing:
        return good(ordered)
    params = {"label": missing[0].label, "detail": missing[0].detail}
    return Read(ordered, "ticks_detail", params)
