"""The menu at the bottom of the app's chat, put there once by each process."""

from __future__ import annotations

import tomllib
from importlib.resources import files
from typing import Any

import structlog

from bot.channels.transport import ApiError, RefusedError
from bot.channels.wecom.client import WeComClient

_log = structlog.get_logger(__name__)


class MenuKeeper:
    """Puts the menu up; tries again as long as the platform cannot be reached."""

    def __init__(self, client: WeComClient) -> None:
        self._client = client
        self._settled = False

    async def keep(self) -> None:
        """Put it up unless that was settled before."""
        if self._settled:
            return
        try:
            await self._client.create_menu(read_menu())
        except RefusedError as error:
            # Everything can be written as well: nobody is worse off for long.
            _log.warning("wecom_menu_refused", code=error.code)
        except ApiError:
            return
        self._settled = True


def read_menu() -> dict[str, Any]:
    """The menu as the platform takes it."""
    text = files("bot.channels.wecom").joinpath("menu.toml").read_text("utf-8")
    return {"button": [_button(one) for one in tomllib.loads(text)["button"]]}


def _button(one: dict[str, Any]) -> dict[str, Any]:
    if entries := one.get("entry"):
        listed = [_button(entry) for entry in entries]
        return {"name": one["name"], "sub_button": listed}
    return {"type": "click", "name": one["name"], "key": one["says"]}
