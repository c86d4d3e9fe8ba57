"""What a reminder says: a line for each date, and one message for each person."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

import msgspec

from notices.programmes.schema import Wording
from notices.reminders import OVERDUE
from notices.render import fill, render
from notices.wording import template_date, template_several

MOST_LINES = 6
# The platform's limit for a field of a template message.
_FIELD = 20


class About(msgspec.Struct, frozen=True):
    """The deadline that is spoken of.

    ``title`` is the class or institution;
    ``opens_on`` is empty for an institution's year.
    """

    title: str
    institution: str
    due_on: date
    opens_on: date | None


class Line(msgspec.Struct, frozen=True):
    """One thing a person is told of, as the templates take it.

    ``count`` is how many people still owe it, in an escalation about teachers.
    """

    title: str
    owner: str
    opens_on: date | None
    due_on: date
    today: date
    mark: str
    what: str
    deed: str
    offer: str
    escalated: bool = False
    count: int = 0
    moved_from: date | None = None


class Merged(msgspec.Struct, frozen=True):
    """Everything a person is told at once, and the same as template fields."""

    text: str
    fields: dict[str, str]


def line(
    about: About, wording: Wording, mark: str, *, today: date, values: dict[str, str]
) -> Line:
    """What is said of a deadline at a mark, in the words of its step."""
    return Line(
        title=about.title,
        owner=about.institution,
        opens_on=about.opens_on,
        due_on=about.due_on,
        today=today,
        mark=mark,
        what=_filled(wording.what, values),
        deed=wording.deed,
        offer=_filled(wording.offer, values),
    )


def _filled(text: str, values: dict[str, str]) -> str:
    filled = fill(text, values)
    if not isinstance(filled, str):
        raise TypeError(f"a wording that was let through does not fill: {filled}")
    return filled


def merge(lines: Sequence[Line]) -> Merged:
    """One message of all that fell due for a person: what is late first, then by date."""
    ordered = sorted(lines, key=lambda one: (one.mark != OVERDUE, one.due_on))
    shown = [render("reminder_line", line=one) for one in ordered[:MOST_LINES]]
    first = ordered[0]
    return Merged(
        text=render("reminder", lines=shown, more=len(ordered) - len(shown)),
        fields={
            "title": first.title[:_FIELD],
            "task": _task(ordered)[:_FIELD],
            "date": template_date(min(one.due_on for one in ordered)),
        },
    )


def _task(lines: Sequence[Line]) -> str:
    return lines[0].what if len(lines) == 1 else template_several(len(lines))
