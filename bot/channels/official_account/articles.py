"""Notices published as articles, and sent to many at once where that is exact.

Each step is a call to the platform and a row moved on after it (see
``storage.articles``). Killed in between, the next process looks before it
publishes again; a mass message has the notice's id, and the platform sends one
id once.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from datetime import datetime, time, timedelta
from html import escape
from typing import Any

import msgspec
import structlog

from bot import faults
from bot.actions import articles as writing
from bot.actions import notices as board
from bot.channels.official_account.client import OfficialAccountClient
from bot.channels.official_account.errors import rule_for
from bot.channels.official_account.events import MassEnd, PublishEnd
from bot.channels.official_account.menus import NOT_ALLOWED, OFF_FOR
from bot.channels.refusals import Ending
from bot.channels.switchboard import Switchboard
from bot.channels.transport import ApiError, RefusedError, Upload
from bot.clock import Clock, civil
from bot.documents.covers import cover
from bot.links import Links
from bot.wording import notices as wording
from notices.calendar import instant
from storage import articles, notices, platform_media, platform_tags
from storage.articles import ALL, ArticleRow, Claimed
from storage.database import Database
from storage.notices import NoticeRow

FEATURE = "articles"
MASS = "mass"
KEPT = timedelta(days=3650)
"""Permanent material stays until it is deleted."""

_LEASE_SECONDS = 120.0
_LOOK_AFTER = timedelta(seconds=10)
_REST = timedelta(seconds=60)
_GIVE_UP_AFTER = timedelta(hours=2)
_MOST_A_LOOK = 50
_LISTED = 20
_SENT_BEFORE = 45065
_PUBLISHED, _PUBLISHING = 0, 1
# The platform may tell the end before its answer to the call is noted.
_LOOKS = (0.0, 0.2, 0.5, 1.0, 1.5)

_log = structlog.get_logger(__name__)


class Work(msgspec.Struct, frozen=True):
    """A row in hand, with its notice."""

    article: ArticleRow
    notice: NoticeRow
    again: bool


Step = Callable[[Work], Awaitable[None]]


class ArticleDesk:
    """Takes notices through publication. Every process may have one.

    ``monthly`` is how many mass messages a follower may get in a month.
    """

    def __init__(
        self,
        client: OfficialAccountClient,
        switches: Switchboard,
        database: Database,
        clock: Clock,
        links: Links,
        *,
        monthly: int,
    ) -> None:
        self._client = client
        self._switches = switches
        self._database = database
        self._clock = clock
        self._links = links
        self._monthly = monthly
        self._account = client.account
        self._steps: Mapping[str, Step] = {
            "wanted": self._draft,
            "drafted": self._publish,
            "submitted": self._look,
            "published": self._decide,
            "massing": self._send,
        }

    async def work(self) -> int:
        """Begin with what was published, and do the next steps; how many."""
        await self._begin()
        for done in range(_MOST_A_LOOK):
            work = await self._claim()
            if work is None:
                return done
            await self._step(work)
        return _MOST_A_LOOK

    async def _begin(self) -> None:
        off = await self._switches.off(FEATURE)
        now = self._clock.now()
        async with self._database.transaction() as uow:
            found = await articles.missing(
                uow, since=now - writing.PATIENCE, limit=_MOST_A_LOOK
            )
            state = "failed" if off else "wanted"
            reason = off.reason if off else ""
            await articles.begin(
                uow, found, now=self._clock.real(), state=state, error=reason
            )
            await uow.commit()

    async def _claim(self) -> Work | None:
        async with self._database.transaction() as uow:
            claimed: Claimed | None = await articles.claim(
                uow, now=self._clock.real(), seconds=_LEASE_SECONDS
            )
            if claimed is None:
                return None
            notice = await notices.get(uow, notice_id=claimed.article.notice_id)
            await uow.commit()
        if notice is None:
            raise LookupError(f"no notice {claimed.article.notice_id}")
        return Work(claimed.article, notice, claimed.again)

    async def _step(self, work: Work) -> None:
        withdrawn = work.notice.state == "withdrawn"
        step: Step = self._remove if withdrawn else self._steps[work.article.state]
        try:
            await step(work)
        except RefusedError as error:
            await self._refused(work, error)
        except ApiError as error:
            # It may have been done, or not: the next look asks before it repeats.
            await self._rest(work, str(error))

    async def _refused(self, work: Work, error: RefusedError) -> None:
        if error.code in NOT_ALLOWED and work.notice.state != "withdrawn":
            feature = MASS if work.article.state == "massing" else FEATURE
            if not await self._switches.off(feature):
                until = self._clock.real() + OFF_FOR
                await self._switches.turn_off(feature, str(error), until=until)
            await self._fail(work, str(error))
        elif rule_for(error.code).ending is Ending.AGAIN and not self._too_late(work):
            await self._rest(work, str(error))
        else:
            _log.error(
                "wechat_article_failed", notice=work.notice.number, error=str(error)
            )
            await self._fail(work, str(error))

    def _too_late(self, work: Work) -> bool:
        since = work.notice.published_at or work.notice.created_at
        return self._clock.now() - since > _GIVE_UP_AFTER

    async def _fail(self, work: Work, error: str) -> None:
        """There is no article; or there is one, and no mass message."""
        if work.article.state == "massing":
            await self._give_back(work)
        state = "finished" if work.article.url else "failed"
        if work.notice.state == "withdrawn":
            state = "withdrawn"
        await self._move(work, state, {"error": error[:200]})

    async def _rest(self, work: Work, error: str) -> None:
        if work.article.state != "massing" and self._too_late(work):
            await self._fail(work, error)
            return
        await self._move(work, work.article.state, {"error": error[:200]}, rest=_REST)

    async def _move(
        self,
        work: Work,
        state: str,
        values: Mapping[str, str] | None = None,
        *,
        rest: timedelta | None = None,
    ) -> None:
        now = self._clock.real()
        faults.point("article_told")
        async with self._database.transaction() as uow:
            await articles.move(
                uow,
                work.article,
                state,
                now=now,
                rest_until=now + rest if rest else None,
                **{"error": "", **(values or {})},
            )
            await uow.commit()

    # ---- the article ----

    async def _draft(self, work: Work) -> None:
        notice = work.notice
        cover_id = await self._cover(notice)
        async with self._database.reading() as uow:
            summary = await board.summary_of(uow, notice)
        draft = writing.written(notice, summary, self._page(notice))
        article = msgspec.structs.asdict(draft) | {"thumb_media_id": cover_id}
        made = await self._client.post("draft/add", data={"articles": [article]})
        await self._move(work, "drafted", {"media_id": str(made["media_id"])})

    async def _cover(self, notice: NoticeRow) -> str:
        """The notice's cover as permanent material, uploaded once."""
        name, now = f"cover:{notice.id}", self._clock.real()
        async with self._database.reading() as uow:
            known = await platform_media.find(
                uow, account=self._account, file_id=name, now=now
            )
        if known:
            return known
        picture = await asyncio.to_thread(cover, notice.title, notice.publisher)
        answer = await self._client.post(
            "material/add_material",
            params={"type": "image"},
            files={"media": Upload("cover.png", "image/png", picture)},
        )
        media_id = str(answer["media_id"])
        async with self._database.transaction() as uow:
            await platform_media.keep(
                uow,
                account=self._account,
                file_id=name,
                media_id=media_id,
                expires_at=now + KEPT,
            )
            await uow.commit()
        return media_id

    def _page(self, notice: NoticeRow) -> str:
        return self._links.page(f"/n/{notice.slug}")

    async def _publish(self, work: Work) -> None:
        if work.again and (found := await self._find(work.notice)):
            await self._move(work, "published", found)
            return
        answer = await self._client.post(
            "freepublish/submit", data={"media_id": work.article.media_id}
        )
        publish_id = str(answer["publish_id"])
        await self._move(
            work, "submitted", {"publish_id": publish_id}, rest=_LOOK_AFTER
        )

    async def _find(self, notice: NoticeRow) -> dict[str, str] | None:
        """The notice's article among the newest, known by the page it names."""
        page = self._page(notice)
        answer = await self._client.post(
            "freepublish/batchget",
            data={"offset": 0, "count": _LISTED, "no_content": 1},
        )
        for listed in answer.get("item", []):
            for one in listed.get("content", {}).get("news_item", []):
                if one.get("content_source_url") == page:
                    article_id = str(listed["article_id"])
                    return {"article_id": article_id, "url": str(one.get("url", ""))}
        return None

    async def _look(self, work: Work) -> None:
        """Ask, in case the event does not come."""
        answer = await self._client.post(
            "freepublish/get", data={"publish_id": work.article.publish_id}
        )
        status = int(answer.get("publish_status", _PUBLISHING))
        if status == _PUBLISHED:
            await self._move(work, "published", read_published(answer))
        elif status == _PUBLISHING:
            await self._rest(work, "")
        else:
            await self._fail(work, f"publish_status {status}")

    async def _remove(self, work: Work) -> None:
        """The notice was withdrawn: so is the article, and a draft is thrown away."""
        article = work.article
        if article.state == "submitted":
            # Only what is out can be taken back.
            await self._look(work)
            return
        if article.article_id:
            body: dict[str, Any] = {"article_id": article.article_id, "index": 0}
            await self._client.post("freepublish/delete", data=body)
        elif article.media_id:
            await self._client.post("draft/delete", data={"media_id": article.media_id})
        await self._move(work, "withdrawn")

    # ---- the mass message ----

    async def _decide(self, work: Work) -> None:
        """Send it to many if that is exactly whom it means, and they may get it."""
        target = await self._target(work)
        if target is None or not await self._take(work, target):
            await self._move(work, "finished")

    async def _target(self, work: Work) -> str | None:
        notice = work.notice
        begun = notice.audience_state != "freezing" or notice.audience_cursor
        if notice.state != "published" or begun or await self._switches.off(MASS):
            return None
        async with self._database.reading() as uow:
            tags = await platform_tags.tags(uow, account=self._account)
        return writing.mass_target(notice, board.reach(notice), list(tags))

    async def _take(self, work: Work, target: str) -> bool:
        """Count it and say that it is being sent, in one."""
        now = self._clock.real()
        async with self._database.transaction() as uow:
            period, ends_at = self._month(now)
            # Locked: from here on the list waits for how it ends.
            notice = await notices.get(uow, notice_id=work.notice.id, lock=True)
            if (
                notice is None
                or notice.audience_cursor
                or notice.audience_state != "freezing"
            ):
                return False
            taken = await articles.take_mass(
                uow, target=target, period=period, ends_at=ends_at, most=self._monthly
            )
            moved = taken and await articles.move(
                uow, work.article, "massing", now=now, mass_target=target
            )
            if moved:
                await uow.commit()
        return moved

    async def _give_back(self, work: Work) -> None:
        period, ends_at = self._month(self._clock.real())
        async with self._database.transaction() as uow:
            await articles.give_mass_back(
                uow, target=work.article.mass_target, period=period, ends_at=ends_at
            )
            await uow.commit()

    @staticmethod
    def _month(now: datetime) -> tuple[str, datetime]:
        first = civil(now).replace(day=1)
        after = (first + timedelta(days=32)).replace(day=1)
        return first.strftime("%Y-%m"), instant(after, time(0))

    async def _send(self, work: Work) -> None:
        body = await self._mass_body(work)
        if body is None:
            await self._fail(work, "the tag is gone")
            return
        try:
            answer = await self._client.post("message/mass/sendall", data=body)
        except RefusedError as error:
            if error.code != _SENT_BEFORE:
                raise
            answer = error.answer
        message_id = str(answer.get("msg_id", ""))
        await self._move(work, "massed", {"mass_message_id": message_id})

    async def _mass_body(self, work: Work) -> dict[str, Any] | None:
        """The message; None when somebody took the tag away on the platform."""
        article, notice = work.article, work.notice
        async with self._database.reading() as uow:
            tags = await platform_tags.tags(uow, account=self._account)
            summary = await board.summary_of(uow, notice)
        whom: dict[str, Any] = {"is_to_all": True}
        if article.mass_target != ALL:
            if article.mass_target not in tags:
                return None
            whom = {"is_to_all": False, "tag_id": int(tags[article.mass_target])}
        address = escape(article.url or self._page(notice), quote=True)
        link = f'<a href="{address}">{wording.READ_ALL}</a>'
        text = wording.mass_text(notice.title, summary, link)
        return {
            "filter": whom,
            "text": {"content": text},
            "msgtype": "text",
            # Sent once, however often it is asked for.
            "clientmsgid": notice.id,
        }


def read_published(answer: Mapping[str, Any]) -> dict[str, str]:
    """The article's id and address in what the platform says of a publication."""
    items = (answer.get("article_detail") or {}).get("item") or [{}]
    return {
        "article_id": str(answer.get("article_id", "")),
        "url": str(items[0].get("article_url", "")),
    }


class ArticleEvents:
    """Takes the platform's word on how publishing and mass sending ended."""

    def __init__(
        self,
        database: Database,
        clock: Clock,
        *,
        look_after: tuple[float, ...] = _LOOKS,
    ) -> None:
        self._database = database
        self._clock = clock
        self._look_after = look_after

    async def __call__(self, told: PublishEnd | MassEnd) -> None:
        """Note an end, however often it is told; one not ours is left alone."""
        for wait in self._look_after:
            await asyncio.sleep(wait)
            if isinstance(told, PublishEnd):
                found = await self._published(told)
            else:
                found = await self._massed(told)
            if found:
                return
        _log.info("wechat_article_event_of_nothing")

    async def _published(self, told: PublishEnd) -> bool:
        if told.status == _PUBLISHING or not told.publish_id:
            return True
        async with self._database.transaction() as uow:
            found = await articles.find_published(uow, publish_id=told.publish_id)
            if found is None or found.state != "submitted":
                return found is not None
            now = self._clock.real()
            if told.status == _PUBLISHED:
                await articles.move(
                    uow,
                    found,
                    "published",
                    now=now,
                    article_id=told.article_id,
                    url=told.url,
                )
            else:
                reason = f"publish_status {told.status}"
                await articles.move(uow, found, "failed", now=now, error=reason)
            await uow.commit()
        return True

    async def _massed(self, told: MassEnd) -> bool:
        if not told.mass_message_id:
            return True
        async with self._database.transaction() as uow:
            found = await articles.find_mass(uow, message_id=told.mass_message_id)
            if found is None or found.state not in ("massed", "withdrawn"):
                return found is not None
            await articles.note_mass_end(
                uow,
                found,
                good=told.good,
                sent=told.sent,
                failed=told.failed,
                reason=told.status,
                now=self._clock.now(),
            )
            await uow.commit()
        return True
