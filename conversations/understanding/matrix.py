"""Marks for the items of a matrix, said in one message or one by one.

``344233`` · ``3 4 4 2 3 3`` · ``前三项较好，其余很好`` · ``都很好`` ·
``第2项一般，其他较好`` · ``1较好2很好`` · ``1:3 2:4``. A digit is a choice's
value, never its place in a list.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Iterator
from functools import cache

import msgspec

from conversations.forms.schema import Field
from conversations.model import Value
from conversations.understanding.numbers import NUMERAL, parse_whole
from conversations.understanding.reading import Read, bad, good
from conversations.understanding.text import clean, fold, longest_first
from conversations.understanding.vocabulary import WORDS

_SAY = WORDS.matrix
_SEPARATORS = r"\s,;.、。/|~!()"
_RUN = re.compile(f"[0-9]+(?:[-{_SEPARATORS}]*[0-9]+)*")
_TRIVIAL = re.compile(
    f"(?:{longest_first((*_SAY.filler, _SAY.mark))})|[{_SEPARATORS}]+"
)
_NUMERALS = re.compile(f"[{''.join(WORDS.ones)}{_SEPARATORS}]+")
_PAIRS = re.compile(f"[0-9]+\\s*[:=]|[0-9]\\s*[-~]\\s*[0-9][^-~0-9{_SEPARATORS}]")


_LONGEST_PIECE = 6
_ONES = {
    ord(character): str(value)
    for value, characters in enumerate(WORDS.ones)
    for character in characters
}


class _Token(msgspec.Struct, frozen=True):
    """One meaningful word of an answer.

    ``kind``: ``mark`` (a value, in ``mark``), ``items`` (places from 1), ``rest``,
    ``all``, ``number`` (a bare one: either of the first two), or ``strange``.
    """

    kind: str
    mark: str = ""
    items: tuple[int, ...] = ()


class _Grammar(msgspec.Struct, frozen=True):
    """What a field's matrix calls its marks and its items."""

    ids: tuple[str, ...]
    names: tuple[str, ...]
    marks: dict[str, str]
    labels: dict[str, int]
    pattern: re.Pattern[str]

    @property
    def values(self) -> tuple[str, ...]:
        """The marks there are, lowest first."""
        return tuple(dict.fromkeys(self.marks.values()))


@cache
def _grammar(field: Field) -> _Grammar:
    marks: dict[str, str] = {}
    for choice in field.choices:
        for name in (choice.label, *choice.aliases):
            marks.setdefault(fold(name), choice.value)
    words = {name: value for name, value in marks.items() if not name.isdecimal()}
    labels = {
        fold(name): place
        for place, item in enumerate(field.items, start=1)
        for name in (item.label, item.number)
        if name
    }
    pieces = _pieces(tuple(fold(item.label) for item in field.items))
    ids = tuple(item.id for item in field.items)
    names = tuple(item.label for item in field.items)
    pattern = _pattern(words, labels, pieces)
    return _Grammar(ids, names, marks, pieces | labels, pattern)


def _pieces(labels: tuple[str, ...]) -> dict[str, int]:
    """What tells one item from the others: 工作页, 信息页; the place by the piece."""
    places: dict[str, set[int]] = {}
    for place, label in enumerate(labels, start=1):
        for start in range(len(label)):
            for end in range(start + 2, min(start + _LONGEST_PIECE, len(label)) + 1):
                places.setdefault(label[start:end], set()).add(place)
    return {piece: min(where) for piece, where in places.items() if len(where) == 1}


def _pattern(
    words: Iterable[str], labels: Iterable[str], pieces: Iterable[str]
) -> re.Pattern[str]:
    count = f"(?:{longest_first(_SAY.counter)})"
    parts = {
        "word": longest_first(words) or "(?!)",
        "label": longest_first(labels),
        "score": f"(?P<points>{NUMERAL}){_SAY.mark}",
        "first": f"(?:{longest_first(_SAY.first)})(?P<head>{NUMERAL}){count}?",
        "last": f"(?:{longest_first(_SAY.last)})(?P<foot>{NUMERAL}){count}?",
        "range": f"{_SAY.order}?(?P<low>{NUMERAL}){count}?(?:{longest_first(_SAY.to)})"
        f"{_SAY.order}?(?P<high>{NUMERAL}){count}?",
        "item": f"{_SAY.order}(?P<nth>{NUMERAL}){count}?|(?P<counted>{NUMERAL}){count}"
        f"|(?P<pair>{NUMERAL})\\s*[:=]",
        "rest": longest_first(_SAY.rest),
        "all": longest_first(_SAY.all),
        "number": NUMERAL,
        "skip": f"{longest_first((*_SAY.filler, *_SAY.and_))}|[{_SEPARATORS}]+",
        "piece": longest_first(pieces),
        "strange": ".",
    }
    return re.compile(
        "|".join(f"(?P<{kind}>{part})" for kind, part in parts.items()), re.DOTALL
    )


def read_matrix(field: Field, text: str, known: Value = "") -> Read:
    """The value for each item, by item id.

    ``known`` are the marks understood before: words about “the rest”, or as many
    marks as are missing, then fill those; one mark alone fills the first of them.
    """
    said = unicodedata.normalize("NFKC", clean(text)).lower()
    if not said:
        return bad("empty")
    grammar = _grammar(field)
    before = _open_marks(grammar, known)
    row = _row(said)
    if row:
        return _filled(grammar, list(row), before)
    return _Sentence(grammar, before).read(list(_tokens(grammar, said)))


def _open_marks(grammar: _Grammar, known: Value) -> dict[str, str]:
    """Marks of an unfinished answer; a finished one is written anew."""
    if not isinstance(known, dict) or all(id_ in known for id_ in grammar.ids):
        return {}
    return {id_: known[id_] for id_ in grammar.ids if id_ in known}


def _row(said: str) -> str:
    """The digits of an answer that is nothing but a row of digits, else ``""``."""
    if _PAIRS.search(said):
        return ""
    if len(said) > 1 and _NUMERALS.fullmatch(said):
        said = said.translate(_ONES)
    bare = said if _RUN.fullmatch(said) else _TRIVIAL.sub("", said)
    digits = re.sub(r"[^0-9]", "", bare)
    return digits if digits and (bare == digits or _RUN.fullmatch(said)) else ""


def _filled(grammar: _Grammar, marks: list[str], before: dict[str, str]) -> Read:
    """A row of marks for all items, for those that are missing, or for the next."""
    values = grammar.values
    for mark in marks:
        if mark not in values:
            return bad("matrix_scale", mark=mark, low=values[0], high=values[-1])
    missing = [id_ for id_ in grammar.ids if id_ not in before]
    if len(marks) == len(grammar.ids):
        return good(dict(zip(grammar.ids, marks, strict=True)))
    if len(marks) not in (1, len(missing)):
        return bad("matrix_count", got=len(marks), want=len(missing))
    return _partial(grammar, before | dict(zip(missing, marks, strict=False)))


def _partial(grammar: _Grammar, marks: dict[str, str]) -> Read:
    value = {id_: marks[id_] for id_ in grammar.ids if id_ in marks}
    missing = [n for n, id_ in enumerate(grammar.ids) if id_ not in marks]
    if not missing:
        return good(value)
    params = {
        "missing": WORDS.list.join(str(n + 1) for n in missing),
        "names": WORDS.list.join(grammar.names[n] for n in missing),
    }
    return Read(value, "matrix_partial", params)


def _tokens(grammar: _Grammar, said: str) -> Iterator[_Token]:
    for found in grammar.pattern.finditer(said):
        token = _token(grammar, found)
        if token:
            yield token


def _token(grammar: _Grammar, found: re.Match[str]) -> _Token | None:
    """The token of a match; None for what says nothing."""
    kind = found.lastgroup or "strange"
    if kind == "skip":
        return None
    if kind == "word":
        return _Token("mark", mark=grammar.marks[found[0]])
    if kind == "score":
        return _Token("mark", mark=_digits(found["points"]))
    if kind == "number":
        places = _places(found[0], len(grammar.ids))
        return _Token("number", mark=_digits(found[0]), items=places)
    if kind in ("rest", "all", "strange"):
        return _Token(kind)
    return _Token("items", items=_items(grammar, kind, found))


def _items(grammar: _Grammar, kind: str, found: re.Match[str]) -> tuple[int, ...]:
    """The places that 前三项, 后两项, 3-5项, 第2项 or an item's label stand for."""
    total = len(grammar.ids)
    match kind:
        case "label" | "piece":
            return (grammar.labels[fold(found[0])],)
        case "first":
            return _span(1, _whole(found["head"]))
        case "last":
            return _span(total - _whole(found["foot"]) + 1, total)
        case "range":
            return _span(_whole(found["low"]), _whole(found["high"]))
        case _:
            said = found["nth"] or found["counted"] or found["pair"]
            return _places(said, total)


def _digits(numeral: str) -> str:
    number = parse_whole(numeral)
    return numeral if number is None else str(number)


def _whole(numeral: str) -> int:
    """A number of items; what is no number is out of any range."""
    number = parse_whole(numeral)
    return 10**6 if number is None else number


def _span(low: int, high: int) -> tuple[int, ...]:
    """Places from ``low`` to ``high``; a span far out of range keeps its ends."""
    if high - low > 100:
        return (low, high)
    return tuple(range(low, high + 1)) or (0,)


def _places(numeral: str, total: int) -> tuple[int, ...]:
    """One place; digits that run together (第 135 项) are several."""
    number = _whole(numeral)
    if number > total and numeral.isascii():
        return tuple(int(digit) for digit in numeral)
    return (number,)


class _Sentence:
    """Goes through the tokens of one answer and gathers the marks they give."""

    def __init__(self, grammar: _Grammar, before: dict[str, str]) -> None:
        self._grammar = grammar
        self._before = before
        self._everywhere = ""
        self._elsewhere = ""
        self._marks: dict[int, str] = {}
        self._row: list[str] = []
        self._pending: list[_Token] = []

    def read(self, tokens: list[_Token]) -> Read:
        """What the answer comes to."""
        for number, token in enumerate(tokens):
            problem = self._take(token, tokens[number + 1 :])
            if problem:
                return problem
        if self._pending or not (self._said_which or self._row):
            return self._unreadable()
        if self._row:
            if self._said_which:
                return self._unreadable()
            return _filled(self._grammar, self._row, self._before)
        return _partial(self._grammar, self._gathered())

    def _unreadable(self) -> Read:
        values = self._grammar.values
        return bad("matrix_unreadable", low=values[0], high=values[-1])

    @property
    def _said_which(self) -> bool:
        return bool(self._marks or self._everywhere or self._elsewhere)

    def _take(self, token: _Token, following: list[_Token]) -> Read | None:
        if token.kind == "strange":
            return self._unreadable()
        if token.kind == "number" and not self._selects(following):
            token = _Token("mark", mark=token.mark)
        if token.kind == "mark":
            return self._give(token.mark)
        self._pending.append(token)
        return self._out_of_range(token)

    def _selects(self, following: list[_Token]) -> bool:
        """Whether a bare number names an item: a mark, or more items, follow it."""
        for number, token in enumerate(following):
            if token.kind == "number":
                continue
            plain = token.kind == "items" and not self._pending and number == 0
            return token.kind == "mark" or plain
        return False

    def _out_of_range(self, token: _Token) -> Read | None:
        last = len(self._grammar.ids)
        for place in token.items:
            if not 1 <= place <= last:
                return bad("matrix_item", number=place, last=last)
        return None

    def _give(self, mark: str) -> Read | None:
        values = self._grammar.values
        if mark not in values:
            return bad("matrix_scale", mark=mark, low=values[0], high=values[-1])
        kinds = {token.kind for token in self._pending}
        if not kinds:
            self._row.append(mark)
        elif "rest" in kinds:
            self._elsewhere = mark
        elif "all" in kinds:
            return self._give_all(mark)
        else:
            return self._give_items(mark)
        self._pending.clear()
        return None

    def _give_all(self, mark: str) -> Read | None:
        """前三项都较好 is about three items, 都较好 about all."""
        items = [token for token in self._pending if token.kind == "items"]
        whole = len(self._grammar.ids)
        if any(token.items != (whole,) for token in items):
            return self._give_items(mark)
        self._everywhere = mark
        self._pending.clear()
        return None

    def _give_items(self, mark: str) -> Read | None:
        for place in (place for token in self._pending for place in token.items):
            if self._marks.setdefault(place, mark) != mark:
                return bad("matrix_conflict", number=place)
        self._pending.clear()
        return None

    def _gathered(self) -> dict[str, str]:
        """What was said of single items goes before 其余, and that before 都."""
        marks = {} if self._everywhere else dict(self._before)
        for place, id_ in enumerate(self._grammar.ids, start=1):
            if place in self._marks:
                marks[id_] = self._marks[place]
            elif id_ not in marks and (self._elsewhere or self._everywhere):
                marks[id_] = self._elsewhere or self._everywhere
        return marks
