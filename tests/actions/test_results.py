"""评估结果: by item, lecturer, class, place and year; from five ballots, texts from ten."""

from __future__ import annotations

import io
import random
import re
from datetime import date

import msgspec
import pytest
from pypdf import PdfReader

from bot.actions.classes import named
from bot.actions.context import Limits
from bot.clock import MovableClock
from bot.documents import charts
from bot.ids import new_id
from bot.jobs.tasks.evaluation_texts import evaluation_texts, texts_of
from conversations.model import Outcome
from storage import classes, evaluations, jobs
from storage.classes import ClassRow, StaffRow
from storage.evaluations import Ballot, Results
from storage.jobs import ClaimedJob
from tests.commands.world import Person, World, text_of

LECTURERS = ("王强", "赵敏")


async def taught(
    world: World, base: str, count: int, *, opens_on: date, title: str, first: str = "3"
) -> tuple[ClassRow, list[Person]]:
    """A class that ended, evaluated by so many; and its two lecturers."""
    row = await world.new_class(base, opens_on=opens_on, title=title)
    people = []
    async with world.database.transaction() as uow:
        await classes.set_state(uow, class_id=row.id, state="ended")
        await uow.commit()
    for position, name in enumerate(LECTURERS, 1):
        person = await world.person(f"{name}，{title}", ("backbone_teacher", "江南省"))
        people.append(person)
        async with world.database.transaction() as uow:
            await classes.add_staff(
                uow,
                [StaffRow(row.id, "lecturer", position, name, person_id=person.id)],
            )
            await uow.commit()
    await vote(world, row, count, first=first)
    return row, people


async def vote(world: World, row: ClassRow, count: int, *, first: str = "3") -> None:
    async with world.database.transaction() as uow:
        for number in range(count):
            marks: dict[str, str | dict[str, str]] = {
                "understanding_2": {f"1.{item}": "3" for item in range(7, 13)},
                "follow_up": "no",
                "lecturer_1_marks": {f"3.1.{item}": first for item in range(1, 7)},
                "lecturer_2_marks": {f"3.2.{item}": "2" for item in range(1, 7)},
                "answered": "3" if number % 2 else "2",
            }
            texts = {
                "greatest_gain": f"收获{number}",
                "lecturer_1_other": "第一位讲得好",
                "lecturer_2_other": "第二位讲得快",
                "suggestions": "无",
            }
            await evaluations.cast(
                uow,
                Ballot(row.id, "evaluation", 1, marks, texts),
                person_id=new_id(),
                done_on=row.ends_on,
                new_id=new_id,
                shuffle=random.shuffle,
            )
        await evaluations.drain(
            uow, class_id=row.id, new_id=new_id, shuffle=random.shuffle
        )
        await uow.commit()


async def queued(world: World, *kinds: str) -> list[ClaimedJob]:
    async with world.database.transaction() as uow:
        return list(
            await jobs.claim(
                uow,
                kinds=list(kinds),
                owner="test",
                limit=100,
                now=world.now,
                lease_seconds=60,
            )
        )


def sends(outcome: Outcome) -> list[str]:
    return [option.send for reply in outcome.replies for option in reply.choices]


async def test_a_class_in_words_and_as_a_picture(world: World) -> None:
    row, _ = await taught(
        world, "江南", 12, opens_on=date(2026, 2, 1), title="数控二级班"
    )
    base = await world.person("基地", ("base_staff", "江南"))
    said = await world.say(base, f"评估结果 {row.code}")
    (picture,) = await queued(world, "picture")
    data = msgspec.json.decode(picture.payload["data"])

    assert text_of(said).splitlines() == [
        f"{named(row)}的结束评估，12 份，3 分最高：",
        "培训内容 3.00",
        "需要后续培训：是 0，否 12",
        "授课 王强 3.00",
        "授课 赵敏 2.00",
        "交流和考核 2.50",
        "逐项的图马上发来。",
    ]
    assert sends(said) == [f"评估结果 {row.code} 意见"]
    assert picture.payload["template"] == "marks"
    assert len(data["rows"]) == 6 + 6 + 6 + 1
    assert data["rows"][6] == [
        "3.1.1 王强：授课结构是否清晰，表达逻辑是否准确",
        [0, 0, 12],
        "3.00",
    ]
    assert charts.drawn("marks", data)[0].startswith(b"\x89PNG")


@pytest.mark.parametrize("count", [0, 4])
async def test_fewer_than_five_are_no_result(world: World, count: int) -> None:
    row, people = await taught(
        world, "江南", count, opens_on=date(2026, 2, 1), title="数控二级班"
    )
    base = await world.person("基地", ("base_staff", "江南"))
    centre = await world.person("中心", ("centre_manager", "全国"))
    said = [
        text_of(await world.say(who, text))
        for who in (base, centre, people[0])
        for text in (f"评估结果 {row.code}", "评估结果")
    ]

    assert ["不出结果" in one for one in said] == [True] * 6
    assert [one for one in said if re.search(r"\d\.\d\d", one)] == []
    assert await queued(world, "picture", "evaluation_texts") == []


async def test_the_class_shows_five_until_there_are_five_more(world: World) -> None:
    row, _ = await taught(
        world, "江南", 5, opens_on=date(2026, 2, 1), title="数控二级班"
    )
    base = await world.person("基地", ("base_staff", "江南"))
    seen = []
    for _ in range(6):
        said = text_of(await world.say(base, f"评估结果 {row.code}"))
        seen.append(re.findall(r"(\d+) 份，3 分", said))
        await vote(world, row, 1, first="1")

    assert seen == [["5"]] * 5 + [["10"]]


async def test_a_lecturer_reads_their_own_marks_and_those_of_the_class(
    world: World,
) -> None:
    row, (first, second) = await taught(
        world, "江南", 12, opens_on=date(2026, 2, 1), title="数控二级班"
    )
    said = text_of(await world.say(second, f"评估结果 {row.code}"))
    (picture,) = await queued(world, "picture")
    overview = await world.say(second, "评估结果")
    await world.say(second, f"评估结果 {row.code} 意见")
    (texts,) = await queued(world, "evaluation_texts")

    assert "授课 赵敏 2.00" in said
    assert "培训内容 3.00" in said
    assert "王强" not in said
    assert "3.1." not in picture.payload["data"]
    assert "3.2.1" in picture.payload["data"]
    assert "平均分是 2.00" in text_of(overview)
    assert sends(overview) == [f"评估结果 {row.code}"]
    assert (texts.person_id, texts.payload) == (
        second.id,
        {"class": row.id, "lecturers": "2"},
    )
    assert "3.00" in text_of(await world.say(first, "评估结果"))


async def test_assessors_and_strangers_learn_nothing(world: World) -> None:
    row, _ = await taught(
        world, "江南", 12, opens_on=date(2026, 2, 1), title="数控二级班"
    )
    assessor = await world.person("孙丽", ("backbone_teacher", "江南省"))
    async with world.database.transaction() as uow:
        seat = StaffRow(row.id, "assessor", 1, "孙丽", person_id=assessor.id)
        await classes.add_staff(uow, [seat])
        await uow.commit()
    strangers = [
        assessor,
        await world.person("别的基地", ("base_staff", "江北")),
        await world.person("别的省", ("province_manager", "江北省")),
    ]
    for who in strangers:
        foreign = text_of(await world.say(who, f"评估结果 {row.code}"))
        missing = text_of(await world.say(who, "评估结果 2031-JX-99"))
        assert foreign == missing.replace("2031-JX-99", row.code)
        assert "不出结果" in text_of(await world.say(who, "评估结果"))


async def three_classes(world: World) -> list[ClassRow]:
    """Ten and four at one base, seven at a base of the other province."""
    made = [
        await taught(world, base, count, opens_on=day, title=title, first=first)
        for base, count, day, title, first in (
            ("江南", 10, date(2026, 2, 1), "数控班", "3"),
            ("江南", 4, date(2026, 2, 1), "小班", "1"),
            ("江北", 7, date(2025, 3, 1), "电工班", "2"),
        )
    ]
    return [row for row, _ in made]


async def test_each_level_sees_what_lies_below_it(world: World) -> None:
    first, _, third = await three_classes(world)
    people = {
        "中心": await world.person("中心", ("centre_manager", "全国")),
        "省": await world.person("省", ("province_manager", "江南省")),
        "基地": await world.person("基地", ("base_staff", "江北")),
    }
    heads, first_choices = {}, {}
    for name, who in people.items():
        said = await world.say(who, "评估结果")
        heads[name] = text_of(said).splitlines()[0]
        first_choices[name] = sends(said)

    assert heads == {
        "中心": "部指导中心的结束评估，2 个班 17 份，3 分最高：",
        "省": "江南省的结束评估，1 个班 10 份，3 分最高：",
        "基地": "江北机电技师学院的结束评估，1 个班 7 份，3 分最高：",
    }
    assert first_choices["中心"] == [
        "评估结果 江北省",
        "评估结果 江南省",
        "评估结果 按基地",
        "评估结果 按骨干教师",
        "评估结果 按年",
    ]
    assert first_choices["省"][0] == "评估结果 江南机电技师学院"
    assert first_choices["基地"][0] == f"评估结果 {third.code}"
    assert first.code not in "".join(first_choices["基地"])


async def test_it_can_be_told_apart_by_year_lecturer_and_place(world: World) -> None:
    await three_classes(world)
    centre = await world.person("中心", ("centre_manager", "全国"))
    said = {
        text: await world.say(centre, f"评估结果 {text}")
        for text in ("2025", "按年", "江北省", "江南机电技师学院", "按骨干教师", "赵敏")
    }

    assert "2025 年的结束评估，1 个班 7 份" in text_of(said["2025"])
    assert sends(said["2025"])[0] == "评估结果 江北省 2025"
    assert sends(said["按年"])[:2] == ["评估结果 2025", "评估结果 2026"]
    assert "江北省的结束评估，1 个班 7 份" in text_of(said["江北省"])
    assert "江南机电技师学院的结束评估，1 个班 10 份" in text_of(
        said["江南机电技师学院"]
    )
    labels = [one.label for one in said["按骨干教师"].replies[0].choices]
    assert labels[:2] == ["王强 2.59（2 个班 17 份）", "赵敏 2.00（2 个班 17 份）"]
    assert "赵敏：2 个班 17 份，平均 2.00" in text_of(said["赵敏"])


async def test_what_lies_outside_a_scope_is_not_there(world: World) -> None:
    await three_classes(world)
    province = await world.person("省", ("province_manager", "江南省"))
    foreign = text_of(await world.say(province, "评估结果 江北机电技师学院"))
    missing = text_of(await world.say(province, "评估结果 天边机电技师学院"))

    assert foreign.startswith("没有找到")
    assert foreign == missing.replace("天边", "江北")


async def test_texts_are_made_from_ten_ballots_on(world: World) -> None:
    row, _ = await taught(
        world, "江南", 9, opens_on=date(2026, 2, 1), title="数控二级班"
    )
    base = await world.person("基地", ("base_staff", "江南"))
    nine = text_of(await world.say(base, f"评估结果 {row.code} 意见"))
    none = await queued(world, "evaluation_texts")
    other, _ = await taught(
        world, "江南", 10, opens_on=date(2026, 2, 2), title="数控三级班"
    )
    ten = text_of(await world.say(base, f"评估结果 {other.code} 意见"))
    (job,) = await queued(world, "evaluation_texts")

    assert ("还没满 10 份" in nine, none) == (True, [])
    assert "打乱了顺序" in ten
    assert job.payload == {"class": other.id, "lecturers": "1,2"}


async def test_the_file_holds_what_a_lecturer_may_read_in_no_order_of_people(
    world: World,
) -> None:
    row, (_, second) = await taught(
        world, "江南", 10, opens_on=date(2026, 2, 1), title="数控二级班"
    )
    await world.say(second, f"评估结果 {row.code} 意见")
    (job,) = await queued(world, "evaluation_texts")
    clock = MovableClock()
    make = evaluation_texts(world.database, world.house.book, clock, Limits())
    product = await make(job)
    later = evaluation_texts(
        world.database, world.house.book, clock, Limits(texts_shown_from=11)
    )
    (file,) = product.files
    pages = PdfReader(io.BytesIO(file.content)).pages
    text = re.sub(r"\s", "", "".join(page.extract_text() for page in pages))

    assert (file.person_id, file.name) == (second.id, "数控二级班结束评估文字意见.pdf")
    assert [f"收获{number}" in text for number in range(10)] == [True] * 10
    assert text.count("第二位讲得快") == 10
    assert "第一位讲得好" not in text
    assert (await later(job)).files == ()


def test_texts_stand_under_their_questions_without_numbers_or_other_lecturers(
    world: World,
) -> None:
    found = Results(
        10,
        (),
        {
            "suggestions": ("无", "多实操"),
            "lecturer_1_other": ("声音小",),
            "lecturer_2_other": ("很好",),
            "follow_up_kinds.other": ("线上，加我 13800138000",),
        },
    )
    groups = texts_of(world.house.book.newest("evaluation"), found, frozenset("2"))

    assert groups == [
        ("2 后续培训方式", ["线上，加我 138******00"]),
        ("3.2.7 骨干教师2其他意见", ["很好"]),
        ("13 意见和建议", ["多实操"]),
    ]
