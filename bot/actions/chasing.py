"""What becomes of invitations as time passes, and when a class moves or is cancelled."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

import msgspec

from bot import wording
from bot.actions.answering import give_back
from bot.actions.candidates import Known, in_words
from bot.actions.classes import named
from bot.actions.context import House
from bot.actions.letters import invite, letter_of, tell_teacher
from bot.actions.teams import propose_assessors, settle_step
from bot.actions.telling import Word, tell
from bot.clock import civil
from conversations.rules import staffing as rules
from conversations.rules.staffing import STAFFING, Reason
from notices.calendar import send_window
from storage import classes, engagements
from storage.classes import ClassRow, StaffRow
from storage.database import UnitOfWork
from storage.engagements import LIVE, Engagement


class Clash(msgspec.Struct, frozen=True):
    """Somebody of a class and why they are not free on other days, if they are not."""

    one: Engagement
    why: Reason | None


# ---- silence ----


async def chase(uow: UnitOfWork, house: House, *, now: datetime) -> int:
    """Remind who is silent, then pass on to the next; how many invitations moved.

    Done again it says nothing more.
    """
    silence = STAFFING.silence
    due = await engagements.silent(
        uow,
        invited_before=now - timedelta(days=silence.remind_after_days),
        reminded_before=now - timedelta(days=silence.lapse_after_days),
        today=civil(now),
    )
    moved = 0
    for one in due:
        row = await classes.get(uow, class_id=one.class_id, lock=True)
        still = await engagements.get(uow, engagement_id=one.id, lock=True)
        if row is None or still is None or still.state != "invited":
            continue
        if still.reminded_at is None:
            moved += await _remind(uow, house, row, still, now=now)
        else:
            moved += await _lapse(uow, house, row, still, now=now)
    return moved


async def _remind(
    uow: UnitOfWork, house: House, row: ClassRow, one: Engagement, *, now: datetime
) -> bool:
    if not await engagements.remind(uow, engagement_id=one.id, now=now):
        return False
    rest = now - timedelta(days=STAFFING.silence.remind_after_days)
    text = wording.staffing.still_waiting(letter_of(row, one, now=rest))
    about = f"reminded:{now.isoformat()}"
    await tell_teacher(uow, house, row, one, text, about=about, now=now, asks=True)
    return True


async def _lapse(
    uow: UnitOfWork, house: House, row: ClassRow, one: Engagement, *, now: datetime
) -> bool:
    gone = await engagements.move_on(
        uow, engagement_id=one.id, among=("invited",), state="lapsed", now=now
    )
    if not gone:
        return False
    text = wording.staffing.lapsed(named(row))
    await tell_teacher(uow, house, row, one, text, about="lapsed", now=now)
    said = wording.staffing.silent_to_base(named(row), one.name, one.duty)
    await give_back(uow, house, row, one, said, about="lapsed", now=now)
    return True


# ---- the class moves ----


async def clashes(
    uow: UnitOfWork, row: ClassRow, *, moved: ClassRow
) -> tuple[Clash, ...]:
    """Who holds a place in a class, and whether they are free on its other days.

    Their entries are locked: what is found holds until the end.
    """
    live = await engagements.of_class(uow, class_id=row.id, states=LIVE)
    ids = [one.roster_id for one in live]
    await engagements.lock_entries(uow, roster_ids=ids)
    known = await Known.load(uow, ids)
    return tuple(
        Clash(
            one,
            rules.clash_with(
                moved.opens_on,
                moved.ends_on,
                known.taken(one.roster_id, but=row.id),
            ),
        )
        for one in live
    )


def to_ask_again(found: Sequence[Clash]) -> list[str]:
    """Who accepted and is not free on the other days, by name."""
    return [
        each.one.name
        for each in found
        if each.why is not None and each.one.state == "accepted"
    ]


async def class_moved(
    uow: UnitOfWork,
    house: House,
    *,
    before: ClassRow,
    after: ClassRow,
    by: str | None,
    now: datetime,
) -> list[str]:
    """Ask again who accepted and is not free on the new days, and tell the others.

    Whom it asked again, by name.
    """
    found = await clashes(uow, before, moved=after)
    for each in found:
        await _carry_over(uow, house, before, after, each, now=now)
    await settle_step(uow, house, after, by=by, now=now)
    if any(each.one.duty == rules.ASSESSOR for each in found):
        await propose_assessors(uow, house, after, now=now)
    await _tell_others(uow, house, before, after, found, now=now)
    return to_ask_again(found)


async def _carry_over(
    uow: UnitOfWork,
    house: House,
    before: ClassRow,
    after: ClassRow,
    each: Clash,
    *,
    now: datetime,
) -> None:
    one, said = each.one, wording.staffing
    if one.state == "proposed":
        if each.why is not None:
            await engagements.move_on(
                uow,
                engagement_id=one.id,
                among=("proposed",),
                state="withdrawn",
                now=now,
            )
        return
    if one.state == "accepted" and each.why is None:
        text = said.moved(
            named(after), one.number, before.opens_on, after.opens_on, after.ends_on
        )
        about = f"moved:{after.revision}"
        await tell_teacher(uow, house, after, one, text, about=about, now=now)
        return
    if one.state == "accepted":
        await engagements.leave_place(
            uow, class_id=after.id, duty=one.duty, roster_id=one.roster_id
        )
    why = in_words([each.why])[0] if each.why else ""
    lead = said.moved_and_asked(before.opens_on, why)
    await invite(uow, house, after, one, now=now, lead=lead)


async def _tell_others(
    uow: UnitOfWork,
    house: House,
    before: ClassRow,
    after: ClassRow,
    found: Sequence[Clash],
    *,
    now: datetime,
) -> None:
    """Tell who works in the class without an invitation of ours."""
    known = {each.one.roster_id for each in found}
    staff = await classes.staff_of(uow, class_id=after.id)
    others = [
        one.person_id for one in staff if one.person_id and not _is_asked(one, known)
    ]
    text = wording.staffing.moved_unasked(
        named(after), before.opens_on, after.opens_on, after.ends_on
    )
    word = Word(
        text,
        key=f"moved:{after.id}:{after.revision}",
        subject=after.title,
        class_id=after.id,
    )
    hours = house.programmes[after.programme].sending.hours
    at = send_window(now, hours)
    await tell(uow, house, word, person_ids=others, now=now, not_before=at)


def _is_asked(one: StaffRow, known: set[str]) -> bool:
    return one.roster_id in known


# ---- the class is not held ----


async def class_cancelled(
    uow: UnitOfWork, house: House, row: ClassRow, *, now: datetime
) -> None:
    """End what is open of a class, and tell who had not answered.

    Who had accepted works in the class, and is told with all others of it.
    """
    waiting = await engagements.withdraw_all(uow, class_id=row.id, now=now)
    text = wording.staffing.class_cancelled(named(row))
    for one in waiting:
        await tell_teacher(uow, house, row, one, text, about="cancelled", now=now)
