"""Rows that many tables need before they can be tried."""

from __future__ import annotations

from datetime import UTC, date, datetime

from sqlalchemy import insert

from storage.database import Database
from storage.tables.classes import classes
from storage.tables.people import institutions, persons, scopes

NOW = datetime(2026, 3, 1, 1, tzinfo=UTC)


async def plant_scopes(database: Database) -> None:
    """A nation with one province, one institution, one class; persons p1 to p9."""
    async with database.transaction() as uow:
        for name, kind, parent, path in (
            ("nation", "nation", None, "/nation"),
            ("province", "province", "nation", "/nation/province"),
            ("base", "institution", "province", "/nation/province/base"),
            ("class", "class", "base", "/nation/province/base/class"),
        ):
            row = {"id": name, "kind": kind, "parent_id": parent, "path": path}
            label = "甲省" if kind == "province" else name
            await uow.execute(insert(scopes), row | {"name": label})
        await uow.execute(insert(institutions), {"scope_id": "base", "kind": "基地"})
        await uow.execute(
            insert(persons), [{"id": f"p{n}", "created_at": NOW} for n in range(1, 10)]
        )
        await uow.execute(
            insert(classes),
            {
                "id": "c1",
                "code": "2026-NC-01",
                "title": "数控加工",
                "programme": "p",
                "institution_id": "base",
                "scope_id": "class",
                "level": "二级",
                "major": "数控加工",
                "opens_on": date(2026, 3, 1),
                "ends_on": date(2026, 3, 15),
                "apply_until": date(2026, 2, 20),
                "capacity": 30,
                "state": "running",
                "recruits_from": [],
            },
        )
        await uow.commit()
