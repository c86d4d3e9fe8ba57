"""Who was there, in one message.

``全勤`` · ``全勤，张三请假2，李四迟到`` · ``张三、李四上午请假，5号旷课3课时`` ·
``请假：张三2，李四3；迟到：王五`` · ``除张三请假2外全勤`` · ``张三到``.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import msgspec

from conversations.rules.training import NUMBERS
from conversations.understanding.classmates import (
    Mate,
    Token,
    Unclear,
    beside,
    ghost,
    plain,
    stranger,
    tokens,
    unclear_who,
)
from conversations.understanding.leaves import span
from conversations.understanding.numbers import parse_whole
from conversations.understanding.vocabulary import WORDS

_SAY = WORDS.roll
_VERDICTS = ("leave", "absent", "late", "early", "unclear", "present")
_SPANS = ("morning", "afternoon", "half", "day")
_WORDS = {
    name: getattr(_SAY, name)
    for name in ("all", *_VERDICTS, *_SPANS, "hours", "minutes", "rest", "filler")
}
_TIMES = frozenset({"late", "early"})
_MOST_TIMES = 9


class Entry(msgspec.Struct, frozen=True):
    """What was said of one person.

    ``kind`` is ``leave``, ``absent``, ``late``, ``early``, ``present``, or
    ``unclear`` (not there: with leave or without?). ``hours`` are 课时, or how
    many times; None where they were not said.
    """

    number: int
    kind: str
    hours: int | None = None


class Roll(msgspec.Struct, frozen=True):
    """A roll as it was read. With ``problems`` nothing of it stands.

    ``everybody``: all who are not named were there.
    """

    everybody: bool = False
    entries: tuple[Entry, ...] = ()
    problems: tuple[Unclear, ...] = ()


def read_roll(text: str, mates: Sequence[Mate]) -> Roll:
    """What a message says of who was there."""
    reader = _Reader(mates)
    for before, token, after in beside(tokens(plain(text), mates, _WORDS)):
        reader.take(before, token, after)
    return reader.result()


class _Group:
    """People of whom one thing is said."""

    def __init__(self, people: Sequence[Mate] = (), kind: str = "") -> None:
        self.people = list(people)
        self.kind = kind
        self.hours: int | None = None

    @property
    def is_said(self) -> bool:
        return bool(self.people and self.kind)


class _Reader:
    """Walks through the tokens; ``leading`` is a verdict said before its people."""

    def __init__(self, mates: Sequence[Mate]) -> None:
        self.mates = mates
        self.numbers = {one.number: one for one in mates}
        self.everybody = False
        self.groups = [_Group()]
        self.leading = ""
        self.rest = False
        self.problems: list[Unclear] = []

    @property
    def group(self) -> _Group:
        return self.groups[-1]

    def take(self, before: Token | None, token: Token, after: Token | None) -> None:
        if token.kind == "who":
            self._who(token)
        elif token.kind == "all" or token.kind in _VERDICTS:
            self._verdict(token, after)
        elif token.kind in _SPANS:
            self._set_hours(token, span(token.kind))
        elif token.kind == "number":
            self._number(before, token, after)
        elif token.kind in ("hard", "soft"):
            self._separator(token)
        elif token.kind == "strange":
            self.problems.append(stranger(token, self.mates))
            self._person(ghost(token))
        elif token.kind == "rest":
            self.groups.append(_Group())
            self.rest = True
        elif token.kind in ("hours", "minutes"):
            self._unit(before, token)

    # ---- people ----

    def _who(self, token: Token) -> None:
        problem = unclear_who(token)
        if problem is not None:
            self.problems.append(problem)
        self._person(ghost(token) if problem else token.mates[0])

    def _person(self, one: Mate) -> None:
        group = self.group
        if group.is_said and (not self.leading or group.hours is not None):
            self.groups.append(group := _Group())
        if self.leading and not group.kind:
            group.kind = self.leading
        group.people.append(one)

    # ---- what is said of them ----

    def _verdict(self, token: Token, after: Token | None) -> None:
        group = self.group
        waiting = bool(group.people and not group.kind)
        if token.kind == "all" or (self.rest and token.kind == "present"):
            self.rest = False
            if waiting:
                group.kind = "present"
            else:
                self.everybody = True
            return
        if waiting:
            group.kind, self.leading = token.kind, ""
        elif after is not None and after.kind in ("who", "strange"):
            self.leading = token.kind
            self.groups.append(_Group())
        elif group.is_said:
            self.leading = ""
            self.groups.append(_Group(group.people, token.kind))
        elif after is not None and after.kind == "number" and not group.people:
            self.leading = token.kind
        else:
            self.problems.append(Unclear("who", token.said))

    def _number(self, before: Token | None, token: Token, after: Token | None) -> None:
        value = parse_whole(token.said)
        if value is None:
            self.problems.append(Unclear("strange", token.said))
            return
        if after is not None and after.kind == "minutes":
            return
        counted = after is not None and after.kind == "hours"
        group = self.group
        joined = before is not None and before.kind == "join"
        free = bool(group.people) and group.hours is None and not joined
        if counted or (free and not _apart(before, group)):
            self._set_hours(token, value)
        elif value in self.numbers:
            self._person(self.numbers[value])
        else:
            self.problems.append(Unclear("number", token.said))

    def _set_hours(self, token: Token, hours: int) -> None:
        group = self.group
        if not group.people or group.hours is not None:
            self.problems.append(Unclear("strange", token.said))
        else:
            group.hours = hours

    def _unit(self, before: Token | None, token: Token) -> None:
        """课时 counts what stands before it; minutes only say how late."""
        if before is None or before.kind != "number":
            self.problems.append(Unclear("strange", token.said))
        elif token.kind == "minutes" and self.group.kind not in _TIMES:
            self.problems.append(Unclear("strange", before.said + token.said))

    def _separator(self, token: Token) -> None:
        if token.kind != "hard":
            return
        self.leading = ""
        if self.group.people:
            self.groups.append(_Group())

    # ---- all together ----

    def result(self) -> Roll:
        """The roll, or what is wrong with it."""
        said: dict[tuple[int, str], int | None] = {}
        for group in self.groups:
            for one in group.people:
                if one.number:
                    self._add(said, one, group)
        if not said and not self.everybody and not self.problems:
            self.problems.append(Unclear("empty", ""))
        entries = _clear(
            Entry(number, kind, hours) for (number, kind), hours in said.items()
        )
        self._check(entries)
        if self.problems:
            return Roll(problems=tuple(dict.fromkeys(self.problems)))
        return Roll(self.everybody, entries)

    def _add(
        self, said: dict[tuple[int, str], int | None], one: Mate, group: _Group
    ) -> None:
        if not group.kind:
            self.problems.append(Unclear("what", one.name, (one,)))
            return
        key = (one.number, group.kind)
        hours = group.hours
        if hours is None and group.kind in _TIMES:
            hours = 1
        before = said.get(key)
        if before is not None and hours is not None and before != hours:
            self.problems.append(Unclear("twice", one.name, (one,)))
        said[key] = before if hours is None else hours

    def _check(self, entries: Sequence[Entry]) -> None:
        day = NUMBERS.attendance.hours_a_day
        for number, one in self.numbers.items():
            mine = [entry for entry in entries if entry.number == number]
            kinds = {entry.kind for entry in mine}
            hours = sum(entry.hours or 0 for entry in mine if entry.kind not in _TIMES)
            times = [entry.hours or 0 for entry in mine if entry.kind in _TIMES]
            if len(kinds) > 1 and kinds & {"present", "unclear"}:
                self.problems.append(Unclear("twice", one.name, (one,)))
            elif (
                hours > day
                or any(entry.hours == 0 for entry in mine)
                or any(count > _MOST_TIMES for count in times)
            ):
                self.problems.append(Unclear("hours", one.name, (one,)))


def _clear(entries: Iterable[Entry]) -> tuple[Entry, ...]:
    """Without what is unclear of somebody of whom the same is said clearly."""
    every = tuple(entries)
    known = {one.number for one in every if one.kind in ("leave", "absent")}
    return tuple(
        one for one in every if one.kind != "unclear" or one.number not in known
    )


def _apart(before: Token | None, group: _Group) -> bool:
    """Whether a number begins something new, after a comma and a verdict."""
    return before is not None and before.kind in ("soft", "hard") and bool(group.kind)
