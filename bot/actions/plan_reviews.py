"""审核 of plans, additions and adjustments by the province (规程第七条)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date

from bot import wording
from bot.actions import amendments, national, planning
from bot.actions import deadlines as timing
from bot.actions.asking import Asking, Result, choice, say
from bot.actions.context import Context
from bot.actions.telling import Word, tell
from conversations.model import Option, Refusal
from conversations.rules.openings import pairs_said
from conversations.rules.plans import check_item
from conversations.understanding.dates import read_coming_date
from storage import organisations, plan_calls, plans
from storage.plans import PlanItem, SubmissionRow

_USE = "plan"
_AGREED_TO = "approved"


async def review(ask: Asking, submission_id: str) -> Result:
    """``审核 N …`` of what a base handed in; the caller has found the kind."""
    uow = ask.context.uow
    row = await plans.submission(uow, submission_id=submission_id, lock=True)
    refusal = ask.demand(row.path if row else None, use=_USE)
    if refusal is not None or row is None:
        return refusal or wording.not_found(ask.command.scope, ask.words.first)
    ask.trail.scope_id = row.institution_id
    found = await plans.items_handed_in(uow, submission_id=row.id)
    verb, reason = ask.words.second, ask.words.after(2)
    if verb in wording.WAITLIST:
        return wording.reviews.no_waitlist_here()
    if verb in wording.plans.CHANGE:
        return await _propose(ask, row, found)
    if verb in wording.APPROVE:
        return await _approve(ask, row, found)
    back = verb in wording.plans.TAKE_BACK
    if back or verb in wording.REFUSE:
        if not reason:
            return wording.amendments.reason_needed(row.number, verb)
        return await _return(ask, row, found, reason, agreed=back)
    return await _show(ask, row, found)


async def _show(ask: Asking, row: SubmissionRow, found: Sequence[PlanItem]) -> Result:
    lines = await _lines(ask.context, row, found)
    text = wording.amendments.shown(row.kind, row.institution, row.period, lines)
    options: tuple[Option, ...] = ()
    if row.state == "waiting":
        options = amendments.ways(row.number)
    else:
        text = wording.plans.with_state(text, row.state)
    return say(text, options)


async def _lines(
    context: Context, row: SubmissionRow, found: Sequence[PlanItem]
) -> list[str]:
    names = await planning.province_names(context.uow)
    title = wording.amendments.plan_title(row.period, row.institution)
    lines = await planning.lines(context, title, found, names)
    if row.kind == "adjustment" and found and found[0].replaces:
        before = await plans.item(context.uow, item_id=found[0].replaces)
        if before is not None:
            return wording.amendments.before_after(
                planning.line(before, names), lines[0]
            )
    return lines


# ---- approving ----


async def _approve(
    ask: Asking, row: SubmissionRow, found: Sequence[PlanItem]
) -> Result:
    context = ask.context
    unanswered = [one.number for one in found if one.proposed]
    if row.state == "waiting" and unanswered:
        return wording.amendments.proposal_open(unanswered)
    refusal = await _outdated(context, row)
    if refusal is not None:
        return refusal
    # Locked: what is agreed to is either published with the rest, or added to it.
    call = await plan_calls.get(context.uow, period=row.period, lock=True)
    published = call is not None and call.published_at is not None
    done = await plans.decide(
        context.uow,
        submission_id=row.id,
        state=_AGREED_TO,
        item_state="published" if published else "approved",
        decided_by=context.actor.person_id,
        now=context.now,
    )
    if not done:
        return wording.amendments.decided_already(row.number, row.state)
    if row.kind == "plan":
        await timing.mark_done(
            context.uow,
            subject=row.subject,
            step=planning.STEP,
            by=context.actor.person_id,
            now=context.now,
        )
    else:
        await _file(context, row, found, published=published)
    text = wording.amendments.approved_to_base(
        row.kind, row.number, row.period, published=published
    )
    await _tell_base(context, row, text, ())
    return say(wording.amendments.approved(row.kind, row.institution, row.period))


async def _outdated(context: Context, row: SubmissionRow) -> Refusal | None:
    """Why an adjustment cannot be agreed to any more: a class was opened meanwhile."""
    if row.kind != "adjustment" or row.state != "waiting":
        return None
    found = await plans.items_handed_in(context.uow, submission_id=row.id)
    before = (
        await plans.item(context.uow, item_id=found[0].replaces, lock=True)
        if found and found[0].replaces
        else None
    )
    if before is not None and before.opened:
        return wording.amendments.adjust_class(before.number, before.code)
    return None


async def _file(
    context: Context,
    row: SubmissionRow,
    found: Sequence[PlanItem],
    *,
    published: bool,
) -> None:
    """An addition or adjustment is filed with the centre, and the list amended."""
    lines = await _lines(context, row, found)
    await plans.replace_by(context.uow, submission_id=row.id)
    text = wording.amendments.filed_with_centre(
        row.kind, row.province, row.institution, lines
    )
    word = Word(text, key=f"filed:{row.id}", subject=row.institution)
    centre = await organisations.holders(
        context.uow, path=row.path, roles=planning.CENTRE
    )
    await tell(context.uow, context.house, word, person_ids=centre, now=context.now)
    periods = {row.period} | (
        await plans.periods_replaced(context.uow, submission_id=row.id)
    )
    for period in sorted(periods):
        if published or await planning.is_published(context.uow, period):
            uow, house = context.uow, context.house
            await national.remake_list(uow, house, period, now=context.now)


# ---- returning ----


async def _return(
    ask: Asking,
    row: SubmissionRow,
    found: Sequence[PlanItem],
    reason: str,
    *,
    agreed: bool,
) -> Result:
    """Give it back to the base; ``agreed``: although it was agreed to before."""
    context = ask.context
    if agreed:
        refusal = await _may_take_back(context, row, found)
        if refusal is not None:
            return refusal
    done = await plans.decide(
        context.uow,
        submission_id=row.id,
        state="returned",
        item_state="draft" if row.kind == "plan" else "returned",
        among=_AGREED_TO if agreed else "waiting",
        reason=reason,
        decided_by=context.actor.person_id,
        now=context.now,
    )
    if not done:
        return wording.amendments.decided_already(row.number, row.state)
    await plans.drop_proposals(context.uow, submission_id=row.id)
    if agreed:
        await timing.reopen_year(
            context.uow,
            institution_id=row.institution_id,
            one=planning.dated_round(context.house, row.period),
            programme=planning.programme_of(context.house),
            now=context.now,
            new_id=context.new_id,
        )
    how = await _how_again(context, row, found)
    text = wording.amendments.returned_to_base(row.kind, row.number, reason, how)
    await _tell_base(context, row, text, (choice(how, how),))
    return say(wording.amendments.returned(row.kind, row.institution))


async def _may_take_back(
    context: Context, row: SubmissionRow, found: Sequence[PlanItem]
) -> Refusal | None:
    """An agreement is taken back only while nobody has relied on it."""
    out = await planning.is_published(context.uow, row.period)
    standing = all(one.state == _AGREED_TO and one.class_id is None for one in found)
    if row.kind != "plan" or row.state != _AGREED_TO or out or not standing:
        return wording.amendments.cannot_return(row.number)
    return None


async def _how_again(
    context: Context, row: SubmissionRow, found: Sequence[PlanItem]
) -> str:
    """The command by which the base hands in again what was returned."""
    if row.kind == "plan" or not found:
        return "报送"
    if row.kind == "addition":
        return f"增补 {found[0].number}"
    before = await plans.item(context.uow, item_id=found[0].replaces or "")
    return f"调整 {before.number}" if before else "调整"


async def _tell_base(
    context: Context, row: SubmissionRow, text: str, options: tuple[Option, ...]
) -> None:
    word = Word(
        text,
        key=f"reviewed:{row.id}:{context.now.isoformat()}",
        subject=row.institution,
        choices=options,
    )
    base = await organisations.holders(context.uow, path=row.path, roles=planning.BASE)
    await tell(context.uow, context.house, word, person_ids=base, now=context.now)


# ---- proposing a change ----


async def _propose(
    ask: Asking, row: SubmissionRow, found: Sequence[PlanItem]
) -> Result:
    """``审核 N 改 M 日期 人数``: the province would rather have it so."""
    context, words = ask.context, ask.words.words[2:]
    if row.state != "waiting":
        return wording.amendments.decided_already(row.number, row.state)
    if not words or not words[0].isdecimal():
        return wording.amendments.proposal_unread()
    one = next((one for one in found if one.number == int(words[0][:9])), None)
    if one is None:
        return wording.not_found("number", words[0])
    wanted = _wanted(words[1:], today=context.moment.today)
    if not wanted:
        return wording.amendments.proposal_unread()
    refusal = await _unfit(context, one, wanted)
    if refusal is not None:
        return refusal
    await plans.change_item(
        context.uow, item_id=one.id, among=["waiting"], values={"proposed": wanted}
    )
    ask.trail.detail = f"propose {one.number}"
    what = said(wanted)
    names = await planning.province_names(context.uow)
    word = Word(
        wording.amendments.proposed_to_base(planning.line(one, names), what),
        key=f"proposed:{one.id}:{context.now.isoformat()}",
        subject=row.institution,
        choices=(
            choice(
                wording.plans.AGREE[0], f"计划 {one.number} {wording.plans.AGREE[0]}"
            ),
            choice(
                wording.plans.DISAGREE[0],
                f"计划 {one.number} {wording.plans.DISAGREE[0]}",
            ),
        ),
    )
    base = await organisations.holders(context.uow, path=row.path, roles=planning.BASE)
    await tell(context.uow, context.house, word, person_ids=base, now=context.now)
    return say(wording.amendments.proposed(one.number, what))


def _wanted(words: Sequence[str], *, today: date) -> dict[str, str]:
    """A day and a number of people, as far as the words say them."""
    wanted: dict[str, str] = {}
    heads = [word for word in words if wording.amendments.heads_in(word)]
    if heads:
        wanted["headcount"] = str(wording.amendments.heads_in(heads[0]))
    rest = " ".join(word for word in words if word not in heads)
    if rest:
        opens_on = read_coming_date(rest, today=today)
        if opens_on is None:
            return {}
        wanted["opens_on"] = opens_on.isoformat()
    return wanted


async def _unfit(
    context: Context, one: PlanItem, wanted: Mapping[str, str]
) -> Refusal | None:
    """Why the item cannot be had so."""
    most = context.house.limits.class_size
    if not 1 <= int(wanted.get("headcount", "1")) <= most:
        return wording.amendments.heads_out_of_range(most)
    house = await planning.house_of(context.uow, one)
    approved = await organisations.approvals_of(
        context.uow, institution_id=house.scope_id
    )
    around = {
        "institution_kind": house.kind,
        "approved": pairs_said(approved),
        "period": one.period,
    }
    given = {
        "level": one.level,
        "major": one.major,
        "opens_on": wanted.get("opens_on", one.opens_on.isoformat()),
    }
    refused = check_item(given, around, today=context.moment.today)
    return refused[0] if refused else None


def said(wanted: Mapping[str, str]) -> str:
    """A proposal in words."""
    opens_on = wanted.get("opens_on")
    return wording.amendments.proposal_words(
        date.fromisoformat(opens_on) if opens_on else None,
        int(wanted.get("headcount", "0")),
    )
