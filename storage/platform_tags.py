"""What a platform was told of roles: its tags, who has which, and our menus.

``addresses.menu`` holds the roles whose tags an address has there, by commas;
empty is also what it has when it follows anew.
"""

from __future__ import annotations

from collections.abc import Sequence

import msgspec
from sqlalchemy import bindparam, delete, exists, select, update

from storage.database import UnitOfWork
from storage.statements import PerDialect, Upsert
from storage.tables.messages import platform_tags
from storage.tables.people import addresses, grants

_MENUS = "menus"
"""In the place of a role: the digest of the menus that the platform has."""

_SET = Upsert(platform_tags, ["account", "role"], lambda new: {"tag_id": new.tag_id})
_HOLDS = exists().where(
    grants.c.person_id == addresses.c.person_id, grants.c.revoked_at.is_(None)
)
_PAGE = (
    select(
        addresses.c.id,
        addresses.c.person_id,
        addresses.c.address_sealed,
        addresses.c.menu,
    )
    .where(
        addresses.c.channel == bindparam("of_channel"),
        addresses.c.reachable.is_(True),
        addresses.c.id > bindparam("after"),
        (addresses.c.menu != "") | _HOLDS,
    )
    .order_by(addresses.c.id)
    .limit(bindparam("most"))
)
_ROLES = PerDialect(
    lambda within: (
        select(grants.c.person_id, grants.c.role)
        .where(within(grants.c.person_id, "ids"), grants.c.revoked_at.is_(None))
        .distinct()
    )
)
_TOLD = (
    update(addresses)
    .where(addresses.c.id == bindparam("of_id"))
    .values(menu=bindparam("roles"))
)


class Wearer(msgspec.Struct, frozen=True):
    """An address with the roles that the platform knows, and those it should."""

    address_id: str
    address: str
    told: frozenset[str]
    due: frozenset[str]


async def tags(uow: UnitOfWork, *, account: str) -> dict[str, str]:
    """The platform's tag ids by role."""
    query = select(platform_tags.c.role, platform_tags.c.tag_id).where(
        platform_tags.c.account == account, platform_tags.c.role != _MENUS
    )
    return {row.role: row.tag_id for row in await uow.execute(query)}


async def keep_tag(uow: UnitOfWork, *, account: str, role: str, tag_id: str) -> None:
    """Remember the tag of a role."""
    row = {"account": account, "role": role, "tag_id": tag_id}
    await uow.execute(_SET[uow.dialect], row)


async def menus_digest(uow: UnitOfWork, *, account: str) -> str:
    """Of the menus that the platform has; empty before the first."""
    query = select(platform_tags.c.tag_id).where(
        platform_tags.c.account == account, platform_tags.c.role == _MENUS
    )
    return str((await uow.execute(query)).scalar_one_or_none() or "")


async def keep_menus_digest(uow: UnitOfWork, *, account: str, digest: str) -> None:
    """Remember which menus the platform has."""
    await keep_tag(uow, account=account, role=_MENUS, tag_id=digest)


async def forget(uow: UnitOfWork, *, account: str, channel: str) -> None:
    """Somebody took our tags away on the platform: all is to be told anew."""
    await uow.execute(delete(platform_tags).where(platform_tags.c.account == account))
    await uow.execute(
        update(addresses)
        .where(addresses.c.channel == channel, addresses.c.menu != "")
        .values(menu="")
    )


async def page(
    uow: UnitOfWork, *, channel: str, after: str, limit: int, known: frozenset[str]
) -> tuple[tuple[Wearer, ...], str | None]:
    """Those of the next ``limit`` addresses of whom something else should be known.

    ``known`` are the roles that have a tag. Also the last address looked at,
    None when nobody comes after.
    """
    asked = {"of_channel": channel, "after": after, "most": limit}
    rows = (await uow.execute(_PAGE, asked)).all()
    held: dict[str, set[str]] = {}
    ids = sorted({row.person_id for row in rows})
    for person_id, role in await uow.execute(_ROLES[uow.dialect], {"ids": ids}):
        held.setdefault(person_id, set()).add(role)
    wearers = [
        Wearer(
            row.id,
            uow.vault.open_text(
                row.address_sealed,
                table="addresses",
                column="address_sealed",
                row=row.id,
            ),
            frozenset(filter(None, row.menu.split(","))),
            frozenset(held.get(row.person_id, set()) & known),
        )
        for row in rows
    ]
    last = rows[-1].id if len(rows) == limit else None
    return tuple(one for one in wearers if one.told != one.due), last


async def tell(uow: UnitOfWork, wearers: Sequence[tuple[str, frozenset[str]]]) -> None:
    """Note which roles the platform knows of addresses now."""
    if wearers:
        await uow.execute(
            _TOLD,
            [
                {"of_id": address_id, "roles": ",".join(sorted(roles))}
                for address_id, roles in wearers
            ],
        )
