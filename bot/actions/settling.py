"""What points come to: told to the teacher at once, the step done when all are in."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from bot import wording
from bot.actions import deadlines as timing
from bot.actions.classes import named as class_named
from bot.actions.classwork import named
from bot.actions.context import Context, House
from bot.actions.standings import Pupil, Record, load
from bot.actions.telling import Word, tell
from conversations.rules import scoring as rules
from conversations.rules.training import NUMBERS
from storage import classes, deadlines, organisations
from storage.classes import ClassRow
from storage.database import UnitOfWork

STEPS = {"process": "process_assessment", "final": "final_assessment"}


async def settle(
    context: Context, before: Record, after: Record, *, corrected: bool = False
) -> list[str]:
    """Tell whose attempts now have all points, or another mean; note steps done.

    The lines are for the one who gave the points.
    """
    complete: list[str] = []
    moved: dict[str, list[str]] = {kind: [] for kind in rules.KINDS}
    for kind, attempt, one in _attempts(after):
        was = before.mean(kind, attempt, one.person_id)
        now = after.mean(kind, attempt, one.person_id)
        if now is None or was == now:
            continue
        shown = rules.shown_mean(now)
        if was is None:
            complete.append(wording.scores.mean_of(named(one), shown))
            await _tell_result(context, after, kind, attempt, one)
        else:
            moved[kind].append(
                wording.scores.mean_moved(named(one), rules.shown_mean(was), shown)
            )
            await _tell_moved(context, after, kind, attempt, one, was)
    said = [wording.scores.complete(complete)]
    for kind, lines in moved.items():
        said += lines
        if lines and corrected:
            await _tell_base_of_correction(context, after.row, kind, lines)
    said += await finish_steps(
        context.uow, context.house, after, now=context.now, by=context.actor.person_id
    )
    return [line for line in said if line]


def _attempts(record: Record) -> Iterable[tuple[str, int, Pupil]]:
    for kind in rules.KINDS:
        for attempt in range(1, NUMBERS.assessment.attempts + 1):
            for one in record.pupils:
                yield kind, attempt, one


# ---- to the teacher ----


async def _tell_result(
    context: Context, record: Record, kind: str, attempt: int, one: Pupil
) -> None:
    text = _result_text(record, kind, attempt, one)
    key = f"score:{record.row.id}:{kind}:{attempt}"
    await _tell(context, record.row, [one.person_id], text, key)


def _result_text(record: Record, kind: str, attempt: int, one: Pupil) -> str:
    said, row = wording.scores, record.row
    points = record.mean(kind, attempt, one.person_id) or 0
    name, mean = class_named(row), rules.shown_mean(points)
    if rules.passes(points):
        return (
            said.told_passed_process(name, mean)
            if kind == "process"
            else said.told_passed_final(name, mean, row.code)
        )
    last = attempt >= NUMBERS.assessment.attempts
    if last or record.course(kind, one.person_id).over:
        return said.told_failed(name, said.kind(kind, attempt), mean)
    again = said.told_again_process if kind == "process" else said.told_again_final
    return again(name, mean, row.code)


async def _tell_moved(
    context: Context, record: Record, kind: str, attempt: int, one: Pupil, was: int
) -> None:
    now = record.mean(kind, attempt, one.person_id) or 0
    name = class_named(record.row)
    text = wording.scores.told_corrected(
        name,
        wording.scores.kind(kind, attempt),
        rules.shown_mean(was),
        rules.shown_mean(now),
    )
    if rules.passes(was) != rules.passes(now):
        text = f"{text}\n{_result_text(record, kind, attempt, one)}"
    key = f"corrected:{record.row.id}:{kind}:{attempt}:{_stamp(context.now)}"
    await _tell(context, record.row, [one.person_id], text, key)


def _stamp(now: datetime) -> int:
    return int(now.timestamp() * 1000)


async def _tell_base_of_correction(
    context: Context, row: ClassRow, kind: str, lines: list[str]
) -> None:
    base = await organisations.holders(
        context.uow, path=row.scope_path, roles=["base_staff"]
    )
    text = wording.scores.told_corrected_base(
        class_named(row), wording.scores.kind(kind), lines, row.code
    )
    key = f"corrected-base:{row.id}:{kind}:{_stamp(context.now)}"
    await _tell(context, row, base, text, key)


async def _tell(
    context: Context, row: ClassRow, person_ids: Iterable[str], text: str, key: str
) -> None:
    word = Word(text, key=key, subject=row.title, class_id=row.id)
    await tell(context.uow, context.house, word, person_ids=person_ids, now=context.now)


# ---- steps ----


async def finish_steps(
    uow: UnitOfWork, house: House, record: Record, *, now: datetime, by: str | None
) -> list[str]:
    """Mark both assessments done where nothing more is to be scored."""
    said = []
    for kind in rules.KINDS:
        if not is_settled(record, kind):
            continue
        row, what = record.row, wording.scores.kind(kind)
        done = await timing.mark_done(
            uow, subject=row.code, step=STEPS[kind], by=by, now=now
        )
        if not done:
            continue
        said.append(wording.scores.step_complete(what))
        scored = [
            course
            for one in record.pupils
            if (course := record.course(kind, one.person_id)).means
        ]
        passed = sum(1 for course in scored if course.passed)
        text = wording.scores.told_step_complete(
            class_named(row), what, passed, len(scored)
        )
        told = {seat.person_id for seat in record.panels[kind] if seat.person_id}
        told |= set(
            await organisations.holders(
                uow, path=row.scope_path, roles=["base_staff", "class_manager"]
            )
        )
        word = Word(
            text, key=f"assessed:{row.id}:{kind}", subject=row.title, class_id=row.id
        )
        await tell(uow, house, word, person_ids=told - {by}, now=now)
    return said


def is_settled(record: Record, kind: str) -> bool:
    """Whether nobody of the class has anything more to be scored in this kind.

    Who is barred, or cannot come to it any more, owes nothing.
    """
    if not record.pupils:
        return False
    for one in record.pupils:
        person = one.person_id
        if record.barred(person) is not None:
            continue
        if kind == "final":
            process = record.course("process", person)
            if process.failed:
                continue
            if not process.passed:
                return False
        if not record.course(kind, person).settled:
            return False
    return True


# ---- as time goes by ----


async def settle_ended(uow: UnitOfWork, house: House, *, now: datetime) -> int:
    """Note the assessments done of classes that have ended, where nothing is owed.

    Who had a second attempt open and did not take it up owes nothing any more.
    How many classes were looked at.
    """
    found = await deadlines.open_in(uow, steps=tuple(STEPS.values()), state="ended")
    for class_id in found:
        row = await classes.get(uow, class_id=class_id, lock=True)
        if row is not None:
            await finish_steps(uow, house, await load(uow, row), now=now, by=None)
    return len(found)
