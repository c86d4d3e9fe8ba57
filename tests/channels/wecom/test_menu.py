"""The app's menu is put up once, within the platform's sizes."""

from __future__ import annotations

import pytest

from bot.channels.wecom.menu import MenuKeeper, read_menu
from tests.channels.wecom.conftest import Process
from tests.platforms.wecom import WeComPlatform

CREATE = "menu/create"


@pytest.fixture
def kind() -> str:
    """What the database is makes no difference here."""
    return "sqlite"


async def test_it_is_put_up_once(process: Process, wecom: WeComPlatform) -> None:
    keeper = MenuKeeper(process.client)
    for _ in range(3):
        await keeper.keep()
    assert wecom.menu == read_menu()["button"]
    assert wecom.attempts[CREATE] == 1


async def test_what_did_not_arrive_is_tried_again_what_is_refused_is_not(
    process: Process, wecom: WeComPlatform
) -> None:
    keeper = MenuKeeper(process.client)
    wecom.faults.next(CREATE, "http500", "garbage", 48002)
    for _ in range(5):
        await keeper.keep()
    assert wecom.attempts[CREATE] == 3
    assert wecom.menu == []


def test_it_keeps_to_the_platforms_sizes() -> None:
    buttons = read_menu()["button"]
    assert len(buttons) <= 3
    assert all(len(one["name"]) <= 4 for one in buttons)
    for one in buttons:
        assert len(one.get("sub_button", ())) <= 5
        assert all(len(leaf["name"]) <= 8 for leaf in one.get("sub_button", ()))
