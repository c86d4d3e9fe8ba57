"""Laws of the dialogue that no single tale shows."""

from __future__ import annotations

from pathlib import Path

import msgspec
import pytest

from conversations import engine
from conversations.model import (
    Answer,
    CloseDraft,
    Facts,
    Inbound,
    Outcome,
    RecordConsent,
    RunCommand,
)
from tests.conversations.engine.people import (
    FILLED,
    answer_of,
    applicant,
    draft_of,
    say,
)
from tests.goldens.books import next_book
from tests.goldens.player import Player


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


def test_a_skipped_long_text_keeps_what_was_written() -> None:
    player = applicant(*FILLED[:12], "第一段", "跳过", *FILLED[13:])
    assert draft_of(player).cursor == "school_work"
    say(player, "第二段", "完成")
    assert answer_of(player, "school_work") == Answer("第一段\n第二段")


def test_a_skipped_change_changes_nothing() -> None:
    player = applicant(*FILLED[:11])
    before = draft_of(player).answers
    assert say(player, "修改 3", "跳过")[0] == "好，不改。"
    assert draft_of(player).answers == before


def test_no_is_nothing_where_a_long_text_is_asked() -> None:
    player = applicant(*FILLED[:12], "没有")
    assert answer_of(player, "school_work") == Answer("无")


def test_a_preview_tells_what_is_begun_and_what_is_put_off() -> None:
    player = applicant(*FILLED[:11], "跳过", "第一段", "上一步")
    assert say(player, "预览")[14:18] == [
        "10 第一阶段申报专业：（先放着）",
        "11 院校和专业建设工作：（填了一部分）",
        "还有 11 题没填。",
        "",
    ]


def test_a_long_preview_comes_in_several_messages() -> None:
    player = applicant(*FILLED[:3])
    fields = [one for one in player.book.newest("application").fields if one.asked]
    texts = [one for one in fields if one.kind in ("text", "long_text")]
    draft = draft_of(player)
    draft.answers.update({one.id: Answer("题" * 60) for one in texts})
    assert say(player, "预览").count("---") >= 1


def test_several_readings_are_asked_about() -> None:
    # Of a house that says nothing of what it may open.
    player = Player(context={"institution_kind": ""})
    player.settle(Outcome(open=player.request("class_opening", "x")))
    assert say(player, "2", "综合") == [
        "“综合”您是指哪一个？",
        "1. 工业综合与农业类",
        "2. 文化艺术与综合类",
        "3. 都不是，重新写",
    ]
    say(player, "2")
    assert answer_of(player, "major") == Answer("文化艺术与综合类")


def test_an_alias_gives_its_command() -> None:
    player = Player()
    facts = msgspec.structs.replace(player.facts, aliases=("我的班级",))
    turn = engine.step(
        player.conversation,
        Inbound(id="m", kind="text", text="我的班级 2026-NC-02"),
        player.book,
        facts,
        player.moment,
    )
    assert turn.effects == (RunCommand("我的班级", "2026-NC-02"),)


def test_a_wish_in_many_words_is_guessed() -> None:
    assert say(Player(), "请问怎么才能报名参加今年的培训呢") == [
        "没太明白“请问怎么才能报名参加今年的培训呢”，您是想：",
        "1. 报名",
    ]


def test_somebody_with_nothing_to_do_is_told_of_invitations() -> None:
    player = Player()
    turn = engine.step(
        player.conversation,
        Inbound(id="m", kind="text", text="菜单"),
        player.book,
        Facts(),
        player.moment,
    )
    assert [reply.text for reply in turn.replies] == [
        "现在还没有能办的事。有邀请码的话，回“邀请码”加码，比如“邀请码 AB12CD”。"
    ]
