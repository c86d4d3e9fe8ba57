"""What Prometheus may ask. One registry for each app; no globals, no names of people."""

from __future__ import annotations

from collections.abc import Mapping

import msgspec
from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram
from prometheus_client.exposition import generate_latest

CONTENT_TYPE = "text/plain; version=0.0.4; charset=utf-8"

_SECONDS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 4.5, 10)


class Backlog(msgspec.Struct, frozen=True):
    """What waits, as counted in the database.

    ``outbox`` is the number of waiting rows by channel, ``oldest_seconds`` the
    age of the oldest of them (0 when none waits), ``reminders_due`` the planned
    reminders whose time has come, ``media_seconds`` how long ago the oldest was
    sent that a platform has not given us, ``switched_off`` what platforms refuse.
    """

    outbox: Mapping[str, int] = {}
    oldest_seconds: float = 0
    reminders_due: int = 0
    media_seconds: float = 0
    switched_off: tuple[str, ...] = ()


class _Gauges:
    """What shows the last count of the backlog."""

    def __init__(self, registry: CollectorRegistry) -> None:
        self._waiting = Gauge(
            "xuntong_outbox_waiting",
            "Pushes that wait to be sent.",
            ["channel"],
            registry=registry,
        )
        self._oldest = Gauge(
            "xuntong_outbox_oldest_seconds",
            "The age of the oldest waiting push.",
            registry=registry,
        )
        self._due = Gauge(
            "xuntong_reminders_due",
            "Planned reminders whose time has come.",
            registry=registry,
        )
        self._media = Gauge(
            "xuntong_media_oldest_seconds",
            "How long ago the oldest was sent that the platform has not given us.",
            registry=registry,
        )
        self._off = Gauge(
            "xuntong_switched_off",
            "1 for what is off because a platform does not allow it.",
            ["feature"],
            registry=registry,
        )

    def show(self, backlog: Backlog) -> None:
        self._waiting.clear()
        for channel, count in backlog.outbox.items():
            self._waiting.labels(channel).set(count)
        self._oldest.set(backlog.oldest_seconds)
        self._due.set(backlog.reminders_due)
        self._media.set(backlog.media_seconds)
        self._off.clear()
        for feature in backlog.switched_off:
            self._off.labels(feature).set(1)


class _Saving:
    """What cannot be saved, and where it lies meanwhile."""

    def __init__(self, registry: CollectorRegistry) -> None:
        self.refused = Counter(
            "xuntong_inbound_not_saved",
            "Messages whose senders were told that nothing can be saved, by why.",
            ["reason"],
            registry=registry,
        )
        self.put_by = Counter(
            "xuntong_put_by",
            "What could not be processed and was put by: messages, dialogues.",
            ["what"],
            registry=registry,
        )
        self.trouble = Gauge(
            "xuntong_cannot_save",
            "1 while messages cannot be saved in the database, by why.",
            ["reason"],
            registry=registry,
        )
        self.free = Gauge(
            "xuntong_disk_free_bytes",
            "What is free where a folder lies.",
            ["folder"],
            registry=registry,
        )
        self.in_spool = Gauge(
            "xuntong_spool_messages",
            "Messages on disk that wait for the database.",
            registry=registry,
        )


class Metrics:
    """The counters of one process."""

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        self._gauges = _Gauges(self.registry)
        self._saving = _Saving(self.registry)
        self._inbound = Counter(
            "xuntong_inbound",
            "Messages taken in and answered.",
            ["channel"],
            registry=self.registry,
        )
        self._latency = Histogram(
            "xuntong_inbound_seconds",
            "From the receipt of a message to its answer.",
            ["channel"],
            buckets=_SECONDS,
            registry=self.registry,
        )
        self._deliveries = Counter(
            "xuntong_deliveries",
            "Pushed messages by what became of them.",
            ["channel", "outcome"],
            registry=self.registry,
        )
        self._planned = Counter(
            "xuntong_planned",
            "Pushes by the way chosen for them and why: open, waits, held, moved.",
            ["channel", "way", "reason"],
            registry=self.registry,
        )
        self._batches = Histogram(
            "xuntong_inbound_batch",
            "Messages committed together.",
            buckets=(1, 2, 4, 8, 16, 32, 64, 128),
            registry=self.registry,
        )
        self._batches_failed = Counter(
            "xuntong_inbound_batches_failed",
            "Batches whose messages had to be done again one by one.",
            registry=self.registry,
        )
        self._spooled = Counter(
            "xuntong_inbound_spooled",
            "Messages acknowledged from disk, by why.",
            ["reason"],
            registry=self.registry,
        )
        self._bot_connected = Gauge(
            "xuntong_wecom_bot_connected",
            "1 while this process holds the bot's connection.",
            registry=self.registry,
        )
        self._bot_disconnected = Counter(
            "xuntong_wecom_bot_disconnections",
            "Ends of the bot's connection, by why: lost, refused, replaced.",
            ["reason"],
            registry=self.registry,
        )

    def not_saved(self, reason: str) -> None:
        """Count a message that was refused: ``full``, ``read_only``, ``disk_low``."""
        self._saving.refused.labels(reason).inc()

    def put_by(self, what: str) -> None:
        """Count a ``message`` or a ``dialogue`` that could not be processed."""
        self._saving.put_by.labels(what).inc()

    def trouble(self, reason: str, *, lasts: bool) -> None:
        """Note that messages cannot be saved, or can be again."""
        self._saving.trouble.labels(reason).set(lasts)

    def free(self, folder: str, count: int) -> None:
        """Note how many bytes are free where ``folder`` lies."""
        self._saving.free.labels(folder).set(count)

    def in_spool(self, count: int) -> None:
        """Note how many messages wait on disk."""
        self._saving.in_spool.set(count)

    def batch(self, size: int) -> None:
        """Count a batch that was committed."""
        self._batches.observe(size)

    def batch_failed(self) -> None:
        """Count a batch that could not be committed as one."""
        self._batches_failed.inc()

    def spooled(self, reason: str) -> None:
        """Count a message put on disk: ``late`` or ``database``."""
        self._spooled.labels(reason).inc()

    def received(self, channel: str, seconds: float) -> None:
        """Count a message that was answered after ``seconds``."""
        self._inbound.labels(channel).inc()
        self._latency.labels(channel).observe(seconds)

    def delivered(self, channel: str, outcome: str) -> None:
        """Count a push: ``sent``, ``delivered``, ``failed``, ``held``, ``unknown``, ``again``."""
        self._deliveries.labels(channel, outcome).inc()

    def bot_connected(self, *, connected: bool) -> None:
        """Note whether this process holds the bot's connection."""
        self._bot_connected.set(int(connected))

    def bot_disconnected(self, reason: str) -> None:
        """Count an end of the bot's connection: ``lost``, ``refused``, ``replaced``."""
        self._bot_disconnected.labels(reason).inc()

    def planned(self, channel: str, way: str, reason: str) -> None:
        """Count a choice of the reach planner (``notices.reach``)."""
        self._planned.labels(channel, way, reason).inc()

    def show(self, backlog: Backlog) -> None:
        """Set the gauges to what was counted just now."""
        self._gauges.show(backlog)

    def text(self) -> bytes:
        """All of it in Prometheus' text format (``CONTENT_TYPE``)."""
        return generate_latest(self.registry)
