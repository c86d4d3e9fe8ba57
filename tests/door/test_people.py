"""Whose a message is."""

from __future__ import annotations

from bot.ids import new_id
from bot.ports import Envelope
from bot.spool import everything_as_pushes
from conversations.model import Inbound, JobResult
from storage import people
from storage.tables.messages import conversations
from storage.tables.people import persons
from tests.door.post import CHANNEL, Post, letter, together


def result(address_id: str, job: str) -> Envelope:
    """The good end of a job, as the workshop tells it."""
    return Envelope(
        channel="internal",
        address=address_id,
        message_key=f"job:{job}",
        inbound=Inbound(
            id=new_id(),
            kind="job",
            job=JobResult(job=job, kind="photo", ok=True, file="f1"),
        ),
        encode=everything_as_pushes,
    )


async def address_id(post: Post, sender: str) -> str:
    async with post.database.reading() as uow:
        known = await people.resolve(uow, channel=CHANNEL, addresses=[sender])
    return known[sender].address_id


async def with_photo_under_way(post: Post, sender: str, class_code: str) -> str:
    """Somebody whose photo is being checked; the job's id."""
    await post.say(sender, f"报名 {class_code}", "1", "李晓梅", "1")
    await post.door.receive(letter(sender, "", kind="image", media="oa:1"))
    return post.written[-1].jobs[0].id


async def test_a_result_is_pushed_to_where_the_person_is(
    post: Post, class_code: str
) -> None:
    job = await with_photo_under_way(post, "甲", class_code)
    told = result(await address_id(post, "甲"), job)

    answered = await post.door.process(told)

    assert answered.remembered == b""
    assert await post.pushed() == ["照片可以用。"]
    assert [push.channel for push in post.written[-1].pushes] == [CHANNEL]


async def test_a_result_told_twice_counts_once(post: Post, class_code: str) -> None:
    job = await with_photo_under_way(post, "甲", class_code)
    told = result(await address_id(post, "甲"), job)

    await together(post, [told, told])
    await post.door.receive(told)

    assert await post.pushed() == ["照片可以用。"]


async def test_a_result_and_a_message_of_one_person_are_both_taken(
    post: Post, class_code: str
) -> None:
    job = await with_photo_under_way(post, "甲", class_code)
    told = result(await address_id(post, "甲"), job)

    answers = await together(post, [letter("甲", "你好"), told, letter("甲", "预览")])

    assert "您好" in answers[0].decode()
    assert "已有照片" in answers[2].decode()
    assert await post.pushed() == ["照片可以用。"]


async def test_the_same_address_on_two_channels_is_two_people(post: Post) -> None:
    await together(
        post, [letter("甲", "你好"), letter("甲", "你好", channel="webchat")]
    )

    assert await post.count(persons) == 2
    assert await post.count(conversations) == 2


async def test_nobody_takes_the_place_of_slow_work_by_their_name(
    post: Post, class_code: str
) -> None:
    job = await with_photo_under_way(post, "甲", class_code)
    told = result(await address_id(post, "甲"), job)
    namesake = letter(told.address, "菜单", channel="webchat")

    await together(post, [told, namesake])

    assert await post.pushed() == ["照片可以用。"]
    assert (await post.conversation(told.address, "webchat")).drafts == ()


async def test_a_result_for_somebody_who_left_is_nobodys(
    post: Post, class_code: str
) -> None:
    job = await with_photo_under_way(post, "甲", class_code)
    told = result(await address_id(post, "甲"), job)
    await post.say("甲", "退出", "删除我的信息 确认")
    assert await post.count(persons) == 0

    answers = await together(post, [told, letter("乙", "你好")])

    assert answers[0] == b""
    assert "您好" in answers[1].decode()
    assert await post.pushed() == []


async def test_who_left_and_writes_again_is_a_stranger(
    post: Post, class_code: str
) -> None:
    await post.begin("甲", class_code)
    left = await post.say("甲", "退出", "删除我的信息 确认")

    assert left
    assert await post.count(conversations) == 0
    assert "您好" in await post.say("甲", "你好")
    assert (await post.conversation("甲")).drafts == ()
