"""Pushes to the Official Account's followers.

Within 48 hours of a person's last message a push goes as customer-service
messages; after that as a template message, if its kind has one; else it waits
until the person writes. What the platform switches off stays off, for all
processes, until it may be tried again.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from datetime import timedelta

import structlog

from bot.channels.official_account.client import OfficialAccountClient
from bot.channels.official_account.errors import (
    Remedy,
    Rule,
    off_until,
    rule_for,
    settlement_of,
)
from bot.channels.official_account.media import Pictures
from bot.channels.official_account.rendering import (
    MAX_TEXT_BYTES,
    menu_parts,
    plain,
    render,
)
from bot.channels.official_account.templates import Template, read_template
from bot.channels.switchboard import Switchboard
from bot.channels.texts import split
from bot.channels.transport import ApiError, RefusedError, UnsureError
from bot.clock import Clock
from bot.links import Links
from bot.ports import Again, Doubt, Held, Outgoing, Sent, Settlement
from bot.settings import OfficialAccount
from conversations.model import Option, Reply

WINDOW = timedelta(hours=48)
"""How long after a person's message customer-service messages may follow."""

_FILE_GOOD_FOR = timedelta(days=7)
_SMALLER = 1000
_ALL, _CUSTOM, _TEMPLATE, _MENU = "all", "custom", "template", "menu"

_log = structlog.get_logger(__name__)

Step = Callable[[], Awaitable[None]]


class OfficialAccountChannel:
    """Sends pushes; see ``bot.ports.Channel``."""

    name = "official_account"

    def __init__(
        self,
        settings: OfficialAccount,
        client: OfficialAccountClient,
        pictures: Pictures,
        switches: Switchboard,
        *,
        links: Links,
        clock: Clock,
    ) -> None:
        self._client = client
        self._pictures = pictures
        self._switches = switches
        self._links = links
        self._clock = clock
        self._templates = {
            kind: read_template(setting) for kind, setting in settings.templates.items()
        }
        # How many pieces of a push have gone out, by row, while it is not settled.
        self._gone: dict[str, int] = {}

    def connected(self) -> tuple[str, ...] | None:
        """None: every follower can be reached from every process."""
        return None

    async def send(self, message: Outgoing) -> Settlement:
        """See ``bot.ports.Channel``."""
        settlement = await self._send(message)
        if not isinstance(settlement, Again | Doubt):
            self._gone.pop(message.id, None)
        return settlement

    async def _send(self, message: Outgoing) -> Settlement:
        if off := await self._switches.off(_ALL):
            return Again("off", off.reason, off.seconds)
        if self._window_open(message):
            return await self._send_custom(message)
        return await self._send_template(message) or Held("window", "no recent message")

    def _window_open(self, message: Outgoing) -> bool:
        last = message.last_inbound_at
        return last is not None and self._clock.now() < last + WINDOW

    async def _send_custom(self, message: Outgoing) -> Settlement:
        if off := await self._switches.off(_CUSTOM):
            return Again("off", off.reason, off.seconds)
        try:
            steps = await self._steps(message)
            for index in range(self._gone.get(message.id, 0), len(steps)):
                await steps[index]()
                self._gone[message.id] = index + 1
        except UnsureError as error:
            return Doubt(str(error))
        except ApiError as error:
            return await self._settle(error, message, _CUSTOM)
        return Sent()

    async def _steps(self, message: Outgoing) -> list[Step]:
        """The calls that make up a push, in their order."""
        reply, openid = message.push.reply, message.address
        if reply.kind == "image":
            return [lambda: self._picture(openid, reply.ref)]
        parts = menu_parts(reply) if reply.choices else None
        if parts and not await self._switches.off(_MENU):
            head, listed, tail = parts
            return [lambda: self._menu(openid, reply, head, listed, tail)]
        return [
            self._text_step(openid, piece)
            for piece in split(self._text(message), MAX_TEXT_BYTES)
            if piece.strip()
        ]

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

    def _text_step(self, openid: str, text: str) -> Step:
        return lambda: self._send_text(openid, text)

    async def _send_text(self, openid: str, text: str) -> None:
        try:
            await self._client.send_text(openid, text)
        except RefusedError as error:
            if rule_for(error.code).remedy is not Remedy.SPLIT:
                raise
            for piece in split(text, _SMALLER):
                await self._client.send_text(openid, piece)

    async def _picture(self, openid: str, file_id: str) -> None:
        media_id = await self._pictures.media_id(file_id)
        try:
            await self._client.send_image(openid, media_id)
        except RefusedError as error:
            if rule_for(error.code).remedy is not Remedy.UPLOAD_AGAIN:
                raise
            self._pictures.forget(file_id)
            media_id = await self._pictures.media_id(file_id)
            await self._client.send_image(openid, media_id)

    async def _menu(
        self, openid: str, reply: Reply, head: str, listed: list[Option], tail: str
    ) -> None:
        try:
            await self._client.send_menu(openid, head, listed, tail)
        except RefusedError as error:
            rule = rule_for(error.code)
            if rule.remedy is not Remedy.PLAIN_MENU:
                raise
            await self._switches.turn_off(_MENU, rule.meaning)
            await self._send_text(openid, render(reply, self._links.public_url))

    async def _send_template(self, message: Outgoing) -> Settlement | None:
        """Send as a template message; None when there is none to send."""
        push = message.push
        template = self._templates.get(push.template)
        if template is None or await self._switches.off(f"{_TEMPLATE}:{template.id}"):
            return None
        if off := await self._switches.off(_TEMPLATE):
            return Again("off", off.reason, off.seconds)
        try:
            platform_id = await self._client.send_template(
                message.address,
                template.id,
                template.fill(push.fields),
                url=self._links.page(push.path) if push.path else "",
                client_message_id=message.client_message_id,
            )
        except UnsureError as error:
            return Doubt(str(error), repeatable=True)
        except ApiError as error:
            return await self._settle(error, message, _TEMPLATE, template)
        # Taken is not delivered: that is told by TEMPLATESENDJOBFINISH.
        return Sent(platform_id, final=not platform_id)

    async def _settle(
        self,
        error: ApiError,
        message: Outgoing,
        call: str,
        template: Template | None = None,
    ) -> Settlement:
        """What becomes of the message, after doing what the error asks for."""
        if not isinstance(error, RefusedError):
            return Again(type(error).__name__, str(error), 0)
        rule = rule_for(error.code)
        if rule.alert:
            _log.error("wechat_call_refused", code=error.code, reason=rule.meaning)
        await self._switch_off(rule, call, template)
        if rule.remedy is Remedy.TEMPLATE and call == _CUSTOM:
            sent = await self._send_template(message)
            if sent is not None:
                return sent
        return settlement_of(error, now=self._clock.real())

    async def _switch_off(
        self, rule: Rule, call: str, template: Template | None
    ) -> None:
        match rule.remedy:
            case Remedy.STOP | Remedy.NEW_TOKEN:
                name = _ALL
            case Remedy.PARK | Remedy.CALL_OFF:
                name = call
            case Remedy.TEMPLATE_OFF if template:
                name = f"{_TEMPLATE}:{template.id}"
            case _:
                return
        until = off_until(rule, now=self._clock.real())
        await self._switches.turn_off(name, rule.meaning, until=until)
