"""A platform, its followers, and the processes that publish there."""

from __future__ import annotations

from typing import Any

from sqlalchemy import select, update

from bot.actions import notices as board
from bot.channels.official_account.articles import ArticleDesk, ArticleEvents
from bot.channels.official_account.menus import MenuKeeper
from bot.links import Links
from notices.audience import Audience
from storage import articles, notices, numbers
from storage.articles import ArticleRow
from storage.notices import NoticeRow
from storage.organisations import ScopeRow
from storage.tables.messages import outbox
from storage.tables.notices import notices as notices_table
from tests.actions.timeworld import Ids
from tests.channels.official_account.publishing import Office

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
        raise AssertionError(f"still {await self.article(notice_id)}")

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
