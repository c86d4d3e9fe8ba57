"""Several answers in one message: 单位是江南机电技师学院，讲师，手机13800138000."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from functools import cache

import msgspec

from conversations.forms.schema import Field
from conversations.model import Answer, Value
from conversations.understanding.fields import read_field
from conversations.understanding.text import clean, is_question, longest_first
from conversations.understanding.vocabulary import WORDS

_TALKED_ABOUT = frozenset(
    ["text", "name", "id_number", "phone", "email", "ethnicity", "date", "number"]
)
"""Kinds that may be answered out of turn; ticks and marks need their question."""

_SAY = WORDS.labelling
_CLAUSE = re.compile(f"[{re.escape(_SAY.stops)}]+")
_TITLE = "title"
_TITLES = frozenset(WORDS.titles.words)
_GROUPS = frozenset(n + WORDS.ethnicities.suffix for n in WORDS.ethnicities.names)
_FORMATS = {
    "id_number": re.compile(
        r"(?<![0-9０-９])[0-9０-９]{17}[0-9０-９XxＸｘ](?![0-9０-９])"
    ),
    "phone": re.compile(r"(?<![0-9０-９])[1１][3-9３-９][0-9０-９]{9}(?![0-9０-９])"),
    "email": re.compile(r"[\w.+\-]+[@＠][\w\-]+(?:[.．][\w\-]+)+", re.ASCII),
}
"""Answers that can be told by their shape. Longer shapes come first."""


_NEEDS_LINK = frozenset(["text", "name"])
"""Kinds whose value can be any words: 学校宿舍 does not say which 学校."""
_SURE_LENGTH = 4
"""So long must it be to be taken for such a value without a link."""


class _Names(msgspec.Struct, frozen=True):
    """What the fields of a form are called at the start of a clause."""

    open: tuple[Field, ...]
    starts: re.Pattern[str]
    pattern: re.Pattern[str]
    fields: dict[str, Field]


@cache
def _names(fields: tuple[Field, ...]) -> _Names:
    named: dict[str, Field] = {}
    open_ = tuple(field for field in fields if field.kind in _TALKED_ABOUT)
    for field in open_:
        for name in (field.label, field.short, *field.aliases):
            if name:
                named.setdefault(name.lower(), field)
    name = f"(?:{longest_first(_SAY.lead)})*(?P<name>{longest_first(named) or '(?!)'})"
    link = f"(?P<link>\\s*(?:{longest_first(_SAY.links)})\\s*|\\s+)?"
    return _Names(
        open=open_,
        starts=re.compile(f"[\\s{WORDS.list}]+(?={name})", re.IGNORECASE),
        pattern=re.compile(f"{name}{link}(?P<value>.+)", re.IGNORECASE | re.DOTALL),
        fields=named,
    )


def labelled(
    text: str,
    fields: Iterable[Field],
    *,
    today: date,
    asked: Field | None = None,
) -> dict[str, Value]:
    """The values that ``text`` gives to ``fields``, by field id.

    Careful rather than clever: a value counts when its clause begins with the
    field's name, when its shape tells (ID number, phone, e-mail), or when it is
    a known title or ethnic group. Values that do not stand, and questions, are
    left out. When something was told so, all other clauses together answer
    ``asked``.
    """
    names = _names(tuple(fields))
    found: dict[str, Value] = {}
    left: list[str] = []
    for clause in _clauses(text, names):
        field, said = _claimed(clause, names, found)
        value = None if field is None else _value(field, said, today)
        if field is None or value is None:
            left.append(clause)
        else:
            found[field.id] = value
    left = _without_link(left, names, found, asked, today) if found else left
    if left and asked is not None and set(found) == {asked.id}:
        return _of_one(text, names, asked, today) or found
    return _with_asked(found, left, asked, today)


def _of_one(
    text: str, names: _Names, asked: Field, today: date
) -> dict[str, Value] | None:
    """The whole of a text that names only the field asked, with all its clauses."""
    match = names.pattern.fullmatch(clean(text))
    if match is None or asked.kind not in _NEEDS_LINK:
        return None
    value = _value(asked, match["value"], today)
    return None if value is None else {asked.id: value}


def _without_link(
    left: list[str],
    names: _Names,
    found: dict[str, Value],
    asked: Field | None,
    today: date,
) -> list[str]:
    """The clauses that name no other field; 地址江南省东湖市… beside answers does.

    What such a clause says is added to ``found``, so that it is not lost unseen.
    """
    rest: list[str] = []
    for clause in left:
        match = None if is_question(clause) else names.pattern.fullmatch(clause)
        field = names.fields[match["name"].lower()] if match else None
        value = None
        if match and field and field is not asked and field.id not in found:
            long_enough = len(match["value"]) >= _SURE_LENGTH
            value = _value(field, match["value"], today) if long_enough else None
        if field is None or value is None:
            rest.append(clause)
        else:
            found[field.id] = value
    return rest


def _with_asked(
    found: dict[str, Value], left: list[str], asked: Field | None, today: date
) -> dict[str, Value]:
    """``found``, before it what the clauses left over say to the field asked."""
    if asked is None or asked.id in found or not (found and left):
        return found
    value = _value(asked, _SAY.stops[0].join(left), today)
    return found if value is None else {asked.id: value} | found


def _clauses(text: str, names: _Names) -> list[str]:
    """The clauses of a text; a blank before the name of a field begins one too."""
    parts = _CLAUSE.split(clean(text))
    clauses: list[str] = []
    for part in parts:
        start = 0
        for blank in names.starts.finditer(part):
            clauses.append(part[start : blank.start()])
            start = blank.end()
        clauses.append(part[start:])
    return [clause.strip() for clause in clauses if clause.strip()]


def _claimed(
    clause: str, names: _Names, found: Mapping[str, Value]
) -> tuple[Field | None, str]:
    """The field a clause speaks of, and what it says there."""
    if is_question(clause):
        return None, clause
    match = names.pattern.fullmatch(clause)
    if match:
        field = names.fields[match["name"].lower()]
        sure = field.kind not in _NEEDS_LINK or match["value"] in _TITLES
        if match["link"] or sure:
            return field, match["value"]
    for kind, shape in _FORMATS.items():
        seen = shape.search(clause)
        if seen:
            return _first(names.open, found, kind=kind), seen[0]
    if clause in _TITLES:
        return _first(names.open, found, id_=_TITLE), clause
    if clause in _GROUPS:
        return _first(names.open, found, kind="ethnicity"), clause
    return None, clause


def _first(
    fields: Sequence[Field],
    found: Mapping[str, Value],
    *,
    kind: str = "",
    id_: str = "",
) -> Field | None:
    """The first field of a kind, or of an id, that has no value from this text."""
    for field in fields:
        if field.id not in found and (field.kind == kind or field.id == id_):
            return field
    return None


def _value(field: Field, said: str, today: date) -> Value | None:
    answers: dict[str, Answer] = {}
    read = read_field(field, said, today=today, answers=answers, context={})
    return read.value if read.ok else None
