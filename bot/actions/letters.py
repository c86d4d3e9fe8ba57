"""邀请函, 换人: backbone teachers are asked, and replaced (规程第八条)."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

from bot import wording
from bot.actions.asking import Asking, Result, choice, say
from bot.actions.candidates import Known, in_words
from bot.actions.classes import named
from bot.actions.context import House
from bot.actions.staffing import open_class, pick_choices, ranked_lecturers
from bot.actions.teams import Team, propose_assessors, settle_step
from bot.actions.telling import Word, tell
from bot.clock import civil
from conversations.model import Option, Refusal
from conversations.rules import staffing as rules
from conversations.rules.staffing import ASSESSOR, LECTURER, STAFFING
from notices.calendar import send_window
from storage import engagements, organisations, reviews
from storage.classes import ClassRow
from storage.database import UnitOfWork
from storage.engagements import LIVE, Engagement

BASE = ("base_staff",)
_SHOWN = 4


# ---- what people are told ----


def letter_of(row: ClassRow, one: Engagement, *, now: datetime) -> str:
    """The letter of invitation: what, when, where, until when to answer."""
    silence = STAFFING.silence
    days = silence.remind_after_days + silence.lapse_after_days
    said = wording.staffing.Letter(
        name=named(row),
        institution=row.institution,
        duty=one.duty,
        level=row.level,
        major=row.major,
        opens_on=row.opens_on,
        ends_on=row.ends_on,
        venue=row.venue,
        capacity=row.capacity,
        until=min(civil(now + timedelta(days=days)), row.opens_on),
    )
    return wording.staffing.letter(said)


def ways_to_answer(number: int) -> tuple[Option, ...]:
    """Yes and no, to be tapped."""
    return (
        choice(wording.staffing.accept_choice(), f"接受 {number}"),
        choice(wording.staffing.refuse_choice(), f"拒绝 {number}"),
    )


async def tell_teacher(
    uow: UnitOfWork,
    house: House,
    row: ClassRow,
    one: Engagement,
    text: str,
    *,
    about: str,
    now: datetime,
    asks: bool = False,
) -> None:
    """Tell somebody of the class, in the hours for it; ``about`` makes it once."""
    person_id = one.person_id or one.account
    if person_id is None:
        return
    word = Word(
        text,
        key=f"engagement:{one.id}:{about}",
        subject=row.title,
        choices=ways_to_answer(one.number) if asks else (),
        class_id=row.id,
    )
    await tell(
        uow,
        house,
        word,
        person_ids=[person_id],
        now=now,
        not_before=_in_hours(house, row, now),
    )


async def tell_base(
    uow: UnitOfWork,
    house: House,
    row: ClassRow,
    text: str,
    *,
    about: str,
    now: datetime,
    choices: Sequence[Option] = (),
) -> None:
    """Tell the base of a class, in the hours for it."""
    word = Word(
        text,
        key=f"staffing:{row.id}:{about}",
        subject=row.title,
        choices=tuple(choices),
        class_id=row.id,
    )
    base = await organisations.holders(uow, path=row.scope_path, roles=BASE)
    await tell(
        uow,
        house,
        word,
        person_ids=base,
        now=now,
        not_before=_in_hours(house, row, now),
    )


def _in_hours(house: House, row: ClassRow, now: datetime) -> datetime:
    return send_window(now, house.programmes[row.programme].sending.hours)


async def whom_instead(
    uow: UnitOfWork, house: House, row: ClassRow, duty: str, *, now: datetime
) -> tuple[str, tuple[Option, ...]]:
    """Who comes next for a place that is free again: proposed, or to be picked."""
    said = wording.staffing
    if duty == ASSESSOR:
        new = await propose_assessors(uow, house, row, now=now)
        if not new:
            return said.nobody_left(ASSESSOR), ()
        send = choice(said.send_letters(), f"邀请函 {row.code}")
        return said.next_assessor("、".join(one.name for one in new)), (send,)
    ranked = await ranked_lecturers(uow, row)
    if not ranked:
        return said.nobody_left(LECTURER), ()
    return said.next_lecturers(), tuple(pick_choices(row, ranked[:_SHOWN]))


# ---- 邀请函 ----


async def letters(ask: Asking) -> Result:
    """``邀请函 CODE``: how the invitations stand; with 确认 those that wait go."""
    row = await open_class(ask)
    if isinstance(row, Refusal):
        return row
    context = ask.context
    await propose_assessors(context.uow, context.house, row, now=context.now)
    if ask.words.second == wording.CONFIRM:
        return await _send(ask, row)
    team = await Team.load(context.uow, row)
    text = wording.staffing.standing(named(row), await _lines(context.uow, row, team))
    waiting = [one.name for one in team.live if one.state == "proposed"]
    options: list[Option] = []
    if waiting:
        text = f"{text}\n{wording.staffing.ask_to_send(waiting)}"
        said = f"{ask.command.name} {row.code} {wording.CONFIRM}"
        options.append(choice(wording.CONFIRM, said))
    if waiting or team.missing(LECTURER):
        options.append(choice(wording.staffing.others(), f"推荐 {row.code}"))
    return say(text, options)


async def _lines(uow: UnitOfWork, row: ClassRow, team: Team) -> list[str]:
    said = wording.staffing
    rows = await engagements.of_class(uow, class_id=row.id)
    asked = {one.roster_id for one in rows if one.live}
    lines = [
        said.standing_line(one.duty, one.name, one.state, one.reason)
        for one in rows
        if one.state != "withdrawn"
    ]
    lines += [
        said.standing_line(one.duty, one.name, "accepted", "")
        for one in team.staff
        if one.roster_id not in asked
    ]
    return lines + [
        said.missing_line(duty, team.missing(duty))
        for duty in rules.DUTIES
        if team.missing(duty)
    ]


async def _send(ask: Asking, row: ClassRow) -> Result:
    context = ask.context
    uow, said = context.uow, wording.staffing
    opening = await reviews.latest(uow, class_id=row.id, kind="opening")
    if opening is not None and opening.state != "approved":
        return said.opening_not_agreed(named(row))
    waiting = await engagements.of_class(uow, class_id=row.id, states=("proposed",))
    if not waiting:
        return said.nothing_to_send(row.code)
    ids = [one.roster_id for one in waiting]
    await engagements.lock_entries(uow, roster_ids=ids)
    known = await Known.load(uow, ids)
    sent, lines = [], []
    for one in waiting:
        why = _unable(row, one, known)
        if why:
            await engagements.move_on(
                uow,
                engagement_id=one.id,
                among=("proposed",),
                state="withdrawn",
                now=context.now,
            )
            lines.append(said.not_sent(one.name, why))
        else:
            await invite(uow, context.house, row, one, now=context.now)
            sent.append(one.name)
    if sent:
        silence = STAFFING.silence.remind_after_days
        lines.insert(0, said.letters_sent(sent, silence))
    ask.trail.detail = "、".join(sent)
    return say("\n".join(lines))


def _unable(row: ClassRow, one: Engagement, known: Known) -> str:
    """Why somebody cannot be asked any more; nothing when they can."""
    if one.account is None:
        return wording.staffing.reason("unreachable", {})
    taken = known.taken(one.roster_id, but=row.id)
    clash = rules.clash_with(row.opens_on, row.ends_on, taken)
    return in_words([clash])[0] if clash else ""


async def invite(
    uow: UnitOfWork,
    house: House,
    row: ClassRow,
    one: Engagement,
    *,
    now: datetime,
    lead: str = "",
) -> None:
    """Send a letter after ``lead``, and count the silence from now."""
    if one.account is None:
        return
    await engagements.invite(
        uow,
        engagement_id=one.id,
        person_id=one.account,
        among=("proposed", "invited", "accepted"),
        now=now,
    )
    letter = letter_of(row, one, now=now)
    await tell_teacher(
        uow,
        house,
        row,
        one,
        f"{lead}{letter}",
        about=f"invited:{row.opens_on}:{now.isoformat()}",
        now=now,
        asks=True,
    )


# ---- 换人 ----


async def replace(ask: Asking) -> Result:
    """``换人 CODE 谁 [理由]``: take somebody out; the next in line is proposed."""
    row = await open_class(ask)
    if isinstance(row, Refusal):
        return row
    uow, said = ask.context.uow, wording.staffing
    live = await engagements.of_class(uow, class_id=row.id, states=LIVE)
    if not live:
        return said.nobody_to_replace(row.code)
    who = ask.words.second
    called = [one for one in live if who in (one.name, one.certificate)]
    if len(called) != 1:
        return say(said.whom_to_replace(), _to_replace(ask, row, called or live))
    one = called[0]
    words = [word for word in ask.words.words[2:] if word != wording.CONFIRM]
    why = " ".join(words)
    if one.state != "proposed" and ask.words.words[-1] != wording.CONFIRM:
        text = said.confirm_replace(named(row), one.name, one.duty, one.state)
        again = f"{ask.command.name} {row.code} {one.certificate} {why}".rstrip()
        options = [
            choice(wording.CONFIRM, f"{again} {wording.CONFIRM}"),
            choice(wording.leave_it(), f"邀请函 {row.code}"),
        ]
        return say(text, options)
    ask.trail.detail = one.certificate
    return await _replaced(ask, row, one, why)


def _to_replace(
    ask: Asking, row: ClassRow, among: Sequence[Engagement]
) -> list[Option]:
    return [
        choice(
            wording.staffing.standing_line(one.duty, one.name, one.state, ""),
            f"{ask.command.name} {row.code} {one.certificate}",
        )
        for one in among
    ]


async def _replaced(ask: Asking, row: ClassRow, one: Engagement, why: str) -> Result:
    context = ask.context
    uow, house, now = context.uow, context.house, context.now
    await engagements.move_on(
        uow, engagement_id=one.id, among=LIVE, state="withdrawn", now=now, reason=why
    )
    if one.state == "accepted":
        await engagements.leave_place(
            uow, class_id=row.id, duty=one.duty, roster_id=one.roster_id
        )
    if one.state != "proposed":
        text = wording.staffing.replaced_to_teacher(named(row), why)
        await tell_teacher(uow, house, row, one, text, about="withdrawn", now=now)
    await settle_step(uow, house, row, by=context.actor.person_id, now=now)
    following, options = await whom_instead(uow, house, row, one.duty, now=now)
    return say(f"{wording.staffing.replaced(named(row), one.name)}{following}", options)
