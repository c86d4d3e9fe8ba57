"""What the page that verifies certificates may know, and how often it is asked."""

from __future__ import annotations

from aiohttp import web

from bot.actions.context import House
from bot.clock import Clock, civil
from bot.pages.verify import Verified, verify_routes
from conversations.rules.certificates import read_number
from conversations.understanding.masks import mask_name
from storage import certificates, throttles
from storage.certificates import Certificate
from storage.database import Database


def verification(database: Database, house: House, clock: Clock) -> list[web.RouteDef]:
    """The page that says whether a certificate is real."""
    most = house.limits.verified_per_hour

    async def find(said: str) -> Verified | None:
        number = read_number(said)
        if not number:
            return None
        async with database.reading() as uow:
            found = await certificates.by_number(uow, number=number)
        return verified(found) if found else None

    async def may_ask(client: str) -> bool:
        _, digest = database.vault.digests("client", client)[0]
        async with database.transaction() as uow:
            looks = await throttles.hit(
                uow, subject=f"verify:{digest.hex()}", now=clock.real()
            )
            await uow.commit()
        return looks <= most

    return verify_routes(find, may_ask)


def verified(found: Certificate) -> Verified:
    """What everybody may know of a certificate."""
    row = found.row
    return Verified(
        number=row.number,
        name=mask_name(row.holder.name) if row.holder else "",
        institution=found.institution,
        level=found.level,
        major=found.major,
        opens_on=found.opens_on,
        ends_on=found.ends_on,
        issued_on=civil(row.issued_at),
        revoked_on=civil(row.revoked_at) if row.revoked_at else None,
    )
