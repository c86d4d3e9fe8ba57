"""A notice in the running service: its article, its mass message, its numbers."""

from __future__ import annotations

from pathlib import Path

from bot.actions import notices as board
from bot.core import Core
from notices.audience import Audience
from storage import articles, notices, organisations
from storage.articles import ArticleRow
from tests.chaos.waiting import until
from tests.journeys.running import serving_followers


async def test_a_notice_to_everybody_goes_as_one_mass_message(
    empty_database_url: str, tmp_path: Path
) -> None:
    async with serving_followers(empty_database_url, tmp_path) as (platform, core):
        teacher, other = platform.stranger("teacher"), platform.stranger("other")
        for one in (teacher, other):
            await one.follows()
        notice_id = await publish(core)
        mass = await teacher.hears("关于报送计划的通知", way="mass")
        ended: list[ArticleRow] = []

        async def told() -> bool:
            ended[:] = [await article_of(core, notice_id)]
            frozen = await is_frozen(core, notice_id)
            return frozen and ended[0].mass_sent == 2

        await until(told)
        (shown,) = platform.publishing.articles.values()
        async with core.database.reading() as uow:
            row = await notices.get(uow, notice_id=notice_id)
            assert row is not None
            sent = await board.deliveries(uow, row)

    assert ended[0].url == shown[0]["url"]
    assert ended[0].url in mass.links
    assert (sent.total, sent.sent) == (2, 2)
    assert [one.way for one in other.pushed] == ["mass"]


async def publish(core: Core) -> str:
    """A notice of the centre's to everybody, out now; its id."""
    now, new_id = core.clock.now(), core.house.new_id
    async with core.database.transaction() as uow:
        nation = await organisations.nation(uow)
        assert nation is not None
        written = board.Announcement("关于报送计划的通知", "请按时报送。", Audience())
        row = await board.draft_announcement(
            uow,
            written,
            scope=nation,
            author_id="x",
            contact="",
            now=now,
            new_id=new_id,
        )
        assert isinstance(row, notices.NoticeRow)
        await notices.take_on(
            uow,
            notice_id=row.id,
            before="draft",
            after="published",
            published_at=now,
        )
        await uow.commit()
    return row.id


async def article_of(core: Core, notice_id: str) -> ArticleRow:
    async with core.database.reading() as uow:
        found = await articles.of_notice(uow, notice_id=notice_id)
    assert found is not None
    return found


async def is_frozen(core: Core, notice_id: str) -> bool:
    async with core.database.reading() as uow:
        row = await notices.get(uow, notice_id=notice_id)
    return row is not None and row.audience_state == "frozen"
