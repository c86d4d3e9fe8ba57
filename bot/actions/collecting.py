"""征集, 汇总: the centre calls for plans and sees who has followed (规程第七条)."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from bot import wording
from bot.actions import deadlines as timing
from bot.actions import national, planning
from bot.actions.asking import Asking, Result, choice, say
from bot.actions.bulletins import show_draft
from bot.actions.context import Context
from bot.actions.telling import Word, tell
from conversations.model import Outcome, Refusal, Reply
from conversations.rules.half_years import following, half_year_of, last_day
from conversations.rules.levels import LEVELS, MAJORS
from conversations.understanding.dates import read_coming_date
from notices.calendar import send_window
from storage import jobs, notices, organisations, plan_calls
from storage.plan_calls import CallRow, Reported
from storage.plans import PlanItem

_OUT = ("published", "stopped")


# ---- 征集 ----


async def call(ask: Asking) -> Result:
    """``征集 [半年] [日期]``: call for the plans of a half year; asks first."""
    context = ask.context
    today = context.moment.today
    sure = wording.CONFIRM in ask.words.words
    words = [word for word in ask.words.words if word != wording.CONFIRM]
    period, rest = planning.period_first(words, today=today)
    period = period or await _period_to_call(context)
    standing = await plan_calls.get(context.uow, period=period, lock=True)
    if standing is not None and standing.published_at is not None:
        return wording.national.call_closed(period)
    due_on = _due(rest, planning.due_on(context.house, period, standing), today)
    if isinstance(due_on, Refusal):
        return due_on
    refusal = _unfit(period, due_on, today)
    if refusal is not None:
        return refusal
    called = standing is not None and standing.created_by is not None
    if called and standing is not None and standing.due_on == due_on:
        return say(wording.national.call_same(period, due_on))
    if not sure:
        return await _confirm(ask, period, due_on, standing if called else None)
    return await _call_out(ask, period, due_on)


async def _period_to_call(context: Context) -> str:
    """The half year that was called for, else the next one."""
    return await planning.current_period(context.uow, today=context.moment.today)


def _due(words: Sequence[str], otherwise: date, today: date) -> date | Refusal:
    said = " ".join(words)
    if not said:
        return otherwise
    return read_coming_date(said, today=today) or wording.national.call_unread(said)


def _unfit(period: str, due_on: date, today: date) -> Refusal | None:
    if due_on <= today:
        return wording.national.due_not_ahead(due_on)
    last = last_day(period)
    return wording.national.due_too_late(due_on, last) if due_on > last else None


async def _confirm(
    ask: Asking, period: str, due_on: date, before: CallRow | None
) -> Result:
    uow = ask.context.uow
    send = f"{ask.command.name} {period} {due_on.isoformat()} {wording.CONFIRM}"
    options = [
        choice(wording.CONFIRM, send),
        choice(wording.leave_it(), f"汇总 {period}"),
    ]
    if before is not None:
        text = wording.national.confirm_other_date(period, before.due_on, due_on)
        return say(text, options)
    paths = await national.root_paths(uow)
    houses = await organisations.institutions_below(uow, paths=paths)
    provinces = {one.province_id for one in houses}
    text = wording.national.confirm_call(period, due_on, len(houses), len(provinces))
    return say(text, options)


async def _call_out(ask: Asking, period: str, due_on: date) -> Result:
    context = ask.context
    uow, house = context.uow, context.house
    row = CallRow(
        period=period,
        due_on=due_on,
        called_at=context.now,
        created_by=context.actor.person_id,
    )
    await plan_calls.put(uow, row)
    paths = await national.root_paths(uow)
    houses = await organisations.institutions_below(uow, paths=paths)
    dated = timing.dated_on(planning.dated_round(house, period), due_on)
    assert dated is not None  # noqa: S101 -- it has a date
    await timing.set_year_date(
        uow,
        institution_ids=[one.scope_id for one in houses],
        one=dated,
        programme=planning.programme_of(house),
        now=context.now,
        new_id=context.new_id,
    )
    ask.trail.detail = f"{period} {due_on.isoformat()}"
    told = await _tell_all(context, period, due_on, paths)
    return say(wording.national.called(period, due_on, told))


async def _tell_all(
    context: Context, period: str, due_on: date, paths: Sequence[str]
) -> int:
    """Tell bases and provinces; who has reported already needs no word."""
    uow, house = context.uow, context.house
    left = (due_on - context.moment.today).days
    key = f"call:{period}:{due_on.isoformat()}"
    subject = wording.national.notice_title(period)
    to_base = Word(
        wording.national.called_to_base(period, due_on, left),
        key=key,
        subject=subject,
        choices=(choice(wording.national.REPORT_NOW, f"报送 {period}"),),
    )
    to_province = Word(
        wording.national.called_to_province(period, due_on), key=key, subject=subject
    )
    open_ = [
        one.path
        for one in await plan_calls.reported(uow, paths=paths, period=period)
        if one.state in ("", "returned")
    ]
    bases = await organisations.holders_below(uow, paths=open_, roles=planning.BASE)
    provinces = await organisations.holders_below(
        uow, paths=paths, roles=planning.REVIEWERS
    )
    hours = planning.programme_of(house).sending.hours
    at = send_window(context.now, hours)
    told = 0
    for word, persons in ((to_base, bases), (to_province, provinces)):
        told += await tell(
            uow, house, word, person_ids=persons, now=context.now, not_before=at
        )
    return told


# ---- 汇总 ----


async def collect(ask: Asking) -> Result:
    """``汇总 [半年] [发布|表格]``: who has reported what; publish it."""
    context = ask.context
    today = context.moment.today
    period, rest = planning.period_first(ask.words.words, today=today)
    period = period or await newest(context)
    if not rest:
        return await _summary(ask, period)
    if rest[0] in wording.plans.SHEET:
        await _send_list(context, period)
        return say(wording.national.sheet_coming(period))
    if rest[0] in wording.plans.PUBLISH:
        return await _draft(ask, period)
    return wording.how_to_say(ask.command.usage)


async def _send_list(context: Context, period: str) -> None:
    """Have everything that was handed in made into a file for whoever asks."""
    job = jobs.JobRow(
        id=context.new_id(),
        kind=national.FILE,
        person_id=context.actor.person_id,
        address_id=context.actor.address_id,
        payload={"period": period},
        not_before=context.now,
    )
    await jobs.enqueue(context.uow, [job], now=context.now)


async def newest(context: Context) -> str:
    """The half year that is planned now, else the one published last."""
    today = context.moment.today
    current = await planning.current_period(context.uow, today=today)
    calls = {one.period: one for one in await plan_calls.everything(context.uow)}
    if current in calls:
        return current
    ahead = [one for one in calls if one >= half_year_of(today)]
    return max(ahead, default=following(half_year_of(today)))


async def _summary(ask: Asking, period: str) -> Result:
    uow, name = ask.context.uow, ask.command.name
    paths = await national.root_paths(uow)
    standing = await plan_calls.reported(uow, paths=paths, period=period)
    found = await national.agreed(uow, period)
    lines = [*_by_level(found), *_missing(standing)]
    row = await plan_calls.get(uow, period=period)
    notice = (
        await notices.get(uow, notice_id=row.notice_id)
        if row and row.notice_id
        else None
    )
    sheet = wording.plans.SHEET[0]
    options = [choice(wording.national.sheet_label(), f"{name} {period} {sheet}")]
    if row is not None and row.published_at is not None and notice is not None:
        lines.append(wording.national.is_out(notice.number))
    elif found:
        verb = wording.plans.PUBLISH[0]
        send = f"{name} {period} {verb}"
        options.insert(0, choice(wording.national.publish_label(), send))
    text = wording.national.collected(period, _heads(standing, found), lines)
    return say(text, options)


def _heads(standing: Sequence[Reported], found: Sequence[PlanItem]) -> dict[str, int]:
    states = [one.state for one in standing]
    return {
        "houses": len(standing),
        "approved": states.count("approved"),
        "waiting": states.count("waiting"),
        "returned": states.count("returned"),
        "missing": states.count(""),
        "items": len(found),
        "people": sum(one.headcount for one in found),
    }


def _by_level(found: Sequence[PlanItem]) -> list[str]:
    lines = []
    for level in LEVELS:
        parts = []
        for major in MAJORS:
            rows = national.of_trade(found, level, major)
            if rows:
                people = sum(one.headcount for one in rows)
                parts.append(wording.national.level_part(major, len(rows), people))
        if parts:
            lines.append(wording.national.level_line(level, parts))
    return lines


def _missing(standing: Sequence[Reported]) -> list[str]:
    by_province: dict[str, list[str]] = {}
    for one in standing:
        if not one.state:
            by_province.setdefault(one.province, []).append(one.institution)
    return [
        wording.national.missing_line(province, names)
        for province, names in by_province.items()
    ]


async def _draft(ask: Asking, period: str) -> Result:
    """The notice with the national information, shown before it goes."""
    context = ask.context
    row = await plan_calls.get(context.uow, period=period)
    if row is not None and row.notice_id is not None:
        out = await notices.get(context.uow, notice_id=row.notice_id)
        if out is not None and out.state in _OUT:
            return wording.national.published_already(out.number)
    found = await national.agreed(context.uow, period)
    if not found:
        return wording.national.nothing_to_publish(period)
    made = await national.draft(context, period, found)
    ask.trail.detail = f"draft {made.number}"
    shown = await show_draft(context, made)
    standing = await plan_calls.reported(
        context.uow, paths=await national.root_paths(context.uow), period=period
    )
    heads = _heads(standing, found)
    short = wording.national.some_are_missing(
        heads["missing"] + heads["returned"], heads["waiting"]
    )
    before: tuple[Reply, ...] = (Reply(text=short),) if short else ()
    return Outcome(replies=(*before, *shown.replies))
