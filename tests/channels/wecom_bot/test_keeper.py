"""One process has the bot's connection, and comes back to it; never in a hurry."""

from __future__ import annotations

import asyncio
import itertools
from datetime import datetime, timedelta
from functools import partial

import msgspec
import pytest
import structlog
from sqlalchemy import text

from bot.channels.transport import RefusedError, UnreachedError, UnsureError
from bot.channels.wecom_bot.connection import Pulse
from bot.channels.wecom_bot.keeper import End, Pace, pause
from bot.clock import SystemClock
from storage import holders
from storage.database import Database
from tests.channels.wecom_bot.conftest import FAST, Start, until
from tests.platforms.wecom_bot import BOT_ID, WeComBotPlatform
from tests.platforms.wecom_bot_members import BotMember

CONNECTED = "xuntong_wecom_bot_connected"
_UNKNOWN = "wecom_bot_lease_unknown"
ENDS = "xuntong_wecom_bot_disconnections_total"


async def test_what_members_say_arrives(
    platform: WeComBotPlatform, start: Start
) -> None:
    one = start()
    await BotMember(platform, "ZhangSan").send(
        {"msgtype": "text", "text": {"content": "您好"}}
    )
    await until(lambda: one.taken)
    assert [said.user for said in one.taken] == ["zhangsan"]
    assert one.metric(CONNECTED) == 1


async def test_a_cut_connection_comes_back(
    platform: WeComBotPlatform, start: Start
) -> None:
    one = start()
    for times in (1, 2, 3):
        await platform.until(partial(subscribed, platform, times))
        await until(lambda: one.holds)
        await platform.drop()
    await platform.until(lambda: platform.subscriptions == 4)
    assert one.metric(ENDS, reason="lost") == 3


def subscribed(platform: WeComBotPlatform, times: int) -> bool:
    return platform.subscriptions == times


def pinged(platform: WeComBotPlatform, at_least: int) -> bool:
    return platform.count("ping") >= at_least


async def test_garbage_ends_nothing(platform: WeComBotPlatform, start: Start) -> None:
    one = start()
    await platform.until(lambda: platform.connected)
    await platform.garbage()
    await BotMember(platform, "li").send({"msgtype": "text", "text": {"content": "1"}})
    await until(lambda: one.taken)
    assert platform.subscriptions == 1


async def test_a_platform_that_does_not_answer_pings_is_left_and_met_again(
    platform: WeComBotPlatform, start: Start
) -> None:
    start()
    await platform.until(lambda: platform.connected)
    platform.deaf.add("ping")
    await platform.until(lambda: platform.subscriptions == 2)


async def test_a_ping_that_is_answered_forgives_one_that_was_not(
    platform: WeComBotPlatform, start: Start
) -> None:
    one = start()
    await platform.until(lambda: platform.connected)
    for _ in range(3):
        before = platform.count("ping")
        platform.deaf.add("ping")
        await platform.until(partial(pinged, platform, before + 1))
        platform.deaf.clear()
        answered = platform.count("ping") + 1
        await platform.until(partial(pinged, platform, answered))
    assert platform.subscriptions == 1
    assert one.holds


async def test_refused_credentials_are_not_tried_fast_and_told_once(
    platform: WeComBotPlatform, start: Start
) -> None:
    platform.secret = "another"
    with structlog.testing.capture_logs() as lines:
        one = start()
        await platform.until(lambda: platform.count("aibot_subscribe") == 3)
        await until(lambda: one.metric(ENDS, reason="refused") == 3)
    told = [line for line in lines if line["log_level"] == "error"]
    assert [line["event"] for line in told] == ["wecom_bot_refused"]
    assert told[0]["reason"].startswith("853000 secret wrong")
    assert pause(Pace(), End.REFUSED, 1, 0) >= 300
    platform.secret = "secret-of-the-bot"
    await platform.until(lambda: platform.connected)


@pytest.mark.parametrize("closes", [True, False])
async def test_a_takeover_is_noticed_though_the_socket_may_stay_open(
    platform: WeComBotPlatform, start: Start, *, closes: bool
) -> None:
    platform.closes_replaced = closes
    patient = msgspec.structs.replace(FAST, long=3600, longest=3600)
    with structlog.testing.capture_logs() as lines:
        one = start(patient)
        await until(lambda: one.holds)
        await platform.replace()
        await until(lambda: not one.holds)
        await until(lambda: one.metric(ENDS, reason="replaced") == 1)
    assert [line["event"] for line in lines if line["log_level"] == "error"] == [
        "wecom_bot_replaced"
    ]
    assert one.metric(CONNECTED) == 0
    assert platform.subscriptions == 1


async def test_after_a_takeover_it_comes_back_when_the_pause_is_over(
    platform: WeComBotPlatform, start: Start
) -> None:
    start()
    await platform.until(lambda: platform.connected)
    await platform.replace()
    await platform.until(lambda: platform.subscriptions == 2)


async def test_of_two_processes_one_connects_and_the_other_follows_its_end(
    platform: WeComBotPlatform, start: Start
) -> None:
    first = start()
    await until(lambda: first.holds)
    second = start()
    await platform.until(lambda: platform.count("ping") > 3)
    assert (platform.subscriptions, second.holds) == (1, False)
    await first.stop()
    await until(lambda: second.holds)
    assert platform.subscriptions == 2


async def take_lease(
    database: Database, *, seconds: float, after: float = 0
) -> datetime:
    """As another process that says nothing more; until when it is its own."""
    now = SystemClock().real() + timedelta(seconds=after)
    async with database.transaction() as uow:
        name = f"wecom_bot:{BOT_ID}"
        taken = await holders.take(uow, name=name, now=now, seconds=seconds)
        await uow.commit()
    assert taken is not None
    return now + timedelta(seconds=seconds)


async def test_a_process_that_died_is_followed_when_its_lease_is_over(
    platform: WeComBotPlatform, start: Start, database: Database
) -> None:
    over = await take_lease(database, seconds=0.5)
    follower = start()
    await until(lambda: follower.holds)
    assert SystemClock().real() >= over
    assert platform.subscriptions == 1


async def test_who_lost_the_lease_while_asleep_gives_the_connection_up(
    platform: WeComBotPlatform, start: Start, database: Database
) -> None:
    sleeper = start()
    await until(lambda: sleeper.holds)
    await take_lease(database, seconds=3600, after=3600)
    await until(lambda: not sleeper.holds)
    await platform.until(lambda: not platform.connected)
    assert platform.subscriptions == 1


async def test_who_is_replaced_by_the_next_holder_does_not_push_it_out(
    platform: WeComBotPlatform, start: Start, database: Database
) -> None:
    with structlog.testing.capture_logs() as lines:
        sleeper = start(msgspec.structs.replace(FAST, lease=3600.0))
        await until(lambda: sleeper.holds)
        await take_lease(database, seconds=3600, after=7200)
        await platform.replace()
        await until(lambda: "wecom_bot_passed_on" in [one["event"] for one in lines])
    assert (platform.subscriptions, sleeper.holds) == (1, False)


async def test_the_connection_outlives_a_database_that_is_away(
    platform: WeComBotPlatform, start: Start, database: Database
) -> None:
    one = start()
    await until(lambda: one.holds)
    async with database.transaction() as uow:
        await uow.execute(text("ALTER TABLE tokens RENAME TO away"))
        await uow.commit()
    with structlog.testing.capture_logs() as lines:
        await until(lambda: [one["event"] for one in lines].count(_UNKNOWN) >= 3)
    async with database.transaction() as uow:
        await uow.execute(text("ALTER TABLE away RENAME TO tokens"))
        await uow.commit()
    before = platform.count("ping")
    await platform.until(lambda: platform.count("ping") > before + 3)
    assert (platform.subscriptions, one.holds) == (1, True)


async def test_a_forgotten_subscription_is_renewed(
    platform: WeComBotPlatform, start: Start
) -> None:
    one = start()
    await until(lambda: one.holds)
    connection = one.keeper.connection
    assert connection is not None
    platform.refusals["aibot_send_msg"].append(846609)
    with pytest.raises(RefusedError):
        await connection.call("aibot_send_msg", {})
    await platform.until(lambda: platform.subscriptions == 2)


async def test_a_call_tells_whether_it_went(
    platform: WeComBotPlatform, start: Start
) -> None:
    one = start(msgspec.structs.replace(FAST, pulse=Pulse(beat=60, patience=0.2)))
    await until(lambda: one.holds)
    connection = one.keeper.connection
    assert connection is not None
    platform.deaf.add("aibot_send_msg")
    with pytest.raises(UnsureError):
        await connection.call("aibot_send_msg", {})
    cut = asyncio.create_task(connection.call("aibot_send_msg", {}))
    await platform.until(lambda: platform.count("aibot_send_msg") == 2)
    await platform.drop()
    with pytest.raises(UnsureError):
        await cut
    await until(lambda: one.keeper.connection not in (None, connection))
    with pytest.raises(UnreachedError):
        await connection.call("aibot_send_msg", {})
    assert platform.count("aibot_send_msg") == 2


def test_pauses_grow_and_end() -> None:
    pace = Pace()
    lost = [pause(pace, End.LOST, failures, 1.0) for failures in range(1, 12)]
    assert lost == [1, 2, 4, 8, 16, 32, 60, 60, 60, 60, 60]
    taken = [pause(pace, End.REPLACED, failures, 1.0) for failures in range(1, 6)]
    assert taken == [600, 1200, 2400, 3600, 3600]
    for failures, end in itertools.product(range(1, 9), End):
        whole = pause(pace, end, failures, 1.0)
        assert pause(pace, end, failures, 0.0) == whole / 2
