"""Persons as readers of notices: how each stands in the programme."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any

import msgspec
from sqlalchemy import bindparam, exists, select

from notices.audience import TEACHER, Audience, Standing, is_meant
from storage.database import UnitOfWork
from storage.statements import PerDialect
from storage.tables.classes import applications, classes
from storage.tables.people import addresses, approvals, grants, persons, roster, scopes

_SEPARATOR = "、"
_NO_TRADES: frozenset[tuple[str, str]] = frozenset()
Trades = frozenset[tuple[str, str]]


class Page(msgspec.Struct, frozen=True):
    """A stretch of all persons: those meant, and the last one looked at.

    ``last`` is None when nobody comes after.
    """

    meant: tuple[str, ...]
    last: str | None


_PAGE = (
    select(persons.c.id, persons.c.profile_sealed)
    .where(
        persons.c.id > bindparam("after"),
        persons.c.created_at <= bindparam("as_of"),
        exists().where(
            addresses.c.person_id == persons.c.id, addresses.c.reachable.is_(True)
        ),
    )
    .order_by(persons.c.id)
    .limit(bindparam("most"))
)
_ONE = select(persons.c.id, persons.c.profile_sealed).where(
    persons.c.id == bindparam("person")
)
_GRANTS = PerDialect(
    lambda within: (
        select(grants.c.person_id, grants.c.role, scopes.c.path, scopes.c.id)
        .join(scopes, scopes.c.id == grants.c.scope_id)
        .where(within(grants.c.person_id, "ids"), grants.c.revoked_at.is_(None))
        .order_by(grants.c.granted_at, grants.c.id)
    )
)
_APPLIED = PerDialect(
    lambda within: (
        select(
            applications.c.person_id, scopes.c.path, classes.c.level, classes.c.major
        )
        .join(classes, classes.c.id == applications.c.class_id)
        .join(scopes, scopes.c.id == classes.c.scope_id)
        .where(
            within(applications.c.person_id, "ids"),
            applications.c.state != "withdrawn",
        )
    )
)
_ROSTER = PerDialect(
    lambda within: select(
        roster.c.person_id, roster.c.levels, roster.c.majors, roster.c.province_id
    ).where(within(roster.c.person_id, "ids"))
)
_APPROVED = PerDialect(
    lambda within: select(
        approvals.c.institution_id, approvals.c.level, approvals.c.major
    ).where(within(approvals.c.institution_id, "ids"))
)
_CLASSES = PerDialect(
    lambda within: select(classes.c.scope_id, classes.c.level, classes.c.major).where(
        within(classes.c.scope_id, "ids")
    )
)
_PROVINCES = select(scopes.c.path, scopes.c.id, scopes.c.name).where(
    scopes.c.kind == "province"
)


async def page(
    uow: UnitOfWork,
    audience: Audience,
    *,
    scope_path: str,
    after: str,
    as_of: datetime,
    limit: int,
) -> Page:
    """The next ``limit`` persons who can be reached: those that are meant.

    ``as_of`` leaves out who came later. Persons are ordered by id; the number
    of queries does not depend on ``limit``.
    """
    asked = {"after": after, "as_of": as_of, "most": limit}
    rows = (await uow.execute(_PAGE, asked)).all()
    standings = await _standings(uow, {row.id: row.profile_sealed for row in rows})
    meant = tuple(
        person_id
        for person_id, stands in standings.items()
        if is_meant(audience, stands, scope_path=scope_path)
    )
    return Page(meant, rows[-1].id if len(rows) == limit else None)


async def count(
    uow: UnitOfWork,
    audience: Audience,
    *,
    scope_path: str,
    as_of: datetime,
    limit: int = 2000,
) -> int:
    """How many persons would get a notice now; looks at ``limit`` at a time."""
    total, after = 0, ""
    while True:
        found = await page(
            uow,
            audience,
            scope_path=scope_path,
            after=after,
            as_of=as_of,
            limit=limit,
        )
        total += len(found.meant)
        if found.last is None:
            return total
        after = found.last


async def standings_of(uow: UnitOfWork, *, person_id: str) -> tuple[Standing, ...]:
    """How one person stands in the programme."""
    rows = (await uow.execute(_ONE, {"person": person_id})).all()
    found = await _standings(uow, {row.id: row.profile_sealed for row in rows})
    return found.get(person_id, ())


async def _standings(
    uow: UnitOfWork, profiles: Mapping[str, bytes | None]
) -> dict[str, tuple[Standing, ...]]:
    """How persons stand, by id in the order given."""
    if not profiles:
        return {}
    ids = {"ids": list(profiles)}
    tree = await _Tree.load(uow)
    held = _grouped(await uow.execute(_GRANTS[uow.dialect], ids))
    listed = _grouped(await uow.execute(_ROSTER[uow.dialect], ids))
    applied = _grouped(await uow.execute(_APPLIED[uow.dialect], ids))
    trades = await _trades(uow, held.values())
    return {
        person_id: tuple(
            _Stands(tree, trades, listed.get(person_id, [])).all(
                held.get(person_id, []),
                applied.get(person_id, []),
                _home(uow, person_id, sealed),
            )
        )
        for person_id, sealed in profiles.items()
    }


def _grouped(rows: Iterable[Any]) -> dict[str, list[tuple[Any, ...]]]:
    """Rows by their first column, the person."""
    by_person: dict[str, list[tuple[Any, ...]]] = defaultdict(list)
    for person_id, *rest in rows:
        by_person[person_id].append(tuple(rest))
    return by_person


async def _trades(
    uow: UnitOfWork, held: Iterable[Sequence[tuple[Any, ...]]]
) -> dict[str, Trades]:
    """The (level, major) pairs of institutions and classes, by scope id."""
    ids = {"ids": sorted({one[2] for rows in held for one in rows})}
    found: dict[str, set[tuple[str, str]]] = defaultdict(set)
    for statement in (_APPROVED, _CLASSES):
        for scope_id, level, major in await uow.execute(statement[uow.dialect], ids):
            found[scope_id].add((level, major))
    return {scope_id: frozenset(pairs) for scope_id, pairs in found.items()}


def _home(uow: UnitOfWork, person_id: str, sealed: bytes | None) -> str:
    """The province a person's profile names, by id or name; empty when none."""
    if not sealed:
        return ""
    opened = uow.vault.open(
        sealed, table="persons", column="profile_sealed", row=person_id
    )
    said = msgspec.json.decode(opened, type=dict[str, Any]).get("province", "")
    return said if isinstance(said, str) else ""


class _Tree:
    """The provinces, by path, and by what people call them."""

    def __init__(self, rows: Iterable[tuple[str, str, str]]) -> None:
        self._by_path: dict[str, str] = {}
        self._by_name: dict[str, tuple[str, str]] = {}
        for path, scope_id, name in rows:
            self._by_path[path] = scope_id
            self._by_name[name] = self._by_name[scope_id] = (scope_id, path)

    @classmethod
    async def load(cls, uow: UnitOfWork) -> _Tree:
        return cls(tuple(row) for row in await uow.execute(_PROVINCES))

    def of(self, paths: Iterable[str]) -> frozenset[str]:
        """The provinces that paths lie in."""
        found = (self._by_path.get("/".join(path.split("/")[:3])) for path in paths)
        return frozenset(one for one in found if one)

    def named(self, name: str) -> tuple[str, ...]:
        """The path of a province by its name or id; nothing for another name."""
        return (self._by_name[name][1],) if name in self._by_name else ()


class _Stands:
    """Puts together how one person stands."""

    def __init__(
        self,
        tree: _Tree,
        trades: Mapping[str, Trades],
        listed: Sequence[tuple[Any, ...]],
    ) -> None:
        self.tree, self.trades, self.listed = tree, trades, listed

    def all(
        self,
        held: Sequence[tuple[Any, ...]],
        applied: Sequence[tuple[Any, ...]],
        home: str,
    ) -> Iterator[Standing]:
        """A standing for each grant; without any, that of a teacher."""
        if not held:
            yield self._teacher(applied, home)
        for role, path, scope_id in held:
            yield self._holder(role, path, scope_id)

    def _teacher(self, applied: Sequence[tuple[Any, ...]], home: str) -> Standing:
        paths = (*self.tree.named(home), *(path for path, _, _ in applied))
        trades = frozenset((level, major) for _, level, major in applied)
        return Standing(TEACHER, paths, self.tree.of(paths), trades)

    def _holder(self, role: str, path: str, scope_id: str) -> Standing:
        match role:
            case "backbone_teacher":
                return self._backbone(path)
            case "base_staff" | "class_manager":
                trades = self.trades.get(scope_id, _NO_TRADES)
                return Standing(role, (path,), self.tree.of([path]), trades)
            case _:
                return Standing(role, (path,), self.tree.of([path]))

    def _backbone(self, path: str) -> Standing:
        homes = [
            home for _, _, province in self.listed for home in self.tree.named(province)
        ]
        trades = frozenset(
            (level, major)
            for levels, majors, _ in self.listed
            for level in levels.split(_SEPARATOR)
            for major in majors.split(_SEPARATOR)
        )
        paths = (path, *homes)
        return Standing("backbone_teacher", paths, self.tree.of(paths), trades)
