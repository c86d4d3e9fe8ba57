"""What the planner reads and takes: windows, consents, rates, quotas, held messages.

A plan locks the addresses it is for, in the order of their ids, and then the
day's quotas: whoever plans for the same waits, so that what is taken is never
taken twice. Statements are one a table, however many messages are planned.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import date, datetime, time, timedelta
from typing import Any

import msgspec
from sqlalchemy import Integer, bindparam, case, or_, select, text, update

from notices.calendar import civil, instant
from notices.reach import HOUR, MINUTE, PASSIVE, Standing, bucket
from storage.database import UnitOfWork
from storage.statements import PerDialect, Upsert
from storage.tables.messages import outbox, quotas
from storage.tables.people import addresses, subscriptions
from storage.tables.types import Instant

_DAY = timedelta(days=1)


class Taken(msgspec.Struct, frozen=True):
    """What one planned message takes of its address.

    ``spends`` is ``window``, ``brief``, ``consent`` (to ``template``) or empty;
    ``rated``: it counts against the address's rates. ``day`` is the day of whose
    quota (of ``channel`` and ``way``) its calls are, None where there is none.
    """

    address_id: str
    spends: str = ""
    pieces: int = 1
    template: str = ""
    rated: bool = False
    channel: str = ""
    way: str = ""
    day: date | None = None


class HeldText(msgspec.Struct, frozen=True):
    """A message that waits for its person to write; ``body`` is opened."""

    id: str
    person_id: str
    body: bytes


# Reading

_STANDINGS = PerDialect(
    lambda within: (
        select(
            addresses.c.id,
            addresses.c.person_id,
            addresses.c.channel,
            addresses.c.reachable,
            addresses.c.last_inbound_at,
            addresses.c.window_until,
            addresses.c.window_sends,
            addresses.c.brief_until,
            addresses.c.brief_sends,
        )
        .where(
            or_(within(addresses.c.id, "ids"), within(addresses.c.person_id, "people"))
        )
        .order_by(addresses.c.id)
        .with_for_update(key_share=True)
    )
)
_GRANTED = PerDialect(
    lambda within: select(
        subscriptions.c.address_id,
        subscriptions.c.template_id,
        subscriptions.c.granted,
    ).where(
        within(subscriptions.c.address_id, "ids"),
        within(subscriptions.c.template_id, "templates"),
        subscriptions.c.granted > 0,
    )
)
_COUNTED = PerDialect(
    lambda within: select(quotas.c.name, quotas.c.period, quotas.c.used).where(
        within(quotas.c.name, "names"), within(quotas.c.period, "periods")
    )
)
# Changes nothing but makes the row and locks it.
_LOCK_QUOTA = Upsert(
    quotas,
    ["name", "period"],
    lambda new: {"ends_at": new.ends_at},
    returning=("name", "used"),
)


async def standings(
    uow: UnitOfWork,
    *,
    address_ids: Sequence[str],
    person_ids: Sequence[str],
    templates: Sequence[str] = (),
) -> dict[str, tuple[str, Standing]]:
    """How these addresses, and all others of these persons, stand, with whose they are.

    By address id, those that the person wrote from last first; locked until the
    end. ``templates`` are the notifications whose consents are wanted.
    """
    wanted = {"ids": list(address_ids), "people": list(person_ids)}
    rows = (await uow.execute(_STANDINGS[uow.dialect], wanted)).all()
    granted: dict[str, dict[str, int]] = {}
    if rows and templates:
        ids = {"ids": [row.id for row in rows], "templates": list(templates)}
        for address_id, template, count in await uow.execute(
            _GRANTED[uow.dialect], ids
        ):
            granted.setdefault(address_id, {})[template] = count
    return {
        row.id: (row.person_id, _standing(row, granted.get(row.id, {})))
        for row in sorted(rows, key=_wrote_at, reverse=True)
    }


def _wrote_at(row: Any) -> float:
    return row.last_inbound_at.timestamp() if row.last_inbound_at else 0.0


def _standing(row: Any, granted: Mapping[str, int]) -> Standing:
    return Standing(
        address_id=row.id,
        channel=row.channel,
        reachable=row.reachable,
        spoken=row.last_inbound_at is not None,
        window_until=row.window_until,
        window_sends=row.window_sends,
        brief_until=row.brief_until,
        brief_sends=row.brief_sends,
        granted=granted,
    )


async def with_rates(
    uow: UnitOfWork, known: Sequence[Standing], *, now: datetime
) -> list[Standing]:
    """The standings with what each address was sent in this minute and hour."""
    if not known:
        return []
    periods = [_period(now, length, back) for length in _LENGTHS for back in (0, 1)]
    names = [_rate(one.address_id, each) for one in known for each in _LENGTHS]
    found = await uow.execute(
        _COUNTED[uow.dialect], {"names": names, "periods": periods}
    )
    used = {(name, period): count for name, period, count in found}

    def counts(address_id: str, length: int) -> tuple[int, int]:
        name = _rate(address_id, length)
        running, before = (
            used.get((name, _period(now, length, back)), 0) for back in (0, 1)
        )
        return running, before

    return [
        msgspec.structs.replace(
            one,
            minute=counts(one.address_id, MINUTE),
            hour=counts(one.address_id, HOUR),
        )
        for one in known
    ]


_LENGTHS = (MINUTE, HOUR)
_RATES = {MINUTE: "minute", HOUR: "hour"}


def _rate(address_id: str, length: int) -> str:
    return f"{_RATES[length]}:{address_id}"


def rate_names(address_ids: Sequence[str]) -> list[str]:
    """The names under which what addresses were sent is counted."""
    return [_rate(one, length) for one in address_ids for length in _LENGTHS]


def _period(now: datetime, length: int, back: int = 0) -> str:
    return str(int(bucket(now, length).timestamp()) - back * length)


async def used_today(
    uow: UnitOfWork, *, channel: str, ways: Sequence[str], now: datetime
) -> dict[str, int]:
    """How much of the day's quotas is gone, by way; locked until the end."""
    if not ways:
        return {}
    rows = [_day_row(channel, way, 0, civil(now)) for way in sorted(ways)]
    found = await uow.execute(_LOCK_QUOTA[uow.dialect], rows)
    return {name.rpartition(":")[2]: used for name, used in found}


def _day_row(channel: str, way: str, used: int, day: date) -> dict[str, Any]:
    ends_at = instant(day + _DAY, time(0))
    name = f"{channel}:{way}"
    return {"name": name, "period": day.isoformat(), "used": used, "ends_at": ends_at}


# Taking

_TAKE = (
    update(addresses)
    .where(addresses.c.id == bindparam("at"))
    .values(
        window_sends=addresses.c.window_sends - bindparam("window", type_=Integer),
        brief_sends=addresses.c.brief_sends - bindparam("brief", type_=Integer),
    )
)
_TAKE_CONSENT = (
    update(subscriptions)
    .where(
        subscriptions.c.address_id == bindparam("at"),
        subscriptions.c.template_id == bindparam("of"),
        subscriptions.c.granted > 0,
    )
    .values(granted=subscriptions.c.granted - 1, updated_at=bindparam("now"))
)
_COUNT = Upsert(
    quotas, ["name", "period"], lambda new: {"used": quotas.c.used + new.used}
)


async def take(uow: UnitOfWork, taken: Sequence[Taken], *, now: datetime) -> None:
    """Write down what was planned."""
    await _take_sends(uow, taken)
    consents = [
        {"at": one.address_id, "of": one.template, "now": now}
        for one in taken
        if one.spends == "consent"
    ]
    if consents:
        await uow.execute(_TAKE_CONSENT, consents)
    counted = [row for one in taken if one.rated for row in _rate_rows(one, now)] + [
        _day_row(channel, way, count, day)
        for (channel, way, day), count in sorted(_calls(taken).items())
    ]
    if counted:
        await uow.execute(_COUNT[uow.dialect], counted)


async def _take_sends(uow: UnitOfWork, taken: Sequence[Taken]) -> None:
    sends = [
        {
            "at": one.address_id,
            "window": one.pieces if one.spends == "window" else 0,
            "brief": one.pieces if one.spends == "brief" else 0,
        }
        for one in sorted(taken, key=lambda one: one.address_id)
        if one.spends in ("window", "brief")
    ]
    if sends:
        await uow.execute(_TAKE, sends)


def _rate_rows(one: Taken, now: datetime) -> list[dict[str, Any]]:
    return [
        {
            "name": _rate(one.address_id, length),
            "period": _period(now, length),
            "used": one.pieces,
            "ends_at": bucket(now, length) + timedelta(seconds=length),
        }
        for length in _LENGTHS
    ]


# Learning

_UNCOUNT = (
    update(quotas)
    .where(quotas.c.name == bindparam("of"), quotas.c.period == bindparam("in"))
    .values(used=quotas.c.used - bindparam("n", type_=Integer))
)

_GIVE = {
    kind: update(addresses)
    .where(addresses.c.id == bindparam("at"))
    .values(
        {
            f"{kind}_sends": case(
                (sends + bindparam("n", type_=Integer) > bindparam("most"), sends),
                else_=sends + bindparam("n", type_=Integer),
            )
        }
    )
    for kind, sends in (
        ("window", addresses.c.window_sends),
        ("brief", addresses.c.brief_sends),
    )
}
_GIVE_CONSENT = (
    update(subscriptions)
    .where(
        subscriptions.c.address_id == bindparam("at"),
        subscriptions.c.template_id == bindparam("of"),
    )
    .values(granted=subscriptions.c.granted + 1, updated_at=bindparam("now"))
)
_CLOSE = (
    update(addresses)
    .where(
        addresses.c.id == bindparam("at"),
        # Who wrote meanwhile has opened it anew.
        addresses.c.last_inbound_at.is_not_distinct_from(
            bindparam("wrote", type_=Instant)
        ),
    )
    .values(window_sends=0, brief_sends=0)
)
_NO_CONSENT = (
    update(subscriptions)
    .where(
        subscriptions.c.address_id == bindparam("at"),
        subscriptions.c.template_id == bindparam("of"),
    )
    .values(granted=0, updated_at=bindparam("now"))
)


async def give_back(
    uow: UnitOfWork, taken: Sequence[Taken], *, most: Mapping[str, int], now: datetime
) -> None:
    """Undo what was surely not used; a window never holds more than ``most``."""
    for kind in ("window", "brief"):
        sends = [
            {"at": one.address_id, "n": one.pieces, "most": most[kind]}
            for one in sorted(taken, key=lambda one: one.address_id)
            if one.spends == kind
        ]
        if sends:
            await uow.execute(_GIVE[kind], sends)
    consents = [
        {"at": one.address_id, "of": one.template, "now": now}
        for one in taken
        if one.spends == "consent"
    ]
    if consents:
        await uow.execute(_GIVE_CONSENT, consents)


async def uncount(uow: UnitOfWork, taken: Sequence[Taken]) -> None:
    """Give back to their day's quota calls that were never made."""
    rows = [
        {"of": f"{channel}:{way}", "in": day.isoformat(), "n": count}
        for (channel, way, day), count in sorted(_calls(taken).items())
    ]
    if rows:
        await uow.execute(_UNCOUNT, rows)


def _calls(taken: Sequence[Taken]) -> Counter[tuple[str, str, date]]:
    """The calls of messages, by whose quota they count against."""
    calls: Counter[tuple[str, str, date]] = Counter()
    for one in taken:
        if one.day is not None:
            calls[one.channel, one.way, one.day] += one.pieces
    return calls


async def close_windows(
    uow: UnitOfWork, seen: Sequence[tuple[str, datetime | None]]
) -> None:
    """Note that the platform takes no free message at these addresses.

    Each with its last message when the attempt was planned: a window that was
    opened since stays open.
    """
    rows = [
        {"at": address_id, "wrote": wrote}
        for address_id, wrote in sorted(seen, key=lambda one: one[0])
    ]
    if rows:
        await uow.execute(_CLOSE, rows)


async def end_consents(
    uow: UnitOfWork, pairs: Sequence[tuple[str, str]], *, now: datetime
) -> None:
    """Note that (address id, template id) consents are used up or withdrawn."""
    rows = [{"at": at, "of": template, "now": now} for at, template in sorted(pairs)]
    if rows:
        await uow.execute(_NO_CONSENT, rows)


# What is held until they write

_HELD = PerDialect(
    lambda within: (
        select(outbox.c.id, outbox.c.person_id, outbox.c.body_sealed)
        .where(
            text("outbox.state = 'held'"),
            within(outbox.c.person_id, "people"),
            outbox.c.body_sealed.is_not(None),
            or_(outbox.c.expires_at.is_(None), outbox.c.expires_at > bindparam("now")),
        )
        .order_by(outbox.c.urgency, outbox.c.created_at, outbox.c.id)
        .with_for_update(skip_locked=True)
    )
)
_CARRIED = PerDialect(
    lambda within: (
        update(outbox)
        .where(within(outbox.c.id, "ids"))
        .values(
            state="sent",
            way=PASSIVE,
            settled_at=bindparam("now"),
            error_code="",
            error="",
        )
    )
)


async def held_for(
    uow: UnitOfWork, *, person_ids: Sequence[str], now: datetime
) -> dict[str, list[HeldText]]:
    """What waits for these persons to write, most urgent first; locked until the end."""
    if not person_ids:
        return {}
    wanted = {"people": list(person_ids), "now": now}
    held: dict[str, list[HeldText]] = {}
    for row in await uow.execute(_HELD[uow.dialect], wanted):
        body = uow.vault.open(
            row.body_sealed, table="outbox", column="body_sealed", row=row.id
        )
        held.setdefault(row.person_id, []).append(HeldText(row.id, row.person_id, body))
    return held


async def carried(uow: UnitOfWork, *, outbox_ids: Sequence[str], now: datetime) -> None:
    """Note that held messages went with the answer to the person's own."""
    if outbox_ids:
        values = {"ids": list(outbox_ids), "now": now}
        await uow.execute(_CARRIED[uow.dialect], values)
