"""报名: what is open to a teacher, the form, and what becomes of it when handed in."""

from __future__ import annotations

from datetime import time, timedelta

from bot import wording
from bot.actions.applicants import list_of
from bot.actions.asking import Asking, Result, choice, say
from bot.actions.classes import named, stamp_until
from bot.actions.context import Context
from bot.actions.notifications import with_question
from bot.actions.telling import Word, tell
from conversations.forms.schema import Form
from conversations.model import (
    Answer,
    Conversation,
    Draft,
    FormRequest,
    Outcome,
    Refusal,
    Reply,
    SubmitForm,
    Value,
)
from conversations.rules.eligibility import (
    Applicant,
    ClassTerms,
    check_application,
    check_eligibility,
)
from notices.calendar import instant
from storage import (
    applications,
    audit,
    classes,
    files,
    id_numbers,
    jobs,
    numbers,
    organisations,
    people,
    submissions,
    throttles,
)
from storage.applications import ApplicationRow
from storage.audit import AuditRow
from storage.classes import ClassRow
from storage.submissions import Submission

FORM = "application"
COMMAND = "报名"
_ID_TRIES_PER_DAY = 10
_DAY = timedelta(days=1)
_BASE = ("base_staff",)
_TAKES_FILES = frozenset({"wecom", "wecom_bot"})
"""Where a file can be sent into the chat; elsewhere there is the link."""


# ---- 报名 ----


async def apply(ask: Asking) -> Result:
    """``报名``: the open classes; ``报名 CODE``: the form, or the base's list."""
    if not ask.words.first:
        return await _open_classes(ask)
    uow = ask.context.uow
    row = await classes.by_code(uow, code=ask.words.code) if ask.words.code else None
    if row is not None and ask.may(row.scope_path, "list"):
        ask.trail.scope_id = row.scope_id
        return await list_of(ask, row)
    # A class that does not recruit yet is nobody's business but its base's.
    if row is None or row.state in ("planned", "cancelled"):
        return wording.not_found(ask.command.scope, ask.words.first)
    return await begin(ask, row)


async def _open_classes(ask: Asking) -> Result:
    context = ask.context
    rows = await classes.recruiting(context.uow, today=context.moment.today)
    if not rows:
        return say(wording.applications.no_open_class())
    mine = await applications.of_person(context.uow, person_id=context.actor.person_id)
    states = {one.class_id: one.state for one in mine if one.state != "withdrawn"}
    options = [
        choice(_line(row, states.get(row.id, "")), f"{ask.command.name} {row.code}")
        for row in rows[: context.house.limits.list_length]
    ]
    return say(wording.applications.open_classes(len(rows)), options)


def _line(row: ClassRow, state: str) -> str:
    standing = wording.applications.standing_in_list(state) if state else ""
    left = row.capacity - row.places_taken
    return wording.applications.open_class_line(
        row.title, row.level, row.opens_on, left, standing
    )


async def begin(ask: Asking, row: ClassRow) -> Result:
    """The form of a class, or why it cannot be filled in; nothing is written."""
    context = ask.context
    refusal = await _not_open(context, row)
    if refusal is not None:
        return refusal
    for draft in ask.conversation.drafts:
        if (draft.form, draft.subject) == (FORM, row.code):
            return Outcome(open=_again(draft))
    if row.full and ask.words.second not in wording.WAITLIST:
        options = [
            choice(
                wording.applications.join_waitlist(),
                f"{ask.command.name} {row.code} {wording.WAITLIST[0]}",
            ),
            choice(wording.applications.other_classes(), ask.command.name),
        ]
        return say(wording.applications.class_full(named(row), row.capacity), options)
    form = context.house.book.newest(FORM)
    request = FormRequest(
        draft=context.new_id(),
        form=FORM,
        version=form.version,
        subject=row.code,
        context=_about(row),
        prefill=await _remembered(context, form),
    )
    return Outcome(open=request)


def _again(draft: Draft) -> FormRequest:
    """The same form about the same class: the dialogue goes on with the draft."""
    return FormRequest(
        draft=draft.id,
        form=draft.form,
        version=draft.version,
        subject=draft.subject,
        context=draft.context,
    )


async def _not_open(context: Context, row: ClassRow) -> Refusal | None:
    """Why the person cannot apply to this class, before anything is asked."""
    standing = await applications.standing(
        context.uow, class_id=row.id, person_id=context.actor.person_id
    )
    if standing is not None:
        return wording.applications.applied_before(
            named(row), standing.number, standing.state
        )
    return check_application(
        _terms(row, ignoring_places=True), Applicant(), today=context.moment.today
    )


def _terms(row: ClassRow, *, ignoring_places: bool = False) -> ClassTerms:
    return ClassTerms(
        level=row.level,
        major=row.major,
        apply_until=row.apply_until,
        recruiting=row.state == "recruiting",
        recruits_from=tuple(row.recruits_from),
        capacity=row.capacity,
        places_taken=0 if ignoring_places else row.places_taken,
    )


def _about(row: ClassRow) -> dict[str, str]:
    return {
        "class_code": row.code,
        "class_title": row.title,
        "level": row.level,
        "major": row.major,
        "institution": row.institution,
        "opens_on": row.opens_on.isoformat(),
        "ends_on": row.ends_on.isoformat(),
        "apply_until": row.apply_until.isoformat(),
    }


async def _remembered(context: Context, form: Form) -> dict[str, Value]:
    """What the person said before, by field: nothing is asked twice."""
    uow, person_id = context.uow, context.actor.person_id
    profile = await people.profile(uow, person_id=person_id)
    last = await submissions.latest(uow, person_id=person_id, form=FORM)
    before = last.all_answers if last else {}
    found: dict[str, Value] = {}
    for field in form.fields:
        value = before.get(field.id) if field.prefill else None
        value = profile.get(field.prefill, value) if field.prefill else value
        gone = field.kind == "photo" and not await _still_there(context, value)
        if value and not gone:
            found[field.id] = value
    return found


async def _still_there(context: Context, value: Value | None) -> bool:
    if not isinstance(value, str) or not value:
        return False
    return await files.info(context.uow, file_id=value) is not None


# ---- the form is handed in ----


async def submit(
    context: Context, effect: SubmitForm, _conversation: Conversation
) -> Result:
    """参训申请表 was handed in: checked, numbered, kept, and put before the base."""
    draft, uow = effect.draft, context.uow
    row = await classes.by_code(uow, code=draft.subject, lock=True)
    if row is None:
        return wording.not_found("classes", draft.subject)
    refusal = await _refused(context, row, draft)
    if refusal is not None:
        return refusal
    number, submission_id = await _keep(context, row, draft)
    await _tell_base(context, row)
    link = context.house.links.document(
        "submission",
        submission_id,
        person_id=context.actor.person_id,
        expires_at=context.now + timedelta(hours=context.house.limits.link_hours),
    )
    text = wording.applications.application_received(
        named(row),
        number,
        full=row.full,
        stamp_by=stamp_until(row, context.house),
        link=link,
    )
    channel = await _channel(context)
    if channel in _TAKES_FILES:
        await _send_file(context, submission_id)
    text = await _with_question(context, text, channel)
    return Outcome(replies=(Reply(text=text),), done=True)


async def _channel(context: Context) -> str:
    """Where the person is writing."""
    address_id = context.actor.address_id
    known = await people.by_address_ids(context.uow, address_ids=[address_id])
    return known[address_id].channel if address_id in known else ""


async def _send_file(context: Context, submission_id: str) -> None:
    """Have the filled form printed and sent as a file."""
    job = jobs.JobRow(
        id=context.new_id(),
        kind="form_file",
        person_id=context.actor.person_id,
        address_id=context.actor.address_id,
        payload={"submission": submission_id},
        not_before=context.now,
    )
    await jobs.enqueue(context.uow, [job], now=context.now)


async def _with_question(context: Context, text: str, channel: str) -> str:
    """The answer to who has just handed in a form, who may be asked something."""
    return await with_question(
        context.uow,
        context.house,
        text,
        channel=channel,
        address_id=context.actor.address_id,
        now=context.now,
    )


async def _refused(context: Context, row: ClassRow, draft: Draft) -> Refusal | None:
    """Why it is not taken: the class's terms, the 申报条件, the ID number."""
    today = context.moment.today
    refusal = await _not_open(context, row) or check_application(
        _terms(row, ignoring_places=True),
        Applicant(
            level=draft.context.get("level", ""), major=draft.context.get("major", "")
        ),
        today=today,
    )
    refusal = refusal or check_eligibility(
        row.level, draft.answers, draft.context, today
    )
    return refusal or await _claimed_elsewhere(context, row, draft)


async def _claimed_elsewhere(
    context: Context, row: ClassRow, draft: Draft
) -> Refusal | None:
    """An ID number is one person's; the answer does not tell that it is taken."""
    uow, person_id = context.uow, context.actor.person_id
    subject = await throttles.of_address(uow, "id", address_id=context.actor.address_id)
    tries = await throttles.hit(uow, subject=subject, now=context.now, window=_DAY)
    number = draft.answers.get("id_number", Answer()).value
    if tries <= _ID_TRIES_PER_DAY and (
        not isinstance(number, str)
        or not number
        or await id_numbers.claim(uow, person_id=person_id, number=number)
    ):
        return None
    conflict = AuditRow(
        id=context.new_id(),
        at=context.now,
        actor_id=person_id,
        action="id_conflict",
        outcome="refused",
        subject=row.code,
        scope_id=row.scope_id,
    )
    await audit.add(uow, [conflict])
    return wording.applications.check_needed(context.house.contact)


async def _keep(context: Context, row: ClassRow, draft: Draft) -> tuple[int, str]:
    """Store the form and the application; its number, and the form's id."""
    uow, person_id = context.uow, context.actor.person_id
    form = context.house.book.get(draft.form, draft.version)
    submission = _submission(context, row, draft, form)
    await submissions.add(uow, submission)
    application_id = context.new_id()
    number = await numbers.take(uow, kind=FORM, subject_id=application_id)
    await applications.add(
        uow,
        ApplicationRow(
            id=application_id,
            number=number,
            class_id=row.id,
            person_id=person_id,
            submission_id=submission.id,
            state="submitted",
            reason="",
            holds_place=False,
            stamp_file_id=None,
            applied_at=context.now,
        ),
    )
    await _keep_photo(context, row, submission, form)
    await _remember(context, submission, form)
    return number, submission.id


def _submission(
    context: Context, row: ClassRow, draft: Draft, form: Form
) -> Submission:
    personal = {field.id for field in form.fields if field.privacy.personal}
    given = {
        key: one.value for key, one in draft.answers.items() if one.state == "given"
    }
    kept = [
        field.privacy.keep_days
        for field in form.fields
        if field.id in personal and field.id in given
    ]
    return Submission(
        id=context.new_id(),
        form=draft.form,
        version=draft.version,
        subject=row.code,
        person_id=context.actor.person_id,
        submitted_at=context.now,
        answers={key: one for key, one in given.items() if key not in personal},
        personal={key: one for key, one in given.items() if key in personal},
        context=draft.context,
        keep_until=row.ends_on + timedelta(days=min(kept)) if kept else None,
    )


async def _keep_photo(
    context: Context, row: ClassRow, submission: Submission, form: Form
) -> None:
    """A photo taken over from an earlier application lasts as long as this one."""
    for field in form.fields:
        value = submission.all_answers.get(field.id)
        if field.kind == "photo" and isinstance(value, str):
            last = row.ends_on + timedelta(days=field.privacy.keep_days)
            await files.keep_longer(
                context.uow,
                file_ids=[value],
                person_id=context.actor.person_id,
                until=instant(last + _DAY, time(0)),
            )


async def _remember(context: Context, submission: Submission, form: Form) -> None:
    """Keep what the next form may offer, and what the person is called."""
    uow, person_id = context.uow, context.actor.person_id
    said = submission.all_answers
    profile = await people.profile(uow, person_id=person_id)
    news = {
        field.prefill: said[field.id]
        for field in form.fields
        if field.prefill.startswith("profile.") and field.id in said
    }
    await people.set_profile(uow, person_id=person_id, profile={**profile, **news})
    name = said.get("name", "")
    if isinstance(name, str) and name:
        await people.set_name(uow, person_id=person_id, name=name)


async def _tell_base(context: Context, row: ClassRow) -> None:
    """Tell the base of new applications, at most once a day for a class."""
    base = await organisations.holders(context.uow, path=row.scope_path, roles=_BASE)
    word = Word(
        wording.applications.applied_to_base(named(row), row.code),
        key=f"applied:{row.id}:{context.moment.today.isoformat()}",
        subject=row.title,
        choices=(choice(wording.applications.see_list(), f"报名 {row.code}"),),
        class_id=row.id,
    )
    await tell(context.uow, context.house, word, person_ids=base, now=context.now)
