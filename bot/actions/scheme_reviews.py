"""The province's word on a training scheme: filed with the centre, or returned."""

from __future__ import annotations

from collections.abc import Sequence

from bot import wording
from bot.actions import deadlines as timing
from bot.actions.asking import Asking, Result, choice, say
from bot.actions.classes import named
from bot.actions.context import Context
from bot.actions.duties import lecturers_of, reachable
from bot.actions.telling import Word, tell
from conversations.model import Option
from storage import classes, jobs, numbers, organisations, reviews
from storage.classes import ClassRow
from storage.reviews import ReviewRow

KIND = "scheme"
_COMMAND = "方案"
_OPEN = ("planned", "recruiting", "running")


async def start_file(context: Context, row: ClassRow) -> None:
    """Have the document made for whoever asks."""
    job = jobs.JobRow(
        id=context.new_id(),
        kind="scheme_file",
        person_id=context.actor.person_id,
        address_id=context.actor.address_id,
        payload={"class": row.id},
        not_before=context.now,
    )
    await jobs.enqueue(context.uow, [job], now=context.now)


async def put_before_province(context: Context, row: ClassRow) -> ReviewRow:
    """Hand the scheme in, and tell the managers of the province."""
    uow, review_id = context.uow, context.new_id()
    number = await numbers.take(uow, kind=KIND, subject_id=review_id)
    review = await reviews.add(
        uow,
        id=review_id,
        number=number,
        kind=KIND,
        class_id=row.id,
        now=context.now,
    )
    text = wording.schemes.to_review(named(row), row.institution, number)
    look = choice(
        wording.schemes.file_choice(),
        f"{_COMMAND} {row.code} {wording.schemes.FILE[0]}",
    )
    options = (look, *_ways(number))
    await _tell(context, row, "review", review_id, text, "province_manager", options)
    return review


def _ways(number: int) -> tuple[Option, ...]:
    return tuple(
        choice(verb, f"审核 {number} {verb}")
        for verb in (wording.APPROVE[0], wording.REFUSE[0])
    )


async def review(ask: Asking, review_id: str) -> Result:
    """``审核 N …`` of a scheme; the caller has found the kind.

    Without a word on it, the document is sent to whoever reviews it.
    """
    uow = ask.context.uow
    found = await reviews.get(uow, review_id=review_id)
    row = await classes.get(uow, class_id=found.class_id, lock=True) if found else None
    refusal = ask.demand(row.scope_path if row else None, use=KIND)
    if refusal is not None or found is None or row is None:
        return refusal or wording.not_found(ask.command.scope, ask.words.first)
    ask.trail.scope_id = row.scope_id
    verb, reason = ask.words.second, ask.words.after(2)
    if verb in wording.WAITLIST:
        return wording.reviews.no_waitlist_here()
    if verb not in (*wording.APPROVE, *wording.REFUSE):
        return await _shown(ask, found, row)
    if row.state not in _OPEN:
        return wording.classes.class_is(row.state, ask.command.name)
    if verb in wording.REFUSE and not reason:
        return wording.reviews.reason_needed(found.number)
    return await _decide(ask, found, row, approve=verb in wording.APPROVE, why=reason)


async def _shown(ask: Asking, found: ReviewRow, row: ClassRow) -> Result:
    await start_file(ask.context, row)
    facts = wording.reviews.class_facts(
        row.level, row.major, row.opens_on, row.capacity, row.venue
    )
    text = wording.reviews.review_shown(KIND, named(row), row.institution, [facts])
    return say(text, _ways(found.number) if found.state == "waiting" else ())


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
        now = await reviews.get(context.uow, review_id=found.id) or found
        state = wording.reviews.REVIEW_STATES[now.state]
        return wording.reviews.already_decided(found.number, state)
    if approve:
        await _file(context, found, row)
        return say(wording.reviews.review_approved(KIND, named(row)))
    text = wording.reviews.review_refused_to_base(KIND, named(row), row.code, why)
    await _tell(context, row, "reviewed", found.id, text, "base_staff")
    return say(wording.reviews.review_refused(KIND, named(row)))


async def _file(context: Context, found: ReviewRow, row: ClassRow) -> None:
    """Approved is filed with the centre (规程第九条); everybody of the class hears."""
    uow = context.uow
    await timing.mark_done(
        uow,
        subject=row.code,
        step=KIND,
        by=context.actor.person_id,
        now=context.now,
    )
    text = wording.reviews.review_approved_to_base(KIND, named(row), row.code)
    await _tell(context, row, "reviewed", found.id, text, "base_staff")
    text = wording.schemes.to_centre(
        named(row), row.institution, _province(context, row)
    )
    look = choice(
        wording.schemes.file_choice(),
        f"{_COMMAND} {row.code} {wording.schemes.FILE[0]}",
    )
    await _tell(context, row, "filed", found.id, text, "centre_manager", [look])
    lecturers = reachable(await lecturers_of(uow, row))
    text = wording.schemes.approved_to_lecturer(named(row), row.code)
    word = Word(text, key=f"filed:{found.id}", subject=row.title, class_id=row.id)
    await tell(uow, context.house, word, person_ids=lecturers, now=context.now)


def _province(context: Context, row: ClassRow) -> str:
    """The name of the province that the person decides for."""
    grants = context.actor.grants
    return next(one.scope_name for one in grants if one.covers(row.scope_path))


async def _tell(
    context: Context,
    row: ClassRow,
    what: str,
    review_id: str,
    text: str,
    role: str,
    options: Sequence[Option] = (),
) -> None:
    """Tell those who hold a role over the class."""
    word = Word(
        text,
        key=f"{what}:{review_id}",
        subject=row.title,
        choices=tuple(options),
        class_id=row.id,
    )
    people = await organisations.holders(context.uow, path=row.scope_path, roles=[role])
    await tell(context.uow, context.house, word, person_ids=people, now=context.now)
