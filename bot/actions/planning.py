"""What all that concerns plans of a half year shares: which one, whose, in words."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import date

import msgspec

from bot import wording
from bot.actions import pictures
from bot.actions.asking import Asking, Result, choice, say
from bot.actions.classes import DEFAULT_PROGRAMME, last_day
from bot.actions.context import Context, House
from bot.actions.deadlines import year_subject
from bot.actions.pictures import Sheet
from bot.commands import parse
from conversations.model import Answer, FormRequest, Refusal, Value
from conversations.prompts.text import listed
from conversations.rules.half_years import first_day, following, half_year_of
from conversations.rules.openings import pairs_said
from conversations.rules.plans import ALL, NAMED, OWN, names_said, provinces_named
from conversations.understanding.half_years import read_half_year
from notices.programmes import Programme
from notices.timeline import Year, round_before
from storage import organisations, plan_calls, plans
from storage.database import UnitOfWork
from storage.organisations import InstitutionRow
from storage.plan_calls import CallRow
from storage.plans import NewItem, PlanItem

FORM = "plan_item"
STEP = "plan"
BASE = ("base_staff",)
REVIEWERS = ("province_manager",)
CENTRE = ("centre_manager",)


# ---- which half year ----


async def current_period(uow: UnitOfWork, *, today: date) -> str:
    """The half year that is planned for now.

    The newest one that the centre has called for and not published, else the
    next one, or the one after when the next is published.
    """
    calls = {one.period: one for one in await plan_calls.everything(uow)}
    period = following(half_year_of(today))
    for one in calls.values():
        if one.published_at is None and one.period >= half_year_of(today):
            return one.period
    while period in calls and calls[period].published_at is not None:
        period = following(period)
    return period


def period_first(words: Sequence[str], *, today: date) -> tuple[str, tuple[str, ...]]:
    """The half year that the first words name, or nothing, and the words after it."""
    for count in (2, 1):
        said = "".join(words[:count])
        period = read_half_year(said, today=today)
        if period and len(words) >= count:
            return period, tuple(words[count:])
    return "", tuple(words)


async def is_published(uow: UnitOfWork, period: str) -> bool:
    """True iff the centre has published a half year."""
    call = await plan_calls.get(uow, period=period)
    return call is not None and call.published_at is not None


def programme_of(house: House) -> Programme:
    """The programme whose plans these are."""
    return house.programmes[DEFAULT_PROGRAMME]


def dated_round(house: House, period: str) -> Year:
    """The dated step of a year in which a half year is planned."""
    return round_before(programme_of(house), STEP, first_day(period))


def due_on(house: House, period: str, call: CallRow | None) -> date:
    """Until when a half year is planned: as called for, else as assumed."""
    return call.due_on if call else dated_round(house, period).deadline.due_on


def step_subject(house: House, institution_id: str, period: str) -> str:
    """The subject of an institution's dated step of a half year."""
    return year_subject(institution_id, dated_round(house, period).period)


# ---- whose ----


class Asked(msgspec.Struct, frozen=True):
    """What the words of a command of a base name: whose plan, which half year."""

    house: InstitutionRow
    period: str
    rest: tuple[str, ...] = ()


async def asked(ask: Asking, words: Sequence[str]) -> Asked | Result:
    """Whose plan of which half year the first words name.

    A person of several institutions is asked which; one who names another
    gets the answer for what is not there.
    """
    context = ask.context
    houses = await organisations.institutions_below(context.uow, paths=ask.paths())
    if not houses:
        return wording.classes.no_institution()
    named, left = named_house(houses, words)
    period, rest = period_first(left, today=context.moment.today)
    if named is None and len(houses) > 1:
        return _which(ask, houses)
    house = named or houses[0]
    ask.trail.scope_id = house.scope_id
    today = context.moment.today
    found = period or await current_period(context.uow, today=today)
    return Asked(house, found, rest)


def named_house(
    houses: Iterable[InstitutionRow], words: Sequence[str]
) -> tuple[InstitutionRow | None, tuple[str, ...]]:
    """The institution that the first words name, if any, and the words after it."""
    by_name = {"".join(parse(one.name).words): one for one in houses}
    for count in range(len(words), 0, -1):
        found = by_name.get("".join(words[:count]))
        if found is not None:
            return found, tuple(words[count:])
    return None, tuple(words)


def _which(ask: Asking, houses: Sequence[InstitutionRow]) -> Result:
    more = ask.words.raw
    options = [
        choice(one.name, f"{ask.command.name} {one.name} {more}".strip())
        for one in houses[: ask.context.house.limits.list_length]
    ]
    return say(wording.plans.choose_institution(), options)


async def closed(uow: UnitOfWork, house: InstitutionRow, period: str) -> Refusal | None:
    """Why the plan of an institution's half year cannot be changed now.

    Until the end nobody else changes it.
    """
    await plans.lock(uow, institution_id=house.scope_id)
    if await is_published(uow, period):
        return wording.plans.too_late(period)
    latest = await plans.latest_plan(uow, institution_id=house.scope_id, period=period)
    if latest is not None and latest.state == "waiting":
        return wording.plans.waits_already(latest.number)
    if latest is not None and latest.state == "approved":
        return wording.plans.already_agreed(period)
    return None


# ---- in words ----


async def province_names(uow: UnitOfWork) -> dict[str, str]:
    """The names of all provinces, by scope id."""
    root = await organisations.nation(uow)
    paths = [root.path] if root else []
    found = await organisations.scopes_below(uow, paths=paths, kind="province")
    return {one.id: one.name for one in found}


def line(one: PlanItem, names: Mapping[str, str]) -> str:
    """A planned class as one line of a list."""
    return wording.plans.item_line(
        one.number,
        major=one.major,
        level=one.level,
        opens_on=one.opens_on,
        ends_on=last_day(one.level, one.opens_on),
        headcount=one.headcount,
        recruits=recruits(one, names),
    )


async def lines(
    context: Context, title: str, found: Sequence[PlanItem], names: Mapping[str, str]
) -> list[str]:
    """Planned classes, one a line; more than a phone's screen shows are a picture."""
    if len(found) <= context.house.limits.table_lines:
        return [standing(one, names) for one in found]
    rows = [_row(one, names) for one in found]
    sheet = Sheet(title=title, header=wording.plans.HEADER, rows=rows)
    return [await pictures.table(context, sheet)]


def standing(one: PlanItem, names: Mapping[str, str]) -> str:
    """A planned class as one line, with what became of it once it was agreed to."""
    said = line(one, names)
    if one.opened:
        return wording.plans.opened_as(said, one.code)
    if one.not_held:
        return wording.plans.will_not_be_held(said, one.not_held)
    return said


def _row(one: PlanItem, names: Mapping[str, str]) -> tuple[str, ...]:
    last = last_day(one.level, one.opens_on)
    state = one.code if one.opened else wording.plans.STATES[one.state]
    return (
        str(one.number),
        one.major,
        one.level,
        wording.national.days_between(one.opens_on, last),
        str(one.headcount),
        recruits(one, names),
        state,
    )


def recruits(one: PlanItem, names: Mapping[str, str]) -> str:
    """Whom a planned class recruits, in words."""
    found = [names.get(province, province) for province in one.recruits_from]
    return wording.plans.recruits(found)


# ---- the form of one planned class ----


async def request(
    context: Context,
    house: InstitutionRow,
    *,
    kind: str,
    period: str = "",
    of: PlanItem | None = None,
) -> FormRequest:
    """The form of a planned class; ``of`` is the item that it changes."""
    uow = context.uow
    approved = await organisations.approvals_of(uow, institution_id=house.scope_id)
    names = await province_names(uow)
    form = context.house.book.newest(FORM)
    given = answers_of(of, house, names) if of else {}
    ahead = programme_of(context.house).step("opening").due
    known = {
        "institution": house.name,
        "institution_kind": house.kind,
        "approved": pairs_said(approved),
        "ahead_days": str(-ahead.days if ahead else 0),
        "kind": kind,
        "period": period,
        "provinces": names_said(names.values()),
        "item": str(of.number) if of else "",
    }
    if kind == "adjustment":
        known |= {f"plan_{key}": str(value) for key, value in given.items()}
    return FormRequest(
        draft=context.new_id(),
        form=FORM,
        version=form.version,
        subject=f"{house.scope_id}:{kind}:{of.id if of else period}",
        context={key: known.get(key, "") for key in form.context},
        given=given,
    )


def with_given(request: FormRequest, given: Mapping[str, Value]) -> FormRequest:
    """A form opened with other answers."""
    return msgspec.structs.replace(request, given=dict(given))


def answers_of(
    one: PlanItem, house: InstitutionRow, names: Mapping[str, str]
) -> dict[str, Value]:
    """The answers that an item stands for."""
    given: dict[str, Value] = {
        "level": one.level,
        "major": one.major,
        "opens_on": one.opens_on.isoformat(),
        "headcount": str(one.headcount),
    }
    if not one.recruits_from:
        return given | {"recruits": ALL}
    if one.recruits_from == [house.province_id]:
        return given | {"recruits": OWN}
    named = [names.get(province, province) for province in one.recruits_from]
    return given | {"recruits": NAMED, "provinces": listed(named)}


def said(answers: Mapping[str, Answer]) -> dict[str, str]:
    """The texts that were given, by field."""
    return {
        key: one.value
        for key, one in answers.items()
        if one.state == "given" and isinstance(one.value, str)
    }


def new_item(
    given: Mapping[str, str],
    house: InstitutionRow,
    names: Mapping[str, str],
    *,
    id: str,  # noqa: A002 -- the column's name
    kind: str,
    created_by: str,
) -> NewItem:
    """An item from answers that stand; it lies in the half year of its day."""
    opens_on = date.fromisoformat(given["opens_on"])
    return NewItem(
        id=id,
        institution_id=house.scope_id,
        period=half_year_of(opens_on),
        level=given["level"],
        major=given["major"],
        opens_on=opens_on,
        headcount=int(given["headcount"]),
        recruits_from=_recruits_from(given, house, names),
        created_by=created_by,
        kind=kind,
    )


def _recruits_from(
    given: Mapping[str, str], house: InstitutionRow, names: Mapping[str, str]
) -> list[str]:
    if given.get("recruits") == OWN:
        return [house.province_id]
    if given.get("recruits") != NAMED:
        return []
    found, _ = provinces_named(given.get("provinces", ""), names.values())
    by_name = {name: province for province, name in names.items()}
    return [by_name[name] for name in found]


async def item_asked(
    ask: Asking, number: int | None, *, use: str = ""
) -> PlanItem | Refusal:
    """The item with a number, locked, if the person may so use the command there."""
    uow = ask.context.uow
    found = await plans.numbered(uow, number=number) if number else None
    refusal = ask.demand(found.path if found else None, use=use)
    if refusal is not None or found is None:
        return refusal or wording.not_found("number", ask.words.first)
    ask.trail.scope_id = found.institution_id
    return found


async def house_of(uow: UnitOfWork, one: PlanItem) -> InstitutionRow:
    """The institution of an item.

    Raises:
        LookupError: there is none.
    """
    found = await organisations.institutions_below(uow, paths=[one.path])
    if not found:
        raise LookupError(one.institution_id)
    return found[0]
