"""附件6: counted, asked back figure by figure, handed in with two texts."""

from __future__ import annotations

import io
from datetime import UTC, date, datetime

import pytest
from docx import Document
from pypdf import PdfReader

from bot.actions import deadlines as timing
from bot.documents.annual_summary import AnnualSummary, filled
from bot.ids import new_id
from conversations.model import Answer, Draft, Outcome
from storage import deadlines, plans, submissions, summaries
from storage.plans import NewItem
from tests.actions.classroom import Room, open_room
from tests.actions.finishing import files_to, finish, score, work_off
from tests.commands.world import Person, World, text_of

DECEMBER = datetime(2026, 12, 3, 2, tzinfo=UTC)
REVIEW = "今年围绕工作页设计开展小组研讨，参训教师当天出成果。"


@pytest.fixture
async def room(world: World) -> Room:
    async with world.database.transaction() as uow:
        await timing.schedule_year(
            uow,
            institution_ids=["base0"],
            year=2026,
            programme=world.house.programmes["gongxue"],
            now=world.now,
            new_id=new_id,
        )
        await uow.commit()
    room = await open_room(world)
    await finish(room, final=(820, 550, 900))
    await score(room, "final", 820, 590, 900, attempt=2)
    await plan(room)
    world.now = DECEMBER
    return room


@pytest.fixture
async def centre(world: World) -> Person:
    return await world.person("部", ("centre_manager", "全国"))


async def plan(room: Room) -> None:
    """Two planned classes: one is the room's, one was not held."""
    rows = [
        NewItem(
            id=f"item{number}",
            institution_id="base0",
            period="2026-1",
            level="二级",
            major="机械类",
            opens_on=date(2026, 6, 20),
            headcount=30,
            recruits_from=[],
            created_by=room.base.id,
            state="published",
        )
        for number in (1, 2)
    ]
    async with room.world.database.transaction() as uow:
        await plans.add_items(uow, rows, now=room.world.now)
        await plans.link(uow, item_id="item1", class_id=room.row.id)
        await uow.commit()


async def submit(room: Room, asked: Outcome, **texts: str) -> str:
    request = asked.open
    assert request is not None
    said = {"review": REVIEW, "advice": "无", **texts}
    draft = Draft(
        request.draft,
        request.form,
        request.version,
        request.subject,
        request.context,
        room.world.now.date(),
        {key: Answer(value) for key, value in said.items()},
    )
    return text_of(await room.world.submit(room.base, draft))


async def due(room: Room) -> str:
    async with room.world.database.reading() as uow:
        row = await deadlines.find(uow, subject="base0:2026", step="annual_summary")
    assert row is not None
    return row.state


async def test_part_one_is_counted_from_the_database(room: Room) -> None:
    said = await room.say(room.base, "总结")

    assert said.split("\n")[:4] == [
        "江南机电技师学院 2026 年工作总结，第一部分（算到 12 月 3 日（周四））：",
        (
            "合计：培训班 1 个[1]，培训人次 3 人次[2]，培训合格人数 2 人[3]，"
            "培训合格率 66.7%[4]，培训计划执行率 50.0%[5]，未执行的计划班次 1 个[6]"
        ),
        (
            "二级：培训班 1 个[11]，培训人次 3 人次[12]，培训合格人数 2 人[13]，"
            "培训合格率 66.7%[14]"
        ),
        (
            "机械类：培训班 1 个[19]，培训人次 3 人次[20]，培训合格人数 2 人[21]，"
            "培训合格率 66.7%[22]"
        ),
    ]


@pytest.mark.parametrize(
    ("number", "pieces"),
    [
        (1, ["2026 年培训班 1 个", "数控加工二级班 2026-JX-01"]),
        (3, ["2026 年培训合格人数 2 人", "2026-JX-01", "合格 2", "现有考核成绩"]),
        (14, ["2026 年二级培训合格率 66.7%", "2 ÷ 3 = 66.7%"]),
        (5, ["1 ÷ 2 = 50.0%", "已开班 2026-JX-01", "未开班：没有写原因"]),
        (6, ["未开班：没有写原因"]),
        (7, ["2026 年一级培训班 0 个", "没有一项。"]),
        (99, ["总结里没有编号 99 的数", "编号从 1 到 22。"]),
    ],
)
async def test_every_figure_is_asked_back(
    room: Room, number: int, pieces: list[str]
) -> None:
    said = await room.say(room.base, f"这个数怎么来的 {number}")

    assert [one for one in pieces if one not in said] == []


async def test_without_a_number_the_figures_are_offered(room: Room) -> None:
    asked = await room.outcome(room.base, "这个数怎么来的")
    options = asked.replies[0].choices
    said = await room.say(room.base, options[2].send)

    assert options[2].label == "[3] 培训合格人数 2 人"
    assert said.startswith("2026 年培训合格人数 2 人，是各班两项考核都合格的人数之和：")


async def test_a_sent_transcript_is_what_counts(room: Room) -> None:
    await room.say(room.base, f"成绩单 {room.code}")
    await room.say(room.base, f"成绩单 {room.code} 确认")
    said = await room.say(room.base, "这个数怎么来的 3")

    assert "成绩单第 1 版" in said


async def test_it_is_handed_in_with_two_texts_to_province_and_centre(
    room: Room, centre: Person
) -> None:
    before = await due(room)
    asked = await room.outcome(room.base, "总结 填写")
    said = await submit(room, asked)
    await work_off(room.world)

    assert (before, await due(room)) == ("open", "done")
    assert said.startswith("2026 年工作总结第 1 版已报送省里和部中心")
    for reader in (room.base, room.province, centre):
        pdf, docx = await files_to(room.world, reader)
        printed = "".join(
            "".join(page.extract_text().split())
            for page in PdfReader(io.BytesIO(pdf.content)).pages
        )
        typed = "".join(
            "".join(one.text.split())
            for one in Document(io.BytesIO(docx.content)).paragraphs
        )
        for text in (printed, typed):
            assert "共开办培训班1个，合计共培训3人次，培训合格2人" in text
            assert "培训计划执行率达50.0%，1个培训计划班次未执行" in text
            assert REVIEW in text
        assert pdf.info.name == "附件6 江南机电技师学院 2026年工作总结.pdf"


async def test_before_december_the_figures_are_there_and_nothing_is_handed_in(
    room: Room,
) -> None:
    room.world.now = datetime(2026, 11, 30, 2, tzinfo=UTC)
    figures = await room.say(room.base, "总结")
    refused = await room.outcome(room.base, "总结 填写")

    assert "培训班 1 个[1]" in figures
    assert refused.open is None
    assert text_of(refused).startswith(
        "2026 年的工作总结 12 月 1 日（周二）起提交（规程第十三条（二））"
    )


async def test_handed_in_again_it_is_the_next_revision_without_retyping(
    room: Room,
) -> None:
    await submit(room, await room.outcome(room.base, "总结 填写"))
    again = await room.outcome(room.base, "总结 2026 填写")
    await submit(room, again, advice="建议统一案例库。")
    async with room.world.database.reading() as uow:
        found = await summaries.latest(uow, institution_ids=["base0"], year=2026)
        form = await submissions.get(uow, submission_id=found["base0"].submission_id)

    assert again.open is not None
    assert again.open.prefill["review"] == REVIEW
    assert found["base0"].revision == 2
    assert form is not None
    assert form.answers["advice"] == "建议统一案例库。"


async def test_in_january_last_years_is_meant_until_it_is_handed_in(
    room: Room,
) -> None:
    room.world.now = datetime(2027, 1, 5, 2, tzinfo=UTC)
    owed = await room.say(room.base, "总结")
    await submit(room, await room.outcome(room.base, "总结 填写"))
    after = await room.say(room.base, "总结")

    assert "2026 年工作总结" in owed
    assert "2027 年工作总结" in after


async def test_province_and_centre_see_who_handed_in_and_ask_the_same_figures(
    room: Room, centre: Person
) -> None:
    none = await room.say(centre, "总结 2026")
    empty = await room.say(centre, "这个数怎么来的 2026 3 江南机电技师学院")
    await submit(room, await room.outcome(room.base, "总结 填写"))
    await score(room, "final", 300, 300, 300, attempt=2)
    listed = await room.outcome(centre, "总结 2026")
    one = await room.say(centre, listed.replies[0].choices[0].send)
    asked = await room.say(centre, "这个数怎么来的 2026 3 江南机电技师学院")
    foreign = await room.say(room.province, "总结 2026 江北机电技师学院")

    assert "2 个培训机构，已交 0 个" in none
    assert empty == "江南机电技师学院还没有提交 2026 年工作总结。"
    assert "江南机电技师学院：工作总结 第 1 版，12 月 3 日（周四）" in text_of(listed)
    assert "文件马上发来" in one
    assert "培训合格人数 2 人" in asked
    assert foreign.startswith("没有找到“江北机电技师学院”")


async def test_what_was_counted_is_the_model_of_the_paper(room: Room) -> None:
    asked = await room.outcome(room.base, "总结 填写")
    assert asked.open is not None
    model = filled({"review": REVIEW}, asked.open.context)

    assert isinstance(model, AnnualSummary)
    assert (model.total.trained, model.planned, model.not_run) == (3, 2, 1)
    assert [one.label for one in model.majors] == ["机械类"]
    assert model.review == REVIEW
