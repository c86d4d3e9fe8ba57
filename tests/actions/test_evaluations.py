"""The evaluation: offered in its time, cast once, read only in numbers of five."""

from __future__ import annotations

from datetime import date

import msgspec

from bot.actions.context import Limits
from bot.actions.evaluations import drain_ballots
from bot.actions.responses import responses
from bot.ids import new_id
from conversations.forms.book import load_book
from conversations.model import Answer, Draft, Value
from storage import evaluations
from storage.classes import ClassRow
from tests.actions.test_admissions import stamp
from tests.commands.world import Person, World, text_of


def evaluation_draft(row: ClassRow, *, gain: str = "") -> Draft:
    form = load_book().newest("evaluation")
    matrix = next(one for one in form.fields if one.id == "understanding_2")
    answers: dict[str, Value] = {
        "understanding_2": {item.id: "3" for item in matrix.items},
        "answered": "3",
        "follow_up": "yes",
        "follow_up_kinds": {form_kind(): "线上答疑"},
        "greatest_gain": gain,
    }
    return Draft(
        id=new_id(),
        form="evaluation",
        version=1,
        subject=row.code,
        context={"level": row.level},
        started_on=row.ends_on,
        answers={key: Answer(value) for key, value in answers.items()},
    )


def form_kind() -> str:
    """The choice of “follow-up training” that asks for a text."""
    form = load_book().newest("evaluation")
    field = next(one for one in form.fields if one.id == "follow_up_kinds")
    return next(choice.value for choice in field.choices if choice.detail)


async def ended_class(world: World, count: int) -> tuple[ClassRow, list[Person]]:
    """A class on its last day with so many admitted teachers."""
    row = await world.new_class(opens_on=date(2026, 3, 20))
    base = await world.person("基地", ("base_staff", "江南"))
    people = []
    for serial in range(1, count + 1):
        person = await world.person(f"教师{serial}")
        application = await world.apply(person, row, serial=serial)
        await stamp(world, application.number, f"file-{serial}")
        await world.say(base, f"审核 {application.number} 通过")
        people.append(person)
    world.later(days=26)
    return row, people


async def table(world: World, row: ClassRow) -> dict[tuple[str, str], object]:
    async with world.database.transaction() as uow:
        await drain_ballots(uow, new_id=new_id)
        await uow.commit()
    async with world.database.reading() as uow:
        made = await responses(
            uow, world.house.book, form="evaluation", code=row.code, limits=Limits()
        )
    return {(str(name), str(value)): count for name, value, count in made.rows}


async def test_it_opens_on_the_last_day_with_the_lecturers_in_it(world: World) -> None:
    row, (person,) = await ended_class(world, 1)
    early = world.now
    world.now = early.replace(day=25)
    before = await world.say(person, "评估")
    world.now = early
    after = await world.say(person, "评估")

    assert before.open is None
    assert after.open is not None
    assert (after.open.subject, after.open.context["level"]) == (row.code, "二级")


async def test_it_opens_earlier_once_the_final_assessment_is_done(world: World) -> None:
    row, (person,) = await ended_class(world, 1)
    world.now = world.now.replace(day=27)
    await world.finish(row, "final_assessment")

    assert (await world.say(person, f"评估 {row.code}")).open is not None


async def test_nobody_else_learns_of_it(world: World) -> None:
    row, _ = await ended_class(world, 1)
    stranger = await world.person("旁人")
    foreign = await world.say(stranger, f"评估 {row.code}")
    missing = await world.say(stranger, "评估 2031-JX-99")

    said = text_of(missing).replace("2031-JX-99", row.code)
    assert text_of(foreign) == said


async def test_it_counts_once(world: World) -> None:
    row, (person,) = await ended_class(world, 1)
    first = await world.submit(person, evaluation_draft(row))
    second = await world.submit(person, evaluation_draft(row))
    async with world.database.reading() as uow:
        pooled = await evaluations.count_pool(uow, class_id=row.id)

    assert (first.done, second.done, pooled) == (True, True, 1)
    assert "没有再计入" in text_of(second)


async def test_marks_show_from_five_ballots_and_texts_from_ten(world: World) -> None:
    row, people = await ended_class(world, 10)
    seen = []
    for number, person in enumerate(people, 1):
        await world.submit(person, evaluation_draft(row, gain=f"收获{number}"))
        rows = await table(world, row)
        marks = max((one for one in rows.values() if isinstance(one, int)), default=0)
        texts = sum(value.startswith("收获") for _, value in rows)
        seen.append((marks, texts))

    assert seen == [(0, 0)] * 4 + [(5, 0)] * 5 + [(10, 10)]


async def test_what_is_written_beside_a_tick_is_a_text_not_a_mark(world: World) -> None:
    row, people = await ended_class(world, 5)
    for person in people:
        await world.submit(person, evaluation_draft(row))
    async with world.database.transaction() as uow:
        await drain_ballots(uow, new_id=new_id)
        results = await evaluations.results(uow, class_id=row.id, form="evaluation")

    assert all(
        "线上答疑" not in msgspec.json.encode(one).decode() for one in results.marks
    )
    assert results.texts[f"follow_up_kinds.{form_kind()}"] == ("线上答疑",) * 5


async def test_the_base_sees_how_many_are_done_and_never_who(world: World) -> None:
    row, people = await ended_class(world, 2)
    base = await world.person("别的同事", ("base_staff", "江南"))
    await world.submit(people[0], evaluation_draft(row))
    said = text_of(await world.say(base, f"统计 {row.code}"))

    assert "结束评估：录取的 2 人里 1 人交了，不记名" in said
    assert [one.name for one in people if one.name in said] == []


async def test_who_runs_the_class_learns_who_is_missing_and_nothing_more(
    world: World,
) -> None:
    row, people = await ended_class(world, 3)
    base = await world.person("同事", ("base_staff", "江南"))
    manager = await world.person("班主任", ("class_manager", row.code))
    await world.submit(people[0], evaluation_draft(row, gain="学到很多"))
    lists = [
        text_of(await world.say(who, f"评估 {row.code} 名单"))
        for who in (base, manager)
    ]
    for person in people[1:]:
        await world.submit(person, evaluation_draft(row))
    last = text_of(await world.say(base, f"评估 {row.code} 名单"))
    outside = await world.say(people[0], f"评估 {row.code} 名单")

    assert lists[0] == lists[1]
    assert "3 人里 1 人交了" in lists[0]
    assert lists[0].count("李敏") == 2
    assert "学到很多" not in lists[0]
    assert "3 人都交了" in last
    assert text_of(outside).startswith("没有找到")
