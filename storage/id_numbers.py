"""Whose an ID number is: one person's, found by a keyed digest."""

from __future__ import annotations

from operator import itemgetter
from typing import Any

from sqlalchemy import delete

from storage import blind_index
from storage.database import UnitOfWork
from storage.tables.people import lookups


async def claim(uow: UnitOfWork, *, person_id: str, number: str) -> bool:
    """Register an ID number as this person's; False when it is somebody else's.

    The caller answers the same either way (reliability 3, T12). A number the
    person gave before is released, so that a slip of the pen blocks nobody.
    """
    rows = _rows(uow, person_id, number)
    digests = [row["digest"] for row in rows]
    await blind_index.register(uow, rows)
    owners = await blind_index.owners(uow, "id_number", digests)
    if any(owner != person_id for owner in owners.values()):
        await blind_index.unregister(
            uow, "id_number", owner_id=person_id, digests=digests
        )
        return False
    await uow.execute(
        delete(lookups).where(
            lookups.c.kind == "id_number",
            lookups.c.owner_id == person_id,
            lookups.c.digest.not_in(digests),
        )
    )
    return True


def _rows(uow: UnitOfWork, person_id: str, number: str) -> list[dict[str, Any]]:
    rows: list[dict[str, Any]] = [
        {
            "kind": "id_number",
            "digest": digest,
            "owner_id": person_id,
            "key_id": key_id,
            "value_sealed": uow.vault.seal(
                number,
                table="lookups",
                column="value_sealed",
                row=f"id_number/{digest.hex()}",
            ),
        }
        for key_id, digest in uow.vault.digests("id_number", number)
    ]
    return sorted(rows, key=itemgetter("digest"))
