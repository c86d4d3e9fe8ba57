"""A notice becomes one article, and its readers are led there."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from datetime import timedelta

import pytest
from msgspec.structs import replace

from bot.actions import notices as board
from bot.channels.official_account.events import PublishEnd
from bot.documents.covers import cover
from storage import articles, notices, organisations
from storage.database import Database
from tests.channels.official_account.press import BASES, Press
from tests.channels.official_account.publishing import office
from tests.platforms.clock import StandingClock


@pytest.fixture
async def press(database: Database, clock: StandingClock) -> AsyncIterator[Press]:
    async with database.transaction() as uow:
        nation = await organisations.create_scope(
            uow, id="n", kind="nation", name="部指导中心"
        )
        await uow.commit()
    async with office(database, clock) as one:
        yield Press(one, nation)


# ---- one article ----


async def test_a_published_notice_becomes_an_article(press: Press) -> None:
    notice_id = await press.publish(audience=BASES)
    found = await press.until_settled(notice_id)
    (article,) = press.published()

    assert found.url == press.platform.publishing.articles[found.article_id][0]["url"]
    assert {
        name: article[name] for name in ("title", "author", "content_source_url")
    } == {
        "title": "关于报送计划的通知",
        "author": "部指导中心",
        "content_source_url": f"https://x.cn/n/slug{notice_id}",
    }
    assert article["content"] == (
        "<p>请 &lt;各基地&gt;<br/>于 6 月报送。</p><p>谢谢。</p>"
    )


def test_the_longest_title_fits_its_cover() -> None:
    picture = cover("关于开展二〇二六年度工学一体化教师培训" * 4, "部指导中心")

    assert picture[:4] == b"\x89PNG"
    assert (picture[16:20], picture[20:24]) == (
        (900).to_bytes(4),
        (382).to_bytes(4),
    )


async def test_the_event_saves_asking(press: Press) -> None:
    notice_id = await press.publish(audience=BASES)
    await press.desk().work()
    waiting = await press.article(notice_id)
    told = PublishEnd(
        waiting.publish_id, 0, "article-1", "https://mp.weixin.qq.com/s/1"
    )
    for _ in range(3):
        await press.events(told)
    await press.desk().work()

    found = await press.article(notice_id)
    assert (waiting.state, found.state, found.url) == (
        "submitted",
        "finished",
        told.url,
    )
    assert press.platform.attempts["freepublish/get"] == 0


async def test_a_refused_publication_is_told_and_the_page_stands_in(
    press: Press,
) -> None:
    notice_id = await press.publish(audience=BASES)
    await press.desk().work()
    waiting = await press.article(notice_id)
    await press.events(PublishEnd(waiting.publish_id, 3))
    found = await press.article(notice_id)

    assert (found.state, found.error) == ("failed", "publish_status 3")


@pytest.mark.parametrize(
    "call",
    ["material/add_material", "draft/add", "freepublish/submit", "freepublish/get"],
)
@pytest.mark.parametrize(
    "fault", ["reset_after", "reset", "http500", "garbage", -1, 45009]
)
async def test_whatever_goes_wrong_it_is_published_once(
    press: Press, call: str, fault: str | int
) -> None:
    notice_id = await press.publish(audience=BASES)
    press.platform.faults.next(call, fault)
    found = await press.until_settled(notice_id)

    assert press.platform.faults.fired.total() == 1
    assert (found.state, len(press.published())) == ("finished", 1)
    assert found.url.startswith("https://mp.weixin.qq.com/s/")


async def test_many_processes_publish_once(press: Press) -> None:
    notice_ids = [await press.publish(f"通知{n}", BASES) for n in range(4)]
    await asyncio.gather(*(press.desk().work() for _ in range(4)))
    for notice_id in notice_ids:
        await press.until_settled(notice_id)

    assert len(press.published()) == 4


async def test_whoever_takes_over_publishes_nothing_twice(press: Press) -> None:
    """Killed after the platform published and before that was noted."""
    notice_id = await press.publish(audience=BASES)
    await press.desk().work()
    async with press.database.transaction() as uow:
        submitted = await articles.of_notice(uow, notice_id=notice_id)
        assert submitted is not None
        now = press.clock.real()
        await articles.move(
            uow,
            replace(submitted),
            "drafted",
            now=now,
            rest_until=now + timedelta(seconds=120),
            publish_id="",
        )
        await uow.commit()
    found = await press.until_settled(notice_id)

    assert (found.state, len(press.published())) == ("finished", 1)
    assert found.url == press.platform.publishing.articles[found.article_id][0]["url"]


async def test_the_cover_is_uploaded_once(press: Press) -> None:
    notice_id = await press.publish(audience=BASES)
    press.platform.faults.next("draft/add", "http500", "http500")
    await press.until_settled(notice_id)

    assert press.platform.attempts["material/add_material"] == 1
    assert press.platform.attempts["draft/add"] == 3


async def test_an_account_that_may_not_is_asked_once(press: Press) -> None:
    press.platform.denied.add("draft/add")
    first = await press.until_settled(await press.publish(audience=BASES))
    asked = press.platform.attempts.copy()
    second = await press.until_settled(await press.publish(audience=BASES))

    assert (first.state, second.state) == ("failed", "failed")
    assert press.platform.attempts == asked
    assert await press.office.switches.off("articles") is not None


async def test_a_withdrawn_notices_article_is_deleted(press: Press) -> None:
    notice_id = await press.publish(audience=BASES)
    await press.until_settled(notice_id)
    await press.withdraw(notice_id)
    await press.desk().work()

    assert (await press.article(notice_id)).state == "withdrawn"
    assert press.platform.publishing.articles == {}


async def test_withdrawn_while_it_is_published_it_goes_too(press: Press) -> None:
    notice_id = await press.publish(audience=BASES)
    await press.desk().work()
    await press.withdraw(notice_id)
    found = await press.until_settled(notice_id)

    assert (found.state, press.platform.publishing.articles) == ("withdrawn", {})


async def test_withdrawn_before_nothing_is_published(press: Press) -> None:
    notice_id = await press.publish(audience=BASES)
    press.platform.faults.next("freepublish/submit", "http500")
    await press.desk().work()
    await press.withdraw(notice_id)
    found = await press.until_settled(notice_id)

    assert (found.state, press.published()) == ("withdrawn", [])
    assert press.platform.publishing.drafts == {}


# ---- the list waits, and links to it ----


async def test_the_pushes_link_to_the_article(press: Press) -> None:
    await press.office.follower("基地", ("base_staff", "n"))
    notice_id = await press.publish(audience=BASES)
    before = await press.freeze()
    found = await press.until_settled(notice_id)
    async with press.database.reading() as uow:
        row = await notices.get(uow, notice_id=notice_id)
    assert row is not None

    assert (before, await press.freeze()) == (0, 1)
    assert board.link_to(row, found) == found.url
    assert board.link_to(row, None) == f"/n/slug{notice_id}"


async def test_a_platform_that_is_away_keeps_nobody_waiting_long(press: Press) -> None:
    await press.office.follower("基地", ("base_staff", "n"))
    notice_id = await press.publish(audience=BASES)
    press.platform.faults.rate("http500", 1.0, call="draft/add")
    for _ in range(4):
        await press.desk().work()
        press.clock.move(seconds=61)  # type: ignore[attr-defined]  # the tests' clock
        assert await press.freeze() == 0
    press.clock.move(seconds=61)  # type: ignore[attr-defined]  # the tests' clock

    assert await press.freeze() == 1
    assert await press.list_of(notice_id) == {"基地": ("waiting", "")}
