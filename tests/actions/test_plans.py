"""培训信息报送: noted, handed in, reviewed, changed (规程第七条)."""

from __future__ import annotations

import asyncio
from datetime import date

import pytest

from bot.actions.deadlines import schedule_years
from tests.actions.plansworld import Planning
from tests.commands.world import World, text_of

SUBJECT = "base0:2026-1"


@pytest.fixture
async def story(world: World) -> Planning:
    return await Planning.begin(world)


async def schedule(world: World) -> None:
    await schedule_years(
        world.database,
        now=world.now,
        programmes=world.house.programmes,
        new_id=world.house.new_id,
    )


# ---- the base ----


async def test_an_empty_plan_offers_every_way_to_fill_it(story: Planning) -> None:
    said = await story.world.say(story.base, "报送")

    assert text_of(said).startswith("2026 年下半年培训信息，6 月 15 日（周一）前报送")
    assert [one.send.rpartition(" ")[2] for one in said.replies[0].choices] == [
        "加",
        "模板",
        "无",
    ]


async def test_a_class_is_noted_changed_and_dropped(story: Planning) -> None:
    world = story.world
    added = await story.add()
    (one,) = await story.items()
    changed = await story.fill(
        story.base,
        await world.say(story.base, f"报送 改 {one.number}"),
        headcount="24",
        recruits="named",
        provinces="江南、江北省",
    )
    (after,) = await story.items()
    dropped = await world.say(story.base, f"报送 删 {one.number}")
    again = await world.say(story.base, f"报送 删 {one.number}")

    assert added.done
    assert "9 月 7 日（周一）至 9 月 15 日，30 人，招全国" in text_of(added)
    assert "24 人，招江南省、江北省" in text_of(changed)
    assert (after.headcount, after.recruits_from) == (24, ["province0", "province1"])
    assert "删掉了" in text_of(dropped)
    assert "已删除" in text_of(again)
    assert await story.items("draft") == []


@pytest.mark.parametrize(
    ("changed", "why"),
    [
        ({"level": "一级"}, "规程第四条"),
        ({"major": "信息类"}, "还没有获批信息类二级"),
        ({"opens_on": "2026-06-20"}, "要在 2026 年 7 月 1 日到 12 月 31 日之间"),
        ({"opens_on": "2026-03-01"}, "开班日期要在今天之后"),
        ({"recruits": "named", "provinces": "天边省"}, "没有找到叫“天边省”的省"),
    ],
)
async def test_what_may_not_be_planned_is_refused_with_its_clause(
    story: Planning, changed: dict[str, str], why: str
) -> None:
    opened = await story.world.say(story.base, "报送 加")
    said = await story.fill(story.base, opened, **changed)

    assert why in text_of(said)
    assert not said.done
    assert await story.items() == []


async def test_a_plan_goes_to_the_province_once_and_can_be_taken_back(
    story: Planning,
) -> None:
    world = story.world
    await story.add()
    number = await story.hand_in()
    again = await world.say(story.base, "报送 交")
    adding = await world.say(story.base, "报送 加")
    seen = await world.say(story.base, "报送")
    back = await world.say(story.base, "报送 撤回")
    decided = await world.say(story.province, f"审核 {number} 通过")
    second = await story.hand_in()

    assert f"编号 {number}" in text_of(again)
    assert adding.open is None
    assert "正在省里审核" in text_of(seen)
    assert "撤回来了" in text_of(back)
    assert "已撤回" in text_of(decided)
    assert second > number
    assert len(await story.items("waiting")) == 1


async def test_the_province_is_asked_with_what_it_can_say(story: Planning) -> None:
    await story.add()
    number = await story.hand_in()
    shown = await story.world.say(story.province, f"审核 {number}")

    assert await story.world.pushed(story.province) == [
        f"江南机电技师学院报来 2026 年下半年培训信息（1 项），编号 {number}。审核吗？\n1. 通过\n2. 不通过"
    ]
    assert await story.world.pushed(story.other_province) == []
    assert [one.send for one in shown.replies[0].choices] == [
        f"审核 {number} 通过",
        f"审核 {number} 不通过",
    ]


async def test_no_plan_is_a_report_too(story: Planning) -> None:
    said = await story.world.say(story.base, "报送 无")
    number = int(text_of(said).partition("编号 ")[2].partition("。")[0])
    await story.world.say(story.province, f"审核 {number} 通过")
    seen = await story.world.say(story.base, "报送")

    assert "本期没有计划" in text_of(said)
    assert "省里审核通过" in text_of(seen)


async def test_nothing_noted_is_not_handed_in(story: Planning) -> None:
    nothing = await story.world.say(story.base, "报送 交")
    await story.add()
    none = await story.world.say(story.base, "报送 无")

    assert "还没有记下班次" in text_of(nothing)
    assert "还记着 1 项没交" in text_of(none)


async def test_a_class_whose_day_came_is_not_handed_in(story: Planning) -> None:
    await story.add(opens_on="2026-07-02")
    story.world.later(days=125)
    said = await story.world.say(story.base, "报送 2026年下半年 交")

    assert "开班日期要在今天之后" in text_of(said)


async def test_what_is_another_bases_is_not_there(story: Planning) -> None:
    world = story.world
    await story.add()
    (one,) = await story.items()
    foreign = [
        text_of(await world.say(story.other_base, f"{verb} {one.number}"))
        for verb in ("报送 改", "报送 删", "调整", "增补", "计划")
    ]
    missing = [
        text_of(await world.say(story.other_base, f"{verb} 987654"))
        for verb in ("报送 改", "报送 删", "调整", "增补", "计划")
    ]

    assert foreign == [text.replace("987654", str(one.number)) for text in missing]


async def test_somebody_of_two_institutions_is_asked_which(story: Planning) -> None:
    world = story.world
    both = await world.person("both", ("base_staff", "江南"), ("base_staff", "江北"))
    asked = await world.say(both, "报送 加")
    opened = await world.say(both, asked.replies[0].choices[1].send)

    assert [one.label for one in asked.replies[0].choices] == [
        "江北机电技师学院",
        "江南机电技师学院",
    ]
    assert opened.open is not None
    assert opened.open.context["institution"] == "江南机电技师学院"


async def test_a_plan_has_no_more_classes_than_it_may(story: Planning) -> None:
    world = story.world
    object.__setattr__(
        world.house, "limits", world.house.limits.__class__(plan_items=1)
    )
    await story.add()
    said = await story.add(opens_on="2026-10-12")

    assert "一次最多报 1 项" in text_of(said)


# ---- the province ----


async def test_approving_ends_the_step_and_tells_the_base(story: Planning) -> None:
    await schedule(story.world)
    await story.add()
    number = await story.hand_in()
    said = await story.world.say(story.province, f"审核 {number} 通过")
    again = await story.world.say(story.province, f"审核 {number} 通过")

    assert "已通过" in text_of(said)
    assert "审核通过，不能再这样审" in text_of(again)
    assert (await story.steps())[SUBJECT] == ("done", date(2026, 6, 15))
    assert (await story.steps())["base1:2026-1"][0] == "open"
    (told,) = await story.world.pushed(story.base)
    assert f"编号 {number}" in told


async def test_returning_needs_a_reason_and_keeps_what_was_filled(
    story: Planning,
) -> None:
    world = story.world
    await schedule(world)
    await story.add()
    number = await story.hand_in()
    without = await world.say(story.province, f"审核 {number} 不通过")
    await world.say(story.province, f"审核 {number} 不通过 日期冲突")
    (told,) = await world.pushed(story.base)
    seen = await world.say(story.base, "报送")

    assert "不通过要写理由" in text_of(without)
    assert "日期冲突" in told
    assert "还没交" in text_of(seen)
    assert (await story.steps())[SUBJECT][0] == "open"
    assert await story.hand_in() > number


async def test_an_agreement_can_be_taken_back_until_it_is_published(
    story: Planning,
) -> None:
    world = story.world
    await schedule(world)
    await story.add()
    number = await story.hand_in()
    await world.say(story.province, f"审核 {number} 通过")
    back = await world.say(story.province, f"审核 {number} 撤回 重新核对人数")
    open_ = (await story.steps())[SUBJECT][0]
    second = await story.hand_in()
    await world.say(story.province, f"审核 {second} 通过")
    await story.publish()
    late = await world.say(story.province, f"审核 {second} 撤回 再核对")

    assert "已退回" in text_of(back)
    assert open_ == "open"
    assert "不能撤回" in text_of(late)
    assert len(await story.items("published")) == 1


async def test_the_province_proposes_a_change_and_the_base_agrees(
    story: Planning,
) -> None:
    world = story.world
    await story.add()
    number = await story.hand_in()
    (one,) = await story.items()
    asked = await world.say(
        story.province, f"审核 {number} 改 {one.number} 10月12日 24人"
    )
    early = await world.say(story.province, f"审核 {number} 通过")
    await world.say(story.base, f"计划 {one.number} 同意")
    (after,) = await story.items()
    approved = await world.say(story.province, f"审核 {number} 通过")

    assert "10 月 12 日（周一）开班、24 人" in text_of(asked)
    assert "还没等到基地答复" in text_of(early)
    assert (after.opens_on, after.headcount) == (date(2026, 10, 12), 24)
    assert "已通过" in text_of(approved)
    assert "同意改动" in "\n".join(await world.pushed(story.province))


async def test_a_proposal_may_be_declined_or_unreadable(story: Planning) -> None:
    world = story.world
    await story.add()
    number = await story.hand_in()
    (one,) = await story.items()
    unread = await world.say(story.province, f"审核 {number} 改 {one.number} 随便")
    outside = await world.say(story.province, f"审核 {number} 改 {one.number} 6月20日")
    crowded = await world.say(story.province, f"审核 {number} 改 {one.number} 31人")
    nothing = await world.say(story.base, f"计划 {one.number} 同意")
    await world.say(story.province, f"审核 {number} 改 {one.number} 24人")
    await world.say(story.base, f"计划 {one.number} 不同意")
    (after,) = await story.items()

    assert "没看出要改成什么" in text_of(unread)
    assert "7 月 1 日" in text_of(outside)
    assert "每班 1 到 30 人" in text_of(crowded)
    assert "没有待答复的改动" in text_of(nothing)
    assert (after.headcount, after.proposed) == (30, {})


# ---- two at once ----


async def test_two_who_hand_in_at_once_hand_in_once(story: Planning) -> None:
    world = story.world
    colleague = await world.person("colleague", ("base_staff", "江南"))
    await story.add()
    said = await asyncio.gather(
        world.say(story.base, "报送 交"), world.say(colleague, "报送 交")
    )
    texts = sorted(text_of(one) for one in said)

    assert sum("已交省里审核" in text for text in texts) == 1
    assert sum("正在省里审核" in text for text in texts) == 1
    assert len(await story.items("waiting")) == 1


async def test_two_who_decide_at_once_decide_once(story: Planning) -> None:
    world = story.world
    colleague = await world.person("colleague", ("province_manager", "江南省"))
    await story.add()
    number = await story.hand_in()
    said = await asyncio.gather(
        world.say(story.province, f"审核 {number} 通过"),
        world.say(colleague, f"审核 {number} 不通过 人数不对"),
    )
    (one,) = await story.items()

    assert sum("不能" in text_of(outcome) for outcome in said) == 1
    assert one.state in ("approved", "draft")
