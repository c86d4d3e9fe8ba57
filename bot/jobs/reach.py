"""The planner: how each claimed push goes, and the books of what that uses up.

One plan is a constant number of statements, all in the claim's transaction; see
``notices.reach`` for the choice itself and ``storage.reach`` for the books.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime, timedelta

import msgspec

from bot.jobs.endings import NO_CALL, doubts_before, left_with
from bot.jobs.relay import LEASE_SECONDS
from bot.metrics import Metrics
from bot.ports import (
    Again,
    Blocked,
    Doubt,
    Failed,
    Go,
    Held,
    Move,
    Offers,
    Push,
    Route,
    Sent,
    Settlement,
)
from notices.calendar import Hours, civil
from notices.reach import (
    CUSTOM,
    DIRECT,
    SUBSCRIBE,
    Choice,
    Elsewhere,
    Hold,
    Later,
    Place,
    Standing,
    Terms,
    Unreachable,
    Use,
    Want,
    Windows,
    choose,
)
from storage import reach
from storage.database import UnitOfWork
from storage.outbox import Claimed
from storage.reach import Taken

_WINDOW_OVER = frozenset({"45015", "45047"})
_CONSENT_OVER = "43101"
_REMEMBERED = 20_000


class ReachPlanner:
    """Plans for the channels of this process; see ``bot.ports.Planner``.

    ``hours`` are those in which notices and reminders may go out, None for all.
    ``windows`` are what a fresh one holds: nothing that comes back exceeds it.
    """

    def __init__(
        self,
        channels: Sequence[Offers],
        *,
        hours: Hours | None,
        windows: Windows | None = None,
        metrics: Metrics | None = None,
        jitter: Callable[[], float] = random.random,
    ) -> None:
        self._channels: Mapping[str, Offers] = {one.name: one for one in channels}
        self._hours = hours
        self._windows = windows or Windows()
        self._metrics = metrics
        self._jitter = jitter
        # What planned rows took, while they are not settled. Lost with the
        # process: then a window closes a little early.
        self._taken: dict[str, Taken] = {}

    async def plan(
        self, uow: UnitOfWork, rows: Sequence[Claimed], *, now: datetime
    ) -> Sequence[Route]:
        """See ``bot.ports.Planner``."""
        if not rows:
            return []
        books = await self._open(uow, rows, now)
        routes = [self._route(row, books, now) for row in rows]
        await reach.take(uow, books.taken, now=now)
        return routes

    async def _open(
        self, uow: UnitOfWork, rows: Sequence[Claimed], now: datetime
    ) -> _Books:
        """Load, and lock, what the rows may count on."""
        terms = {name: await one.terms() for name, one in self._channels.items()}
        found = await reach.standings(
            uow,
            address_ids=sorted({row.address_id for row in rows}),
            person_ids=sorted({row.person_id for row in rows if row.person_id}),
            templates=sorted(
                {id_ for each in terms.values() for id_ in each.subscriptions.values()}
            ),
        )
        books = _Books(terms)
        for address_id, (person_id, standing) in found.items():
            books.standings[address_id] = standing
            books.addresses.setdefault(person_id, []).append(address_id)
        own = sorted({row.address_id for row in rows if _is_rated(terms, row.channel)})
        rated = [books.standings[one] for one in own if one in books.standings]
        for standing in await reach.with_rates(uow, rated, now=now):
            books.standings[standing.address_id] = standing
        for name in sorted({row.channel for row in rows} & terms.keys()):
            ways = sorted(terms[name].quotas)
            books.used[name] = await reach.used_today(
                uow, channel=name, ways=ways, now=now
            )
        return books

    def _route(self, row: Claimed, books: _Books, now: datetime) -> Route:
        push = msgspec.json.decode(row.body, type=Push)
        places = [
            self._place(address_id, push, books)
            for address_id in books.of(row)
            if books.standings[address_id].channel in self._channels
        ]
        if not places or places[0].standing.address_id != row.address_id:
            # A channel that states no terms, or an address that is gone.
            return Go(DIRECT)
        choice = choose(
            _want(row, push),
            places,
            now=now,
            hours=self._hours,
            jitter=self._jitter(),
        )
        self._count(row.channel, choice)
        if isinstance(choice, Use):
            self._take(row, choice, books, now)
        return _as_route(choice, row, now)

    def _place(self, address_id: str, push: Push, books: _Books) -> Place:
        standing = books.standings[address_id]
        channel = standing.channel
        return Place(
            standing=standing,
            terms=books.terms[channel],
            used=books.used.get(channel, {}),
            pieces=self._channels[channel].pieces(push),
        )

    def _take(self, row: Claimed, use: Use, books: _Books, now: datetime) -> None:
        counted = use.way in books.terms[row.channel].quotas
        taken = Taken(
            row.address_id,
            use.spends,
            use.pieces,
            use.template,
            rated=_is_rated(books.terms, row.channel),
            channel=row.channel,
            way=use.way,
            day=civil(now) if counted else None,
        )
        books.take(taken)
        if len(self._taken) >= _REMEMBERED:
            # Rows that others settled; the oldest are no longer under way.
            del self._taken[next(iter(self._taken))]
        self._taken[row.id] = taken

    def _count(self, channel: str, choice: Choice) -> None:
        if self._metrics is None:
            return
        match choice:
            case Use(way):
                self._metrics.planned(channel, way or "direct", "open")
            case Elsewhere(_, other):
                self._metrics.planned(channel, "moved", other)
            case Later(_, code):
                self._metrics.planned(channel, "waits", code)
            case Hold(code):
                self._metrics.planned(channel, "held", code)
            case Unreachable(code):
                self._metrics.planned(channel, "failed", code)

    async def learn(
        self,
        uow: UnitOfWork,
        settled: Sequence[tuple[Claimed, str, Settlement]],
        *,
        now: datetime,
    ) -> None:
        """See ``bot.ports.Planner``."""
        unused: list[Taken] = []
        not_made: list[Taken] = []
        closed: list[tuple[str, datetime | None]] = []
        refused: list[tuple[str, str]] = []
        for row, way, settlement in settled:
            taken = self._taken.pop(row.id, None)
            if isinstance(settlement, Sent | Doubt):
                continue
            if taken is None and settlement == NO_CALL:
                taken = await self._as_planned(row, way)
            if isinstance(settlement, Blocked) and settlement.code in _WINDOW_OVER:
                closed.append((row.address_id, row.last_inbound_at))
            elif isinstance(settlement, Blocked) and settlement.code == _CONSENT_OVER:
                refused.append((row.address_id, await self._template(row, taken)))
            elif taken is not None and way in (CUSTOM, SUBSCRIBE):
                unused.append(taken)
            if taken is not None and settlement == NO_CALL:
                not_made.append(taken)
        await reach.give_back(uow, unused, most=self._most(), now=now)
        await reach.close_windows(uow, closed)
        await reach.end_consents(uow, refused, now=now)
        await reach.uncount(uow, not_made)

    async def _as_planned(self, row: Claimed, way: str) -> Taken | None:
        """What a process that is no more took for a row whose call it did not make.

        Of a window, nobody knows which: that stays taken.
        """
        channel = self._channels.get(row.channel)
        if channel is None or row.leased_until is None or not row.body:
            return None
        terms, push = await channel.terms(), msgspec.json.decode(row.body, type=Push)
        claimed_at = row.leased_until - timedelta(seconds=LEASE_SECONDS)
        is_notification = way == SUBSCRIBE
        return Taken(
            row.address_id,
            "consent" if is_notification else "",
            channel.pieces(push) if way == CUSTOM else 1,
            terms.subscriptions.get(push.template, "") if is_notification else "",
            channel=row.channel,
            way=way,
            day=civil(claimed_at) if way in terms.quotas else None,
        )

    def _most(self) -> dict[str, int]:
        return {"window": self._windows.sends, "brief": self._windows.brief_sends}

    async def _template(self, row: Claimed, taken: Taken | None) -> str:
        """The notification whose consent is over, also of a row another process planned."""
        if taken is not None:
            return taken.template
        channel = self._channels.get(row.channel)
        kind = msgspec.json.decode(row.body, type=Push).template
        return (await channel.terms()).subscriptions.get(kind, "") if channel else ""


class _Books:
    """What a plan may count on, less what it has given out already."""

    def __init__(self, terms: Mapping[str, Terms]) -> None:
        self.terms = terms
        self.standings: dict[str, Standing] = {}
        self.addresses: dict[str, list[str]] = {}
        self.used: dict[str, dict[str, int]] = {}
        self.taken: list[Taken] = []

    def of(self, row: Claimed) -> list[str]:
        """The row's own address and then the others of its person."""
        others = self.addresses.get(row.person_id or "", [])
        own = [row.address_id] if row.address_id in self.standings else []
        return own + [one for one in others if one != row.address_id]

    def take(self, taken: Taken) -> None:
        """Give it out: nobody else in this batch may count on it."""
        self.taken.append(taken)
        if taken.day is not None:
            used = self.used[taken.channel]
            used[taken.way] = used.get(taken.way, 0) + taken.pieces
        standing = self.standings[taken.address_id]
        self.standings[taken.address_id] = _less(standing, taken)


def _less(standing: Standing, taken: Taken) -> Standing:
    """How an address stands after a message that is planned for it."""
    pieces = taken.pieces
    granted = dict(standing.granted)
    if taken.spends == "consent":
        granted[taken.template] -= 1
    rated = pieces if taken.rated else 0
    return msgspec.structs.replace(
        standing,
        window_sends=standing.window_sends - pieces * (taken.spends == "window"),
        brief_sends=standing.brief_sends - pieces * (taken.spends == "brief"),
        granted=granted,
        minute=(standing.minute[0] + rated, standing.minute[1]),
        hour=(standing.hour[0] + rated, standing.hour[1]),
    )


def _is_rated(terms: Mapping[str, Terms], channel: str) -> bool:
    of = terms.get(channel)
    return of is not None and bool(of.per_minute or of.per_hour)


def _want(row: Claimed, push: Push) -> Want:
    return Want(
        purpose=row.purpose,
        urgency=row.urgency,
        kind=push.template,
        expires_at=row.expires_at,
        refused=row.refused,
        only=row.way if doubts_before(row) else None,
    )


def _as_route(choice: Choice, row: Claimed, now: datetime) -> Route:
    match choice:
        case Use(way):
            return Go(way)
        case Elsewhere(address_id, channel):
            return Move(address_id, channel)
        case Later(until, code, reason):
            # What may have arrived already stays known as that.
            code = row.error_code if doubts_before(row) else code
            return Again(code, reason, (until - now).total_seconds())
        case Hold(code, reason):
            return Held(code, reason)
        case Unreachable(code, reason):
            return Failed(left_with(row) or code, reason)
