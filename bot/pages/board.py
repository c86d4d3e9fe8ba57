"""``/b/…``: the managers' board, read only, behind a login confirmed in the chat.

A link from the chat opens the door's page; its button starts the login (previews
of links press no buttons); the page shows a code until its person says it in the
chat. The cookie is out of reach of scripts, changes when the login opens, and
means nothing once the person's role is gone.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from urllib.parse import urlsplit

from aiohttp import web

from bot.actions.board_desk import BoardDesk, TooOften, Visitor, Waiting
from bot.clock import Clock
from bot.links import Links
from bot.pages import board_views as views
from bot.pages.rendering import gone, page

_SYSTEMS = (
    ("iphone", ("iPhone", "iPad")),
    ("android", ("Android",)),
    ("windows", ("Windows",)),
    ("mac", ("Macintosh",)),
    ("linux", ("Linux",)),
)
_BROWSERS = (
    ("wechat", ("MicroMessenger",)),
    ("edge", ("Edg",)),
    ("firefox", ("Firefox", "FxiOS")),
    ("chrome", ("Chrome", "CriOS")),
    ("safari", ("Safari",)),
)

Look = Callable[[web.Request, Visitor], Awaitable[web.Response | None]]
"""Answers somebody who may look; None for what is not there or not theirs."""


def board_routes(desk: BoardDesk, links: Links, clock: Clock) -> list[web.RouteDef]:
    """The board's pages."""
    return _BoardPages(desk, links, clock).routes()


def browser_of(agent: str) -> str:
    """What a browser calls itself, as codes: nothing of its own text is kept."""
    words = (
        next((code for code, marks in kinds if any(m in agent for m in marks)), "")
        for kinds in (_SYSTEMS, _BROWSERS)
    )
    return " ".join(word for word in words if word)


class _BoardPages:
    def __init__(self, desk: BoardDesk, links: Links, clock: Clock) -> None:
        self._desk = desk
        self._links = links
        self._clock = clock
        address = urlsplit(links.public_url)
        self._host = address.netloc
        self._secure = address.scheme == "https"
        # With this prefix a browser takes the cookie from this very host only.
        self._cookie = "__Host-board" if self._secure else "board"

    def routes(self) -> list[web.RouteDef]:
        return [
            web.get("/b", self._to_board),
            web.get("/b/in/{token}", self._door),
            web.post("/b/in/{token}", self._begin),
            web.post("/b/leave", self._leave),
            web.get("/b/", self._seen(self._overview)),
            web.get("/b/place/{id}", self._seen(self._overview)),
            web.get("/b/closed", self._seen(self._closed)),
            web.get("/b/class/{code}", self._seen(self._one_class)),
            web.get("/b/numbers", self._seen(self._numbers)),
        ]

    # ---- the door ----

    async def _to_board(self, _request: web.Request) -> web.Response:
        raise web.HTTPSeeOther("/b/")

    async def _door(self, request: web.Request) -> web.Response:
        secret = self._links.read_board(request.match_info["token"])
        if secret is None or not await self._desk.invited(secret):
            return gone()
        return self._login(invited=True)

    async def _begin(self, request: web.Request) -> web.Response:
        self._demand_own(request)
        secret = self._links.read_board(request.match_info["token"])
        browser = browser_of(request.headers.get("User-Agent", ""))
        begun = await self._desk.begin(secret, browser=browser) if secret else None
        if begun is None:
            return gone()
        return self._with_cookie(web.Response(status=303), begun)

    async def _leave(self, request: web.Request) -> web.Response:
        self._demand_own(request)
        secret = request.cookies.get(self._cookie, "")
        if secret:
            await self._desk.leave(secret)
        return self._without_cookie(self._to(web.Response(status=303)))

    def _demand_own(self, request: web.Request) -> None:
        """Refuse what another site's page sends.

        Raises:
            HTTPForbidden: it does not come from a page of ours.
        """
        origin = request.headers.get("Origin")
        site = request.headers.get("Sec-Fetch-Site", "same-origin")
        foreign = origin is not None and urlsplit(origin).netloc not in (
            self._host,
            request.host,
        )
        if foreign or site not in ("same-origin", "none"):
            raise web.HTTPForbidden

    def _login(
        self, *, invited: bool = False, waiting: Waiting | None = None
    ) -> web.Response:
        return page(
            "board_login",
            style="board",
            visitor=None,
            printed="",
            invited=invited,
            waiting=waiting is not None,
            code=waiting.code if waiting else "",
            until=views.time_of_day(waiting.until) if waiting else "",
            hours=self._desk.hours,
        )

    # ---- the cookie ----

    def _to(self, response: web.Response) -> web.Response:
        response.headers["Location"] = "/b/"
        return response

    def _with_cookie(self, response: web.Response, secret: str) -> web.Response:
        response.set_cookie(
            self._cookie,
            secret,
            path=self._path,
            max_age=self._desk.hours * 3600,
            httponly=True,
            samesite="Lax",
            secure=self._secure,
        )
        return self._to(response)

    def _without_cookie(self, response: web.Response) -> web.Response:
        response.del_cookie(
            self._cookie,
            path=self._path,
            httponly=True,
            samesite="Lax",
            secure=self._secure,
        )
        return response

    @property
    def _path(self) -> str:
        return "/" if self._secure else "/b"

    # ---- looking ----

    def _seen(self, look: Look) -> Callable[[web.Request], Awaitable[web.Response]]:
        async def answer(request: web.Request) -> web.Response:
            secret = request.cookies.get(self._cookie, "")
            visitor = await self._desk.who(secret) if secret else None
            if visitor is None:
                return self._login()
            if isinstance(visitor, Waiting):
                return await self._wait(secret, visitor)
            try:
                return await look(request, visitor) or gone()
            except TooOften:
                return page("error", status=429, code=429)

        return answer

    async def _wait(self, secret: str, waiting: Waiting) -> web.Response:
        """Show the code; once it was said in the chat, let this browser in."""
        fresh = None if waiting.code else await self._desk.enter(secret)
        if fresh is not None:
            return self._with_cookie(web.Response(status=303), fresh)
        return self._login(waiting=waiting)

    def _shown(
        self, template: str, visitor: Visitor, values: views.Values, here: str = ""
    ) -> web.Response:
        printed = views.moment(self._clock.now())
        return page(
            template,
            style="board",
            visitor=visitor,
            printed=printed,
            here=here,
            **values,
        )

    async def _overview(
        self, request: web.Request, visitor: Visitor
    ) -> web.Response | None:
        place = request.match_info.get("id", "")
        seen = await self._desk.overview(visitor, place)
        if seen is None:
            return None
        return self._shown("board", visitor, views.overview(seen), "board")

    async def _closed(
        self, _request: web.Request, visitor: Visitor
    ) -> web.Response | None:
        seen = await self._desk.overview(visitor, over=True)
        if seen is None:
            return None
        return self._shown("board_closed", visitor, views.closed(seen), "closed")

    async def _one_class(
        self, request: web.Request, visitor: Visitor
    ) -> web.Response | None:
        view = await self._desk.one_class(visitor, request.match_info["code"])
        if view is None:
            return None
        return self._shown("board_class", visitor, views.one_class(view))

    async def _numbers(self, _request: web.Request, visitor: Visitor) -> web.Response:
        seen = await self._desk.numbers(visitor)
        return self._shown("board_numbers", visitor, views.numbers(seen), "numbers")
