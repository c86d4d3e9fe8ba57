"""What QR codes stand for, and who used them: each person once, so many in all."""

from __future__ import annotations

from datetime import datetime

import msgspec
from sqlalchemy import exists, insert, select, update

from storage.database import UnitOfWork
from storage.tables.people import scene_uses, scenes


class SceneRow(msgspec.Struct, frozen=True):
    """A code: ``kind`` is ``class`` or ``invitation``, ``object_id`` which one."""

    id: str
    kind: str
    object_id: str
    created_by: str | None
    created_at: datetime
    expires_at: datetime
    uses_left: int


_FIELDS = tuple(scenes.c[name] for name in SceneRow.__struct_fields__)


async def add(uow: UnitOfWork, row: SceneRow) -> None:
    """Keep a new code."""
    await uow.execute(insert(scenes), msgspec.structs.asdict(row))


async def find(
    uow: UnitOfWork, *, scene_id: str, person_id: str, now: datetime
) -> SceneRow | None:
    """A code that is still good for this person; None for any other.

    Whoever used it once may come back with it until it expires.
    """
    used = exists().where(
        scene_uses.c.scene_id == scenes.c.id, scene_uses.c.person_id == person_id
    )
    query = select(*_FIELDS).where(
        scenes.c.id == scene_id,
        scenes.c.expires_at > now,
        (scenes.c.uses_left > 0) | used,
    )
    row = (await uow.execute(query)).first()
    return SceneRow(*row) if row else None


async def use(uow: UnitOfWork, *, scene_id: str, person_id: str, now: datetime) -> bool:
    """Count a person's use, once; False when the code is used up or expired."""
    before = select(scene_uses.c.at).where(
        scene_uses.c.scene_id == scene_id, scene_uses.c.person_id == person_id
    )
    if (await uow.execute(before)).first() is not None:
        return True
    taken = await uow.execute(
        update(scenes)
        .where(
            scenes.c.id == scene_id, scenes.c.uses_left > 0, scenes.c.expires_at > now
        )
        .values(uses_left=scenes.c.uses_left - 1)
    )
    if taken.rowcount != 1:
        return False
    row = {"scene_id": scene_id, "person_id": person_id, "at": now}
    await uow.execute(insert(scene_uses), row)
    return True
