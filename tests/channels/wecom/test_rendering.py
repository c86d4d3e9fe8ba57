"""A turn as a passive reply, and what follows as pushes."""

from __future__ import annotations

from datetime import UTC, datetime

from hypothesis import given
from hypothesis import strategies as st

from bot.channels.wecom.rendering import ClickEncoder, PassiveEncoder, pieces
from conversations.model import Option, Reply
from conversations.prompts.text import numbered
from tests.channels.wecom.platform import CORP, Answer, read_answer

NOW = datetime(2026, 5, 18, 4, 0, tzinfo=UTC)
ENCODE = PassiveEncoder("lin", CORP)
ASKED = Reply(
    text=numbered("您的性别？", ("男", "女")),
    choices=(Option("男", "#1.1"), Option("女", "#1.2")),
)


def test_the_texts_of_a_turn_are_one_reply() -> None:
    encoded = ENCODE((Reply(text="已记下。"), Reply(text="您的手机号？")), NOW)
    assert read_answer(encoded.remembered) == Answer(
        "text", "lin", "已记下。\n\n您的手机号？"
    )
    assert encoded.overflow == ()


def test_choices_and_what_follows_them_leave_as_pushes() -> None:
    said, after = Reply(text="已记下。"), Reply(text="也可以写下来。")
    encoded = ENCODE((said, ASKED, after), NOW)
    assert read_answer(encoded.remembered).said == "已记下。"
    assert encoded.overflow == (ASKED, after)


def test_a_turn_of_choices_alone_is_answered_with_nothing() -> None:
    encoded = ENCODE((ASKED,), NOW)
    assert (encoded.remembered, encoded.overflow) == (b"", (ASKED,))


def test_who_left_is_answered_with_nothing() -> None:
    silent = PassiveEncoder("lin", CORP, silent=True)
    encoded = silent((Reply(text="再见"),), NOW)
    assert (encoded.remembered, encoded.overflow) == (b"", ())


def test_a_click_is_answered_with_what_was_chosen() -> None:
    encoded = ClickEncoder("lin", CORP, "女")((Reply(text="已记下。"), ASKED), NOW)
    assert read_answer(encoded.remembered) == Answer("update_button", "lin", "女")
    assert encoded.overflow == (Reply(text="已记下。"), ASKED)


@given(st.lists(st.text(max_size=900), max_size=5))
def test_every_reply_fits_and_nothing_is_lost(said: list[str]) -> None:
    replies = tuple(Reply(text=text) for text in said)
    encoded = ENCODE(replies, NOW)
    if encoded.remembered:
        assert len(read_answer(encoded.remembered).said.encode()) <= 2000
    taken = replies[: len(replies) - len(encoded.overflow)]
    assert (*taken, *encoded.overflow) == replies


@given(st.text(max_size=3000))
def test_every_piece_of_a_text_fits(text: str) -> None:
    for piece in pieces(Reply(text=text), "https://x.cn", "t"):
        assert 0 < len(piece.body["content"].encode()) <= 2000


@given(st.text(min_size=1, max_size=900), st.text(max_size=900))
def test_every_text_card_fits(title: str, summary: str) -> None:
    reply = Reply(kind="article", name=title, text=summary, ref="/n/a")
    for piece in pieces(reply, "https://x.cn", "t"):
        if piece.kind == "textcard":
            assert 0 < len(piece.body["title"]) <= 128
            assert 0 < len(piece.body["description"].encode()) <= 512
        else:
            assert len(piece.body["content"].encode()) <= 2000
