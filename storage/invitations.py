"""Roles that wait to be taken up with a code; the code itself is never kept."""

from __future__ import annotations

from datetime import datetime

import msgspec
from sqlalchemy import insert, select, update

from storage.database import UnitOfWork
from storage.statements import PerDialect
from storage.tables.people import invitations, lookups


class NewInvitation(msgspec.Struct, frozen=True):
    """A role to offer."""

    id: str
    role: str
    scope_id: str
    expires_at: datetime
    created_by: str | None = None
    roster_id: str | None = None


class InvitationRow(msgspec.Struct, frozen=True):
    """A role waiting to be taken up; the code itself is not kept."""

    id: str
    role: str
    scope_id: str
    roster_id: str | None
    created_by: str | None
    expires_at: datetime
    used_by: str | None
    used_at: datetime | None


_FIND = PerDialect(
    lambda within: (
        select(
            invitations.c.id,
            invitations.c.role,
            invitations.c.scope_id,
            invitations.c.roster_id,
            invitations.c.created_by,
            invitations.c.expires_at,
            invitations.c.used_by,
            invitations.c.used_at,
        )
        .join(lookups, lookups.c.owner_id == invitations.c.id)
        .where(lookups.c.kind == "invitation", within(lookups.c.digest, "digests"))
        .limit(1)
    )
)


async def create(
    uow: UnitOfWork, invitation: NewInvitation, *, code: str, now: datetime
) -> None:
    """Offer a role to whoever says ``code``; only its keyed digest is kept."""
    row = {
        "id": invitation.id,
        "role": invitation.role,
        "scope_id": invitation.scope_id,
        "roster_id": invitation.roster_id,
        "created_by": invitation.created_by,
        "created_at": now,
        "expires_at": invitation.expires_at,
    }
    await uow.execute(insert(invitations), row)
    await uow.execute(
        insert(lookups),
        [
            {
                "kind": "invitation",
                "digest": digest,
                "owner_id": invitation.id,
                "key_id": key_id,
            }
            for key_id, digest in uow.vault.digests("invitation", code)
        ],
    )


async def find(uow: UnitOfWork, *, code: str) -> InvitationRow | None:
    """The invitation with this code, used or expired ones too."""
    digests = [digest for _, digest in uow.vault.digests("invitation", code)]
    found = await uow.execute(_FIND[uow.dialect], {"digests": digests})
    row = found.first()
    return InvitationRow(*row) if row else None


async def get(uow: UnitOfWork, *, invitation_id: str) -> InvitationRow | None:
    """An invitation by its id, used or expired ones too."""
    columns = [invitations.c[name] for name in InvitationRow.__struct_fields__]
    query = select(*columns).where(invitations.c.id == invitation_id)
    row = (await uow.execute(query)).first()
    return InvitationRow(*row) if row else None


async def use(
    uow: UnitOfWork, *, invitation_id: str, person_id: str, now: datetime
) -> bool:
    """Take the invitation up; False when somebody did before or it is too late."""
    done = await uow.execute(
        update(invitations)
        .where(
            invitations.c.id == invitation_id,
            invitations.c.used_at.is_(None),
            invitations.c.expires_at > now,
        )
        .values(used_by=person_id, used_at=now)
    )
    return bool(done.rowcount == 1)
