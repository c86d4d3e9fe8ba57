"""Whatever a person sends: no exception, no long reply, no ID number, no answer lost."""

from __future__ import annotations

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from conversations import codec, engine
from conversations.engine import words
from conversations.forms.book import load_book
from conversations.model import Conversation, Inbound, JobResult, Option
from tests.conversations.engine.people import FILLED, applicant, say
from tests.goldens.player import COMMANDS, ID_NUMBER, Player

LINES = st.one_of(
    st.sampled_from(sorted(words.UNIVERSAL)),
    st.sampled_from(sorted(COMMANDS)),
    st.sampled_from(FILLED),
    st.sampled_from(
        ["1", "2", "3", "9", "是", "否", "无", "修改 1", "修改 20", "逐项"]
    ),
    st.sampled_from(["报名 2026-NC-02", "评估", "开班", "通知 草稿", "邀请码 AB12"]),
    st.sampled_from(
        ["[image A]", "[sticker]", "[voice 李晓梅]", "[location]", "[file]"]
    ),
    st.sampled_from(["[follow]", "[scan 报名 X]", "[push 去报名=报名 X;看通知=通知]"]),
    st.sampled_from(
        [ID_NUMBER, f"我的身份证号是{ID_NUMBER}，请保密", "手机13900139001"]
    ),
    st.text(max_size=40).filter(lambda text: not text.startswith("[")),
)
SLOW = settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow]
)


@SLOW
@given(st.lists(LINES, max_size=40))
def test_any_talk_from_the_beginning_holds(lines: list[str]) -> None:
    say(Player(), *lines)  # the player holds every turn to its laws


@SLOW
@given(st.integers(0, len(FILLED)), st.lists(LINES, max_size=25))
def test_any_talk_from_any_place_of_a_form_holds(filled: int, lines: list[str]) -> None:
    say(applicant(*FILLED[:filled]), *lines)


@SLOW
@given(st.lists(LINES, max_size=30))
def test_nothing_personal_is_kept_without_its_consent(lines: list[str]) -> None:
    player = applicant(*lines)
    consents = player.conversation.consents
    for draft in player.conversation.drafts:
        form = player.book.get(draft.form, draft.version)
        for field in form.fields:
            answer = draft.answers.get(field.id)
            if answer is not None and answer.state == "given":
                assert not field.privacy.personal or "personal" in consents
                assert not field.privacy.sensitive or "sensitive" in consents


@given(
    st.builds(
        Inbound,
        id=st.just("m1"),
        kind=st.sampled_from(
            [
                "text",
                "tap",
                "image",
                "file",
                "voice",
                "location",
                "link",
                "follow",
                "unfollow",
                "scan",
                "job",
                "other",
                "new",
            ]
        ),
        text=st.text(max_size=30),
        tap=st.one_of(st.text(max_size=12), st.from_regex(r"#[0-9a-z]{1,3}\.\d{1,3}")),
        media=st.text(max_size=10),
        scene=st.text(max_size=10),
        job=st.one_of(
            st.none(),
            st.builds(
                JobResult,
                job=st.just("j"),
                kind=st.sampled_from(["photo", "export", "chart"]),
                ok=st.booleans(),
            ),
        ),
    ),
    st.booleans(),
)
def test_any_inbound_of_any_kind_gives_a_turn(inbound: Inbound, in_form: bool) -> None:
    player = applicant("同意", "李晓梅") if in_form else Player()
    turn = engine.step(
        player.conversation, inbound, player.book, player.facts, player.moment
    )
    assert codec.decode(codec.encode(turn.conversation)) == turn.conversation


def test_a_lone_surrogate_is_no_text_to_fear() -> None:
    player = applicant("同意")
    inbound = Inbound(id="m", kind="text", text="李\ud800晓梅")
    turn = engine.step(
        player.conversation, inbound, player.book, player.facts, player.moment
    )
    assert turn.conversation.drafts[0].answers["name"].value == "李晓梅"


def test_a_push_of_the_engines_own_question_is_no_menu() -> None:
    player = Player(push=(Option("是", "#1.1"),))
    assert player.hear("1") == ["没太明白“1”。回“菜单”看能做什么，回“帮助”看说明。"]


def test_the_packaged_book_serves_a_conversation_that_is_new() -> None:
    player = Player()
    turn = engine.step(
        Conversation(),
        Inbound(id="m", kind="unfollow"),
        load_book(),
        player.facts,
        player.moment,
    )
    assert (turn.conversation, turn.replies, turn.effects) == (Conversation(), (), ())
