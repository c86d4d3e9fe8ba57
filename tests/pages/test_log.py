"""No line says who somebody is, and what finds that out is shown to work."""

from __future__ import annotations

import io
import json
import logging
from collections.abc import Callable
from typing import Any

import pytest
import structlog

from bot.errors import SettingsError

CANARIES = {
    "id": "11010519491231002X",
    "phone": "13800138000",
    "spaced_phone": "138 0013 8000",
    "email": "zhang.canary@example.com",
    "openid": "oCANARYcanaryCANARYcanary123",
    "token": "access_token=57_CANARYTOKEN",
    "secret": "secret: 'CANARYSECRET'",
    "link": "/d/CANARYtokenCANARYtoken",
}
TRACES = ("11010519491231002", "0013", "zhang.canary", "CANARY")


def scan(text: str) -> list[str]:
    """The traces of canaries that a text shows."""
    return [trace for trace in TRACES if trace in text]


def lines(logged: io.StringIO) -> list[dict[str, Any]]:
    return [json.loads(line) for line in logged.getvalue().splitlines()]


def raise_with(words: str, kind: Callable[[str], Exception] = ValueError) -> None:
    raise kind(words)


def test_the_scanner_finds_a_planted_canary() -> None:
    assert all(scan(canary) for canary in CANARIES.values())


@pytest.mark.parametrize("canary", CANARIES.values(), ids=CANARIES.keys())
def test_no_way_of_logging_shows_a_canary(logged: io.StringIO, canary: str) -> None:
    logger, library = structlog.get_logger("own"), logging.getLogger("library")

    said = "said " + canary
    logger.info(said, reason=canary, answer=canary, count={"a": canary})
    library.warning("got %s from %s", canary, [canary])
    library.warning("formatted " + canary + "\n" + canary)
    try:
        raise_with(canary)
    except ValueError:
        logger.exception("broken", text=canary)
        library.exception("broken %s", canary)

    assert scan(logged.getvalue()) == []
    assert len(lines(logged)) == 5


def test_a_name_in_an_exception_stays_out(logged: io.StringIO) -> None:
    try:
        raise_with("张三的答案不对")
    except ValueError:
        structlog.get_logger("own").exception("step failed", channel="webchat")

    (line,) = lines(logged)
    assert "张三" not in logged.getvalue()
    assert (line["event"], line["channel"]) == ("step failed", "webchat")
    assert line["error"] == "ValueError"
    assert "pages/test_log.py:" in line["places"]


def test_an_operators_error_keeps_its_words(logged: io.StringIO) -> None:
    try:
        raise_with("is missing", lambda why: SettingsError("XUNTONG_PORT", why))
    except SettingsError:
        structlog.get_logger("own").exception("stopped")

    assert lines(logged)[0]["error"] == "SettingsError: XUNTONG_PORT: is missing"


def test_unknown_keys_are_named_but_not_shown(logged: io.StringIO) -> None:
    structlog.get_logger("own").info("sent", channel="webchat", name="张三")

    (line,) = lines(logged)
    assert line["dropped"] == ["name"]
    assert "张三" not in logged.getvalue()


def test_a_phone_kept_as_a_number_is_hidden_and_a_count_is_not(
    logged: io.StringIO,
) -> None:
    structlog.get_logger("own").info("sent", size=13800138000, count=30, seconds=1.5)

    (line,) = lines(logged)
    assert (line["size"], line["count"], line["seconds"]) == ("***", 30, 1.5)


def test_the_same_complaint_is_told_once_a_minute_and_counted(
    logged: io.StringIO, monkeypatch: pytest.MonkeyPatch
) -> None:
    now = 1000.0
    monkeypatch.setattr("bot.log.time.monotonic", lambda: now)
    logger = structlog.get_logger("own")
    for _ in range(5):
        logger.warning("relay_failed", channel="a", error="OSError")
    logger.warning("relay_failed", channel="b", error="OSError")
    logger.info("serving")
    logger.info("serving")
    now += 61
    logger.warning("relay_failed", channel="a", error="OSError")

    said = [
        (one["event"], one.get("channel"), one.get("repeated")) for one in lines(logged)
    ]
    assert said == [
        ("relay_failed", "a", None),
        ("relay_failed", "b", None),
        ("serving", None, None),
        ("serving", None, None),
        ("relay_failed", "a", 4),
    ]
