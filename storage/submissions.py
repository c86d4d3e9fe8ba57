"""Forms that were handed in: personal answers sealed, the others plain."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import Any

import msgspec
from sqlalchemy import Select, bindparam, insert, select, update

from storage.database import UnitOfWork
from storage.tables.classes import submissions

Answers = dict[str, str | dict[str, str]]
"""Answers by field id; a photo is the id of its file."""


class Submission(msgspec.Struct, frozen=True):
    """A form as it was handed in.

    ``answers`` are those that are not personal, ``personal`` the others, while
    they may be kept: after ``keep_until`` the next of them go.
    """

    id: str
    form: str
    version: int
    subject: str
    person_id: str | None
    submitted_at: datetime
    answers: Answers
    personal: Answers
    context: dict[str, str] = {}
    keep_until: date | None = None

    @property
    def all_answers(self) -> Answers:
        """Every answer by field id."""
        return {**self.answers, **self.personal}


async def add(uow: UnitOfWork, submission: Submission) -> None:
    """Keep a form that was handed in."""
    await uow.execute(insert(submissions), _values(uow, submission))


def _values(uow: UnitOfWork, submission: Submission) -> dict[str, Any]:
    names = Submission.__struct_fields__
    values = {name: getattr(submission, name) for name in names}
    values["personal_sealed"] = _seal(uow, submission.id, values.pop("personal"))
    return values


def _seal(uow: UnitOfWork, row: str, personal: Mapping[str, Any]) -> bytes:
    encoded = msgspec.json.encode(personal)
    return uow.vault.seal(
        encoded, table="submissions", column="personal_sealed", row=row
    )


async def get(uow: UnitOfWork, *, submission_id: str) -> Submission | None:
    """One form that was handed in."""
    found = await _fetch(uow, select(submissions).where(_c.id == submission_id))
    return found[0] if found else None


async def get_many(
    uow: UnitOfWork, *, submission_ids: Sequence[str]
) -> dict[str, Submission]:
    """Forms by id; those that don't exist are left out."""
    query = select(submissions).where(_c.id.in_(submission_ids))
    return {one.id: one for one in await _fetch(uow, query)}


async def latest(uow: UnitOfWork, *, person_id: str, form: str) -> Submission | None:
    """The person's last form of a kind, from which a new one is prefilled."""
    whose = {"person_id": person_id, "form": form}
    row = (await uow.execute(_LATEST, whose)).first()
    return _opened(uow, row) if row else None


async def find(
    uow: UnitOfWork, *, form: str, subject: str | None = None
) -> tuple[Submission, ...]:
    """Every form of a kind, oldest first; ``subject`` narrows to one class."""
    query = select(submissions).where(_c.form == form)
    if subject is not None:
        query = query.where(_c.subject == subject)
    return await _fetch(uow, query.order_by(_c.submitted_at, _c.id))


async def of_people(
    uow: UnitOfWork, *, person_ids: Sequence[str]
) -> tuple[Submission, ...]:
    """Every form that these people handed in."""
    return await _fetch(uow, select(submissions).where(_c.person_id.in_(person_ids)))


async def keep_only(
    uow: UnitOfWork, *, submission_id: str, personal: Answers, until: date | None
) -> None:
    """Forget all personal answers of a form but these, kept until then."""
    sealed = _seal(uow, submission_id, personal) if personal else None
    await uow.execute(
        update(submissions)
        .where(_c.id == submission_id)
        .values(personal_sealed=sealed, keep_until=until)
    )


_c = submissions.c
_LATEST = (
    select(submissions)
    .where(_c.person_id == bindparam("person_id"), _c.form == bindparam("form"))
    .order_by(_c.submitted_at.desc(), _c.id)
    .limit(1)
)


async def _fetch(
    uow: UnitOfWork, query: Select[*tuple[Any, ...]]
) -> tuple[Submission, ...]:
    return tuple(_opened(uow, row) for row in await uow.execute(query))


def _opened(uow: UnitOfWork, row: Any) -> Submission:
    return Submission(
        id=row.id,
        form=row.form,
        version=row.version,
        subject=row.subject,
        person_id=row.person_id,
        submitted_at=row.submitted_at,
        answers=row.answers,
        personal=_open(uow, row.id, row.personal_sealed),
        context=row.context,
        keep_until=row.keep_until,
    )


def _open(uow: UnitOfWork, row: str, sealed: bytes | None) -> Answers:
    if sealed is None:
        return {}
    opened = uow.vault.open(
        sealed, table="submissions", column="personal_sealed", row=row
    )
    return msgspec.json.decode(opened, type=Answers)
