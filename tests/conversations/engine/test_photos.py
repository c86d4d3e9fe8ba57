"""The photo is checked beside the dialogue."""

from __future__ import annotations

import pytest

from conversations import engine
from conversations.model import (
    Answer,
    Inbound,
    JobResult,
    RecordConsent,
    RunCommand,
    StartJob,
)
from conversations.prompts.problems import PHOTO_REASONS
from tests.conversations.engine.people import FILLED, answer_of, applicant, say
from tests.goldens.player import Player

BEFORE_PHOTO = FILLED[:21]


def test_an_image_starts_the_job_and_the_dialogue_goes_on() -> None:
    player = applicant(*BEFORE_PHOTO)
    draft = player.conversation.focus
    player.effects.clear()
    said = say(player, "[image A]")
    payload = {"media": "file:A", "draft": draft, "field": "photo"}
    job = f"m{player.messages}"
    assert player.effects == [StartJob(job, "photo", payload)]
    assert answer_of(player, "photo") == Answer(state="pending", job=job)
    assert said[0] == "照片收到，正在检查。我们接着来。"


@pytest.mark.parametrize(
    ("before", "name"),
    [(BEFORE_PHOTO, "文件"), (BEFORE_PHOTO, "a.png"), (FILLED[:5], "IMG_1.JPG")],
)
def test_a_photo_sent_as_a_file_is_taken_as_the_photo(
    before: tuple[str, ...], name: str
) -> None:
    player = applicant(*before)
    say(player, f"[document A {name}]")
    job = f"m{player.messages}"
    assert answer_of(player, "photo") == Answer(state="pending", job=job)


@pytest.mark.parametrize("line", ["[document A 方案.pdf]", "[file 方案.pdf]"])
def test_another_file_is_no_photo(line: str) -> None:
    player = applicant(*FILLED[:5])
    assert say(player, line)[0] == "文件收到了，不过现在不需要文件。"
    assert answer_of(player, "photo") is None


def test_a_good_photo_is_the_answer() -> None:
    player = applicant(*BEFORE_PHOTO, "[image A]", "[photo ok]")
    assert answer_of(player, "photo") == Answer("photo-file")


@pytest.mark.parametrize("reason", [*PHOTO_REASONS, "a reason of tomorrow"])
def test_a_refused_photo_is_asked_for_again(reason: str) -> None:
    player = applicant(*BEFORE_PHOTO, "[image A]")
    said = say(player, f"[photo {reason}]")
    assert answer_of(player, "photo") is None
    assert said == [PHOTO_REASONS.get(reason, "照片没处理成，请换一张再发。")]


def test_the_result_of_a_replaced_photo_is_nothing() -> None:
    player = applicant(*BEFORE_PHOTO, "[image A]")
    first = player.jobs["photo"]
    say(player, "[image B]")
    player.jobs["photo"] = first
    before = player.conversation
    assert say(player, "[photo ok]") == []
    assert player.conversation == before


def test_handing_in_waits_for_the_photo() -> None:
    player = applicant(*BEFORE_PHOTO, "[image A]", "同意", "李晓梅")
    player.effects.clear()
    assert say(player, "提交") == ["照片还在检查，一般不到一分钟，好了马上告诉您。"]
    assert player.effects == []


def test_who_waits_for_the_photo_alone_is_asked_to_hand_in_when_it_is_good() -> None:
    player = applicant(*BEFORE_PHOTO, "[image A]", "同意", "李晓梅")
    said = say(player, "[photo ok]")
    assert said[0] == "照片可以用。"
    assert said[-3:] == ["1. 提交", "2. 先预览全部", "* start form_picture"]


def test_who_left_is_told_how_to_hand_in_when_the_photo_is_good() -> None:
    player = applicant(*BEFORE_PHOTO, "[image A]", "同意", "李晓梅", "退出")
    assert say(player, "[photo ok]") == ["照片可以用，申请表都齐了。回“继续”就可以交。"]


def test_a_preview_at_the_end_does_not_say_everything_twice() -> None:
    player = applicant(*FILLED)
    said = say(player, "预览")
    assert [line for line in said if FILLED[5] in line] == [f"4 单位：{FILLED[5]}"]
    assert said[-4].startswith("没有问题就提交")


def test_the_last_answer_and_the_picture_of_the_form_are_two_jobs() -> None:
    player = applicant(*BEFORE_PHOTO, "跳过", "同意", "李晓梅")
    player.effects.clear()
    say(player, "[image A]", "[photo ok]")
    jobs = [one.job for one in player.effects if isinstance(one, StartJob)]
    assert len(set(jobs)) == len(jobs) == 2


def test_outside_a_form_a_picture_is_handed_to_the_stamp_command() -> None:
    player = Player()
    facts = player.facts.__class__(commands={"盖章": "交盖章的表"})
    turn = engine.step(
        player.conversation,
        Inbound(id="m", kind="image", media="oa:MEDIA"),
        player.book,
        facts,
        player.moment,
    )
    assert turn.effects == (RunCommand("盖章", "oa:MEDIA"),)
    assert turn.replies == ()


@pytest.mark.parametrize(
    ("kind", "expected"),
    [("chart", "image"), ("export", "file"), ("form_picture", "image")],
)
def test_other_work_comes_back_as_what_it_made(kind: str, expected: str) -> None:
    player = Player()
    result = JobResult(job="j", kind=kind, ok=True, file="F", detail="统计.png")
    turn = engine.step(
        player.conversation,
        Inbound(id="m", kind="job", job=result),
        player.book,
        player.facts,
        player.moment,
    )
    assert [(one.kind, one.ref, one.name) for one in turn.replies] == [
        (expected, "F", "统计.png")
    ]


def test_a_photo_waits_for_both_consents() -> None:
    player = applicant("[image A]")
    player.effects.clear()
    say(player, "1")
    assert [type(effect) for effect in player.effects] == [RecordConsent]
    say(player, "1")
    assert [type(effect) for effect in player.effects] == [
        RecordConsent,
        RecordConsent,
        StartJob,
    ]


def test_work_that_failed_is_said_so() -> None:
    player = Player(jobs={"export": "j"})
    assert player._job("export", "crashed") == [
        "刚才要的东西没有做成，请稍后再试一次。"
    ]
    assert player._job("form_picture", "crashed") == []
