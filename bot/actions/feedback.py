"""反馈: 附件3 by each backbone teacher and 附件4 by the base, for province and centre.

No base reads 附件3, no backbone teacher 附件4 (规程第十三条): both are opened to
who owes them, and read by who holds ``read``.
"""

from __future__ import annotations

from bot import wording
from bot.actions import deadlines as timing
from bot.actions import feedback_reading as reading
from bot.actions.asking import Asking, Result, choice, say
from bot.actions.classes import named
from bot.actions.context import Context
from bot.actions.evaluations import has_ended
from bot.actions.feedback_standing import (
    BACKBONE,
    INSTITUTION,
    READ,
    USES,
    Standing,
    send_file,
    standing_of,
    title,
)
from bot.actions.telling import Word, tell
from bot.clock import civil
from conversations.model import (
    Conversation,
    Draft,
    FormRequest,
    Option,
    Outcome,
    Refusal,
    SubmitForm,
)
from storage import classes, feedback, organisations, submissions
from storage.classes import ClassRow
from storage.feedback import HandedIn, Seat
from storage.submissions import Submission

_PARTNERS = 3
_BEGUN = ("recruiting", "running", "ended", "closed")
_READERS = ("province_manager",)


# ---- 反馈 ----


async def begin(ask: Asking) -> Result:
    """``反馈 [CODE]``: open the form that the person owes; ``反馈 CODE 查看`` reads."""
    if not ask.words.first:
        return await _overview(ask)
    code = ask.words.code
    row = await classes.by_code(ask.context.uow, code=code) if code else None
    standing = (await standing_of(ask.context, [row]))[row.id] if row else None
    if row is None or standing is None:
        return wording.not_found(ask.command.scope, ask.words.first)
    owes = _owes(ask, row, standing)
    reads = ask.may(row.scope_path, READ)
    if not owes and not reads:
        return wording.not_found(ask.command.scope, ask.words.first)
    ask.trail.scope_id = row.scope_id
    second = ask.words.second
    if second in wording.feedback.VIEW or not owes:
        if not reads:
            return wording.feedback.for_readers_only()
        return await reading.read(ask, row, standing)
    return await _fill(ask, row, standing, _chosen(owes, second))


def _owes(ask: Asking, row: ClassRow, standing: Standing) -> list[str]:
    """Which of the two forms the person fills in this class."""
    forms = []
    if _seat_of(ask.context, standing) and ask.paths(USES[BACKBONE]):
        forms.append(BACKBONE)
    if ask.may(row.scope_path, USES[INSTITUTION]):
        forms.append(INSTITUTION)
    return forms


def _chosen(owes: list[str], said: str) -> list[str]:
    words = {
        BACKBONE: wording.feedback.BACKBONE,
        INSTITUTION: wording.feedback.INSTITUTION,
    }
    return [form for form in owes if said in words[form]] or owes


def _seat_of(context: Context, standing: Standing) -> Seat | None:
    """The person's place: one still owed before one that is done."""
    mine = [
        seat for seat in standing.seats if seat.person_id == context.actor.person_id
    ]
    owed = [seat for seat in mine if standing.of(seat) is None]
    return next(iter(owed or mine), None)


async def _fill(
    ask: Asking, row: ClassRow, standing: Standing, forms: list[str]
) -> Result:
    refusal = await _not_now(ask.context, row)
    if refusal is not None:
        return refusal
    if len(forms) > 1:
        options = [
            choice(title(form), f"{ask.command.name} {row.code} {_word(form)}")
            for form in forms
        ]
        return say(wording.feedback.which_feedback(), options)
    before = _before(ask.context, standing, forms[0])
    if before is not None:
        await send_file(ask.context, before.id)
        on = civil(before.submitted_at)
        return say(wording.feedback.handed_in_before(title(forms[0]), on))
    return _open(ask.context, row, standing, forms[0])


def _word(form: str) -> str:
    said = wording.feedback
    return said.BACKBONE[0] if form == BACKBONE else said.INSTITUTION[0]


async def _not_now(context: Context, row: ClassRow) -> Refusal | None:
    if row.state == "cancelled":
        return wording.feedback.class_cancelled(named(row))
    if not await has_ended(context.uow, row, today=context.moment.today):
        return wording.feedback.too_early(named(row), row.ends_on)
    return None


def _before(context: Context, standing: Standing, form: str) -> HandedIn | None:
    if form == INSTITUTION:
        return standing.institution
    seat = _seat_of(context, standing)
    return standing.of(seat) if seat else None


def _open(context: Context, row: ClassRow, standing: Standing, form: str) -> Outcome:
    about = _five(standing) if form == INSTITUTION else _own(context, standing)
    newest = context.house.book.newest(form)
    known = {
        "class_code": row.code,
        "class_title": row.title,
        "level": row.level,
        "major": row.major,
        "institution": row.institution,
        "ends_on": row.ends_on.isoformat(),
        **about,
    }
    request = FormRequest(
        draft=context.new_id(),
        form=form,
        version=newest.version,
        subject=row.code,
        context=known,
    )
    return Outcome(open=request)


def _five(standing: Standing) -> dict[str, str]:
    """The names that 附件4 asks about."""
    return {f"{seat.duty}_{seat.position}": seat.name for seat in standing.seats}


def _own(context: Context, standing: Standing) -> dict[str, str]:
    """Who fills 附件3, and with whom they taught or assessed."""
    mine = _seat_of(context, standing)
    if mine is None:
        return {}
    partners = [
        seat.name for seat in standing.seats if seat.duty == mine.duty and seat != mine
    ]
    about = {
        "duty": wording.feedback.DUTIES[mine.duty],
        "seat": wording.feedback.seat(mine.duty, mine.position),
    }
    named_ = {f"partner_{n}": name for n, name in enumerate(partners[:_PARTNERS], 1)}
    return about | named_


# ---- 反馈 without a class ----


async def _overview(ask: Asking) -> Result:
    """What the person owes first, then what they may read."""
    context = ask.context
    rows = await _concerned(ask)
    standings = await standing_of(context, rows)
    final = await feedback.with_step_done(
        context.uow, class_ids=[row.id for row in rows], step="final_assessment"
    )
    over = [
        row for row in rows if context.moment.today >= row.ends_on or row.id in final
    ]
    owed: list[Option] = []
    readable: list[Option] = []
    for row in over:
        standing = standings[row.id]
        owed += [
            _owed_choice(ask, row, form)
            for form in _owes(ask, row, standing)
            if _before(context, standing, form) is None
        ]
        if ask.may(row.scope_path, READ):
            readable.append(_read_choice(ask, row, standing))
    options = (owed + readable)[: context.house.limits.list_length]
    if not options:
        return say(wording.feedback.nothing_owed())
    return say(wording.feedback.which_feedback(), options)


async def _concerned(ask: Asking) -> list[ClassRow]:
    """The classes that may have ended: of the person's scopes, and those they taught."""
    uow = ask.context.uow
    paths = sorted({*ask.paths(USES[INSTITUTION]), *ask.paths(READ)})
    found = await classes.listed(
        uow, paths=paths, states=_BEGUN, opened_by=ask.context.moment.today
    )
    rows = list(found)
    known = {row.id for row in rows}
    if ask.paths(USES[BACKBONE]):
        mine = await feedback.seats_of(uow, person_id=ask.context.actor.person_id)
        ids = sorted({seat.class_id for seat in mine} - known)
        rows += [row for row in await classes.many(uow, class_ids=ids) if _ran(row)]
    return rows


def _ran(row: ClassRow) -> bool:
    return row.state in _BEGUN


def _owed_choice(ask: Asking, row: ClassRow, form: str) -> Option:
    label = wording.feedback.owed(title(form), row.title, row.ends_on)
    return choice(label, f"{ask.command.name} {row.code} {_word(form)}")


def _read_choice(ask: Asking, row: ClassRow, standing: Standing) -> Option:
    label = wording.feedback.read_class(
        row.title,
        len(standing.seats) - standing.left,
        len(standing.seats),
        institution=standing.institution is not None,
    )
    return choice(label, f"{ask.command.name} {row.code} {wording.feedback.VIEW[0]}")


# ---- the forms are handed in ----


async def submit(
    context: Context, effect: SubmitForm, _conversation: Conversation
) -> Result:
    """Keep 附件3 or 附件4, once for each place; the class is held meanwhile."""
    draft = effect.draft
    row = await classes.by_code(context.uow, code=draft.subject, lock=True)
    if row is None:
        return wording.not_found("classes", draft.subject)
    refusal = await _not_now(context, row) or await _not_theirs(context, row, draft)
    if refusal is not None:
        return refusal
    standing = (await standing_of(context, [row]))[row.id]
    if _is_there(standing, draft):
        text = wording.feedback.handed_in_twice(title(draft.form))
        return Outcome(replies=say(text).replies, done=True)
    kept = _submission(context, draft)
    await submissions.add(context.uow, kept)
    await send_file(context, kept.id)
    after = (await standing_of(context, [row]))[row.id]
    await _finish(context, row, after, draft.form)
    if draft.form == BACKBONE:
        text = wording.feedback.backbone_received(named(row), after.left)
    else:
        text = wording.feedback.institution_received(named(row))
    return Outcome(replies=say(text).replies, done=True)


async def _not_theirs(context: Context, row: ClassRow, draft: Draft) -> Refusal | None:
    """The role or the place that was needed to begin may be gone."""
    if draft.form == INSTITUTION:
        base = await organisations.holders(
            context.uow, path=row.scope_path, roles=["base_staff"]
        )
        known = context.actor.person_id in base
        return None if known else wording.no_longer_yours()
    seats = (await feedback.seats(context.uow, class_ids=[row.id]))[row.id]
    mine = {
        wording.feedback.seat(seat.duty, seat.position)
        for seat in seats
        if seat.person_id == context.actor.person_id
    }
    if draft.context.get("seat") in mine:
        return None
    return wording.feedback.seat_gone()


def _is_there(standing: Standing, draft: Draft) -> bool:
    if draft.form == INSTITUTION:
        return standing.institution is not None
    places = {one.context.get("seat") for one in standing.forms if one.form == BACKBONE}
    return draft.context.get("seat") in places


def _submission(context: Context, draft: Draft) -> Submission:
    given = {
        key: one.value for key, one in draft.answers.items() if one.state == "given"
    }
    return Submission(
        id=context.new_id(),
        form=draft.form,
        version=draft.version,
        subject=draft.subject,
        person_id=context.actor.person_id,
        submitted_at=context.now,
        answers=given,
        personal={},
        context=draft.context,
    )


async def _finish(
    context: Context, row: ClassRow, standing: Standing, form: str
) -> None:
    """The step of a form is done when nobody owes it; then readers are told of both."""
    if form == INSTITUTION or not standing.left:
        await timing.mark_done(
            context.uow,
            subject=row.code,
            step=form,
            by=context.actor.person_id,
            now=context.now,
        )
    if standing.left or standing.institution is None:
        return
    word = Word(
        wording.feedback.complete_for_readers(named(row)),
        key=f"feedback:{row.id}",
        subject=row.title,
        choices=(choice(wording.feedback.see(), f"反馈 {row.code} 查看"),),
        class_id=row.id,
    )
    readers = await organisations.holders(
        context.uow, path=row.scope_path, roles=_READERS
    )
    await tell(context.uow, context.house, word, person_ids=readers, now=context.now)
