"""推荐: backbone teachers recommended for a class, and picked by its base (规程第八条)."""

from __future__ import annotations

import re
from collections.abc import Sequence

import msgspec

from bot import wording
from bot.actions.asking import Asking, Result, choice, class_asked, say
from bot.actions.candidates import Pool, in_words, pool_of
from bot.actions.classes import named
from bot.actions.context import Context
from bot.actions.teams import Team, propose, propose_assessors, settle_step
from conversations.model import Option, Outcome, Refusal, Reply
from conversations.rules.staffing import (
    ASSESSOR,
    LECTURER,
    STAFFING,
    Ranked,
    Teacher,
)
from storage import engagements
from storage.classes import ClassRow
from storage.database import UnitOfWork
from storage.engagements import LIVE, Engagement

AHEAD = ("planned", "recruiting")
_SHOWN = 5
_NUMBER = re.compile(r"[0-9]+")
_NAMES = re.compile(r"[\s,，、;；]+")


async def open_class(ask: Asking) -> ClassRow | Refusal:
    """The class asked for, locked, if people are still looked for."""
    row = await class_asked(ask, lock=True)
    if isinstance(row, Refusal):
        return row
    if row.state not in AHEAD:
        return wording.classes.class_is(row.state, ask.command.name)
    return row


# ---- 推荐 ----


async def recommend(ask: Asking) -> Result:
    """``推荐 CODE``: candidates with reasons; the base picks 授课, 考核 come in order."""
    row = await open_class(ask)
    if isinstance(row, Refusal):
        return row
    verb, rest = ask.words.second, ask.words.after(2)
    if verb in wording.staffing.PICK and rest:
        return await _pick(ask, row, rest)
    if verb in wording.staffing.PREFER and rest:
        return await _prefer(ask, row, rest)
    if verb in wording.staffing.SEATS and rest:
        return await _set_seats(ask, row, rest)
    return await _show(ask, row, everybody=verb in wording.staffing.MORE)


async def _show(ask: Asking, row: ClassRow, *, everybody: bool) -> Outcome:
    context = ask.context
    uow = context.uow
    team = await Team.load(uow, row)
    if not team.missing(LECTURER):
        await propose_assessors(uow, context.house, row, now=context.now)
        team = await Team.load(uow, row)
    pool = await pool_of(uow, row)
    said = wording.staffing
    lines = [
        said.recommended(
            named(row),
            row.opens_on,
            row.ends_on,
            picked=team.names(LECTURER),
            seats=team.seats(LECTURER),
        ),
        *_assessor_lines(team),
    ]
    if everybody:
        lines += _barred_lines(pool)
    options = _lecturer_choices(ask, row, pool, team, everybody=everybody)
    left = team.missing(LECTURER)
    if left and pool.ranking(LECTURER).ranked:
        lines.append(said.pick_lecturers(left))
    elif left:
        lines.append(said.nobody_left(LECTURER))
    return say("\n".join(lines), options)


def _assessor_lines(team: Team) -> list[str]:
    said, seats = wording.staffing, team.seats(ASSESSOR)
    if team.missing(LECTURER) and not team.held(ASSESSOR):
        return [said.assessors_later(seats)]
    lines = [said.assessors_head(seats)]
    lines += [
        said.candidate(one.name, one.school, kept_reasons(one))
        for one in team.live
        if one.duty == ASSESSOR
    ]
    if team.missing(ASSESSOR) and not team.missing(LECTURER):
        lines.append(said.nobody_left(ASSESSOR))
    return lines


def kept_reasons(one: Engagement) -> list[str]:
    """Why somebody was proposed, in words."""
    return [wording.staffing.reason(kept["rule"], kept) for kept in one.ranking]


def _barred_lines(pool: Pool) -> list[str]:
    barred = pool.ranking(LECTURER).barred
    lines = [
        wording.staffing.candidate(
            one.teacher.name, one.teacher.school, in_words([one.reason])
        )
        for one in barred
        if one.reason.rule not in LIVE
    ]
    return [wording.staffing.barred_head(), *lines] if lines else []


def _lecturer_choices(
    ask: Asking, row: ClassRow, pool: Pool, team: Team, *, everybody: bool
) -> list[Option]:
    options: list[Option] = []
    if team.missing(LECTURER):
        ranked = pool.ranking(LECTURER).ranked
        shown = ask.context.house.limits.list_length - 2 if everybody else _SHOWN
        options = pick_choices(row, ranked[:shown])
        if len(ranked) > len(options) and not everybody:
            more = f"推荐 {row.code} {wording.staffing.MORE[0]}"
            options.append(choice(wording.staffing.others(), more))
    if any(one.state == "proposed" for one in team.live):
        options.append(choice(wording.staffing.send_letters(), f"邀请函 {row.code}"))
    return options


async def ranked_lecturers(uow: UnitOfWork, row: ClassRow) -> tuple[Ranked, ...]:
    """Who can be asked to lecture in a class, the best first."""
    return (await pool_of(uow, row)).ranking(LECTURER).ranked


def pick_choices(row: ClassRow, ranked: Sequence[Ranked]) -> list[Option]:
    """Candidates with their reasons, each to be picked."""
    return [
        choice(
            wording.staffing.candidate(
                one.teacher.name, one.teacher.school, in_words(one.reasons)
            ),
            _picking(row, one.teacher.certificate),
        )
        for one in ranked
    ]


def _picking(row: ClassRow, certificate: str) -> str:
    return f"推荐 {row.code} {wording.staffing.PICK[0]} {certificate}"


# ---- what the base wishes ----


async def _pick(ask: Asking, row: ClassRow, said: str) -> Result:
    """``推荐 CODE 选 谁``: take a candidate for 授课."""
    context = ask.context
    team = await Team.load(context.uow, row)
    places = team.free(LECTURER)
    if not places:
        return wording.staffing.lecturers_full(team.names(LECTURER), row.code)
    await _take_from_assessors(context, team, said)
    pool = await pool_of(context.uow, row)
    ranking = pool.ranking(LECTURER, once_more=True)
    barred = {one.teacher.roster_id: one.reason for one in ranking.barred}
    can = {one.teacher.roster_id: one for one in ranking.ranked}
    called = [one for one in pool.teachers if said in (one.name, one.certificate)]
    if not called:
        return wording.staffing.no_candidate(said)
    if len(called) > 1:
        return say(wording.staffing.namesakes(said), _namesakes(row, called))
    who = called[0]
    if who.roster_id not in can:
        why = in_words([barred[who.roster_id]])[0]
        return wording.staffing.cannot_be_picked(who.name, why)
    await propose(
        context.uow,
        context.house,
        row,
        can[who.roster_id],
        place=places[0],
        duty=LECTURER,
        now=context.now,
    )
    ask.trail.detail = who.certificate
    return await _picked(ask, row, who.name)


async def _take_from_assessors(context: Context, team: Team, said: str) -> None:
    """Who is only proposed to assess can be picked to lecture: the base's wish goes first."""
    for one in team.live:
        proposed = (one.duty, one.state) == (ASSESSOR, "proposed")
        if proposed and said in (one.name, one.certificate):
            await engagements.move_on(
                context.uow,
                engagement_id=one.id,
                among=("proposed",),
                state="withdrawn",
                now=context.now,
            )


def _namesakes(row: ClassRow, called: Sequence[Teacher]) -> list[Option]:
    return [
        choice(
            wording.staffing.namesake(one.name, one.school, one.certificate),
            _picking(row, one.certificate),
        )
        for one in called
    ]


async def _picked(ask: Asking, row: ClassRow, who: str) -> Outcome:
    team = await Team.load(ask.context.uow, row)
    left = team.missing(LECTURER)
    if not left or team.held(ASSESSOR):
        context = ask.context
        await propose_assessors(context.uow, context.house, row, now=context.now)
    options = [choice(wording.staffing.send_letters(), f"邀请函 {row.code}")]
    if left:
        ranked = (await pool_of(ask.context.uow, row)).ranking(LECTURER).ranked
        options = pick_choices(row, ranked[:_SHOWN])
    return say(wording.staffing.picked(named(row), who, left), options)


async def _prefer(ask: Asking, row: ClassRow, said: str) -> Result:
    """``推荐 CODE 倾向 姓名…``: note whom the base would like for 授课."""
    noted = await note_preferred(ask.context.uow, row, said)
    ask.trail.detail = said
    if not noted.known:
        return wording.staffing.no_candidate(said)
    shown = await _show(ask, row, everybody=False)
    text = wording.staffing.preferred(named(row), noted.known)
    replies = (*say(text).replies, *noted.questions, *shown.replies)
    return Outcome(replies=replies)


class Noted(msgspec.Struct, frozen=True):
    """What became of preferred names: noted, asked back, unknown for this class."""

    known: tuple[str, ...] = ()
    questions: tuple[Reply, ...] = ()
    unknown: tuple[str, ...] = ()


async def note_preferred(uow: UnitOfWork, row: ClassRow, said: str) -> Noted:
    """Note names or certificate numbers as preferred, beside those noted before.

    A name that several bear is asked back; one that nobody of the class's major
    and level bears is told.
    """
    pool = await pool_of(uow, row)
    names = [one for one in _NAMES.split(said) if one]
    called = {
        name: [one for one in pool.teachers if name in (one.name, one.certificate)]
        for name in names
    }
    sure = [found[0] for found in called.values() if len(found) == 1]
    before = await engagements.wishes_of(uow, class_id=row.id)
    ids = (*before.preferred, *(one.roster_id for one in sure))
    wished = msgspec.structs.replace(before, preferred=tuple(dict.fromkeys(ids)))
    await engagements.keep_wishes(uow, wished, class_id=row.id)
    return Noted(
        known=tuple(one.name for one in sure),
        questions=tuple(
            _which_preferred(row, name, found)
            for name, found in called.items()
            if len(found) > 1
        ),
        unknown=tuple(name for name, found in called.items() if not found),
    )


def _which_preferred(row: ClassRow, name: str, found: Sequence[Teacher]) -> Reply:
    options = tuple(
        choice(
            wording.staffing.namesake(one.name, one.school, one.certificate),
            f"推荐 {row.code} {wording.staffing.PREFER[0]} {one.certificate}",
        )
        for one in found
    )
    return Reply(text=wording.staffing.namesakes(name), choices=options)


async def _set_seats(ask: Asking, row: ClassRow, said: str) -> Result:
    """``推荐 CODE 授课 3 人``: another number of 授课 (规程第八条 note 4)."""
    uow, seats = ask.context.uow, STAFFING.seats
    read = _NUMBER.search(said)
    count = int(read[0]) if read else 0
    least, most = seats.lecturers_least, seats.lecturers_most
    if not least <= count <= most:
        return wording.staffing.seats_range(least, most, row.code)
    team = await Team.load(uow, row)
    held = team.held(LECTURER)
    if held and max(held) > count:
        return wording.staffing.seats_taken(len(held))
    wished = msgspec.structs.replace(team.wished, lecturers=count)
    await engagements.keep_wishes(uow, wished, class_id=row.id)
    ask.trail.detail = str(count)
    context = ask.context
    by = context.actor.person_id
    await settle_step(context.uow, context.house, row, by=by, now=context.now)
    return say(
        wording.staffing.seats_set(named(row), count),
        [choice(ask.command.name, f"{ask.command.name} {row.code}")],
    )
