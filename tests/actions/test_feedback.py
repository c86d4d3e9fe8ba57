"""附件3 and 附件4: filled once by who owes them, read by province and centre only."""

from __future__ import annotations

import asyncio
from datetime import date

from bot.actions.context import Limits
from bot.actions.responses import responses
from bot.ids import new_id
from conversations.model import Answer, Draft, Outcome, Value
from storage import classes, deadlines, jobs, reminders, submissions
from storage.classes import ClassRow, StaffRow
from storage.tables.classes import staff
from tests.commands.world import Person, World, text_of

FIVE = (
    ("lecturer", 1, "王强"),
    ("lecturer", 2, "赵敏"),
    ("assessor", 1, "孙丽"),
    ("assessor", 2, "周明"),
    ("assessor", 3, "何静"),
)
SEATS = [
    "授课骨干教师1", "授课骨干教师2", "考核骨干教师3", "考核骨干教师4", "考核骨干教师5",
]  # fmt: skip


async def ended_class(world: World) -> tuple[ClassRow, list[Person]]:
    """A class on its last day, and its five backbone teachers."""
    row = await world.new_class(opens_on=date(2026, 3, 20))
    people = []
    async with world.database.transaction() as uow:
        for duty, position, name in FIVE:
            person = Person(new_id(), "", name)
            people.append(person)
            await classes.add_staff(
                uow, [StaffRow(row.id, duty, position, name, person_id=person.id)]
            )
        await uow.commit()
    known = []
    for person in people:
        real = await world.person(person.name, ("backbone_teacher", "江南省"))
        known.append(real)
    await seat(world, row, known)
    world.later(days=26)
    return row, known


async def seat(world: World, row: ClassRow, people: list[Person]) -> None:
    """Put these persons on the five places."""
    async with world.database.transaction() as uow:
        for (duty, position, _), person in zip(FIVE, people, strict=True):
            await uow.execute(
                staff.update()
                .where(
                    staff.c.class_id == row.id,
                    staff.c.duty == duty,
                    staff.c.position == position,
                )
                .values(person_id=person.id)
            )
        await uow.commit()


def filled(outcome: Outcome, **answers: Value) -> Draft:
    """The form that was opened, handed in with these answers."""
    request = outcome.open
    assert request is not None, text_of(outcome)
    return Draft(
        id=request.draft,
        form=request.form,
        version=request.version,
        subject=request.subject,
        context=request.context,
        started_on=date(2026, 3, 28),
        answers={key: Answer(value) for key, value in answers.items()},
    )


async def fill(world: World, person: Person, row: ClassRow, **answers: Value) -> str:
    opened = await world.say(person, f"反馈 {row.code}")
    return text_of(await world.submit(person, filled(opened, **answers)))


async def form_files(world: World) -> list[tuple[str | None, str]]:
    """Who is being sent which form as a file."""
    async with world.database.transaction() as uow:
        claimed = await jobs.claim(
            uow,
            kinds=["form_file"],
            owner="test",
            limit=100,
            now=world.now,
            lease_seconds=60,
        )
    return [(one.person_id, one.payload["submission"]) for one in claimed]


async def state_of(world: World, row: ClassRow, step: str) -> str:
    async with world.database.reading() as uow:
        found = await deadlines.find(uow, subject=row.code, step=step)
    assert found is not None
    return found.state


async def test_each_gets_the_form_with_their_duty_and_partners(world: World) -> None:
    row, people = await ended_class(world)
    contexts = []
    for person in people:
        opened = (await world.say(person, f"反馈 {row.code}")).open
        assert opened is not None
        assert opened.form == "backbone_feedback"
        contexts.append(opened.context)

    assert [one["seat"] for one in contexts] == SEATS
    assert [one["duty"] for one in contexts] == ["授课"] * 2 + ["考核"] * 3
    partners = [
        [value for key, value in one.items() if key.startswith("partner_")]
        for one in contexts
    ]
    assert partners == [
        ["赵敏"], ["王强"], ["周明", "何静"], ["孙丽", "何静"], ["孙丽", "周明"],
    ]  # fmt: skip


async def test_the_base_gets_its_form_with_the_five_names(world: World) -> None:
    row, _ = await ended_class(world)
    base = await world.person("基地", ("base_staff", "江南"))
    opened = (await world.say(base, f"反馈 {row.code}")).open

    assert opened is not None
    assert opened.form == "institution_feedback"
    assert {f"{duty}_{n}": opened.context[f"{duty}_{n}"] for duty, n, _ in FIVE} == {
        f"{duty}_{n}": name for duty, n, name in FIVE
    }


async def test_not_before_the_end_unless_the_final_assessment_is_done(
    world: World,
) -> None:
    row, (person, *_) = await ended_class(world)
    world.now = world.now.replace(day=26)
    early = await world.say(person, f"反馈 {row.code}")
    await world.finish(row, "final_assessment")
    after = await world.say(person, f"反馈 {row.code}")

    assert early.open is None
    assert "还没结束" in text_of(early)
    assert after.open is not None


async def test_the_step_is_done_with_the_last_of_the_five(world: World) -> None:
    row, people = await ended_class(world)
    states = []
    for person in people:
        await fill(world, person, row, closing_held="yes")
        states.append(await state_of(world, row, "backbone_feedback"))

    assert states == ["open"] * 4 + ["done"]
    assert await state_of(world, row, "institution_feedback") == "open"


async def test_only_who_still_owes_one_is_reminded(world: World) -> None:
    row, people = await ended_class(world)
    await fill(world, people[1], row)
    await fill(world, people[4], row)
    async with world.database.reading() as uow:
        owing = await reminders.owing_feedback(uow, class_ids=[row.id])

    assert owing == {row.id: tuple(people[n].id for n in (0, 2, 3))}


async def test_the_base_finishes_its_own_step_and_the_province_hears_of_all(
    world: World,
) -> None:
    row, people = await ended_class(world)
    base = await world.person("基地", ("base_staff", "江南"))
    province = await world.person("省", ("province_manager", "江南省"))
    for person in people:
        await fill(world, person, row)
    before = await world.pushed(province)
    await fill(world, base, row, rules_known="yes")

    assert await state_of(world, row, "institution_feedback") == "done"
    assert before == []
    assert ["都交齐了" in text for text in await world.pushed(province)] == [True]


async def test_a_second_one_is_not_kept_whoever_hands_it_in(world: World) -> None:
    row, (person, *_) = await ended_class(world)
    bases = [await world.person(f"基地{n}", ("base_staff", "江南")) for n in (1, 2)]
    opened = [await world.say(one, f"反馈 {row.code}") for one in (person, *bases)]
    said = [
        text_of(await world.submit(who, filled(form)))
        for who, form in (
            (person, opened[0]),
            (person, opened[0]),
            (bases[0], opened[1]),
            (bases[1], opened[2]),
        )
    ]
    async with world.database.reading() as uow:
        kept = [
            len(await submissions.find(uow, form=form, subject=row.code))
            for form in ("backbone_feedback", "institution_feedback")
        ]

    assert kept == [1, 1]
    assert ["没有再收" in one for one in said] == [False, True, False, True]


async def test_two_colleagues_at_once_hand_in_one(world: World) -> None:
    row, _ = await ended_class(world)
    bases = [await world.person(f"基地{n}", ("base_staff", "江南")) for n in (1, 2)]
    drafts = [filled(await world.say(one, f"反馈 {row.code}")) for one in bases]
    await asyncio.gather(
        *(world.submit(one, draft) for one, draft in zip(bases, drafts, strict=True))
    )
    async with world.database.reading() as uow:
        kept = await submissions.find(uow, form="institution_feedback")

    assert len(kept) == 1


async def test_who_is_done_gets_their_own_file_and_no_new_form(world: World) -> None:
    row, (person, *_) = await ended_class(world)
    await fill(world, person, row)
    again = await world.say(person, f"反馈 {row.code}")
    printed = await form_files(world)

    assert again.open is None
    assert "已经交过了" in text_of(again)
    assert [who for who, _ in printed] == [person.id] * 2
    assert len({form for _, form in printed}) == 1


async def test_without_a_code_it_says_what_is_owed_and_what_can_be_read(
    world: World,
) -> None:
    row, (person, other, *_) = await ended_class(world)
    await world.new_class(title="没到的班")
    base = await world.person("基地", ("base_staff", "江南"))
    province = await world.person("省", ("province_manager", "江南省"))
    await fill(world, person, row)
    sends = {
        who.name: [
            option.send
            for reply in (await world.say(who, "反馈")).replies
            for option in reply.choices
        ]
        for who in (person, other, base, province)
    }

    assert sends == {
        "王强": [],
        "赵敏": [f"反馈 {row.code} 附件3"],
        "基地": [f"反馈 {row.code} 附件4"],
        "省": [f"反馈 {row.code} 查看"],
    }


async def test_the_province_reads_who_handed_in_and_what_stands_out(
    world: World,
) -> None:
    row, (first, second, *_) = await ended_class(world)
    province = await world.person("省", ("province_manager", "江南省"))
    await fill(
        world,
        first,
        row,
        opening_held="no",
        opening_held_detail="时间不够",
        marks_interfered="no",
        support="1",
        difficulties="请打 13800138000 找我",
        centre_could_improve="无",
    )
    await fill(world, second, row, opening_held="yes", support="3")
    listed = await world.say(province, f"反馈 {row.code} 查看")
    shown = [
        text_of(await world.say(province, f"反馈 {row.code} 查看 {number}"))
        for number in (1, 2, 3)
    ]

    assert "授课骨干教师1 王强：3 月 28 日（周六）交" in text_of(listed)
    assert "考核骨干教师3 孙丽：未交" in text_of(listed)
    assert [one.send for one in listed.replies[0].choices] == [
        f"反馈 {row.code} 查看 1",
        f"反馈 {row.code} 查看 2",
    ]
    assert "1.5 开班式：否，时间不够" in shown[0]
    assert "1.11 支持和保障：很差（1分）" in shown[0]
    assert "138******00" in shown[0]
    assert [word in shown[0] for word in ("干预", "部中心的建议")] == [False, False]
    assert "各项都正常" in shown[1]
    assert "还没交" in shown[2]


async def test_no_base_reads_one_and_no_backbone_teacher_the_other(
    world: World,
) -> None:
    row, people = await ended_class(world)
    base = await world.person("基地", ("base_staff", "江南"))
    await fill(world, base, row, difficulties="基地的话")
    await fill(world, people[0], row, difficulties="骨干的话")
    said = [
        text_of(await world.say(who, f"反馈 {row.code}{more}"))
        for who in (base, people[1])
        for more in ("", " 查看", " 查看 1", " 查看 6", " 附件3", " 附件4")
    ]
    own = [
        text_of(await world.say(who, f"导出 {row.code}")) for who in (people[0], base)
    ]

    assert [one for one in said if "的话" in one] == []
    assert sum("只给省级管理部门和部指导中心看" in one for one in said) == 6
    assert [one for one in own if "的话" in one] == []
    # The jobs that print forms print only what each of them handed in.
    printed = await form_files(world)
    async with world.database.reading() as uow:
        kept = {
            one.id: one.person_id
            for form in ("backbone_feedback", "institution_feedback")
            for one in await submissions.find(uow, form=form)
        }
    assert {kept[form] == who for who, form in printed} == {True}


async def test_strangers_learn_nothing(world: World) -> None:
    row, _ = await ended_class(world)
    strangers = [
        await world.person("别的骨干", ("backbone_teacher", "江南省")),
        await world.person("别的基地", ("base_staff", "江北")),
        await world.person("别的省", ("province_manager", "江北省")),
    ]
    for who in strangers:
        for more in ("", " 查看", " 查看 1"):
            foreign = text_of(await world.say(who, f"反馈 {row.code}{more}"))
            missing = text_of(await world.say(who, f"反馈 2031-JX-99{more}"))
            assert foreign == missing.replace("2031-JX-99", row.code)


async def test_who_left_the_class_cannot_hand_in(world: World) -> None:
    row, people = await ended_class(world)
    opened = await world.say(people[0], f"反馈 {row.code}")
    stranger = await world.person("替补", ("backbone_teacher", "江南省"))
    await seat(world, row, [stranger, *people[1:]])
    refused = await world.submit(people[0], filled(opened))

    assert not refused.done
    assert "名单里没有您了" in text_of(refused)


async def test_a_cancelled_class_owes_nothing(world: World) -> None:
    row, (person, *_) = await ended_class(world)
    async with world.database.transaction() as uow:
        await classes.set_state(uow, class_id=row.id, state="cancelled")
        await uow.commit()
    said = await world.say(person, f"反馈 {row.code}")

    assert said.open is None
    assert "没有办成" in text_of(said)


async def test_erasure_keeps_the_form_without_its_author(world: World) -> None:
    row, (person, *_) = await ended_class(world)
    await fill(world, person, row, difficulties="教室太小")
    await world.say(person, "删除我的信息 确认")
    async with world.database.reading() as uow:
        (kept,) = await submissions.find(uow, form="backbone_feedback")
    province = await world.person("省", ("province_manager", "江南省"))
    listed = text_of(await world.say(province, f"反馈 {row.code} 查看"))

    assert (kept.person_id, kept.answers) == (None, {"difficulties": "教室太小"})
    assert "王强" not in str(kept.context)
    assert "授课骨干教师1 王强：3 月 28 日" in listed


async def test_the_forms_can_be_exported_by_the_operator(world: World) -> None:
    row, people = await ended_class(world)
    await fill(world, people[2], row, final_arranged="yes", support="3")
    async with world.database.reading() as uow:
        table = await responses(
            uow,
            world.house.book,
            form="backbone_feedback",
            code=row.code,
            limits=Limits(),
        )
    written = dict(zip(table.header, table.rows[0], strict=True))

    assert (written["填表人"], written["终结性考核沟通"], written["支持和保障"]) == (
        "考核骨干教师3",
        "是",
        "很好（3分）",
    )
