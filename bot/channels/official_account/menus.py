"""Menus by role: what ``menus.toml`` says, and keeping the platform to it.

A role is a tag there; each tag has its menu. The platform is told again when
the file changed, and of a person when their roles did.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import timedelta
from functools import cache
from pathlib import Path
from typing import Any

import msgspec
import structlog

from bot.channels.official_account import CHANNEL
from bot.channels.official_account.client import OfficialAccountClient
from bot.channels.switchboard import Switchboard
from bot.channels.transport import ApiError, RefusedError
from bot.clock import Clock
from conversations.errors import DefinitionError
from conversations.forms.source import read_definition
from storage import holders, people, platform_tags
from storage.crypto import fingerprint
from storage.database import Database
from storage.platform_tags import Wearer

FILE = Path(__file__).with_name("menus.toml")
FEATURE = "menus"

NOT_ALLOWED = frozenset({48001, 48008})
"""The account has no right to the call, and will not have one tomorrow."""

OFF_FOR = timedelta(days=30)
"""How long what the account may not do is left alone."""

_TAG_NAME_TAKEN = 45157
_TAG_GONE = 45159
_NOT_FOLLOWING = frozenset({40003, 43004, 49003})
_MOST_A_CALL = 50
_PAGE = 500
_LEASE_SECONDS = 600.0
_BUTTONS, _ENTRIES = 3, 5
_ON_BAR, _IN_LIST, _KEY = 4, 8, 128

_log = structlog.get_logger(__name__)


class Entry(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Something to tap, and what that says."""

    name: str
    says: str

    def body(self) -> dict[str, Any]:
        """As the platform takes it."""
        return {"type": "click", "name": self.name, "key": self.says}


class Button(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A place on the bar: it says something, or opens a list."""

    name: str
    says: str = ""
    entry: tuple[Entry, ...] = ()

    def body(self) -> dict[str, Any]:
        """As the platform takes it."""
        if not self.entry:
            return Entry(self.name, self.says).body()
        return {"name": self.name, "sub_button": [one.body() for one in self.entry]}


class Menu(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One menu; that without a role is everybody's."""

    button: tuple[Button, ...]
    role: str = ""
    tag: str = ""

    def body(self) -> dict[str, Any]:
        """As the platform takes it."""
        return {"button": [one.body() for one in self.button]}

    def entries(self) -> Iterator[Entry]:
        """Everything that can be tapped."""
        for button in self.button:
            yield from button.entry or (Entry(button.name, button.says),)


class _File(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    menu: tuple[Menu, ...]


@cache
def load_menus(path: Path = FILE) -> tuple[Menu, ...]:
    """All menus, everybody's first.

    Raises:
        DefinitionError: the file does not hold together, or is beyond what the
            platform shows.
    """
    menus = read_definition(path, _File)[0].menu
    for place, menu in enumerate(menus):
        wrong = _wrong(menu, first=place == 0)
        if wrong:
            raise DefinitionError(path.name, 1, f"menu {place + 1}: {wrong}")
    return menus


def _wrong(menu: Menu, *, first: bool) -> str:
    if first is bool(menu.role) or first is bool(menu.tag):
        return "everybody's menu stands first, all others have a role and a tag"
    if not 1 <= len(menu.button) <= _BUTTONS:
        return f"1 to {_BUTTONS} buttons"
    for button in menu.button:
        if len(button.name) > _ON_BAR or bool(button.says) is bool(button.entry):
            return f"{button.name}: at most {_ON_BAR} characters, says or lists"
        if len(button.entry) > _ENTRIES:
            return f"{button.name}: at most {_ENTRIES} entries"
    for entry in menu.entries():
        if len(entry.name) > _IN_LIST or not 1 <= len(entry.says.encode()) <= _KEY:
            return f"{entry.name}: at most {_IN_LIST} characters, and something to say"
    return ""


class MenuKeeper:
    """Tells the platform of menus, tags and roles, where it knows otherwise."""

    def __init__(
        self,
        client: OfficialAccountClient,
        switches: Switchboard,
        database: Database,
        clock: Clock,
        *,
        menus: Sequence[Menu] | None = None,
    ) -> None:
        self._client = client
        self._switches = switches
        self._database = database
        self._clock = clock
        self._menus = menus or load_menus()
        self._account = client.account

    async def keep(self) -> None:
        """Tell what is new; one process at a time. Failures are left to the next."""
        if await self._switches.off(FEATURE):
            return
        generation = await self._take()
        if generation is None:
            return
        try:
            tags = await self._keep_tags()
            await self._keep_menus(tags)
            await self._keep_roles(tags)
        except RefusedError as error:
            await self._refused(error)
        except ApiError as error:
            _log.warning("wechat_menus_put_off", error=str(error))
        finally:
            await self._give_up(generation)

    async def _refused(self, error: RefusedError) -> None:
        if error.code in NOT_ALLOWED:
            until = self._clock.real() + OFF_FOR
            await self._switches.turn_off(FEATURE, str(error), until=until)
        elif error.code == _TAG_GONE:
            async with self._database.transaction() as uow:
                await platform_tags.forget(uow, account=self._account, channel=CHANNEL)
                await uow.commit()
        else:
            _log.warning("wechat_menus_put_off", error=str(error))

    # ---- tags ----

    async def _keep_tags(self) -> dict[str, str]:
        async with self._database.reading() as uow:
            known = await platform_tags.tags(uow, account=self._account)
        for menu in self._menus[1:]:
            if menu.role not in known:
                known[menu.role] = await self._tag_called(menu.tag)
                async with self._database.transaction() as uow:
                    await platform_tags.keep_tag(
                        uow,
                        account=self._account,
                        role=menu.role,
                        tag_id=known[menu.role],
                    )
                    await uow.commit()
        return known

    async def _tag_called(self, name: str) -> str:
        """A new tag, or the one that was made before we could note it."""
        try:
            made = await self._client.post("tags/create", data={"tag": {"name": name}})
            return str(made["tag"]["id"])
        except RefusedError as error:
            if error.code != _TAG_NAME_TAKEN:
                raise
        listed = await self._client.get("tags/get")
        return next(str(one["id"]) for one in listed["tags"] if one["name"] == name)

    # ---- menus ----

    async def _keep_menus(self, tags: dict[str, str]) -> None:
        wanted = [
            (menu.body(), tags[menu.role] if menu.role else "") for menu in self._menus
        ]
        digest = fingerprint(msgspec.json.encode(wanted).decode())
        async with self._database.reading() as uow:
            has = await platform_tags.menus_digest(uow, account=self._account)
        if has == digest:
            return
        # Takes those by tag away with it, which could not be replaced.
        await self._client.get("menu/delete")
        for body, tag_id in wanted:
            # The newest that fits is shown: higher roles come later.
            rule = {"matchrule": {"tag_id": tag_id}} if tag_id else {}
            path = "menu/addconditional" if tag_id else "menu/create"
            await self._client.post(path, data=body | rule)
        async with self._database.transaction() as uow:
            await platform_tags.keep_menus_digest(
                uow, account=self._account, digest=digest
            )
            await uow.commit()
        _log.info("wechat_menus_told", menus=len(wanted))

    # ---- who has which ----

    async def _keep_roles(self, tags: dict[str, str]) -> None:
        after: str | None = ""
        while after is not None:
            async with self._database.reading() as uow:
                found, after = await platform_tags.page(
                    uow,
                    channel=CHANNEL,
                    after=after,
                    limit=_PAGE,
                    known=frozenset(tags),
                )
            if found:
                await self._tell(found, tags)

    async def _tell(self, found: Sequence[Wearer], tags: dict[str, str]) -> None:
        gone: set[str] = set()
        for role, tag_id in tags.items():
            for path, some in (
                ("batchtagging", [one for one in found if role in one.due - one.told]),
                (
                    "batchuntagging",
                    [one for one in found if role in one.told - one.due],
                ),
            ):
                for at in range(0, len(some), _MOST_A_CALL):
                    part = some[at : at + _MOST_A_CALL]
                    gone |= await self._mark(path, tag_id, part)
        told = [
            (one.address_id, one.due) for one in found if one.address_id not in gone
        ]
        async with self._database.transaction() as uow:
            await platform_tags.tell(uow, told)
            await uow.commit()
        # On its own: whoever changes addresses takes them in the order of ids.
        async with self._database.transaction() as uow:
            await people.mark_unreachable(uow, address_ids=sorted(gone))
            await uow.commit()

    async def _mark(self, path: str, tag_id: str, some: Sequence[Wearer]) -> set[str]:
        """Put a tag on or take it off; the addresses that follow no more."""
        body = {"openid_list": [one.address for one in some], "tagid": int(tag_id)}
        try:
            await self._client.post(f"tags/members/{path}", data=body)
        except RefusedError as error:
            if error.code not in _NOT_FOLLOWING:
                raise
            if len(some) == 1:
                return {some[0].address_id}
            # One of them stops the whole call: which one shows alone.
            gone: set[str] = set()
            for one in some:
                gone |= await self._mark(path, tag_id, [one])
            return gone
        return set()

    # ---- one at a time ----

    async def _take(self) -> int | None:
        async with self._database.transaction() as uow:
            generation = await holders.take(
                uow,
                name=f"{self._account}:{FEATURE}",
                now=self._clock.real(),
                seconds=_LEASE_SECONDS,
            )
            await uow.commit()
        return generation

    async def _give_up(self, generation: int) -> None:
        async with self._database.transaction() as uow:
            await holders.give_up(
                uow, name=f"{self._account}:{FEATURE}", generation=generation
            )
            await uow.commit()
