"""What we say arrives whole, in the platform's sizes, and as it was meant."""

from __future__ import annotations

import pytest

from bot.channels.wecom_bot.rendering import (
    MAX_TEXT_BYTES,
    File,
    Message,
    fit,
    pieces,
    plain,
    responding,
    welcoming,
)
from bot.links import Links
from conversations.model import Option, Reply
from storage.crypto import Vault

LINKS = Links(Vault(["a secret for tests only"]), "https://x.cn")
ASKED = Reply(
    text="您的性别？\n1. 男\n2. 女",
    choices=(Option("男", "#1.1"), Option("女", "#1.2")),
)


def texts(reply: Reply) -> list[str]:
    return [one.text for one in pieces(reply, LINKS, "t") if isinstance(one, Message)]


@pytest.mark.parametrize(
    ("said", "shown"),
    [
        ("单位 江南机电", "单位 江南机电"),
        ("手机 138******00", "手机 138******00"),
        (
            "手机 138******00\n证件 3***************34",
            "手机 138" + "\\*" * 6 + "00\n证件 3" + "\\*" * 15 + "34",
        ),
        ("a_b_c", "a\\_b\\_c"),
        ("https://x.cn/d/a_b_c*d*", "https://x.cn/d/a_b_c*d*"),
        ("# 一级\n> 引用", "\\# 一级\n\\> 引用"),
        ("班级 2026-NC-02", "班级 2026-NC-02"),
        ("一\r\n二\x00", "一\n二"),
    ],
)
def test_people_read_what_was_said_though_the_client_reads_markdown(
    said: str, shown: str
) -> None:
    assert plain(said) == shown


def test_choices_that_fit_on_a_card_are_one_card() -> None:
    (only,) = pieces(ASKED, LINKS, "t")
    assert isinstance(only, Message)
    assert (only.text, only.card is not None) == ("", True)


def test_what_a_card_has_no_room_for_is_said_before_it() -> None:
    long = "说明" * 80
    asked = Reply(text=f"{long}\n您的性别？\n1. 男\n2. 女", choices=ASKED.choices)
    first, second = pieces(asked, LINKS, "t")
    assert isinstance(first, Message)
    assert isinstance(second, Message)
    assert (first.text, first.card) == (long, None)
    assert second.card is not None
    assert second.card["task_id"] == "t"


def test_long_texts_are_split_and_lose_nothing() -> None:
    lines = [f"{number} " + "长" * 50 for number in range(400)]
    parts = texts(Reply(text="\n".join(lines)))
    assert len(parts) > 1
    assert all(len(part.encode()) <= MAX_TEXT_BYTES for part in parts)
    assert "\n".join(parts).split("\n") == lines


def test_files_articles_and_pictures() -> None:
    assert pieces(Reply(kind="image", ref="f1"), LINKS, "t") == [
        File("image", "f1", "图片")
    ]
    assert pieces(Reply(kind="file", ref="f2", name="表.pdf"), LINKS, "t") == [
        File("file", "f2", "表.pdf")
    ]
    article = Reply(kind="article", name="招生通知", text="6 月开班", ref="/n/a")
    assert texts(article) == ["**招生通知**\n6 月开班\n[查看](https://x.cn/n/a)"]


def test_a_turn_is_one_answer_with_the_card_of_its_question() -> None:
    message, rest = fit([Reply(text="记下了。"), ASKED], LINKS, "t")
    assert rest == ()
    body = responding(message, "s")
    assert body["msgtype"] == "stream_with_template_card"
    assert body["stream"] == {"id": "s", "finish": True, "content": "记下了。"}
    assert body["template_card"]["task_id"] == "t"


def test_what_does_not_fit_into_the_answer_is_left_over_in_its_order() -> None:
    picture = Reply(kind="image", ref="f1")
    last = Reply(text="好了。")
    assert fit([Reply(text="一"), picture, last], LINKS, "t") == (
        Message("一"),
        (picture, last),
    )
    assert fit([ASKED, last], LINKS, "t")[1] == (last,)
    long = Reply(text="长" * 10_000)
    assert fit([Reply(text="一"), long], LINKS, "t") == (Message("一"), (long,))
    assert fit([picture], LINKS, "t") == (Message(), (picture,))


def test_a_welcome_is_a_text_or_a_card_never_a_stream() -> None:
    assert welcoming(Message("您好"))["msgtype"] == "text"
    assert welcoming(fit([ASKED], LINKS, "t")[0])["msgtype"] == "template_card"
    both = fit([Reply(text="您好"), ASKED], LINKS, "t")[0]
    assert welcoming(both)["msgtype"] == "text"
