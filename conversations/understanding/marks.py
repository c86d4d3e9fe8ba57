r"""Points for many in one message.

``1号85 2号72`` · ``张三85，李四72.5`` · ``1号、2号都90`` · ``1-3号80`` ·
``1 85\n2 72`` · ``5号缺考``.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

import msgspec

from conversations.rules import scoring
from conversations.understanding.classmates import (
    Mate,
    Token,
    Unclear,
    ghost,
    plain,
    stranger,
    tokens,
    unclear_who,
)
from conversations.understanding.numbers import parse_whole
from conversations.understanding.vocabulary import WORDS

_SAY = WORDS.marks
_GLOBAL = ("first", "second", "process", "final")
_WORDS = {name: getattr(_SAY, name) for name in ("absent", *_GLOBAL, "to", "filler")}
_DECIMAL = re.compile(r"([0-9]+)\.([0-9])0*")
_NONE_OF_ANY = frozenset({"filler", "blank"})


class Mark(msgspec.Struct, frozen=True):
    """Points of one person in tenths; ``absent`` tells that they did not come."""

    number: int
    points: int
    absent: bool = False


class Marks(msgspec.Struct, frozen=True):
    """Points as they were read. With ``problems`` nothing of them stands.

    ``attempt`` (0: not said) and ``kind`` (empty: not said) are what the
    message itself says of them; ``rest`` is what follows the points.
    """

    given: tuple[Mark, ...] = ()
    problems: tuple[Unclear, ...] = ()
    attempt: int = 0
    kind: str = ""
    rest: str = ""


def read_marks(text: str, mates: Sequence[Mate], *, rest: bool = False) -> Marks:
    """What a message says of points.

    With ``rest`` the first words after points that mean nothing here begin
    what follows them.
    """
    said = plain(text)
    found = tokens(said, mates, _WORDS)
    after = ""
    if rest:
        found, after = _split(said, found)
    reader = _Reader(mates, found)
    reader.read()
    return reader.result(after)


def _split(said: str, found: list[Token]) -> tuple[list[Token], str]:
    """The tokens of the points, and what stands after them."""
    pointed = False
    for place, token in enumerate(found):
        pointed = pointed or token.kind in ("number", "absent")
        if pointed and token.kind == "strange":
            return found[:place], said[token.at :].strip()
    return found, ""


class _Reader:
    """Walks through the tokens; ``people`` wait for the points that follow."""

    def __init__(self, mates: Sequence[Mate], found: Sequence[Token]) -> None:
        self.mates = mates
        self.numbers = {one.number: one for one in mates}
        self.found = [one for one in found if one.kind not in _NONE_OF_ANY]
        self.people: list[Mate] = []
        self.given: dict[int, Mark] = {}
        self.problems: list[Unclear] = []
        self.attempt, self.kind = 0, ""

    def read(self) -> None:
        """Take every token in its turn."""
        place = 0
        while place < len(self.found):
            token = self.found[place]
            before = self.found[place - 1] if place else None
            if token.kind == "number":
                place += self._number(place)
                continue
            if token.kind == "who":
                self._who(before, token)
            elif token.kind == "absent":
                self._points(token, 0, absent=True)
            elif token.kind in _GLOBAL:
                self._about(token.kind)
            elif token.kind == "strange":
                self.problems.append(stranger(token, self.mates))
                self._person(before, ghost(token))
            elif token.kind == "to" and not self.people:
                self.problems.append(Unclear("strange", token.said))
            place += 1
        self._nobody_waits()

    def _about(self, word: str) -> None:
        if word in ("first", "second"):
            self.attempt = 1 if word == "first" else 2
        else:
            self.kind = word

    # ---- people ----

    def _who(self, before: Token | None, token: Token) -> None:
        problem = unclear_who(token)
        if problem is not None:
            self.problems.append(problem)
        self._person(before, ghost(token) if problem else token.mates[0])

    def _person(self, before: Token | None, one: Mate) -> None:
        if self.people and before is not None and before.kind == "to":
            self._range(self.people[-1], one)
            return
        if not (before is not None and before.kind == "join"):
            self._nobody_waits()
        self.people.append(one)

    def _range(self, first: Mate, last: Mate) -> None:
        between = [
            one for one in self.mates if first.number < one.number <= last.number
        ]
        if not between:
            self.problems.append(Unclear("strange", f"{first.number}-{last.number}"))
        self.people.extend(between)

    def _nobody_waits(self) -> None:
        self.problems.extend(
            Unclear("points", one.name, (one,)) for one in self.people if one.number
        )
        self.people = []

    # ---- points ----

    def _number(self, place: int) -> int:
        """Take a number, as points or as somebody's; how many tokens that were."""
        token = self.found[place]
        before = self.found[place - 1] if place else None
        following = self.found[place + 1] if place + 1 < len(self.found) else None
        whole = parse_whole(token.said)
        one = self.numbers.get(whole) if whole is not None else None
        opens = following is not None and following.kind in ("number", "to", "absent")
        if one is not None and not self.people and opens and self._is_new(before):
            self.people.append(one)
            return 1
        if not self.people:
            self.problems.append(Unclear("strange", token.said))
            return 1
        points = _points(token.said)
        if points is None:
            kind = "decimals" if "." in token.said else "strange"
            self.problems.append(Unclear(kind, token.said))
            self.people = []
        else:
            self._points(token, points)
        return 1

    @staticmethod
    def _is_new(before: Token | None) -> bool:
        """Whether a bare number can be a person's: at the start of a line or a part."""
        return before is None or before.kind in ("hard", "soft", *_GLOBAL)

    def _points(self, token: Token, points: int, *, absent: bool = False) -> None:
        if not self.people:
            self.problems.append(Unclear("strange", token.said))
        if not scoring.in_range(points):
            self.problems.append(Unclear("range", token.said, tuple(self.people)))
        for one in self.people:
            mark = Mark(one.number, points, absent)
            if self.given.setdefault(one.number, mark) != mark:
                self.problems.append(Unclear("twice", one.name, (one,)))
        self.people = []

    def result(self, rest: str) -> Marks:
        """The points, or what is wrong with them."""
        if not self.given and not self.problems:
            self.problems.append(Unclear("empty", ""))
        if self.problems:
            return Marks(problems=tuple(dict.fromkeys(self.problems)))
        return Marks(
            tuple(self.given.values()),
            attempt=self.attempt,
            kind=self.kind,
            rest=rest,
        )


def _points(said: str) -> int | None:
    """Points in tenths, of a whole number or of one with one decimal."""
    found = _DECIMAL.fullmatch(said)
    if found:
        return scoring.tenths(int(found[1]), int(found[2]))
    whole = parse_whole(said)
    return None if whole is None else scoring.tenths(whole)
