"""Menus, codes, tags, drafts, articles, mass messages."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tests.platforms.menus import Menus
from tests.platforms.messages import OK
from tests.platforms.server import Answer, Call, Handler
from tests.platforms.standing import Standing

if TYPE_CHECKING:
    from tests.platforms.official_account import OfficialAccountPlatform

ADMIN = "oPlatformItself0000000000001"
"""From whom events come that are about no follower."""


class Publishing:
    """What an account shows to many at once."""

    def __init__(self, platform: OfficialAccountPlatform) -> None:
        self._platform = platform
        self.menus = Menus(self)
        self.tags: dict[int, str] = {}
        self.drafts: dict[str, list[dict[str, Any]]] = {}
        self.published: dict[str, dict[str, Any]] = {}
        self.codes: dict[str, tuple[str, float]] = {}
        self._masses: dict[str, int] = {}

    def handlers(self) -> dict[str, Handler]:
        """The calls that this part answers."""
        return {**self.menus.handlers(), "qrcode/create": self._create_code}

    def button_for(self, person: Standing, name: str) -> dict[str, Any]:
        """The entry of the menu that somebody sees."""
        return self.menus.button_for(person, name)

    def scene_of(self, code: str) -> str | None:
        return code

    def _create_code(self, call: Call) -> Answer:
        return OK
