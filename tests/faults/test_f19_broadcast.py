"""F19: a notice to very many, a tenth of whom left for good, interrupted again and again.

Two workers share the work; one after the other is killed, or stopped politely,
and comes back. The sum is exact: everybody is told once, or is known not to be
reachable. Meanwhile others are answered.
"""

from __future__ import annotations

import asyncio
import itertools
import random
import signal
from collections.abc import AsyncIterator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from datetime import UTC, datetime
from pathlib import Path

import msgspec
import pytest
from sqlalchemy import func, select

from bot.clock import SystemClock
from bot.jobs.lanes import AT_ONCE, NOTICES_AT_ONCE
from bot.ports import Push
from conversations.model import Reply
from storage import outbox, people
from storage.database import Database
from storage.outbox import LEAST_URGENT, OutboxRow
from storage.tables.messages import quotas
from tests.actions.timeworld import Country
from tests.chaos.waiting import until
from tests.faults.broadcasts import OFFICIALS, freeze, kill, publish, teller
from tests.faults.delivering import (
    TEMPLATE,
    by_state,
    door,
    fates,
    names,
    settings_for,
    shown,
    unsettled,
)
from tests.faults.seeds import seed, tell
from tests.jobs.lives import Lives, ShowsOnce
from tests.jobs.post import outcomes
from tests.platforms.callbacks import Callbacks
from tests.platforms.messages import openid_of
from tests.platforms.official_account import OfficialAccountPlatform
from tests.platforms.standing import Limits

BEGAN = datetime(2026, 5, 18, 1, tzinfo=UTC)
CHANNEL = "official_account"
WORKERS = 2
OTHERS = 100
"""Persons who do not get the notice, and are answered meanwhile."""

_AT_A_TIME = 1000
_BETWEEN_REPLIES = 0.05


class Scale(msgspec.Struct, frozen=True):
    """How many are told, and how often a worker is interrupted."""

    recipients: int
    interruptions: int

    @property
    def gone(self) -> frozenset[str]:
        """The addresses of those who left: every tenth."""
        return frozenset(_openid(f"{n}") for n in range(3, self.recipients, 10))


def _openid(name: str) -> str:
    return f"o{name:>027}"


def _row(
    key: str, name: str, *, purpose: str, urgency: int, now: datetime
) -> OutboxRow:
    return OutboxRow(
        id=key,
        dedupe_key=key,
        person_id=f"p{name}",
        address_id=f"a{name}",
        channel=CHANNEL,
        purpose=purpose,
        urgency=urgency,
        body=msgspec.json.encode(Push(reply=Reply(text="开班通知"))),
        not_before=now,
        notice_id="n1" if purpose == "notice" else None,
    )


async def _announce(database: Database, scale: Scale) -> None:
    """Put the notice in the outbox, and make the persons."""
    told = [f"{n}" for n in range(scale.recipients)]
    names = [*told, *(f"other{n}" for n in range(OTHERS))]
    for start in range(0, len(names), _AT_A_TIME):
        some = names[start : start + _AT_A_TIME]
        newcomers = [people.Newcomer(_openid(n), f"p{n}", f"a{n}") for n in some]
        rows = [
            _row(f"n1-{n}", n, purpose="notice", urgency=3, now=BEGAN)
            for n in some[: max(0, len(told) - start)]
        ]
        async with database.transaction() as uow:
            await people.create(uow, channel=CHANNEL, newcomers=newcomers, now=BEGAN)
            await outbox.enqueue(uow, rows, now=BEGAN)
            await uow.commit()


async def _answer_others(database: Database, decided: dict[str, float]) -> None:
    """Put one reply after the other in the outbox, until cancelled; note when."""
    number = 0
    while True:
        now = datetime.now(UTC)  # noqa: TID251 -- as the workers, in processes of their own
        name = f"other{number % OTHERS}"
        row = _row(f"reply-{number}", name, purpose="reply", urgency=0, now=now)
        async with database.transaction() as uow:
            await outbox.enqueue(uow, [row], now=now)
            await uow.commit()
        key = outbox.client_message_id(row.dedupe_key)
        decided[key] = asyncio.get_running_loop().time()
        number += 1
        await asyncio.sleep(_BETWEEN_REPLIES)


@asynccontextmanager
async def _workers(
    url: str, folder: Path, platform: ShowsOnce
) -> AsyncIterator[Sequence[Lives]]:
    async with AsyncExitStack() as stack:
        workers = [
            await stack.enter_async_context(
                Lives.of(
                    url,
                    folder,
                    platform,
                    at_once=AT_ONCE,
                    notices_at_once=NOTICES_AT_ONCE,
                )
            )
            for _ in range(WORKERS)
        ]
        for worker in workers:
            await worker.begin()
        yield workers


async def _interrupt(
    workers: Sequence[Lives], platform: ShowsOnce, scale: Scale, chance: random.Random
) -> int:
    """End one worker after the other at any time, and begin anew; how many were killed."""
    step = scale.recipients // (scale.interruptions + 1)
    killed = 0
    for number in range(scale.interruptions):
        await platform.until(step * number + chance.randint(1, step))
        worker = workers[number % len(workers)]
        sent = chance.choice([signal.SIGKILL, signal.SIGKILL, signal.SIGTERM])
        worker.end(sent)
        status = await worker.over()
        assert status == (-signal.SIGKILL if sent is signal.SIGKILL else 0)
        killed += sent is signal.SIGKILL
        await worker.begin()
    return killed


async def _tell_all(
    database: Database, url: str, folder: Path, scale: Scale, used: int
) -> float:
    """Live through it, and prove the sums; how long replies took, at p95, in seconds."""
    await _announce(database, scale)
    async with (
        ShowsOnce(scale.gone).open() as platform,
        _workers(url, folder / "journal", platform) as workers,
    ):
        decided: dict[str, float] = {}
        replies = asyncio.ensure_future(_answer_others(database, decided))
        chance = random.Random(used)
        killed = await _interrupt(workers, platform, scale, chance)
        await platform.until(scale.recipients)
        replies.cancel()
        assert [await worker.over() for worker in workers] == [0] * WORKERS
    assert killed > 0
    await _prove(database, platform, scale, killed)
    took = sorted(platform.came[reply] - at for reply, at in decided.items())
    return took[int(0.95 * len(took))]


async def _prove(
    database: Database, platform: ShowsOnce, scale: Scale, killed: int
) -> None:
    counted = {outcome.state: outcome.count for outcome in await _counts(database)}
    gone = len(scale.gone)
    assert counted == {"delivered": scale.recipients - gone, "failed": gone}
    told = {_openid(f"{n}") for n in range(scale.recipients)} - scale.gone
    shown = {one: n for one, n in platform.shown.items() if "other" not in one}
    assert shown == dict.fromkeys(told, 1)
    assert set(platform.refused) == scale.gone
    replies = (await outcomes(database))["delivered"] - len(told)
    assert sum(platform.shown.values()) == len(told) + replies
    # Only what was in flight when somebody was killed is asked for again.
    calls = platform.calls.total() - scale.recipients - replies
    assert 0 <= calls <= killed * (2 * AT_ONCE + NOTICES_AT_ONCE)
    assert set(await outcomes(database)) == {"delivered", "failed"}


async def _counts(database: Database) -> Sequence[outbox.Counted]:
    async with database.reading() as uow:
        return await outbox.counts_by_outcome(uow, notice_id="n1")


async def test_everybody_is_told_once_through_interruptions(
    database: Database, database_url: str, tmp_path: Path
) -> None:
    scale = Scale(recipients=2000, interruptions=5)
    await _tell_all(database, database_url, tmp_path, scale, used=19)


@pytest.mark.chaos
@pytest.mark.timeout(1800)
async def test_100_000_are_told_once_through_20_interruptions(
    database: Database, database_url: str, tmp_path: Path
) -> None:
    used = seed()
    scale = Scale(recipients=100_000, interruptions=20)
    p95 = await _tell_all(database, database_url, tmp_path, scale, used)
    tell("F19", used, recipients=scale.recipients, replies_p95_seconds=f"{p95:.2f}")
    assert p95 < 1


# By the platform's own rules: its quota, its errors, its receipts, people who write


async def test_f19_the_sum_is_exact_by_the_platforms_own_rules(
    database: Database, database_url: str, tmp_path: Path
) -> None:
    scale = Scale(recipients=200, interruptions=2)
    took = await _broadcast(database, database_url, tmp_path, scale, used=19)
    assert took


@pytest.mark.chaos
@pytest.mark.timeout(3600)
async def test_f19_100_000_by_the_platforms_own_rules(
    database: Database, database_url: str, tmp_path: Path
) -> None:
    used = seed()
    scale = Scale(recipients=100_000, interruptions=20)
    took = sorted(await _broadcast(database, database_url, tmp_path, scale, used))
    p95 = took[int(0.95 * len(took))]
    tell("F19", used, recipients=scale.recipients, answers_p95_seconds=f"{p95:.2f}")
    assert p95 < 1


async def _broadcast(
    database: Database, url: str, folder: Path, scale: Scale, used: int
) -> list[float]:
    """Publish a notice and live through it; how long each answer took meanwhile."""
    now, quota = SystemClock().now(), 2 * scale.recipients
    country, everybody = Country(database), names("f", scale.recipients)
    limits = Limits(template_a_day=quota)
    async with OfficialAccountPlatform(limits=limits, seed=used) as platform:
        settings = settings_for(url, platform, folder, template_quota=quota)
        await publish(country, platform, everybody, now)
        left = {openid_of(name) for name in everybody[3::10]}
        for openid in left:
            platform.people[openid].follows = False
        for fault in (-1, "http500"):
            platform.faults.rate(fault, 0.02, call=TEMPLATE)
        async with door(settings, SystemClock(), platform), teller(settings) as lives:
            await lives.begin()
            took = await _live(country, platform, lives, scale, used)
            lives.end(signal.SIGTERM)
            assert await lives.over() == 0
        assert platform.attempts[TEMPLATE] <= quota
        # A death costs the day no more than the calls that were under way.
        counted = await _counted_today(database)
        lost = counted - platform.attempts[TEMPLATE]
        assert 0 <= lost <= scale.interruptions * NOTICES_AT_ONCE
        told = ({openid_of(name) for name in everybody} | OFFICIALS) - left
        await _prove_the_sum(database, platform, told, left, scale)
        return took


async def _counted_today(database: Database) -> int:
    """How many template messages our own books say the day has had."""
    query = select(func.sum(quotas.c.used)).where(
        quotas.c.name == "official_account:template"
    )
    async with database.reading() as uow:
        return int((await uow.execute(query)).scalar_one())


async def _live(
    country: Country,
    platform: OfficialAccountPlatform,
    lives: Lives,
    scale: Scale,
    used: int,
) -> list[float]:
    """Make the list and send it, both dying all the while; how long answers took."""
    draw, now = random.Random(used), SystemClock().now()
    people_, batch = scale.recipients, max(20, scale.recipients // 200)
    took: list[float] = []
    talking = asyncio.ensure_future(_talk(platform, took))
    died, _ = await asyncio.gather(
        freeze(country, now, draw, batch=batch),
        kill(lives, platform, draw, people=people_, times=scale.interruptions),
    )

    async def is_over() -> bool:
        return await unsettled(country.database) == 0

    await until(is_over, every=0.5, within=3000)
    talking.cancel()
    with pytest.raises(asyncio.CancelledError):
        await talking
    assert died > 0
    return took


async def _talk(platform: OfficialAccountPlatform, took: list[float]) -> None:
    """Other people write, one after the other, and are answered; until cancelled."""
    time = asyncio.get_running_loop().time
    # Not in line behind the platform's own events.
    callbacks = Callbacks(platform, platform.callbacks.urls)
    try:
        for number in itertools.count():
            who = openid_of(f"w{number % OTHERS:06d}")
            platform.admit([who])
            said = platform.message(who, {"MsgType": "text", "Content": "帮助"})
            began = time()
            answered = await callbacks.deliver(said, who)
            took.append(time() - began)
            assert answered.trouble == ""
            await asyncio.sleep(_BETWEEN_REPLIES)
    finally:
        await callbacks.close()


async def _prove_the_sum(
    database: Database,
    platform: OfficialAccountPlatform,
    told: set[str],
    left: set[str],
    scale: Scale,
) -> None:
    found = [one for one in await fates(database) if one.urgency == LEAST_URGENT]
    states = by_state(found)
    # Sent: its receipt came while who had asked was dead, and nobody knew its id.
    assert states.keys() <= {"delivered", "sent", "failed"}
    assert states["delivered"] + states["sent"] == len(told)
    assert states["failed"] == len(left)
    assert {one.error_code for one in found if one.state == "failed"} == {"43004"}
    assert shown(platform, TEMPLATE) == dict.fromkeys(told, 1)
    # Who left is asked for once; once more at most by who was killed meanwhile.
    again = platform.refused[f"{TEMPLATE}:43004"] - len(left)
    repeated = sum(entry.repeat for entry in platform.ledger)
    assert 0 <= again + repeated <= scale.interruptions * NOTICES_AT_ONCE
    assert platform.refused[f"{TEMPLATE}:45009"] == 0
    assert platform.faults.count(-1) > 0
    assert platform.faults.count("http500") > 0
