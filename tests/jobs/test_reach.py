"""The planner keeps the books: nothing is used twice, nothing known to fail is tried."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import AsyncIterator, Sequence
from datetime import UTC, datetime, timedelta

import msgspec
import pytest
from sqlalchemy import select, update

from bot.jobs.relay import Pace, Relay
from bot.metrics import Metrics
from bot.ports import (
    Again,
    Blocked,
    Doubt,
    Failed,
    Go,
    Held,
    Move,
    Sent,
    Settlement,
)
from notices.calendar import Hours
from notices.reach import Shut, Windows
from storage import deliveries, outbox, people, subscriptions, windows
from storage.crypto import Vault
from storage.database import Database
from storage.tables.messages import outbox as rows_table
from storage.tables.messages import quotas
from storage.tables.people import subscriptions as consents
from storage.windows import Opened
from tests.door.test_statements import counted
from tests.jobs.reaching import (
    ACCOUNT,
    DAY,
    NOW,
    WECOM,
    Clock,
    Platform,
    agree,
    bind,
    learn,
    left,
    open_windows,
    plan,
    planner,
    row,
    say,
    states,
    withdraw_all,
)


@pytest.fixture
def account() -> Platform:
    return Platform(ACCOUNT)


@pytest.fixture
def wecom() -> Platform:
    return Platform(WECOM)


@pytest.fixture
async def followers(database: Database) -> Database:
    """Persons p0 to p59 who follow the account at a0 to a59."""
    async with database.transaction() as uow:
        newcomers = [people.Newcomer(f"o{n}", f"p{n}", f"a{n}") for n in range(60)]
        await people.create(
            uow, channel="official_account", newcomers=newcomers, now=NOW
        )
        await uow.commit()
    return database


async def test_each_way_is_chosen_where_it_is_open(
    followers: Database, account: Platform, wecom: Platform
) -> None:
    await open_windows(followers, account, 0)
    await agree(followers, account, 2)
    await bind(followers, 3)
    await say(
        followers,
        row(0),
        row(1, kind="deadline", urgency=1),
        row(2, kind="result"),
        row(3),
        row(4),
    )
    rows, routes = await plan(followers, planner(account, wecom))

    told = {one.address_id: route for one, route in zip(rows, routes, strict=True)}
    assert told == {
        "a0": Go("custom"),
        "a1": Go("template"),
        "a2": Go("subscribe"),
        "a3": Move("b3", "wecom"),
        "a4": Held("window", "no recent message"),
    }


async def test_a_dead_address_ends_with_its_reason_or_goes_elsewhere(
    followers: Database, account: Platform, wecom: Platform
) -> None:
    await bind(followers, 1)
    async with followers.transaction() as uow:
        await windows.end(uow, address_ids=["a0", "a1"])
        await uow.commit()
    await say(followers, row(0), row(1))
    _, routes = await plan(followers, planner(account, wecom))

    assert sorted(routes, key=repr) == [
        Failed("unreachable", "the person unfollowed or the address died"),
        Move("b1", "wecom"),
    ]


async def test_a_plan_costs_the_same_however_many_messages_it_holds(
    followers: Database, account: Platform, wecom: Platform
) -> None:
    account.offered = msgspec.structs.replace(ACCOUNT, per_minute=30, per_hour=100)
    await open_windows(followers, account, *range(0, 60, 2))
    await agree(followers, account, *range(1, 60, 2))
    sizes = []
    for numbers in (range(3), range(3, 60)):
        await say(followers, *(row(n, kind="result") for n in numbers))
        async with followers.transaction() as uow:
            rows = await outbox.due(uow, channel="official_account", limit=100, now=NOW)
            with counted(followers) as sent:
                routes = await planner(account, wecom).plan(uow, rows, now=NOW)
            await deliveries.lease(
                uow,
                {"": [one.id for one in rows]},
                owner="w",
                until=NOW + DAY,
            )
            await uow.commit()
        assert all(isinstance(route, Go) for route in routes)
        sizes.append((len(rows), len(sent)))

    (few, cost), (many, cost_of_many) = sizes
    assert (few, many) == (3, 57)
    assert cost_of_many == cost


async def test_the_last_tenth_of_a_quota_is_kept_for_deadlines(
    followers: Database, account: Platform
) -> None:
    account.offered = msgspec.structs.replace(
        ACCOUNT, quotas={"custom": 20}, templates={}
    )
    await open_windows(followers, account, *range(30))
    await say(followers, *(row(n) for n in range(25)))
    await say(followers, *(row(n, urgency=1) for n in range(25, 30)))
    chooses = planner(account)
    rows, routes = await plan(followers, chooses)

    gone = Counter(
        one.urgency
        for one, route in zip(rows, routes, strict=True)
        if route == Go("custom")
    )
    parked = {route for route in routes if isinstance(route, Again)}
    assert gone == {1: 5, 2: 13}
    # 00:05 of the next day in China.
    tomorrow = datetime(2026, 5, 18, 16, 5, tzinfo=UTC) - NOW
    assert parked == {
        Again("quota", "today's custom quota is used", tomorrow.total_seconds())
    }
    # Deadlines that come later find what was kept for them, and no more.
    await withdraw_all(followers)
    await say(followers, *(row(n, urgency=1) for n in range(5)))
    _, routes = await plan(followers, chooses)
    assert Counter(isinstance(route, Go) for route in routes) == {True: 2, False: 3}
    # The next day is a new one.
    _, routes = await plan(followers, chooses, now=NOW + DAY)
    assert routes == [Go("custom")] * 5


async def test_attempts_that_were_not_made_cost_nothing(
    followers: Database, account: Platform
) -> None:
    await open_windows(followers, account, 0)
    await agree(followers, account, 1)
    await say(followers, row(0, text="一|二"), row(1, kind="result"))
    chooses = planner(account)
    rows, routes = await plan(followers, chooses)
    planned = dict(zip((one.address_id for one in rows), rows, strict=True))
    assert await left(followers, 0) == (3, 0)
    not_made = Again("not_made", "", 0)
    await learn(
        followers,
        chooses,
        (planned["a0"], "custom", not_made),
        (planned["a1"], "subscribe", not_made),
    )

    assert await left(followers, 0) == (5, 0)
    async with followers.reading() as uow:
        used = (await uow.execute(select(quotas.c.used))).scalars().all()
        granted = (await uow.execute(select(consents.c.granted))).scalars().all()
    assert (set(used), list(granted)) == ({0}, [1])
    # Planned again, they go as before.
    assert (await plan(followers, chooses))[1] == routes


@pytest.mark.parametrize(
    ("settlement", "sends"),
    [
        (Sent("m"), 4),
        (Doubt("timeout"), 4),
        (Again("-1", "busy", 1), 5),
        (Failed("45002", "too long"), 5),
        (Blocked("custom", "48008", "not this type"), 5),
        (Blocked("custom", "45047", "used up"), 0),
        (Blocked("custom", "45015", "over"), 0),
    ],
)
async def test_what_an_attempt_leaves_of_a_window(
    followers: Database, account: Platform, settlement: Settlement, sends: int
) -> None:
    await open_windows(followers, account, 0)
    await say(followers, row(0))
    chooses = planner(account)
    (claimed,), _ = await plan(followers, chooses)
    await learn(followers, chooses, (claimed, "custom", settlement))

    assert await left(followers, 0) == (sends, 0)


async def test_a_window_that_opened_meanwhile_is_not_closed_by_an_old_refusal(
    followers: Database, account: Platform
) -> None:
    await open_windows(followers, account, 0)
    await say(followers, row(0))
    chooses = planner(account)
    (claimed,), _ = await plan(followers, chooses)
    async with followers.transaction() as uow:
        later = NOW + timedelta(seconds=1)
        opened = Opened("window", ("a0",), later + 2 * DAY, 5)
        await windows.begin(uow, [opened], now=later)
        await uow.commit()
    await learn(
        followers, chooses, (claimed, "custom", Blocked("custom", "45015", "over"))
    )

    assert await left(followers, 0) == (5, 0)


async def test_what_comes_back_never_makes_a_window_larger_than_a_fresh_one(
    followers: Database, account: Platform
) -> None:
    await open_windows(followers, account, 0)
    await say(followers, row(0))
    chooses = planner(account, windows=Windows(sends=5))
    (claimed,), _ = await plan(followers, chooses)
    await open_windows(followers, account, 0)
    await learn(followers, chooses, (claimed, "custom", Again("-1", "busy", 1)))

    assert await left(followers, 0) == (5, 0)


async def test_a_message_under_way_counts_on_the_window_that_opens_meanwhile(
    followers: Database, account: Platform
) -> None:
    await open_windows(followers, account, 0)
    await say(followers, row(0))
    async with followers.transaction() as uow:
        rows = await outbox.due(uow, channel="official_account", limit=9, now=NOW)
        await planner(account).plan(uow, rows, now=NOW)
        ids = {"custom": [one.id for one in rows]}
        await deliveries.lease(uow, ids, owner="w", until=NOW + DAY)
        await uow.commit()
    await open_windows(followers, account, 0)

    assert await left(followers, 0) == (4, 0)


async def test_a_consent_that_the_platform_denies_is_over(
    followers: Database, account: Platform
) -> None:
    async with followers.transaction() as uow:
        for _ in range(3):
            await subscriptions.grant(uow, address_id="a0", template_ids=["S"], now=NOW)
        await uow.commit()
    await say(followers, row(0, kind="result"))
    chooses = planner(account)
    (claimed,), routes = await plan(followers, chooses)
    assert routes == [Go("subscribe")]
    refusal = Blocked("subscribe", "43101", "refused")
    # Also when another process planned it.
    await learn(followers, planner(account), (claimed, "subscribe", refusal))

    assert (await plan(followers, chooses))[1] == [Held("window", "no recent message")]


async def test_what_may_have_arrived_is_repeated_in_the_same_way_only(
    followers: Database, account: Platform
) -> None:
    await open_windows(followers, account, 0)
    await say(followers, row(0, kind="deadline", urgency=1))
    async with followers.transaction() as uow:
        await uow.execute(
            update(rows_table).values(way="template", error_code="doubt:1:1")
        )
        await uow.commit()
    assert (await plan(followers, planner(account)))[1] == [Go("template")]

    shut = {"template": Shut("off", NOW + DAY)}
    account.offered = msgspec.structs.replace(ACCOUNT, shut=shut)
    _, routes = await plan(followers, planner(account))
    assert routes == [Again("doubt:1:1", "off", DAY.total_seconds())]


async def test_a_member_never_gets_more_than_the_rate(
    followers: Database, wecom: Platform
) -> None:
    wecom.offered = msgspec.structs.replace(WECOM, per_minute=4)
    await bind(followers, 0)
    to = {"address_id": "b0", "channel": "wecom"}
    await say(followers, *(row(0, **to) for _ in range(12)))
    chooses, went = planner(wecom), list[datetime]()
    for second in range(0, 300, 5):
        now = NOW + timedelta(seconds=second)
        async with followers.transaction() as uow:
            rows = await outbox.due(uow, channel="wecom", limit=9, now=now)
            for one, route in zip(
                rows, await chooses.plan(uow, rows, now=now), strict=True
            ):
                if route == Go("app"):
                    went.append(now)
                    await uow.execute(
                        update(rows_table)
                        .where(rows_table.c.id == one.id)
                        .values(state="sent")
                    )
            await uow.commit()

    minute = timedelta(minutes=1)
    within = [sum(start <= one < start + minute for one in went) for start in went]
    assert len(went) == 12
    assert max(within) == 4


async def test_each_choice_is_counted_and_names_nobody(
    followers: Database, account: Platform
) -> None:
    metrics = Metrics()
    await open_windows(followers, account, 0)
    await say(followers, row(0), row(1))
    await plan(followers, planner(account, metrics=metrics))
    shown = metrics.text().decode()

    for way, reason in (("custom", "open"), ("held", "window")):
        line = f'{{channel="official_account",reason="{reason}",way="{way}"}} 1.0'
        assert f"xuntong_planned_total{line}" in shown


async def test_quiet_hours_are_kept(followers: Database, account: Platform) -> None:
    await open_windows(followers, account, 0, 1)
    await say(followers, row(0, purpose="notice", urgency=3), row(1))
    night = datetime(2026, 5, 18, 14, tzinfo=UTC)
    rows, routes = await plan(followers, planner(account, hours=Hours()), now=night)

    told = {one.purpose: route for one, route in zip(rows, routes, strict=True)}
    assert told == {
        "notice": Again("quiet", "quiet hours", 10 * 3600.0),
        "result": Go("custom"),
    }


@pytest.fixture
async def second(
    followers: Database, database_url: str, vault: Vault
) -> AsyncIterator[Database]:
    """Another process on the same data."""
    other = Database(database_url, vault)
    yield other
    await other.close()


async def relay_all(
    databases: Sequence[Database], platforms: Sequence[Platform]
) -> None:
    """As many processes as databases send until nothing is left to send."""
    relays = [
        Relay(
            database,
            platforms,
            planner=planner(*platforms),
            clock=Clock(),
            owner=f"w{number}",
            pace=Pace(8, 8, jitter=lambda: 0.0),
        )
        for number, database in enumerate(databases)
    ]
    for _ in range(3):
        await asyncio.gather(*(one.drain() for one in relays))


async def test_two_processes_never_count_on_the_same(
    followers: Database, second: Database, account: Platform
) -> None:
    """A strict platform refuses nothing, and nothing that could go stays behind."""
    await open_windows(followers, account, *range(20), sends=3)
    await agree(followers, account, *range(10, 30))
    await say(followers, *(row(n, kind="result") for n in range(30) for _ in range(6)))
    await relay_all([followers, second], [account])

    assert account.refused == []
    assert await states(followers) == {
        ("delivered", "custom"): 60,
        ("delivered", "subscribe"): 20,
        ("held", ""): 100,
    }
    assert len(account.sent) == 80


async def test_a_quota_is_never_overspent_by_two_processes(
    followers: Database, second: Database, account: Platform
) -> None:
    account.offered = msgspec.structs.replace(ACCOUNT, quotas={"custom": 50})
    await open_windows(followers, account, *range(60))
    await say(followers, *(row(n) for n in range(60)))
    await relay_all([followers, second], [account])

    assert len(account.sent) == 45
    assert await states(followers) == {("delivered", "custom"): 45, ("waiting", ""): 15}


async def test_a_refused_way_is_left_for_the_next_one(
    followers: Database, account: Platform, wecom: Platform
) -> None:
    """The platform's word against our books: its word holds."""
    await open_windows(followers, account, 0, 1)
    account.free.clear()
    await bind(followers, 1)
    await say(
        followers,
        row(0, kind="deadline", urgency=1),
        row(1),
    )
    await relay_all([followers], [account, wecom])

    assert account.refused == ["45047"] * 2
    assert (account.sent, wecom.sent) == ([("o0", "template")], [("w1", "app")])
    assert await left(followers, 0) == (0, 0)


async def test_who_left_without_a_word_is_met_elsewhere_or_ends(
    followers: Database, account: Platform, wecom: Platform
) -> None:
    await open_windows(followers, account, 0, 1)
    await bind(followers, 1)
    await say(followers, row(0), row(1))
    account.answers = [Failed("43004", "left", unreachable=True)] * 2
    await relay_all([followers], [account, wecom])

    assert account.answers == []
    assert (account.sent, wecom.sent) == ([], [("w1", "app")])
    assert await states(followers) == {("failed", ""): 1, ("delivered", "app"): 1}
    query = select(rows_table.c.error_code).where(rows_table.c.state == "failed")
    async with followers.reading() as uow:
        assert (await uow.execute(query)).scalar_one() == "43004"
