"""What goes wrong at a platform, when it is told to, and a count of all that did.

A fault is an error code of the platform (an ``int``), or one of the names in
``BEFORE`` (the call had no effect), ``AFTER`` (it had, and the answer is lost),
``EVENTS`` (what happens to a callback that tells of a delivery).
"""

from __future__ import annotations

import random
from collections import Counter, defaultdict, deque
from collections.abc import Sequence
from typing import Any

BEFORE = ("http500", "garbage", "hang", "reset")
AFTER = ("reset_after", "half", "hang_after")
EVENTS = ("late", "missing", "twice")

Fault = int | str
EVERY_CALL = ""


class Faults:
    """Draws the fault of each call, if any, by chance or from a queue.

    A call is named as in the platform's paths (``message/custom/send``), an
    event by its name after ``event/`` (``event/TEMPLATESENDJOBFINISH``).
    ``fired`` counts by ``call:fault``. ``latency`` is seconds, from and to.
    """

    def __init__(self, seed: int = 0) -> None:
        self.fired: Counter[str] = Counter()
        self.latency: tuple[float, float] = (0.0, 0.0)
        self.chance = random.Random(seed)
        self._rates: defaultdict[str, list[tuple[Fault, float]]] = defaultdict(list)
        self._queued: defaultdict[str, deque[Fault]] = defaultdict(deque)
        self._invalidations = (0, 0)
        self._countdown = 0

    def rate(self, fault: Fault, share: float, *, call: str = EVERY_CALL) -> None:
        """Let a share (0 to 1) of the calls fail so; of all calls, or of one.

        A rate for one call stands beside those for every call.
        """
        _demand_known(fault)
        listed = self._rates[call]
        listed[:] = [one for one in listed if one[0] != fault]
        if share:
            listed.append((fault, share))

    def next(self, call: str, *faults: Fault) -> None:
        """Let the next calls of a name fail, one fault each."""
        for fault in faults:
            _demand_known(fault)
        self._queued[call].extend(faults)

    def invalidate_tokens(self, times: int, *, every: int) -> None:
        """Make all tokens worthless so many times, after each ``every`` calls."""
        self._invalidations = (times, every)
        self._countdown = every

    def clear(self) -> None:
        """Let nothing fail any more; what fired stays counted."""
        self._rates.clear()
        self._queued.clear()
        self.latency = (0.0, 0.0)
        self._invalidations = (0, 0)

    def draw(self, call: str) -> Fault | None:
        """The fault of this call, counted; None when it goes well."""
        queued = self._queued.get(call)
        fault = queued.popleft() if queued else self._by_chance(call)
        if fault is not None:
            self.fired[f"{call}:{fault}"] += 1
        return fault

    def _by_chance(self, call: str) -> Fault | None:
        if not self._rates:
            return None
        for name in (call, EVERY_CALL):
            for fault, share in self._rates.get(name, ()):
                if _fits(fault, call) and self.chance.random() < share:
                    return fault
        return None

    def delay(self) -> float:
        """How long this call takes, in seconds."""
        low, high = self.latency
        return self.chance.uniform(low, high) if high else 0.0

    def loses_token(self) -> bool:
        """Whether the tokens become worthless before this call, counted."""
        times, every = self._invalidations
        if not times:
            return False
        self._countdown -= 1
        if self._countdown:
            return False
        self._invalidations = (times - 1, every)
        self._countdown = every
        self.fired["token:invalidated"] += 1
        return True

    def count(self, fault: Fault | None = None, *, call: str = EVERY_CALL) -> int:
        """How often a fault fired; without a name any, without a call at any."""
        return sum(
            number
            for name, number in self.fired.items()
            if call in ("", name.rpartition(":")[0])
            and (fault is None or str(fault) == name.rpartition(":")[2])
        )

    def order(self, orders: dict[str, Any]) -> None:
        """What ``POST /_faults`` asks for.

        ``{"clear": true, "seed": 7, "latency": [0, 0.2],
        "rates": [{"fault": "hang", "share": 0.1, "call": "message/custom/send"}],
        "next": [{"call": "stable_token", "faults": [-1]}],
        "invalidate": {"times": 100, "every": 50}}``, each optional.
        """
        if orders.get("clear"):
            self.clear()
        if "seed" in orders:
            self.chance.seed(orders["seed"])
        if "latency" in orders:
            low, high = orders["latency"]
            self.latency = (low, high)
        for one in orders.get("rates", ()):
            self.rate(one["fault"], one["share"], call=one.get("call", EVERY_CALL))
        for one in orders.get("next", ()):
            self.next(one["call"], *one["faults"])
        if "invalidate" in orders:
            self.invalidate_tokens(**orders["invalidate"])


def _demand_known(fault: Fault) -> None:
    known: Sequence[str] = (*BEFORE, *AFTER, *EVENTS)
    if isinstance(fault, str) and fault not in known:
        raise ValueError(f"no fault {fault!r}; one of {known}, or a code")


def _fits(fault: Fault, call: str) -> bool:
    """Whether a rate for every call means this one."""
    return (fault in EVENTS) == call.startswith("event/")
