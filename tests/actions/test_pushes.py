"""What one step says takes as few messages as it fits, where they are counted."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from bot.actions.pushes import as_few
from conversations.model import Option, Reply

COUNTED = "official_account"
YES = (Option("好", "#a.1"),)


def test_texts_that_follow_one_another_become_one() -> None:
    replies = [
        Reply(text="照片可以用。"),
        Reply(text="都填好了，提交吗？\n1. 好", choices=YES),
    ]
    assert as_few(replies, channel=COUNTED) == (
        Reply(text="照片可以用。\n\n都填好了，提交吗？\n1. 好", choices=YES),
    )


def test_choices_stay_the_last_thing_said() -> None:
    replies = [Reply(text="参加吗？\n1. 好", choices=YES), Reply(text="请回复。")]
    assert as_few(replies, channel=COUNTED) == tuple(replies)


def test_pictures_and_files_stand_alone() -> None:
    replies = [Reply(text="一"), Reply(kind="image", ref="f1"), Reply(text="二")]
    assert as_few(replies, channel=COUNTED) == tuple(replies)


def test_where_nothing_is_counted_each_stays_a_message() -> None:
    replies = [Reply(text="一"), Reply(text="二")]
    assert as_few(replies, channel="webchat") == tuple(replies)


@given(st.lists(st.text(alphabet="女a", min_size=1, max_size=900), max_size=6))
def test_nothing_is_lost_and_nothing_is_too_long(texts: list[str]) -> None:
    few = as_few([Reply(text=text) for text in texts], channel=COUNTED)
    assert "\n\n".join(reply.text for reply in few) == "\n\n".join(texts)
    longest = max((len(text.encode()) for text in texts), default=0)
    assert all(len(one.text.encode()) <= max(1800, longest) for one in few)
