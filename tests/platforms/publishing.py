"""Drafts, published articles, and mass messages."""

from __future__ import annotations

from collections import deque
from typing import TYPE_CHECKING, Any

from bot.clock import civil
from tests.platforms.messages import OK, read_json, read_text
from tests.platforms.server import Answer, Call, Handler, Refusal
from tests.platforms.standing import Standing

if TYPE_CHECKING:
    from tests.platforms.official_account import OfficialAccountPlatform

ITSELF = "oPlatformItself0000000000001"
"""From whom events come that are about no follower."""

_TITLE, _DIGEST, _CONTENT = 64, 120, 20_000
_MASS_A_MINUTE = 60


class Publishing:
    """What one account shows to many at once."""

    def __init__(self, platform: OfficialAccountPlatform) -> None:
        self._platform = platform
        self.drafts: dict[str, list[dict[str, Any]]] = {}
        self.published: dict[str, list[str]] = {}
        self.articles: dict[str, list[dict[str, Any]]] = {}
        self._masses: dict[str, int] = {}
        self._asked: deque[float] = deque()
        self._made = 0

    def handlers(self) -> dict[str, Handler]:
        """The calls that this part answers."""
        return {
            "draft/add": self._add_draft,
            "draft/get": self._get_draft,
            "draft/delete": self._delete_draft,
            "draft/count": lambda _call: {"total_count": len(self.drafts)},
            "freepublish/submit": self._publish,
            "freepublish/get": self._published,
            "freepublish/batchget": self._list_published,
            "freepublish/delete": self._delete_published,
            "message/mass/sendall": self._send_all,
        }

    # Drafts

    def _add_draft(self, call: Call) -> Answer:
        articles = read_json(call).get("articles")
        if not isinstance(articles, list) or not articles:
            raise Refusal(44003, "empty news data")
        if len(articles) > 8:
            raise Refusal(45008, "article size out of limit")
        for article in articles:
            self._check_article(article)
        media_id = f"DRAFT{self._number():0>10}"
        self.drafts[media_id] = articles
        return {"media_id": media_id}

    def _check_article(self, article: dict[str, Any]) -> None:
        if len(read_text(article, "title", 45003)) > _TITLE:
            raise Refusal(45003, "title size out of limit")
        if len(str(article.get("digest", ""))) > _DIGEST:
            raise Refusal(45004, "description size out of limit")
        content = read_text(article, "content", 44004)
        if len(content) > _CONTENT or len(content.encode()) > 1024 * 1024:
            raise Refusal(45002, "content size out of limit")
        thumb = str(article.get("thumb_media_id", ""))
        self._platform.demand_media(thumb, permanent=True)

    def _draft(self, call: Call) -> tuple[str, list[dict[str, Any]]]:
        media_id = str(read_json(call).get("media_id", ""))
        if media_id not in self.drafts:
            raise Refusal(40007, "invalid media_id")
        return media_id, self.drafts[media_id]

    def _get_draft(self, call: Call) -> Answer:
        return {"news_item": self._draft(call)[1]}

    def _delete_draft(self, call: Call) -> Answer:
        del self.drafts[self._draft(call)[0]]
        return OK

    # Articles

    def _publish(self, call: Call) -> Answer:
        media_id, articles = self._draft(call)
        del self.drafts[media_id]
        publish_id = str(100_000_000 + self._number())
        urls = [
            f"https://mp.weixin.qq.com/s/{publish_id}-{place}"
            for place in range(1, len(articles) + 1)
        ]
        self._platform.accept(call.name, "", {"articles": articles, "urls": urls})
        failed = {"publish_id": publish_id, "publish_status": 3}
        if self._platform.tell(
            "PUBLISHJOBFINISH",
            ITSELF,
            {"PublishEventInfo": _told(publish_id, urls)},
            failed={"PublishEventInfo": failed},
        ):
            self.published[publish_id] = urls
            self.articles[f"article-{publish_id}"] = [
                {**article, "url": url}
                for article, url in zip(articles, urls, strict=True)
            ]
        else:
            self.published[publish_id] = []
        return {**OK, "publish_id": publish_id, "msg_data_id": self._number()}

    def _published(self, call: Call) -> Answer:
        publish_id = str(read_json(call).get("publish_id", ""))
        if publish_id not in self.published:
            raise Refusal(53600, "Article ID error")
        urls = self.published[publish_id]
        if not urls:
            return {"publish_id": publish_id, "publish_status": 3}
        return _told(publish_id, urls)

    def _list_published(self, call: Call) -> Answer:
        """The newest come first."""
        asked = read_json(call)
        offset, count = int(asked.get("offset", 0)), int(asked.get("count", 0))
        if not 1 <= count <= 20:
            raise Refusal(40007, "invalid count")
        newest = list(reversed(self.articles.items()))[offset : offset + count]
        items = [
            {"article_id": article_id, "content": {"news_item": listed}}
            for article_id, listed in newest
        ]
        return {
            "total_count": len(self.articles),
            "item_count": len(items),
            "item": items,
        }

    def _delete_published(self, call: Call) -> Answer:
        article_id = str(read_json(call).get("article_id", ""))
        if self.articles.pop(article_id, None) is None:
            raise Refusal(53600, "Article ID error")
        return OK

    # Mass messages

    def _send_all(self, call: Call) -> Answer:
        body = read_json(call)
        known = self._check_mass(body)
        if known is not None:
            words = {"errcode": 45065, "errmsg": "clientmsgid exist"}
            self._platform.refused[f"{call.name}:45065"] += 1
            return {**words, "msg_id": known}
        people = self._whom(body.get("filter") or {})
        number = self._number()
        if client_id := str(body.get("clientmsgid", "")):
            self._masses[client_id] = number
        shown = [one for one in people if self._show_mass(one, body)]
        status = {"MsgID": number, "Status": "sendsuccess"}
        counts = {
            "TotalCount": len(people),
            "FilterCount": len(people),
            "SentCount": len(shown),
            "ErrorCount": len(people) - len(shown),
        }
        self._platform.tell(
            "MASSSENDJOBFINISH",
            ITSELF,
            {**status, **counts},
            failed={**status, "Status": "send fail", **counts},
        )
        return {**OK, "msg_id": number, "msg_data_id": number}

    def _check_mass(self, body: dict[str, Any]) -> int | None:
        """Refuse a mass message; the id of the one with the same client id."""
        client_id = str(body.get("clientmsgid", ""))
        if len(client_id.encode()) > 64:
            raise Refusal(45067, "clientmsgid size out of limit")
        if client_id in self._masses:
            return self._masses[client_id]
        self._count_minute()
        kind = body.get("msgtype")
        if kind == "mpnews":
            media_id = str((body.get("mpnews") or {}).get("media_id", ""))
            if media_id not in self.drafts:
                raise Refusal(40007, "invalid media_id")
        elif kind == "text":
            read_text(body.get("text") or {}, "content", 44004)
        else:
            raise Refusal(40008, "invalid message type")
        return None

    def _count_minute(self) -> None:
        now = self._platform.clock.now().timestamp()
        while self._asked and self._asked[0] <= now - 60:
            self._asked.popleft()
        if len(self._asked) >= _MASS_A_MINUTE:
            raise Refusal(45011, "api minute-quota reach limit, must slower")
        self._asked.append(now)

    def _whom(self, chosen: dict[str, Any]) -> list[Standing]:
        if chosen.get("is_to_all") is True:
            return [one for one in self._platform.people.values() if one.follows]
        tag_id = chosen.get("tag_id")
        if not isinstance(tag_id, int):
            raise Refusal(40050, "invalid filter: tag_id")
        self._platform.tags.demand(tag_id)
        return self._platform.tags.wearers(tag_id)

    def _show_mass(self, person: Standing, body: dict[str, Any]) -> bool:
        """Show it, unless this person got as many this month as one may."""
        month = civil(self._platform.clock.now()).strftime("%Y-%m")
        if person.masses[month] >= self._platform.limits.mass_a_month:
            return False
        person.masses[month] += 1
        if body["msgtype"] == "mpnews":
            articles = self.drafts[body["mpnews"]["media_id"]]
            body = {**body, "mpnews": {**body["mpnews"], "articles": articles}}
        self._platform.show(person.openid, "message/mass/sendall", body)
        return True

    def _number(self) -> int:
        self._made += 1
        return self._made


def _told(publish_id: str, urls: list[str]) -> dict[str, Any]:
    items = [{"idx": n, "article_url": url} for n, url in enumerate(urls, 1)]
    detail = {"count": len(urls), "item": items}
    return {
        "publish_id": publish_id,
        "publish_status": 0,
        "article_id": f"article-{publish_id}",
        "article_detail": detail,
    }
