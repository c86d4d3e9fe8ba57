"""A choice by its number, its label, or nearly its label."""

from __future__ import annotations

import pytest

from tests.conversations.understanding.conftest import Ask


@pytest.mark.parametrize(
    ("said", "value"),
    [
        ("1", "机械类"),
        ("１", "机械类"),
        ("①", "机械类"),
        ("1.", "机械类"),
        ("第一个", "机械类"),
        ("第3个", "信息类"),
        ("3号", "信息类"),
        ("三", "信息类"),
        ("C", "信息类"),
        ("选c", "信息类"),
        ("选项二", "电工电子类"),
        ("机械类", "机械类"),
        ("机械", "机械类"),
        ("我选机械类吧", "机械类"),
        ("应该是交通类的", "交通类"),
        ("机诫类", "机械类"),
        ("文化艺术综合类", "文化艺术与综合类"),
        ("财经", "财经商贸类"),
        ("８", "文化艺术与综合类"),
    ],
)
def test_a_major_is_understood(ask: Ask, said: str, value: str) -> None:
    read = ask("major", said, form="class_opening")
    assert (read.problem, read.value) == ("", value)


@pytest.mark.parametrize(
    ("said", "problem"),
    [
        ("9", "choice_number"),
        ("0", "choice_number"),
        ("第十个", "choice_number"),
        ("计算机", "choice_unknown"),
        ("哈", "choice_unknown"),
        ("能住宿舍吗", "choice_unknown"),
        ("   ", "empty"),
    ],
)
def test_what_is_no_major_is_refused(ask: Ask, said: str, problem: str) -> None:
    assert ask("major", said, form="class_opening").problem == problem


def test_a_number_out_of_range_says_what_there_is(ask: Ask) -> None:
    read = ask("major", "9", form="class_opening")
    assert read.params == {"number": "9", "last": "8"}


def test_a_tie_asks_back(ask: Ask) -> None:
    read = ask("major", "综合", form="class_opening")
    assert read.problem == "ambiguous"
    assert [one.value for one in read.candidates] == [
        "工业综合与农业类",
        "文化艺术与综合类",
    ]


def test_two_choices_in_one_answer_ask_back(ask: Ask) -> None:
    read = ask("major", "机械类或者信息类", form="class_opening")
    assert read.problem == "choice_single"
    assert [one.label for one in read.candidates] == ["机械类", "信息类"]


@pytest.mark.parametrize(
    ("field", "said"),
    [
        ("assessors_fair", "不太公平"),
        ("confidence", "不是很有"),
        ("confidence", "还有别的吗"),
        ("exchange", "什么算充分"),
    ],
)
def test_half_a_no_and_a_question_choose_nothing(
    ask: Ask, field: str, said: str
) -> None:
    assert ask(field, said, form="evaluation").problem == "choice_unknown"


@pytest.mark.parametrize("said", ["不是一级", "非一级", "不要一级"])
def test_a_choice_after_a_not_is_none(ask: Ask, said: str) -> None:
    assert ask("level", said, form="class_opening").problem == "choice_unknown"


def test_the_choice_put_in_its_place_is_taken(ask: Ask) -> None:
    assert ask("level", "不是一级，是二级", form="class_opening").value == "二级"


@pytest.mark.parametrize(
    ("field", "said", "value"),
    [
        ("answered", "3", "3"),
        ("answered", "所有", "3"),
        ("answered", "3分", "3"),
        ("answered", "没有", "1"),
        ("answered", "部分（2分）", "2"),
        ("exchange", "不充分", "1"),
        ("exchange", "比较充分", "2"),
        ("exchange", "充分", "3"),
        ("exchange", "挺充分的", "3"),
        ("process_feedback", "没有", "1"),
        ("process_feedback", "完全没有", "1"),
        ("process_feedback", "有", "3"),
        ("assessors_fair", "是的", "3"),
        ("confidence", "1", "1"),
    ],
)
def test_a_mark_in_words_is_its_number(
    ask: Ask, field: str, said: str, value: str
) -> None:
    assert ask(field, said, form="evaluation").value == value


@pytest.mark.parametrize(
    ("said", "value"),
    [
        *((said, "yes") for said in (
            "是", "1", "有", "有的", "对", "是的哈", "参加过", "参加过两次",
            "是，2019年在杭州", "Yes", "嗯", "好的", "√", "需要", "是第一阶段的",
        )),
        *((said, "no") for said in (
            "否", "2", "没有", "没", "不是", "没参加过", "我没参加过", "没有过",
            "不是第一阶段的", "无", "不用", "没有参加过", "N",
        )),
    ],
)  # fmt: skip
def test_yes_and_no_have_many_words(ask: Ask, said: str, value: str) -> None:
    assert ask("trained", said).value == value


@pytest.mark.parametrize(
    "said",
    ["不清楚", "不知道", "不太记得了", "有什么用", "是不是必须", "要看情况", "嘿嘿"],
)
def test_doubt_is_neither_yes_nor_no(ask: Ask, said: str) -> None:
    assert ask("trained", said).problem == "yes_no_unclear"


def test_a_third_choice_of_two_is_refused(ask: Ask) -> None:
    read = ask("trained", "3")
    assert (read.problem, read.params) == (
        "choice_number",
        {"number": "3", "last": "2"},
    )


@pytest.mark.parametrize(
    ("said", "value"),
    [
        ("汉", "汉族"),
        ("汉族", "汉族"),
        ("我是汉族的", "汉族"),
        ("土家", "土家族"),
        ("土", "土族"),
        ("我是土家族的", "土家族"),
        ("维吾尓", "维吾尔族"),
        ("维族", "维吾尔族"),
        ("蒙古族", "蒙古族"),
        ("哈萨克族人", "哈萨克族"),
        ("鄂伦春", "鄂伦春族"),
    ],
)
def test_an_ethnic_group_is_given_its_full_name(
    ask: Ask, said: str, value: str
) -> None:
    assert ask("ethnicity", said).value == value


@pytest.mark.parametrize("said", ["日本", "中国", "一", "能不能不填"])
def test_what_is_none_of_the_56_is_refused(ask: Ask, said: str) -> None:
    assert ask("ethnicity", said).problem == "ethnicity_unknown"
