"""Rows on their way through one channel: by urgency, a lane each.

Who is answered never waits behind who is told: each lane has calls of its own.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Sequence
from datetime import datetime

import msgspec

from bot.ports import Channel
from storage.outbox import LEAST_URGENT, Claimed

REPLIES, DATES = 0, 2
"""The least urgent of the first lane, and of the second: deadlines and results."""

AT_ONCE = 8
NOTICES_AT_ONCE = 32
"""Calls under way at a time: a process that dies repeats at most these."""

BATCH = 64
NOTICES_BATCH = 512
"""Rows of a lane that are claimed at a time."""


class Ticket(msgspec.Struct, frozen=True):
    """A row that is ours until ``until``, by the machine's clock, and how it goes."""

    row: Claimed
    way: str
    until: datetime


class Lane:
    """Rows that are claimed and have not begun."""

    def __init__(self, least_urgent: int, *, at_once: int, batch: int) -> None:
        self.least_urgent = least_urgent
        self.at_once = at_once
        self.batch = batch
        self.ready: deque[Ticket] = deque()
        self.workers = 0

    @property
    def is_low(self) -> bool:
        """True when more should be claimed, so that none of the calls wait."""
        return 2 * len(self.ready) <= self.batch


class Line:
    """One channel: its lanes, and all that is claimed for it and not settled."""

    def __init__(self, channel: Channel, at_once: int, notices_at_once: int) -> None:
        self.channel = channel
        self.lanes = (
            Lane(REPLIES, at_once=at_once, batch=BATCH),
            Lane(DATES, at_once=at_once, batch=BATCH),
            Lane(LEAST_URGENT, at_once=notices_at_once, batch=NOTICES_BATCH),
        )
        self.filling = asyncio.Lock()
        # Set when it is worth while to look into the outbox.
        self.news = asyncio.Event()
        self.in_hand = 0
        self._at_rest = asyncio.Event()
        self._failure: BaseException | None = None

    def open_lane(self) -> Lane | None:
        """The last lane that wants rows, and so do all that are more urgent."""
        last = None
        for lane in self.lanes:
            if not lane.is_low:
                break
            last = lane
        return last

    def take(self, tickets: Sequence[Ticket]) -> None:
        """Put claimed rows into their lanes."""
        self.in_hand += len(tickets)
        for ticket in tickets:
            self._lane_of(ticket.row.urgency).ready.append(ticket)

    def _lane_of(self, urgency: int) -> Lane:
        for lane in self.lanes:
            if urgency <= lane.least_urgent:
                return lane
        return self.lanes[-1]

    def settled(self) -> None:
        """One row is done with."""
        self.in_hand -= 1
        if not self.in_hand:
            self._at_rest.set()
        if self.open_lane() is self.lanes[-1]:
            # What was in line behind it may go now.
            self.news.set()

    def fail(self, error: BaseException) -> None:
        """Let whoever waits for this line know that it is broken."""
        self._failure = error
        self._at_rest.set()
        self.news.set()

    def check(self) -> None:
        """Raise what broke it."""
        if self._failure is not None:
            raise self._failure

    async def rest(self) -> None:
        """Wait until all that was claimed is settled."""
        while self.in_hand:
            self._at_rest.clear()
            self.check()
            await self._at_rest.wait()
        self.check()
