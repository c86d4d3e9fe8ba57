"""Pushes to the Official Account's followers.

Each goes in the way that the planner chose: as customer-service messages, as a
template message or as a subscribe notification. There is no second choice here:
a way that turns out to be closed is reported, and the planner takes the next.
What the platform switches off stays off, for all processes, until it may be
tried again.
"""

from __future__ import annotations

from datetime import datetime, timedelta

import structlog

from bot.channels.official_account import CHANNEL
from bot.channels.official_account.client import OfficialAccountClient
from bot.channels.official_account.errors import off_until, rule_for, settlement_of
from bot.channels.official_account.media import Pictures
from bot.channels.official_account.rendering import (
    MAX_TEXT_BYTES,
    menu_parts,
    render,
)
from bot.channels.official_account.templates import Template, read_template
from bot.channels.refusals import Remedy, Rule
from bot.channels.switchboard import Switchboard
from bot.channels.texts import first_piece, plain, split
from bot.channels.transport import ApiError, RefusedError, UnsureError
from bot.clock import Clock
from bot.links import Links
from bot.ports import Again, Blocked, Doubt, Outgoing, Push, Sent, Settlement
from bot.settings import OfficialAccount
from conversations.model import Option
from notices.reach import CUSTOM, SUBSCRIBE, TEMPLATE, Shut, Terms
from storage import pieces
from storage.database import Database
from storage.switches import SwitchRow

WAYS = (CUSTOM, TEMPLATE, SUBSCRIBE)

_FILE_GOOD_FOR = timedelta(days=7)
_SMALLER = 1000
_ALL, _MENU, _UPLOAD = "all", "menu", "upload"
_PLANNED_ANEW = 60.0
"""Seconds at most until a message finds out what to do about a way that is off."""

_WINDOW_SPENT = 45047
_PIECES_KEPT = timedelta(days=14)
_TOLD_AGAIN = timedelta(hours=1)

_log = structlog.get_logger(__name__)


class OfficialAccountChannel:
    """Sends pushes; see ``bot.ports.Channel`` and ``bot.ports.Offers``."""

    name = CHANNEL

    def __init__(
        self,
        settings: OfficialAccount,
        client: OfficialAccountClient,
        pictures: Pictures,
        switches: Switchboard,
        *,
        links: Links,
        clock: Clock,
        database: Database,
    ) -> None:
        self._settings = settings
        self._client = client
        self._pictures = pictures
        self._switches = switches
        self._links = links
        self._clock = clock
        self._database = database
        self._templates = _read(settings.templates)
        self._notifications = _read(settings.subscriptions)
        self._told: dict[int, datetime] = {}

    def connected(self) -> tuple[str, ...] | None:
        """None: every follower can be reached from every process."""
        return None

    async def terms(self) -> Terms:
        """See ``bot.ports.Offers``."""
        settings, off = self._settings, await self._switches.all_off()
        shut = {way: _shut(off, way) for way in WAYS}
        return Terms(
            channel=self.name,
            ways=WAYS,
            templates=_usable(self._templates, off),
            subscriptions=_usable(self._notifications, off),
            shut={way: why for way, why in shut.items() if why is not None},
            quotas={
                CUSTOM: settings.custom_quota,
                TEMPLATE: settings.template_quota,
                SUBSCRIBE: settings.subscribe_quota,
            },
            reserve=settings.deadline_reserve,
            window_sends=settings.window_sends,
        )

    def pieces(self, push: Push) -> int:
        """See ``bot.ports.Offers``."""
        reply = push.reply
        if reply.kind not in ("text", "article"):
            return 1
        return len(split(render(reply, self._links.public_url), MAX_TEXT_BYTES))

    async def send(self, message: Outgoing) -> Settlement:
        """See ``bot.ports.Channel``."""
        way = message.way or CUSTOM
        off = await self._switches.all_off()
        if (shut := _shut(off, way)) is not None:
            return self._planned_anew(shut)
        match way:
            case "custom":
                return await self._send_custom(message)
            case "template":
                return await self._send_template(message, off)
            case "subscribe":
                return await self._send_notification(message, off)
            case _:
                return Blocked(way, "way", "this channel has no such way")

    def _planned_anew(self, shut: Shut) -> Again:
        seconds = _PLANNED_ANEW
        if shut.until is not None:
            left = (shut.until - self._clock.real()).total_seconds()
            seconds = min(seconds, max(left, 0.0))
        return Again("off", shut.reason, seconds)

    # Customer-service messages

    async def _send_custom(self, message: Outgoing) -> Settlement:
        if message.push.reply.kind == "image":
            return await self._send_picture(message)
        try:
            return await self._send_words(message)
        except UnsureError as error:
            return Doubt(str(error))
        except ApiError as error:
            return await self._settle(error, CUSTOM)

    async def _send_words(self, message: Outgoing) -> Settlement:
        reply = message.push.reply
        parts = menu_parts(reply) if reply.choices else None
        may = parts is not None and not await self._switches.off(_MENU)
        if parts and may and await self._send_menu(message.address, *parts):
            return Sent()
        return await self._send_text(message)

    async def _send_menu(
        self, openid: str, head: str, listed: list[Option], tail: str
    ) -> bool:
        """Send choices to tap; False where the account may not."""
        try:
            await self._client.send_menu(openid, head, listed, tail)
        except RefusedError as error:
            rule = rule_for(error.code)
            if rule.remedy is not Remedy.PLAIN_MENU:
                raise
            await self._switches.turn_off(_MENU, rule.meaning, alert=False)
            return False
        return True

    async def _send_text(self, message: Outgoing) -> Settlement:
        """Send a text, in as many pieces as it needs; what went is not repeated."""
        text = self._text(message)
        began = at = await self._gone(message)
        limit, sent = MAX_TEXT_BYTES, 0
        try:
            while text[at:].strip():
                if sent == self._settings.window_sends:
                    # One more would be refused: it follows when they write.
                    meaning = rule_for(_WINDOW_SPENT).meaning
                    return Blocked(CUSTOM, str(_WINDOW_SPENT), meaning)
                piece, rest = first_piece(text[at:], limit)
                try:
                    if piece.strip():
                        await self._client.send_text(message.address, piece)
                        sent += 1
                except RefusedError as error:
                    too_long = rule_for(error.code).remedy is Remedy.SPLIT
                    if not too_long or limit == _SMALLER:
                        raise
                    limit = _SMALLER
                else:
                    at = len(text) - len(rest)
        finally:
            if began < at < len(text):
                await self._note_gone(message, at)
        return Sent()

    def _text(self, message: Outgoing) -> str:
        reply = message.push.reply
        if reply.kind != "file":
            return render(reply, self._links.public_url)
        link = self._links.document(
            "file",
            reply.ref,
            person_id=message.person_id,
            expires_at=self._clock.real() + _FILE_GOOD_FOR,
        )
        return "\n".join(plain(part) for part in (reply.text, reply.name, link) if part)

    async def _gone(self, message: Outgoing) -> int:
        """How much of a text went in earlier attempts, of whichever process."""
        if message.attempts <= 1:
            return 0
        async with self._database.reading() as uow:
            return await pieces.gone(uow, outbox_id=message.id)

    async def _note_gone(self, message: Outgoing, count: int) -> None:
        until = self._clock.now() + _PIECES_KEPT
        async with self._database.transaction() as uow:
            await pieces.note(uow, outbox_id=message.id, count=count, until=until)
            await uow.commit()

    async def _send_picture(self, message: Outgoing) -> Settlement:
        if (shut := _shut(await self._switches.all_off(), _UPLOAD)) is not None:
            return self._planned_anew(shut)
        settlement = await self._try_picture(message)
        if settlement is None:
            settlement = await self._try_picture(message, last=True)
        return settlement or Sent()

    async def _try_picture(
        self, message: Outgoing, *, last: bool = False
    ) -> Settlement | None:
        """Upload if need be, and send; None when it is to be uploaded again."""
        file_id = message.push.reply.ref
        try:
            media_id = await self._pictures.media_id(file_id)
        except ApiError as error:
            return await self._settle(error, _UPLOAD)
        try:
            await self._client.send_image(message.address, media_id)
        except UnsureError as error:
            return Doubt(str(error))
        except ApiError as error:
            if not last and _is_forgotten(error):
                await self._pictures.forget(file_id, media_id)
                return None
            return await self._settle(error, CUSTOM)
        return Sent()

    # Template messages and subscribe notifications

    async def _send_template(
        self, message: Outgoing, off: dict[str, SwitchRow]
    ) -> Settlement:
        template, fields = self._filled(self._templates, message.push, off)
        if template is None or fields is None:
            return _no_use(TEMPLATE, template)
        try:
            platform_id = await self._client.send_template(
                message.address,
                template.id,
                fields,
                url=self._page(message.push),
                client_message_id=message.client_message_id,
            )
        except UnsureError as error:
            return Doubt(str(error), repeatable=True)
        except ApiError as error:
            return await self._settle(error, TEMPLATE, template)
        # Taken is not delivered: that is told by TEMPLATESENDJOBFINISH.
        return Sent(platform_id, final=not platform_id)

    async def _send_notification(
        self, message: Outgoing, off: dict[str, SwitchRow]
    ) -> Settlement:
        template, fields = self._filled(self._notifications, message.push, off)
        if template is None or fields is None:
            return _no_use(SUBSCRIBE, template)
        try:
            platform_id = await self._client.send_notification(
                message.address, template.id, fields, url=self._page(message.push)
            )
        except UnsureError as error:
            return Doubt(str(error))
        except ApiError as error:
            return await self._settle(error, SUBSCRIBE, template)
        # Told by subscribe_msg_sent_event.
        return Sent(platform_id, final=not platform_id)

    def _filled(
        self, templates: dict[str, Template], push: Push, off: dict[str, SwitchRow]
    ) -> tuple[Template | None, dict[str, str] | None]:
        """The template of a push's kind, and its fields if they all fit."""
        template = templates.get(push.template)
        if template is None or _switch_of(template) in off:
            return None, None
        return template, template.fill(push.fields)

    def _page(self, push: Push) -> str:
        return self._links.page(push.path) if push.path else ""

    # What the platform refuses

    async def _settle(
        self, error: ApiError, call: str, template: Template | None = None
    ) -> Settlement:
        """What becomes of the message, after doing what the error asks for."""
        if not isinstance(error, RefusedError):
            return Again(type(error).__name__, str(error), 0)
        rule = rule_for(error.code)
        name = _switched_off_by(rule, call, template)
        if name:
            await self._switches.turn_off(
                name,
                f"{error.code} {rule.meaning}",
                until=off_until(rule, now=self._clock.real()),
                alert=rule.alert,
            )
        elif rule.alert:
            self._tell(error.code, rule)
        return settlement_of(error, way=CUSTOM if call == _UPLOAD else call)

    def _tell(self, code: int, rule: Rule) -> None:
        """Tell the operator of a code once in a while, not for each message."""
        now = self._clock.real()
        if code not in self._told or now - self._told[code] >= _TOLD_AGAIN:
            self._told[code] = now
            _log.error("wechat_call_refused", code=code, reason=rule.meaning)


def _read(settings: dict[str, str]) -> dict[str, Template]:
    return {kind: read_template(setting, kind) for kind, setting in settings.items()}


def _switch_of(template: Template) -> str:
    return f"{TEMPLATE}:{template.id}"


def _usable(
    templates: dict[str, Template], off: dict[str, SwitchRow]
) -> dict[str, str]:
    return {
        kind: template.id
        for kind, template in templates.items()
        if _switch_of(template) not in off
    }


def _shut(off: dict[str, SwitchRow], name: str) -> Shut | None:
    """Why something is off; of two reasons the one that lasts longer."""
    rows = [row for row in (off.get(_ALL), off.get(name)) if row is not None]
    if not rows:
        return None
    longest = max(rows, key=lambda row: (row.until is None, row.until or row.at))
    return Shut(longest.reason, longest.until)


def _switched_off_by(rule: Rule, call: str, template: Template | None) -> str:
    """The name of what a refusal switches off; empty for nothing."""
    match rule.remedy:
        case Remedy.STOP | Remedy.NEW_TOKEN:
            return _ALL
        case Remedy.PARK | Remedy.CALL_OFF | Remedy.REST:
            return call
        case Remedy.TEMPLATE_OFF if template:
            return _switch_of(template)
    return ""


def _is_forgotten(error: ApiError) -> bool:
    code = error.code if isinstance(error, RefusedError) else 0
    return rule_for(code).remedy is Remedy.UPLOAD_AGAIN


def _no_use(way: str, template: Template | None) -> Blocked:
    """A way that is no use for this message: nothing was sent."""
    if template is None:
        return Blocked(way, "no_template", "no template of this kind")
    return Blocked(way, "fields", "a field cannot hold what it should")
