"""F19: a notice to very many, a tenth of whom left for good, interrupted again and again.

Two workers share the work; one after the other is killed, or stopped politely,
and comes back. The sum is exact: everybody is told once, or is known not to be
reachable. Meanwhile others are answered.
"""

from __future__ import annotations

import asyncio
import random
import signal
from collections.abc import AsyncIterator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from datetime import UTC, datetime
from pathlib import Path

import msgspec
import pytest

from bot.jobs.lanes import AT_ONCE, NOTICES_AT_ONCE
from bot.ports import Push
from conversations.model import Reply
from storage import outbox, people
from storage.database import Database
from storage.outbox import OutboxRow
from tests.faults.seeds import seed, tell
from tests.jobs.lives import Lives, ShowsOnce
from tests.jobs.post import outcomes

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
