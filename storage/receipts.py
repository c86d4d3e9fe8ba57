"""What platforms say later about messages they took."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import bindparam, case, update

from storage.database import UnitOfWork
from storage.tables.messages import outbox
from storage.tables.types import Instant

_of_message = outbox.c.platform_message_id == bindparam("message_id")
_open = outbox.c.state.in_(["sent", "unknown"])
_ANOTHER_WAY = (
    update(outbox)
    .where(_of_message, _open, outbox.c.way != "", outbox.c.body_sealed.is_not(None))
    .values(
        state="waiting",
        not_before=bindparam("now", type_=Instant),
        settled_at=None,
        platform_message_id=None,
        error_code="platform",
        error=bindparam("reason"),
        refused=case(
            (outbox.c.refused == "", outbox.c.way),
            else_=outbox.c.refused + "," + outbox.c.way,
        ),
    )
)


async def another_way(
    uow: UnitOfWork, *, platform_message_id: str, reason: str, now: datetime
) -> bool:
    """Let a message that the platform failed to deliver go in another way.

    Never again in the one it went. False when there is no such message, or it
    was settled before.
    """
    done = await uow.execute(
        _ANOTHER_WAY,
        {"message_id": platform_message_id, "reason": reason, "now": now},
    )
    return bool(done.rowcount)
