"""Marks that were counted, as the lines of a form: how many gave which, and the mean."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from decimal import ROUND_HALF_UP, Decimal

import msgspec

from conversations.forms.schema import Field, Form

Cell = tuple[str, str, str, int]
"""Field, item (empty but in a matrix), mark, and how often it was given."""

_HUNDREDTH = Decimal("0.01")


class Line(msgspec.Struct, frozen=True):
    """One thing that was asked, with its answers in the order of the form.

    ``marks`` are (label, count); those of a ``scored`` line are 1, 2, 3 … points.
    """

    field: str
    part: str
    number: str
    name: str
    marks: tuple[tuple[str, int], ...]
    scored: bool

    @property
    def answers(self) -> int:
        """How many marks were given."""
        return sum(count for _, count in self.marks)

    @property
    def points(self) -> int:
        """The sum of all marks of a scored line."""
        return sum(place * count for place, (_, count) in enumerate(self.marks, 1))


def tabulate(form: Form, cells: Iterable[Cell]) -> tuple[Line, ...]:
    """The lines of a form that were answered, in its order."""
    given: dict[tuple[str, str], dict[str, int]] = {}
    for field_id, item, mark, count in cells:
        of_item = given.setdefault((field_id, item), {})
        of_item[mark] = of_item.get(mark, 0) + count
    lines: list[Line] = []
    for field in form.fields:
        rows = (
            [(one.id, one.number, one.label) for one in field.items]
            if field.kind == "matrix"
            else [("", field.number, field.name)]
        )
        for item, number, name in rows:
            if (field.id, item) in given:
                lines.append(_line(field, number, name, given[field.id, item]))
    return tuple(lines)


def _line(field: Field, number: str, name: str, counts: dict[str, int]) -> Line:
    return Line(
        field=field.id,
        part=field.part,
        number=number,
        name=name,
        marks=tuple((one.label, counts.get(one.value, 0)) for one in field.choices),
        scored=field.kind == "matrix" or field.descending,
    )


def mean_of(lines: Sequence[Line]) -> str:
    """The mean of every mark of the scored lines; empty without any."""
    scored = [line for line in lines if line.scored]
    return mean(
        sum(line.points for line in scored), sum(line.answers for line in scored)
    )


def spread(lines: Sequence[Line]) -> tuple[int, ...]:
    """How often each mark was given in the scored lines, the lowest first."""
    scored = [line for line in lines if line.scored]
    longest = max((len(line.marks) for line in scored), default=0)
    return tuple(
        sum(line.marks[place][1] for line in scored if place < len(line.marks))
        for place in range(longest)
    )


def mean(points: int, answers: int) -> str:
    """Points by answers with two decimals, half up; empty for no answer."""
    if not answers:
        return ""
    return str((Decimal(points) / answers).quantize(_HUNDREDTH, ROUND_HALF_UP))
