"""What becomes of commands and submissions."""

from __future__ import annotations

import pytest

from conversations import engine
from conversations.model import (
    Answer,
    CloseDraft,
    Conversation,
    OpenDraft,
    Option,
    Outcome,
    Reply,
    SubmitForm,
    Value,
)
from tests.conversations.engine.people import FILLED, applicant, draft_of, say
from tests.goldens.player import ID_NUMBER, Player


def test_a_submission_says_nothing_by_itself() -> None:
    player = applicant(*FILLED)
    draft = draft_of(player)
    player.effects.clear()
    say(player, "提交")
    assert player.effects == [SubmitForm(draft)]


def test_a_taken_submission_closes_the_draft() -> None:
    player = applicant(*FILLED, "提交")
    assert player.conversation.drafts == ()
    assert player.conversation.focus == ""


def test_a_refused_submission_keeps_the_draft_and_says_why() -> None:
    player = applicant(*FILLED, "[refused 本班已满 30 人。]")
    draft = draft_of(player)
    assert say(player, "提交") == ["* submit application 1", "本班已满 30 人。"]
    assert player.conversation.drafts == (draft,)


def test_the_choices_of_an_outcome_are_numbered_once_and_can_be_chosen() -> None:
    player = Player()
    choices = (Option("候补", "报名 A"), Option("看下一班", "报名 B"))
    said = player.settle(Outcome(replies=(Reply(text="满了。", choices=choices),)))
    assert said == ["满了。", "1. 候补", "2. 看下一班"]
    assert player.hear("2")[0] == "* run 报名 B"


def test_choices_that_are_numbered_already_stay_as_they_are() -> None:
    player = Player()
    choices = (Option("候补", "报名 A"),)
    said = player.settle(
        Outcome(replies=(Reply(text="满了。\n1. 候补", choices=choices),))
    )
    assert said == ["满了。", "1. 候补"]


def test_a_form_about_the_same_subject_is_gone_on_with() -> None:
    player = applicant("同意", "李晓梅", "退出")
    draft = draft_of(player)
    player.settle(Outcome(open=player.request("application", "2026-NC-02")))
    assert player.conversation.drafts == (draft,)
    assert player.conversation.focus == draft.id


def test_another_form_keeps_the_first() -> None:
    player = applicant("同意", "李晓梅")
    first = draft_of(player)
    player.settle(Outcome(open=player.request("evaluation", "2026-NC-02")))
    second = player.conversation.drafts[1]
    assert player.conversation.drafts[0] == first
    assert player.conversation.focus == second.id
    assert player.effects[-1] == OpenDraft(second.id, "evaluation", 1, "2026-NC-02")


@pytest.mark.parametrize("drop", ["*", "the draft's id"])
def test_dropped_drafts_are_gone(drop: str) -> None:
    player = applicant("同意")
    draft = draft_of(player)
    player.effects.clear()
    player.settle(Outcome(drop=("*" if drop == "*" else draft.id,)))
    assert player.conversation.drafts == ()
    assert player.effects == [CloseDraft(draft.id)]


def test_a_command_reminds_of_an_open_form() -> None:
    player = applicant("同意", "退出")
    assert player.settle(Outcome(replies=(Reply(text="好。"),))) == [
        "好。",
        "",
        "《工学一体化教师培训参训申请表》还没填完，回“继续”接着填。",
    ]


@pytest.mark.parametrize(
    ("field", "value", "offered"),
    [
        pytest.param("unit", "江南机电技师学院", True, id="a-text"),
        pytest.param("education", {"bachelor": "机械"}, True, id="ticks"),
        pytest.param("education", {"diploma": ""}, False, id="a-choice-that-is-gone"),
        pytest.param("trained", "perhaps", False, id="a-value-that-is-gone"),
        pytest.param("ability_2", {"task_analysis": "3"}, False, id="half-a-matrix"),
        pytest.param("signature", "李晓梅", False, id="a-signature"),
        pytest.param("declaration", "agreed", False, id="a-declaration"),
        pytest.param("level", "一级", False, id="not-asked"),
        pytest.param("unknown", "x", False, id="no-field"),
        pytest.param("unit", "", False, id="nothing"),
        pytest.param("unit", {"a": "b"}, False, id="another-shape"),
    ],
)
def test_only_what_still_fits_is_offered(
    field: str, value: Value, offered: bool
) -> None:
    player = Player(prefill={field: value})
    player.settle(Outcome(open=player.request("application", "s")))
    expected = {field: Answer(value, "offered")} if offered else {}
    assert draft_of(player).answers == expected


def test_a_remembered_id_number_is_only_shown_masked() -> None:
    player = Player(prefill={"id_number": ID_NUMBER, "name": "李晓梅"})
    player.settle(Outcome(open=player.request("application", "s")))
    assert say(player, "1", "1", "1") == [
        "第 2/22 题：身份证号码还是“1***************77”吗？有变就直接写新的。",
        "1. 是",
        "* RecordConsent",
    ]


def test_a_long_outcome_comes_in_messages_that_every_channel_takes() -> None:
    turn = engine.settle(
        Conversation(),
        Outcome(replies=(Reply(text="一行说明文字。\n" * 300),)),
        Player().book,
        Player().facts,
        Player().moment,
    )
    assert max(len(reply.text.encode()) for reply in turn.replies) <= 2000
    assert "".join(reply.text for reply in turn.replies).count("一行") == 300
