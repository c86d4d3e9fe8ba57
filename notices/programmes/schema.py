"""The shape of a programme: what a ``definitions/<programme>.toml`` says."""

from __future__ import annotations

from datetime import time
from typing import Literal

import msgspec

from notices.calendar import Hours

Anchor = Literal["opens_on", "ends_on", "apply_until"]
Who = Literal[
    "institution",
    "province",
    "centre",
    "lecturers",
    "assessors",
    "backbone",
    "backbone_owing",
    "process_owing",
    "final_owing",
    "class_manager",
    "drafts",
    "incomplete",
]
When = Literal["", "applications_waiting", "review_waiting", "no_review_waiting"]


class Day(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A day of a class: so many days after (before, when negative) an anchor."""

    anchor: Anchor
    days: int = 0


class Tell(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Who is reminded of a step, in which words, and who hears that it is late.

    ``when`` names a fact that must hold at the moment of sending.
    ``escalate`` is the level above, told beside the audience when the step is
    overdue. Without ``overdue`` nobody is told afterwards: nothing could be
    done any more.
    """

    who: Who
    wording: str
    when: When = ""
    escalate: Who | None = None
    overdue: bool = True


class Step(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One dated step.

    Exactly one of ``due`` (of a class) and ``yearly`` (``MM-DD`` dates, of an
    institution's year) is set. No reminder goes out before ``starts``
    (``MM-DD`` for yearly steps). ``aliases`` are the words after 办结;
    ``form`` names the dialogue that does the step, empty when only 办结 does.
    ``asks`` is whose turn it is once all who are wanted were asked.
    ``short`` heads its column on a board (two characters fit a phone).
    """

    key: str
    title: str
    aliases: tuple[str, ...]
    acts: Who
    clause: str
    short: str = ""
    asks: Who | None = None
    due: Day | None = None
    yearly: tuple[str, ...] = ()
    starts: Day | str | None = None
    form: str = ""
    marks: tuple[int, ...] = ()
    tell: tuple[Tell, ...] = ()
    assumed: str = ""


class Wording(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """How a reminder names its step.

    ``what`` is what is due, ``deed`` the verb of doing it, ``offer`` what can
    be done from the chat (only what exists). ``{{ code }}`` (of the class),
    ``{{ number }}`` (of what waits for review) and ``{{ count }}`` (of what
    waits) may stand in ``what`` and ``offer``.
    """

    key: str
    what: str
    deed: str
    offer: str = ""


class Sending(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """When reminders go out: days before the date, the hour, the allowed hours."""

    marks: tuple[int, ...] = (7, 3, 1, 0)
    at: time = time(9)
    opens: time = time(8)
    closes: time = time(21)

    @property
    def hours(self) -> Hours:
        """The hours in which messages may go out."""
        return Hours(self.opens, self.closes)


class Programme(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One programme: its steps in their order, and how people are reminded."""

    id: str
    title: str
    source: str
    steps: tuple[Step, ...]
    wordings: tuple[Wording, ...]
    sending: Sending = Sending()

    def step(self, key: str) -> Step:
        """The step of this key; raises KeyError when there is none."""
        for step in self.steps:
            if step.key == key:
                return step
        raise KeyError(key)

    def wording(self, key: str) -> Wording:
        """The wording of this key; raises KeyError when there is none."""
        for wording in self.wordings:
            if wording.key == key:
                return wording
        raise KeyError(key)

    def sending_of(self, step: Step) -> Sending:
        """How people are reminded of this step: its own marks, else the common."""
        if not step.marks:
            return self.sending
        return msgspec.structs.replace(self.sending, marks=step.marks)

    def named(self, word: str) -> Step | None:
        """The step a person means by a word: its key, its title or an alias."""
        for step in self.steps:
            if word in (step.key, step.title, *step.aliases):
                return step
        return None

    @property
    def class_steps(self) -> tuple[Step, ...]:
        """The steps that each class goes through, in their order."""
        return tuple(step for step in self.steps if step.due)

    @property
    def year_steps(self) -> tuple[Step, ...]:
        """The steps of an institution's year."""
        return tuple(step for step in self.steps if step.yearly)
