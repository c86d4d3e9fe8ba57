"""Certificates: one valid one per person and class, found by number."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime

import msgspec
from sqlalchemy import Select, bindparam, func, insert, select, update

from storage.database import UnitOfWork
from storage.statements import PerDialect
from storage.tables.classes import classes
from storage.tables.people import scopes
from storage.tables.records import certificates


class Holder(msgspec.Struct, frozen=True):
    """Whose it is, as it is printed: the ID number masked, perhaps empty."""

    name: str
    id_number: str = ""


class CertificateRow(msgspec.Struct, frozen=True):
    """One certificate; ``holder`` is None once the person had their data erased."""

    id: str
    number: str
    class_id: str
    serial: int
    person_id: str | None
    holder: Holder | None
    state: str
    reason: str
    issued_at: datetime
    created_by: str | None = None
    revoked_at: datetime | None = None
    decided_by: str | None = None

    @property
    def valid(self) -> bool:
        """True unless it was revoked."""
        return self.state == "valid"


class Certificate(msgspec.Struct, frozen=True):
    """A certificate with what it is about, as it is printed and verified."""

    row: CertificateRow
    title: str
    code: str
    level: str
    major: str
    opens_on: date
    ends_on: date
    institution: str


_own = certificates.c
_COLUMNS = tuple(
    _own["holder_sealed" if name == "holder" else name]
    for name in CertificateRow.__struct_fields__
)
_house = scopes.alias("house")
_FULL = (
    select(
        *_COLUMNS,
        classes.c.title,
        classes.c.code,
        classes.c.level,
        classes.c.major,
        classes.c.opens_on,
        classes.c.ends_on,
        _house.c.name,
    )
    .join(classes, classes.c.id == _own.class_id)
    .join(_house, _house.c.id == classes.c.institution_id)
)
_BY_NUMBER = _FULL.where(_own.number == bindparam("number"))
_BY_ID = _FULL.where(_own.id == bindparam("id"))
_OF_PERSON = _FULL.where(_own.person_id == bindparam("person_id")).order_by(
    _own.issued_at.desc(), _own.number
)
_OF_CLASS = _FULL.where(_own.class_id == bindparam("class_id")).order_by(_own.serial)
_VALID_OF = PerDialect(
    lambda within: (
        select(_own.class_id, func.count())
        .where(within(_own.class_id, "ids"), _own.state == "valid")
        .group_by(_own.class_id)
    )
)


async def add(uow: UnitOfWork, rows: Sequence[CertificateRow]) -> None:
    """Issue certificates; the database refuses a second valid one of a person."""
    if rows:
        await uow.execute(insert(certificates), [_values(uow, row) for row in rows])


def _values(uow: UnitOfWork, row: CertificateRow) -> dict[str, object]:
    values = msgspec.structs.asdict(row)
    holder = values.pop("holder")
    values["holder_sealed"] = holder and uow.vault.seal(
        msgspec.json.encode(holder),
        table="certificates",
        column="holder_sealed",
        row=row.id,
    )
    return values


async def by_number(uow: UnitOfWork, *, number: str) -> Certificate | None:
    """A certificate by what is printed on it."""
    found = await _all(uow, _BY_NUMBER, number=number)
    return found[0] if found else None


async def get(uow: UnitOfWork, *, certificate_id: str) -> Certificate | None:
    """A certificate by its id."""
    found = await _all(uow, _BY_ID, id=certificate_id)
    return found[0] if found else None


async def of_person(uow: UnitOfWork, *, person_id: str) -> tuple[Certificate, ...]:
    """A person's certificates, revoked ones too, the newest first."""
    return await _all(uow, _OF_PERSON, person_id=person_id)


async def of_class(uow: UnitOfWork, *, class_id: str) -> tuple[Certificate, ...]:
    """Every certificate of a class, revoked ones too, in the order of their serials."""
    return await _all(uow, _OF_CLASS, class_id=class_id)


async def counts(uow: UnitOfWork, *, class_ids: Sequence[str]) -> dict[str, int]:
    """How many valid certificates each class has; classes without any are left out."""
    found = await uow.execute(_VALID_OF[uow.dialect], {"ids": list(class_ids)})
    return {row[0]: row[1] for row in found}


async def revoke(
    uow: UnitOfWork, *, certificate_id: str, reason: str, by: str, now: datetime
) -> bool:
    """Declare a certificate void; False when it was already."""
    done = await uow.execute(
        update(certificates)
        .where(_own.id == certificate_id, _own.state == "valid")
        .values(state="revoked", reason=reason, revoked_at=now, decided_by=by)
    )
    return bool(done.rowcount == 1)


async def _all(
    uow: UnitOfWork, query: Select[tuple[object, ...]], **keys: str
) -> tuple[Certificate, ...]:
    size = len(_COLUMNS)
    return tuple(
        Certificate(_opened(uow, row[:size]), *row[size:])
        for row in await uow.execute(query, keys)
    )


def _opened(uow: UnitOfWork, columns: Sequence[object]) -> CertificateRow:
    names = CertificateRow.__struct_fields__
    values = dict(zip(names, columns, strict=True))
    sealed = values["holder"]
    if isinstance(sealed, bytes):
        opened = uow.vault.open(
            sealed,
            table="certificates",
            column="holder_sealed",
            row=str(values["id"]),
        )
        values["holder"] = msgspec.json.decode(opened, type=Holder)
    return CertificateRow(**values)  # type: ignore[arg-type]  # the columns in their order
