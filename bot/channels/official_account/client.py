"""The platform's API over aiohttp, through wechatpy's request builders.

wechatpy's own client blocks, waits for ever and retries without end; of it we
use the paths and bodies, and send them ourselves: with timeouts, the shared
token, and one more try when the token is refused.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from wechatpy.client import WeChatClient

from bot.channels.calls import Calls
from bot.channels.official_account import CHANNEL
from bot.channels.tokens import AccessTokens
from bot.channels.transport import Media, Transport, Upload
from bot.settings import OfficialAccount
from conversations.model import Option


def account(settings: OfficialAccount) -> str:
    """The name under which we keep what is the account's own."""
    return f"{CHANNEL}:{settings.app_id}"


class OfficialAccountClient(WeChatClient):  # type: ignore[misc]  # wechatpy has no types
    """The calls we make. Each may raise the errors of ``Transport.call``."""

    def __init__(
        self, settings: OfficialAccount, tokens: AccessTokens, transport: Transport
    ) -> None:
        # Not the parent's: it opens a blocking session and its own token store.
        self.appid = settings.app_id
        self.account = account(settings)
        self._calls = Calls(tokens, transport)
        self._transport = transport

    @property
    def transport(self) -> Transport:
        """HTTP to the platform, for what needs no token."""
        return self._transport

    async def send_text(self, openid: str, text: str) -> None:
        """Send a customer-service text."""
        await self.message.send_text(openid, text)

    async def send_menu(
        self, openid: str, head: str, choices: Sequence[Option], tail: str
    ) -> None:
        """Send choices to tap, between a text above and a text below."""
        listed = [{"id": option.send, "content": option.label} for option in choices]
        menu = {"head_content": head, "list": listed, "tail_content": tail}
        await self.message.send_msg_menu(openid, menu)

    async def send_image(self, openid: str, media_id: str) -> None:
        """Send an uploaded picture."""
        await self.message.send_image(openid, media_id)

    async def send_template(
        self,
        openid: str,
        template_id: str,
        fields: dict[str, str],
        *,
        url: str,
        client_message_id: str,
    ) -> str:
        """Send a template message; the platform's id, by which its end is told."""
        body: dict[str, Any] = {
            "touser": openid,
            "template_id": template_id,
            "data": {name: {"value": value} for name, value in fields.items()},
            # Sent once within ten minutes, however often it is asked for.
            "client_msg_id": client_message_id,
        }
        if url:
            body["url"] = url
        answer = await self.post("message/template/send", data=body)
        return str(answer.get("msgid", ""))

    async def send_notification(
        self, openid: str, template_id: str, fields: dict[str, str], *, url: str
    ) -> str:
        """Send a subscribe notification; the platform's id, if it tells one."""
        body: dict[str, Any] = {
            "touser": openid,
            "template_id": template_id,
            "data": {name: {"value": value} for name, value in fields.items()},
        }
        if url:
            body["page"] = url
        answer = await self.post("message/subscribe/bizsend", data=body)
        return str(answer.get("msgid") or "")

    async def show_typing(self, openid: str) -> None:
        """Let the person see for some seconds that an answer is being written."""
        body = {"touser": openid, "command": "Typing"}
        await self.post("message/custom/typing", data=body)

    async def page_ticket(self) -> tuple[str, int]:
        """What pages sign their use of the client's script with; good for seconds."""
        answer = await self.get("ticket/getticket", params={"type": "jsapi"})
        return str(answer["ticket"]), int(answer.get("expires_in", 7200))

    async def upload_image(self, picture: Upload) -> str:
        """Upload a picture for three days; its media id."""
        answer = await self.media.upload("image", picture)
        return str(answer["media_id"])

    async def download(self, media_id: str) -> Media:
        """What a person sent, within three days of it."""
        return await self._calls.fetch_media(media_id)

    async def _request(self, method: str, url_or_endpoint: str, **kwargs: Any) -> Any:
        """What every builder of wechatpy ends in."""
        process: Callable[[Any], Any] | None = kwargs.get("result_processor")
        files: dict[str, Upload] = kwargs.get("files") or {}
        answer = await self._calls.call(
            method,
            url_or_endpoint,
            params=kwargs.get("params"),
            data=kwargs.get("data"),
            upload=files.get("media"),
        )
        return process(answer) if process else answer
