"""Following: the first time, again, with forms open, and by a code."""

from __future__ import annotations

from conversations.model import RunCommand
from conversations.prompts import general
from tests.conversations.engine.people import applicant, draft_of
from tests.goldens.player import Player


def greeting(lines: list[str]) -> str:
    return lines[0]


def test_who_comes_back_is_greeted_as_one_who_was_here() -> None:
    player = Player()
    first = greeting(player.hear("[follow]"))
    left = player.hear("[unfollow]")
    again = greeting(player.hear("[follow]"))

    assert (first, left, again) == (general.WELCOME, [], general.WELCOME_BACK)


def test_who_comes_back_finds_their_forms() -> None:
    player = applicant("同意", "李晓梅")
    before = draft_of(player)
    player.hear("[unfollow]")
    again = player.hear("[follow]")
    player.hear("继续")

    assert greeting(again) == general.WELCOME_BACK_TO_FORMS
    assert (draft_of(player), player.conversation.focus) == (before, before.id)


def test_the_welcome_is_one_message() -> None:
    assert "---" not in Player().hear("[follow]")


def test_a_code_is_taken_up_whole_and_left_to_the_house() -> None:
    player = Player()
    player.hear("[scan 报名 2026-NC-02]")

    assert player.effects[0] == RunCommand("二维码", "扫到 报名 2026-NC-02")


def test_who_opens_the_chat_on_the_day_they_followed_is_not_welcomed_again() -> None:
    player = Player()
    player.hear("[follow]")
    same_day = player.hear("[enter]")
    player.hear("[days 1]")
    next_day = player.hear("[enter]")

    assert (same_day, greeting(next_day)) == ([], general.WELCOME_BACK)
