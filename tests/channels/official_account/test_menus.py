"""The platform shows each role its menu, and is told of nothing twice."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path

import pytest
from msgspec.structs import replace

from bot.channels.official_account.menus import MenuKeeper, load_menus
from bot.commands import ROLES, allowed, by_word, parse
from conversations.engine import words
from conversations.errors import DefinitionError
from storage import organisations, people, windows
from storage.database import Database, UnitOfWork
from tests.channels.official_account.publishing import Office, office
from tests.platforms.clock import StandingClock
from tests.platforms.messages import openid_of

MENUS = {menu.role: menu for menu in load_menus()}


@pytest.fixture
async def desk(database: Database, clock: StandingClock) -> AsyncIterator[Office]:
    async with database.transaction() as uow:
        await organisations.create_scope(uow, id="n", kind="nation", name="中心")
        await uow.commit()
    async with office(database, clock) as one:
        yield one


def keeper(desk: Office) -> MenuKeeper:
    return MenuKeeper(desk.client, desk.switches, desk.database, desk.clock)


def shown(desk: Office, name: str) -> list[str]:
    """What is on somebody's bar."""
    person = desk.platform.people[openid_of(name)]
    return [one["name"] for one in desk.platform.menus.seen_by(person)]


def on_bar(role: str = "") -> list[str]:
    return [button.name for button in MENUS[role].button]


Leave = Callable[[UnitOfWork, list[str]], Awaitable[None]]


async def gone(uow: UnitOfWork, address_ids: list[str]) -> None:
    """The platform said that nobody follows here."""
    await people.mark_unreachable(uow, address_ids=address_ids)


async def left(uow: UnitOfWork, address_ids: list[str]) -> None:
    """They unfollowed."""
    await windows.end(uow, address_ids=address_ids)


# ---- the file ----


@pytest.mark.parametrize("role", MENUS)
def test_all_that_a_menu_says_is_understood_and_allowed(role: str) -> None:
    known = {command.name for command in allowed(frozenset({role or "teacher"}))}
    unknown = []
    for entry in MENUS[role].entries():
        word, _, args = entry.says.partition(" ")
        command = by_word().get(word)
        if word not in known | words.UNIVERSAL or (command and parse(args).raw != args):
            unknown.append(entry.says)

    assert unknown == []


def test_every_role_with_a_grant_has_a_menu_and_higher_ones_come_later() -> None:
    assert [*MENUS] == ["", *reversed([role for role in ROLES if role != "teacher"])]


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ('[[menu]]\nrole = "base_staff"\ntag = "x"\nbutton = []', "everybody's"),
        ("[[menu]]\nbutton = []", "1 to 3"),
        ('[[menu]]\n[[menu.button]]\nname = "五个字太长"\nsays = "帮助"', "at most 4"),
        ('[[menu]]\n[[menu.button]]\nname = "空的"', "says or lists"),
    ],
)
def test_a_menu_beyond_what_is_shown_stops_the_start(
    tmp_path: Path, text: str, why: str
) -> None:
    path = tmp_path / "menus.toml"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(DefinitionError, match=why):
        load_menus(path)


# ---- the platform ----


async def test_each_sees_the_menu_of_their_highest_role(desk: Office) -> None:
    await desk.follower("老师")
    await desk.follower("班主任", ("class_manager", "n"))
    await desk.follower("两样", ("class_manager", "n"), ("centre_manager", "n"))
    await keeper(desk).keep()

    assert {name: shown(desk, name) for name in ("老师", "班主任", "两样")} == {
        "老师": on_bar(),
        "班主任": on_bar("class_manager"),
        "两样": on_bar("centre_manager"),
    }


async def test_what_the_platform_knows_it_is_not_told_again(desk: Office) -> None:
    await desk.follower("省里", ("province_manager", "n"))
    await keeper(desk).keep()
    before = desk.platform.attempts.copy()
    await keeper(desk).keep()

    assert desk.platform.attempts == before


async def test_a_menu_that_changed_replaces_the_old_ones(desk: Office) -> None:
    await desk.follower("省里", ("province_manager", "n"))
    await keeper(desk).keep()
    button = replace(MENUS[""].button[0], name="改了")
    menus = tuple(replace(one, button=(button,)) for one in load_menus())
    changed = MenuKeeper(
        desk.client, desk.switches, desk.database, desk.clock, menus=menus
    )
    await changed.keep()

    assert shown(desk, "省里") == ["改了"]
    assert len(desk.platform.menus.conditional) == len(menus) - 1


async def test_a_role_given_up_takes_its_menu_along(desk: Office) -> None:
    await desk.follower("省里", ("province_manager", "n"))
    await keeper(desk).keep()
    async with desk.database.transaction() as uow:
        await people.revoke_grant(uow, grant_id="g-省里-0", now=desk.clock.now())
        await uow.commit()
    await keeper(desk).keep()

    assert shown(desk, "省里") == on_bar()


async def test_many_are_tagged_fifty_at_a_time(desk: Office) -> None:
    names = [f"班{number:03}主" for number in range(120)]
    for name in names:
        await desk.follower(name, ("class_manager", "n"))
    await keeper(desk).keep()

    assert desk.platform.attempts["tags/members/batchtagging"] == 3
    assert {*map(tuple, (shown(desk, name) for name in names))} == {
        tuple(on_bar("class_manager"))
    }


async def test_one_who_left_does_not_keep_the_others_from_theirs(desk: Office) -> None:
    for name in ("走了的", "还在的"):
        await desk.follower(name, ("class_manager", "n"))
    await desk.follower("老的", ("class_manager", "n"))
    desk.platform.people[openid_of("走了的")].follows = False
    await keeper(desk).keep()
    async with desk.database.reading() as uow:
        found = await people.addresses_of(uow, person_ids=["走了的", "还在的"])

    assert shown(desk, "还在的") == on_bar("class_manager")
    assert [row.reachable for row in found["走了的"]] == [False]
    assert [row.reachable for row in found["还在的"]] == [True]


@pytest.mark.parametrize("leave", [gone, left])
async def test_who_follows_again_is_told_of_again(desk: Office, leave: Leave) -> None:
    await desk.follower("省里", ("province_manager", "n"))
    await keeper(desk).keep()
    person = desk.platform.people[openid_of("省里")]
    # Leaving takes the tags along.
    person.tags.clear()
    async with desk.database.transaction() as uow:
        await leave(uow, ["a-省里"])
        await people.touch_inbound(uow, address_ids=["a-省里"], now=desk.clock.now())
        await uow.commit()
    await keeper(desk).keep()

    assert shown(desk, "省里") == on_bar("province_manager")


async def test_a_tag_made_but_not_noted_is_found_by_its_name(desk: Office) -> None:
    await desk.client.post("tags/create", data={"tag": {"name": "班主任"}})
    await desk.follower("班主任", ("class_manager", "n"))
    await keeper(desk).keep()

    assert list(desk.platform.tags.names.values()).count("班主任") == 1
    assert shown(desk, "班主任") == on_bar("class_manager")


async def test_tags_deleted_in_the_console_are_made_anew(desk: Office) -> None:
    await desk.follower("甲", ("class_manager", "n"))
    await keeper(desk).keep()
    for tag_id in list(desk.platform.tags.names):
        await desk.client.post("tags/delete", data={"tag": {"id": tag_id}})
    desk.platform.menus.conditional.clear()
    await desk.follower("乙", ("class_manager", "n"))
    await keeper(desk).keep()
    await keeper(desk).keep()

    assert {name: shown(desk, name) for name in ("甲", "乙")} == {
        "甲": on_bar("class_manager"),
        "乙": on_bar("class_manager"),
    }


async def test_an_account_that_may_not_is_asked_once(desk: Office) -> None:
    desk.platform.denied.add("menu/create")
    await keeper(desk).keep()
    before = desk.platform.attempts.copy()
    await keeper(desk).keep()

    assert desk.platform.attempts == before
    assert await desk.switches.off("menus") is not None


async def test_what_went_wrong_is_done_at_the_next_look(desk: Office) -> None:
    await desk.follower("班主任", ("class_manager", "n"))
    for call in ("tags/create", "menu/addconditional", "tags/members/batchtagging"):
        desk.platform.faults.next(call, "http500", "reset_after", -1)
    for _ in range(12):
        await keeper(desk).keep()

    assert shown(desk, "班主任") == on_bar("class_manager")
