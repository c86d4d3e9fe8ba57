"""审核 by a province: of an opening, and of a change of a planned class (规程第八条).

An off-plan class is approved with the stamped page that the province uploads:
通过 asks for it, and its arrival completes the review.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime, timedelta

from bot import wording
from bot.actions import deadlines as timing
from bot.actions import moving
from bot.actions.asking import Asking, Result, choice, say
from bot.actions.classes import named
from bot.actions.context import Context, House
from bot.actions.handing_in import ways
from bot.actions.openings import OFF_PLAN, UNCHECKED
from bot.actions.telling import Word, tell
from bot.clock import civil
from conversations.model import Outcome
from conversations.rules.openings import WATCHED
from storage import classes, jobs, links, organisations, reviews
from storage.classes import ClassRow
from storage.database import UnitOfWork
from storage.reviews import ReviewRow

SCAN = "scan"
_BASE = ("base_staff",)
_CENTRE = ("centre_manager",)
_MEDIA = ("file:", "oa:", "wecom:")


async def review(ask: Asking, review_id: str) -> Result:
    """``审核 N …`` of an opening or a change; the caller has found the kind."""
    uow = ask.context.uow
    seen = await reviews.get(uow, review_id=review_id)
    row = await classes.get(uow, class_id=seen.class_id, lock=True) if seen else None
    refusal = ask.demand(
        row.scope_path if row else None, use=seen.kind if seen else "opening"
    )
    if refusal is not None or row is None:
        return refusal or wording.not_found(ask.command.scope, ask.words.first)
    ask.trail.scope_id = row.scope_id
    # Read again under the class's lock: it may have been decided meanwhile.
    found = await reviews.get(uow, review_id=review_id)
    if found is None:
        return wording.not_found(ask.command.scope, ask.words.first)
    verb, reason = ask.words.second, ask.words.after(2)
    if verb in wording.WAITLIST:
        return wording.reviews.no_waitlist_here()
    if verb not in (*wording.APPROVE, *wording.REFUSE):
        shown = wording.reviews.review_shown(
            found.kind, named(row), row.institution, _facts(row, found)
        )
        return say(shown, ways(found.number))
    if found.state != "waiting":
        state = wording.reviews.REVIEW_STATES[found.state]
        return wording.reviews.already_decided(found.number, state)
    if verb in wording.APPROVE:
        return await _approve(ask, found, row)
    if not reason:
        return wording.reviews.reason_needed(found.number)
    return await _refuse(ask, found, row, reason)


def _facts(row: ClassRow, found: ReviewRow) -> list[str]:
    asked, said = found.proposal, wording.openings
    lines = [
        wording.reviews.class_facts(
            row.level, row.major, row.opens_on, row.capacity, row.venue
        )
    ]
    if found.kind == "change":
        after = date.fromisoformat(asked[moving.OPENS_ON])
        return [*lines, said.moves_line(row.opens_on, after)]
    lines.append(
        said.origin_line(
            asked.get("origin", ""), asked.get("recruits", ""), asked.get("why", "")
        )
    )
    lines += [
        said.change_line(field, asked[f"plan_{field}"], asked[field])
        for field in WATCHED
        if f"plan_{field}" in asked
    ]
    return [line for line in lines if line]


# ---- 通过 ----


async def _approve(ask: Asking, found: ReviewRow, row: ClassRow) -> Result:
    context = ask.context
    if found.kind == "change":
        return await _approve_change(ask, found, row)
    if found.proposal.get("origin") != OFF_PLAN:
        await approve_opening(
            context.uow,
            context.house,
            found,
            row,
            by=context.actor.person_id,
            now=context.now,
        )
        return say(wording.reviews.review_approved(found.kind, named(row)))
    await reviews.agree(context.uow, review_id=found.id, by=context.actor.person_id)
    said = ask.words.raw.split()
    media = next((word for word in said if word.startswith(_MEDIA)), "")
    if media:
        return await _look_at_scan(context, found, media)
    return await _ask_for_scan(context, found)


async def _ask_for_scan(context: Context, found: ReviewRow) -> Outcome:
    token = context.new_id()
    link = links.NewLink(
        token=token,
        purpose=SCAN,
        object_id=found.id,
        person_id=context.actor.person_id,
        expires_at=context.now + timedelta(hours=context.house.limits.link_hours),
    )
    await links.create(context.uow, link)
    address = context.house.links.upload(token)
    return say(wording.openings.scan_owed(found.number, address))


async def scan_sent(context: Context, media: str) -> Result | None:
    """A page that came in the chat, of somebody who owes one; None when nobody does."""
    owed = await reviews.owing_scan(context.uow, person_id=context.actor.person_id)
    if not owed:
        return None
    if len(owed) == 1:
        return await _look_at_scan(context, owed[0], media)
    found = await classes.get_many(
        context.uow, class_ids=[one.class_id for one in owed]
    )
    titles = {row.id: row.title for row in found}
    options = [
        choice(
            wording.openings.scan_choice(one.number, titles[one.class_id]),
            f"审核 {one.number} {wording.APPROVE[0]} {media}",
        )
        for one in owed
    ]
    return say(wording.openings.which_scan(), options)


async def _look_at_scan(context: Context, found: ReviewRow, media: str) -> Outcome:
    job = jobs.JobRow(
        id=context.new_id(),
        kind=SCAN,
        person_id=context.actor.person_id,
        address_id=context.actor.address_id,
        payload={"media": media, "application": found.id},
        not_before=context.now,
    )
    await jobs.enqueue(context.uow, [job], now=context.now)
    return say(wording.openings.scan_looking(found.number))


async def take_scan(
    uow: UnitOfWork, house: House, *, review_id: str, person_id: str, now: datetime
) -> bool:
    """The stamped page is there: the review is complete with it.

    False when it was decided meanwhile, or ``person_id`` is not who agreed.
    """
    seen = await reviews.get(uow, review_id=review_id)
    row = await classes.get(uow, class_id=seen.class_id, lock=True) if seen else None
    found = await reviews.get(uow, review_id=review_id)
    if found is None or row is None or found.state != "waiting":
        return False
    if found.decided_by != person_id:
        return False
    await approve_opening(uow, house, found, row, by=person_id, now=now)
    word = Word(
        wording.openings.approved_with_scan(named(row), found.number),
        key=f"scan:{review_id}",
        subject=row.title,
        class_id=row.id,
    )
    await tell(uow, house, word, person_ids=[person_id], now=now)
    return True


async def approve_opening(
    uow: UnitOfWork,
    house: House,
    found: ReviewRow,
    row: ClassRow,
    *,
    by: str,
    now: datetime,
) -> None:
    """A class stands: its base hears it, and the centre of what is not as planned."""
    await _decide(uow, found, "approved", "", by=by, now=now)
    await timing.mark_done(uow, subject=row.code, step="opening", by=by, now=now)
    text = wording.openings.approved_to_base(named(row), row.code)
    await _tell(uow, house, found, row, text, roles=_BASE, now=now)
    origin = found.proposal.get("origin", UNCHECKED)
    if origin != UNCHECKED:
        text = wording.openings.approved_to_centre(named(row), row.institution, origin)
        await _tell(uow, house, found, row, text, roles=_CENTRE, now=now)


async def _approve_change(ask: Asking, found: ReviewRow, row: ClassRow) -> Result:
    context = ask.context
    uow, house, now = context.uow, context.house, context.now
    after = date.fromisoformat(found.proposal[moving.OPENS_ON])
    if not moving.may_move(row, after, today=civil(now)):
        return wording.openings.change_late(after)
    by = context.actor.person_id
    await _decide(uow, found, "approved", "", by=by, now=now)
    await moving.move_class(uow, house, row, after, by=by, now=now)
    said = wording.openings
    lines = [
        said.change_approved_to_base(named(row), after),
        *await moving.old_dates(uow, row),
    ]
    await _tell(uow, house, found, row, "\n".join(lines), roles=_BASE, now=now)
    text = said.change_to_centre(named(row), row.institution, row.opens_on, after)
    await _tell(uow, house, found, row, text, roles=_CENTRE, now=now)
    return say(wording.reviews.review_approved(found.kind, named(row)))


# ---- 不通过 ----


async def _refuse(ask: Asking, found: ReviewRow, row: ClassRow, why: str) -> Result:
    """A class that is not approved is not held; one that may not move stays."""
    context = ask.context
    uow, house, now = context.uow, context.house, context.now
    by = context.actor.person_id
    await _decide(uow, found, "refused", why, by=by, now=now)
    if found.kind == "change":
        text = wording.openings.change_refused_to_base(named(row), row.opens_on, why)
    else:
        await moving.cancel_class(uow, house, row, now=now, decided_by=by)
        text = wording.openings.refused_to_base(named(row), why)
    await _tell(uow, house, found, row, text, roles=_BASE, now=now)
    return say(wording.reviews.review_refused(found.kind, named(row)))


async def _decide(
    uow: UnitOfWork, found: ReviewRow, state: str, why: str, *, by: str, now: datetime
) -> None:
    await reviews.decide(
        uow, review_id=found.id, state=state, reason=why, decided_by=by, now=now
    )


async def _tell(
    uow: UnitOfWork,
    house: House,
    found: ReviewRow,
    row: ClassRow,
    text: str,
    *,
    roles: Sequence[str],
    now: datetime,
) -> None:
    word = Word(
        text,
        key=f"reviewed:{found.id}:{roles[0]}",
        subject=row.title,
        class_id=row.id,
    )
    people = await organisations.holders(uow, path=row.scope_path, roles=roles)
    await tell(uow, house, word, person_ids=people, now=now)
