"""A teacher's way: what is open, the form, one for each class, the export of many."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from functools import partial

import msgspec
import pytest
from msgspec.structs import replace
from sqlalchemy import select

from bot.actions.applicants import class_table
from bot.timekeeping import kept_for
from conversations.model import Answer
from storage import audit, conversations, files, people, submissions
from storage.conversations import DraftRow
from storage.files import NewFile
from storage.privacy import purge
from storage.tables.messages import jobs
from tests.commands.world import World, application_draft, id_number, text_of


async def test_apply_lists_recruiting_classes_only(world: World) -> None:
    row = await world.new_class()
    await world.new_class("江北", state="planned")
    teacher = await world.person("教师")
    said = await world.say(teacher, "报名")

    assert [one.send for one in said.replies[0].choices] == [f"报名 {row.code}"]


async def test_the_form_opens_with_what_the_class_says(world: World) -> None:
    row = await world.new_class()
    said = await world.say(await world.person("教师"), f"报名 {row.code}")

    assert said.open is not None
    assert (said.open.form, said.open.subject) == ("application", row.code)
    assert said.open.context["opens_on"] == "2026-06-20"


async def test_what_was_said_once_is_offered_again(world: World) -> None:
    first, second = await world.new_class(), await world.new_class("江北")
    teacher = await world.person("教师")
    await world.apply(teacher, first)
    said = await world.say(teacher, f"报名 {second.code}")

    assert said.open is not None
    assert said.open.prefill["name"] == "李敏"
    assert said.open.prefill["phone"] == "13800138000"
    assert said.open.prefill["id_number"] == id_number(1)
    assert "signature" not in said.open.prefill


async def test_handing_in_stores_numbers_and_answers(world: World) -> None:
    row = await world.new_class()
    teacher = await world.person("教师")
    outcome = await world.submit(teacher, application_draft(row))
    async with world.database.reading() as uow:
        kept = await submissions.latest(uow, person_id=teacher.id, form="application")
        name = await people.name_of(uow, person_id=teacher.id)

    assert outcome.done
    assert "编号 1" in text_of(outcome)
    assert "http://127.0.0.1:8080/d/" in text_of(outcome)
    assert kept is not None
    assert "id_number" in kept.personal
    assert "skill_level" in kept.all_answers
    assert name == "李敏"


async def test_one_application_for_a_person_and_a_class(world: World) -> None:
    row = await world.new_class()
    teacher = await world.person("教师")
    await world.apply(teacher, row)
    again = await world.submit(teacher, application_draft(row))

    assert (again.done, "每人每班报一次" in text_of(again)) == (False, True)


async def test_after_withdrawing_one_may_apply_again(world: World) -> None:
    row = await world.new_class()
    teacher = await world.person("教师")
    first = await world.apply(teacher, row)
    await world.say(teacher, f"撤回申请 {first.number} 确认")
    second = await world.apply(teacher, row)

    assert (await world.application(first.number)).state == "withdrawn"
    assert second.number != first.number


async def test_after_the_last_day_nothing_is_taken(world: World) -> None:
    row = await world.new_class()
    teacher = await world.person("教师")
    draft = application_draft(row)
    world.later(days=120)
    outcome = await world.submit(teacher, draft)

    assert outcome.done is False
    assert "截止" in text_of(outcome)


async def test_the_conditions_of_the_level_are_held_with_their_reason(
    world: World,
) -> None:
    row = await world.new_class()
    draft = application_draft(row)
    answers = {**draft.answers, "id_number": Answer("110101195003070011")}
    outcome = await world.submit(
        await world.person("教师"), msgspec.structs.replace(draft, answers=answers)
    )

    assert (outcome.done, "年龄" in text_of(outcome)) == (False, True)


async def test_an_id_number_of_somebody_else_is_refused_without_saying_so(
    world: World,
) -> None:
    row = await world.new_class()
    await world.apply(await world.person("甲"), row, serial=1)
    other = await world.person("乙")
    outcome = await world.submit(other, application_draft(row, serial=1))
    async with world.database.reading() as uow:
        written = await audit.find(uow, actor_id=other.id, action="id_conflict")

    assert outcome.done is False
    assert "身份证" not in text_of(outcome)
    assert len(written) == 1


async def test_a_full_class_offers_the_waiting_list(world: World) -> None:
    row = await world.new_class(capacity=1)
    base = await world.person("基地", ("base_staff", "江南"))
    taken = await world.apply(await world.person("甲"), row)
    await world.say(base, f"审核 {taken.number} 通过")
    late = await world.person("乙")
    asked = await world.say(late, f"报名 {row.code}")
    opened = await world.say(late, asked.replies[0].choices[0].send)

    assert "规程第十一条" in text_of(asked)
    assert opened.open is not None


async def test_a_picture_outside_a_form_is_the_stamped_page(world: World) -> None:
    row = await world.new_class()
    teacher = await world.person("教师")
    await world.apply(teacher, row)
    said = await world.say(teacher, "盖章 oa:Ab_9-xY")
    link = await world.say(teacher, "盖章")

    assert text_of(said).startswith("收到")
    assert "http://127.0.0.1:8080/u/" in text_of(link)


async def test_the_list_and_the_view_are_masked_and_the_full_one_is_written_down(
    world: World,
) -> None:
    row = await world.new_class()
    application = await world.apply(await world.person("教师"), row)
    base = await world.person("基地", ("base_staff", "江南"))
    listed = await world.say(base, f"报名 {row.code}")
    masked = await world.say(base, f"查看 {application.number}")
    no_reason = await world.say(base, f"查看 {application.number} 全部")
    full = await world.say(base, f"查看 {application.number} 全部 核对身份")
    async with world.database.reading() as uow:
        written = await audit.find(uow, actor_id=base.id, action="查看")
    number = id_number(1)

    assert all(number not in text_of(one) for one in (listed, masked, no_reason))
    assert "1***************" + number[-2:] in text_of(masked)
    assert number in text_of(full)
    assert "整张申请表（一天内有效）：" in text_of(full)
    assert sorted(row.detail for row in written) == ["", "", "核对身份"]


async def test_the_table_of_a_class_is_masked_unless_in_full(world: World) -> None:
    row = await world.new_class()
    await world.apply(await world.person("教师"), row)
    async with world.database.reading() as uow:
        masked = await class_table(uow, class_id=row.id, full=False)
        full = await class_table(uow, class_id=row.id, full=True)
    column = masked.header.index("身份证号码")

    assert masked.rows[0][column] == "1***************" + id_number(1)[-2:]
    assert full.rows[0][column] == id_number(1)
    assert full.rows[0][masked.header.index("年龄")] == 35


async def test_urging_reaches_each_once_a_day(world: World) -> None:
    row = await world.new_class()
    base = await world.person("基地", ("base_staff", "江南"))
    drafting, waiting = await world.person("没填完"), await world.person("待盖章")
    application = await world.apply(waiting, row)
    await world.say(base, f"审核 {application.number} 通过")
    async with world.database.transaction() as uow:
        draft = DraftRow("d9", drafting.id, "application", 1, row.code, world.now)
        await conversations.open_drafts(uow, [draft])
        await uow.commit()
    first = await world.say(base, f"催办 {row.code}")
    second = await world.say(base, "催办")
    world.later(days=1)
    third = await world.say(base, "催办")

    assert "已提醒 2 位：没填完 1 位，待盖章 1 位" in text_of(first)
    assert "另有 2 位今天提醒过了" in text_of(second)
    assert "已提醒 2 位" in text_of(third)


async def test_a_photo_used_again_lasts_as_long_as_the_later_application(
    world: World,
) -> None:
    person = await world.person("教师")
    first = await world.new_class(opens_on=date(2026, 4, 20))
    later = await world.new_class(opens_on=date(2026, 8, 20))
    async with world.database.transaction() as uow:
        photo = NewFile("photo", person.id, "photo", "image/jpeg", "photo.jpg", b"jpeg")
        kept = replace(photo, keep_until=world.now + timedelta(days=30))
        await files.put(uow, kept, now=world.now)
        await uow.commit()
    for row in (first, later):
        draft = application_draft(row)
        answers = {**draft.answers, "photo": Answer("photo")}
        await world.submit(person, replace(draft, answers=answers))
    first_over = first.ends_on + timedelta(days=1096)
    left = [
        await photo_after(world, day)
        for day in (world.now.date() + timedelta(days=60), first_over)
    ]

    assert left == [True, False]


async def photo_after(world: World, day: date) -> bool:
    """Whether the photo is there after the purge of that day."""
    await purge_on(world, day)
    async with world.database.reading() as uow:
        return await files.info(uow, file_id="photo") is not None


async def purge_on(world: World, day: date) -> None:
    """The purge of one night, as the service does it."""
    moment = datetime.combine(day, time(2), UTC)
    async with world.database.transaction() as uow:
        await purge(uow, now=moment, kept_for=partial(kept_for, world.house.book))
        await uow.commit()


async def test_each_personal_answer_is_kept_as_long_as_its_field_says(
    world: World,
) -> None:
    person, row = await world.person("教师"), await world.new_class()
    application = await world.apply(person, row)
    left = []
    for days in (0, 365, 366, 1095, 1096):
        await purge_on(world, row.ends_on + timedelta(days=days))
        async with world.database.reading() as uow:
            form = await submissions.get(
                uow, submission_id=application.submission_id or ""
            )
        assert form is not None
        left.append({"address", "phone"} & set(form.personal))

    assert left == [{"address", "phone"}] * 2 + [{"phone"}] * 2 + [set()]


@pytest.mark.parametrize(
    ("channel", "sent"),
    [("wecom", 1), ("wecom_bot", 1), ("official_account", 0), ("webchat", 0)],
)
async def test_where_files_can_be_sent_the_filled_form_comes_as_one(
    world: World, channel: str, sent: int
) -> None:
    person = await world.person("教师", channel=channel)
    await world.submit(person, application_draft(await world.new_class()))
    async with world.database.reading() as uow:
        asked = await uow.execute(select(jobs.c.kind, jobs.c.person_id))

    assert [row for row in asked if row.kind == "form_file"] == [
        ("form_file", person.id)
    ] * sent
