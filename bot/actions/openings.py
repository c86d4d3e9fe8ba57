"""开班: a base opens a class, on the plan, changed, or off it (规程第八条)."""

from __future__ import annotations

from datetime import date, timedelta

from bot import permissions, wording
from bot.actions import deadlines as timing
from bot.actions.asking import Asking, Result, choice, say
from bot.actions.classes import DEFAULT_PROGRAMME, ClassPlan, create_class, named
from bot.actions.context import Context
from bot.actions.handing_in import REVIEWERS, hand_in
from bot.actions.staffing import Noted, note_preferred
from bot.actions.telling import Word, tell
from bot.commands import by_word
from conversations.engine import words
from conversations.model import (
    Answer,
    Conversation,
    FormRequest,
    Option,
    Outcome,
    Refusal,
    Reply,
    SubmitForm,
    Value,
)
from conversations.rules import openings as rules
from storage import numbers, organisations, plans, submissions
from storage.classes import ClassRow
from storage.organisations import InstitutionRow, ScopeRow
from storage.plans import PlanItem
from storage.submissions import Submission

FORM = "class_opening"
ON_PLAN, OFF_PLAN, UNCHECKED = "on_plan", "off_plan", "unchecked"
_STEP = "opening"
_OWN_PROVINCE = "own"


# ---- 开班 ----


async def begin(ask: Asking) -> Result:
    """``开班 [单位] [计划 N | 计划外]``: open the form for a class of an institution."""
    houses = await organisations.institutions_below(ask.context.uow, paths=ask.paths())
    said = list(ask.words.words)
    if len(said) > 1 and said[-2] in wording.openings.PLAN:
        return await _begin_planned(ask, houses, said[-1])
    off_plan = bool(said) and said[-1] in wording.openings.OFF_PLAN
    name = " ".join(said[:-1] if off_plan else said)
    if name:
        houses = tuple(house for house in houses if house.name == name)
        if not houses:
            return wording.not_found(ask.command.scope, name)
    if not houses:
        return wording.classes.no_institution()
    if len(houses) > 1:
        options = [
            choice(house.name, f"{ask.command.name} {house.name}")
            for house in houses[: ask.context.house.limits.list_length]
        ]
        return say(wording.classes.choose_institution(), options)
    house = houses[0]
    ask.trail.scope_id = house.scope_id
    planned = await plans.open_items(
        ask.context.uow,
        institution_id=house.scope_id,
        today=ask.context.moment.today,
    )
    if planned and not off_plan:
        return say(wording.openings.which_planned(), _choices(ask, house, planned))
    return await _open(ask, house, None)


def _choices(
    ask: Asking, house: InstitutionRow, planned: tuple[PlanItem, ...]
) -> list[Option]:
    command = f"{ask.command.name}"
    most = ask.context.house.limits.list_length - 1
    said = wording.openings
    return [
        *(
            choice(
                said.planned_line(
                    one.number, one.level, one.major, one.opens_on, one.headcount
                ),
                f"{command} {said.PLAN[0]} {one.number}",
            )
            for one in planned[:most]
        ),
        choice(said.off_plan_choice(), f"{command} {house.name} {said.OFF_PLAN[0]}"),
    ]


async def _begin_planned(
    ask: Asking, houses: tuple[InstitutionRow, ...], said: str
) -> Result:
    context = ask.context
    number = int(said) if said.isascii() and said.isdecimal() else 0
    found = await numbers.find(context.uow, number=number) if number else None
    item = None
    if found is not None and found.kind == plans.ITEM_NUMBER:
        item = await plans.item(context.uow, item_id=found.subject_id)
    mine = {house.scope_id: house for house in houses}
    if item is None or item.institution_id not in mine:
        return wording.openings.plan_item_gone(said)
    ask.trail.scope_id = item.institution_id
    planned = await plans.open_items(
        context.uow, institution_id=item.institution_id, today=context.moment.today
    )
    if item.id not in {one.id for one in planned}:
        return wording.openings.plan_item_gone(said)
    return await _open(ask, mine[item.institution_id], item)


async def _open(ask: Asking, house: InstitutionRow, item: PlanItem | None) -> Outcome:
    context = ask.context
    form = context.house.book.newest(FORM)
    planned = _planned(item) if item else {}
    given: dict[str, Value] = dict(planned)
    request = FormRequest(
        draft=context.new_id(),
        form=FORM,
        version=form.version,
        subject=f"{house.scope_id}:{item.id}" if item else house.scope_id,
        context={
            **await _institution_facts(context, house),
            "origin": ON_PLAN if item else OFF_PLAN,
            "plan_item": item.id if item else "",
            **{f"plan_{key}": value for key, value in planned.items()},
        },
        prefill={"venue": house.address} if house.address else {},
        given=given,
    )
    replies: tuple[Reply, ...] = ()
    if item is not None:
        text = wording.openings.from_plan(
            item.number, item.level, item.major, item.opens_on, item.headcount
        )
        replies = say(text).replies
    return Outcome(replies=replies, open=request)


def _planned(item: PlanItem) -> dict[str, str]:
    return {
        "level": item.level,
        "major": item.major,
        "opens_on": item.opens_on.isoformat(),
        "headcount": str(item.headcount),
    }


async def _institution_facts(context: Context, house: InstitutionRow) -> dict[str, str]:
    """What an institution may open, for the rules that look at each answer."""
    approved = await organisations.approvals_of(
        context.uow, institution_id=house.scope_id
    )
    return {
        "institution": house.name,
        "institution_kind": house.kind,
        "approved": rules.pairs_said(approved),
        "ahead_days": str(_days_ahead(context)),
    }


def _days_ahead(context: Context) -> int:
    """How many days before the opening a class is to be applied for."""
    step = context.house.programmes[DEFAULT_PROGRAMME].step(_STEP)
    return -step.due.days if step.due else 0


# ---- handed in ----


async def submit(
    context: Context, effect: SubmitForm, _conversation: Conversation
) -> Result:
    """The form was handed in: a planned class stands, any other waits for the province."""
    draft = effect.draft
    house = await _house(context, draft.subject.partition(":")[0])
    if house is None:
        return wording.no_longer_yours()
    said = _said(draft.answers)
    facts = {**draft.context, **await _institution_facts(context, house)}
    refusal = rules.check_opening(said, facts, today=context.moment.today)
    if refusal is not None:
        return refusal
    item = await _item(context, draft.context.get("plan_item", ""))
    if isinstance(item, Refusal):
        return item
    row = await create_class(
        context.uow,
        context.house,
        _plan(said, house, item),
        institution=_place(house),
        now=context.now,
    )
    await submissions.add(
        context.uow,
        Submission(
            id=context.new_id(),
            form=draft.form,
            version=draft.version,
            subject=row.code,
            person_id=context.actor.person_id,
            submitted_at=context.now,
            answers={key: one.value for key, one in draft.answers.items()},
            personal={},
            context=draft.context,
        ),
    )
    if item is not None:
        await plans.link(context.uow, item_id=item.id, class_id=row.id)
        await timing.mark_done(
            context.uow,
            subject=timing.planned_subject(house.scope_id, item.number),
            step=_STEP,
            by=context.actor.person_id,
            now=context.now,
        )
    noted = await note_preferred(context.uow, row, _names(said))
    text = await _settle(context, row, said, facts, item)
    return _answer(text, noted, row)


async def _house(context: Context, scope_id: str) -> InstitutionRow | None:
    found = await organisations.institutions_below(
        context.uow, paths=permissions.paths(context.actor.grants, by_word()["开班"])
    )
    return next((one for one in found if one.scope_id == scope_id), None)


async def _item(context: Context, item_id: str) -> PlanItem | Refusal | None:
    """The planned class, locked; a refusal when somebody opened it meanwhile."""
    if not item_id:
        return None
    item = await plans.item(context.uow, item_id=item_id, lock=True)
    gone = item is None or item.opened or item.state not in plans.AGREED
    return wording.openings.plan_item_taken() if gone else item


def _said(answers: dict[str, Answer]) -> dict[str, str]:
    return {
        key: one.value for key, one in answers.items() if isinstance(one.value, str)
    }


def _names(said: dict[str, str]) -> str:
    names = said.get("lecturers_preferred", "")
    return "" if names == words.NOTHING else names


def _place(house: InstitutionRow) -> ScopeRow:
    return ScopeRow(
        id=house.scope_id,
        kind="institution",
        name=house.name,
        parent_id=house.province_id,
        path=house.path,
    )


def _plan(
    said: dict[str, str], house: InstitutionRow, item: PlanItem | None
) -> ClassPlan:
    recruits: tuple[str, ...] = ()
    if item is not None:
        recruits = tuple(item.recruits_from)
    elif said.get("recruits") == _OWN_PROVINCE:
        recruits = (house.province_id,)
    return ClassPlan(
        title=said["title"],
        level=said["level"],
        major=said["major"],
        opens_on=date.fromisoformat(said["opens_on"]),
        venue=said.get("venue", ""),
        capacity=int(said["headcount"]),
        recruits_from=recruits,
    )


async def _settle(
    context: Context,
    row: ClassRow,
    said: dict[str, str],
    facts: dict[str, str],
    item: PlanItem | None,
) -> str:
    """On the plan and unchanged it stands; else the province decides (note 3)."""
    changed = rules.changed(said, facts) if item else ()
    if item is not None and not changed:
        return await _stands(context, row)
    origin = facts.get("origin", "") or _claimed(said)
    proposal = {
        "origin": origin,
        "recruits": said.get("recruits", ""),
        "why": said.get("why", ""),
        **{f"plan_{key}": facts[f"plan_{key}"] for key in changed},
        **{key: said[key] for key in changed},
    }
    review = await hand_in(context, row, _STEP, proposal=proposal)
    ahead = _days_ahead(context)
    left = row.opens_on - context.moment.today
    return wording.openings.submitted(
        named(row),
        row.code,
        review.number,
        origin,
        ahead=ahead,
        late=left < timedelta(days=ahead),
    )


def _claimed(said: dict[str, str]) -> str:
    """How a draft of the first version says that it stands to the plan."""
    return OFF_PLAN if said.get("on_plan") == "no" else UNCHECKED


async def _stands(context: Context, row: ClassRow) -> str:
    uow = context.uow
    await timing.mark_done(
        uow,
        subject=row.code,
        step=_STEP,
        by=context.actor.person_id,
        now=context.now,
    )
    word = Word(
        wording.openings.opened_to_province(named(row), row.institution),
        key=f"opened:{row.id}",
        subject=row.title,
        class_id=row.id,
    )
    managers = await organisations.holders(uow, path=row.scope_path, roles=REVIEWERS)
    await tell(uow, context.house, word, person_ids=managers, now=context.now)
    return wording.openings.opened_on_plan(named(row), row.code)


def _answer(text: str, noted: Noted, row: ClassRow) -> Outcome:
    lines = [text]
    if noted.unknown:
        unknown = wording.staffing.preferred_unknown(noted.unknown, row.code)
        lines.append(unknown)
    replies = say("\n".join(lines)).replies
    return Outcome(replies=(*replies, *noted.questions), done=True)
