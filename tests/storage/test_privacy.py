"""What is kept of a person is told in full, and goes in full."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import msgspec
import pytest
from sqlalchemy import delete, select, update

from conversations import codec
from conversations.model import Conversation
from storage import (
    conversations,
    id_numbers,
    inbox,
    outbox,
    people,
    privacy,
    submissions,
)
from storage.database import Database, UnitOfWork
from storage.privacy import Kept
from storage.tables import metadata
from storage.tables.classes import applications, classes
from storage.tables.people import lookups, persons
from tests.storage.canary import (
    AT,
    CANARIES,
    ME,
    NAME,
    NOW,
    NUMBER,
    OPENID,
    PHONE,
    plant,
)
from tests.storage.dump import containing, dump_opened


def test_every_column_about_persons_is_in_the_register() -> None:
    assert privacy.unregistered() == set()


def test_the_register_names_only_what_there_is() -> None:
    for name, entry in privacy.REGISTER.items():
        columns = {column.name for column in metadata.tables[name].columns}
        assert {*filter(None, [entry.owner]), *entry.other} <= columns


@pytest.fixture
async def planted(database: Database) -> Database:
    """One person in every table; beside them p1, a manager who was told of them."""
    await plant(database)
    return database


async def erase(database: Database) -> Kept:
    async with database.transaction() as uow:
        kept = await privacy.erase_person(
            uow, person_id=ME, now=NOW, house_forms=["class_opening"]
        )
        await uow.commit()
    return kept


async def test_after_an_erasure_no_table_knows_the_person(planted: Database) -> None:
    before = {table for table, rows in (await dump_opened(planted)).items() if rows}
    found_before = [containing(await dump_opened(planted), one) for one in CANARIES]
    kept = await erase(planted)
    dump = await dump_opened(planted)

    assert all(found_before)
    assert before >= {
        name for name, entry in privacy.REGISTER.items() if entry.owner
    } - {"notices"}
    assert [containing(dump, one) for one in CANARIES] == [[]] * 4
    # By their bare id only where the register says so.
    assert containing(dump, ME) == ["audit.actor_id"]
    assert containing(dump, AT) == []
    assert dump["platform_media"] == []
    assert {row["id"]: row["created_by"] for row in dump["scenes"]} == {
        "s-mine": None,
        "s-other": "p1",
    }
    assert [row["name"] for row in dump["quotas"]] == ["official_account:custom"]
    assert kept == Kept(staff=("2026-NC-01",), roster=("C-1",), audit=True)
    # What they were given goes; what they gave to somebody else stays.
    assert [row["id"] for row in dump["scores"]] == ["sc2"]


async def test_an_erasure_touches_nobody_else(planted: Database) -> None:
    await erase(planted)
    async with planted.reading() as uow:
        others = await inbox.answered(uow, keys=["m3", "m4", "m5"])
        place = (await uow.execute(select(classes.c.places_taken))).scalar_one()
        row = (await conversations.load(uow, person_ids=["p1"])).rows["p1"]
        house = await submissions.get(uow, submission_id="s2")
        granted = await people.grants_of(uow, person_ids=["p1"])
    async with planted.transaction() as uow:
        asked = {"channel": "wechat", "owner": "w", "limit": 9, "now": NOW}
        # Their pushes go on but for what named the person.
        await _reach(uow, "x")
        left = await outbox.claim(uow, **asked, lease_seconds=1)  # type: ignore[arg-type]  # plain mapping

    assert {key: one.reply for key, one in others.items()} == {
        "m3": None,
        "m4": None,
        "m5": b"other",
    }
    assert place == 0
    assert codec.decode(row.state) == Conversation(questions=1)
    assert house is not None
    assert (house.person_id, house.personal, house.answers) == (
        None,
        {},
        {"level": "二级"},
    )
    assert sorted(granted) == ["p1"]
    assert [one.body for one in left] == [b"other"]


async def _reach(uow: UnitOfWork, address_id: str) -> None:
    newcomer = people.Newcomer("someone", "p-someone", address_id)
    await people.create(uow, channel="wechat", newcomers=[newcomer], now=NOW)


async def test_an_admitted_application_is_kept_while_the_class_is_not_closed(
    planted: Database,
) -> None:
    async with planted.transaction() as uow:
        await uow.execute(update(applications).values(state="admitted"))
        await uow.execute(update(classes).values(state="running"))
        await uow.commit()
    async with planted.reading() as uow:
        told_before = await privacy.duties_of(uow, person_id=ME)
    kept = await erase(planted)
    dump = await dump_opened(planted)

    assert kept == told_before
    assert kept.applications == ("2026-NC-01",)
    assert containing(dump, NAME) == [
        "certificates.holder",
        "files.name",
        "persons.name",
        "submissions.personal",
        "transcripts.content",
        "works.text",
    ]
    assert [row["reason"] for row in dump["leaves"]] == [None]
    assert [row["id"] for row in dump["scores"]] == ["sc1", "sc2"]
    assert [row["id"] for row in dump["files"]] == ["photo", "stamp"]
    assert [row["id"] for row in dump["submissions"]] == ["s1", "s2"]
    assert [row["id"] for row in dump["applications"]] == ["ap1"]
    assert containing(dump, OPENID) == []
    assert dump["drafts"] == []

    async with planted.transaction() as uow:
        await uow.execute(update(classes).values(state="closed"))
        await uow.commit()
    await erase(planted)
    dump = await dump_opened(planted)
    assert [containing(dump, one) for one in CANARIES] == [[]] * 4


async def test_an_export_tells_everything_the_register_knows(
    planted: Database,
) -> None:
    async with planted.reading() as uow:
        told = await privacy.export_person(uow, person_id=ME)
    owned = {name for name, entry in privacy.REGISTER.items() if entry.owner}

    assert set(told) == owned
    text = msgspec.json.encode(told).decode()
    assert [one for one in CANARIES if one not in text] == []
    assert told["persons"] == [
        {
            "id": ME,
            "name": NAME,
            "profile": {"phone": PHONE},
            "created_at": NOW.isoformat(),
        }
    ]
    mine = [row["id"] for row in told["files"]]
    assert mine == ["photo"]
    assert "p1" not in {row.get("person_id") for row in told["inbox"]}


async def test_an_export_tells_digits_as_they_were_said(database: Database) -> None:
    number = "110101199001010023"
    async with database.transaction() as uow:
        await people.create(
            uow,
            channel="wechat",
            newcomers=[people.Newcomer(OPENID, ME, AT)],
            now=NOW,
        )
        await id_numbers.claim(uow, person_id=ME, number=number)
        told = await privacy.export_person(uow, person_id=ME)

    assert number in [row["value"] for row in told["lookups"]]


async def purge(database: Database, now: datetime) -> dict[str, int]:
    async with database.transaction() as uow:
        purged = await privacy.purge(uow, now=now)
        await uow.commit()
    return {name: count for name, count in purged.items() if count}


async def test_a_purge_on_the_first_night_takes_nothing(planted: Database) -> None:
    assert await purge(planted, NOW) == {"codes": 1}


async def test_everything_goes_when_its_time_is_over(planted: Database) -> None:
    async with planted.transaction() as uow:
        await uow.execute(update(files_table).values(keep_until=NOW + DAY * 5))
        await uow.execute(
            update(files_table)
            .where(files_table.c.id == "photo")
            .values(keep_until=None)
        )
        await uow.execute(update(job_rows).values(state="done"))
        await uow.execute(
            update(outbox_rows)
            .where(outbox_rows.c.id == "o1")
            .values(state="sent", settled_at=NOW)
        )
        await uow.commit()
    nights = [
        await purge(planted, NOW + DAY * days + timedelta(seconds=1))
        for days in (1, 6, 7, 31, 180, 185)
    ]

    assert nights == [
        {"replies": 4, "codes": 1, "throttles": 1},
        {"files": 4, "links": 1, "board_logins": 1, "copies": 1},
        {"jobs": 2},
        {"set_aside": 1, "drafts": 1, "scenes": 2, "quotas": 3},
        {"texts": 1},
        {"answers": 2, "id_numbers": 1, "reasons": 1},
    ]
    dump = await dump_opened(planted)
    assert [row["id"] for row in dump["files"]] == []
    assert {row["personal"] for row in dump["submissions"]} == {None}


async def test_links_and_logins_keep_to_the_machines_time(planted: Database) -> None:
    """A demo's clock that is weeks ahead must not close a page just opened."""
    async with planted.transaction() as uow:
        purged = await privacy.purge(uow, now=NOW + DAY * 31, real=NOW)
    assert (purged["links"], purged["board_logins"]) == (0, 0)


async def test_an_idle_dialogue_keeps_what_is_no_draft(planted: Database) -> None:
    await purge(planted, NOW + DAY * 31)
    async with planted.reading() as uow:
        loaded = await conversations.load(uow, person_ids=[ME])
        drafts = await conversations.find_drafts(uow)

    assert codec.decode(loaded.rows[ME].state) == Conversation()
    assert drafts == ()


DAY = timedelta(days=1)
files_table: Any = metadata.tables["files"]
job_rows: Any = metadata.tables["jobs"]
outbox_rows: Any = metadata.tables["outbox"]


async def test_a_person_may_come_back_as_a_new_one(planted: Database) -> None:
    await erase(planted)
    async with planted.transaction() as uow:
        newcomer = people.Newcomer(OPENID, "again", "again-at")
        known = await people.create(
            uow, channel="wechat", newcomers=[newcomer], now=NOW
        )
        mine = await id_numbers.claim(uow, person_id="again", number=NUMBER)
        left = (await uow.execute(select(lookups.c.owner_id))).scalars()
        owners = set(left)
        names = await people.names_of(uow, person_ids=[ME, "again"])
        await uow.execute(delete(lookups))
        stays = (await uow.execute(select(persons.c.id))).scalars().all()

    assert known[OPENID].person_id == "again"
    assert mine is True
    assert owners == {"i1", "again", "again-at"}
    assert names == {"again": ""}
    assert ME not in stays
