"""附件5 成绩单: looked at by the base, sent to province and centre (规程第十三条).

What is sent is kept as it was; a correction makes the next revision.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import msgspec

from bot import wording
from bot.actions import certifying
from bot.actions import deadlines as timing
from bot.actions.applicants import Table
from bot.actions.asking import Asking, Result, choice, class_asked, say
from bot.actions.certifying import Report
from bot.actions.classes import named
from bot.actions.context import Context
from bot.actions.making import make_for, make_for_asker
from bot.actions.standings import Standing, standings
from bot.actions.telling import Word, tell
from bot.clock import civil
from conversations.model import Refusal
from conversations.understanding.identity import sex_of
from conversations.understanding.masks import mask_text
from storage import (
    applications,
    certificates,
    classes,
    organisations,
    submissions,
    transcripts,
)
from storage.classes import ClassRow
from storage.database import UnitOfWork
from storage.submissions import Submission
from storage.transcripts import TranscriptInfo

STEP = "transcript"
_READERS = ("province_manager", "centre_manager")
_DONE = ("running", "ended", "closed")
_CHANGES_SAID = 4
_RESULTS = ("process", "final", "certificate")


class Content(msgspec.Struct, frozen=True):
    """What is sent: the model of the form as JSON values, row by row whose it is.

    ``applications`` are the ids of the applications, in the order of the rows.
    """

    applications: tuple[str, ...]
    transcript: dict[str, Any]
    passed: int

    @property
    def rows(self) -> list[dict[str, Any]]:
        """The teachers by number."""
        rows: list[dict[str, Any]] = self.transcript["rows"]
        return rows

    @property
    def digest(self) -> str:
        """Tells two contents apart."""
        encoded = msgspec.json.encode(self, order="sorted")
        return hashlib.sha256(encoded).hexdigest()[:32]


async def content_of(uow: UnitOfWork, row: ClassRow) -> Content:
    """附件5 of a class as the data stand now; a fixed number of queries."""
    found = await standings(uow, row)
    admitted = await applications.of_class(uow, class_id=row.id, states=["admitted"])
    of = {one.id: one.submission_id for one in admitted}
    forms = await submissions.get_many(
        uow, submission_ids=[one for one in of.values() if one]
    )
    issued = await certificates.of_class(uow, class_id=row.id)
    numbers = {one.row.person_id: one.row.number for one in issued if one.row.valid}
    rows = [
        _row(
            one, forms.get(of.get(one.application_id) or ""), numbers.get(one.person_id)
        )
        for one in found
    ]
    head = await _head(uow, row)
    return Content(
        applications=tuple(one.application_id for one in found),
        transcript={**head, "headcount": len(rows), "rows": rows},
        passed=sum(one.passed for one in found),
    )


async def _head(uow: UnitOfWork, row: ClassRow) -> dict[str, Any]:
    staff = await classes.staff_of(uow, class_id=row.id)
    place = await organisations.scope(uow, scope_id=row.institution_id)
    province = (
        await organisations.scope(uow, scope_id=place.parent_id)
        if place and place.parent_id
        else None
    )
    return {
        "opens_on": row.opens_on.isoformat(),
        "ends_on": row.ends_on.isoformat(),
        "province": province.name if province else "",
        "venue": row.venue,
        "institution": row.institution,
        "level": row.level,
        "major": row.major,
        "lecturers": [one.name for one in staff if one.duty == "lecturer"],
        "assessors": [one.name for one in staff if one.duty == "assessor"],
    }


def _row(
    one: Standing, form: Submission | None, certificate: str | None
) -> dict[str, Any]:
    said = form.all_answers if form else {}
    text = {key: str(said.get(key, "")) for key in ("id_number", "unit", "phone")}
    return {
        "number": one.number,
        "name": one.name,
        "sex": sex_of(text["id_number"]) if text["id_number"] else "",
        **text,
        "process": one.process,
        "final": one.final,
        "certificate": certificate or "",
    }


async def sent_content(uow: UnitOfWork, info: TranscriptInfo) -> Content | None:
    """What a revision said; None for a draft."""
    kept = await transcripts.content(uow, transcript_id=info.id)
    return msgspec.json.decode(kept, type=Content) if kept else None


async def newest_content(uow: UnitOfWork, row: ClassRow) -> Content:
    """What was sent last; before anything was sent, what the data say now."""
    info = await transcripts.latest_sent(uow, class_id=row.id)
    sent = await sent_content(uow, info) if info else None
    return sent or await content_of(uow, row)


def transcript_table(row: ClassRow, content: Content) -> Table:
    """A transcript as rows for files, nothing masked."""
    columns = ("number", *wording.transcripts.FIELDS)
    return Table(
        title=wording.transcripts.table_title(row.title, row.code),
        header=wording.transcripts.HEADER,
        rows=tuple(tuple(one[key] for key in columns) for one in content.rows),
    )


# ---- 成绩单 CODE ----


async def show(ask: Asking) -> Result:
    """``成绩单 CODE``: the base checks and sends it, province and centre read it."""
    row = await class_asked(ask)
    if isinstance(row, Refusal):
        return row
    if not ask.may(row.scope_path, "send"):
        return await _read(ask, row)
    if row.state not in _DONE:
        return wording.classes.class_is(row.state, ask.command.name)
    if ask.words.second in wording.FULL:
        return await _full(ask, row)
    locked = await classes.get(ask.context.uow, class_id=row.id, lock=True) or row
    if ask.words.second == wording.CONFIRM:
        return await _confirm(ask, locked)
    return await _look(ask, locked)


async def _look(ask: Asking, row: ClassRow, *, before: str = "") -> Result:
    context = ask.context
    content = await content_of(context.uow, row)
    last = await transcripts.latest_sent(context.uow, class_id=row.id)
    if last is not None and last.digest == content.digest:
        return say(
            wording.transcripts.unchanged(
                named(row), last.revision, civil(last.made_at)
            )
        )
    draft = await transcripts.look(
        context.uow,
        id=context.new_id(),
        class_id=row.id,
        digest=content.digest,
        heads=len(content.rows),
        passed=content.passed,
        now=context.now,
    )
    await make_for_asker(context, "transcript_picture", {"class": row.id})
    text = wording.transcripts.looked_at(
        named(row),
        draft.revision,
        heads=draft.heads,
        passed=draft.passed,
        warnings=_warnings(await certifying.report_of(context.uow, row), row),
        changes=await _changes(context.uow, last, content),
    )
    confirm = choice(
        wording.transcripts.confirm(),
        f"{ask.command.name} {row.code} {wording.CONFIRM}",
    )
    return say(f"{before}\n{text}" if before else text, [confirm])


def _warnings(report: Report, row: ClassRow) -> list[str]:
    everybody = [*report.ready, *(one for one, _ in report.held)]
    open_ = [_pupil(one) for one in everybody if not one.complete]
    bare = [_pupil(one) for one in everybody if one.passed]
    return [
        *([wording.transcripts.incomplete(open_)] if open_ else []),
        *([wording.transcripts.uncertified(bare, row.code)] if bare else []),
    ]


def _pupil(one: Standing) -> str:
    return wording.certificates.pupil(one.number, one.name)


async def _confirm(ask: Asking, row: ClassRow) -> Result:
    context = ask.context
    draft = await transcripts.latest(context.uow, class_id=row.id)
    if draft is None or draft.state != "draft":
        return wording.transcripts.look_first(row.code)
    content = await content_of(context.uow, row)
    if content.digest != draft.digest:
        return await _look(ask, row, before=wording.transcripts.changed_since())
    last = await transcripts.latest_sent(context.uow, class_id=row.id)
    changes = await _changes(context.uow, last, content)
    await transcripts.send(
        context.uow,
        transcript_id=draft.id,
        content=msgspec.json.encode(content),
        by=context.actor.person_id,
        now=context.now,
    )
    await timing.mark_done(
        context.uow,
        subject=row.code,
        step=STEP,
        by=context.actor.person_id,
        now=context.now,
    )
    await _send(context, row, draft, changes)
    return say(wording.transcripts.sent(named(row), draft.revision))


async def _send(
    context: Context, row: ClassRow, draft: TranscriptInfo, changes: Sequence[str]
) -> None:
    managers = await organisations.holders(
        context.uow, path=row.scope_path, roles=_READERS
    )
    word = Word(
        wording.transcripts.sent_to_managers(
            named(row),
            row.institution,
            draft.revision,
            heads=draft.heads,
            passed=draft.passed,
            changes=changes,
        ),
        key=f"transcript:{draft.id}",
        subject=row.title,
        class_id=row.id,
    )
    await tell(context.uow, context.house, word, person_ids=managers, now=context.now)
    payload = {"transcript": draft.id}
    await make_for(context, "transcript_file", payload, person_ids=managers)


# ---- what changed ----


async def _changes(
    uow: UnitOfWork, last: TranscriptInfo | None, content: Content
) -> list[str]:
    """In words, what is not as it was sent; results with their values."""
    before = await sent_content(uow, last) if last else None
    if before is None:
        return []
    found = list(_differences(before, content))
    said = found[:_CHANGES_SAID]
    if len(found) > len(said):
        said.append(wording.transcripts.more_changes(len(found)))
    return said


def _differences(before: Content, after: Content) -> Iterator[str]:
    said = wording.transcripts
    if _without_rows(before) != _without_rows(after):
        yield said.head_changed()
    old = {row["number"]: row for row in before.rows}
    new = {row["number"]: row for row in after.rows}
    for number in sorted({*old, *new}):
        if number not in old or number not in new:
            parts = [said.row_gone() if number in old else said.row_added()]
        else:
            parts = list(_row_differences(old[number], new[number]))
        if parts:
            yield said.row_changed(number, parts)


def _without_rows(content: Content) -> dict[str, Any]:
    return {key: one for key, one in content.transcript.items() if key != "rows"}


def _row_differences(
    before: Mapping[str, Any], after: Mapping[str, Any]
) -> Iterator[str]:
    for field in wording.transcripts.FIELDS:
        if before[field] == after[field]:
            continue
        if field in _RESULTS:
            yield wording.transcripts.value_changed(field, before[field], after[field])
        else:
            yield wording.transcripts.field_changed(field)


# ---- reading ----


async def _read(ask: Asking, row: ClassRow) -> Result:
    info = await transcripts.latest_sent(ask.context.uow, class_id=row.id)
    if info is None:
        return say(wording.transcripts.not_sent(named(row)))
    return await _files(ask, row, info)


async def _full(ask: Asking, row: ClassRow) -> Result:
    """``成绩单 CODE 全部 理由``: the sent files for the base; written down."""
    reason = ask.words.after(2)
    if not reason:
        return wording.transcripts.reason_needed(row.code)
    refusal = ask.demand(row.scope_path, use="full")
    if refusal is not None:
        return refusal
    ask.trail.detail = mask_text(reason)
    return await _read(ask, row)


async def _files(ask: Asking, row: ClassRow, info: TranscriptInfo) -> Result:
    payload = {"transcript": info.id}
    if ask.words.words[-1] in wording.transcripts.WORD:
        payload["format"] = "docx"
    await make_for_asker(ask.context, "transcript_file", payload)
    return say(
        wording.transcripts.files_follow(named(row), info.revision, civil(info.made_at))
    )
