"""Several choices that were ticked together are one answer."""

from __future__ import annotations

import pytest

from conversations import engine
from conversations.model import Answer, Inbound, Turn
from tests.conversations.engine.people import FILLED, answer_of, applicant, say
from tests.goldens.player import Player


def tap(player: Player, *places: int) -> Turn:
    """Tick the choices of the question just asked, as a card sends them."""
    asked = player.conversation.asked
    assert asked is not None
    ticked = " ".join(asked.options[place - 1].send for place in places)
    turn = engine.step(
        player.conversation,
        Inbound(id="x", kind="tap", tap=ticked),
        player.book,
        player.facts,
        player.moment,
    )
    player.conversation = turn.conversation
    return turn


@pytest.mark.parametrize(
    ("filled", "multiple"),
    [pytest.param(15, True, id="ticks"), pytest.param(10, False, id="yes or no")],
)
def test_only_a_question_that_takes_several_answers_says_so(
    filled: int, multiple: bool
) -> None:
    player = applicant(*FILLED[:filled])
    turn = engine.step(
        player.conversation,
        Inbound(id="x", kind="text", text=FILLED[filled]),
        player.book,
        player.facts,
        player.moment,
    )
    assert turn.replies[-1].choices
    assert turn.replies[-1].multiple is multiple


def test_each_of_the_ticked_is_asked_for_what_it_lacks_and_kept() -> None:
    player = applicant(*FILLED[:16])
    tap(player, 2, 3)
    assert answer_of(player, "education") == Answer(
        {"master": "", "bachelor": ""}, "partial"
    )
    say(player, "机电", "机械工程")
    assert answer_of(player, "education") == Answer(
        {"master": "机电", "bachelor": "机械工程"}
    )


@pytest.mark.parametrize("spoilt", ["#0.1", "99", "#1.1.1", "本科"])
def test_ticks_of_which_one_is_of_another_question_answer_nothing(spoilt: str) -> None:
    player = applicant(*FILLED[:16])
    asked = player.conversation.asked
    assert asked is not None
    before = player.conversation.drafts
    turn = engine.step(
        player.conversation,
        Inbound(id="x", kind="tap", tap=f"{asked.options[0].send} {spoilt}"),
        player.book,
        player.facts,
        player.moment,
    )
    assert turn.conversation.drafts == before
