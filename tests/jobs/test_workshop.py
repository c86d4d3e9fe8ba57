"""Slow work: done at least once, counted once, told before it is marked done."""

from __future__ import annotations

import asyncio
import itertools
from datetime import timedelta

import pytest
from sqlalchemy import delete

from bot.jobs.work import Product, UnreachableError, announced, file_id
from bot.jobs.workshop import BACK_OFF, LEASE_SECONDS, as_pushes
from conversations.model import JobResult, Reply
from storage.database import Database, UnitOfWork
from storage.files import NewFile
from storage.jobs import ClaimedJob
from storage.tables.messages import jobs as jobs_table
from tests.jobs.bench import ADDRESS, NOW, PERSON, Bench, Door


@pytest.fixture
async def bench(database: Database) -> Bench:
    return await Bench(database).set_up()


def made(job: ClaimedJob, *, draft: str = "") -> Product:
    file = NewFile(file_id(job), PERSON, "chart", "image/png", "a.png", b"png")
    reply = Reply(kind="image", ref=file.id, name=file.name)
    return Product(file=file.id, files=(file,), replies=(reply,), draft=draft)


async def make(job: ClaimedJob) -> Product:
    return made(job)


async def break_down(_job: ClaimedJob) -> Product:
    raise RuntimeError("no")


async def test_a_result_is_told_through_the_door_and_the_job_is_done(
    bench: Bench,
) -> None:
    await bench.ask("chart")
    done = await bench.workshop({"chart": make}).work_off()
    (envelope,) = bench.door.envelopes

    assert done == 1
    assert (envelope.channel, envelope.address) == ("internal", ADDRESS)
    assert envelope.message_key == "job:job-1"
    assert envelope.inbound.job == JobResult("job-1", "chart", True, file="job-1-f1")
    assert await bench.states() == {"job-1": ("done", 1)}
    assert await bench.count_files() == 1
    assert [push.reply.ref for push in await bench.pushes()] == ["job-1-f1"]


def test_every_reply_to_a_result_leaves_as_a_push() -> None:
    replies = (Reply(text="一"), Reply(text="二"))
    encoded = as_pushes(replies, NOW)

    assert (encoded.remembered, encoded.overflow) == (b"", replies)


async def test_a_failing_job_is_tried_with_growing_pauses_then_told_as_failed(
    bench: Bench,
) -> None:
    await bench.ask("chart")
    workshop = bench.workshop({"chart": break_down})
    tries = []
    for pause in (0.0, *BACK_OFF):
        bench.clock.move(pause - 1 if pause else 0)
        early = await workshop.work_off() if pause else 0
        bench.clock.move(1)
        tries.append((early, await workshop.work_off()))

    assert tries == [(0, 1)] * 4
    assert bench.door.results == [
        JobResult("job-1", "chart", ok=False, reason="failed")
    ]
    assert await bench.states() == {"job-1": ("failed", 4)}


async def test_what_cannot_be_had_is_waited_for_longer_and_longer(
    bench: Bench,
) -> None:
    tries: list[float] = []
    patience = 3 * 3600.0

    async def fetch(job: ClaimedJob) -> Product:
        age = (bench.clock.now() - job.created_at).total_seconds()
        tries.append(age)
        if age < patience:
            raise UnreachableError("unreachable")
        return Product(ok=False, reason="expired")

    await bench.ask("photo")
    workshop = bench.workshop({"photo": fetch})
    while not bench.door.results:
        await workshop.work_off()
        due = await bench.due()
        bench.clock.at = due - timedelta(seconds=1)
        await workshop.work_off()
        bench.clock.at = due

    waits = [later - earlier for earlier, later in itertools.pairwise(tries)]
    assert waits == sorted(waits)
    assert (waits[0], waits[-1]) == (2, 1800)
    assert len(tries) < 20
    assert bench.door.results == [
        JobResult("job-1", "photo", ok=False, reason="expired")
    ]
    # What the others did not give is not counted against the job.
    assert await bench.states() == {"job-1": ("done", 1)}


async def test_the_first_beginning_of_a_job_is_told_once(bench: Bench) -> None:
    begun: list[str] = []
    ways: list[type[Exception]] = [UnreachableError, RuntimeError]

    async def stumble(job: ClaimedJob) -> Product:
        if ways:
            raise ways.pop(0)("unreachable")
        return made(job)

    await bench.ask("chart")
    task = announced(stumble, lambda job: begun.append(job.id))
    workshop = bench.workshop({"chart": task})
    for _ in range(3):
        await workshop.work_off()
        bench.clock.move(BACK_OFF[0])

    assert begun == ["job-1"]
    assert len(bench.door.results) == 1


async def test_a_job_that_ends_its_process_each_time_is_given_up(bench: Bench) -> None:
    runs = []

    async def die(job: ClaimedJob) -> Product:
        runs.append(job.attempts)
        # What a killed process leaves behind: a lease that runs out.
        raise asyncio.CancelledError

    await bench.ask("chart")
    workshop = bench.workshop({"chart": die})
    for _ in range(6):
        bench.clock.move(LEASE_SECONDS + 1)
        await asyncio.gather(workshop.work_off(), return_exceptions=True)

    assert runs == [1, 2, 3, 4]
    assert await bench.states() == {"job-1": ("failed", 5)}


async def test_a_result_the_door_did_not_take_is_told_again_and_counts_once(
    bench: Bench,
) -> None:
    bench.door = Door(closed=1)
    await bench.ask("chart")
    workshop = bench.workshop({"chart": make})
    await workshop.work_off()
    between = await bench.states()
    bench.clock.move(10)
    await workshop.work_off()

    assert between == {"job-1": ("waiting", 1)}
    assert len(bench.door.results) == 1
    assert await bench.states() == {"job-1": ("done", 2)}
    assert await bench.count_files() == 1
    assert len(await bench.pushes()) == 1


async def test_nothing_is_kept_of_a_job_that_was_erased_meanwhile(
    bench: Bench,
) -> None:
    async def erase_then_make(job: ClaimedJob) -> Product:
        async with bench.database.transaction() as uow:
            await uow.execute(delete(jobs_table))
            await uow.commit()
        return made(job)

    await bench.ask("chart")
    await bench.workshop({"chart": erase_then_make}).work_off()

    assert bench.door.results == []
    assert await bench.count_files() == 0
    assert await bench.pushes() == []


async def test_nothing_is_kept_for_a_draft_that_was_closed_meanwhile(
    bench: Bench,
) -> None:
    async def make_for_draft(job: ClaimedJob) -> Product:
        return made(job, draft="draft-1")

    await bench.ask("form_picture")
    await bench.workshop({"form_picture": make_for_draft}).work_off()

    assert bench.door.results == []
    assert await bench.states() == {"job-1": ("done", 1)}
    assert await bench.count_files() == 0
    assert await bench.pushes() == []


async def test_what_belongs_to_a_product_is_written_with_it_or_not_at_all(
    bench: Bench,
) -> None:
    async def write(uow: UnitOfWork) -> tuple[Reply, ...]:
        raise ConnectionError

    async def make_more(job: ClaimedJob) -> Product:
        return Product(files=made(job).files, afterwards=write)

    await bench.ask("stamp")
    await bench.workshop({"stamp": make_more}).work_off()

    assert await bench.count_files() == 0
    assert await bench.states() == {"job-1": ("waiting", 1)}


async def test_at_most_two_jobs_are_in_hand_at_once(bench: Bench) -> None:
    in_hand, most = 0, 0
    go_on = asyncio.Event()
    both, all_five = asyncio.Event(), asyncio.Event()
    done = 0

    async def hold(_job: ClaimedJob) -> Product:
        nonlocal in_hand, most, done
        in_hand += 1
        most = max(most, in_hand)
        if in_hand == 2:
            both.set()
        await go_on.wait()
        in_hand -= 1
        done += 1
        if done == 5:
            all_five.set()
        return Product(silent=True)

    for number in range(5):
        await bench.ask("chart", f"job-{number}")
    workshop = bench.workshop({"chart": hold})
    running = asyncio.create_task(workshop.run())
    await both.wait()
    go_on.set()
    await all_five.wait()
    await workshop.stop()
    await running

    assert most == 2
    assert {state for state, _ in (await bench.states()).values()} == {"done"}


async def test_a_woken_workshop_looks_at_once(bench: Bench) -> None:
    told = asyncio.Event()

    async def tell(_job: ClaimedJob) -> Product:
        told.set()
        return Product(silent=True)

    workshop = bench.workshop({"chart": tell}, look_every=3600)
    running = asyncio.create_task(workshop.run())
    await bench.ask("chart")
    workshop.wake()
    await told.wait()
    await workshop.stop()
    await running

    assert await bench.states() == {"job-1": ("done", 1)}


async def test_work_of_unknown_kinds_is_left_for_others(bench: Bench) -> None:
    await bench.ask("unknown")

    assert await bench.workshop({"chart": make}).work_off() == 0
    assert await bench.states() == {"job-1": ("waiting", 0)}


async def test_a_lease_that_ran_out_is_taken_over_and_its_first_owner_keeps_nothing(
    bench: Bench,
) -> None:
    second = bench.workshop({"chart": make})

    async def be_slow(job: ClaimedJob) -> Product:
        bench.clock.move(LEASE_SECONDS + 1)
        second._owner = "process-2"
        await second.work_off()
        return made(job)

    await bench.ask("chart")
    await bench.workshop({"chart": be_slow}).work_off()

    assert len(bench.door.results) == 1
    assert await bench.states() == {"job-1": ("done", 2)}
    assert await bench.count_files() == 1
    assert timedelta(seconds=LEASE_SECONDS) < bench.clock.now() - NOW
