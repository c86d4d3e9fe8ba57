"""成绩: one's own results and second attempts; a class's for those who run it."""

from __future__ import annotations

from bot import wording
from bot.actions import settling
from bot.actions.asking import Asking, Result, choice, class_asked, duties_in, say
from bot.actions.classes import named as class_named
from bot.actions.classwork import named
from bot.actions.standings import Pupil, Record, load
from bot.actions.telling import Word, tell
from conversations.model import Option, Refusal
from conversations.rules import scoring as rules
from conversations.rules.training import NUMBERS
from storage import applications, classes, organisations, works
from storage.classes import ClassRow
from storage.works import WorkRow

_STAFF = ("lecturer", "assessor", "manager")


async def show(ask: Asking) -> Result:
    """``成绩 [CODE] [申请|放弃]``: one's own; ``成绩 CODE [全部]``: a class's."""
    if not ask.words.is_code:
        return await _own(ask)
    row = await classes.by_code(ask.context.uow, code=ask.words.code)
    if row is not None and await _admitted(ask, row):
        return await _of_mine(ask, row)
    if row is not None and await duties_in(ask, row, duties=_STAFF):
        ask.trail.scope_id = row.scope_id
        return await _of_class(ask, row)
    found = await class_asked(ask, use="list")
    if isinstance(found, Refusal):
        return found
    if not _runs_it(ask, found):
        ask.trail.scope_id = ""
        return wording.not_found(ask.command.scope, ask.words.first)
    return await _of_class(ask, found)


def _runs_it(ask: Asking, row: ClassRow) -> bool:
    """A backbone teacher sees only the classes in which they work."""
    return any(
        grant.role != "backbone_teacher"
        and grant.role in ask.command.uses["list"]
        and grant.covers(row.scope_path)
        for grant in ask.context.actor.grants
    )


# ---- one's own ----


async def _admitted(ask: Asking, row: ClassRow) -> bool:
    one = await applications.standing(
        ask.context.uow, class_id=row.id, person_id=ask.context.actor.person_id
    )
    return one is not None and one.state == "admitted"


async def _own(ask: Asking) -> Result:
    context = ask.context
    mine = await applications.of_person(context.uow, person_id=context.actor.person_id)
    rows = [
        row
        for one in mine
        if one.state == "admitted"
        and (row := await classes.get(context.uow, class_id=one.class_id)) is not None
        and row.state in ("running", "ended", "closed")
    ]
    if not rows:
        return say(wording.scores.no_results())
    if len(rows) == 1:
        return await _own_in(ask, rows[0])
    options = [choice(row.title, f"{ask.command.name} {row.code}") for row in rows]
    return say(wording.scores.which_class(), options)


async def _of_mine(ask: Asking, row: ClassRow) -> Result:
    word = ask.words.second
    if word in wording.scores.ASK_SECOND:
        return await _ask_second(ask, row)
    if word in wording.scores.WAIVE:
        return await _waive(ask, row)
    return await _own_in(ask, row)


async def _own_in(ask: Asking, row: ClassRow) -> Result:
    record = await load(ask.context.uow, row)
    me = _me(ask, record)
    standing = record.standing(me)
    said = wording.scores
    lines = [
        said.own_line(said.kind("process"), standing.process_attempts),
        said.own_line(said.kind("final"), standing.final_attempts),
        said.own_end(passed=standing.passed, why=standing.why),
    ]
    text = said.own_results(class_named(row), [line for line in lines if line])
    return say(text, _ways_on(record, me))


def _me(ask: Asking, record: Record) -> Pupil:
    me = ask.context.actor.person_id
    return next(one for one in record.pupils if one.person_id == me)


def _open_second(record: Record, one: Pupil) -> str:
    """The kind in which a second attempt is open; empty when none is."""
    for kind in rules.KINDS:
        course = record.course(kind, one.person_id)
        open_ = len(course.means) == 1 and not course.settled
        if open_ and record.closed(kind, one.person_id) is None:
            return kind
    return ""


def _ways_on(record: Record, one: Pupil) -> list[Option]:
    kind, code = _open_second(record, one), record.row.code
    if not kind:
        return []
    again = {
        "process": choice(wording.scores.hand_in_again(), f"成果 {code}"),
        "final": choice(
            wording.scores.ask_second(), f"成绩 {code} {wording.scores.ASK_SECOND[0]}"
        ),
    }
    return [
        again[kind],
        choice(wording.scores.waive(), f"成绩 {code} {wording.scores.WAIVE[0]}"),
    ]


async def _locked(ask: Asking, row: ClassRow) -> Record:
    locked = await classes.get(ask.context.uow, class_id=row.id, lock=True)
    return await load(ask.context.uow, locked or row)


async def _ask_second(ask: Asking, row: ClassRow) -> Result:
    """A second 说课 or 答辩 is asked for (规程第十二条之二)."""
    context, record = ask.context, await _locked(ask, row)
    me = _me(ask, record)
    if _open_second(record, me) != "final":
        return wording.scores.nothing_to_ask(record.standing(me).why)
    asked = [one for one in record.works if one.kind == "final"]
    if any(one.person_id == me.person_id for one in asked):
        return wording.scores.second_asked_before()
    await _add(ask, row, "final", "asked")
    told = {one.person_id for one in record.panels["final"] if one.person_id}
    told |= set(
        await organisations.holders(
            context.uow, path=row.scope_path, roles=["base_staff", "class_manager"]
        )
    )
    text = wording.scores.told_second_asked(class_named(row), named(me), row.code)
    word = Word(
        text,
        key=f"second:{row.id}:{me.person_id}",
        subject=row.title,
        class_id=row.id,
    )
    await tell(context.uow, context.house, word, person_ids=told, now=context.now)
    return say(
        wording.scores.second_asked(class_named(row), len(record.panels["final"]))
    )


async def _waive(ask: Asking, row: ClassRow) -> Result:
    """No second attempt is wanted; asks first."""
    context, record = ask.context, await _locked(ask, row)
    me = _me(ask, record)
    kind = _open_second(record, me)
    if not kind:
        return wording.scores.nothing_to_ask(record.standing(me).why)
    what = wording.scores.kind(kind)
    if ask.words.words[-1] != wording.CONFIRM:
        options = [
            choice(
                wording.CONFIRM,
                f"{ask.command.name} {row.code} {ask.words.second} {wording.CONFIRM}",
            ),
            choice(wording.scores.keep_chance(), f"{ask.command.name} {row.code}"),
        ]
        return say(wording.scores.confirm_waive(what), options)
    await _add(ask, row, kind, "waived")
    after = await load(context.uow, record.row)
    await settling.finish_steps(
        context.uow, context.house, after, now=context.now, by=context.actor.person_id
    )
    return say(wording.scores.waived(what))


async def _add(ask: Asking, row: ClassRow, kind: str, state: str) -> None:
    context = ask.context
    said = WorkRow(
        id=context.new_id(),
        class_id=row.id,
        person_id=context.actor.person_id,
        kind=kind,
        attempt=NUMBERS.assessment.attempts,
        state=state,
        at=context.now,
    )
    await works.add(context.uow, said)


# ---- a class's ----


async def _of_class(ask: Asking, row: ClassRow) -> Result:
    record = await load(ask.context.uow, row)
    standings = [record.standing(one) for one in record.pupils]
    head = wording.scores.class_results(
        class_named(row),
        passed=sum(one.passed for one in standings),
        count=len(standings),
        complete=sum(one.complete for one in standings),
    )
    if ask.words.second in wording.scores.ALL:
        lines = [
            wording.scores.result_line(
                named(pupil),
                one.process,
                one.final,
                wording.scores.result_end(passed=one.passed, why=one.why),
            )
            for pupil, one in zip(record.pupils, standings, strict=True)
        ]
        return say("\n".join((head, *lines)))
    closed = {one: record.closed("final", one.person_id) for one in record.pupils}
    refused = [
        wording.scores.not_taken_line(named(one), wording.scores.because(why))
        for one, why in closed.items()
        if why is not None
    ]
    lines = [
        head,
        *(_progress(record, kind) for kind in rules.KINDS),
        wording.scores.may_sit(len(closed) - len(refused), row.code),
        wording.scores.may_not_sit(refused),
    ]
    return say("\n".join(line for line in lines if line))


def _progress(record: Record, kind: str) -> str:
    """How many still wait for a scorer, and for whom; never how many points."""
    waiting, owing = 0, set()
    for one in record.pupils:
        course = record.course(kind, one.person_id)
        if record.closed(kind, one.person_id) is not None or course.means:
            continue
        waiting += 1
        given = record.points.get((kind, 1, one.person_id), {})
        owing |= {
            seat.name for seat in record.panels[kind] if seat.person_id not in given
        }
    names = [seat.name for seat in record.panels[kind] if seat.name in owing]
    return wording.scores.waiting_for(wording.scores.kind(kind), waiting, names)
