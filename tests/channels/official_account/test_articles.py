"""A notice becomes one article, and goes to many at once where that is exact."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Sequence
from datetime import timedelta
from typing import Any

import pytest
from msgspec.structs import replace
from sqlalchemy import select, update

from bot.actions import notices as board
from bot.channels.official_account.articles import ArticleDesk, ArticleEvents
from bot.channels.official_account.events import MassEnd, PublishEnd
from bot.channels.official_account.menus import MenuKeeper
from bot.documents.covers import cover
from bot.links import Links
from notices.audience import Audience
from storage import articles, notices, numbers, organisations
from storage.articles import ArticleRow
from storage.database import Database
from storage.notices import NoticeRow
from storage.organisations import ScopeRow
from storage.tables.messages import outbox, quotas
from storage.tables.notices import notices as notices_table
from tests.actions.timeworld import Ids
from tests.channels.official_account.conftest import Clock
from tests.channels.official_account.publishing import Office, office

EVERYBODY = Audience()
BASES = Audience(roles=("base_staff",))


class Press:
    """A platform, its followers, and the processes that publish there."""

    def __init__(self, office: Office, nation: ScopeRow) -> None:
        self.office = office
        self.platform = office.platform
        self.database = office.database
        self.clock = office.clock
        self.nation = nation
        self.ids = Ids()
        self.events = ArticleEvents(self.database, self.clock, look_after=(0.0,))

    def desk(self, monthly: int = 4) -> ArticleDesk:
        return ArticleDesk(
            self.office.client,
            self.office.switches,
            self.database,
            self.clock,
            Links(self.database.vault, "https://x.cn"),
            monthly=monthly,
        )

    async def publish(
        self, title: str = "关于报送计划的通知", audience: Audience = EVERYBODY
    ) -> str:
        """A notice that was published just now; its id."""
        notice_id, now = self.ids(), self.clock.now()
        async with self.database.transaction() as uow:
            number = await numbers.take(uow, kind="notice", subject_id=notice_id)
            row = NoticeRow(
                id=notice_id,
                number=number,
                slug=f"slug{notice_id}",
                kind="announcement",
                title=title,
                body="请 <各基地>\n于 6 月报送。\n\n谢谢。",
                class_id=None,
                scope_id=self.nation.id,
                audience=audience,
                state="draft",
                author_id="x",
                approved_by=None,
                created_at=now,
                published_at=None,
                audience_cursor=None,
                audience_state="",
                audience_size=0,
            )
            await notices.add(uow, row)
            await notices.take_on(
                uow,
                notice_id=notice_id,
                before="draft",
                after="published",
                published_at=now,
            )
            await uow.commit()
        return notice_id

    async def tag(self) -> None:
        """Tell the platform of roles."""
        office = self.office
        await MenuKeeper(
            office.client, office.switches, self.database, self.clock
        ).keep()

    async def article(self, notice_id: str) -> ArticleRow:
        async with self.database.reading() as uow:
            found = await articles.of_notice(uow, notice_id=notice_id)
        assert found is not None
        return found

    async def until_settled(self, notice_id: str, monthly: int = 4) -> ArticleRow:
        """Look every ten seconds, as long as it may take."""
        for _ in range(60):
            await self.desk(monthly).work()
            found = await self.article(notice_id)
            if found.state not in articles.OPEN:
                return found
            self.clock.move(seconds=11)  # type: ignore[attr-defined]  # the tests' clock
        raise AssertionError(f"still {found}")

    async def freeze(self) -> int:
        return await board.continue_freezing(
            self.database, now=self.clock.now(), new_id=self.ids, articles_awaited=True
        )

    async def list_of(self, notice_id: str) -> dict[str, tuple[str, str]]:
        """State and way of everybody on a notice's list."""
        query = select(outbox.c.person_id, outbox.c.state, outbox.c.way).where(
            outbox.c.notice_id == notice_id
        )
        async with self.database.reading() as uow:
            rows = (await uow.execute(query)).all()
        return {row.person_id: (row.state, row.way) for row in rows}

    async def withdraw(self, notice_id: str) -> None:
        async with self.database.transaction() as uow:
            await uow.execute(
                update(notices_table)
                .where(notices_table.c.id == notice_id)
                .values(state="withdrawn")
            )
            await uow.commit()

    def published(self) -> list[dict[str, Any]]:
        """Every article that was ever submitted."""
        return [
            article
            for entry in self.platform.ledger
            if entry.call == "freepublish/submit"
            for article in entry.body["articles"]
        ]

    def masses(self) -> list[str]:
        """Whom mass messages were shown to."""
        shown = [one for one in self.platform.ledger if one.call.endswith("sendall")]
        return sorted(one.to for one in shown)


@pytest.fixture
async def press(database: Database, clock: Clock) -> AsyncIterator[Press]:
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


# ---- to many at once ----


async def test_who_gets_the_mass_message_is_pushed_nothing(press: Press) -> None:
    for name in ("甲", "乙"):
        await press.office.follower(name)
    notice_id = await press.publish()
    found = await press.until_settled(notice_id)
    await press.freeze()

    assert found.state == "massed"
    assert len(press.masses()) == 2
    assert await press.list_of(notice_id) == {
        "甲": ("sent", "mass"),
        "乙": ("sent", "mass"),
    }


async def test_who_is_not_tagged_yet_gets_a_push(press: Press) -> None:
    await press.office.follower("早来的", ("base_staff", "n"))
    await press.tag()
    await press.office.follower("晚来的", ("base_staff", "n"))
    await press.office.follower("老师")
    notice_id = await press.publish(audience=BASES)
    await press.until_settled(notice_id)
    await press.freeze()

    assert len(press.masses()) == 1
    assert await press.list_of(notice_id) == {
        "早来的": ("sent", "mass"),
        "晚来的": ("waiting", ""),
    }


@pytest.mark.parametrize(
    "audience",
    [
        Audience(roles=("teacher",)),
        Audience(roles=("base_staff", "class_manager")),
        Audience(roles=("base_staff",), provinces=("p",)),
        Audience(levels=("一级",)),
    ],
)
async def test_what_no_tag_means_exactly_is_pushed(
    press: Press, audience: Audience
) -> None:
    await press.office.follower("基地", ("base_staff", "n"))
    await press.tag()
    found = await press.until_settled(await press.publish(audience=audience))

    assert (found.state, press.masses()) == ("finished", [])


@pytest.mark.parametrize(
    "fault", ["reset_after", "reset", "http500", "garbage", -1, 45066]
)
async def test_whatever_goes_wrong_it_is_sent_to_many_once(
    press: Press, fault: str | int
) -> None:
    await press.office.follower("甲")
    press.platform.faults.next("message/mass/sendall", fault)
    found = await press.until_settled(await press.publish())

    assert press.platform.faults.fired.total() == 1
    assert (found.state, len(press.masses())) == ("massed", 1)
    assert found.mass_message_id == str(
        press.platform.publishing._masses[found.notice_id]
    )


async def test_while_nobody_knows_whether_it_was_sent_nobody_is_pushed(
    press: Press,
) -> None:
    await press.office.follower("甲")
    press.platform.faults.rate("reset_after", 1.0, call="message/mass/sendall")
    notice_id = await press.publish()
    for _ in range(9):
        await press.desk().work()
        press.clock.move(minutes=2)  # type: ignore[attr-defined]  # the tests' clock
    pushed = await press.freeze()
    press.platform.faults.rate("reset_after", 0, call="message/mass/sendall")
    found = await press.until_settled(notice_id)

    assert (pushed, found.state, len(press.masses())) == (0, "massed", 1)


async def test_nobody_gets_more_than_so_many_a_month(press: Press) -> None:
    await press.office.follower("基地", ("base_staff", "n"))
    await press.office.follower("老师")
    await press.tag()
    targets: Sequence[Audience] = [BASES, EVERYBODY, BASES, EVERYBODY, EVERYBODY]
    states = [
        (await press.until_settled(await press.publish(f"通知{n}", one), 2)).state
        for n, one in enumerate(targets)
    ]
    press.clock.move(days=20)  # type: ignore[attr-defined]  # the tests' clock
    next_month = await press.until_settled(await press.publish("下月"), 2)

    assert states == ["massed", "massed", "finished", "finished", "finished"]
    assert next_month.state == "massed"


async def test_processes_at_once_do_not_count_on_the_same(press: Press) -> None:
    await press.office.follower("甲")
    notice_ids = [await press.publish(f"通知{n}") for n in range(4)]
    for _ in range(4):
        await asyncio.gather(*(press.desk(2).work() for _ in range(4)))
        press.clock.move(seconds=11)  # type: ignore[attr-defined]  # the tests' clock
    states = [(await press.article(one)).state for one in notice_ids]

    assert sorted(states) == ["finished", "finished", "massed", "massed"]


async def test_what_the_platform_refuses_does_not_count(press: Press) -> None:
    await press.office.follower("甲")
    press.platform.faults.next("message/mass/sendall", 45028)
    refused = await press.until_settled(await press.publish())
    async with press.database.reading() as uow:
        used = (await uow.execute(select(quotas.c.used))).scalars().all()

    assert (refused.state, set(used)) == ("finished", {0})


async def test_an_account_that_may_send_no_mass_is_asked_once(press: Press) -> None:
    await press.office.follower("甲")
    press.platform.denied.add("message/mass/sendall")
    first = await press.until_settled(await press.publish())
    second = await press.until_settled(await press.publish())
    pushed = await press.freeze()

    assert (first.state, second.state, pushed) == ("finished", "finished", 2)
    assert press.platform.attempts["message/mass/sendall"] == 1


async def test_a_mass_message_that_failed_leaves_the_pushes_to_go(
    press: Press,
) -> None:
    await press.office.follower("甲")
    notice_id = await press.publish()
    found = await press.until_settled(notice_id)
    await press.freeze()
    for _ in range(2):
        await press.events(MassEnd(found.mass_message_id, "send fail", total=1))
    after = await press.article(notice_id)

    assert (after.state, after.error) == ("finished", "send fail")
    assert await press.list_of(notice_id) == {"甲": ("waiting", "")}


async def test_what_the_platform_counted_is_shown(press: Press) -> None:
    notice_id = await press.publish()
    found = await press.until_settled(notice_id)
    await press.events(
        MassEnd(found.mass_message_id, "sendsuccess", total=9, sent=7, failed=2)
    )
    after = await press.article(notice_id)

    assert (after.state, after.mass_sent, after.mass_failed) == ("massed", 7, 2)


async def test_a_notice_stopped_meanwhile_goes_to_nobody(press: Press) -> None:
    await press.office.follower("甲")
    notice_id = await press.publish()
    await press.desk().work()
    async with press.database.transaction() as uow:
        await notices.take_on(
            uow, notice_id=notice_id, before="published", after="stopped"
        )
        await uow.commit()
    found = await press.until_settled(notice_id)

    assert (found.state, press.masses()) == ("finished", [])
