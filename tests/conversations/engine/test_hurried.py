"""Somebody in a hurry: questions for answers, words of their own for ours."""

from __future__ import annotations

import pytest

from conversations import engine
from conversations.model import Answer, Conversation, Facts, Inbound, Outcome
from conversations.understanding import asks
from tests.conversations.engine.people import (
    FILLED,
    answer_of,
    applicant,
    draft_of,
    say,
)
from tests.goldens.player import Player

AT_UNIT = FILLED[:5]
AT_PHONE = FILLED[:7]
AT_EMAIL = FILLED[:8]
AT_LONG_TEXT = FILLED[:12]
AT_MATRIX = FILLED[:19]


@pytest.mark.parametrize(
    "text", ["怎么填", "能住学校宿舍吗", "要写全称吗？", "这个填什么呢", "请问写哪个"]
)
def test_a_question_is_not_kept_as_an_answer(text: str) -> None:
    player = applicant(*AT_UNIT)
    said = say(player, text)
    assert answer_of(player, "unit") is None
    assert said[0].startswith("这句像是在问事情，没有记作回答。")
    assert said[-2:] == [
        "第 4/22 题：您在哪个单位？请写全称。",
        f"1. “{text}”就是我的回答",
    ]


def test_what_sounds_like_a_question_can_be_the_answer() -> None:
    player = applicant(*AT_UNIT, "怎么办学校", "怎么办", "1")
    assert answer_of(player, "unit") == Answer("怎么办")


def test_after_a_question_the_answer_is_taken_as_always() -> None:
    player = applicant(*AT_UNIT, "怎么填", "江南机电技师学院")
    assert answer_of(player, "unit") == Answer("江南机电技师学院")


def test_a_question_is_never_a_name() -> None:
    player = applicant("同意")
    said = say(player, "怎么填")
    assert said[-1] == "【基本信息】第 1/22 题：您的姓名是？"
    assert answer_of(player, "name") is None


def test_a_place_of_work_is_not_a_name() -> None:
    player = applicant("同意")
    said = say(player, "江南机电技师学院")
    assert said == ["这像是单位名称，这里先写您本人的姓名。"]


def test_what_does_not_meet_a_condition_is_said_at_once() -> None:
    player = applicant(*FILLED[:16], level="一级")
    said = say(player, "大专 机械")
    assert said[1] == (
        "先提醒您：一级班要求本科及以上学历（培训标准，示例条件），这样交不上去。"
        "学历没填全的话可以先修改；也可以看看二级、三级班。"
    )
    assert answer_of(player, "education") == Answer({"college": "机械"})


@pytest.mark.parametrize("word", ["谢谢", "谢谢您。", "辛苦了"])
def test_thanks_are_no_answer_and_no_request(word: str) -> None:
    player = applicant(*AT_UNIT)
    assert say(player, word)[0] == "不客气，有事随时找我。"
    assert answer_of(player, "unit") is None
    assert Player().hear(word) == ["不客气，有事随时找我。"]


def test_to_ask_is_not_to_miss() -> None:
    player = applicant(*AT_PHONE)
    said = say(player, "填座机可以吗")
    assert said[0].startswith("这句像是在问事情")
    assert draft_of(player).misses == 0


def test_a_question_inside_a_long_text_is_part_of_it() -> None:
    player = applicant(*AT_LONG_TEXT, "第一段", "为什么这样做？", "完成")
    assert answer_of(player, "school_work") == Answer("第一段\n为什么这样做？")


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("能不能多住一晚", True),
        ("怎么填？", True),
        ("讲师", False),
        ("全国技工院校什么都教", False),
        ("？", True),
        ("", False),
    ],
)
def test_what_asks(text: str, expected: bool) -> None:
    assert asks(text) == expected


@pytest.mark.parametrize(
    "word", ["写完了", "完", "写好了。", "没有了", "好了", "完成了"]
)
def test_a_long_text_ends_as_people_say_it(word: str) -> None:
    player = applicant(*AT_LONG_TEXT, "写过申报材料", word)
    assert answer_of(player, "school_work") == Answer("写过申报材料")


@pytest.mark.parametrize(
    "text", ["修改手机", "修改 手机", "改手机号", "我要改一下联系电话", "改：手机"]
)
def test_a_question_can_be_changed_by_its_name(text: str) -> None:
    player = applicant(*AT_EMAIL)
    assert say(player, text)[0].startswith("第 6/22 题：手机现在是：138******00。")


def test_a_name_that_no_question_has_is_an_answer() -> None:
    player = applicant(*AT_UNIT, "改革学校")
    assert answer_of(player, "unit") == Answer("改革学校")


def test_a_row_of_the_matrix_is_answered_in_words() -> None:
    player = applicant(*AT_MATRIX, "逐项")
    said = say(player, "不错", "3分")
    assert said[0] == "（3/6）学习任务考核设计？"


def test_a_row_of_the_matrix_is_not_helped_by_an_example_for_all() -> None:
    player = applicant(*AT_MATRIX, "逐项")
    said = say(player, "嗯嗯嗯", "嗯嗯嗯", "嗯嗯嗯")
    assert said[:2] == ["没看出分数，请回 1 到 4 的数字。", ""]


def test_giving_up_an_empty_form_threatens_nothing() -> None:
    player = applicant("同意")
    assert say(player, "取消")[0] == (
        "要放弃《工学一体化教师培训参训申请表》吗？还没填内容。"
    )


@pytest.mark.parametrize("word", ["不是", "接着填吧", "2"])
def test_a_no_to_a_command_goes_on_with_the_form(word: str) -> None:
    player = applicant(*AT_LONG_TEXT, "审核 12 通过", word)
    assert draft_of(player).parts == ()
    assert draft_of(player).cursor == "school_work"


@pytest.mark.parametrize(
    ("contact", "expected"),
    [("培训办 0510-8123456", "培训办 0510-8123456"), ("", "江南师资研修中心")],
)
def test_without_a_contact_one_asks_who_runs_the_class(
    contact: str, expected: str
) -> None:
    player = Player()
    outcome = Outcome(open=player.request("application", "2026-NC-02"))
    facts = Facts(contact=contact)
    opened = engine.settle(Conversation(), outcome, player.book, facts, player.moment)
    refused = engine.step(
        opened.conversation,
        Inbound(id="m", kind="text", text="2"),
        player.book,
        facts,
        player.moment,
    )
    assert f"有事找 {expected}。" in opened.replies[0].text
    assert f"请联系{expected}。" in refused.replies[0].text
