"""增补, 调整: changes of a plan at any time, by way of the province (规程第七条)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from bot import permissions, wording
from bot.actions import planning
from bot.actions.asking import Asking, Result, choice, say
from bot.actions.context import Context
from bot.actions.planning import Asked
from bot.actions.telling import Word, tell
from bot.commands import by_word
from conversations.model import Draft, Option, Outcome, Refusal
from storage import numbers, organisations, plans
from storage.organisations import InstitutionRow
from storage.plans import NewItem, PlanItem, SubmissionRow

_ADDITION, _ADJUSTMENT = "addition", "adjustment"
_COMPARED = ("level", "major", "opens_on", "headcount", "recruits_from")


async def own_house(context: Context, institution_id: str) -> InstitutionRow | None:
    """The institution, if the person reports for it."""
    paths = permissions.paths(context.actor.grants, by_word()["报送"])
    found = await organisations.institutions_below(context.uow, paths=paths)
    return next((one for one in found if one.scope_id == institution_id), None)


# ---- handed in to the province ----


async def submission(
    context: Context, house: InstitutionRow, *, kind: str, period: str
) -> SubmissionRow:
    """What is handed in now, with its number; not kept yet."""
    submission_id = context.new_id()
    number = await numbers.take(
        context.uow, kind=plans.NUMBER, subject_id=submission_id
    )
    return SubmissionRow(
        id=submission_id,
        number=number,
        kind=kind,
        institution_id=house.scope_id,
        period=period,
        subject=planning.step_subject(context.house, house.scope_id, period),
        state="waiting",
        reason="",
        created_by=context.actor.person_id,
        submitted_at=context.now,
    )


async def tell_province(
    context: Context, row: SubmissionRow, house: InstitutionRow, text: str
) -> None:
    """Ask the managers of a province to review something."""
    word = Word(
        text,
        key=f"review:{row.id}",
        subject=house.name,
        choices=ways(row.number),
    )
    managers = await organisations.holders(
        context.uow, path=house.path, roles=planning.REVIEWERS
    )
    await tell(context.uow, context.house, word, person_ids=managers, now=context.now)


def ways(number: int) -> tuple[Option, ...]:
    """What a province can say to what it is to review."""
    return (
        choice(wording.APPROVE[0], f"审核 {number} {wording.APPROVE[0]}"),
        choice(wording.REFUSE[0], f"审核 {number} {wording.REFUSE[0]}"),
    )


async def hand_in(
    context: Context,
    draft: Draft,
    house: InstitutionRow,
    item: NewItem,
    names: Mapping[str, str],
) -> Result:
    """An addition's or an adjustment's form was handed in."""
    uow = context.uow
    before: PlanItem | None = None
    if draft.context.get("item"):
        before = await plans.numbered(uow, number=int(draft.context["item"]))
        if before is None or before.institution_id != house.scope_id:
            return wording.not_found("number", draft.context["item"])
    if item.kind == _ADJUSTMENT and before is not None:
        refusal = await _may_adjust(context, before) or _same(before, item)
        if refusal is not None:
            return refusal
        item = _for(item, before)
    row = await submission(context, house, kind=item.kind, period=item.period)
    await plans.hand_in_one(uow, row, item)
    if item.kind == _ADDITION and before is not None:
        again = {"state": "dropped"}
        await plans.change_item(
            uow, item_id=before.id, among=["returned"], values=dict(again)
        )
    kept = await plans.item(uow, item_id=item.id)
    assert kept is not None  # noqa: S101 -- it was added in this transaction
    lines = [planning.line(kept, names)]
    if item.replaces is not None and before is not None:
        lines = wording.amendments.before_after(planning.line(before, names), lines[0])
    text = wording.amendments.one_to_review(item.kind, house.name, row.number, lines)
    await tell_province(context, row, house, text)
    said = wording.amendments.one_handed_in(item.kind, lines[-1], row.number)
    return Outcome(replies=say(said).replies, done=True)


def _for(item: NewItem, before: PlanItem) -> NewItem:
    return NewItem(
        **{name: getattr(item, name) for name in NewItem.__struct_fields__}
        | {"replaces": before.id}
    )


def _same(before: PlanItem, item: NewItem) -> Refusal | None:
    alike = all(getattr(before, name) == getattr(item, name) for name in _COMPARED)
    return wording.amendments.nothing_differs() if alike else None


# ---- 增补 ----


async def add(ask: Asking) -> Result:
    """``增补``: one more class than was planned; ``增补 N`` a returned one again."""
    number = ask.words.number
    if number is not None:
        return await _add_again(ask, number)
    found = await planning.asked(ask, ask.words.words)
    if not isinstance(found, Asked):
        return found
    if found.rest and found.rest[0] != wording.amendments.ANOTHER:
        return wording.not_found(ask.command.scope, ask.words.first)
    if not found.rest:
        returned = await _returned(ask, found.house)
        if returned:
            return say(wording.amendments.which_addition(), returned)
    request = await planning.request(ask.context, found.house, kind=_ADDITION)
    return Outcome(open=request)


async def _returned(ask: Asking, house: InstitutionRow) -> list[Option]:
    """The additions that were returned, and another one, as choices."""
    found = await plans.unfinished(
        ask.context.uow, institution_id=house.scope_id, kind=_ADDITION
    )
    if not found:
        return []
    name, another = ask.command.name, wording.amendments.ANOTHER
    limit = ask.context.house.limits.list_length - 1
    return [
        *(
            choice(wording.amendments.again(one.number), f"{name} {one.number}")
            for one in found[:limit]
        ),
        choice(another, f"{name} {house.name} {another}"),
    ]


async def _add_again(ask: Asking, number: int) -> Result:
    found = await planning.item_asked(ask, number)
    if isinstance(found, Refusal):
        return found
    if (found.kind, found.state) != (_ADDITION, "returned"):
        return wording.plans.not_in_hand(found.number, found.state)
    house = await planning.house_of(ask.context.uow, found)
    request = await planning.request(ask.context, house, kind=_ADDITION, of=found)
    return Outcome(open=request)


# ---- 调整 ----


async def adjust(ask: Asking) -> Result:
    """``调整 N``: have something of an item otherwise."""
    if not ask.words.first:
        return await _which_to_adjust(ask)
    found = await planning.item_asked(ask, ask.words.number)
    if isinstance(found, Refusal):
        return found
    refusal = await _may_adjust(ask.context, found)
    if refusal is not None:
        return refusal
    house = await planning.house_of(ask.context.uow, found)
    request = await planning.request(ask.context, house, kind=_ADJUSTMENT, of=found)
    tried = await plans.last_returned(ask.context.uow, replaces=found.id)
    if tried is not None:
        names = await planning.province_names(ask.context.uow)
        given = planning.answers_of(tried, house, names)
        return Outcome(open=planning.with_given(request, given))
    return Outcome(open=request)


async def _may_adjust(context: Context, one: PlanItem) -> Refusal | None:
    if one.state not in plans.AGREED:
        return wording.amendments.cannot_adjust(one.number, one.state)
    if one.opened:
        return wording.amendments.adjust_class(one.number, one.code)
    waiting = await plans.adjustment_waiting(context.uow, replaces=one.id)
    return wording.amendments.adjustment_waits(waiting) if waiting else None


async def _which_to_adjust(ask: Asking) -> Result:
    context = ask.context
    names = await planning.province_names(context.uow)
    houses = await organisations.institutions_below(context.uow, paths=ask.paths())
    found: Sequence[PlanItem] = [
        one
        for house in houses
        for one in await plans.open_items(
            context.uow,
            institution_id=house.scope_id,
            today=context.moment.today,
        )
    ]
    if not found:
        return wording.amendments.nothing_to_adjust()
    options = [
        choice(planning.line(one, names), f"{ask.command.name} {one.number}")
        for one in found[: context.house.limits.list_length]
    ]
    return say(wording.amendments.which_to_adjust(), options)
