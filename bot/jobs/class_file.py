"""Every paper of a class, gathered and drawn for its archive.

附件2 is there only as numbers, from five ballots on; what each teacher wrote in
it is nowhere.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from datetime import datetime
from functools import partial

import msgspec

from bot import wording
from bot.actions.admission_letters import letter_of
from bot.actions.applicants import Cell, class_table
from bot.actions.certifying import register_row
from bot.actions.context import House
from bot.actions.deadlines import year_subject
from bot.actions.needs import class_needs
from bot.actions.responses import evaluation_table
from bot.actions.standings import Standing, standings
from bot.actions.transcripts import sent_content
from bot.clock import civil
from bot.documents.admission_letters import render_letter
from bot.documents.certificates import paper_of as certificate_paper
from bot.documents.certificates import render_certificate
from bot.documents.needs import needs_paper
from bot.documents.schemes import render_scheme, scheme_paper
from bot.documents.sent_transcripts import drawn
from bot.documents.submissions import papers_of, print_paper
from bot.documents.tables import write_rows
from bot.jobs.archives import plain_name
from storage import (
    applications,
    attendance,
    certificates,
    classes,
    deadlines,
    engagements,
    files,
    leaves,
    notices,
    reviews,
    scores,
    submissions,
    transcripts,
    works,
)
from storage.applications import ApplicationRow
from storage.classes import ClassRow
from storage.database import UnitOfWork
from storage.files import FileRow
from storage.notices import NoticeRow
from storage.submissions import Submission

_REVIEWED = ("opening", "change", "scheme")
_EXTENSIONS = {"image/jpeg": "jpg", "image/png": "png", "application/pdf": "pdf"}
_said = wording.archives


class Entry(msgspec.Struct, frozen=True):
    """One paper: the section it belongs to, its name there, its content."""

    section: str
    name: str
    content: bytes

    @property
    def path(self) -> str:
        """Where it lies in the archive."""
        return f"{plain_name(self.section)}/{plain_name(self.name)}"


class Sketch(msgspec.Struct, frozen=True):
    """A paper that is still to be drawn, which blocks."""

    section: str
    name: str
    draw: Callable[[], bytes]


def draw_all(sketches: Iterable[Sketch]) -> list[Entry]:
    """The papers. Blocks: call it through ``asyncio.to_thread``."""
    return [Entry(one.section, one.name, one.draw()) for one in sketches]


async def gather(uow: UnitOfWork, house: House, row: ClassRow) -> list[Sketch]:
    """Every paper of a class as it stands now, in the order of the sections."""
    found = await standings(uow, row)
    applied = await applications.of_class(uow, class_id=row.id)
    entries = [
        *await _forms(uow, house, row, applied),
        *await _staff(uow, row),
        *await _documents(uow, house, row),
        *await _notices(uow, row),
        *await _applied(uow, house, row, applied),
        *await _attendance(uow, row, found),
        *await _assessment(uow, row, found),
        *await _results(uow, house, row),
        *await _transcript(uow, row),
        *await _certificates(uow, house, row),
        *await _steps(uow, house, row),
    ]
    order = {section: place for place, section in enumerate(_said.SECTIONS)}
    return sorted(entries, key=lambda one: order[one.section])


def _table(
    section: str, key: str, header: Sequence[str], rows: Iterable[Sequence[Cell]]
) -> list[Sketch]:
    """A table as an Excel file; none without rows."""
    filled = list(rows)
    if not filled:
        return []
    draw = partial(write_rows, "xlsx", header, filled)
    return [Sketch(section, _said.NAMES[key], draw)]


def _as_file(section: str, number: int, key: str, found: FileRow) -> Sketch:
    kind = _EXTENSIONS.get(found.info.media_type, "")
    ending = f".{kind}" if kind else f"-{plain_name(found.info.name)}"
    name = _said.numbered(number, f"{_said.NAMES[key]}{ending}")
    return Sketch(section, name, lambda: found.content)


async def _forms(
    uow: UnitOfWork, house: House, row: ClassRow, applied: Sequence[ApplicationRow]
) -> list[Sketch]:
    """Every form that was handed in for the class, and the year's 附件6.

    Applications bear their own numbers, other forms count by section.
    """
    numbers = {one.submission_id: one.number for one in applied}
    year = year_subject(row.institution_id, str(row.opens_on.year))
    found: list[Submission] = []
    for form, section in _said.OF_FORM.items():
        subject = year if section == _said.SUMMARY else row.code
        handed_in = await submissions.find(uow, form=form, subject=subject)
        # A correction stands beside what it corrects; of 附件6 the last counts.
        found += handed_in[-1:] if section == _said.SUMMARY else handed_in
    papers = await papers_of(uow, house.book, found)
    counts: dict[str, int] = {}
    entries = []
    for one, paper in zip(found, papers, strict=True):
        section = _said.OF_FORM[one.form]
        counts[section] = counts.get(section, 0) + 1
        who = one.all_answers.get("name", "")
        number = numbers.get(one.id, counts[section])
        name = _said.paper(paper.title, number, str(who))
        entries.append(Sketch(section, name, partial(print_paper, paper)))
    return entries


async def _staff(uow: UnitOfWork, row: ClassRow) -> list[Sketch]:
    staff = await classes.staff_of(uow, class_id=row.id)
    asked = await engagements.of_class(uow, class_id=row.id)
    return [
        *_table(
            _said.STAFF,
            "staff",
            _said.STAFF_HEADER,
            [
                (_said.word(one.duty), one.position, one.name, one.course)
                for one in staff
            ],
        ),
        *_table(
            _said.STAFF,
            "engagements",
            _said.ENGAGEMENT_HEADER,
            [
                (
                    one.number,
                    _said.word(one.duty),
                    one.name,
                    one.certificate,
                    one.school,
                    _said.word(one.state),
                    _on(one.invited_at),
                    _on(one.answered_at),
                    one.reason,
                )
                for one in asked
            ],
        ),
    ]


def _on(when: datetime | None) -> str:
    return civil(when).isoformat() if when else ""


async def _documents(uow: UnitOfWork, house: House, row: ClassRow) -> list[Sketch]:
    """The scheme, the needs, and the stamped pages of reviews."""
    entries = []
    scheme = await scheme_paper(uow, house.book, row)
    if scheme is not None:
        name = _said.NAMES["scheme"]
        entries.append(Sketch(_said.SCHEME, name, partial(render_scheme, scheme)))
    needs = await class_needs(uow, house, row)
    if needs.voices:
        drawing = partial(needs_paper, row, needs, on=row.opens_on)
        entries.append(Sketch(_said.NEEDS, _said.NAMES["needs"], drawing))
    number = 0
    for kind in _REVIEWED:
        review = await reviews.latest(uow, class_id=row.id, kind=kind)
        if review is None:
            continue
        for info in await files.find(uow, purpose="scan", subject=review.id):
            found = await files.get(uow, file_id=info.id)
            if found is not None:
                number += 1
                entries.append(_as_file(_said.OPENING, number, "scan", found))
    return entries


async def _notices(uow: UnitOfWork, row: ClassRow) -> list[Sketch]:
    found = await notices.of_class(uow, class_id=row.id)
    return [
        Sketch(
            _said.RECRUITING,
            _said.numbered(number, f"{_said.NAMES['notice']}.txt"),
            partial(_notice_text, one),
        )
        for number, one in enumerate(reversed(found), 1)
    ]


def _notice_text(one: NoticeRow) -> bytes:
    on = civil(one.published_at) if one.published_at else None
    return _said.notice(one.title, one.publisher, on, one.body).encode()


async def _applied(
    uow: UnitOfWork, house: House, row: ClassRow, found: Sequence[ApplicationRow]
) -> list[Sketch]:
    """The list of applications, the stamped pages, the letters of those admitted."""
    table = await class_table(uow, class_id=row.id, full=True)
    entries = _table(_said.RECRUITING, "applications", table.header, table.rows)
    ids = [one.stamp_file_id for one in found if one.stamp_file_id]
    stamps = await files.get_many(uow, file_ids=ids)
    for one in found:
        stamp = stamps.get(one.stamp_file_id or "")
        if stamp is not None:
            entries.append(_as_file(_said.APPLICATIONS, one.number, "stamp", stamp))
        letter = await letter_of(uow, house, application_id=one.id)
        if letter is not None:
            name = _said.numbered(one.number, _said.NAMES["letter"])
            entries.append(
                Sketch(_said.ADMISSION, name, partial(render_letter, letter))
            )
    return entries


async def _attendance(
    uow: UnitOfWork, row: ClassRow, found: Sequence[Standing]
) -> list[Sketch]:
    who = {one.person_id: (one.number, one.name) for one in found}
    absent = await attendance.of_class(uow, class_id=row.id)
    asked = await leaves.of_class(uow, class_id=row.id)
    return [
        *_table(
            _said.ATTENDANCE,
            "absences",
            _said.ABSENCE_HEADER,
            [
                (
                    one.day.isoformat(),
                    *who.get(one.person_id, (None, "")),
                    _said.word(one.kind),
                    one.hours,
                )
                for one in absent
            ],
        ),
        *_table(
            _said.ATTENDANCE,
            "leaves",
            _said.LEAVE_HEADER,
            [
                (
                    one.number,
                    *who.get(one.person_id, (None, "")),
                    one.first_day.isoformat(),
                    one.last_day.isoformat(),
                    one.hours,
                    _said.word(one.state),
                    one.reason,
                    one.answer,
                )
                for one in asked
            ],
        ),
    ]


async def _assessment(
    uow: UnitOfWork, row: ClassRow, found: Sequence[Standing]
) -> list[Sketch]:
    """Every point with both attempts and corrections, the results, the works."""
    who = {one.person_id: (one.number, one.name) for one in found}
    staff = await classes.workers(uow, class_id=row.id)
    scorers = {one.person_id: one.name for one in staff}
    given = await scores.of_class(uow, class_id=row.id, history=True)
    handed_in = await works.of_class(uow, class_id=row.id)
    kept = await files.get_many(
        uow, file_ids=[one.file_id for one in handed_in if one.file_id]
    )
    return [
        *_table(
            _said.ASSESSMENT,
            "scores",
            _said.SCORE_HEADER,
            [
                (
                    *who.get(one.person_id, (None, "")),
                    _said.word(one.kind),
                    one.attempt,
                    scorers.get(one.scorer_id or "", ""),
                    one.points / 10,
                    _on(one.at),
                    _said.word(one.state),
                    one.reason,
                )
                for one in given
            ],
        ),
        *_table(
            _said.ASSESSMENT,
            "standings",
            _said.STANDING_HEADER,
            [
                (
                    one.number,
                    one.name,
                    one.process,
                    " ".join(one.process_attempts),
                    one.final,
                    " ".join(one.final_attempts),
                    _said.YES if one.passed else _said.NO,
                    one.why,
                )
                for one in found
            ],
        ),
        *(
            _as_file(_said.ASSESSMENT, number, "work", kept[one.file_id])
            for number, one in enumerate(handed_in, 1)
            if one.file_id in kept
        ),
    ]


async def _results(uow: UnitOfWork, house: House, row: ClassRow) -> list[Sketch]:
    """附件2 in numbers; nothing of fewer than five."""
    table = await evaluation_table(uow, house.book, row, limits=house.limits)
    return _table(_said.EVALUATION, "evaluation", table.header, table.rows)


async def _transcript(uow: UnitOfWork, row: ClassRow) -> list[Sketch]:
    info = await transcripts.latest_sent(uow, class_id=row.id)
    content = await sent_content(uow, info) if info else None
    if info is None or content is None:
        return []
    return [
        Sketch(
            _said.TRANSCRIPT,
            wording.transcripts.file_name(row.title, row.code, info.revision, kind),
            partial(drawn, content, kind),
        )
        for kind in ("xlsx", "pdf")
    ]


async def _certificates(uow: UnitOfWork, house: House, row: ClassRow) -> list[Sketch]:
    found = await certificates.of_class(uow, class_id=row.id)
    entries = _table(
        _said.CERTIFICATES,
        "register",
        wording.certificates.REGISTER_HEADER,
        [register_row(one) for one in found],
    )
    for one in found:
        paper = certificate_paper(one, house)
        if paper is not None:
            name = wording.certificates.file_name(one.title, one.row.number)
            entries.append(
                Sketch(_said.CERTIFICATES, name, partial(render_certificate, paper))
            )
    return entries


async def _steps(uow: UnitOfWork, house: House, row: ClassRow) -> list[Sketch]:
    programme = house.programmes[row.programme]
    found = await deadlines.of_class(uow, class_id=row.id)
    return _table(
        _said.STEPS,
        "steps",
        _said.STEP_HEADER,
        [
            (
                programme.step(one.step).title,
                one.due_on.isoformat(),
                _said.word(one.state),
                _on(one.done_at),
                one.note,
            )
            for one in found
        ],
    )
