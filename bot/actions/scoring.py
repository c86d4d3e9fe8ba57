"""评分 and 更正: points for many in one message, blind until all are in (规程第十二条).

Whoever writes points locks the class first, so that the last scorer of an
attempt is one: the means are made once, and told once.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from bot import wording
from bot.actions import settling
from bot.actions.asking import Asking, Result, class_worked_in, say
from bot.actions.classes import named as class_named
from bot.actions.classwork import checked, mates_of, named, not_understood
from bot.actions.context import Context
from bot.actions.standings import Pupil, Record, load, seated
from conversations.model import Refusal
from conversations.rules import scoring as rules
from conversations.rules.training import NUMBERS
from conversations.understanding.marks import Mark, Marks, read_marks
from storage import classes, scores
from storage.classes import StaffRow
from storage.scores import ScoreRow

_DUTIES = tuple(rules.SCORED_BY.values())


@dataclass(frozen=True, slots=True)
class Sheet:
    """One scorer's work on one kind of assessment of a class."""

    record: Record
    kind: str
    seat: StaffRow

    @property
    def scorer(self) -> str:
        """Who scores."""
        return self.seat.person_id or ""

    def own(self, attempt: int, person_id: str) -> int | None:
        """What the scorer gave for an attempt."""
        return self.record.points.get((self.kind, attempt, person_id), {}).get(
            self.scorer
        )

    def turn(self, person_id: str) -> int:
        """The attempt that waits for this scorer; 0 when none does."""
        if self.record.closed(self.kind, person_id) is not None:
            return 0
        attempt = self.record.course(self.kind, person_id).attempt
        if not attempt or self.own(attempt, person_id) is not None:
            return 0
        return attempt if attempt == 1 or self.second_began(person_id) else 0

    def second_began(self, person_id: str) -> bool:
        """Whether a second attempt is under way: handed in, asked for, or scored."""
        handed = any(
            (one.kind, one.person_id, one.attempt) == (self.kind, person_id, 2)
            and one.state != "waived"
            for one in self.record.works
        )
        return handed or (self.kind, 2, person_id) in self.record.points


async def _sheet(ask: Asking, said: str) -> Sheet | Result:
    """The scorer's sheet of the class named; the class is locked."""
    found = await class_worked_in(ask, duties=_DUTIES)
    if isinstance(found, Refusal):
        return found
    row, seats = found
    locked = await classes.get(ask.context.uow, class_id=row.id, lock=True) or row
    good = checked(ask, locked)
    if isinstance(good, Refusal):
        return good
    kinds = [kind for kind, duty in rules.SCORED_BY.items() if duty in _of(seats)]
    wanted = next((one for one in kinds if len(kinds) == 1 or _names(said, one)), "")
    if not wanted:
        return say(wording.scores.which_kind(good.code))
    await seated(ask.context.uow, good)
    seat = next(one for one in seats if one.duty == rules.SCORED_BY[wanted])
    return Sheet(await load(ask.context.uow, good), wanted, seat)


def _of(seats: Sequence[StaffRow]) -> set[str]:
    return {one.duty for one in seats}


def _names(said: str, kind: str) -> bool:
    return any(word in said for word in wording.scores.KIND_WORDS[kind])


# ---- 评分 ----


async def score(ask: Asking) -> Result:
    """``评分 CODE 1号85 2号72``: points by this scorer; without points, the list."""
    text = ask.words.tail
    sheet = await _sheet(ask, text)
    if not isinstance(sheet, Sheet):
        return sheet
    row, said = sheet.record.row, text.strip()
    if not said or said in wording.scores.KIND_WORDS[sheet.kind]:
        return _list(sheet)
    marks = read_marks(said, mates_of(sheet.record.pupils))
    if marks.problems:
        head = f"{ask.command.name} {row.code}"
        return not_understood(
            marks.problems, said, send=lambda fixed: f"{head} {fixed}"
        )
    return await _take(ask, sheet, marks)


async def _take(ask: Asking, sheet: Sheet, marks: Marks) -> Result:
    context, record = ask.context, sheet.record
    by_number = {one.number: one for one in record.pupils}
    rows, lines, refused = [], [], []
    for mark in marks.given:
        one = by_number[mark.number]
        attempt = record.course(sheet.kind, one.person_id).attempt
        why = _why_not(sheet, one, attempt, marks.attempt)
        if why:
            refused.append(wording.scores.not_taken_line(named(one), why))
            continue
        before = sheet.own(attempt, one.person_id)
        lines.append(_echo(one, mark, attempt, before))
        if before != mark.points:
            rows.append(_row(context, sheet, one, attempt, mark.points))
    await scores.add(context.uow, rows)
    ask.trail.detail = f"{sheet.kind}: {len(rows)}"
    after = replace(sheet, record=await load(context.uow, record.row))
    said = [_noted(sheet, lines), wording.scores.not_taken(refused)]
    said.append(_second_without_work(sheet, rows))
    said += await settling.settle(context, record, after.record)
    left = sum(1 for one in after.record.pupils if after.turn(one.person_id))
    said.append(wording.scores.still_open(left))
    return say("\n".join(line for line in said if line))


def _why_not(sheet: Sheet, one: Pupil, attempt: int, wanted: int) -> str:
    closed = sheet.record.closed(sheet.kind, one.person_id)
    if closed is not None:
        return wording.scores.because(closed)
    if not attempt or (wanted and wanted < attempt):
        return wording.scores.done_before()
    return wording.scores.first_open() if wanted > attempt else ""


def _echo(one: Pupil, mark: Mark, attempt: int, before: int | None) -> str:
    changed = before is not None and before != mark.points
    return wording.scores.point(
        named(one),
        rules.shown(mark.points),
        attempt=attempt,
        before=rules.shown(before) if changed and before is not None else "",
        absent=mark.absent,
    )


def _noted(sheet: Sheet, lines: Sequence[str]) -> str:
    if not lines:
        return ""
    what = wording.scores.kind(sheet.kind)
    return wording.scores.noted(class_named(sheet.record.row), what, lines)


def _row(
    context: Context,
    sheet: Sheet,
    one: Pupil,
    attempt: int,
    points: int,
    reason: str = "",
) -> ScoreRow:
    return ScoreRow(
        id=context.new_id(),
        class_id=sheet.record.row.id,
        person_id=one.person_id,
        kind=sheet.kind,
        attempt=attempt,
        points=points,
        scorer_id=sheet.scorer,
        roster_id=sheet.seat.roster_id,
        position=sheet.seat.position,
        at=context.now,
        reason=reason,
    )


def _second_without_work(sheet: Sheet, rows: Sequence[ScoreRow]) -> str:
    """A note for the record: a second attempt without anything handed in."""
    without = [
        one
        for one in rows
        if one.attempt > 1
        and sheet.kind == "process"
        and not sheet.second_began(one.person_id)
    ]
    return wording.scores.no_second_work() if without else ""


# ---- the list ----


def _list(sheet: Sheet) -> Result:
    record, row = sheet.record, sheet.record.row
    if not record.pupils:
        return say(wording.scores.nobody_to_score())
    open_, own, done, closed = [], [], [], []
    for one in record.pupils:
        person = one.person_id
        why = record.closed(sheet.kind, person)
        complete = record.course(sheet.kind, person).means
        attempt = record.course(sheet.kind, person).attempt
        if complete:
            done.append(_complete(sheet, one, len(complete)))
        if why is not None:
            reason = wording.scores.because(why)
            closed.append(wording.scores.not_taken_line(named(one), reason))
        elif sheet.turn(person):
            open_.append(named(one))
        elif attempt and (given := sheet.own(attempt, person)) is not None:
            own.append(wording.scores.mean_of(named(one), rules.shown(given)))
    said = wording.scores
    what = said.kind(sheet.kind)
    lines = [
        said.to_score(class_named(row), what, row.code),
        said.list_open(open_),
        said.list_own(own),
        said.list_complete(done),
        said.list_closed(closed),
    ]
    return say("\n".join(line for line in lines if line))


def _complete(sheet: Sheet, one: Pupil, attempt: int) -> str:
    """The mean of an attempt with every scorer's points: all are in."""
    record = sheet.record
    names = {seat.person_id: seat.name for seat in record.panels[sheet.kind]}
    given = record.points[sheet.kind, attempt, one.person_id]
    each = [
        wording.scores.by_scorer(
            names.get(scorer, wording.scores.GONE), rules.shown(points)
        )
        for scorer, points in given.items()
    ]
    mean = record.mean(sheet.kind, attempt, one.person_id) or 0
    return wording.scores.all_points(named(one), rules.shown_mean(mean), each)


# ---- 更正 ----


async def correct(ask: Asking) -> Result:
    """``更正 CODE 3号85 理由``: other points than were given, both on record."""
    sheet = await _sheet(ask, ask.words.tail)
    if not isinstance(sheet, Sheet):
        return sheet
    row, said = sheet.record.row, ask.words.tail.strip()
    if not said:
        return wording.scores.correct_how(row.code)
    marks = read_marks(said, mates_of(sheet.record.pupils), rest=True)
    if marks.problems:
        head = f"{ask.command.name} {row.code}"
        return not_understood(
            marks.problems, said, send=lambda fixed: f"{head} {fixed}"
        )
    if not marks.rest:
        return wording.scores.correct_reason(row.code)
    return await _correct(ask, sheet, marks)


async def _correct(ask: Asking, sheet: Sheet, marks: Marks) -> Result:
    context, record = ask.context, sheet.record
    by_number = {one.number: one for one in record.pupils}
    rows, lines, refused, detail = [], [], [], []
    for mark in marks.given:
        one = by_number[mark.number]
        attempt = marks.attempt or _last(sheet, one.person_id)
        before = sheet.own(attempt, one.person_id)
        if before is None or before == mark.points:
            why = (
                wording.scores.nothing_to_correct()
                if before is None
                else wording.scores.same_points()
            )
            refused.append(wording.scores.not_taken_line(named(one), why))
            continue
        rows.append(_row(context, sheet, one, attempt, mark.points, marks.rest))
        changed = rules.shown(before), rules.shown(mark.points)
        lines.append(wording.scores.corrected_line(named(one), *changed))
        detail.append(f"{sheet.kind} {attempt} no. {one.number}: {' > '.join(changed)}")
    await scores.add(context.uow, rows)
    ask.trail.detail = "; ".join(detail)
    after = await load(context.uow, record.row)
    said = []
    if lines:
        what = wording.scores.kind(sheet.kind)
        said.append(wording.scores.corrected(class_named(record.row), what, lines))
    said.append(wording.scores.not_taken(refused))
    said += await settling.settle(context, record, after, corrected=True)
    return say("\n".join(line for line in said if line))


def _last(sheet: Sheet, person_id: str) -> int:
    """The last attempt that the scorer gave points for; 1 for none."""
    for attempt in range(NUMBERS.assessment.attempts, 0, -1):
        if sheet.own(attempt, person_id) is not None:
            return attempt
    return 1
