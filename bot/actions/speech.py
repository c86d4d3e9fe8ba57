"""What is said of one deadline, to whom, in which words."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date

import msgspec

from bot.actions.recipients import Surroundings
from notices.messages import About, Line, line
from notices.programmes import Programme, Step, Tell
from notices.reminders import MOVED, OVERDUE, still_wanted
from storage.reminders import Looked, Told

# Audiences that are the very people who still owe something.
_OWING = frozenset({"drafts", "incomplete"})
# The same, but a step may be open though none of them is known as a person.
_COUNTED = _OWING | {"backbone_owing", "process_owing", "final_owing"}


class Firing(msgspec.Struct, frozen=True):
    """A deadline with the marks that speak of it now."""

    looked: Looked
    programme: Programme
    step: Step
    marks: tuple[str, ...]


class Word(msgspec.Struct, frozen=True):
    """One line to one person, and the marks it speaks for."""

    deadline_id: str
    line: Line
    marks: tuple[str, ...]
    class_id: str | None = None


def words_of(
    firing: Firing, around: Surroundings, told: Sequence[Told], *, today: date
) -> dict[str, Word]:
    """What each person hears of a deadline, by person: one line, and nothing twice.

    ``told`` is all that was ever said of this deadline, the oldest first. The
    news that a date moved stands for the reminder of the new date; what
    concerns a person stands for what they would hear about others.
    """
    speech = _Speech(firing, around, told, today)
    words: dict[str, Word] = {}
    for person_id, mark, said in speech.everything():
        if speech.was_told(person_id, mark):
            continue
        word = words.get(person_id) or Word(
            firing.looked.id, said, (), firing.looked.class_id
        )
        marks = tuple(dict.fromkeys((*word.marks, mark)))
        words[person_id] = msgspec.structs.replace(word, marks=marks)
    return words


class _Speech:
    """Walks through the audiences of one deadline."""

    def __init__(
        self,
        firing: Firing,
        around: Surroundings,
        told: Sequence[Told],
        today: date,
    ) -> None:
        self.looked, self.programme = firing.looked, firing.programme
        self.step, self.marks = firing.step, firing.marks
        self.around = around
        self.facts = around.facts(firing.looked)
        self.today = today
        self.heard = {one.person_id: one.due_on for one in told}
        self.said = {(one.person_id, one.due_on, one.mark) for one in told}

    def was_told(self, person_id: str, mark: str) -> bool:
        """True iff the person heard this mark of this date before."""
        return (person_id, self.looked.due_on, mark) in self.said

    def everything(self) -> Iterator[tuple[str, str, Line]]:
        """(person, mark, line), the more important first."""
        if MOVED in self.marks:
            yield from self._moved()
        for mark in self.marks:
            if mark != MOVED:
                yield from self._own(mark)
        if OVERDUE in self.marks:
            yield from self._escalated()

    def _moved(self) -> Iterator[tuple[str, str, Line]]:
        """Those who heard of another date last, and still have to do with it."""
        for tell in self._wanted_first():
            for person_id in self._people(tell):
                before = self.heard.get(person_id, self.looked.due_on)
                if before != self.looked.due_on:
                    said = self._line(tell, MOVED)
                    yield (
                        person_id,
                        MOVED,
                        msgspec.structs.replace(said, moved_from=before),
                    )

    def _wanted_first(self) -> list[Tell]:
        return sorted(
            self.step.tell, key=lambda tell: not still_wanted(tell, MOVED, self.facts)
        )

    def _people(self, tell: Tell) -> tuple[str, ...]:
        own = self.around.people(tell.who, self.looked)
        if tell.escalate is None:
            return own
        return (*own, *self.around.people(tell.escalate, self.looked))

    def _own(self, mark: str) -> Iterator[tuple[str, str, Line]]:
        for tell in self.step.tell:
            if still_wanted(tell, mark, self.facts):
                said = self._line(tell, mark)
                for person_id in self.around.people(tell.who, self.looked):
                    yield person_id, mark, said

    def _escalated(self) -> Iterator[tuple[str, str, Line]]:
        for tell in self.step.tell:
            if tell.escalate is None or not still_wanted(tell, OVERDUE, self.facts):
                continue
            owing = self.around.people(tell.who, self.looked)
            if tell.who in _OWING and not owing:
                continue
            said = msgspec.structs.replace(
                self._line(tell, OVERDUE),
                escalated=True,
                count=len(owing) if tell.who in _COUNTED else 0,
            )
            for person_id in self.around.people(tell.escalate, self.looked):
                yield person_id, OVERDUE, said

    def _line(self, tell: Tell, mark: str) -> Line:
        looked = self.looked
        code = looked.code or looked.subject.rpartition(":")[2]
        about = About(
            title=looked.title,
            institution=looked.institution,
            due_on=looked.due_on,
            opens_on=looked.opens_on,
        )
        values = {
            "code": code,
            "count": str(self.facts.applications_waiting),
            "number": str(self.facts.review_number or ""),
        }
        wording = self.programme.wording(tell.wording)
        return line(about, wording, mark, today=self.today, values=values)
