"""报送: a base notes what it plans for a half year and hands it in (规程第七条)."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from datetime import timedelta

from bot import wording
from bot.actions import amendments, planning
from bot.actions.asking import Asking, Result, choice, say
from bot.actions.context import Context
from bot.actions.planning import Asked
from bot.actions.telling import Word, tell
from bot.commands import parse
from conversations.model import Conversation, Option, Outcome, Refusal, SubmitForm
from conversations.rules.half_years import last_day
from conversations.rules.openings import pairs_said
from conversations.rules.plans import check_item, names_said
from storage import jobs, links, organisations, plan_calls, plans
from storage.database import UnitOfWork
from storage.organisations import InstitutionRow
from storage.plans import PlanItem

_MEDIA = ("file:", "oa:", "wecom:", "wecom_bot:")
_KIND = "plan"
_DRAFT = ("draft",)
_Verb = Callable[[Asking, Asked], Awaitable[Result]]


async def report(ask: Asking) -> Result:
    """``报送 [半年] [动词] [号]``: see, note, change and hand in a base's plan.

    The dialogue gives an Excel sheet that was sent as ``报送 MEDIA``.
    """
    media = next((one for one in ask.words.raw.split() if one.startswith(_MEDIA)), "")
    words = parse(ask.words.raw.replace(media, "")).words if media else ask.words.words
    found = await planning.asked(ask, words)
    if not isinstance(found, Asked):
        return found
    if last_day(found.period) <= ask.context.moment.today:
        return wording.plans.half_year_over(found.period)
    if media:
        return await _take_sheet(ask, found, media)
    if not found.rest:
        return await _overview(ask, found)
    verb = _verb(found.rest[0])
    if verb is None:
        return wording.not_found(ask.command.scope, ask.words.first)
    return await verb(ask, found)


def _verb(word: str) -> _Verb | None:
    verbs: tuple[tuple[Sequence[str], _Verb], ...] = (
        (wording.plans.ADD, _add),
        (wording.plans.CHANGE, _change),
        (wording.plans.DROP, _drop),
        (wording.plans.HAND_IN, _hand_in),
        (wording.plans.NOTHING, _hand_in_nothing),
        (wording.plans.TAKE_BACK, _take_back),
        (wording.plans.TEMPLATE, _send_template),
        (wording.plans.UPLOAD, _send_link),
    )
    return next((one for said, one in verbs if word in said), None)


# ---- seeing ----


async def _overview(ask: Asking, at: Asked) -> Result:
    uow, period = ask.context.uow, at.period
    names = await planning.province_names(uow)
    found = await plans.items_of(
        uow,
        institution_id=at.house.scope_id,
        period=period,
        states=("draft", "waiting", *plans.AGREED),
    )
    latest = await plans.latest_plan(
        uow, institution_id=at.house.scope_id, period=period
    )
    published = await planning.is_published(uow, period)
    if latest is not None and latest.state == "waiting":
        waiting = [one for one in found if one.submission_id == latest.id]
        lines = await planning.lines(ask.context, _title(at), waiting, names)
        text = wording.plans.waits(period, latest.number, lines)
        back = wording.plans.TAKE_BACK[0]
        return say(text, [_way(at, wording.plans.TAKE_BACK_LABEL, back)])
    agreed = [one for one in found if one.state in plans.AGREED]
    if published or (latest is not None and latest.state == "approved"):
        lines = await planning.lines(ask.context, _title(at), agreed, names)
        return say(wording.plans.is_agreed(period, lines, published=published))
    return await _in_hand(ask, at, [one for one in found if one.state == "draft"])


async def _in_hand(ask: Asking, at: Asked, drafts: Sequence[PlanItem]) -> Result:
    uow = ask.context.uow
    call = await plan_calls.get(uow, period=at.period)
    due_on = planning.due_on(ask.context.house, at.period, call)
    add, sheet = wording.plans.ADD[0], wording.plans.TEMPLATE[0]
    if not drafts:
        options = [
            _way(at, wording.plans.ONE_BY_ONE, add),
            _way(at, wording.plans.BY_SHEET, sheet),
            _way(at, wording.plans.NO_PLAN_LABEL, wording.plans.NOTHING[0]),
        ]
        return say(wording.plans.nothing_yet(at.period, due_on), options)
    names = await planning.province_names(uow)
    options = [
        _way(at, wording.plans.HAND_IN_LABEL, wording.plans.HAND_IN[0]),
        _way(at, wording.plans.ONE_MORE, add),
        _way(at, wording.plans.BY_SHEET, sheet),
    ]
    lines = await planning.lines(ask.context, _title(at), drafts, names)
    text = wording.plans.drafts(at.period, due_on, len(drafts), lines)
    return say(text, options)


def _title(at: Asked) -> str:
    return wording.amendments.plan_title(at.period, at.house.name)


def _way(at: Asked, label: str, verb: str) -> Option:
    return choice(label, f"报送 {at.house.name} {at.period} {verb}")


# ---- noting ----


async def _drafts(uow: UnitOfWork, at: Asked) -> tuple[PlanItem, ...]:
    return await plans.items_of(
        uow, institution_id=at.house.scope_id, period=at.period, states=_DRAFT
    )


async def _add(ask: Asking, at: Asked) -> Result:
    """``报送 加``: the form of one more class."""
    refusal = await planning.closed(ask.context.uow, at.house, at.period)
    if refusal is not None:
        return refusal
    request = await planning.request(
        ask.context, at.house, kind=_KIND, period=at.period
    )
    return Outcome(open=request)


async def _draft_asked(ask: Asking, at: Asked) -> PlanItem | Refusal:
    said = at.rest[1] if len(at.rest) > 1 else ""
    if not said.isdecimal():
        return wording.plans.which_item(at.rest[0])
    found = await plans.numbered(ask.context.uow, number=int(said[:9]))
    if found is None or found.institution_id != at.house.scope_id:
        return wording.not_found("number", said)
    if found.state != "draft":
        return wording.plans.not_in_hand(found.number, found.state)
    return found


async def _change(ask: Asking, at: Asked) -> Result:
    """``报送 改 N``: the form again, with what was said."""
    found = await _draft_asked(ask, at)
    if isinstance(found, Refusal):
        return found
    request = await planning.request(
        ask.context, at.house, kind=_KIND, period=found.period, of=found
    )
    return Outcome(open=request)


async def _drop(ask: Asking, at: Asked) -> Result:
    """``报送 删 N``: take a class out of what is noted."""
    found = await _draft_asked(ask, at)
    if isinstance(found, Refusal):
        return found
    uow = ask.context.uow
    await plans.change_item(
        uow, item_id=found.id, among=_DRAFT, values={"state": "dropped"}
    )
    ask.trail.detail = f"drop {found.number}"
    left = await _drafts(uow, Asked(at.house, found.period))
    text = wording.plans.item_dropped(found.number, len(left))
    return say(text, [_see(Asked(at.house, found.period))])


async def submit(
    context: Context, effect: SubmitForm, _conversation: Conversation
) -> Result:
    """The form of a class was handed in: noted, changed, or put before the province."""
    draft = effect.draft
    house_id, _, _ = draft.subject.partition(":")
    house = await amendments.own_house(context, house_id)
    if house is None:
        return wording.no_longer_yours()
    given = planning.said(draft.answers)
    names = await planning.province_names(context.uow)
    approved = await organisations.approvals_of(context.uow, institution_id=house_id)
    around = draft.context | {
        "institution_kind": house.kind,
        "approved": pairs_said(approved),
        "provinces": names_said(names.values()),
    }
    refused = check_item(given, around, today=context.moment.today)
    if refused:
        return refused[0]
    item = planning.new_item(
        given,
        house,
        names,
        id=context.new_id(),
        kind=draft.context.get("kind", _KIND),
        created_by=context.actor.person_id,
    )
    if item.kind != _KIND:
        return await amendments.hand_in(context, draft, house, item, names)
    at = Asked(house, item.period)
    refusal = await planning.closed(context.uow, at.house, at.period)
    if refusal is not None:
        return refusal
    if draft.context.get("item"):
        return await _keep_changed(context, draft.context["item"], item, at, names)
    if len(await _drafts(context.uow, at)) >= context.house.limits.plan_items:
        return wording.plans.most_items(context.house.limits.plan_items)
    await plans.add_items(context.uow, [item], now=context.now)
    kept = await plans.item(context.uow, item_id=item.id)
    assert kept is not None  # noqa: S101 -- it was added in this transaction
    count = len(await _drafts(context.uow, at))
    text = wording.plans.item_kept(planning.line(kept, names), count, at.period)
    return Outcome(replies=say(text, _after(at)).replies, done=True)


def _after(at: Asked) -> list[Option]:
    return [
        _way(at, wording.plans.ONE_MORE, wording.plans.ADD[0]),
        _way(at, wording.plans.HAND_IN_LABEL, wording.plans.HAND_IN[0]),
        _see(at),
    ]


def _see(at: Asked) -> Option:
    return choice(wording.plans.SEE_ALL, f"报送 {at.house.name} {at.period}")


async def _keep_changed(
    context: Context,
    number: str,
    item: plans.NewItem,
    at: Asked,
    names: dict[str, str],
) -> Result:
    found = await plans.numbered(context.uow, number=int(number))
    if found is None or found.institution_id != at.house.scope_id:
        return wording.not_found("number", number)
    values: dict[str, object] = {
        "level": item.level,
        "major": item.major,
        "opens_on": item.opens_on,
        "headcount": item.headcount,
        "recruits_from": item.recruits_from,
    }
    done = await plans.change_item(
        context.uow, item_id=found.id, among=_DRAFT, values=values
    )
    if not done:
        return wording.plans.not_in_hand(found.number, found.state)
    kept = await plans.item(context.uow, item_id=found.id)
    assert kept is not None  # noqa: S101 -- it was changed in this transaction
    text = wording.plans.item_changed(planning.line(kept, names))
    return Outcome(replies=say(text, _after(at)).replies, done=True)


# ---- handing in ----


async def _hand_in(ask: Asking, at: Asked) -> Result:
    """``报送 交``: put the plan before the province."""
    refusal = await planning.closed(ask.context.uow, at.house, at.period)
    if refusal is not None:
        return refusal
    drafts = await _drafts(ask.context.uow, at)
    if not drafts:
        return wording.plans.nothing_to_hand_in(at.period)
    refused = await _stale(ask.context, at.house, drafts)
    return refused or await _send_in(ask, at, len(drafts))


async def _stale(
    context: Context, house: InstitutionRow, drafts: Sequence[PlanItem]
) -> Refusal | None:
    """Why a class that was noted before cannot stand today: a day that came, say."""
    approved = await organisations.approvals_of(
        context.uow, institution_id=house.scope_id
    )
    around = {"institution_kind": house.kind, "approved": pairs_said(approved)}
    for one in drafts:
        said = {
            "level": one.level,
            "major": one.major,
            "opens_on": one.opens_on.isoformat(),
        }
        for refused in check_item(said, around, today=context.moment.today):
            return wording.plans.no_longer_stands(one.number, refused)
    return None


async def _hand_in_nothing(ask: Asking, at: Asked) -> Result:
    """``报送 无``: nothing is planned for this half year."""
    refusal = await planning.closed(ask.context.uow, at.house, at.period)
    if refusal is not None:
        return refusal
    drafts = await _drafts(ask.context.uow, at)
    if drafts:
        return wording.plans.drafts_left(len(drafts))
    return await _send_in(ask, at, 0)


async def _send_in(ask: Asking, at: Asked, count: int) -> Result:
    context = ask.context
    row = await amendments.submission(context, at.house, kind=_KIND, period=at.period)
    count = await plans.hand_in(context.uow, row)
    ask.trail.detail = f"hand in {row.number}"
    text = wording.plans.plan_to_review(at.house.name, at.period, count, row.number)
    await amendments.tell_province(context, row, at.house, text)
    return say(wording.plans.handed_in(at.period, count, row.number))


async def _take_back(ask: Asking, at: Asked) -> Result:
    """``报送 撤回``: take the plan back while the province has not decided."""
    context = ask.context
    row = await plans.latest_plan(
        context.uow, institution_id=at.house.scope_id, period=at.period
    )
    done = (
        row is not None
        and row.state == "waiting"
        and await plans.decide(
            context.uow,
            submission_id=row.id,
            state="withdrawn",
            item_state="draft",
            decided_by=context.actor.person_id,
            now=context.now,
        )
    )
    if row is None or not done:
        return wording.plans.nothing_to_take_back()
    ask.trail.detail = f"take back {row.number}"
    text = wording.plans.plan_taken_back(at.house.name, row.number)
    word = Word(text, key=f"plan-back:{row.id}", subject=at.house.name)
    managers = await organisations.holders(
        context.uow, path=at.house.path, roles=planning.REVIEWERS
    )
    await tell(context.uow, context.house, word, person_ids=managers, now=context.now)
    return say(wording.plans.taken_back(row.number), [_see(at)])


# ---- Excel ----


async def _send_template(ask: Asking, at: Asked) -> Result:
    """``报送 模板``: the sheet to fill, with what is noted; and where to send it."""
    context = ask.context
    refusal = await planning.closed(context.uow, at.house, at.period)
    if refusal is not None:
        return refusal
    subject = f"{at.house.scope_id}:{at.period}"
    await _start(context, "plan_template", {"subject": subject})
    link = await _link(context, subject)
    return say(wording.plan_sheets.template_coming(at.period, link))


async def _send_link(ask: Asking, at: Asked) -> Result:
    """``报送 上传``: where a sheet can be uploaded that the chat does not take."""
    refusal = await planning.closed(ask.context.uow, at.house, at.period)
    if refusal is not None:
        return refusal
    link = await _link(ask.context, f"{at.house.scope_id}:{at.period}")
    return say(wording.plan_sheets.upload_here(at.period, link))


async def _link(context: Context, subject: str) -> str:
    token = context.new_id()
    link = links.NewLink(
        token=token,
        purpose="plan_sheet",
        object_id=subject,
        person_id=context.actor.person_id,
        expires_at=context.now + timedelta(hours=context.house.limits.link_hours),
    )
    await links.create(context.uow, link)
    return context.house.links.upload(token)


async def _take_sheet(ask: Asking, at: Asked, media: str) -> Result:
    refusal = await planning.closed(ask.context.uow, at.house, at.period)
    if refusal is not None:
        return refusal
    subject = f"{at.house.scope_id}:{at.period}"
    await _start(ask.context, "plan_sheet", {"subject": subject, "media": media})
    return say(wording.plan_sheets.sheet_looking())


async def _start(context: Context, kind: str, payload: dict[str, str]) -> None:
    job = jobs.JobRow(
        id=context.new_id(),
        kind=kind,
        person_id=context.actor.person_id,
        address_id=context.actor.address_id,
        payload=payload,
        not_before=context.now,
    )
    await jobs.enqueue(context.uow, [job], now=context.now)
