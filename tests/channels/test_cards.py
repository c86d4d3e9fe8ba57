"""Choices become cards within the platform's limits, and clicks say what was chosen."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.channels import wording
from bot.channels.cards import Chosen, is_submit, make_card, read_choice
from conversations.model import Option, Reply
from conversations.prompts.text import numbered


def asked(head: str, *labels: str, multiple: bool = False) -> Reply:
    options = tuple(Option(label, f"#1a.{n}") for n, label in enumerate(labels, 1))
    return Reply(text=numbered(head, labels), choices=options, multiple=multiple)


def body_of(reply: Reply) -> dict[str, Any]:
    card = make_card(reply, "task-1")
    assert card is not None
    return card.body


def test_up_to_six_choices_are_buttons() -> None:
    card = make_card(asked("第 3 题\n您的性别？", "男", "女"), "task-1")
    assert card is not None
    assert card.before == ""
    assert card.body == {
        "card_type": "button_interaction",
        "main_title": {"title": "第 3 题"},
        "sub_title_text": "您的性别？",
        "button_list": [
            {"text": "男", "style": 1, "key": "#1a.1|男"},
            {"text": "女", "style": 1, "key": "#1a.2|女"},
        ],
        "task_id": "task-1",
    }


def test_more_choices_are_a_list_to_take_one_of() -> None:
    body = body_of(asked("您教什么？", *(f"专业{n}" for n in range(7))))
    assert body["card_type"] == "vote_interaction"
    assert body["checkbox"]["mode"] == 0
    assert len(body["checkbox"]["option_list"]) == 7
    assert is_submit(body["submit_button"]["key"])


def test_several_can_be_ticked_even_of_few() -> None:
    body = body_of(asked("您的学历？", "硕士", "本科", multiple=True))
    assert (body["card_type"], body["checkbox"]["mode"]) == ("vote_interaction", 1)


@pytest.mark.parametrize("count", [0, 21])
def test_without_choices_or_with_too_many_it_is_a_text(count: int) -> None:
    reply = asked("哪一个？", *(f"第{n}个" for n in range(count)))
    assert make_card(reply, "t") is None


@pytest.mark.parametrize("task_id", ["", "a b", "题", "x" * 129])
def test_a_task_id_the_platform_refuses_makes_no_card(task_id: str) -> None:
    assert make_card(asked("您的性别？", "男", "女"), task_id) is None


def test_choices_that_say_the_same_make_no_card() -> None:
    same = (Option("看", "查看"), Option("看", "查看"))
    assert make_card(Reply(text="看什么？", choices=same), "t") is None


def test_what_has_no_room_is_said_before_with_its_numbers() -> None:
    reply = asked("您的单位属于哪一类？", "省属国家级重点技工院校以及技师学院", "其他")
    card = make_card(reply, "t")
    assert card is not None
    assert card.before == reply.text
    assert [one["text"] for one in card.body["button_list"]] == [
        "1. 省属国家级重…",
        "2. 其他",
    ]


def test_a_long_text_goes_before_and_says_no_choice_that_the_card_shows() -> None:
    card = make_card(asked(f"{'很长' * 60}\n\n想做什么？", "通知", "报名"), "t")
    assert card is not None
    assert (card.before, card.body["main_title"]) == (
        "很长" * 60,
        {"title": "想做什么？"},
    )
    assert [one["text"] for one in card.body["button_list"]] == ["1. 通知", "2. 报名"]


def test_a_question_too_long_for_a_title_is_asked_whole_before() -> None:
    card = make_card(asked("很长" * 60, "同意", "不同意"), "t")
    assert card is not None
    assert (card.before, card.body["main_title"]) == (
        "很长" * 60,
        {"title": wording.CHOOSE},
    )


@given(
    st.text(max_size=400),
    st.lists(st.text(min_size=1, max_size=60), min_size=1, max_size=20),
    st.booleans(),
)
def test_every_card_keeps_to_the_limits(
    head: str, labels: list[str], multiple: bool
) -> None:
    card = make_card(asked(head, *labels, multiple=multiple), "t")
    assert card is not None
    body = card.body
    assert 0 < len(body["main_title"]["title"]) <= 26
    assert len(body["main_title"].get("desc", "")) <= 30
    assert len(body.get("sub_title_text", "")) <= 112
    assert all(len(one["text"]) <= 10 for one in body.get("button_list", []))
    keys = [one["key"] for one in body.get("button_list", [])]
    if "checkbox" in body:
        assert all(len(one["text"]) <= 11 for one in body["checkbox"]["option_list"])
        keys = [one["id"] for one in body["checkbox"]["option_list"]]
    assert all(len(key.encode("utf-8", "replace")) <= 128 for key in keys)
    assert [read_choice([key]).send for key in keys] == [
        f"#1a.{n}" for n in range(1, len(labels) + 1)
    ]


@given(
    st.text("很长的话。\n", max_size=200),
    st.lists(st.text(min_size=1, max_size=12), min_size=1, max_size=20),
)
def test_whatever_a_card_leaves_out_is_in_the_text_before(
    head: str, labels: list[str]
) -> None:
    reply = asked(head, *labels)
    card = make_card(reply, "t")
    assert card is not None
    written = msgspec.json.encode(card.body, enc_hook=str).decode()
    written += msgspec.json.encode(card.before).decode()
    assert card.before == reply.text or all(
        msgspec.json.encode(said).decode()[1:-1] in written
        for said in (*(line.strip() for line in head.splitlines()), *labels)
    )


def test_a_click_says_what_was_chosen_and_shown() -> None:
    assert read_choice(["#1a.2|女"]) == Chosen("#1a.2", "女")
    assert read_choice(["报名 2026-NC-02"]) == Chosen(
        "报名 2026-NC-02", "报名 2026-NC-02"
    )


def test_several_ticks_are_one_choice() -> None:
    assert read_choice(["#1a.1|硕士", "#1a.2|本科"]) == Chosen(
        "#1a.1 #1a.2", "硕士、本科"
    )
