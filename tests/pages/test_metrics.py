"""Counters belong to one app and gauges show the last count."""

from __future__ import annotations

from bot.metrics import Backlog, Metrics


def test_what_happened_is_counted() -> None:
    metrics = Metrics()
    metrics.received("webchat", 0.02)
    metrics.delivered("webchat", "sent")

    text = metrics.text().decode()
    assert 'xuntong_inbound_total{channel="webchat"} 1.0' in text
    assert 'xuntong_inbound_seconds_bucket{channel="webchat",le="0.025"} 1.0' in text
    assert 'xuntong_deliveries_total{channel="webchat",outcome="sent"} 1.0' in text


def test_a_channel_that_waits_no_more_is_gone_from_the_gauge() -> None:
    metrics = Metrics()
    metrics.show(
        Backlog(
            {"webchat": 3},
            oldest_seconds=60,
            reminders_due=2,
            media_seconds=90,
            switched_off=("wecom:app",),
        )
    )
    metrics.show(
        Backlog({"official_account": 1}, switched_off=("official_account:custom",))
    )

    text = metrics.text().decode()
    assert 'xuntong_outbox_waiting{channel="official_account"} 1.0' in text
    assert "webchat" not in text
    assert "xuntong_outbox_oldest_seconds 0.0" in text
    assert "xuntong_reminders_due 0.0" in text
    assert "xuntong_media_oldest_seconds 0.0" in text
    assert 'xuntong_switched_off{feature="official_account:custom"} 1.0' in text
    assert "wecom:app" not in text


def test_two_apps_count_apart() -> None:
    one, other = Metrics(), Metrics()
    one.received("webchat", 0.1)

    assert "webchat" not in other.text().decode()
