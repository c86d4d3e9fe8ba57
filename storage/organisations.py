"""The tree of scopes, the institutions in it, and the roster of backbone teachers."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import msgspec
from sqlalchemy import ColumnElement, false, func, insert, or_, select, update

from storage.database import UnitOfWork
from storage.tables.people import approvals, grants, institutions, roster, scopes


class ScopeRow(msgspec.Struct, frozen=True):
    """A place in the tree; ``path`` starts with the paths of all above it."""

    id: str
    kind: str
    name: str
    parent_id: str | None
    path: str


class InstitutionRow(msgspec.Struct, frozen=True):
    """A 师资研修中心 or 教师培训基地, with the province it lies in."""

    scope_id: str
    name: str
    path: str
    kind: str
    address: str
    contact: str
    province_id: str


class RosterRow(msgspec.Struct, frozen=True):
    """A backbone teacher by certificate; ``person_id`` once they took the role up.

    ``majors`` and ``levels`` are lists, joined by “、”.
    """

    id: str
    name: str
    certificate: str
    majors: str
    levels: str
    province_id: str
    school: str
    person_id: str | None = None


_SCOPE = (scopes.c.id, scopes.c.kind, scopes.c.name, scopes.c.parent_id, scopes.c.path)


def below(path: ColumnElement[str], paths: Iterable[str]) -> ColumnElement[bool]:
    """True of paths that are one of ``paths`` or lie below one; none for none."""
    tests = [
        or_(path == one, func.substr(path, 1, len(one) + 1) == one + "/")
        for one in paths
    ]
    return or_(*tests) if tests else false()


async def create_scope(
    uow: UnitOfWork,
    *,
    id: str,  # noqa: A002 -- the column's name
    kind: str,
    name: str,
    parent: ScopeRow | None = None,
) -> ScopeRow:
    """Put a place into the tree, below ``parent``; the nation has none."""
    made = ScopeRow(
        id=id,
        kind=kind,
        name=name,
        parent_id=parent.id if parent else None,
        path=f"{parent.path if parent else ''}/{id}",
    )
    await uow.execute(insert(scopes), msgspec.structs.asdict(made))
    return made


async def scope(uow: UnitOfWork, *, scope_id: str) -> ScopeRow | None:
    """A place by its id."""
    query = select(*_SCOPE).where(scopes.c.id == scope_id)
    row = (await uow.execute(query)).first()
    return ScopeRow(*row) if row else None


async def nation(uow: UnitOfWork) -> ScopeRow | None:
    """The root of the tree."""
    query = select(*_SCOPE).where(scopes.c.parent_id.is_(None)).order_by(scopes.c.id)
    row = (await uow.execute(query.limit(1))).first()
    return ScopeRow(*row) if row else None


async def scopes_below(
    uow: UnitOfWork, *, paths: Sequence[str], kind: str
) -> tuple[ScopeRow, ...]:
    """The places of one kind in or below ``paths``, by name."""
    query = (
        select(*_SCOPE)
        .where(scopes.c.kind == kind, below(scopes.c.path, paths))
        .order_by(scopes.c.name, scopes.c.id)
    )
    return tuple(ScopeRow(*row) for row in await uow.execute(query))


async def create_institution(
    uow: UnitOfWork,
    *,
    id: str,  # noqa: A002 -- the column's name
    province: ScopeRow,
    name: str,
    kind: str,
    address: str = "",
    contact: str = "",
    approved: Sequence[tuple[str, str]] = (),
) -> InstitutionRow:
    """Add an institution to a province, with its approved (major, level) pairs."""
    place = await create_scope(
        uow, id=id, kind="institution", name=name, parent=province
    )
    row = {"scope_id": id, "kind": kind, "address": address, "contact": contact}
    await uow.execute(insert(institutions), row)
    if approved:
        await uow.execute(
            insert(approvals),
            [
                {"institution_id": id, "major": major, "level": level}
                for major, level in approved
            ],
        )
    return InstitutionRow(name=name, path=place.path, province_id=province.id, **row)


async def institutions_below(
    uow: UnitOfWork, *, paths: Sequence[str]
) -> tuple[InstitutionRow, ...]:
    """The institutions in or below ``paths``, by name."""
    query = (
        select(
            institutions.c.scope_id,
            scopes.c.name,
            scopes.c.path,
            institutions.c.kind,
            institutions.c.address,
            institutions.c.contact,
            scopes.c.parent_id,
        )
        .join(scopes, scopes.c.id == institutions.c.scope_id)
        .where(below(scopes.c.path, paths))
        .order_by(scopes.c.name, scopes.c.id)
    )
    return tuple(InstitutionRow(*row) for row in await uow.execute(query))


async def approvals_of(
    uow: UnitOfWork, *, institution_id: str
) -> frozenset[tuple[str, str]]:
    """The (major, level) pairs that an institution is approved for."""
    query = select(approvals.c.major, approvals.c.level).where(
        approvals.c.institution_id == institution_id
    )
    return frozenset((major, level) for major, level in await uow.execute(query))


_ROSTER = tuple(roster.c[name] for name in RosterRow.__struct_fields__)


async def add_to_roster(uow: UnitOfWork, rows: Sequence[RosterRow]) -> None:
    """Add backbone teachers."""
    if rows:
        await uow.execute(insert(roster), [msgspec.structs.asdict(row) for row in rows])


async def roster_named(
    uow: UnitOfWork, *, said: str, paths: Sequence[str]
) -> tuple[RosterRow, ...]:
    """Backbone teachers with this certificate number or name, of provinces in ``paths``."""
    query = (
        select(*_ROSTER)
        .join(scopes, scopes.c.id == roster.c.province_id)
        .where(
            or_(roster.c.certificate == said, roster.c.name == said),
            below(scopes.c.path, paths),
        )
        .order_by(roster.c.certificate)
    )
    return tuple(RosterRow(*row) for row in await uow.execute(query))


async def take_roster_place(uow: UnitOfWork, *, roster_id: str, person_id: str) -> bool:
    """Bind a roster entry to a person; False when it is somebody else's."""
    done = await uow.execute(
        update(roster)
        .where(
            roster.c.id == roster_id,
            or_(roster.c.person_id.is_(None), roster.c.person_id == person_id),
        )
        .values(person_id=person_id)
    )
    return bool(done.rowcount == 1)


async def holders(
    uow: UnitOfWork, *, path: str, roles: Sequence[str]
) -> tuple[str, ...]:
    """The persons who hold one of ``roles`` over ``path``, there or above."""
    query = (
        select(grants.c.person_id)
        .where(
            grants.c.role.in_(roles),
            grants.c.scope_id.in_(path.strip("/").split("/")),
            grants.c.revoked_at.is_(None),
        )
        .distinct()
        .order_by(grants.c.person_id)
    )
    return tuple((await uow.execute(query)).scalars())


async def holders_below(
    uow: UnitOfWork, *, paths: Sequence[str], roles: Sequence[str]
) -> tuple[str, ...]:
    """The persons who hold one of ``roles`` in or below ``paths``, each once."""
    query = (
        select(grants.c.person_id)
        .join(scopes, scopes.c.id == grants.c.scope_id)
        .where(
            grants.c.role.in_(roles),
            grants.c.revoked_at.is_(None),
            below(scopes.c.path, paths),
        )
        .distinct()
        .order_by(grants.c.person_id)
    )
    return tuple((await uow.execute(query)).scalars())
