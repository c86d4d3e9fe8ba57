"""What was said in blind evaluations, in numbers, so that no difference tells more.

One law holds for every number here, whatever it is counted over. A class counts
only with ``minimum`` ballots of its own, and of it only what at least
``minimum`` were asked; its ballots join ``minimum`` at a time
(``storage.evaluations.drain``). So a base, a province, a lecturer or a year is a
sum over classes each of which may be shown alone, and no two numbers, of two
places, of two days or of a whole and its parts, differ by fewer.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from datetime import date
from typing import TYPE_CHECKING, Any

import msgspec
from sqlalchemy import (
    ColumnElement,
    Integer,
    Select,
    String,
    cast,
    extract,
    false,
    func,
    literal_column,
    select,
)

from conversations.rules.results import mean
from storage.database import UnitOfWork
from storage.organisations import below
from storage.statements import Upsert
from storage.tables.classes import classes, staff
from storage.tables.evaluations import tallies
from storage.tables.people import scopes

if TYPE_CHECKING:
    from storage.evaluations import Ballot

MINIMUM = 5
"""The fewest answers that are ever shown, in one number or as a difference."""

GROUPS = ("class", "institution", "province", "lecturer", "year", "level", "major")
"""What numbers can be told apart by."""

_EVALUATION = "evaluation"


class Count(msgspec.Struct, frozen=True):
    """How often a mark was given in a group. Without a field: how many ballots.

    ``key`` tells groups apart, ``group`` is what they are called; both are
    empty when nothing is told apart. ``classes`` is how many classes it is of.
    """

    key: str
    group: str
    version: int
    field: str
    item: str
    mark: str
    count: int
    classes: int


class Over(msgspec.Struct, frozen=True):
    """What is counted: classes in or below ``paths``, or with these ids.

    ``year`` is that of the last day. ``lecturers`` are keys of the group
    ``lecturer``: only what was said of them; without a place, wherever they taught.
    """

    paths: tuple[str, ...] = ()
    class_ids: tuple[str, ...] = ()
    year: int = 0
    lecturers: tuple[str, ...] = ()


def cells(ballot: Ballot) -> Iterator[tuple[str, str, str]]:
    """(field, item, mark) of everything a ballot marks; first the ballot itself."""
    yield "", "", ""
    for field, given in ballot.marks.items():
        if isinstance(given, str):
            yield field, "", given
        else:
            for key, mark in given.items():
                yield (field, key, mark) if mark else (field, "", key)


_KEYS = ["class_id", "form", "version", "field", "item", "mark"]
_ADD = Upsert(tallies, _KEYS, lambda new: {"count": tallies.c.count + new.count})


async def add(uow: UnitOfWork, ballots: Iterable[Ballot]) -> None:
    """Count ballots that move to the results."""
    counted: Counter[tuple[Any, ...]] = Counter()
    for one in ballots:
        about = (one.class_id, one.form, one.version)
        counted.update((*about, *cell) for cell in cells(one))
    rows = [
        dict(zip(_KEYS, key, strict=True)) | {"count": count}
        for key, count in sorted(counted.items())
    ]
    if rows:
        await uow.execute(_ADD[uow.dialect], rows)


# ---- what may be shown ----

_house = scopes.alias("tallied_house")
_above = scopes.alias("tallied_above")
_place = scopes.alias("tallied_place")
# The form asks of the first and the second lecturer, in the order of the class.
_lecturers = (
    select(
        staff.c.class_id,
        staff.c.name,
        func.coalesce(
            staff.c.roster_id, literal_column("'='", String) + staff.c.name
        ).label("key"),
        func.row_number()
        .over(partition_by=staff.c.class_id, order_by=staff.c.position)
        .label("place"),
    )
    .where(staff.c.duty == "lecturer")
    .subquery("lecturers")
)
_LECTURER_KEY = _lecturers.c.key
_FIELD_OF_LECTURER = (
    literal_column("'lecturer_'", String)
    + cast(_lecturers.c.place, String)
    + literal_column("'_marks'", String)
)
_NOTHING = literal_column("''", String)
_YEAR = cast(extract("year", classes.c.ends_on), Integer)


def _enough(form: str, minimum: int) -> Select[tuple[str]]:
    """The classes with enough ballots."""
    return (
        select(tallies.c.class_id)
        .where(tallies.c.form == form, tallies.c.field == "")
        .group_by(tallies.c.class_id)
        .having(func.sum(tallies.c.count) >= minimum)
    )


def _asked(form: str, minimum: int) -> Any:
    """What enough people of a class were asked: (class, field, item)."""
    return (
        select(tallies.c.class_id, tallies.c.field, tallies.c.item)
        .where(tallies.c.form == form)
        .group_by(tallies.c.class_id, tallies.c.field, tallies.c.item)
        .having(func.sum(tallies.c.count) >= minimum)
        .subquery("asked")
    )


def _group(by: str) -> tuple[ColumnElement[Any], ColumnElement[Any]]:
    """The key and the name of a group."""
    year = cast(_YEAR, String)
    return {
        "": (_NOTHING, _NOTHING),
        "class": (classes.c.code, classes.c.title),
        "institution": (_house.c.id, _house.c.name),
        "province": (_above.c.id, _above.c.name),
        "lecturer": (_LECTURER_KEY, _lecturers.c.name),
        "year": (year, year),
        "level": (classes.c.level, classes.c.level),
        "major": (classes.c.major, classes.c.major),
    }[by]


async def counts(
    uow: UnitOfWork,
    over: Over,
    *,
    by: str = "",
    form: str = _EVALUATION,
    minimum: int = MINIMUM,
) -> tuple[Count, ...]:
    """Every mark, counted over the classes that may be shown, by group.

    ``by`` is one of ``GROUPS``, or empty. Of lecturers, only what was said of
    them. One statement, whatever is counted.
    """
    key, name = _group(by)
    columns = (tallies.c.version, tallies.c.field, tallies.c.item, tallies.c.mark)
    query = _shown(
        select(
            key.label("key"),
            func.min(name).label("name"),
            *columns,
            func.sum(tallies.c.count),
            func.count(tallies.c.class_id.distinct()),
        ),
        over,
        form,
        minimum,
        of_lecturers=by == "lecturer" or bool(over.lecturers),
    )
    grouped = (key, *columns) if by else columns
    query = query.group_by(*grouped).order_by("key", *columns)
    return tuple(Count(*row) for row in await uow.execute(query))


async def lecturer_sizes(
    uow: UnitOfWork, over: Over, *, minimum: int = MINIMUM
) -> dict[str, tuple[int, int]]:
    """Over how many classes and answers the marks of lecturers are, by key.

    A lecturer is the first of the two in one class and the second in another.
    """
    thing = (_LECTURER_KEY, tallies.c.class_id, tallies.c.field, tallies.c.item)
    answers = func.sum(tallies.c.count).label("answers")
    asked = (
        _shown(
            select(_LECTURER_KEY.label("key"), tallies.c.class_id, answers),
            over,
            _EVALUATION,
            minimum,
            of_lecturers=True,
        )
        .group_by(*thing)
        .subquery()
    )
    in_class = (
        select(asked.c.key, func.max(asked.c.answers).label("answers"))
        .group_by(asked.c.key, asked.c.class_id)
        .subquery()
    )
    query = select(in_class.c.key, func.count(), func.sum(in_class.c.answers)).group_by(
        in_class.c.key
    )
    return {
        key: (int(many), int(total)) for key, many, total in await uow.execute(query)
    }


def _shown(
    query: Select[Any], over: Over, form: str, minimum: int, *, of_lecturers: bool
) -> Select[Any]:
    """A query over the tallies that may be shown, with the places they are of."""
    asked = _asked(form, minimum)
    query = (
        query.select_from(tallies)
        .join(classes, classes.c.id == tallies.c.class_id)
        .join(_place, _place.c.id == classes.c.scope_id)
        .join(_house, _house.c.id == classes.c.institution_id)
        .join(_above, _above.c.id == _house.c.parent_id)
        .join(
            asked,
            (asked.c.class_id == tallies.c.class_id)
            & (asked.c.field == tallies.c.field)
            & (asked.c.item == tallies.c.item),
        )
        .where(
            tallies.c.form == form,
            tallies.c.class_id.in_(_enough(form, minimum)),
            *_within(over),
        )
    )
    if of_lecturers:
        query = query.join(
            _lecturers,
            (_lecturers.c.class_id == tallies.c.class_id)
            & (tallies.c.field == _FIELD_OF_LECTURER),
        )
    if over.lecturers:
        query = query.where(_LECTURER_KEY.in_(over.lecturers))
    return query


def _within(over: Over) -> Iterator[ColumnElement[bool]]:
    if over.paths:
        yield below(_place.c.path, over.paths)
    if over.class_ids:
        yield classes.c.id.in_(over.class_ids)
    if not over.paths and not over.class_ids and not over.lecturers:
        yield false()
    if over.year:
        yield classes.c.ends_on.between(date(over.year, 1, 1), date(over.year, 12, 31))


def lecturer_key(roster_id: str | None, name: str) -> str:
    """The key of somebody in the group ``lecturer``."""
    return roster_id or f"={name}"


async def lecturer_scores(
    uow: UnitOfWork, roster_ids: Sequence[str]
) -> dict[str, tuple[int, str]]:
    """What teachers said of lecturers, by roster id: how many, and the mean.

    Over all their classes that may be shown. The mean has two decimals, of
    marks from 1 to 3; who has no such class is left out.
    """
    over = Over(lecturers=tuple(roster_ids))
    if not roster_ids:
        return {}
    sizes = await lecturer_sizes(uow, over)
    given: dict[str, Counter[str]] = {}
    for one in await counts(uow, over, by="lecturer"):
        given.setdefault(one.key, Counter())[one.mark] += one.count
    return {key: (sizes[key][1], _mean(marks)) for key, marks in given.items()}


def _mean(marks: Counter[str]) -> str:
    points = sum(int(mark) * count for mark, count in marks.items())
    return mean(points, sum(marks.values()))
