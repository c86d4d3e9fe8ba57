"""Who may take a notice on: its author up to 1000 recipients, then somebody else."""

from __future__ import annotations

import pytest

from notices.lifecycle import Denied, Hand, Step, publish, stop, withdraw
from notices.wording import reason

AUTHOR = Hand("author", covers=True)
COLLEAGUE = Hand("colleague", covers=True)
STRANGER = Hand("stranger", covers=False)
STATES = ["draft", "awaiting_approval", "approved", "published", "stopped", "withdrawn"]
OUT = Step(("approved", "published"))


@pytest.mark.parametrize(
    ("state", "hand", "recipients", "outcome"),
    [
        pytest.param("draft", AUTHOR, 1, OUT, id="one"),
        pytest.param("draft", AUTHOR, 1000, OUT, id="1000-the-author-approves"),
        pytest.param(
            "draft", AUTHOR, 1001, Step(("awaiting_approval",)), id="1001-waits"
        ),
        pytest.param("draft", AUTHOR, 0, Denied("notice_reaches_nobody"), id="nobody"),
        pytest.param(
            "draft", COLLEAGUE, 1, Denied("notice_not_yours"), id="not-the-author"
        ),
        pytest.param("draft", STRANGER, 1, Denied("notice_out_of_scope"), id="foreign"),
        pytest.param(
            "awaiting_approval",
            AUTHOR,
            1001,
            Denied("notice_needs_another"),
            id="not-oneself",
        ),
        pytest.param(
            "awaiting_approval", COLLEAGUE, 1001, OUT, id="1001-another-approves"
        ),
        pytest.param(
            "awaiting_approval",
            STRANGER,
            1001,
            Denied("notice_out_of_scope"),
            id="not-foreign",
        ),
        pytest.param("published", AUTHOR, 1, Denied("notice_is_published"), id="once"),
        pytest.param(
            "stopped", AUTHOR, 1, Denied("notice_is_stopped"), id="not-after-stop"
        ),
        pytest.param(
            "withdrawn", AUTHOR, 1, Denied("notice_is_withdrawn"), id="not-again"
        ),
    ],
)
def test_publishing(
    state: str, hand: Hand, recipients: int, outcome: Step | Denied
) -> None:
    assert publish(state, hand, author_id="author", recipients=recipients) == outcome


def test_a_notice_whose_page_is_of_use_by_itself_may_reach_nobody() -> None:
    step = publish("draft", AUTHOR, author_id="author", recipients=0, stands_alone=True)
    assert step == OUT


def test_the_limit_is_a_setting() -> None:
    waits = publish("draft", AUTHOR, author_id="author", recipients=11, limit=10)
    assert waits == Step(("awaiting_approval",))


@pytest.mark.parametrize("state", STATES)
def test_only_what_is_published_can_be_stopped(state: str) -> None:
    expected = (
        Step(("stopped",)) if state == "published" else Denied(f"notice_is_{state}")
    )
    assert stop(state, COLLEAGUE) == expected
    assert stop(state, STRANGER) == Denied("notice_out_of_scope")


@pytest.mark.parametrize("state", STATES)
def test_everything_can_be_withdrawn_once(state: str) -> None:
    gone = state == "withdrawn"
    expected = Denied("notice_is_withdrawn") if gone else Step(("withdrawn",))
    assert withdraw(state, AUTHOR) == expected
    assert withdraw(state, STRANGER) == Denied("notice_out_of_scope")


def test_every_refusal_has_its_words() -> None:
    codes = [f"notice_is_{state}" for state in STATES] + [
        "notice_out_of_scope",
        "notice_not_yours",
        "notice_needs_another",
        "notice_reaches_nobody",
        "text_too_long",
        "text_has_code",
        "text_unknown_field",
    ]
    assert [code for code in codes if not reason(code, "x").endswith("。")] == []
