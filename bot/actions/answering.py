"""接受, 拒绝, 没空: backbone teachers answer invitations and say when they cannot.

Nobody is in two classes at once: whoever accepts locks the class, then their
roster entry, and is held against every class they are in (规程第八条).
"""

from __future__ import annotations

from datetime import datetime

from bot import wording
from bot.actions.asking import Asking, Result, choice, say
from bot.actions.candidates import Known, in_words
from bot.actions.classes import named
from bot.actions.context import House
from bot.actions.letters import tell_base, whom_instead
from bot.actions.staffing import AHEAD
from bot.actions.teams import Team, settle_step
from conversations.model import Option, Refusal
from conversations.rules import staffing as rules
from conversations.understanding.spans import Span, read_span
from storage import classes, engagements, numbers
from storage.classes import ClassRow, StaffRow
from storage.database import UnitOfWork
from storage.engagements import BusyDays, Engagement

_CAN_ACCEPT = ("invited", "lapsed")
_CAN_REFUSE = ("invited", "accepted")


# ---- 接受 ----


async def accept(ask: Asking) -> Result:
    """``接受 [N]``: take a place in a class, if it is free and one is oneself."""
    found = await _mine(ask, _CAN_ACCEPT)
    if not isinstance(found, tuple):
        return found
    row, one = found
    uow, said = ask.context.uow, wording.staffing
    await engagements.lock_entries(uow, roster_ids=[one.roster_id])
    known = await Known.load(uow, [one.roster_id])
    # Their own noted days do not hold against their own word.
    taken = known.taken(one.roster_id, but=row.id, own_days=False)
    clash = rules.clash_with(row.opens_on, row.ends_on, taken)
    if clash is not None:
        return said.busy_then(in_words([clash])[0])
    team = await Team.load(uow, row)
    if one.state == "lapsed" and one.position not in team.free(one.duty):
        return said.already(one.number, one.state)
    return await _accepted(ask, row, one)


async def _accepted(ask: Asking, row: ClassRow, one: Engagement) -> Result:
    context = ask.context
    uow, house, now = context.uow, context.house, context.now
    await engagements.move_on(
        uow, engagement_id=one.id, among=_CAN_ACCEPT, state="accepted", now=now
    )
    place = StaffRow(
        class_id=row.id,
        duty=one.duty,
        position=one.position,
        name=one.name,
        roster_id=one.roster_id,
        person_id=context.actor.person_id,
    )
    await engagements.take_place(uow, place)
    team = await settle_step(uow, house, row, by=context.actor.person_id, now=now)
    said = wording.staffing
    if team.sure >= team.wanted:
        text = said.all_accepted(named(row), row.code)
    else:
        text = said.accepted_to_base(
            named(row), one.name, one.duty, team.sure, team.wanted
        )
    about = f"accepted:{one.id}:{now.isoformat()}"
    await tell_base(uow, house, row, text, about=about, now=now)
    return say(said.accepted(named(row), one.duty, row.opens_on, row.ends_on))


# ---- 拒绝 ----


async def refuse(ask: Asking) -> Result:
    """``拒绝 N 理由``: give a place back, also one accepted before."""
    found = await _mine(ask, _CAN_REFUSE)
    if not isinstance(found, tuple):
        return found
    row, one = found
    why = ask.words.after(1) if ask.words.number else ask.words.after(0)
    if not why:
        return wording.staffing.refuse_reason_needed(one.number)
    context = ask.context
    uow, house, now = context.uow, context.house, context.now
    await engagements.move_on(
        uow,
        engagement_id=one.id,
        among=_CAN_REFUSE,
        state="refused",
        now=now,
        reason=why,
    )
    text = wording.staffing.refused_to_base(named(row), one.name, one.duty, why)
    await give_back(uow, house, row, one, text, about="refused", now=now)
    return say(wording.staffing.refused(named(row)))


async def give_back(
    uow: UnitOfWork,
    house: House,
    row: ClassRow,
    one: Engagement,
    text: str,
    *,
    about: str,
    now: datetime,
) -> None:
    """Make a place free again: the base hears ``text`` and who comes next."""
    if one.state == "accepted":
        await engagements.leave_place(
            uow, class_id=row.id, duty=one.duty, roster_id=one.roster_id
        )
    await settle_step(uow, house, row, by=one.person_id, now=now)
    following, options = await whom_instead(uow, house, row, one.duty, now=now)
    await tell_base(
        uow,
        house,
        row,
        f"{text}{following}",
        about=f"{about}:{one.id}:{now.isoformat()}",
        now=now,
        choices=options,
    )


# ---- whose invitation ----


async def _mine(
    ask: Asking, states: tuple[str, ...]
) -> tuple[ClassRow, Engagement] | Result:
    """The person's invitation by its number, or the only one; its class locked."""
    context = ask.context
    number = ask.words.number
    if number is None:
        open_ = await engagements.of_person(
            context.uow, person_id=context.actor.person_id, states=("invited",)
        )
        if len(open_) != 1:
            return await _which(ask, open_)
        engagement_id = open_[0].id
    else:
        found = await numbers.find(context.uow, number=number)
        if found is None or found.kind != engagements.NUMBER:
            return wording.not_found(ask.command.scope, ask.words.first)
        engagement_id = found.subject_id
    return await _standing(ask, engagement_id, states)


async def _standing(
    ask: Asking, engagement_id: str, states: tuple[str, ...]
) -> tuple[ClassRow, Engagement] | Refusal:
    uow = ask.context.uow
    seen = await engagements.get(uow, engagement_id=engagement_id)
    if seen is None or seen.person_id != ask.context.actor.person_id:
        return wording.not_found(ask.command.scope, ask.words.first)
    row = await classes.get(uow, class_id=seen.class_id, lock=True)
    one = await engagements.get(uow, engagement_id=engagement_id, lock=True)
    if row is None or one is None:
        return wording.not_found(ask.command.scope, ask.words.first)
    ask.trail.scope_id = row.scope_id
    if row.state not in AHEAD or row.opens_on <= ask.context.moment.today:
        return wording.staffing.class_over(named(row))
    if one.state not in states:
        return wording.staffing.already(one.number, one.state)
    return row, one


async def _which(ask: Asking, open_: tuple[Engagement, ...]) -> Result:
    if not open_:
        return wording.staffing.no_invitation()
    found = await classes.get_many(
        ask.context.uow, class_ids=[one.class_id for one in open_]
    )
    rows = {row.id: row for row in found}
    return say(
        wording.staffing.which_invitation(),
        [_line(ask, one, rows[one.class_id]) for one in open_],
    )


def _line(ask: Asking, one: Engagement, row: ClassRow) -> Option:
    return choice(
        wording.staffing.invitation_line(one.number, row.title, one.duty, row.opens_on),
        f"{ask.command.name} {one.number} {ask.words.after(0)}".rstrip(),
    )


# ---- 没空 ----


async def busy(ask: Asking) -> Result:
    """``没空 [取消] 6月1日到6月5日``: days on which one is not to be recommended."""
    context = ask.context
    entries = await engagements.entries_of(
        context.uow, person_id=context.actor.person_id
    )
    if not entries:
        return wording.staffing.not_on_roster()
    if not ask.words.words:
        ids = [one.id for one in entries]
        noted = await engagements.busy(context.uow, roster_ids=ids)
        ahead = [one for one in noted if one.ends_on >= context.moment.today]
        spans = dict.fromkeys(
            wording.staffing.span(one.starts_on, one.ends_on) for one in ahead
        )
        return say(wording.staffing.busy_listed(tuple(spans)))
    forget = ask.words.first in wording.staffing.NOT_ANY_MORE
    said = ask.words.raw
    if forget:
        said = said.removeprefix(ask.words.first)
    span = read_span(said, today=context.moment.today)
    if span is None or span.last < context.moment.today:
        return wording.staffing.busy_how()
    if forget:
        return await _free_again(ask, span)
    await engagements.add_busy(
        context.uow,
        [
            BusyDays(
                id=context.new_id(),
                roster_id=one.id,
                person_id=context.actor.person_id,
                starts_on=span.first,
                ends_on=span.last,
            )
            for one in entries
        ],
    )
    return say(wording.staffing.busy_noted(_said(span)))


async def _free_again(ask: Asking, span: Span) -> Result:
    count = await engagements.remove_busy(
        ask.context.uow,
        person_id=ask.context.actor.person_id,
        starts_on=span.first,
        ends_on=span.last,
    )
    return say(wording.staffing.busy_removed(_said(span), count))


def _said(span: Span) -> str:
    return wording.staffing.span(span.first, span.last)
