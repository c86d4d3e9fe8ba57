"""Bulk lists of the operator: all of a list in one transaction, twice is once."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime

import msgspec

from bot.spreadsheets import BadLine, Listed, Organisation, words
from storage import audit, imports, organisations
from storage.audit import AuditRow
from storage.database import UnitOfWork
from storage.organisations import RosterRow, ScopeRow

NewId = Callable[[], str]
_JOINED = "、"


class Imported(msgspec.Struct, frozen=True):
    """What an import did: entries added, and entries brought up to date."""

    added: int
    updated: int


async def put_organisations(
    uow: UnitOfWork, found: Sequence[Organisation], *, now: datetime, new_id: NewId
) -> Imported | list[BadLine]:
    """Add institutions and their provinces, or bring them up to date by name.

    The rows that contradict what is there, when there are any: then nothing is
    to be kept.
    """
    provinces = await imports.scopes_by_name(uow, kind="province")
    there = await imports.scopes_by_name(uow, kind="institution")
    bad = [
        BadLine(one.line, "the institution lies in another province")
        for one in found
        if one.name in there and not _within(there[one.name], provinces, one.province)
    ]
    if bad:
        return bad
    for one in found:
        if one.province not in provinces:
            provinces[one.province] = await _add_province(uow, one.province, new_id)
        await _put_organisation(uow, one, there, provinces[one.province], new_id)
    updated = sum(one.name in there for one in found)
    await _write_down(uow, "organisations", now=now, new_id=new_id)
    return Imported(len(found) - updated, updated)


def _within(place: ScopeRow, provinces: dict[str, ScopeRow], name: str) -> bool:
    return name in provinces and place.parent_id == provinces[name].id


async def nation(uow: UnitOfWork) -> ScopeRow:
    """The root of the tree, made when it is missing."""
    found = await organisations.nation(uow)
    return found or await organisations.create_scope(
        uow, id="nation", kind="nation", name=words().nation
    )


async def _add_province(uow: UnitOfWork, name: str, new_id: NewId) -> ScopeRow:
    return await organisations.create_scope(
        uow, id=new_id(), kind="province", name=name, parent=await nation(uow)
    )


async def _put_organisation(
    uow: UnitOfWork,
    one: Organisation,
    there: dict[str, ScopeRow],
    province: ScopeRow,
    new_id: NewId,
) -> None:
    if one.name in there:
        await imports.update_institution(
            uow,
            institution_id=there[one.name].id,
            kind=one.kind,
            address=one.address,
            contact=one.contact,
            approved=one.approved,
        )
        return
    await organisations.create_institution(
        uow,
        id=new_id(),
        province=province,
        name=one.name,
        kind=one.kind,
        address=one.address,
        contact=one.contact,
        approved=one.approved,
    )


async def put_roster(
    uow: UnitOfWork, found: Sequence[Listed], *, now: datetime, new_id: NewId
) -> Imported:
    """Add backbone teachers, or bring them up to date by certificate.

    Raises:
        KeyError: a province is not there.
    """
    provinces = await imports.scopes_by_name(uow, kind="province")
    there = await imports.roster_by_certificate(uow)
    fresh: list[RosterRow] = []
    for one in found:
        before = there.get(one.certificate)
        row = RosterRow(
            id=before.id if before else new_id(),
            name=one.name,
            certificate=one.certificate,
            majors=_JOINED.join(one.majors),
            levels=_JOINED.join(one.levels),
            province_id=provinces[one.province].id,
            school=one.school,
        )
        if before is None:
            fresh.append(row)
        else:
            await imports.update_roster(uow, row)
    await organisations.add_to_roster(uow, fresh)
    await _write_down(uow, "roster", now=now, new_id=new_id)
    return Imported(len(fresh), len(found) - len(fresh))


async def _write_down(
    uow: UnitOfWork, subject: str, *, now: datetime, new_id: NewId
) -> None:
    row = AuditRow(
        id=new_id(),
        at=now,
        actor_id=None,
        action="import",
        outcome="done",
        subject=subject,
    )
    await audit.add(uow, [row])
