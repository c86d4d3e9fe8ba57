"""A form through the door: what it leaves behind, and what not."""

from __future__ import annotations

import random
from collections.abc import Sequence
from datetime import datetime

from bot.ports import Encoded
from conversations.model import Reply
from storage import submissions
from storage.tables.messages import drafts
from tests.chaos.scripts import write_teacher
from tests.door.post import Post, letter
from tests.door.test_people import address_id, result


async def test_a_form_handed_in_leaves_the_dialogue_and_the_index(
    post: Post, class_code: str
) -> None:
    teacher = write_teacher(random.Random(1), 1, class_code)
    await post.say(teacher.openid, *(say.text for say in teacher.before_photo))
    await post.door.receive(letter(teacher.openid, "", kind="image", media="oa:1"))
    job = post.written[-1].jobs[0].id
    await post.door.receive(result(await address_id(post, teacher.openid), job))
    assert await post.count(drafts) == 1

    answer = await post.say(teacher.openid, *(say.text for say in teacher.after_photo))

    assert "编号" in answer
    assert await post.count(drafts) == 0
    assert (await post.conversation(teacher.openid)).drafts == ()
    async with post.database.reading() as uow:
        kept = await submissions.find(uow, form="application")
    assert [one.all_answers for one in kept] == [{**teacher.answers, "photo": "f1"}]


async def test_a_form_given_up_leaves_the_index(post: Post, class_code: str) -> None:
    await post.begin("甲", class_code)
    await post.say("甲", "取消", "2")

    assert await post.count(drafts) == 0


async def test_a_late_answer_and_what_followed_it_are_both_pushed(post: Post) -> None:
    def first_at_once(replies: Sequence[Reply], _now: datetime) -> Encoded:
        return Encoded("先".encode(), (Reply(text="后"), *replies[1:]))

    hello = letter("甲", "你好", encode_as=first_at_once)
    await post.reception.receive_alone(hello)
    for _ in range(2):
        await post.reception.push_late(hello, [Reply(text="先")])

    assert await post.pushed() == ["后", "先"]
