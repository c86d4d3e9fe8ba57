"""What the commands of a running class have in common: which class, whose name."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from bot import wording
from bot.actions.asking import Asking, Result, choice, class_asked, say
from bot.actions.standings import Pupil
from conversations.model import Option, Refusal
from conversations.understanding.classmates import Mate, Unclear, plain
from storage import classes
from storage.classes import ClassRow

OPEN = ("recruiting", "running", "ended")
"""States of a class whose days and points may be noted, once it has opened."""
_OFFERED = 4


async def running_class(ask: Asking) -> ClassRow | Result:
    """The class named, or the only one that runs in the person's scopes; locked.

    When several run, an outcome that asks which.
    """
    if ask.words.is_code:
        found = await class_asked(ask, lock=True)
        return found if isinstance(found, Refusal) else checked(ask, found)
    rows = await classes.listed(ask.context.uow, paths=ask.paths(), states=["running"])
    if not rows:
        return wording.attendance.no_running_class()
    if len(rows) > 1:
        command, said = ask.command.name, ask.words.raw
        options = [
            choice(row.title, f"{command} {row.code} {said}".strip()) for row in rows
        ]
        return say(wording.attendance.which_class(), options)
    ask.trail.scope_id = rows[0].scope_id
    locked = await classes.get(ask.context.uow, class_id=rows[0].id, lock=True)
    return locked or rows[0]


def checked(ask: Asking, row: ClassRow) -> ClassRow | Refusal:
    """The class, if it has opened and goes on; else why nothing is noted."""
    if row.state not in OPEN:
        return wording.classes.class_is(row.state, ask.command.name)
    if ask.context.moment.today < row.opens_on:
        return wording.attendance.not_open_yet(row.opens_on)
    return row


def mates_of(pupils: Sequence[Pupil]) -> tuple[Mate, ...]:
    """The people of a class as the readers know them."""
    return tuple(Mate(one.number, one.name) for one in pupils)


def named(one: Pupil | Mate) -> str:
    """Somebody of the class in a line."""
    return wording.attendance.numbered(one.number, one.name)


def not_understood(
    problems: Sequence[Unclear],
    text: str,
    *,
    send: Callable[[str], str],
    more: Sequence[Option] = (),
) -> Result:
    """Nothing was noted: what was unclear, and what can be tapped to put it right.

    ``send`` makes a whole message of the text with somebody's number put in.
    """
    said = [
        wording.attendance.problem(
            one.kind, one.said, [named(mate) for mate in one.mates]
        )
        for one in problems
    ]
    options = list(more)
    if len(problems) == 1 and problems[0].kind in ("unknown", "same"):
        unclear = problems[0]
        options += [
            choice(
                wording.attendance.meant(mate.number, mate.name),
                send(_with_number(text, unclear, mate)),
            )
            for mate in unclear.mates[:_OFFERED]
        ]
    return say(wording.attendance.not_noted(said), options)


def _with_number(text: str, unclear: Unclear, mate: Mate) -> str:
    return plain(text).replace(
        unclear.said, wording.attendance.seat_word(mate.number), 1
    )
