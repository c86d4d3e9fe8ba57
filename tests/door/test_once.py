"""Each message once, whoever brings it, however often (F1, F2)."""

from __future__ import annotations

import asyncio

from storage.tables.messages import conversations, drafts
from storage.tables.people import addresses, consents, persons
from tests.door.conftest import OpenPost
from tests.door.post import LONG_TEXT, Post, letter, together


async def test_deliveries_at_once_have_one_effect_and_the_same_answer(
    post: Post, class_code: str
) -> None:
    await post.say("甲", f"报名 {class_code}")
    agreed = letter("甲", "同意")

    answers = await together(post, [agreed] * 3)

    assert len(set(answers)) == 1
    assert "您的姓名是" in answers[0].decode()
    assert await post.count(consents) == 1
    assert (await post.inbox())[agreed.message_key] == ("done", 0)


async def test_a_command_delivered_at_once_is_run_once(
    post: Post, class_code: str
) -> None:
    applied = letter("甲", f"报名 {class_code}")

    answers = await together(post, [applied] * 3)

    assert len(set(answers)) == 1
    assert await post.count(drafts) == 1


async def test_a_later_delivery_gets_the_bytes_of_the_first(
    post: Post, open_post: OpenPost
) -> None:
    hello = letter("甲", "你好")
    first = await post.door.receive(hello)

    assert await post.door.receive(hello) == first
    assert await open_post().door.receive(hello) == first


async def test_processes_that_meet_the_same_strangers_make_them_once(
    post: Post, open_post: OpenPost
) -> None:
    strangers = [f"甲{number}" for number in range(20)]
    other = open_post()

    answers = await asyncio.gather(
        together(post, [letter(one, "你好") for one in strangers]),
        together(other, [letter(one, "菜单") for one in reversed(strangers)]),
    )

    assert all(answer for each in answers for answer in each)
    assert await post.count(persons) == len(strangers)
    assert await post.count(addresses) == len(strangers)
    assert await post.count(conversations) == len(strangers)
    assert set((await post.inbox()).values()) == {("done", 0)}


async def test_processes_that_get_the_same_message_answer_it_once(
    post: Post, open_post: OpenPost, class_code: str
) -> None:
    senders = [f"甲{number}" for number in range(10)]
    for sender in senders:
        await post.say(sender, f"报名 {class_code}")
    agreed = [letter(sender, "同意") for sender in senders]
    other = open_post()

    ours, theirs = await asyncio.gather(together(post, agreed), together(other, agreed))

    assert ours == theirs
    assert await post.count(consents) == len(senders)


async def test_processes_that_step_the_same_dialogue_lose_no_step(
    post: Post, open_post: OpenPost, class_code: str
) -> None:
    await post.begin("甲", class_code)
    other = open_post()
    ours = [f"这里的第 {number} 句" for number in range(8)]
    theirs = [f"那里的第 {number} 句" for number in range(8)]

    await asyncio.gather(
        together(post, [letter("甲", text) for text in ours]),
        together(other, [letter("甲", text) for text in theirs]),
    )

    pieces = await post.pieces("甲")
    assert [one for one in pieces if one in ours] == ours
    assert [one for one in pieces if one in theirs] == theirs
    assert len(pieces) == len(ours) + len(theirs)


async def test_what_a_person_writes_in_one_breath_keeps_its_order(
    post: Post, class_code: str
) -> None:
    senders = [f"甲{number}" for number in range(5)]
    for sender in senders:
        await post.begin(sender, class_code)
    sentences = [f"第 {number} 句" for number in range(10)]

    await together(
        post, [letter(sender, text) for text in sentences for sender in senders]
    )

    for sender in senders:
        draft = (await post.conversation(sender)).drafts[0]
        assert draft.cursor == LONG_TEXT
        assert list(draft.parts) == sentences
