"""培训方案 (规程第九条): written by the base, added to by the lecturers, reviewed, filed.

What the base wrote is the last form of the class; a lecturer's addition to a
section is the last one they made. Nothing is changed while a province reviews.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

import msgspec

from bot import permissions, wording
from bot.actions.asking import Asking, Result, choice, say
from bot.actions.classes import named
from bot.actions.context import Context
from bot.actions.duties import lecturers_of, own_duty, reachable
from bot.actions.scheme_reviews import put_before_province, start_file
from bot.actions.scheme_state import ADDITION, FORM, Scheme, scheme_of
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
    Value,
)
from conversations.rules.levels import training_days
from conversations.understanding.timetable import read_timetable
from storage import classes, deadlines, organisations, submissions
from storage.classes import ClassRow, StaffRow
from storage.database import UnitOfWork
from storage.submissions import Submission

COMMAND = "方案"
_OPEN = ("planned", "recruiting")
_MAY_ADD = ("planned", "recruiting", "running")
_MOST_LECTURERS = 3
_LASTING = ("equipment", "logistics", "check_in_day", "check_in", "bring", "contact")
"""What an institution's next scheme is likely to say again, whatever the class."""


class Standing(msgspec.Struct, frozen=True):
    """The class asked for, and as what the person asks: one of the three."""

    row: ClassRow
    writes: bool
    lecturer: StaffRow | None


# ---- 方案 ----


async def show(ask: Asking) -> Result:
    """``方案 CODE``: write it, add to it, hand it in, read it: each as they may."""
    standing = await _asked(ask)
    if isinstance(standing, Refusal):
        return standing
    scheme = await scheme_of(ask.context.uow, standing.row)
    verb = ask.words.second
    if verb in wording.schemes.FILE:
        return await _file(ask, standing, scheme)
    if verb in wording.schemes.ADD:
        return _add(ask, standing, scheme)
    if verb in wording.schemes.CHANGE:
        return await _write(ask, standing, scheme)
    if verb in wording.schemes.HAND_IN:
        return await _hand_in(ask, standing, scheme)
    if standing.writes and scheme.state == "none":
        return await _write(ask, standing, scheme)
    return _overview(standing, scheme)


async def _asked(ask: Asking) -> Standing | Refusal:
    """Those of the base, the lecturers of the class, and who oversees it."""
    uow, code = ask.context.uow, ask.words.code
    if not ask.words.first:
        return wording.how_to_say(ask.command.usage)
    row = await classes.by_code(uow, code=code, lock=True) if code else None
    lecturers = await lecturers_of(uow, row) if row else ()
    mine = own_duty(lecturers, ask.context.actor.person_id)
    if row is None or not (mine or _oversees(ask, row)):
        return wording.not_found(ask.command.scope, ask.words.first)
    ask.trail.scope_id = row.scope_id
    return Standing(row, ask.may(row.scope_path, "write"), mine)


def _oversees(ask: Asking, row: ClassRow) -> bool:
    return any(ask.may(row.scope_path, use) for use in ("write", "read"))


def _overview(standing: Standing, scheme: Scheme) -> Result:
    row, said = standing.row, wording.schemes
    inside = standing.writes or standing.lecturer is not None
    if not inside and scheme.state in ("none", "draft"):
        return say(said.not_handed_in(named(row)))
    review = scheme.review
    lines = [] if review is None else [said.under_number(review.number)]
    if review is not None and scheme.state == "returned":
        lines = [said.returned_because(review.reason)]
    if standing.lecturer:
        mine = [
            one for one in scheme.additions if one.lecturer == standing.lecturer.name
        ]
        lines += [said.addition_line(one.section, one.text) for one in mine]
    else:
        lines += _added(scheme)
    text = said.overview(named(row), scheme.state, lines)
    return say(text, _choices(standing, scheme))


def _added(scheme: Scheme) -> list[str]:
    by_name: dict[str, list[str]] = {}
    for one in scheme.additions:
        by_name.setdefault(one.lecturer, []).append(one.section)
    lines = [
        wording.schemes.added_by(name, sections) for name, sections in by_name.items()
    ]
    open_ = scheme.silent if scheme.state != "filed" else []
    return [*lines, *([wording.schemes.not_added(open_)] if open_ else [])]


def _choices(standing: Standing, scheme: Scheme) -> list[Option]:
    code, said = standing.row.code, wording.schemes
    options = []
    if standing.writes and scheme.state in ("draft", "returned"):
        options += [
            choice(said.hand_in_choice(), f"{COMMAND} {code} {said.HAND_IN[0]}"),
            choice(said.change_choice(), f"{COMMAND} {code} {said.CHANGE[0]}"),
        ]
    if scheme.written is not None:
        options.append(choice(said.file_choice(), f"{COMMAND} {code} {said.FILE[0]}"))
    if standing.lecturer and scheme.state != "waiting":
        options += [
            choice(said.add_choice(key), f"{COMMAND} {code} {said.ADD[0]} {section}")
            for key, section in said.SECTIONS.items()
        ]
    return options


async def _file(ask: Asking, standing: Standing, scheme: Scheme) -> Result:
    inside = standing.writes or standing.lecturer is not None
    name = named(standing.row)
    if scheme.state == "none" or (not inside and scheme.state == "draft"):
        return say(wording.schemes.not_handed_in(name))
    if scheme.written is None:
        return say(wording.schemes.no_file(name))
    await start_file(ask.context, standing.row)
    return say(wording.schemes.file_coming(name))


# ---- the base writes ----


async def _write(ask: Asking, standing: Standing, scheme: Scheme) -> Result:
    row = standing.row
    if not standing.writes:
        return wording.schemes.only_the_base(row.code)
    refusal = _not_now(row, scheme)
    if refusal is not None:
        return refusal
    context = ask.context
    form = context.house.book.newest(FORM)
    written = scheme.written
    about = _about(row, scheme.lecturers)
    request = FormRequest(
        draft=context.new_id(),
        form=FORM,
        version=form.version,
        subject=row.code,
        context=about,
        prefill={} if written else await _last_time(context, row),
        given=_still_said(written, about) if written else {},
    )
    return Outcome(open=request)


def _still_said(written: Submission, about: dict[str, str]) -> dict[str, Value]:
    """What was written, without the courses of lecturers who are others now."""
    gone = {
        f"course_{place}"
        for place in range(1, _MOST_LECTURERS + 1)
        if written.context.get(key := f"lecturer_{place}") != about.get(key)
    }
    return {key: one for key, one in written.answers.items() if key not in gone}


def _not_now(row: ClassRow, scheme: Scheme) -> Refusal | None:
    """Why the base cannot change or hand in the scheme; None when it can."""
    if row.state not in _OPEN:
        return wording.classes.class_is(row.state, wording.schemes.TO_CHANGE)
    if scheme.state == "waiting" and scheme.review:
        return wording.schemes.being_reviewed(named(row), scheme.review.number)
    if scheme.state == "filed":
        return wording.schemes.filed_before(named(row))
    return None


def _about(row: ClassRow, lecturers: Sequence[StaffRow]) -> dict[str, str]:
    dates = wording.schemes.dates_line(
        row.opens_on, row.ends_on, training_days(row.level)
    )
    return {
        "class_code": row.code,
        "class_title": row.title,
        "level": row.level,
        "major": row.major,
        "institution": row.institution,
        "opens_on": row.opens_on.isoformat(),
        "ends_on": row.ends_on.isoformat(),
        "dates": dates,
        **{
            f"lecturer_{place}": one.name
            for place, one in enumerate(lecturers[:_MOST_LECTURERS], 1)
        },
    }


async def _last_time(context: Context, row: ClassRow) -> dict[str, Value]:
    """What the person wrote for their class before, as far as it may hold again."""
    last = await submissions.latest(
        context.uow, person_id=context.actor.person_id, form=FORM
    )
    if last is None:
        return {}
    alike = (last.context.get("level"), last.context.get("major")) == (
        row.level,
        row.major,
    )
    return {
        key: value
        for key, value in last.answers.items()
        if key in _LASTING or (alike and not key.startswith("course_"))
    }


async def submit(
    context: Context, effect: SubmitForm, _conversation: Conversation
) -> Result:
    """The base wrote the scheme: it is kept, and the lecturers may add to it."""
    uow, draft = context.uow, effect.draft
    row = await classes.by_code(uow, code=draft.subject, lock=True)
    grants = context.actor.grants
    if row is None or not permissions.may(
        grants, by_word()[COMMAND], row.scope_path, use="write"
    ):
        return wording.no_longer_yours()
    scheme = await scheme_of(uow, row)
    opens_on = date.fromisoformat(draft.context["opens_on"])
    refusal = _not_now(row, scheme) or _bad_days(row, draft.answers, opens_on)
    if refusal is not None:
        return refusal
    kept = await _keep(context, effect, subject=row.code)
    await _set_courses(uow, row, scheme.lecturers, draft.answers, draft.context)
    if scheme.written is None:
        await _tell_lecturers(context, row, scheme, kept.id)
    options = _choices(
        Standing(row, writes=True, lecturer=None), await scheme_of(uow, row)
    )
    text = wording.schemes.saved(named(row), [one.name for one in scheme.lecturers])
    return Outcome(replies=say(text, options).replies, done=True)


def _bad_days(
    row: ClassRow, answers: dict[str, Answer], opens_on: date
) -> Refusal | None:
    """The schedule names each day of the level's training, and no other (第十一条)."""
    days = training_days(row.level)
    text = str(answers["schedule"].value)
    table = read_timetable(text, days=days, opens_on=opens_on)
    if table.beyond:
        return wording.schemes.days_beyond(days, row.level)
    if table.missing:
        return wording.schemes.days_missing(table.missing, days, row.level)
    return None


async def _keep(context: Context, effect: SubmitForm, *, subject: str) -> Submission:
    draft = effect.draft
    made = Submission(
        id=context.new_id(),
        form=draft.form,
        version=draft.version,
        subject=subject,
        person_id=context.actor.person_id,
        submitted_at=context.now,
        answers={key: one.value for key, one in draft.answers.items()},
        personal={},
        context=draft.context,
    )
    await submissions.add(context.uow, made)
    return made


async def _set_courses(
    uow: UnitOfWork,
    row: ClassRow,
    lecturers: Sequence[StaffRow],
    answers: dict[str, Answer],
    about: dict[str, str],
) -> None:
    """The courses go to the staff list, to the lecturer whose name was shown."""
    said = {
        about.get(f"lecturer_{place}", ""): str(answers[key].value)
        for place in range(1, _MOST_LECTURERS + 1)
        if (key := f"course_{place}") in answers
    }
    courses = {one.position: said[one.name] for one in lecturers if one.name in said}
    await classes.set_courses(uow, class_id=row.id, courses=courses)


async def _tell_lecturers(
    context: Context, row: ClassRow, scheme: Scheme, submission_id: str
) -> None:
    text = wording.schemes.to_lecturer(named(row), row.institution, row.code)
    word = Word(
        text,
        key=f"scheme:{submission_id}",
        subject=row.title,
        choices=(choice(wording.schemes.look_choice(), f"{COMMAND} {row.code}"),),
        class_id=row.id,
    )
    people = reachable(scheme.lecturers)
    await tell(context.uow, context.house, word, person_ids=people, now=context.now)


# ---- a lecturer adds ----


def _add(ask: Asking, standing: Standing, scheme: Scheme) -> Result:
    row, mine = standing.row, standing.lecturer
    if mine is None:
        return wording.schemes.only_lecturers_add()
    said = ask.words.after(2)
    titles = wording.schemes.SECTIONS
    section = next((key for key, title in titles.items() if title == said), "")
    if not section:
        return wording.schemes.which_section(said, row.code)
    refusal = _not_to_add(row, scheme)
    if refusal is not None:
        return refusal
    context = ask.context
    before = [
        one.text
        for one in scheme.additions
        if (one.lecturer, one.section) == (mine.name, section)
    ]
    request = FormRequest(
        draft=context.new_id(),
        form=ADDITION,
        version=context.house.book.newest(ADDITION).version,
        subject=f"{row.code} {section}",
        context={
            "class_code": row.code,
            "class_title": row.title,
            "level": row.level,
            "major": row.major,
            "section": section,
            "section_title": titles[section],
            "lecturer": mine.name,
        },
        prefill={"text": before[0]} if before else {},
    )
    return Outcome(open=request)


def _not_to_add(row: ClassRow, scheme: Scheme) -> Refusal | None:
    if row.state not in _MAY_ADD:
        return wording.classes.class_is(row.state, wording.schemes.TO_CHANGE)
    if scheme.state == "waiting" and scheme.review:
        return wording.schemes.being_reviewed(named(row), scheme.review.number)
    return None


async def submit_addition(
    context: Context, effect: SubmitForm, _conversation: Conversation
) -> Result:
    """A lecturer added to a section, said it anew, or took it back."""
    uow, draft = context.uow, effect.draft
    code, section = draft.context["class_code"], draft.context["section"]
    row = await classes.by_code(uow, code=code, lock=True)
    scheme = await scheme_of(uow, row) if row else None
    mine = own_duty(scheme.lecturers, context.actor.person_id) if scheme else None
    if row is None or scheme is None or mine is None:
        return wording.no_longer_yours()
    refusal = _not_to_add(row, scheme)
    if refusal is not None:
        return refusal
    kept = await _keep(context, effect, subject=row.code)
    text = str(kept.answers["text"])
    taken_back = text == wording.schemes.TAKEN_BACK
    if section == "course" and not taken_back:
        await classes.set_courses(uow, class_id=row.id, courses={mine.position: text})
    await _tell_base(
        context, row, mine.name, section, kept.id, filed=scheme.state == "filed"
    )
    said = say(wording.schemes.addition_saved(section, taken_back=taken_back))
    return Outcome(replies=said.replies, done=True)


async def _tell_base(
    context: Context,
    row: ClassRow,
    lecturer: str,
    section: str,
    submission_id: str,
    *,
    filed: bool,
) -> None:
    said = wording.schemes
    word = Word(
        said.addition_to_base(named(row), lecturer, section, filed=filed),
        key=f"scheme:{submission_id}",
        subject=row.title,
        choices=(choice(said.look_choice(), f"{COMMAND} {row.code}"),),
        class_id=row.id,
    )
    base = await organisations.holders(
        context.uow, path=row.scope_path, roles=["base_staff"]
    )
    await tell(context.uow, context.house, word, person_ids=base, now=context.now)


# ---- the base hands in ----


async def _hand_in(ask: Asking, standing: Standing, scheme: Scheme) -> Result:
    """``方案 CODE 报送``: put it before the province."""
    context, row = ask.context, standing.row
    if not standing.writes:
        return wording.schemes.only_the_base(row.code)
    refusal = _not_now(row, scheme)
    if refusal is not None:
        return refusal
    if scheme.written is None:
        return wording.schemes.nothing_to_hand_in(named(row), row.code)
    review = await put_before_province(context, row)
    due = await deadlines.find(context.uow, subject=row.code, step=FORM)
    late = due is not None and due.due_on < context.moment.today
    text = wording.schemes.submitted(
        named(row), review.number, scheme.silent, late=late
    )
    return say(text)
