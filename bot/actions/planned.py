"""计划: what is planned, for the base, its province and the centre."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date

from bot import wording
from bot.actions import amendments, collecting, national, pictures, planning
from bot.actions.asking import Asking, Result, choice, say
from bot.actions.context import Context
from bot.actions.pictures import Sheet
from bot.actions.telling import Word, tell
from conversations.model import Option, Refusal
from storage import organisations, plan_calls, plans
from storage.organisations import InstitutionRow
from storage.plan_calls import Reported
from storage.plans import PlanItem

_NOT_HELD = "not_held"
_SHOWN = ("waiting", *plans.AGREED)
_SHOWN_TO_BASE = ("draft", *_SHOWN)


async def show(ask: Asking) -> Result:
    """``计划 [半年]``: the plans in the person's scopes; ``计划 N``: one class."""
    if ask.words.number is not None and not _is_half_year(ask):
        return await _one(ask, ask.words.number)
    context = ask.context
    period, rest = planning.period_first(ask.words.words, today=context.moment.today)
    houses = await organisations.institutions_below(context.uow, paths=ask.paths())
    if not houses:
        return wording.classes.no_institution()
    if rest:
        house, left = planning.named_house(houses, rest)
        again, left = planning.period_first(left, today=context.moment.today)
        if house is None or left:
            return wording.not_found(ask.command.scope, ask.words.first)
        period = again or period or await collecting.newest(context)
        return await _own(ask, period, house)
    period = period or await collecting.newest(context)
    if len(houses) == 1 and not _reviews(ask):
        return await _own(ask, period, houses[0])
    return await _below(ask, period)


def _is_half_year(ask: Asking) -> bool:
    today = ask.context.moment.today
    return bool(planning.period_first(ask.words.words, today=today)[0])


def _reviews(ask: Asking) -> bool:
    roles = (*planning.REVIEWERS, *planning.CENTRE)
    return any(one.role in roles for one in ask.context.actor.grants)


async def _own(ask: Asking, period: str, house: InstitutionRow) -> Result:
    uow = ask.context.uow
    ask.trail.scope_id = house.scope_id
    names = await planning.province_names(uow)
    mine = ask.may(house.path, _NOT_HELD)
    found = await plans.items_below(
        uow,
        paths=[house.path],
        period=period,
        states=_SHOWN_TO_BASE if mine else _SHOWN,
    )
    lines = [standing_line(one, names) for one in found]
    if len(found) > ask.context.house.limits.table_lines:
        title = wording.amendments.plan_title(period, house.name)
        lines = await planning.lines(ask.context, title, found, names)
    text = wording.amendments.own_plan(period, house.name, len(found), lines)
    return say(text)


def standing_line(one: PlanItem, names: Mapping[str, str]) -> str:
    """A planned class as one line, with where it stands."""
    said = planning.standing(one, names)
    settled = one.opened or one.not_held
    return said if settled else wording.plans.with_state(said, one.state)


async def _below(ask: Asking, period: str) -> Result:
    context, paths = ask.context, ask.paths()
    standing = await plan_calls.reported(context.uow, paths=paths, period=period)
    grants = context.actor.grants
    mine = [one.scope_path for one in grants if one.role in planning.REVIEWERS]
    waiting = await plans.waiting_below(context.uow, paths=mine)
    limit = context.house.limits.list_length
    options = [
        choice(
            wording.amendments.review_line(one.number, one.kind, one.institution),
            f"审核 {one.number}",
        )
        for one in waiting[:limit]
    ]
    provinces = {one.province for one in standing}
    if len(provinces) == 1:
        options += [
            choice(one.institution, f"{ask.command.name} {one.institution} {period}")
            for one in standing[: limit - len(options)]
        ]
    lines = await _lines(context, period, standing)
    return say(wording.amendments.plans_below(period, lines, len(waiting)), options)


async def _lines(
    context: Context, period: str, standing: Sequence[Reported]
) -> list[str]:
    """Each institution of a province, or each province; many of them as a picture."""
    groups: dict[str, list[Reported]] = {}
    for one in standing:
        groups.setdefault(one.province, []).append(one)
    if len(groups) > 1:
        header = wording.amendments.PROVINCE_HEADER
        rows = [_of_province(name, group) for name, group in groups.items()]
        lines = [wording.amendments.province_line(*row) for row in rows]
    else:
        header = wording.amendments.INSTITUTION_HEADER
        rows = [_of_institution(one) for one in standing]
        lines = [wording.amendments.reported_line(*row) for row in rows]
    if len(rows) <= context.house.limits.table_lines:
        return lines
    title = wording.amendments.plans_title(period)
    return [await pictures.table(context, Sheet(title, header, rows))]


def _of_province(name: str, group: Sequence[Reported]) -> tuple[str, str, str]:
    reported = sum(bool(one.state) for one in group)
    return name, f"{reported}/{len(group)}", str(sum(one.count for one in group))


def _of_institution(one: Reported) -> tuple[str, str, str]:
    return one.institution, wording.plans.STATES[one.state], str(one.count)


# ---- 计划 N ----


async def _one(ask: Asking, number: int) -> Result:
    found = await planning.item_asked(ask, number)
    if isinstance(found, Refusal):
        return found
    verb = ask.words.second
    if verb:
        refusal = ask.demand(found.path, use=_NOT_HELD)
        if refusal is not None:
            return refusal
    if verb in wording.plans.NOT_HELD:
        return await _leave(ask, found, ask.words.after(2))
    if verb in wording.plans.HELD_AFTER_ALL:
        return await _hold(ask, found)
    if verb in (*wording.plans.AGREE, *wording.plans.DISAGREE):
        return await _answer(ask, found, agreed=verb in wording.plans.AGREE)
    if verb:
        return wording.how_to_say(ask.command.usage)
    names = await planning.province_names(ask.context.uow)
    text = wording.amendments.item_shown(
        standing_line(found, names), found.institution, found.state
    )
    return say(text, _ways(ask, found))


def _ways(ask: Asking, one: PlanItem) -> list[Option]:
    if not ask.may(one.path, _NOT_HELD) or one.opened:
        return []
    if one.proposed:
        return [
            choice(verb[0], f"{ask.command.name} {one.number} {verb[0]}")
            for verb in (wording.plans.AGREE, wording.plans.DISAGREE)
        ]
    if one.state == "draft":
        change = wording.plans.CHANGE[0]
        return [choice(change, f"报送 {change} {one.number}")]
    if one.state in plans.AGREED:
        return [
            choice("调整", f"调整 {one.number}"),
            choice("开班", f"开班 {one.number}"),
        ]
    return []


async def _leave(ask: Asking, one: PlanItem, why: str) -> Result:
    """``计划 N 不办 理由``: a class that was planned will not be held."""
    if one.state not in plans.AGREED:
        return wording.amendments.cannot_be_left(one.number, one.state)
    if one.opened:
        return wording.amendments.adjust_class(one.number, one.code)
    if not why:
        return wording.amendments.not_held_needs_reason(one.number)
    context = ask.context
    why = why[: wording.plans.LONGEST_REASON]
    await plans.change_item(
        context.uow, item_id=one.id, among=plans.AGREED, values={"not_held": why}
    )
    ask.trail.detail = f"not held {one.number}"
    names = await planning.province_names(context.uow)
    text = wording.amendments.not_held_to_province(
        one.institution, planning.line(one, names), why
    )
    await _tell_province(context, one, text, ())
    await _refresh(context, one)
    return say(wording.amendments.not_held(one.number, why))


async def _hold(ask: Asking, one: PlanItem) -> Result:
    """``计划 N 照办``: it will be held after all."""
    if one.state not in plans.AGREED or not one.not_held:
        return wording.amendments.cannot_be_left(one.number, one.state)
    context = ask.context
    await plans.change_item(
        context.uow, item_id=one.id, among=plans.AGREED, values={"not_held": ""}
    )
    ask.trail.detail = f"held {one.number}"
    await _refresh(context, one)
    return say(wording.amendments.held_after_all(one.number))


async def _refresh(context: Context, one: PlanItem) -> None:
    if one.state == "published":
        uow, house = context.uow, context.house
        await national.remake_list(uow, house, one.period, now=context.now)


async def _answer(ask: Asking, one: PlanItem, *, agreed: bool) -> Result:
    """``计划 N 同意``, ``不同意``: the base's answer to the province's proposal."""
    if not one.proposed or one.state != "waiting" or one.submission_id is None:
        return wording.amendments.no_proposal(one.number)
    context = ask.context
    values: dict[str, object] = {"proposed": {}}
    if agreed and "opens_on" in one.proposed:
        values["opens_on"] = date.fromisoformat(one.proposed["opens_on"])
    if agreed and "headcount" in one.proposed:
        values["headcount"] = int(one.proposed["headcount"])
    await plans.change_item(
        context.uow, item_id=one.id, among=["waiting"], values=values
    )
    now = await plans.item(context.uow, item_id=one.id) or one
    row = await plans.submission(context.uow, submission_id=one.submission_id)
    assert row is not None  # noqa: S101 -- the item was handed in with it
    names = await planning.province_names(context.uow)
    text = wording.amendments.proposal_answered_to_province(
        one.institution, planning.line(now, names), row.number, agreed=agreed
    )
    await _tell_province(context, one, text, amendments.ways(row.number))
    return say(wording.amendments.proposal_answered(one.number, agreed=agreed))


async def _tell_province(
    context: Context, one: PlanItem, text: str, options: tuple[Option, ...]
) -> None:
    word = Word(
        text,
        key=f"plan-item:{one.id}:{context.now.isoformat()}",
        subject=one.institution,
        choices=options,
    )
    managers = await organisations.holders(
        context.uow, path=one.path, roles=planning.REVIEWERS
    )
    await tell(context.uow, context.house, word, person_ids=managers, now=context.now)
