"""The calls of WeCom's API that we make."""

from __future__ import annotations

from typing import Any

from bot.channels.calls import Calls
from bot.channels.tokens import AccessTokens
from bot.channels.transport import Media, Transport, Upload
from bot.channels.wecom import CHANNEL
from bot.channels.wecom.errors import TOKEN_REFUSED
from bot.clock import Clock
from bot.settings import WeCom
from storage.database import Database


def wecom_tokens(
    settings: WeCom, transport: Transport, database: Database, clock: Clock
) -> AccessTokens:
    """The app's token; the platform gives everybody the same while it is valid."""
    credentials = {"corpid": settings.corp_id, "corpsecret": settings.secret}

    async def fetch() -> tuple[str, int]:
        answer = await transport.call(
            "get", transport.api_url + "gettoken", params=credentials
        )
        return str(answer["access_token"]), int(answer.get("expires_in", 7200))

    return AccessTokens(
        account(settings), fetch, database, clock, refusals=TOKEN_REFUSED
    )


def account(settings: WeCom) -> str:
    """The name under which we keep what is the app's own."""
    return f"{CHANNEL}:{settings.corp_id}:{settings.agent_id}"


class WeComClient:
    """The app. Each call may raise the errors of ``Transport.call``."""

    def __init__(
        self, settings: WeCom, tokens: AccessTokens, transport: Transport
    ) -> None:
        self._calls = Calls(tokens, transport)
        # The platform wants a number.
        self._agent_id = int(settings.agent_id)

    async def send(
        self, userid: str, kind: str, body: dict[str, Any], *, once: bool
    ) -> dict[str, Any]:
        """Send one message; what the platform says of it.

        Of messages of one content to one member within half an hour, the
        platform lets one through if they are sent ``once``.
        """
        message: dict[str, Any] = {
            "touser": userid,
            "msgtype": kind,
            "agentid": self._agent_id,
            kind: body,
        }
        if once:
            message |= {"enable_duplicate_check": 1, "duplicate_check_interval": 1800}
        return await self._post("message/send", message)

    async def update_card(self, userid: str, response_code: str, label: str) -> None:
        """Show on a card what was chosen; nobody can choose on it any more."""
        await self._post(
            "message/update_template_card",
            {
                "userids": [userid],
                "agentid": self._agent_id,
                "response_code": response_code,
                "button": {"replace_name": label},
            },
        )

    async def create_menu(self, menu: dict[str, Any]) -> None:
        """Put a menu under the app."""
        await self._post("menu/create", menu, agentid=str(self._agent_id))

    async def upload(self, kind: str, file: Upload) -> str:
        """Upload a file (``image`` or ``file``) for three days; its media id."""
        answer = await self._calls.call(
            "post", "media/upload", params={"type": kind}, upload=file
        )
        return str(answer["media_id"])

    async def download(self, media_id: str) -> Media:
        """What a member sent, within three days of it."""
        return await self._calls.fetch_media(media_id)

    async def _post(
        self, path: str, body: dict[str, Any], **params: str
    ) -> dict[str, Any]:
        return await self._calls.call("post", path, params=params, data=body)
