"""Laws of the dialogue that no single tale shows."""

from __future__ import annotations

from pathlib import Path

import msgspec
import pytest

from conversations.model import Answer, CloseDraft, RecordConsent
from tests.conversations.engine.people import (
    FILLED,
    answer_of,
    applicant,
    draft_of,
    say,
)
from tests.goldens.books import next_book


def test_consent_is_kept_with_version_and_digest() -> None:
    player = applicant("1")
    consent = player.book.consent("personal")
    assert player.effects == [
        RecordConsent("personal", consent.version, consent.digest, given=True)
    ]
    assert player.conversation.consents == {"personal": consent.version}


def test_a_refused_consent_is_recorded_and_nothing_is_asked() -> None:
    player = applicant("2")
    consent = player.book.consent("personal")
    assert player.effects == [
        RecordConsent("personal", consent.version, consent.digest, given=False)
    ]
    assert player.conversation.consents == {}
    assert player.conversation.focus == ""
    assert len(player.conversation.drafts) == 1


def test_a_yes_to_a_text_that_was_changed_meanwhile_is_no_consent(
    tmp_path: Path,
) -> None:
    player = applicant()
    player.book = next_book(tmp_path)
    say(player, "1")
    assert player.conversation.consents == {}
    assert player.effects == []
    say(player, "1")
    assert player.conversation.consents == {"personal": "2"}


def test_changing_the_name_asks_for_the_signature_again() -> None:
    player = applicant(*FILLED, "修改 1", "李小梅")
    assert answer_of(player, "signature") is None
    assert draft_of(player).cursor == "signature"


def test_changing_an_answer_keeps_all_that_does_not_depend_on_it() -> None:
    player = applicant(*FILLED)
    before = draft_of(player).answers
    say(player, "修改 6", "13900139001")
    assert draft_of(player).answers == {**before, "phone": Answer("13900139001")}


def test_an_answer_of_a_branch_that_went_is_dropped() -> None:
    player = applicant(*FILLED, "修改 13", "是", "2021 年，杭州", "修改 13", "否")
    assert answer_of(player, "trained_detail") is None


def test_after_a_change_one_is_where_one_was() -> None:
    player = applicant(*FILLED[:11])
    place = draft_of(player).cursor
    say(player, "修改 3", "回族")
    assert draft_of(player).cursor == place


def test_giving_up_is_asked_about_and_then_done() -> None:
    player = applicant("1", "李晓梅")
    draft = draft_of(player)
    player.effects.clear()
    say(player, "取消", "不放弃")
    assert draft_of(player) == draft
    say(player, "取消", "放弃")
    assert player.conversation.drafts == ()
    assert player.effects == [CloseDraft(draft.id)]


def test_what_is_said_instead_of_yes_or_no_keeps_the_draft() -> None:
    player = applicant(*FILLED[:4])
    say(player, "取消", "回族")
    assert answer_of(player, "ethnicity") == Answer("回族")


def test_pieces_of_a_long_text_outlive_leaving() -> None:
    player = applicant(*FILLED[:12], "第一段", "退出", "继续", "第二段", "完成")
    assert answer_of(player, "school_work") == Answer("第一段\n第二段")


def test_a_piece_that_is_too_much_is_not_taken() -> None:
    player = applicant(*FILLED[:12], "一" * 1500)
    say(player, "二" * 600)
    assert draft_of(player).parts == ("一" * 1500,)


def test_one_mark_for_six_items_is_asked_item_by_item() -> None:
    player = applicant(*FILLED[:19], "3", "3", "4", "其余很好")
    assert answer_of(player, "ability_2") == Answer(
        {
            "task_analysis": "3",
            "activity_planning": "4",
            "task_assessment": "4",
            "worksheet": "4",
            "information_sheet": "4",
            "model_lesson": "4",
        }
    )


def test_marks_given_so_far_are_kept_as_a_part() -> None:
    player = applicant(*FILLED[:19], "逐项", "3", "退出")
    assert answer_of(player, "ability_2") == Answer({"task_analysis": "3"}, "partial")


def test_a_skipped_field_is_asked_again_before_the_summary() -> None:
    player = applicant(*FILLED[:11], "跳过", *FILLED[12:])
    assert draft_of(player).cursor == "first_phase"


def test_a_draft_whose_form_is_gone_does_not_stop_the_person() -> None:
    player = applicant("1", "李晓梅")
    gone = msgspec.structs.replace(draft_of(player), version=99)
    player.conversation = msgspec.structs.replace(player.conversation, drafts=(gone,))
    assert say(player, "继续") == [
        "这份表的版式暂时读不出来，填的内容都在。请联系江南基地培训办 0510-8123456。",
    ]
    assert player.conversation.drafts == (gone,)


@pytest.mark.parametrize("line", ["[voice 李晓梅]", "李晓梅", "我叫李晓梅"])
def test_recognised_speech_is_text(line: str) -> None:
    player = applicant("1", line)
    assert answer_of(player, "name") == Answer("李晓梅")
