"""One person in every table, planted to be found again wherever they are."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import msgspec
from sqlalchemy import insert, update

from conversations import codec
from conversations.model import Asked, Conversation, Draft, Option
from storage import (
    attendance,
    audit,
    board_logins,
    consents,
    conversations,
    engagements,
    evaluations,
    files,
    id_numbers,
    inbox,
    invitations,
    jobs,
    leaves,
    links,
    outbox,
    people,
    platform_media,
    reach,
    scenes,
    scores,
    seats,
    submissions,
    subscriptions,
    throttles,
    works,
)
from storage.board_logins import NewLogin
from storage.database import Database, UnitOfWork
from storage.tables.classes import (
    applications,
    classes,
    needs_seen,
    numbers,
    reminded,
    staff,
)
from storage.tables.classes import deadlines as deadline_rows
from storage.tables.people import roster
from tests.storage.samples import plant_records, plant_scopes

NOW = datetime(2026, 3, 1, 1, tzinfo=UTC)
NAME = "金丝雀"
PHONE = "13812345678"
NUMBER = "11010119900101001X"
OPENID = "oCanaryCanary"
CANARIES = [NAME, PHONE, NUMBER, OPENID]
ME = "canary-person"
AT = "canary-address"


async def plant(database: Database) -> None:
    """The person in every table; beside them p1, a manager who was told of them."""
    await plant_scopes(database)
    async with database.transaction() as uow:
        await _plant_person(uow)
        await _plant_dialogue(uow)
        await _plant_work(uow)
        await _plant_standing(uow)
        await _plant_application(uow, "recruiting", "submitted")
        await plant_records(uow, person_id=ME, name=NAME, id_number=NUMBER, now=NOW)
        await _plant_training(uow)
        await _plant_engagement(uow)
        await _plant_manager(uow)
        await uow.commit()


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
    # A table that somebody else asked for, with the person in it.
    table = jobs.JobRow("j2", "picture", "p1", "a1", {"data": NAME}, NOW)
    await jobs.enqueue(uow, [job, table], now=NOW)
    for name, person, purpose, subject in (
        ("photo", ME, "photo", ""),
        ("picture", None, "form_picture", "d1"),
        ("export", "p1", "export", "2026-NC-01"),
        ("table", "p1", "picture", ""),
    ):
        file = files.NewFile(
            name, person, purpose, "x", NAME, PHONE.encode(), subject=subject
        )
        await files.put(uow, file, now=NOW)
    link = links.NewLink("token", "upload", "d1", ME, NOW + timedelta(hours=1))
    await links.create(uow, link)
    login = NewLogin("secret", ME, "482913", "mac", NOW, NOW + timedelta(hours=1))
    await board_logins.ask(uow, login)
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
    shown = {"class_id": "c1", "person_id": ME, "seen_at": NOW}
    await uow.execute(insert(needs_seen), shown)


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
            scenes.SceneRow(
                name, "class", "c1", maker, NOW, NOW + timedelta(days=7), 10
            ),
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


async def _plant_training(uow: UnitOfWork) -> None:
    """A seat, an absence, a leave, points to and by them, and a work."""
    await seats.give(uow, class_id="c1", numbers={ME: 1, "p2": 2})
    day = date(2026, 3, 2)
    await attendance.call(
        uow,
        attendance.RollRow("c1", day, 8, ME, NOW),
        person_ids=[ME],
        absences=[attendance.AbsenceRow("c1", day, ME, "leave", 2)],
    )
    await uow.execute(
        insert(numbers), {"number": 2, "kind": "leave", "subject_id": "l1"}
    )
    leave = leaves.LeaveRow(
        "l1", 2, "c1", ME, day, day, 2, "granted", NOW, NOW, "p1", f"{NAME}病了", PHONE
    )
    await leaves.add(uow, leave)
    for name, whose, scorer in (("sc1", ME, "p3"), ("sc2", "p2", ME)):
        row = scores.ScoreRow(
            name, "c1", whose, "process", 1, 855, scorer, None, 1, NOW, reason="看错"
        )
        await scores.add(uow, [row])
    work = works.WorkRow(
        "w1", "c1", ME, "process", 1, "handed_in", NOW, text=f"{NAME}的教案"
    )
    await works.add(uow, work)
    await works.set_due(uow, class_id="c1", due_on=day, by=ME, now=NOW)


async def _plant_engagement(uow: UnitOfWork) -> None:
    """An invitation that they refused, and days on which they cannot."""
    await uow.execute(
        insert(numbers), {"number": 3, "kind": "engagement", "subject_id": "e1"}
    )
    invited = engagements.Engagement(
        "e1", 3, "c1", "lecturer", 1, "r1", ME, "invited", [], NOW, NOW
    )
    await engagements.add(uow, invited)
    await engagements.move_on(
        uow,
        engagement_id="e1",
        among=("invited",),
        state="refused",
        now=NOW,
        reason=f"{NAME}要做手术，电话 {PHONE}",
    )
    days = engagements.BusyDays("b1", "r1", ME, date(2026, 6, 1), date(2026, 6, 5))
    await engagements.add_busy(uow, [days])


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
