"""开班: a base applies for a class; the province decides."""

from __future__ import annotations

from datetime import date, timedelta

from bot import permissions, wording
from bot.actions import deadlines as timing
from bot.actions.asking import Asking, Result, choice, say
from bot.actions.classes import ClassPlan, cancel_class, create_class, named
from bot.actions.context import Context
from bot.actions.telling import Word, tell
from bot.commands import by_word
from conversations.model import (
    Answer,
    Conversation,
    FormRequest,
    Option,
    Outcome,
    Refusal,
    SubmitForm,
)
from conversations.rules.levels import may_run
from storage import classes, numbers, organisations, reviews, submissions
from storage.classes import ClassRow
from storage.database import UnitOfWork
from storage.organisations import InstitutionRow, ScopeRow
from storage.reviews import ReviewRow
from storage.submissions import Submission

FORM = "class_opening"
_OPENING_DAYS = 40
_REVIEWERS = ("province_manager",)
_BASE = ("base_staff",)


async def begin(ask: Asking) -> Result:
    """``开班``: open the form for the person's institution."""
    context = ask.context
    houses = await organisations.institutions_below(context.uow, paths=ask.paths())
    said = ask.words.after(0)
    if said:
        houses = tuple(house for house in houses if house.name == said)
        if not houses:
            return wording.not_found(ask.command.scope, said)
    if not houses:
        return wording.classes.no_institution()
    if len(houses) > 1:
        options = [
            choice(house.name, f"{ask.command.name} {house.name}")
            for house in houses[: context.house.limits.list_length]
        ]
        return say(wording.classes.choose_institution(), options)
    ask.trail.scope_id = houses[0].scope_id
    form = context.house.book.newest(FORM)
    request = FormRequest(
        draft=context.new_id(),
        form=FORM,
        version=form.version,
        subject=houses[0].scope_id,
        context={"institution": houses[0].name},
    )
    return Outcome(open=request)


async def submit(
    context: Context, effect: SubmitForm, _conversation: Conversation
) -> Result:
    """The form was handed in: the class is planned, and waits for the province."""
    uow, draft = context.uow, effect.draft
    opening = by_word()["开班"]
    found = await organisations.institutions_below(
        uow, paths=permissions.paths(context.actor.grants, opening)
    )
    house = next((one for one in found if one.scope_id == draft.subject), None)
    if house is None:
        return wording.no_longer_yours()
    plan = _plan(draft.answers)
    refusal = await _check(uow, house, plan, today=context.moment.today)
    if refusal is not None:
        return refusal
    row = await create_class(
        uow, context.house, plan, institution=_place(house), now=context.now
    )
    await submissions.add(
        uow,
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
    review = await _hand_in(context, row, "opening")
    ahead = plan.opens_on - context.moment.today
    text = wording.classes.opening_submitted(
        named(row), review.number, late=ahead < timedelta(days=_OPENING_DAYS)
    )
    return Outcome(replies=say(text).replies, done=True)


def _place(house: InstitutionRow) -> ScopeRow:
    return ScopeRow(
        id=house.scope_id,
        kind="institution",
        name=house.name,
        parent_id=house.province_id,
        path=house.path,
    )


def _plan(answers: dict[str, Answer]) -> ClassPlan:
    given = {
        key: one.value for key, one in answers.items() if isinstance(one.value, str)
    }
    return ClassPlan(
        title=given["title"],
        level=given["level"],
        major=given["major"],
        opens_on=date.fromisoformat(given["opens_on"]),
        venue=given.get("venue", ""),
        capacity=int(given["headcount"]),
    )


async def _check(
    uow: UnitOfWork, house: InstitutionRow, plan: ClassPlan, *, today: date
) -> Refusal | None:
    approved = await organisations.approvals_of(uow, institution_id=house.scope_id)
    allowed = (plan.major, plan.level) in approved
    if not (allowed and may_run(house.kind, plan.level)):
        return wording.classes.not_approved(plan.level, plan.major)
    return wording.classes.opens_too_soon() if plan.opens_on <= today else None


async def _hand_in(context: Context, row: ClassRow, kind: str) -> ReviewRow:
    """Put something before the province, and tell its managers."""
    uow = context.uow
    review_id = context.new_id()
    number = await numbers.take(uow, kind=kind, subject_id=review_id)
    review = await reviews.add(
        uow,
        id=review_id,
        number=number,
        kind=kind,
        class_id=row.id,
        now=context.now,
    )
    word = Word(
        wording.classes.opening_to_review(named(row), row.institution, number),
        key=f"review:{review_id}",
        subject=row.title,
        choices=_ways(number),
        class_id=row.id,
    )
    managers = await organisations.holders(uow, path=row.scope_path, roles=_REVIEWERS)
    await tell(uow, context.house, word, person_ids=managers, now=context.now)
    return review


def _ways(number: int) -> tuple[Option, ...]:
    return (
        choice(wording.APPROVE[0], f"审核 {number} {wording.APPROVE[0]}"),
        choice(wording.REFUSE[0], f"审核 {number} {wording.REFUSE[0]}"),
    )


# ---- 审核 by the province ----


async def review(ask: Asking, review_id: str) -> Result:
    """``审核 N …`` of an opening; the caller has found the kind."""
    uow = ask.context.uow
    found = await reviews.get(uow, review_id=review_id)
    row = await classes.get(uow, class_id=found.class_id) if found else None
    refusal = ask.demand(
        row.scope_path if row else None, use=found.kind if found else "opening"
    )
    if refusal is not None or found is None or row is None:
        return refusal or wording.not_found(ask.command.scope, ask.words.first)
    ask.trail.scope_id = row.scope_id
    verb, reason = ask.words.second, ask.words.after(2)
    if verb in wording.WAITLIST:
        return wording.reviews.no_waitlist_here()
    if verb not in (*wording.APPROVE, *wording.REFUSE):
        shown = wording.reviews.review_shown(
            found.kind, named(row), row.institution, _facts(row)
        )
        return say(shown, _ways(found.number))
    if verb in wording.REFUSE and not reason:
        return wording.reviews.reason_needed(found.number)
    return await _decide(ask, found, row, approve=verb in wording.APPROVE, why=reason)


def _facts(row: ClassRow) -> list[str]:
    return [
        wording.reviews.class_facts(
            row.level, row.major, row.opens_on, row.capacity, row.venue
        )
    ]


async def _decide(
    ask: Asking, found: ReviewRow, row: ClassRow, *, approve: bool, why: str
) -> Result:
    context = ask.context
    decided = await reviews.decide(
        context.uow,
        review_id=found.id,
        state="approved" if approve else "refused",
        reason=why,
        decided_by=context.actor.person_id,
        now=context.now,
    )
    if not decided:
        state = wording.reviews.REVIEW_STATES[found.state]
        return wording.reviews.already_decided(found.number, state)
    if approve:
        await _approved(context, found, row)
        text = wording.reviews.review_approved_to_base(found.kind, named(row), row.code)
    else:
        await _refused(context, found, row)
        text = wording.reviews.review_refused_to_base(
            found.kind, named(row), row.code, why
        )
    word = Word(text, key=f"reviewed:{found.id}", subject=row.title, class_id=row.id)
    base = await organisations.holders(context.uow, path=row.scope_path, roles=_BASE)
    await tell(context.uow, context.house, word, person_ids=base, now=context.now)
    said = (
        wording.reviews.review_approved if approve else wording.reviews.review_refused
    )
    return say(said(found.kind, named(row)))


async def _approved(context: Context, found: ReviewRow, row: ClassRow) -> None:
    await timing.mark_done(
        context.uow,
        subject=row.code,
        step=found.kind,
        by=context.actor.person_id,
        now=context.now,
    )


async def _refused(context: Context, found: ReviewRow, row: ClassRow) -> None:
    """A class that is not approved is not held."""
    if found.kind == "opening":
        await cancel_class(
            context.uow,
            context.house,
            row,
            now=context.now,
            decided_by=context.actor.person_id,
        )
