"""Certificates and transcripts: one valid each, found by number, good without a name."""

from __future__ import annotations

import msgspec
import pytest
from sqlalchemy import insert
from sqlalchemy.exc import IntegrityError

from storage import certificates, privacy, transcripts
from storage.certificates import CertificateRow, Holder
from storage.database import Database
from storage.tables.classes import applications, numbers
from tests.storage.samples import NOW, plant_records, plant_scopes

NUMBER = "2026-NC-01-01-ABCDEF"


@pytest.fixture
async def planted(database: Database) -> Database:
    await plant_scopes(database)
    async with database.transaction() as uow:
        await uow.execute(
            insert(numbers), {"number": 1, "kind": "application", "subject_id": "ap1"}
        )
        await uow.execute(
            insert(applications),
            {
                "id": "ap1",
                "number": 1,
                "class_id": "c1",
                "person_id": "p2",
                "state": "submitted",
                "applied_at": NOW,
            },
        )
        await plant_records(
            uow, person_id="p2", name="金丝雀", id_number="1" * 18, now=NOW
        )
        await uow.commit()
    return database


def second(number: str = "other", serial: int = 2) -> CertificateRow:
    holder = Holder("金丝雀")
    return CertificateRow("ce2", number, "c1", serial, "p2", holder, "valid", "", NOW)


async def test_a_certificate_is_found_by_its_number_with_what_it_is_about(
    planted: Database,
) -> None:
    async with planted.reading() as uow:
        found = await certificates.by_number(uow, number=NUMBER)
        mine = await certificates.of_person(uow, person_id="p2")
        unknown = await certificates.by_number(uow, number="2026-NC-01-01-XXXXXX")

    assert found is not None
    assert (found.row.holder, found.code, found.institution) == (
        Holder("金丝雀", "1" * 18),
        "2026-NC-01",
        "base",
    )
    assert (mine, unknown) == ((found,), None)


@pytest.mark.parametrize(
    "row", [second(), second(number=NUMBER), second(number="x", serial=1)]
)
async def test_nobody_has_two_valid_ones_and_no_number_is_used_twice(
    planted: Database, row: CertificateRow
) -> None:
    with pytest.raises(IntegrityError):
        async with planted.transaction() as uow:
            await certificates.add(uow, [row])


async def test_a_revoked_one_makes_room_for_another_and_is_revoked_once(
    planted: Database,
) -> None:
    async with planted.transaction() as uow:
        how = {"certificate_id": "ce1", "reason": "更正", "by": "p1", "now": NOW}
        first = await certificates.revoke(uow, **how)  # type: ignore[arg-type]  # plain mapping
        again = await certificates.revoke(uow, **how)  # type: ignore[arg-type]  # plain mapping
        await certificates.add(uow, [second()])
        counted = await certificates.counts(uow, class_ids=["c1"])
        await uow.commit()

    assert (first, again, counted) == (True, False, {"c1": 1})


async def test_a_transcript_is_looked_at_again_and_sent_once(
    planted: Database,
) -> None:
    async with planted.transaction() as uow:
        look = {"class_id": "c1", "heads": 2, "passed": 1, "now": NOW}
        one = await transcripts.look(uow, id="t2", digest="a", **look)  # type: ignore[arg-type]  # plain mapping
        two = await transcripts.look(uow, id="t3", digest="b", **look)  # type: ignore[arg-type]  # plain mapping
        send = {"transcript_id": "t2", "content": b"{}", "by": "p1", "now": NOW}
        sent = await transcripts.send(uow, **send)  # type: ignore[arg-type]  # plain mapping
        again = await transcripts.send(uow, **send)  # type: ignore[arg-type]  # plain mapping
        newest = await transcripts.sent_of(uow, class_ids=["c1", "none"])
        await uow.commit()

    assert ((one.id, one.revision), (two.id, two.digest)) == (("t2", 2), ("t2", "b"))
    assert (sent, again) == (True, False)
    assert {key: row.revision for key, row in newest.items()} == {"c1": 2}


async def test_an_erasure_leaves_official_records_good_without_the_person(
    planted: Database,
) -> None:
    async with planted.transaction() as uow:
        await privacy.erase_person(uow, person_id="p2", now=NOW)
        await uow.commit()
    async with planted.reading() as uow:
        found = await certificates.by_number(uow, number=NUMBER)
        content = await transcripts.content(uow, transcript_id="t1")
    rows = msgspec.json.decode(content or b"")["transcript"]["rows"]

    assert found is not None
    assert (found.row.state, found.row.holder, found.row.person_id) == (
        "valid",
        None,
        None,
    )
    assert [(row["number"], row["name"], row["final"]) for row in rows] == [
        (1, "", "80"),
        (2, "别人", "70"),
    ]
