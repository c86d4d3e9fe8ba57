"""Universal words and commands, as people write them."""

from __future__ import annotations

import pytest

from conversations.engine import words
from tests.conversations.engine.people import FILLED, applicant, say
from tests.goldens.player import Player


@pytest.mark.parametrize(
    "written", ["继续", " 继续 ", "继续。", "“继续”", "继续！", "继续~", "继续\u200b"]
)
def test_a_universal_word_is_one_however_it_is_written(written: str) -> None:
    assert words.bare(words.cleaned(written)) == words.RESUME


@pytest.mark.parametrize(
    "written", ["继续填吧", "我想继续", "修改", "修改x", "修改 1 2"]
)
def test_a_longer_text_is_no_place_to_change(written: str) -> None:
    assert words.place_to_change(written) is None


@pytest.mark.parametrize(
    ("written", "place"),
    [
        ("修改 3", 3),
        ("修改3", 3),
        ("修改第3题", 3),
        ("修改　１２", 12),
        ("修改 第 7 项", 7),
    ],
)
def test_the_place_to_change(written: str, place: int) -> None:
    assert words.place_to_change(words.bare(written)) == place


@pytest.mark.parametrize(
    ("written", "number"),
    [
        ("2", 2),
        ("２", 2),
        ("选2", 2),
        ("第2个", 2),
        ("2。", 2),
        ("2号", 2),
        ("二十", None),
    ],
)
def test_a_bare_number(written: str, number: int | None) -> None:
    assert words.number(words.bare(written)) == number


@pytest.mark.parametrize(
    ("written", "expected"),
    [
        ("审核 12 通过", ("审核", "12 通过")),
        ("审核12通过", ("审核", "12通过")),
        ("报名 2026-NC-02", ("报名", "2026-NC-02")),
        ("报名2026-NC-02", ("报名", "2026-NC-02")),
        ("报名", ("报名", "")),
        ("报名\n2026-NC-02", ("报名", "2026-NC-02")),
        ("报名表在哪里", None),
        ("我要报名", None),
    ],
)
def test_a_command_stands_alone_or_before_its_arguments(
    written: str, expected: tuple[str, str] | None
) -> None:
    assert words.command(written, {"报名": "", "审核": ""}) == expected


@pytest.mark.parametrize("word", sorted(words.UNIVERSAL))
@pytest.mark.parametrize("filled", [0, 1, 4, 12, 19, len(FILLED)])
def test_a_universal_word_is_never_an_answer(word: str, filled: int) -> None:
    player = applicant(*FILLED[:filled])
    say(player, word)
    values = [
        answer.value
        for draft in player.conversation.drafts
        for answer in draft.answers.values()
    ]
    assert word not in values


@pytest.mark.parametrize("word", sorted(words.UNIVERSAL))
def test_a_universal_word_has_an_answer_outside_a_form(word: str) -> None:
    assert say(Player(), word) != []


@pytest.mark.parametrize("command", ["报名", "审核 12 通过", "邀请码 7K3M"])
@pytest.mark.parametrize("filled", [0, 1, 4, 12, 19, len(FILLED)])
def test_a_command_inside_a_form_is_never_run_unasked(
    command: str, filled: int
) -> None:
    player = applicant(*FILLED[:filled])
    player.effects.clear()
    say(player, command)
    assert player.effects == []
