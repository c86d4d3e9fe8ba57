"""What the platform refuses, and what that leads to (wechat.md 2.8; F7, F9).

One row for each error code: what becomes of the message in each way, how many
calls are made of it, and what is switched off for all processes.
"""

from __future__ import annotations

import asyncio
from datetime import timedelta
from itertools import product

import msgspec
import pytest
from structlog.testing import capture_logs

from bot.channels.official_account.errors import RULES
from bot.ports import Again, Blocked, Doubt, Failed, Sent, Settlement
from conversations.model import Reply
from notices.reach import Shut
from tests.channels.official_account.conftest import Process, StartProcess
from tests.channels.official_account.fake_api import FakeApi
from tests.channels.official_account.test_sender import outgoing, texts
from tests.platforms.clock import StandingClock

WAYS = ("custom", "template", "subscribe")
WAY = "the way it went"


@pytest.fixture
def kind() -> str:
    """What the database is makes no difference here; the switches' tests use both."""
    return "sqlite"


class Case(msgspec.Struct, frozen=True):
    """What one error code leads to: settlement, calls, what is off and until when.

    ``calls`` are those of a text, which alone is tried again in pieces or under
    a fresh token. ``off`` maps what is off to how long, in seconds.
    """

    settlement: Settlement
    calls: int = 1
    off: dict[str, float | None] = {}


# 2026-05-18 09:00 in China: until 00:05 of the next day.
TOMORROW = 15 * 3600 + 300.0
DAY = 86400.0


def blocked(code: int, reason: str) -> Blocked:
    return Blocked(WAY, str(code), reason)


def gone(code: int, reason: str) -> Failed:
    return Failed(str(code), reason, unreachable=True)


CASES: dict[int, Case] = {
    -1: Case(Again("-1", "system busy", 0)),
    40001: Case(Again("40001", "token refused", 0), calls=2, off={"all": 60}),
    40014: Case(Again("40014", "token invalid", 0), calls=2, off={"all": 60}),
    42001: Case(Again("42001", "token expired", 0), calls=2, off={"all": 60}),
    40003: Case(gone(40003, "openid of nobody who follows")),
    40007: Case(Failed("40007", "media gone")),
    40013: Case(Again("40013", "app id wrong", 0), off={"all": 600}),
    40125: Case(Again("40125", "app secret wrong", 0), off={"all": 600}),
    40164: Case(Again("40164", "our address is not on the list", 0), off={"all": 600}),
    40037: Case(blocked(40037, "template gone"), off={"template:": None}),
    40200: Case(Failed("40200", "no menus for this account")),
    41001: Case(Failed("41001", "no token sent")),
    43004: Case(gone(43004, "does not follow")),
    50005: Case(gone(50005, "does not follow")),
    43019: Case(gone(43019, "on the black list")),
    43101: Case(blocked(43101, "consent refused or used up")),
    44004: Case(Failed("44004", "empty text")),
    45002: Case(Failed("45002", "too long"), calls=2),
    45008: Case(Failed("45008", "too many articles")),
    45009: Case(Again("45009", "quota of the day used up", 0), off={WAY: TOMORROW}),
    45011: Case(Again("45011", "too fast", 0), off={WAY: 60}),
    45015: Case(blocked(45015, "window closed")),
    45047: Case(blocked(45047, "quota of the window used up")),
    45065: Case(Sent()),
    45066: Case(Again("45066", "repeated too soon", 60)),
    45067: Case(Failed("45067", "client id too long")),
    47001: Case(Failed("47001", "not JSON")),
    47003: Case(blocked(47003, "template field refused"), off={"template:": DAY}),
    48001: Case(blocked(48001, "call not allowed"), off={WAY: DAY}),
    48002: Case(gone(48002, "messages switched off")),
    48004: Case(Again("48004", "call banned", 0), off={"all": 600}),
    50002: Case(Again("50002", "account limited", 0), off={"all": 600}),
    48006: Case(Failed("48006", "no more quota resets")),
    48008: Case(blocked(48008, "no right to this kind of message"), off={WAY: DAY}),
    99999: Case(Failed("99999", "unknown")),
}


def test_every_rule_has_its_case() -> None:
    assert set(CASES) - {99999} == set(RULES)


def _expected(case: Case, way: str) -> Settlement:
    settled = case.settlement
    if isinstance(settled, Blocked):
        return msgspec.structs.replace(settled, way=way)
    return settled


def _without_words(settlement: Settlement) -> Settlement:
    """A reason may end in the platform's own words."""
    if not isinstance(settlement, Failed | Blocked):
        return settlement
    meaning, _, words = settlement.reason.partition(": ")
    assert words == "refused"
    return msgspec.structs.replace(settlement, reason=meaning)


def _names(off: dict[str, float | None], way: str) -> dict[str, float | None]:
    """What a case switches off for a message that goes in a way."""
    ids = {"template": "template:TPL1", "subscribe": "template:SUB1"}
    named = {WAY: way, "template:": ids.get(way, "")}
    given = {named.get(name, name): seconds for name, seconds in off.items()}
    return {name: seconds for name, seconds in given.items() if name}


@pytest.mark.parametrize(("code", "way"), [*product(CASES, WAYS)])
async def test_each_error_code_is_acted_on(
    process: Process, api: FakeApi, clock: StandingClock, code: int, way: str
) -> None:
    case = CASES[code]
    await process.client.send_text("o1", "the token works")
    api.attempts.clear()
    api.faults[way].extend([code] * 5)
    settlement = await process.channel.send(outgoing(way=way))
    assert _without_words(settlement) == _expected(case, way)
    split_only = code == 45002 and way != "custom"
    assert dict(api.attempts) == {way: 1 if split_only else case.calls}
    off = {
        name: row.until and (row.until - clock.real()).total_seconds()
        for name, row in (await process.switches.all_off()).items()
    }
    assert off == _names(case.off, way)


async def test_the_same_message_goes_the_next_way(
    process: Process, api: FakeApi
) -> None:
    """No second choice is made here: each way answers for itself."""
    for way, code in (("custom", 45047), ("template", 40037), ("subscribe", 43101)):
        api.faults[way].append(code)
        settlement = await process.channel.send(outgoing(way=way))
        assert isinstance(settlement, Blocked)
        assert (settlement.way, settlement.code) == (way, str(code))
    assert dict(api.attempts) == {"custom": 1, "template": 1, "subscribe": 1}


@pytest.mark.parametrize("code", [45009, 40013, 48001, 40001, 45011])
async def test_after_such_an_answer_no_process_calls_again(
    start_process: StartProcess, api: FakeApi, code: int
) -> None:
    one, other = start_process(), start_process()
    api.faults["custom"].extend([code] * 2)
    await one.channel.send(outgoing())
    made = api.attempts["custom"]
    for process in (one, other):
        settlement = await process.channel.send(outgoing())
        assert isinstance(settlement, Again)
        assert settlement.code == "off"
        assert settlement.seconds <= 60
    assert api.attempts["custom"] == made


async def test_a_process_that_looked_before_stops_within_a_second(
    start_process: StartProcess, api: FakeApi, clock: StandingClock
) -> None:
    one, other = start_process(), start_process()
    assert await other.channel.send(outgoing()) == Sent()
    api.faults["custom"].append(45009)
    await one.channel.send(outgoing())
    clock.move(seconds=1)
    assert isinstance(await other.channel.send(outgoing()), Again)
    assert api.attempts["custom"] == 2


async def test_what_was_switched_off_is_tried_again_in_its_time(
    process: Process, api: FakeApi, clock: StandingClock
) -> None:
    api.faults["custom"].append(45009)
    await process.channel.send(outgoing())
    clock.move(seconds=TOMORROW)
    assert await process.channel.send(outgoing()) == Sent()


async def test_another_way_stays_open(process: Process, api: FakeApi) -> None:
    api.faults["custom"].append(45009)
    await process.channel.send(outgoing())
    settlement = await process.channel.send(outgoing(way="template"))
    assert isinstance(settlement, Sent)


async def test_a_longer_rest_is_not_cut_short(
    process: Process, api: FakeApi, clock: StandingClock
) -> None:
    until = clock.real() + timedelta(days=1)
    await process.switches.turn_off("custom", "45009", until=until)
    await process.switches.turn_off("custom", "45011", until=clock.real())
    terms = await process.channel.terms()
    assert terms.shut == {"custom": Shut("45011", until)} or terms.shut == {
        "custom": Shut("45009", until)
    }


# What the planner is told


async def test_the_terms_are_the_settings_and_what_is_off(
    process: Process, api: FakeApi, clock: StandingClock
) -> None:
    terms = await process.channel.terms()
    assert terms.ways == WAYS
    assert terms.templates == {"deadline": "TPL1", "result": "TPL2"}
    assert terms.subscriptions == {"deadline": "SUB1"}
    assert terms.shut == {}
    assert (terms.quotas["template"], terms.reserve) == (100_000, 10)
    assert terms.window_sends == 5
    api.faults["template"].append(40037)
    await process.channel.send(outgoing(way="template"))
    api.faults["custom"].append(45009)
    await process.channel.send(outgoing())
    terms = await process.channel.terms()
    assert terms.templates == {"result": "TPL2"}
    until = clock.real() + timedelta(seconds=TOMORROW)
    assert terms.shut == {"custom": Shut("45009 quota of the day used up", until)}


async def test_a_stopped_platform_shuts_every_way(
    process: Process, api: FakeApi, clock: StandingClock
) -> None:
    api.faults["template"].append(50002)
    await process.channel.send(outgoing(way="template"))
    why = Shut("50002 account limited", clock.real() + timedelta(minutes=10))
    assert (await process.channel.terms()).shut == dict.fromkeys(WAYS, why)


# The operator


@pytest.mark.parametrize(
    ("code", "event"),
    [
        (48001, "wechat_switched_off"),
        (48004, "wechat_switched_off"),
        (41001, "wechat_call_refused"),
    ],
)
async def test_the_operator_is_told_once_not_for_each_message(
    start_process: StartProcess, api: FakeApi, code: int, event: str
) -> None:
    processes = [start_process() for _ in range(4)]
    await processes[0].client.send_text("o1", "the token works")
    api.faults["custom"].extend([code] * 4)
    # All of them are at the platform before the first answer comes.
    api.together = asyncio.Barrier(4)
    with capture_logs() as logs:
        await asyncio.gather(*(one.channel.send(outgoing()) for one in processes))
    told = [line for line in logs if line["log_level"] == "error"]
    # A bug is told by each process, what is switched off by one for all.
    assert [line["event"] for line in told] == [event] * (4 if code == 41001 else 1)


async def test_a_bug_is_told_once_an_hour(
    process: Process, api: FakeApi, clock: StandingClock
) -> None:
    api.faults["custom"].extend([41001] * 4)
    with capture_logs() as logs:
        for hours in (0, 0, 0.9, 0.2):
            clock.move(hours=hours)
            await process.channel.send(outgoing())
    told = [line["code"] for line in logs if line["event"] == "wechat_call_refused"]
    assert told == [41001, 41001]


# Pictures and texts


async def test_a_picture_the_platform_forgot_is_uploaded_again(
    process: Process, api: FakeApi, start_process: StartProcess
) -> None:
    reply = Reply(kind="image", ref="f1")
    await process.channel.send(outgoing(reply))
    api.faults["custom"].append(40007)
    assert await process.channel.send(outgoing(reply)) == Sent()
    assert len(api.uploads) == 2
    # Which id is good now, the others know as well.
    assert await start_process().channel.send(outgoing(reply)) == Sent()
    assert len(api.uploads) == 2


async def test_a_picture_that_is_forgotten_at_once_is_given_up(
    process: Process, api: FakeApi
) -> None:
    api.faults["custom"].extend([40007] * 5)
    settlement = await process.channel.send(outgoing(Reply(kind="image", ref="f1")))
    assert settlement == Failed("40007", "media gone: refused")
    assert (len(api.uploads), api.attempts["custom"]) == (2, 2)


async def test_a_spent_quota_of_uploads_parks_pictures_and_nothing_else(
    process: Process, api: FakeApi
) -> None:
    api.faults["upload"].append(45009)
    picture = outgoing(Reply(kind="image", ref="f1"))
    first = await process.channel.send(picture)
    assert first == Again("45009", "quota of the day used up", 0)
    assert await process.channel.send(picture) == Again(
        "off", "45009 quota of the day used up", 60
    )
    assert api.attempts["upload"] == 1
    assert await process.channel.send(outgoing()) == Sent()


async def test_a_text_the_platform_finds_too_long_goes_in_smaller_pieces(
    process: Process, api: FakeApi
) -> None:
    api.faults["custom"].append(45002)
    settlement = await process.channel.send(outgoing(Reply(text="长" * 600)))
    assert settlement == Sent()
    assert texts(api) == ["长" * 333, "长" * 267]


@pytest.mark.parametrize(
    ("fault", "expected"),
    [
        ("500", Again("BrokenAnswerError", "HTTP 502", 0)),
        ("garbage", Again("BrokenAnswerError", "not JSON", 0)),
        ("cut", Doubt("ServerDisconnectedError")),
    ],
)
async def test_what_is_not_an_answer(
    process: Process, api: FakeApi, fault: str, expected: Settlement
) -> None:
    api.faults["custom"].append(fault)
    assert await process.channel.send(outgoing()) == expected


async def test_a_template_message_in_doubt_may_be_repeated(
    process: Process, api: FakeApi
) -> None:
    api.faults["template"].append("cut")
    settlement = await process.channel.send(outgoing(way="template"))
    assert settlement == Doubt("ServerDisconnectedError", repeatable=True)
    await process.channel.send(outgoing(way="template"))
    assert len(api.sent("template")) == 2
    assert len(api.shown) == 1


async def test_a_notification_in_doubt_is_not_surely_shown_once(
    process: Process, api: FakeApi
) -> None:
    api.faults["subscribe"].append("cut")
    settlement = await process.channel.send(outgoing(way="subscribe"))
    assert settlement == Doubt("ServerDisconnectedError")
