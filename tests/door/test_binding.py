"""绑定: one person on two platforms, and nobody else's data on either."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest
from sqlalchemy import select

from bot.clock import civil
from storage import id_numbers, merging, people
from storage.database import Database
from storage.tables.messages import drafts, jobs
from storage.tables.people import persons
from tests.commands.world import World
from tests.door.post import Post, letter
from tests.door.test_people import address_id, result, with_photo_under_way

APP = "wecom"
CODE = re.compile(r"绑定 ([0-9A-Z-]{14})")


async def on_app(post: Post, sender: str, *texts: str) -> str:
    """Say things on the other platform; the last answer."""
    answer = b""
    for text in texts:
        answer = await post.door.receive(letter(sender, text, channel=APP))
    return answer.decode()


async def code_of(post: Post, sender: str) -> str:
    found = CODE.search(await post.say(sender, "绑定"))
    assert found is not None
    return found[1]


async def person_at(database: Database, channel: str, address: str) -> str:
    async with database.reading() as uow:
        known = await people.resolve(uow, channel=channel, addresses=[address])
    return known[address].person_id


async def test_a_draft_goes_on_where_the_person_goes_on(
    post: Post, database: Database, class_code: str
) -> None:
    code = await code_of(post, "甲")
    await post.begin("甲", class_code)
    await post.say("甲", "第一段经历")

    asked = await on_app(post, "jia", f"绑定 {code}")
    told = await on_app(post, "jia", f"绑定 {code} 确认")
    await on_app(post, "jia", "继续", "第二段经历")

    assert "确认绑定吗" in asked
    assert "绑定好了" in told
    assert await person_at(database, APP, "jia") == await person_at(
        database, "official_account", "甲"
    )
    assert await post.pieces("甲") == ("第一段经历", "第二段经历")
    assert await post.count(persons) == 1
    async with database.reading() as uow:
        owners = (await uow.execute(select(drafts.c.person_id))).scalars().all()
    assert owners == [await person_at(database, "official_account", "甲")]


async def test_what_was_begun_on_both_is_kept(
    post: Post, class_code: str, world: World
) -> None:
    opens_on = civil(world.now) + timedelta(days=100)
    other = (await world.new_class(opens_on=opens_on, title="电工二级班")).code
    code = await code_of(post, "甲")
    await post.begin("甲", class_code)
    await on_app(post, "jia", f"报名 {other}", "1", "李晓梅", "退出")

    await on_app(post, "jia", f"绑定 {code} 确认")

    both = (await post.conversation("甲")).drafts
    assert {draft.subject for draft in both} == {class_code, other}
    assert await post.count(drafts) == 2
    assert await post.conversation("jia", APP) == await post.conversation("甲")


async def test_a_photo_under_way_arrives_after_the_binding(
    post: Post, database: Database, class_code: str
) -> None:
    offered = CODE.search(await on_app(post, "jia", "绑定"))
    assert offered is not None
    job = await with_photo_under_way(post, "甲", class_code)

    await post.say("甲", "退出", f"绑定 {offered[1]} 确认")

    owner = await person_at(database, APP, "jia")
    async with database.reading() as uow:
        owners = (await uow.execute(select(jobs.c.person_id))).scalars().all()
    assert owners == [owner]
    await post.door.receive(result(await address_id(post, "甲"), job))
    photo = (await post.conversation("jia", APP)).drafts[0].answers["photo"]
    assert (photo.value, photo.state) == ("f1", "given")


async def test_a_code_is_good_once(post: Post) -> None:
    code = await code_of(post, "甲")
    await on_app(post, "jia", f"绑定 {code} 确认")

    said = await on_app(post, "yi", f"绑定 {code} 确认")

    assert "用不了" in said


async def test_a_delivery_that_comes_again_binds_once(
    post: Post, database: Database
) -> None:
    code = await code_of(post, "甲")
    message = letter("jia", f"绑定 {code} 确认", key="k", channel=APP)

    first = await post.door.receive(message)
    again = await post.door.receive(message)

    assert first == again
    assert await post.count(persons) == 1


@pytest.mark.parametrize(
    ("mine", "theirs"),
    [("李晓梅", "王强"), ("李晓梅", "")],
    ids=["another name", "nothing known there"],
)
async def test_records_do_not_go_to_somebody_else(
    post: Post, world: World, mine: str, theirs: str
) -> None:
    await post.say("甲", "你好")
    await on_app(post, "jia", "你好")
    async with world.database.transaction() as uow:
        known = await people.resolve(uow, channel=APP, addresses=["jia"])
        owner = known["jia"].person_id
        await people.set_name(uow, person_id=owner, name=mine)
        await people.add_grant(
            uow,
            grant_id="g",
            person_id=owner,
            role="base_staff",
            scope_id=world.places["江南"].id,
            granted_by=None,
            now=world.now,
        )
        other = await people.resolve(uow, channel="official_account", addresses=["甲"])
        if theirs:
            await people.set_name(uow, person_id=other["甲"].person_id, name=theirs)
        await uow.commit()
    code = await code_of(post, "甲")

    said = await on_app(post, "jia", f"绑定 {code} 确认")

    assert "对不上" in said
    assert await post.count(persons) == 2


async def test_a_role_is_held_on_both_sides_afterwards(
    post: Post, world: World, database: Database
) -> None:
    await post.say("甲", "你好")
    owner = await person_at(database, "official_account", "甲")
    async with database.transaction() as uow:
        await people.add_grant(
            uow,
            grant_id="g",
            person_id=owner,
            role="base_staff",
            scope_id=world.places["江南"].id,
            granted_by=None,
            now=world.now,
        )
        await uow.commit()
    code = await code_of(post, "甲")

    await on_app(post, "jia", f"绑定 {code} 确认")

    assert "开班" in await on_app(post, "jia", "帮助")
    assert "开班" in await post.say("甲", "帮助")


async def test_two_accounts_of_one_platform_stay_two(post: Post) -> None:
    code = await code_of(post, "甲")

    assert "同一个平台" in await post.say("乙", f"绑定 {code} 确认")
    assert "就是您" in await post.say("甲", f"绑定 {code} 确认")
    assert await post.count(persons) == 2


async def test_different_id_numbers_are_different_people(
    database: Database, post: Post
) -> None:
    await post.say("甲", "你好")
    await on_app(post, "jia", "你好")
    one = await person_at(database, "official_account", "甲")
    other = await person_at(database, APP, "jia")
    async with database.transaction() as uow:
        await id_numbers.claim(uow, person_id=one, number="110101199003070017")
        await id_numbers.claim(uow, person_id=other, number="110101199003070025")
        assert await merging.differ(uow, one=one, other=other)
        await uow.commit()
    code = await code_of(post, "甲")

    assert "对不上" in await on_app(post, "jia", f"绑定 {code} 确认")
