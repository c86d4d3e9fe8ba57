"""What became of a notice, by outcome: numbers of people."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable

import msgspec

from notices.render import render
from notices.wording import outcome


class Deliveries(msgspec.Struct, frozen=True):
    """How many people a notice reached, and why not the others.

    ``sent`` are those the platform took without telling more. ``reasons`` are
    (code, people) of those it did not reach; ``freezing`` tells that the list
    of recipients is still being made.
    """

    delivered: int = 0
    sent: int = 0
    waiting: int = 0
    held: int = 0
    failed: int = 0
    unknown: int = 0
    cancelled: int = 0
    reasons: tuple[tuple[str, int], ...] = ()
    freezing: bool = False

    @property
    def total(self) -> int:
        """Everybody on the list so far."""
        reached = self.delivered + self.sent + self.waiting + self.held
        return reached + self.failed + self.unknown + self.cancelled


def add_up(rows: Iterable[tuple[str, str, int]], *, freezing: bool) -> Deliveries:
    """The deliveries of (state, error code, people) rows."""
    states: Counter[str] = Counter()
    codes: Counter[str] = Counter()
    for state, code, people in rows:
        states[state] += people
        if state == "failed":
            codes[code] += people
    return Deliveries(
        delivered=states["delivered"],
        sent=states["sent"],
        waiting=states["waiting"],
        held=states["held"],
        failed=states["failed"],
        unknown=states["unknown"],
        cancelled=states["cancelled"],
        reasons=tuple(sorted(codes.items())),
        freezing=freezing,
    )


def in_words(deliveries: Deliveries) -> str:
    """The numbers as a manager reads them."""
    reasons = [(outcome(code), people) for code, people in deliveries.reasons]
    return render("deliveries", of=deliveries, reasons=reasons)
