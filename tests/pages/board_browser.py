"""A browser before the board's pages, and the chat beside it."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from aiohttp import ClientResponse, ClientSession, CookieJar, web
from aiohttp.test_utils import BaseTestServer, TestServer

from bot.actions.board_desk import BoardDesk
from bot.links import Links
from bot.pages.board import board_routes
from bot.pages.protection import protect
from tests.commands.world import NOW, Person, World

CHROME = "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 Chrome/139.0"
_CODE = re.compile(r"<b>(\d{3})</b><b>(\d{3})</b>")


class Clock:
    """The service's clock is the world's; the machine's stands until it is moved."""

    def __init__(self, world: World) -> None:
        self._world = world
        self.machine = NOW

    def now(self) -> datetime:
        return self._world.now

    def real(self) -> datetime:
        return self.machine

    def later(self, **by: float) -> None:
        self.machine += timedelta(**by)


@dataclass
class Page:
    """What a browser was answered."""

    status: int
    html: str
    headers: ClientResponse


@dataclass
class Site:
    """The pages served before a world, and its clock."""

    world: World
    clock: Clock
    desk: BoardDesk
    server: BaseTestServer

    async def link(self, person: Person) -> str:
        """The path of the link that 看板 gives in the chat."""
        outcome = await self.world.say(person, "看板")
        (article,) = [one for one in outcome.replies if one.kind == "article"]
        return article.ref

    @asynccontextmanager
    async def browser(self, agent: str = CHROME) -> AsyncIterator[Browser]:
        """A browser without any cookie yet."""
        headers = {"Accept": "text/html", "User-Agent": agent}
        jar = CookieJar(unsafe=True)
        async with ClientSession(
            self.server.make_url(""), headers=headers, cookie_jar=jar
        ) as session:
            yield Browser(session)


@dataclass
class Browser:
    """One browser with its cookies."""

    session: ClientSession

    async def get(self, path: str) -> Page:
        async with self.session.get(path) as answer:
            return Page(answer.status, await answer.text(), answer)

    async def post(self, path: str, **headers: str) -> Page:
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        async with self.session.post(path, headers=named) as answer:
            return Page(answer.status, await answer.text(), answer)

    @property
    def cookie(self) -> str:
        """The secret that the browser holds; empty when none."""
        held = {one.key: one.value for one in self.session.cookie_jar}
        return held.get("board", "")

    async def code(self, link: str) -> str:
        """Press the button behind the link; the code that is shown."""
        page = await self.post(link)
        found = _CODE.search(page.html)
        assert found, page.html
        return found[1] + found[2]


@asynccontextmanager
async def served(world: World, public_url: str = "") -> AsyncIterator[Site]:
    """The board's pages of a world, on a real server."""
    clock = Clock(world)
    links = Links(world.database.vault, public_url or world.house.public_url)
    world.house = replace(world.house, real_now=clock.real, links=links)
    desk = BoardDesk(world.database, world.house, clock)
    app = web.Application()
    protect(app)
    app.add_routes(board_routes(desk, links, clock))
    async with TestServer(app) as server:
        yield Site(world, clock, desk, server)


async def let_in(site: Site, browser: Browser, person: Person) -> Page:
    """The whole way onto the board."""
    code = await browser.code(await site.link(person))
    await site.world.say(person, f"看板 {code}")
    await site.world.say(person, f"看板 {code} 确认")
    return await browser.get("/b/")
