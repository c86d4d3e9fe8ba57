"""What is kept of a person is told in full, and goes in full."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import Any

import msgspec
import pytest
from sqlalchemy import delete, insert, select, update

from conversations import codec
from conversations.model import Asked, Conversation, Draft, Option
from storage import (
    audit,
    consents,
    conversations,
    evaluations,
    files,
    id_numbers,
    inbox,
    invitations,
    jobs,
    links,
    outbox,
    people,
    platform_media,
    privacy,
    reach,
    scenes,
    submissions,
    subscriptions,
    throttles,
)
from storage.database import Database, UnitOfWork
from storage.privacy import Kept
from storage.tables import metadata
from storage.tables.classes import applications, classes, numbers, reminded, staff
from storage.tables.classes import deadlines as deadline_rows
from storage.tables.people import lookups, persons, roster
from tests.storage.dump import containing, dump_opened
from tests.storage.samples import plant_records, plant_scopes

NOW = datetime(2026, 3, 1, 1, tzinfo=UTC)
NAME = "金丝雀"
PHONE = "13812345678"
NUMBER = "11010119900101001X"
OPENID = "oCanaryCanary"
CANARIES = [NAME, PHONE, NUMBER, OPENID]
ME = "canary-person"
AT = "canary-address"


def test_every_column_about_persons_is_in_the_register() -> None:
    assert privacy.unregistered() == set()


def test_the_register_names_only_what_there_is() -> None:
    for name, entry in privacy.REGISTER.items():
        columns = {column.name for column in metadata.tables[name].columns}
        assert {*filter(None, [entry.owner]), *entry.other} <= columns


@pytest.fixture
async def planted(database: Database) -> Database:
    """One person in every table; beside them p1, a manager who was told of them."""
    await plant_scopes(database)
    async with database.transaction() as uow:
        await _plant_person(uow)
        await _plant_dialogue(uow)
        await _plant_work(uow)
        await _plant_standing(uow)
        await _plant_application(uow, "recruiting", "submitted")
        await plant_records(uow, person_id=ME, name=NAME, id_number=NUMBER, now=NOW)
        await _plant_manager(uow)
        await uow.commit()
    return database


async def _plant_person(uow: UnitOfWork) -> None:
    await people.create(
        uow,
        channel="wechat",
        newcomers=[people.Newcomer(OPENID, ME, AT)],
        now=NOW,
    )
    await people.set_name(uow, person_id=ME, name=NAME)
    await people.set_profile(uow, person_id=ME, profile={"phone": PHONE})
    await id_numbers.claim(uow, person_id=ME, number=NUMBER)
    await people.add_grant(
        uow,
        grant_id="g1",
        person_id=ME,
        role="base_staff",
        scope_id="base",
        granted_by=None,
        now=NOW,
    )
    await consents.add(
        uow, [consents.ConsentRow("c1", ME, "general", "1", "x", given=True, at=NOW)]
    )
    offer = invitations.NewInvitation(
        "i1", "base_staff", "base", NOW + timedelta(days=7)
    )
    await invitations.create(uow, offer, code="CODE", now=NOW)
    await invitations.use(uow, invitation_id="i1", person_id=ME, now=NOW)
    await throttles.hit(uow, subject=f"code:{ME}", now=NOW)
    deed = audit.AuditRow("au1", NOW, ME, "grant", "done", subject="p2")
    await audit.add(uow, [deed])


def _state() -> bytes:
    draft = Draft("d1", "application", 1, "A", {"name": NAME}, date(2026, 3, 1))
    return codec.encode(Conversation(drafts=(draft,), focus="d1"))


async def _plant_dialogue(uow: UnitOfWork) -> None:
    await conversations.insert_new(
        uow, [conversations.ConversationRow(ME, 0, _state())], now=NOW
    )
    push = PHONE.encode()
    await conversations.set_push(uow, person_id=ME, push=push)
    await conversations.open_drafts(
        uow, [conversations.DraftRow("d1", ME, "application", 1, "A", NOW)]
    )
    await inbox.remember(uow, [inbox.Answered("m1", ME, NOW, NAME.encode())])
    await inbox.set_aside(
        uow,
        message_key="m2",
        person_id=ME,
        received_at=NOW,
        reply=b"sorry",
        body=PHONE.encode(),
        error="ValueError",
    )
    await outbox.enqueue(uow, [_push("o1", ME, AT)], now=NOW)


def _push(name: str, person: str | None, address: str) -> outbox.OutboxRow:
    return outbox.OutboxRow(
        id=name,
        dedupe_key=name,
        person_id=person,
        address_id=address,
        channel="wechat",
        purpose="result",
        urgency=2,
        body=f"{NAME} {PHONE}".encode(),
        not_before=NOW,
    )


async def _plant_work(uow: UnitOfWork) -> None:
    job = jobs.JobRow("j1", "photo", ME, AT, {"name": NAME}, NOW)
    await jobs.enqueue(uow, [job], now=NOW)
    for name, person, purpose, subject in (
        ("photo", ME, "photo", ""),
        ("picture", None, "form_picture", "d1"),
        ("export", "p1", "export", "2026-NC-01"),
    ):
        file = files.NewFile(
            name, person, purpose, "x", NAME, PHONE.encode(), subject=subject
        )
        await files.put(uow, file, now=NOW)
    link = links.NewLink("token", "upload", "d1", ME, NOW + timedelta(hours=1))
    await links.create(uow, link)
    listed = {"id": "r1", "person_id": ME, "name": "公示姓名", "certificate": "C-1"}
    more = {"majors": "", "levels": "", "province_id": "province", "school": ""}
    await uow.execute(insert(roster), listed | more)
    taught = {"class_id": "c1", "duty": "lecturer", "position": 1, "person_id": ME}
    await uow.execute(insert(staff), taught | {"name": "公示姓名"})
    deadline = {"id": "dl1", "subject": "A", "scope_id": "class", "step": "plan"}
    due = {"due_on": date(2026, 4, 1), "state": "open", "programme": "p"}
    await uow.execute(insert(deadline_rows), deadline | due)
    mark = {"person_id": ME, "deadline_id": "dl1", "due_on": date(2026, 4, 1)}
    await uow.execute(insert(reminded), mark | {"mark": "due", "at": NOW})


async def _plant_standing(uow: UnitOfWork) -> None:
    """What platforms let us send, what was sent and uploaded, and a code."""
    await subscriptions.grant(uow, address_id=AT, template_ids=["tmpl"], now=NOW)
    await reach.take(uow, [reach.Taken(AT, rated=True)], now=NOW)
    await reach.used_today(uow, channel="official_account", ways=["custom"], now=NOW)
    await platform_media.keep(
        uow,
        account="wx",
        file_id="photo",
        media_id="MEDIA",
        expires_at=NOW + timedelta(days=3),
    )
    for name, maker in (("s-mine", ME), ("s-other", "p1")):
        await scenes.add(
            uow,
            scenes.SceneRow(name, "class", "c1", maker, NOW, NOW + DAY * 7, 10),
        )
        await scenes.use(uow, scene_id=name, person_id=ME, now=NOW)


def _form(name: str, form: str = "application") -> submissions.Submission:
    return submissions.Submission(
        id=name,
        form=form,
        version=1,
        subject="2026-NC-01",
        person_id=ME,
        submitted_at=NOW,
        answers={"level": "二级"},
        personal={"name": NAME, "phone": PHONE, "id": NUMBER, "photo": "photo"},
        keep_until=date(2026, 9, 1),
    )


async def _plant_application(uow: UnitOfWork, class_state: str, state: str) -> None:
    await submissions.add(uow, _form("s1"))
    await submissions.add(uow, _form("s2", "class_opening"))
    numbered = {"number": 1, "kind": "application", "subject_id": "ap1"}
    await uow.execute(insert(numbers), numbered)
    stamp = files.NewFile("stamp", "p1", "stamp", "x", NAME, PHONE.encode())
    await files.put(uow, stamp, now=NOW)
    await uow.execute(
        insert(applications),
        {
            "id": "ap1",
            "number": 1,
            "class_id": "c1",
            "person_id": ME,
            "submission_id": "s1",
            "state": state,
            "holds_place": True,
            "stamp_file_id": "stamp",
            "applied_at": NOW,
        },
    )
    await uow.execute(update(classes).values(places_taken=1, state=class_state))
    ballot = evaluations.Ballot("c1", "evaluation", 1, {}, {})
    await evaluations.cast(
        uow,
        ballot,
        person_id=ME,
        done_on=date(2026, 3, 1),
        new_id=lambda: "ballot",
        shuffle=lambda items: None,
    )


async def _plant_manager(uow: UnitOfWork) -> None:
    await people.add_grant(
        uow,
        grant_id="g2",
        person_id="p1",
        role="base_staff",
        scope_id="base",
        granted_by=None,
        now=NOW,
    )
    asked = Asked("1", "menu", (Option(f"{NAME} 12", "查看 12"), Option("x", "y")))
    state = codec.encode(Conversation(asked=asked, questions=1))
    row = conversations.ConversationRow("p1", 0, state)
    await conversations.insert_new(uow, [row], now=NOW)
    told = inbox.Answered("m3", "p1", NOW, f'{{"text":"{NAME}"}}'.encode())
    escaped = inbox.Answered("m4", "p1", NOW, NAME.encode("unicode_escape"))
    other = inbox.Answered("m5", "p1", NOW, b"other")
    await inbox.remember(uow, [told, escaped, other])
    kept = msgspec.structs.replace(_push("o3", "p1", "x"), body=b"other")
    await outbox.enqueue(uow, [_push("o2", "p1", "x"), kept], now=NOW)


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
    ]
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
        {"files": 3, "links": 1, "copies": 1},
        {"jobs": 1},
        {"set_aside": 1, "drafts": 1, "scenes": 2, "quotas": 3},
        {"texts": 1},
        {"answers": 2, "id_numbers": 1},
    ]
    dump = await dump_opened(planted)
    assert [row["id"] for row in dump["files"]] == []
    assert {row["personal"] for row in dump["submissions"]} == {None}


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
