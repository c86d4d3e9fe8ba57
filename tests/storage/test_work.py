"""Jobs, files, links, tokens, switches, throttles, the log: what each promises."""

from __future__ import annotations

import asyncio
from datetime import UTC, date, datetime, timedelta

import pytest

from storage import (
    audit,
    files,
    jobs,
    links,
    submissions,
    switches,
    throttles,
    tokens,
)
from storage.audit import AuditRow
from storage.database import Database
from storage.errors import TooLargeError
from storage.files import NewFile
from storage.jobs import JobRow
from storage.links import LinkRow, NewLink
from storage.submissions import Submission
from storage.switches import SwitchRow
from storage.tokens import Token

NOW = datetime(2026, 3, 1, 1, tzinfo=UTC)
HOUR = timedelta(hours=1)


def job(name: str, kind: str = "photo", not_before: datetime = NOW) -> JobRow:
    return JobRow(name, kind, "p1", "a1", {"media": name}, not_before)


async def enqueue(database: Database, *rows: JobRow) -> None:
    async with database.transaction() as uow:
        await jobs.enqueue(uow, rows, now=NOW)
        await uow.commit()


async def claim(
    database: Database, owner: str = "w1", *, now: datetime = NOW, limit: int = 10
) -> tuple[jobs.ClaimedJob, ...]:
    async with database.transaction() as uow:
        claimed = await jobs.claim(
            uow,
            kinds=["photo", "chart"],
            owner=owner,
            limit=limit,
            now=now,
            lease_seconds=60,
        )
        await uow.commit()
    return claimed


async def test_a_due_job_of_a_known_kind_is_claimed_with_its_payload(
    database: Database,
) -> None:
    await enqueue(
        database, job("j1"), job("j2", not_before=NOW + HOUR), job("j3", kind="unknown")
    )
    (one,) = await claim(database)

    assert (one.id, one.kind, one.person_id, one.address_id, one.payload) == (
        "j1",
        "photo",
        "p1",
        "a1",
        {"media": "j1"},
    )


async def test_a_job_is_done_once_unless_its_lease_runs_out(database: Database) -> None:
    await enqueue(database, job("j1"))
    first = await claim(database, "w1")
    during = await claim(database, "w2", now=NOW + timedelta(seconds=60))
    after = await claim(database, "w2", now=NOW + timedelta(seconds=61))
    async with database.transaction() as uow:
        ended = [
            await jobs.finish(uow, job_id="j1", owner=owner) for owner in ("w1", "w2")
        ]
        await uow.commit()

    assert [len(each) for each in (first, during, after)] == [1, 0, 1]
    assert after[0].attempts == 2
    assert ended == [False, True]
    assert await claim(database, "w3", now=NOW + HOUR) == ()


async def test_workers_at_once_never_share_a_job(database: Database) -> None:
    await enqueue(database, *(job(f"j{n}") for n in range(30)))
    batches = await asyncio.gather(
        *(claim(database, f"w{n}", limit=4) for n in range(8))
    )
    claimed = [one.id for batch in batches for one in batch]

    assert len(claimed) == len(set(claimed))


async def test_a_job_is_tried_again_or_given_up(database: Database) -> None:
    await enqueue(database, job("j1"), job("j2"))
    await claim(database)
    async with database.transaction() as uow:
        await jobs.retry(uow, job_id="j1", owner="w1", not_before=NOW + HOUR)
        await jobs.fail(uow, job_id="j2", owner="w1", error="no picture")
        await uow.commit()
    again = await claim(database, now=NOW + HOUR)
    async with database.transaction() as uow:
        forgotten = await jobs.forget_ended(uow, older_than=NOW + HOUR)

    assert [(one.id, one.attempts) for one in again] == [("j1", 2)]
    assert forgotten == 1


async def test_a_file_comes_back_as_it_went_in(database: Database) -> None:
    content = bytes(range(256)) * 10
    new = NewFile("f1", "p1", "photo", "image/jpeg", "照片.jpg", content, subject="d1")
    async with database.transaction() as uow:
        await files.put(uow, new, now=NOW)
        row = await files.get(uow, file_id="f1")
        found = await files.find(uow, purpose="photo", subject="d1")
        info = await files.info(uow, file_id="f1")
        await files.remove_of(uow, subject="d1")
        gone = await files.get(uow, file_id="f1")

    assert row is not None
    assert row.content == content
    assert (row.info.name, row.info.size, row.info.media_type) == (
        "照片.jpg",
        2560,
        "image/jpeg",
    )
    assert found == (row.info,)
    assert info == row.info
    assert gone is None


async def test_a_file_over_the_limit_is_refused(database: Database) -> None:
    new = NewFile("f1", "p1", "photo", "image/jpeg", "a", bytes(files.MAX_BYTES + 1))
    async with database.transaction() as uow:
        with pytest.raises(TooLargeError):
            await files.put(uow, new, now=NOW)


async def test_a_link_works_once_and_in_time(database: Database) -> None:
    link = NewLink("secret", "upload", "d1", "p1", NOW + HOUR)
    row = LinkRow("upload", "d1", "p1", NOW + HOUR)
    async with database.transaction() as uow:
        await links.create(uow, link)
        await uow.commit()

    async def use(now: datetime = NOW) -> LinkRow | None:
        async with database.transaction() as uow:
            used = await links.use(uow, token="secret", now=now)
            await uow.commit()
        return used

    late = await use(NOW + HOUR)
    together = await asyncio.gather(*(use() for _ in range(5)))
    async with database.reading() as uow:
        after = await links.read(uow, token="secret", now=NOW)

    assert late is None
    assert [one for one in together if one] == [row]
    assert after is None


async def test_one_process_fetches_the_token_for_all(database: Database) -> None:
    async def lease(generation: int, now: datetime = NOW) -> bool:
        async with database.transaction() as uow:
            taken = await tokens.lease(
                uow, account="wx", generation=generation, now=now, seconds=10
            )
            await uow.commit()
        return taken

    async def replace(generation: int, value: str) -> bool:
        async with database.transaction() as uow:
            done = await tokens.replace(
                uow,
                account="wx",
                generation=generation,
                value=value,
                expires_at=NOW + HOUR,
            )
            await uow.commit()
        return done

    first = await asyncio.gather(*(lease(0) for _ in range(4)))
    after_a_crash = await lease(0, NOW + timedelta(seconds=10))
    replaced = [await replace(0, "t1"), await replace(0, "t2")]
    stale, fresh = await lease(0, NOW + HOUR), await lease(1)
    async with database.reading() as uow:
        token = await tokens.read(uow, account="wx")
        none = await tokens.read(uow, account="other")

    assert sorted(first) == [False, False, False, True]
    assert after_a_crash is True
    assert replaced == [True, False]
    assert (stale, fresh) == (False, True)
    assert token == Token("t1", NOW + HOUR, 1)
    assert none is None


async def test_a_failed_fetch_gives_the_right_back(database: Database) -> None:
    async with database.transaction() as uow:
        asked = {"account": "wx", "generation": 0}
        await tokens.lease(uow, **asked, now=NOW, seconds=10)  # type: ignore[arg-type]  # plain mapping
        await tokens.release(uow, account="wx", generation=0)
        again = await tokens.lease(uow, account="wx", generation=0, now=NOW, seconds=10)

        assert await tokens.read(uow, account="wx") is None

    assert again is True


async def test_a_feature_is_off_until_its_time(database: Database) -> None:
    async with database.transaction() as uow:
        await switches.turn_off(uow, name="kf", reason="48001", now=NOW)
        await switches.turn_off(
            uow, name="template", reason="45009", now=NOW, until=NOW + HOUR
        )
        both = await switches.all_off(uow, now=NOW)
        await switches.turn_on(uow, name="kf", now=NOW)
        then = await switches.all_off(uow, now=NOW + HOUR)

    assert both == {
        "kf": SwitchRow("kf", "48001", None, NOW),
        "template": SwitchRow("template", "45009", NOW + HOUR, NOW),
    }
    assert then == {}


async def test_hits_are_counted_within_their_window(database: Database) -> None:
    async def hit(now: datetime) -> int:
        async with database.transaction() as uow:
            counted = await throttles.hit(uow, subject="code:p1", now=now)
            await uow.commit()
        return counted

    together = await asyncio.gather(*(hit(NOW) for _ in range(5)))
    last = await hit(NOW + HOUR - timedelta(seconds=1))
    anew = await hit(NOW + HOUR)
    async with database.reading() as uow:
        counted = await throttles.count(uow, subject="code:p1", now=NOW + HOUR)
        other = await throttles.count(uow, subject="code:p2", now=NOW + HOUR)

    assert sorted(together) == [1, 2, 3, 4, 5]
    assert (last, anew, counted, other) == (6, 1, 1, 0)


async def test_the_log_tells_who_did_what_newest_first(database: Database) -> None:
    rows = [
        AuditRow("1", NOW, "p1", "grant", "done", subject="p2", scope_id="nation"),
        AuditRow("2", NOW + HOUR, None, "invite", "refused", detail="scope"),
    ]
    async with database.transaction() as uow:
        await audit.add(uow, rows)

        assert await audit.find(uow) == (rows[1], rows[0])
        assert await audit.find(uow, actor_id="p1") == (rows[0],)
        assert await audit.find(uow, action="invite") == (rows[1],)
        assert await audit.find(uow, subject="p3") == ()


def submission(name: str, at: datetime, person: str = "p1") -> Submission:
    return Submission(
        id=name,
        form="application",
        version=1,
        subject="2026-NC-01",
        person_id=person,
        submitted_at=at,
        answers={"level": "二级", "abilities": {"teach": "3"}},
        personal={"name": "王芳", "phone": "13800000000"},
        context={"class": "2026-NC-01"},
        keep_until=date(2027, 3, 1),
    )


async def test_a_form_comes_back_as_it_was_handed_in(database: Database) -> None:
    one, two = submission("s1", NOW), submission("s2", NOW + HOUR)
    three = submission("s3", NOW, person="p2")
    async with database.transaction() as uow:
        for each in (two, one, three):
            await submissions.add(uow, each)

        assert await submissions.get(uow, submission_id="s1") == one
        assert await submissions.get(uow, submission_id="none") is None
        assert await submissions.get_many(uow, submission_ids=["s1", "x"]) == {
            "s1": one
        }
        assert await submissions.latest(uow, person_id="p1", form="application") == two
        assert await submissions.find(uow, form="application") == (one, three, two)
        assert await submissions.find(uow, form="application", subject="other") == ()
    assert one.all_answers == {**one.answers, **one.personal}
