"""改期, 取消班级: a class gets other dates, or is not held.

A class on the plan moves once the province has agreed (规程第八条 note 3).
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime

import msgspec

from bot import wording
from bot.actions import chasing, handing_in, national
from bot.actions import deadlines as timing
from bot.actions.admission_letters import tell_of_move
from bot.actions.asking import Asking, Result, choice, class_asked, say
from bot.actions.classes import named
from bot.actions.context import House
from bot.actions.telling import Word, tell
from conversations.model import Option, Refusal
from conversations.understanding.dates import read_coming_date
from notices.calendar import send_window
from storage import applications, classes, notices, organisations, reviews
from storage.classes import ClassRow
from storage.database import UnitOfWork

_MOVABLE = ("planned", "recruiting")
_CANCELLABLE = ("planned", "recruiting", "running")
OPENS_ON = "opens_on"


# ---- 改期 ----


async def move(ask: Asking) -> Result:
    """``改期 CODE 日期``: move a class with all its open steps; asks first."""
    row = await class_asked(ask, lock=True)
    if isinstance(row, Refusal):
        return row
    refusal, after = _new_date(ask, row)
    if refusal is not None:
        return refusal
    if row.plan_item_id is not None:
        return await _ask_province(ask, row, after)
    context = ask.context
    if ask.words.words[-1] != wording.CONFIRM:
        concerned = await _applicants(context.uow, row)
        text = wording.openings.confirm_move(
            named(row),
            row.opens_on,
            after,
            len(concerned),
            await _to_ask_again(context.uow, row, after),
        )
        return say(text, _confirm(ask, f"{row.code} {after.isoformat()}", row))
    again = await move_class(
        context.uow,
        context.house,
        row,
        after,
        by=context.actor.person_id,
        now=context.now,
    )
    said = [wording.openings.moved(named(row), after, again)]
    said += await old_dates(context.uow, row)
    return say("\n".join(said))


async def _ask_province(ask: Asking, row: ClassRow, after: date) -> Result:
    context = ask.context
    uow, said = context.uow, wording.openings
    before = await reviews.latest(uow, class_id=row.id, kind="change")
    if before is not None and before.state == "waiting":
        return said.move_waiting(named(row), before.number)
    if ask.words.words[-1] != wording.CONFIRM:
        again = await _to_ask_again(uow, row, after)
        text = said.confirm_planned_move(named(row), row.opens_on, after, again)
        return say(text, _confirm(ask, f"{row.code} {after.isoformat()}", row))
    review = await handing_in.hand_in(
        context,
        row,
        "change",
        proposal={OPENS_ON: after.isoformat(), "before": row.opens_on.isoformat()},
    )
    return say(said.move_submitted(named(row), review.number))


async def _to_ask_again(uow: UnitOfWork, row: ClassRow, after: date) -> list[str]:
    found = await chasing.clashes(uow, row, moved=moved_to(row, after))
    return chasing.to_ask_again(found)


async def old_dates(uow: UnitOfWork, row: ClassRow) -> list[str]:
    """What the base is told of published notices that have the old dates."""
    return [
        wording.notices.notice_has_old_date(one.number, row.code)
        for one in await notices.of_class(uow, class_id=row.id)
        if (one.kind, one.state) == ("recruitment", "published")
    ]


def _new_date(ask: Asking, row: ClassRow) -> tuple[Refusal | None, date]:
    words = [word for word in ask.words.words[1:] if word != wording.CONFIRM]
    said = " ".join(words)
    today = ask.context.moment.today
    after = read_coming_date(said, today=today)
    if after is None:
        return wording.classes.not_a_date(said), today
    if row.state not in _MOVABLE:
        return wording.classes.class_is(row.state, ask.command.name), after
    if after <= today:
        return wording.classes.date_not_ahead(after), after
    if after == row.opens_on:
        return wording.classes.same_date(after), after
    return None, after


def moved_to(row: ClassRow, after: date) -> ClassRow:
    """The class with its dates as they are when it opens on ``after``."""
    shift = after - row.opens_on
    return msgspec.structs.replace(
        row,
        opens_on=after,
        ends_on=row.ends_on + shift,
        apply_until=row.apply_until + shift,
        revision=row.revision + 1,
    )


def may_move(row: ClassRow, after: date, *, today: date) -> bool:
    """True iff a class can still be given this day."""
    return row.state in _MOVABLE and after > today and after != row.opens_on


async def move_class(
    uow: UnitOfWork,
    house: House,
    row: ClassRow,
    after: date,
    *,
    by: str | None,
    now: datetime,
) -> list[str]:
    """Give a locked class another opening day, with its open steps and its people.

    Those who applied and the province are told; of the backbone teachers, whom
    it had to ask again, by name.
    """
    moved = moved_to(row, after)
    await classes.set_dates(
        uow,
        class_id=row.id,
        opens_on=moved.opens_on,
        ends_on=moved.ends_on,
        apply_until=moved.apply_until,
    )
    programme = house.programmes[row.programme]
    await timing.move_class_dates(
        uow, moved, programme=programme, now=now, new_id=house.new_id
    )
    await national.note_changed(uow, house, moved, now=now)
    await _tell_of_move(uow, house, before=row, after=moved, now=now)
    return await chasing.class_moved(
        uow, house, before=row, after=moved, by=by, now=now
    )


async def _tell_of_move(
    uow: UnitOfWork, house: House, *, before: ClassRow, after: ClassRow, now: datetime
) -> None:
    """Tell those who applied, and the province, in the hours for it."""
    sending = house.programmes[after.programme].sending
    province = await organisations.holders(
        uow, path=after.scope_path, roles=handing_in.REVIEWERS
    )
    concerned = await _applicants(uow, before)
    said = wording.classes
    dates = before.opens_on, after.opens_on
    not_before = send_window(now, sending.hours)
    with_letter = await tell_of_move(
        uow, house, before=before, after=after, now=now, not_before=not_before
    )
    others = [one for one in concerned if one not in with_letter]
    for person_ids, text in (
        (others, said.moved_to_applicant(named(after), *dates)),
        (province, said.moved_to_province(named(after), after.institution, *dates)),
    ):
        key = f"moved:{after.id}:{after.revision}"
        await tell(
            uow,
            house,
            Word(text, key=key, subject=after.title, class_id=after.id),
            person_ids=person_ids,
            now=now,
            not_before=not_before,
        )


async def _applicants(uow: UnitOfWork, row: ClassRow) -> Sequence[str]:
    """Who has a live application to a class."""
    rows = await applications.of_class(uow, class_id=row.id, states=applications.LIVE)
    return [one.person_id for one in rows]


def _confirm(ask: Asking, said: str, row: ClassRow) -> list[Option]:
    command = ask.command.name
    return [
        choice(wording.CONFIRM, f"{command} {said} {wording.CONFIRM}"),
        choice(wording.leave_it(), f"班级 {row.code}"),
    ]


# ---- 取消班级 ----


async def cancel(ask: Asking) -> Result:
    """``取消班级 CODE``: stop a class and its reminders; asks first."""
    row = await class_asked(ask, lock=True)
    if isinstance(row, Refusal):
        return row
    if row.state not in _CANCELLABLE:
        return wording.classes.class_is(row.state, ask.command.name)
    context = ask.context
    if ask.words.second != wording.CONFIRM:
        concerned = await _applicants(context.uow, row)
        text = wording.classes.confirm_cancel(named(row), len(concerned))
        return say(text, _confirm(ask, row.code, row))
    await cancel_class(
        context.uow,
        context.house,
        row,
        now=context.now,
        decided_by=context.actor.person_id,
    )
    return say(wording.classes.cancelled(named(row)))


async def cancel_class(
    uow: UnitOfWork, house: House, row: ClassRow, *, now: datetime, decided_by: str
) -> None:
    """Cancel a class: its reminders stop, its applications end, people are told."""
    await classes.set_state(uow, class_id=row.id, state="cancelled")
    await national.note_changed(uow, house, row, now=now)
    sending = house.programmes[row.programme].sending
    # Tells whom it concerns, and must look before the applications end.
    await timing.cancel_class(uow, row, sending=sending, now=now, new_id=house.new_id)
    await chasing.class_cancelled(uow, house, row, now=now)
    live = await applications.of_class(uow, class_id=row.id, states=applications.LIVE)
    for one in live:
        await applications.decide(
            uow,
            application_id=one.id,
            among=applications.LIVE,
            state="refused",
            holds_place=False,
            now=now,
            decided_by=decided_by,
            reason=wording.classes.CLASS_CANCELLED,
        )
        if one.holds_place:
            await classes.give_back_place(uow, class_id=row.id)
    await reviews.withdraw(uow, class_id=row.id, now=now)
