"""WeCom's platform, as an app sees it: its API, and the callbacks it makes."""

from __future__ import annotations

import base64
import secrets
from collections import Counter, defaultdict, deque
from collections.abc import Callable, Sequence
from typing import Any

import msgspec

from bot.clock import CHINA, Clock
from bot.settings import WeCom
from tests.platforms import remote
from tests.platforms.callbacks import Callbacks
from tests.platforms.cards import INTERACTIVE, Card, check_card, count_cut
from tests.platforms.envelope import Envelope, write_xml
from tests.platforms.materials import Materials
from tests.platforms.members import Member
from tests.platforms.menus import read_buttons
from tests.platforms.messages import OK, read_json, read_text
from tests.platforms.server import Answer, Call, Entry, PlatformServer, Refusal
from tests.platforms.tokens import TokenDesk

_SEND = "message/send"
_MB = 1024 * 1024
_KINDS = {
    "image": (10 * _MB, ("png", "jpg", "jpeg")),
    "voice": (2 * _MB, ("amr",)),
    "video": (10 * _MB, ("mp4",)),
    "file": (20 * _MB, ()),
}
_CODE_SECONDS = 72 * 3600
_DUPLICATE_SECONDS = 1800
_CROWDED = (0, 30)


class WeComPlatform(PlatformServer):
    """One company with its members, and one app.

    ``dropped`` counts by userid what the rates swallowed without a word,
    ``crowded`` the messages sent at a full or half hour, ``cut`` what was shown
    cut because it was too long.
    """

    corp_id = "ww0123456789abcdef"
    agent_id = 1000002
    secret = "app-secret-0123456789abcdef"
    token = "wecomtoken"
    aes_key = base64.b64encode(b"0123456789abcdef" * 2).decode().rstrip("=")

    def __init__(
        self,
        clock: Clock | None = None,
        *,
        callback_urls: Sequence[str] = (),
        seed: int = 0,
    ) -> None:
        super().__init__(clock, seed=seed)
        self.per_minute, self.per_hour = 30, 1000
        self.a_day = 200 * 1000
        self.media_seconds = 3 * 86400.0
        self.members: dict[str, list[Entry]] = {}
        self.cards: list[Card] = []
        self.menu: list[dict[str, Any]] = []
        self.dropped: Counter[str] = Counter()
        self.crowded = 0
        self.cut: Counter[str] = Counter()
        self.denied: set[str] = set()
        self.tokens = TokenDesk(self.clock, "wecom")
        self.tokens.refusal = 40014
        self.envelope = Envelope(
            token=self.token, aes_key=self.aes_key, receiver=self.corp_id
        )
        self.callbacks = Callbacks(self, list(callback_urls))
        self.materials = Materials(self, _KINDS, smallest=5)
        self._sent_at: defaultdict[str, deque[float]] = defaultdict(deque)
        self._known: dict[bytes, tuple[float, str]] = {}
        self._used: Counter[str] = Counter()
        self._free = frozenset({"gettoken"})
        self._handlers = {
            "gettoken": self._get_token,
            _SEND: self._send,
            "message/update_template_card": self._update,
            "message/recall": self._recall,
            "menu/create": self._create_menu,
            **self.materials.handlers(),
        }

    async def close(self) -> None:
        """Make no more callbacks, and close the port."""
        await self.callbacks.close()
        await super().close()

    def settings(self, **more: Any) -> WeCom:
        """What a service is set to so that it talks to this platform."""
        given = {
            "corp_id": self.corp_id,
            "agent_id": str(self.agent_id),
            "secret": self.secret,
            "token": self.token,
            "encoding_aes_key": self.aes_key,
            "api_base_url": self.url,
        }
        return WeCom(**{**given, **more})

    def member(self, userid: str) -> Member:
        """Somebody within the app's visible range."""
        self.members.setdefault(userid.lower(), [])
        return Member(self, userid)

    # Tokens

    def demand_token(self, call: Call) -> None:
        """See ``PlatformServer``. Also refuses what the app may not do."""
        self.tokens.demand(call.parameter("access_token"))
        if call.name in self.denied:
            raise Refusal(48002, "api forbidden")

    def invalidate(self) -> None:
        """Make every access token worthless."""
        self.tokens.invalidate()

    def _get_token(self, call: Call) -> Answer:
        if call.parameter("corpid") != self.corp_id:
            raise Refusal(40013, "invalid corpid")
        if call.parameter("corpsecret") != self.secret:
            raise Refusal(40001, "invalid credential")
        return {**OK, **self.tokens.stable(whole=True)}

    # Messages

    def _send(self, call: Call) -> Answer:
        body = read_json(call)
        self._check_agent(body.get("agentid"))
        reached, unknown = self._whom(body)
        self._check(body)
        if msgid := self._duplicate(body):
            for userid in reached:
                self.accept(_SEND, userid, body).repeat = True
            return {**OK, **unknown, "msgid": msgid}
        code = self._take_card(body, reached)
        self._use_quota(len(reached))
        msgid = f"MSG{len(self.ledger) + 1:0>10}"
        self._remember(body, msgid)
        for userid in reached:
            self._deliver(userid, body)
        return {**OK, **unknown, "msgid": msgid, **code}

    def _check_agent(self, given: object) -> None:
        if given != self.agent_id:
            raise Refusal(40056, "invalid agentid")

    def _whom(self, body: dict[str, Any]) -> tuple[list[str], dict[str, str]]:
        """Who gets it, and the part of the answer that names who is nobody.

        Raises:
            Refusal: 81013 everybody named is nobody, 40058 too many are named.
        """
        if body.get("toparty") or body.get("totag"):
            raise Refusal(40058, "toparty and totag: not here")
        named = str(body.get("touser", ""))
        if named == "@all":
            return list(self.members), {}
        userids = [one for one in named.split("|") if one]
        if len(userids) > 1000:
            raise Refusal(40058, "touser: more than 1000")
        reached = [one.lower() for one in userids if one.lower() in self.members]
        if not reached:
            raise Refusal(81013, "user & party & tag all invalid")
        nobody = [one for one in userids if one.lower() not in self.members]
        return reached, {"invaliduser": "|".join(nobody)} if nobody else {}

    def _check(self, body: dict[str, Any]) -> None:
        kind = str(body.get("msgtype", ""))
        check = _CHECKS.get(kind)
        if check is None:
            raise Refusal(40008, "invalid message type")
        part = body.get(kind)
        check(self, part if isinstance(part, dict) else {})

    def _take_card(self, body: dict[str, Any], reached: list[str]) -> dict[str, str]:
        """Keep an interactive card; the answer's part by which it can be changed.

        Raises:
            Refusal: 40058, its task id was used before.
        """
        if body["msgtype"] != "template_card":
            return {}
        card: dict[str, Any] = body["template_card"]
        count_cut(card, self.cut)
        if card["card_type"] not in INTERACTIVE:
            return {}
        task_id = str(card["task_id"])
        if any(one.task_id == task_id for one in self.cards):
            raise Refusal(40058, "template_card task_id repeated")
        code, until = self.new_code()
        self.cards += [Card(one, card, task_id, code, until) for one in reached]
        return {"response_code": code}

    def new_code(self) -> tuple[str, float]:
        """A response code and until when it is good."""
        now = self.clock.now().timestamp()
        return secrets.token_urlsafe(32), now + _CODE_SECONDS

    def _deliver(self, userid: str, body: dict[str, Any]) -> None:
        """Show a message, unless the member had as many as one may have."""
        now = self.clock.now()
        if now.astimezone(CHINA).minute in _CROWDED:
            self.crowded += 1
        entry = self.accept(_SEND, userid, body)
        times = self._sent_at[userid]
        times.append(entry.at)
        while times[0] <= entry.at - 3600:
            times.popleft()
        minute = sum(at > entry.at - 60 for at in times)
        if minute > self.per_minute or len(times) > self.per_hour:
            times.pop()
            self.dropped[userid] += 1
            return
        self.show(userid, entry)

    def show(self, userid: str, entry: Entry) -> None:
        """Put something into a member's chat."""
        self.members[userid].append(entry)
        self.callbacks.news.set()

    def _duplicate(self, body: dict[str, Any]) -> str:
        """The message with this content, if the app asked for a check."""
        if body.get("enable_duplicate_check") != 1:
            return ""
        seconds = body.get("duplicate_check_interval", _DUPLICATE_SECONDS)
        at, msgid = self._known.get(_content(body), (0.0, ""))
        fresh = self.clock.now().timestamp() - at < min(seconds, 4 * 3600)
        return msgid if fresh else ""

    def _remember(self, body: dict[str, Any], msgid: str) -> None:
        self._known[_content(body)] = self.clock.now().timestamp(), msgid

    def _use_quota(self, count: int) -> None:
        today = self.clock.now().astimezone(CHINA).date().isoformat()
        if self._used[today] + count > self.a_day:
            raise Refusal(45009, "api freq out of limit")
        self._used[today] += count

    # Cards, menu, media

    def _update(self, call: Call) -> Answer:
        body = read_json(call)
        self._check_agent(body.get("agentid"))
        code = read_text(body, "response_code", 40058)
        cards = [one for one in self.cards if one.response_code == code]
        if not cards or cards[0].code_until <= self.clock.now().timestamp():
            raise Refusal(40058, "invalid response_code")
        for card in cards:
            card.response_code = ""
            userids = [one.lower() for one in body.get("userids", ())]
            if body.get("atall") == 1 or card.userid in userids:
                self.change(card, body)
        self.accept(call.name, cards[0].userid, body)
        return OK

    def change(self, card: Card, body: dict[str, Any]) -> None:
        """Show on a card what was chosen, or another card.

        Raises:
            Refusal: 40058, the update says neither.
        """
        name = (body.get("button") or {}).get("replace_name")
        if name:
            card.done = str(name)
        elif body.get("template_card"):
            card.body = body["template_card"]
        else:
            raise Refusal(40058, "button or template_card")

    def _recall(self, call: Call) -> Answer:
        read_text(read_json(call), "msgid", 40058)
        return OK

    def _create_menu(self, call: Call) -> Answer:
        self._check_agent(int(call.parameter("agentid") or 0))
        self.menu = read_buttons(read_json(call))
        return OK

    def demand_media(self, media_id: str, *, permanent: bool = False) -> None:
        """Refuse a media id that is not there, or no longer (40007)."""
        self.materials.demand(media_id, permanent=permanent)

    async def order(self, what: str, asked: dict[str, Any]) -> dict[str, Any]:
        """What tests in another process ask; see ``remote``."""
        match what:
            case "setup":
                remote.set_up_callbacks(self.callbacks, asked)
                return {"url": self.url}
            case "people":
                for userid in asked["userids"]:
                    self.member(userid)
                return {"people": len(self.members)}
            case "do":
                return await remote.do(self.member(asked["who"]), asked)
            case "members":
                counts = {"dropped": dict(self.dropped), "cut": dict(self.cut)}
                return {**counts, "crowded": self.crowded}
            case _:
                return {"errmsg": f"no order {what}"}

    # Callbacks

    def frame(self, _openid: str) -> tuple[dict[str, str], dict[str, object]]:
        """See ``callbacks.Caller``."""
        return {}, {"ToUserName": self.corp_id, "AgentID": str(self.agent_id)}

    def message(self, userid: str, leaves: dict[str, Any]) -> bytes:
        """A callback's XML; a message gets an id of its own."""
        head: dict[str, object] = {
            "ToUserName": self.corp_id,
            "FromUserName": userid,
            "CreateTime": int(self.clock.now().timestamp()),
        }
        if leaves["MsgType"] != "event":
            leaves = {**leaves, "MsgId": self.callbacks.new_message_id()}
        return write_xml({**head, **leaves, "AgentID": self.agent_id})


def _content(body: dict[str, Any]) -> bytes:
    named = {name: body[name] for name in ("touser", "msgtype", body["msgtype"])}
    return msgspec.json.encode(named)


def _check_text(platform: WeComPlatform, part: dict[str, Any]) -> None:
    content = read_text(part, "content", 44004)
    if len(content.encode()) > 2048:
        platform.cut["text"] += 1


def _check_markdown(_platform: WeComPlatform, part: dict[str, Any]) -> None:
    if len(read_text(part, "content", 44004).encode()) > 2048:
        raise Refusal(45002, "content size out of limit")


def _check_media(platform: WeComPlatform, part: dict[str, Any]) -> None:
    platform.demand_media(read_text(part, "media_id", 40007))


def _check_text_card(platform: WeComPlatform, part: dict[str, Any]) -> None:
    for name in ("title", "description", "url"):
        read_text(part, name, 40058)
    if len(part["title"]) > 128 or len(part["description"].encode()) > 512:
        platform.cut["textcard"] += 1


def _check_news(_platform: WeComPlatform, part: dict[str, Any]) -> None:
    articles = part.get("articles")
    if not isinstance(articles, list) or not articles:
        raise Refusal(44003, "empty news data")
    if len(articles) > 8:
        raise Refusal(45008, "article size out of limit")


def _check_card(platform: WeComPlatform, part: dict[str, Any]) -> None:
    check_card(part, has_callback=bool(platform.callbacks.urls))


_CHECKS: dict[str, Callable[[WeComPlatform, dict[str, Any]], None]] = {
    "text": _check_text,
    "markdown": _check_markdown,
    "image": _check_media,
    "voice": _check_media,
    "video": _check_media,
    "file": _check_media,
    "textcard": _check_text_card,
    "news": _check_news,
    "template_card": _check_card,
}
