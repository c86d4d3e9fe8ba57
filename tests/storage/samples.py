"""Rows that many tables need before they can be tried."""

from __future__ import annotations

from datetime import UTC, date, datetime

import msgspec
from sqlalchemy import insert

from storage import certificates, transcripts
from storage.certificates import CertificateRow, Holder
from storage.database import Database, UnitOfWork
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


async def plant_records(
    uow: UnitOfWork, *, person_id: str, name: str, id_number: str, now: datetime
) -> None:
    """A certificate, and a transcript: the row of ap1 beside another's."""
    holder = Holder(name, id_number)
    number = "2026-NC-01-01-ABCDEF"
    row = CertificateRow("ce1", number, "c1", 1, person_id, holder, "valid", "", now)
    await certificates.add(uow, [row])
    await transcripts.look(
        uow, id="t1", class_id="c1", digest="d", heads=2, passed=2, now=now
    )
    rows = [
        {"number": 1, "name": name, "id_number": id_number, "final": "80"},
        {"number": 2, "name": "别人", "phone": "13900000000", "final": "70"},
    ]
    content = {"applications": ["ap1", "ap2"], "transcript": {"rows": rows}}
    await transcripts.send(
        uow,
        transcript_id="t1",
        content=msgspec.json.encode(content),
        by="p1",
        now=now,
    )
