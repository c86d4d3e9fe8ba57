"""The door under a reception that fails in every way: nobody waits for ever."""

from __future__ import annotations

import asyncio
import contextlib
import random
from collections import Counter, defaultdict
from collections.abc import Sequence
from pathlib import Path

import pytest

from bot.actions.inbound import Answered, BatchOutcome, Leaves, UnavailableError
from bot.door import InboundDoor
from bot.metrics import Metrics
from bot.ports import Envelope
from bot.spool import Spool
from conversations.model import Reply
from storage.crypto import Vault
from tests.door.post import letter


class MoodyError(Exception):
    """The reception is not in the mood."""


class MoodyReception:
    """Answers, puts off, sends away and fails, as its dice say."""

    def __init__(self, dice: random.Random, *, breaks: float = 0) -> None:
        self._dice = dice
        self._breaks = breaks
        self._at_work: set[str] = set()
        self.answered: defaultdict[str, list[str]] = defaultdict(list)
        self.done: set[str] = set()

    async def receive_batch(self, envelopes: Sequence[Envelope]) -> list[BatchOutcome]:
        senders = [one.address for one in envelopes]
        assert len(set(senders)) == len(senders)
        assert not self._at_work & set(senders), "two of one person at a time"
        self._at_work |= set(senders)
        try:
            await self._dawdle()
            if self._dice.random() < 0.2:
                raise MoodyError
            return [self._outcome(one) for one in envelopes]
        finally:
            self._at_work -= set(senders)

    def _outcome(self, envelope: Envelope) -> BatchOutcome:
        mood = self._dice.random()
        if mood < 0.2:
            return Leaves.ALONE
        return Leaves.LATER if mood < 0.4 else self._answer(envelope)

    async def receive_alone(self, envelope: Envelope) -> Answered:
        assert envelope.address not in self._at_work, "two of one person at a time"
        self._at_work.add(envelope.address)
        try:
            await self._dawdle()
            mood = self._dice.random()
            if mood < 0.1:
                raise UnavailableError
            if mood < 0.1 + self._breaks:
                raise MoodyError
            return self._answer(envelope)
        finally:
            self._at_work.discard(envelope.address)

    def _answer(self, envelope: Envelope) -> Answered:
        if envelope.message_key not in self.done:
            self.done.add(envelope.message_key)
            self.answered[envelope.address].append(envelope.inbound.text)
        return Answered(envelope.message_key.encode())

    async def _dawdle(self) -> None:
        for _ in range(self._dice.randint(0, 5)):
            await asyncio.sleep(0)

    async def push_late(self, envelope: Envelope, replies: Sequence[Reply]) -> None:
        raise AssertionError("nobody is late here")

    async def refusal(self, envelope: Envelope) -> bytes:
        raise AssertionError("everything can be kept here")


@pytest.mark.parametrize("drainers", [1, 2, 3])
@pytest.mark.parametrize("seed", range(10))
async def test_every_message_is_answered_kept_or_refused(
    tmp_path: Path, drainers: int, seed: int
) -> None:
    dice = random.Random(seed)
    reception = MoodyReception(dice, breaks=0.1)
    spool = Spool(tmp_path, Vault(["a secret"]))
    spool.prepare()
    door = InboundDoor(
        reception, spool, Metrics(), drainers=drainers, batch_size=4, patience=60
    )
    letters = [letter(f"甲{dice.randrange(6)}", str(n)) for n in range(60)]
    deliveries = [one for one in letters for _ in range(dice.choice((1, 1, 3)))]

    async def deliver(one: Envelope) -> str:
        for _ in range(dice.randint(0, 20)):
            await asyncio.sleep(0)
        try:
            answer = await door.receive(one)
        except MoodyError:
            return "refused"
        assert answer in (b"", one.message_key.encode())
        return "answered" if answer else "kept"

    ends = Counter(await asyncio.gather(*(deliver(one) for one in deliveries)))
    await door.close()
    assert sum(ends.values()) == len(deliveries)
    _is_idle(door)
    await _empty(door, spool)
    await door.close()
    _is_idle(door)


async def _empty(door: InboundDoor, spool: Spool) -> None:
    """In the end, whatever was kept is taken in."""
    while list(spool.waiting()):
        with contextlib.suppress(UnavailableError):
            await door.empty_spool()


def _is_idle(door: InboundDoor) -> None:
    assert not door._queue
    assert not door._under_way
    assert not door._busy_people
    assert not door._tasks
    assert door._draining == 0


@pytest.mark.parametrize("seed", range(20))
async def test_nobody_overtakes_themselves(tmp_path: Path, seed: int) -> None:
    """Each message comes once the one before was answered, or put on disk."""
    dice = random.Random(seed)
    reception = MoodyReception(dice)
    spool = Spool(tmp_path, Vault(["a secret"]))
    spool.prepare()
    door = InboundDoor(
        reception, spool, Metrics(), drainers=2, batch_size=4, patience=60
    )

    async def speak(sender: str) -> None:
        for number in range(12):
            await door.receive(letter(sender, str(number)))

    await asyncio.gather(*(speak(f"甲{number}") for number in range(6)))
    await _empty(door, spool)
    await door.close()

    for said in reception.answered.values():
        assert said == [str(number) for number in range(12)]
