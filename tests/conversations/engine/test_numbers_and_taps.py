"""Neither a tap nor a number answers another question than the person saw."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st

from conversations import engine
from conversations.model import Answer, Inbound, Option, RunCommand
from tests.conversations.engine.people import FILLED, answer_of, applicant, say


@settings(max_examples=40, deadline=None)
@given(st.integers(1, len(FILLED) - 1), st.data())
def test_a_tap_on_an_old_message_answers_nothing(
    filled: int, data: st.DataObject
) -> None:
    player = applicant(*FILLED[:filled])
    current = player.conversation.asked
    assert current is not None
    old = [
        option
        for options in player.shown
        for option in options
        if not option.send.startswith(current.token + ".")
    ]
    if not old:
        return
    option = data.draw(st.sampled_from(old))
    before = player.conversation
    turn = engine.step(
        before,
        Inbound(id="x", kind="tap", text=option.label, tap=option.send),
        player.book,
        player.facts,
        player.moment,
    )
    assert turn.conversation.drafts == before.drafts
    assert turn.conversation.consents == before.consents
    assert turn.effects == ()


def test_a_number_is_the_answer_of_a_text_field() -> None:
    player = applicant(*FILLED[:6])
    say(player, "1")
    assert answer_of(player, "title") == Answer("1")


def test_a_number_after_a_push_is_asked_about() -> None:
    player = applicant(*FILLED[:11])
    player.push = (Option("看通知", "通知"),)
    assert say(player, "1") == [
        "“1”是回哪一条？",
        "1. 刚才的提醒：看通知",
        "2. 我们正在填的这一题",
    ]
    say(player, "2")
    assert answer_of(player, "first_phase") == Answer("yes")


def test_a_number_that_only_the_push_can_mean_is_the_pushs() -> None:
    player = applicant(*FILLED[:7])
    player.push = (Option("看通知", "通知"),)
    player.effects.clear()
    say(player, "1")
    assert player.effects == [RunCommand("通知", "")]


def test_a_question_put_in_front_gives_the_number_back() -> None:
    player = applicant(*FILLED)
    player.push = (Option("看通知", "通知"),)
    say(player, "1")
    assert say(player, "2")[0] == "* submit application 1"


def test_an_answer_in_words_is_no_matter_of_the_push() -> None:
    player = applicant(*FILLED[:7])
    player.push = (Option("看通知", "通知"),)
    say(player, "13800138000")
    assert answer_of(player, "phone") == Answer("13800138000")
