"""The menu at the bottom, for all and for those with a tag."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tests.platforms.server import Handler
from tests.platforms.standing import Standing

if TYPE_CHECKING:
    from tests.platforms.publishing import Publishing


class Menus:
    """One account's menus."""

    def __init__(self, publishing: Publishing) -> None:
        self._publishing = publishing

    def handlers(self) -> dict[str, Handler]:
        return {}

    def button_for(self, person: Standing, name: str) -> dict[str, Any]:
        raise AssertionError(name)
