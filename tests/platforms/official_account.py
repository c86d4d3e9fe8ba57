"""The Official Account platform: its API, and the callbacks it makes."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Callable, Coroutine, Sequence
from typing import Any

from bot.clock import Clock, civil
from bot.settings import OfficialAccount
from tests.platforms import remote
from tests.platforms.callbacks import Callbacks
from tests.platforms.codes import PICTURE, Codes
from tests.platforms.envelope import Envelope, write_xml
from tests.platforms.materials import Materials
from tests.platforms.menus import Menus
from tests.platforms.messages import OK, check_message, openid_of, read_json, read_text
from tests.platforms.people import Follower
from tests.platforms.publishing import Publishing
from tests.platforms.server import Answer, Call, Entry, File, PlatformServer, Refusal
from tests.platforms.standing import Limits, Standing
from tests.platforms.tags import Tags
from tests.platforms.templates import Template
from tests.platforms.tokens import TokenDesk

ACCOUNT = "gh_0123456789ab"
_CUSTOM, _TEMPLATE = "message/custom/send", "message/template/send"
_SUBSCRIBE = "message/subscribe/bizsend"
_FIRST_MSGID = 200_000_000
_NOT_SENT = {"ErrorCode": 20019, "ErrorStatus": "system error"}


class OfficialAccountPlatform(PlatformServer):
    """One account with its followers.

    ``callback_urls``: where callbacks go, each try to the next of them.
    ``patience`` and ``tries``: how long one try waits, how many there are.
    ``event_delay``: seconds after which a delivery is told of.
    ``denied``: calls this account has no right to (48001).
    ``strangers``: whether whom nobody introduced is taken for a follower whose
    window is always open, for load runs.
    """

    app_id = "wx0123456789abcdef"
    secret = "0123456789abcdef0123456789abcdef"
    token = "testtoken"
    aes_key = "abcdefghijklmnopqrstuvwxyz0123456789ABCDEFG"

    def __init__(
        self,
        clock: Clock | None = None,
        *,
        callback_urls: Sequence[str] = (),
        limits: Limits | None = None,
        seed: int = 0,
        strangers: bool = False,
        is_test_account: bool = False,
    ) -> None:
        super().__init__(clock, seed=seed)
        self.limits = limits or Limits()
        self.strangers = strangers
        self.is_test_account = is_test_account
        self.event_delay = 0.0
        self.late_by = 5.0
        self.media_seconds = 3 * 86400.0
        self.wrong_secret = 40125
        self.denied: set[str] = set()
        self.templates: dict[str, Template] = {}
        self.people: dict[str, Standing] = {}
        self.used_today: Counter[tuple[str, str]] = Counter()
        self.tokens = TokenDesk(self.clock, "stable")
        self.plain_tokens = TokenDesk(self.clock, "plain")
        self.envelope = Envelope(
            token=self.token, aes_key=self.aes_key, receiver=self.app_id
        )
        self.callbacks = Callbacks(self, list(callback_urls))
        self.materials = Materials(self)
        self.publishing = Publishing(self)
        self.tags = Tags(self)
        self.menus = Menus(self)
        self.codes = Codes(self.clock)
        self._msgids = _FIRST_MSGID
        self._known_ids: dict[tuple[str, str], tuple[float, int]] = {}
        self._telling: set[asyncio.Task[None]] = set()
        self._free = frozenset({"token", "stable_token", "clear_quota/v2"})
        self._handlers = {
            "token": self._plain_token,
            "stable_token": self._stable_token,
            _CUSTOM: self._send_custom,
            "message/custom/typing": self._type,
            _TEMPLATE: self._send_template,
            _SUBSCRIBE: self._send_subscribe,
            "user/info": self._user_info,
            **self.materials.handlers(),
            **self.publishing.handlers(),
            **self.tags.handlers(),
            **self.menus.handlers(),
            **self.codes.handlers(),
            "clear_quota": self._clear_quota,
        }

    async def close(self) -> None:
        """Tell of nothing more, and close the port."""
        for task in self._telling:
            task.cancel()
        await asyncio.gather(*self._telling, return_exceptions=True)
        await self.callbacks.close()
        await super().close()

    def settings(self, **more: Any) -> OfficialAccount:
        """What a service is set to so that it talks to this platform."""
        given = {
            "app_id": self.app_id,
            "app_secret": self.secret,
            "token": self.token,
            "encoding_aes_key": self.aes_key,
            "api_base_url": self.url,
        }
        return OfficialAccount(**{**given, **more})

    # Who is there

    def follower(self, name: str) -> Follower:
        """Somebody who follows already, and has not written yet."""
        return self.person(openid_of(name))

    def person(self, openid: str) -> Follower:
        """Somebody by their openid, a follower if they are new."""
        self.people.setdefault(openid, Standing(openid))
        return Follower(self, openid)

    def stranger(self, name: str) -> Follower:
        """Somebody who does not follow yet."""
        person = self.follower(name)
        person.standing.follows = False
        return person

    def admit(self, openids: Sequence[str], *, window: bool = True) -> None:
        """Make many followers at once, with an open window if so wished."""
        now = self.clock.now().timestamp()
        for openid in openids:
            standing = self.people.setdefault(openid, Standing(openid))
            if window:
                standing.wrote(now, self.limits)

    def add_template(
        self, template_id: str, *fields: str, **constants: Sequence[str]
    ) -> None:
        """Set up a template with fields such as ``thing1`` and ``time3``."""
        allowed = {name: tuple(values) for name, values in constants.items()}
        self.templates[template_id] = Template(template_id, fields, allowed)

    def standing(self, openid: str) -> Standing:
        """What is known of somebody.

        Raises:
            Refusal: 40003, nobody has this openid.
        """
        known = self.people.get(openid)
        if known is None:
            if not self.strangers or not openid:
                raise Refusal(40003, "invalid openid")
            known = self.people[openid] = Standing(openid)
        if self.strangers:
            known.wrote(self.clock.now().timestamp(), self.limits)
        return known

    # Tokens

    def demand_token(self, call: Call) -> None:
        """See ``PlatformServer``. Also refuses what the account may not do."""
        given = call.parameter("access_token")
        desk = self.plain_tokens if given.startswith("plain") else self.tokens
        desk.demand(given)
        if call.name in self.denied:
            raise Refusal(48001, "api unauthorized")

    def invalidate(self) -> None:
        """Make every access token worthless."""
        self.tokens.invalidate()
        self.plain_tokens.invalidate()

    def _stable_token(self, call: Call) -> Answer:
        asked = read_json(call)
        self._check_credentials(asked.get)
        return self.tokens.stable(force=asked.get("force_refresh") is True)

    def _plain_token(self, call: Call) -> Answer:
        self._check_credentials(call.request.query.get)
        self.use_quota("token", 2000)
        return self.plain_tokens.fresh()

    def _check_credentials(self, given: Callable[[str], Any]) -> None:
        if given("grant_type") != "client_credential":
            raise Refusal(40002, "invalid grant_type")
        if given("appid") != self.app_id:
            raise Refusal(40013, "invalid appid")
        if given("secret") != self.secret:
            raise Refusal(self.wrong_secret, "invalid appsecret")

    # Messages

    def _send_custom(self, call: Call) -> Answer:
        body = read_json(call)
        person = self.standing(read_text(body, "touser", 40003))
        check_message(self, body)
        now = self.clock.now().timestamp()
        person.demand_send(now)
        if person.mutes:
            raise Refusal(48002, "user refuse to accept the msg")
        self.use_quota(_CUSTOM, self.limits.custom_a_day)
        person.take_send(now)
        self._show(person, self.accept(_CUSTOM, person.openid, body))
        return OK

    def _type(self, call: Call) -> Answer:
        body = read_json(call)
        person = self.standing(read_text(body, "touser", 40003))
        now = self.clock.now().timestamp()
        match body.get("command"):
            case "Typing":
                if now - person.spoke_at > 30:
                    raise Refusal(45080, "need interaction within 30 seconds")
                if now < person.typing_until:
                    raise Refusal(45081, "typing state already")
                person.typing_until = now + 15
            case "CancelTyping":
                person.typing_until = 0
            case _:
                raise Refusal(45072, "invalid command")
        self.accept(call.name, person.openid, body)
        return OK

    def _send_template(self, call: Call) -> Answer:
        body = read_json(call)
        person = self.standing(read_text(body, "touser", 40003))
        self._check_template(body)
        if not person.follows:
            raise Refusal(43004, "require subscribe")
        key = (person.openid, str(body.get("client_msg_id", "")))
        if known := self._known(key):
            self.accept(_TEMPLATE, person.openid, body, msgid=known).repeat = True
            return {**OK, "msgid": known}
        self.use_quota(_TEMPLATE, self.limits.template_a_day)
        msgid = self._new_msgid()
        if key[1]:
            self._known_ids[key] = (self.clock.real().timestamp(), msgid)
        entry = self.accept(_TEMPLATE, person.openid, body, msgid=msgid)
        if not person.blocks:
            self._show(person, entry)
        status = "failed:user block" if person.blocks else "success"
        self.tell(
            "TEMPLATESENDJOBFINISH",
            person.openid,
            {"MsgID": msgid, "Status": status},
            failed={"MsgID": msgid, "Status": "failed: system failed"},
        )
        return {**OK, "msgid": msgid}

    def _send_subscribe(self, call: Call) -> Answer:
        body = read_json(call)
        person = self.standing(read_text(body, "touser", 40003))
        self._check_template(body)
        template_id = body["template_id"]
        if person.consents[template_id] < 1:
            raise Refusal(43101, "user refuse to accept the msg")
        self.use_quota(_SUBSCRIBE, self.limits.subscribe_a_day)
        person.consents[template_id] -= 1
        msgid = self._new_msgid()
        self._show(person, self.accept(_SUBSCRIBE, person.openid, body, msgid=msgid))
        listed = {
            "TemplateId": template_id,
            "MsgID": msgid,
            "ErrorCode": 0,
            "ErrorStatus": "success",
        }
        self.tell(
            "subscribe_msg_sent_event",
            person.openid,
            {"SubscribeMsgSentEvent": {"List": [listed]}},
            failed={"SubscribeMsgSentEvent": {"List": [{**listed, **_NOT_SENT}]}},
        )
        return OK

    def _check_template(self, body: dict[str, Any]) -> None:
        template = self.templates.get(str(body.get("template_id", "")))
        if template is None:
            raise Refusal(40037, "invalid template_id")
        if not self.is_test_account:
            template.check(body.get("data"))

    def _known(self, key: tuple[str, str]) -> int:
        """The message with this client id, sent within the last ten minutes."""
        at, msgid = self._known_ids.get(key, (0.0, 0))
        age = self.clock.real().timestamp() - at
        return msgid if key[1] and age < self.limits.known_ids_seconds else 0

    def _new_msgid(self) -> int:
        self._msgids += 1
        return self._msgids

    def _show(self, person: Standing, entry: Entry) -> None:
        person.inbox.append(entry)
        self.callbacks.news.set()

    def show(self, openid: str, call: str, body: dict[str, Any]) -> Entry:
        """Put something into somebody's chat that needs no window."""
        entry = self.accept(call, openid, body)
        self._show(self.people[openid], entry)
        return entry

    def use_quota(self, call: str, most: int) -> None:
        """Count a call of today, in China.

        Raises:
            Refusal: 45009, there were too many.
        """
        today = civil(self.clock.now()).isoformat()
        if self.used_today[call, today] >= most:
            raise Refusal(45009, "reach max api daily quota limit")
        self.used_today[call, today] += 1

    def _user_info(self, call: Call) -> Answer:
        person = self.standing(call.parameter("openid"))
        return {"subscribe": int(person.follows), "openid": person.openid}

    def _clear_quota(self, call: Call) -> Answer:
        month = civil(self.clock.now()).strftime("%Y-%m")
        if self.used_today[call.name, month] >= 10:
            raise Refusal(48006, "forbid to clear quota because of reaching the limit")
        cleared = self.used_today[call.name, month] + 1
        self.used_today.clear()
        self.used_today[call.name, month] = cleared
        return OK

    def demand_tag(self, tag_id: int) -> None:
        """See ``menus.People``."""
        self.tags.demand(tag_id)

    # Events that tell what became of something

    def tell(
        self,
        event: str,
        openid: str,
        leaves: dict[str, Any],
        *,
        failed: dict[str, Any],
    ) -> bool:
        """Send an event a little later, as ``faults`` has it: late, twice or never.

        A code as its fault makes it tell of a failure; whether it tells of success.
        """
        fault = self.faults.draw(f"event/{event}")
        if isinstance(fault, int):
            leaves = failed
        if fault != "missing" and self.callbacks.urls:
            wait = self.late_by if fault == "late" else self.event_delay
            xml = self.event(openid, event, leaves)
            for _ in range(2 if fault == "twice" else 1):
                self._later(wait, self.callbacks.deliver(xml, openid))
        return not isinstance(fault, int)

    def _later(self, seconds: float, work: Coroutine[Any, Any, object]) -> None:
        async def run() -> None:
            await asyncio.sleep(seconds)
            await work

        task = asyncio.get_running_loop().create_task(run())
        self._telling.add(task)
        task.add_done_callback(self._telling.discard)
        task.add_done_callback(lambda _: work.close())

    async def told(self) -> None:
        """Wait until all that is to be told has been."""
        while self._telling:
            await asyncio.wait(set(self._telling))

    def event(self, openid: str, event: str, leaves: dict[str, Any]) -> bytes:
        """An event's XML."""
        return self.message(openid, {"MsgType": "event", "Event": event, **leaves})

    def message(self, openid: str, leaves: dict[str, Any]) -> bytes:
        """A callback's XML; a message gets an id of its own."""
        head: dict[str, object] = {
            "ToUserName": ACCOUNT,
            "FromUserName": openid,
            "CreateTime": int(self.clock.now().timestamp()),
        }
        if leaves["MsgType"] != "event":
            leaves = {**leaves, "MsgId": self.callbacks.new_message_id()}
        return write_xml({**head, **leaves})

    def public_file(self, path: str) -> File | None:
        """A picture that somebody sent, that stands in an article, or of a code."""
        if path == "/cgi-bin/showqrcode":
            return File(PICTURE, "image/jpg")
        kept = self.materials.kept.get(path.removeprefix("/mmbiz/"))
        return File(kept.content, kept.media_type) if kept else None

    async def order(self, what: str, asked: dict[str, Any]) -> dict[str, Any]:
        """What tests in another process ask; see ``remote``."""
        return await remote.order(self, what, asked)

    def demand_media(self, media_id: str, *, permanent: bool = False) -> None:
        """See ``messages.Account``."""
        self.materials.demand(media_id, permanent=permanent)

    def frame(self, openid: str) -> tuple[dict[str, str], dict[str, object]]:
        """See ``callbacks.Caller``."""
        return {"openid": openid, "encrypt_type": "aes"}, {"ToUserName": ACCOUNT}
