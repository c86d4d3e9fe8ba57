"""Organisations and the roster, put in or brought up to date by what names them."""

from __future__ import annotations

from collections.abc import Sequence

import msgspec
from sqlalchemy import delete, insert, select, update

from storage.database import UnitOfWork
from storage.organisations import RosterRow, ScopeRow
from storage.tables.people import approvals, institutions, roster, scopes

_SCOPE = (scopes.c.id, scopes.c.kind, scopes.c.name, scopes.c.parent_id, scopes.c.path)


async def scopes_by_name(uow: UnitOfWork, *, kind: str) -> dict[str, ScopeRow]:
    """The places of one kind, by name."""
    query = select(*_SCOPE).where(scopes.c.kind == kind)
    return {row.name: ScopeRow(*row) for row in await uow.execute(query)}


async def update_institution(
    uow: UnitOfWork,
    *,
    institution_id: str,
    kind: str,
    address: str,
    contact: str,
    approved: Sequence[tuple[str, str]],
) -> None:
    """Give an institution other facts; its (major, level) pairs are replaced."""
    await uow.execute(
        update(institutions)
        .where(institutions.c.scope_id == institution_id)
        .values(kind=kind, address=address, contact=contact)
    )
    await uow.execute(
        delete(approvals).where(approvals.c.institution_id == institution_id)
    )
    if approved:
        rows = [
            {"institution_id": institution_id, "major": major, "level": level}
            for major, level in approved
        ]
        await uow.execute(insert(approvals), rows)


async def roster_by_certificate(uow: UnitOfWork) -> dict[str, RosterRow]:
    """The whole roster, by certificate."""
    columns = [roster.c[name] for name in RosterRow.__struct_fields__]
    found = await uow.execute(select(*columns))
    return {row.certificate: RosterRow(*row) for row in found}


async def update_roster(uow: UnitOfWork, row: RosterRow) -> None:
    """Give the entry with this id other facts; who took it up stays."""
    facts = msgspec.structs.asdict(row)
    del facts["id"], facts["person_id"]
    await uow.execute(update(roster).where(roster.c.id == row.id).values(facts))
