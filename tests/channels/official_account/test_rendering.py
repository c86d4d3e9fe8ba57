"""What we say arrives as we said it, and nobody else speaks in it (T4)."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.channels.official_account.rendering import (
    MAX_TEXT_BYTES,
    NOTHING,
    PassiveEncoder,
)
from bot.channels.texts import plain, split
from bot.ports import Encoded
from conversations.model import Option, Reply
from tests.channels.official_account.platform import ACCOUNT, TEACHER, read_answer

NOW = datetime(2026, 5, 18, 1, 2, 3, tzinfo=UTC)
ENCODE = PassiveEncoder(TEACHER, ACCOUNT, "https://x.cn/")


def said(*replies: Reply) -> str:
    return read_answer(ENCODE(replies, NOW).remembered).content


def test_a_text_is_answered_to_the_person_with_its_time() -> None:
    encoded = ENCODE([Reply(text="民族？")], NOW)
    answer = read_answer(encoded.remembered)
    assert (answer.to, answer.account, answer.content) == (TEACHER, ACCOUNT, "民族？")
    assert answer.created == str(int(NOW.timestamp()))
    assert encoded.overflow == ()


def test_nothing_to_say_is_success() -> None:
    assert ENCODE([], NOW) == Encoded(NOTHING)
    assert ENCODE([Reply(text="")], NOW) == Encoded(NOTHING)


def test_who_left_is_told_nothing() -> None:
    silent = PassiveEncoder(TEACHER, ACCOUNT, "https://x.cn", silent=True)
    assert silent([Reply(text="再见")], NOW) == Encoded(NOTHING)


def test_texts_of_one_turn_are_one_message() -> None:
    assert said(Reply(text="记下了。"), Reply(text="民族？")) == "记下了。\n\n民族？"


def test_pictures_follow_as_pushes() -> None:
    image = Reply(kind="image", ref="f1")
    encoded = ENCODE([Reply(text="表填好了。"), image, Reply(text="提交吗？")], NOW)
    assert read_answer(encoded.remembered).content == "表填好了。\n\n提交吗？"
    assert encoded.overflow == (image,)


def test_a_picture_alone_is_no_passive_answer() -> None:
    image = Reply(kind="image", ref="f1")
    assert ENCODE([image], NOW) == Encoded(NOTHING, (image,))


def test_an_article_is_its_title_summary_and_address() -> None:
    article = Reply(kind="article", name="招生通知", text="6 月 20 日开班", ref="/n/ab")
    assert said(article) == "招生通知\n6 月 20 日开班\nhttps://x.cn/n/ab"


def test_what_does_not_fit_follows_in_its_order() -> None:
    long, last = Reply(text="长" * 600), Reply(text="完")
    encoded = ENCODE([Reply(text="短" * 100), long, last], NOW)
    assert read_answer(encoded.remembered).content == "短" * 100
    assert encoded.overflow == (long, last)


def test_a_text_too_long_for_one_message_is_cut_and_goes_on() -> None:
    lines = "\n".join(f"第 {number} 行" for number in range(400))
    choice = Option("好", "#a.1")
    encoded = ENCODE([Reply(text=lines, choices=(choice,)), Reply(text="完")], NOW)
    first = read_answer(encoded.remembered).content
    left, last = encoded.overflow
    assert first + "\n" + left.text == lines
    assert len(first.encode()) <= MAX_TEXT_BYTES
    assert left.choices == (choice,)
    assert last == Reply(text="完")


CHOICES = (Option("男", "#1z.1"), Option("女 & 其他", "#1z.2"))


def test_numbered_lines_can_be_tapped() -> None:
    text = "第 2/24 题：性别？\n1. 男\n2. 女 & 其他\n回数字也行。"
    answer = read_answer(ENCODE([Reply(text=text, choices=CHOICES)], NOW).remembered)
    assert answer.shown == text
    assert answer.taps == [("男", "#1z.1"), ("女 & 其他", "#1z.2")]


def test_a_choice_without_a_line_gets_one() -> None:
    answer = read_answer(
        ENCODE([Reply(text="继续吗？", choices=CHOICES[:1])], NOW).remembered
    )
    assert answer.shown == "继续吗？\n男"
    assert answer.taps == [("男", "#1z.1")]


def test_like_labels_each_get_their_own_link() -> None:
    options = tuple(Option("是" * count, f"#a.{count}") for count in range(1, 12))
    lines = "\n".join(f"{n}. {option.label}" for n, option in enumerate(options, 1))
    answer = read_answer(ENCODE([Reply(text=lines, choices=options)], NOW).remembered)
    assert answer.shown == lines
    assert answer.taps == [(option.label, option.send) for option in options]


def test_only_the_choices_themselves_are_links() -> None:
    text = "选过的：\n1. 男\n现在：\n1. 男\n2. 女 & 其他"
    answer = read_answer(ENCODE([Reply(text=text, choices=CHOICES)], NOW).remembered)
    assert answer.shown == text
    assert answer.content.startswith("选过的：\n1. 男\n")


def test_links_give_way_when_the_text_would_be_too_long() -> None:
    options = tuple(Option(f"专业名称很长的第{n}项", f"#a.{n}") for n in range(1, 31))
    lines = "\n".join(f"{n}. {option.label}" for n, option in enumerate(options, 1))
    assert said(Reply(text=lines, choices=options)) == lines


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (
            "x]]></Content><Content><![CDATA[evil",
            "x]]></Content><Content><![CDATA[evil",
        ),
        ("a\x00b\x0bc\ufffed\ud800e", "abcde"),
        ("一行\r\n二行\r三行", "一行\n二行\n三行"),
        ('<a href="https://evil.cn">点我</a>', '＜a href="https://evil.cn">点我＜/a>'),
        ("< A href=x>", "＜ A href=x>"),
        ("a < b > c &amp; <about>", "a < b > c &amp; <about>"),
    ],
)
def test_nobody_breaks_out_of_a_text(text: str, expected: str) -> None:
    assert said(Reply(text=text)) == expected


@given(st.lists(st.text(), max_size=4), st.text(max_size=30), st.text(max_size=30))
def test_every_answer_is_well_formed_and_as_said(
    texts: list[str], label: str, send: str
) -> None:
    choices = (Option(label, send),)
    replies = [Reply(text=text, choices=choices) for text in texts]
    encoded = ENCODE(replies, NOW)
    if encoded.remembered == NOTHING:
        assert not any(plain(text) for text in texts)
        return
    answer = read_answer(encoded.remembered)
    assert len(answer.content.encode()) <= MAX_TEXT_BYTES


@given(st.text(alphabet=st.characters(exclude_categories=["Cs"]), max_size=3000))
def test_pieces_fit_and_lose_nothing_but_line_ends(text: str) -> None:
    pieces = split(text, 100)
    assert all(len(piece.encode()) <= 100 for piece in pieces)
    assert "".join(pieces).replace("\n", "") == text.replace("\n", "")


def test_pieces_break_between_lines_if_they_can() -> None:
    assert split("一二三\n四五六\n七八九", 20) == ["一二三\n四五六", "七八九"]


def test_pieces_never_break_what_is_seen_as_one_character() -> None:
    family = "👩‍👩‍👧‍👦"
    assert split(family * 4, 60) == [family * 2, family * 2]
