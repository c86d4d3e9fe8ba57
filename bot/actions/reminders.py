"""Reminders that fall due: looked at again, merged for each person, said once.

Due-ness lies in rows; a tick only asks for what is due. Everything of a batch
is one transaction in which its deadlines are locked: two planners never take
the same deadline, and a crash leaves either all of it or nothing.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Sequence
from datetime import datetime, time, timedelta

import msgspec

from bot import faults
from bot.actions import pushes
from bot.actions.recipients import Surroundings
from bot.actions.speech import Firing, Word, words_of
from bot.ports import Push
from conversations.model import Reply
from notices.calendar import civil, instant, is_open, send_window
from notices.messages import Line, merge
from notices.programmes import Programme, ProgrammeBook, Step
from notices.reminders import MOVED, OVERDUE, DueReminder, choose, dedupe_key
from storage import reminders
from storage.database import Database, UnitOfWork
from storage.reminders import Due, Looked, Settled, Told

BATCH = 500
_LATE_FOR = timedelta(days=7)

NewId = Callable[[], str]


class Fired(msgspec.Struct, frozen=True):
    """What a tick came to: deadlines looked at, messages decided, marks passed over.

    ``unreachable`` counts persons without an address that takes messages.
    """

    deadlines: int = 0
    messages: int = 0
    skipped: int = 0
    unreachable: int = 0

    def __add__(self, other: Fired) -> Fired:
        """Both together."""
        return Fired(
            self.deadlines + other.deadlines,
            self.messages + other.messages,
            self.skipped + other.skipped,
            self.unreachable + other.unreachable,
        )


class _Decided(msgspec.Struct, frozen=True):
    """What becomes of everything that is due."""

    firings: list[Firing]
    settled: list[Settled]
    put_off: dict[datetime, list[str]]


async def fire_due(
    database: Database,
    *,
    now: datetime,
    programmes: ProgrammeBook,
    new_id: NewId,
    batch: int = BATCH,
) -> Fired:
    """Say everything that is due at ``now``; done again it says nothing more."""
    total = Fired()
    while True:
        async with database.transaction() as uow:
            fired = await fire_batch(
                uow, now=now, programmes=programmes, new_id=new_id, batch=batch
            )
            faults.point("reminders_decided")
            await uow.commit()
        total += fired
        if fired.deadlines < batch:
            return total


async def fire_batch(
    uow: UnitOfWork,
    *,
    now: datetime,
    programmes: ProgrammeBook,
    new_id: NewId,
    batch: int = BATCH,
) -> Fired:
    """Say what is due of up to ``batch`` deadlines, in the caller's transaction."""
    looked = await reminders.claim(uow, now=now, limit=batch)
    if not looked:
        return Fired()
    due = await reminders.due(uow, deadline_ids=[one.id for one in looked], now=now)
    decided = _decide(looked, due, programmes, now)
    await reminders.settle(uow, decided.settled)
    for until, ids in decided.put_off.items():
        await reminders.put_off(uow, reminder_ids=ids, until=until)
    words = await _words(uow, decided.firings, now)
    sent, unreachable = await _send(uow, words, now, new_id)
    moved = [one.looked.id for one in decided.firings if MOVED in one.marks]
    await reminders.moves_told(uow, deadline_ids=moved)
    skipped = sum(1 for one in decided.settled if one.state == "skipped")
    return Fired(len(looked), sent, skipped, unreachable)


def _decide(
    looked: Sequence[Looked],
    due: dict[str, tuple[Due, ...]],
    programmes: ProgrammeBook,
    now: datetime,
) -> _Decided:
    decided = _Decided([], [], defaultdict(list))
    for one in looked:
        rows = due.get(one.id, ())
        found = _step(programmes, one)
        if found is None:
            decided.settled.extend(_skipped(row, "unknown step") for row in rows)
            continue
        programme, step = found
        hours = programme.sending.hours
        if not is_open(now, hours):
            ids = [row.id for row in rows]
            decided.put_off[send_window(now, hours)] += ids
            continue
        chosen = choose([_due(row) for row in rows], state=one.state, today=civil(now))
        marks = tuple(row.mark for row in chosen.fire)
        decided.settled.extend(Settled(row.id, "fired") for row in chosen.fire)
        decided.settled.extend(_skipped(row, why) for row, why in chosen.skip)
        if marks:
            decided.firings.append(Firing(one, programme, step, marks))
    return decided


def _step(programmes: ProgrammeBook, one: Looked) -> tuple[Programme, Step] | None:
    try:
        programme = programmes[one.programme]
        return programme, programme.step(one.step)
    except KeyError:
        return None


def _due(row: Due) -> DueReminder:
    return DueReminder(row.id, row.mark, row.due_on, row.fire_at)


def _skipped(row: Due | DueReminder, why: str) -> Settled:
    return Settled(row.id, "skipped", why)


async def _words(
    uow: UnitOfWork, firings: Sequence[Firing], now: datetime
) -> dict[str, list[Word]]:
    """What each person is to be told, by person."""
    if not firings:
        return {}
    looked = [one.looked for one in firings]
    around = await Surroundings.load(uow, looked)
    told = await reminders.told(uow, deadline_ids=[one.id for one in looked])
    words: dict[str, list[Word]] = defaultdict(list)
    for firing in firings:
        said = [one for one in told if one.deadline_id == firing.looked.id]
        for person_id, word in words_of(firing, around, said, today=civil(now)).items():
            words[person_id].append(word)
    return words


async def _send(
    uow: UnitOfWork, words: dict[str, list[Word]], now: datetime, new_id: NewId
) -> tuple[int, int]:
    """Note who is told what, and queue it; how many messages, and to no address."""
    to = await pushes.whereabouts(uow, person_ids=sorted(words))
    alive = {person for person, address in to.items() if address.reachable}
    told = [
        Told(person_id, word.deadline_id, word.line.due_on, mark, now)
        for person_id, said in words.items()
        if person_id in alive
        for word in said
        for mark in word.marks
    ]
    await reminders.tell(uow, told)
    messages = [_message(person, said, now) for person, said in words.items()]
    queued = await pushes.queue(uow, messages, to=to, now=now, new_id=new_id)
    return queued, len(words.keys() - alive)


def _message(person_id: str, words: Sequence[Word], now: datetime) -> pushes.Message:
    merged = merge([word.line for word in words])
    told = [
        (word.deadline_id, word.line.due_on, mark)
        for word in words
        for mark in word.marks
    ]
    return pushes.Message(
        person_id=person_id,
        dedupe_key=dedupe_key(person_id, told),
        push=Push(
            reply=Reply(text=merged.text), template="deadline", fields=merged.fields
        ),
        purpose="reminder",
        urgency=1,
        not_before=now,
        expires_at=max(_good_until(word.line, now) for word in words),
        class_id=_class_of(words),
    )


def _class_of(words: Sequence[Word]) -> str | None:
    """The class that a message is about; of several, the one that is due first."""
    of_classes = [word for word in words if word.class_id]
    first = min(of_classes, key=lambda word: word.line.due_on, default=None)
    return first.class_id if first else None


def _good_until(said: Line, now: datetime) -> datetime:
    """A reminder of a date is worth nothing once the date is over."""
    if said.mark == OVERDUE or said.due_on < said.today:
        return now + _LATE_FOR
    return instant(said.due_on + timedelta(days=1), time(0))
