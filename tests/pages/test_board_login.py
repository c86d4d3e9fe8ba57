"""Onto the board: only by one's own link, and one's own word in the chat."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

import pytest
from sqlalchemy import select

from bot.pages.board import browser_of
from storage import audit, people
from storage.database import Database
from storage.tables.board import board_logins
from tests.commands.world import Person, make_world, text_of
from tests.pages.board_browser import Browser, Site, let_in, served

NOT_IN = "还没有登录，或者已经退出"
NO_SUCH = (
    "没有页面在等这个码，可能已经过期。发“看板”再要一次链接，打开后按页面上的码来确认。"
)


@pytest.fixture
async def site(database: Database) -> AsyncIterator[Site]:
    world = await make_world(database)
    await world.new_class()
    async with served(world) as site:
        yield site


@pytest.fixture
async def browser(site: Site) -> AsyncIterator[Browser]:
    async with site.browser() as browser:
        yield browser


@pytest.fixture
async def manager(site: Site) -> Person:
    return await site.world.person("省里", ("province_manager", "江南省"))


async def test_the_way_in(site: Site, browser: Browser, manager: Person) -> None:
    link = await site.link(manager)
    door = await browser.get(link)
    again = await browser.get(link)
    assert (door.status, door.html) == (200, again.html)
    assert browser.cookie == ""

    code = await browser.code(link)
    waiting = await browser.get("/b/")
    assert "在聊天里确认" in waiting.html
    assert '<meta http-equiv="refresh" content="3">' in waiting.html

    asked = await site.world.say(manager, f"看板 {code}")
    assert text_of(asked).startswith(
        "Windows 电脑上的Chrome 浏览器在 10:00 请求打开您的看板。是您自己在开吗？"
    )
    assert [one.send for one in asked.replies[0].choices] == [
        f"看板 {code} 确认",
        "看板 退出",
    ]
    assert "数控加工" not in (await browser.get("/b/")).html

    done = await site.world.say(manager, f"看板 {code} 确认")
    assert text_of(done).startswith("好，回到网页，看板这就打开，8 小时内有效。")
    assert "数控加工二级班" in (await browser.get("/b/")).html


@pytest.mark.parametrize("said", ["{a} {b}", "{a}-{b}", "码 {a}{b}", "{a}{b}。"])
async def test_a_code_may_be_said_in_groups(
    site: Site, browser: Browser, manager: Person, said: str
) -> None:
    code = await browser.code(await site.link(manager))
    text = said.format(a=code[:3], b=code[3:])
    asked = text_of(await site.world.say(manager, f"看板 {text}"))

    assert "请求打开您的看板" in asked


async def test_a_link_opens_one_browser_only(
    site: Site, browser: Browser, manager: Person
) -> None:
    link = await site.link(manager)
    await browser.code(link)
    async with site.browser() as other:
        late = await other.post(link)
        seen = await other.get(link)

    assert (late.status, seen.status, other.cookie) == (404, 404, "")


async def test_of_two_browsers_at_once_one_gets_the_link(
    site: Site, manager: Person
) -> None:
    token = site.world.house.links.read_board((await site.link(manager)).split("/")[-1])
    assert token is not None
    begun = await asyncio.gather(
        *(site.desk.begin(token, browser="") for _ in range(4))
    )

    assert len([one for one in begun if one]) == 1


async def test_a_confirmed_login_opens_once(site: Site, manager: Person) -> None:
    async with site.browser() as browser:
        code = await browser.code(await site.link(manager))
        waiting = browser.cookie
        await site.world.say(manager, f"看板 {code} 确认")
    opened = await asyncio.gather(*(site.desk.enter(waiting) for _ in range(4)))

    (fresh,) = [one for one in opened if one]
    assert fresh != waiting
    assert await site.desk.who(waiting) is None


async def test_the_cookie_changes_when_the_login_opens(
    site: Site, browser: Browser, manager: Person
) -> None:
    code = await browser.code(await site.link(manager))
    before = browser.cookie
    await site.world.say(manager, f"看板 {code} 确认")
    await browser.get("/b/")
    after = browser.cookie

    assert "" not in (before, after)
    assert before != after
    browser.session.cookie_jar.clear()
    browser.session.cookie_jar.update_cookies({"board": before})
    assert NOT_IN in (await browser.get("/b/")).html


async def test_nobody_else_can_confirm(
    site: Site, browser: Browser, manager: Person
) -> None:
    """A code that is read out to somebody opens nothing."""
    other = await site.world.person("别人", ("centre_manager", "全国"))
    code = await browser.code(await site.link(manager))
    said = text_of(await site.world.say(other, f"看板 {code} 确认"))

    assert said == NO_SUCH
    assert "在聊天里确认" in (await browser.get("/b/")).html


async def test_a_stolen_link_opens_nothing_without_the_chat(
    site: Site, manager: Person
) -> None:
    async with site.browser() as thief:
        await thief.code(await site.link(manager))
        for path in ("/b/", "/b/numbers", "/b/class/2026-JX-01"):
            page = await thief.get(path)
            assert "在聊天里确认" in page.html
            assert "数控加工" not in page.html


async def test_not_me_ends_it(site: Site, browser: Browser, manager: Person) -> None:
    code = await browser.code(await site.link(manager))
    await site.world.say(manager, "看板 退出")

    assert NOT_IN in (await browser.get("/b/")).html
    assert text_of(await site.world.say(manager, f"看板 {code} 确认")) == NO_SUCH


async def test_a_newer_browser_voids_the_code_before(
    site: Site, browser: Browser, manager: Person
) -> None:
    old = await browser.code(await site.link(manager))
    async with site.browser() as second:
        new = await second.code(await site.link(manager))
    said = [
        text_of(await site.world.say(manager, f"看板 {code}")) for code in (old, new)
    ]

    assert said[0] == NO_SUCH or old == new
    assert "请求打开您的看板" in said[1]


async def test_what_is_too_late_is_void(
    site: Site, browser: Browser, manager: Person
) -> None:
    link = await site.link(manager)
    code = await browser.code(await site.link(manager))
    site.clock.later(minutes=10)

    assert text_of(await site.world.say(manager, f"看板 {code} 确认")) == NO_SUCH
    assert NOT_IN in (await browser.get("/b/")).html
    assert (await browser.get(link)).status == 404


async def test_the_demo_clock_logs_nobody_out(
    site: Site, browser: Browser, manager: Person
) -> None:
    await let_in(site, browser, manager)
    site.world.later(days=30)

    assert "数控加工二级班" in (await browser.get("/b/")).html


async def test_a_login_ends_after_a_working_day(
    site: Site, browser: Browser, manager: Person
) -> None:
    await let_in(site, browser, manager)
    site.clock.later(hours=7, minutes=59)
    assert "数控加工二级班" in (await browser.get("/b/")).html
    site.clock.later(minutes=1)

    assert NOT_IN in (await browser.get("/b/")).html


async def test_leaving_ends_it_on_the_server_too(
    site: Site, browser: Browser, manager: Person
) -> None:
    await let_in(site, browser, manager)
    held = browser.cookie
    left = await browser.post("/b/leave")
    assert NOT_IN in left.html
    assert browser.cookie == ""
    browser.session.cookie_jar.update_cookies({"board": held})

    assert NOT_IN in (await browser.get("/b/")).html


async def test_the_chat_sends_all_browsers_away(site: Site, manager: Person) -> None:
    async with site.browser() as one, site.browser() as two:
        await let_in(site, one, manager)
        await let_in(site, two, manager)
        said = text_of(await site.world.say(manager, "看板 退出"))
        pages = [await browser.get("/b/") for browser in (one, two)]

    assert said == "网页版看板都退出了。"
    assert [NOT_IN in page.html for page in pages] == [True, True]


async def test_a_role_taken_back_ends_it_at_once(
    site: Site, browser: Browser, manager: Person
) -> None:
    await let_in(site, browser, manager)
    async with site.world.database.transaction() as uow:
        held = await people.grants_of(uow, person_ids=[manager.id])
        for grant in held[manager.id]:
            await people.revoke_grant(uow, grant_id=grant.id, now=site.world.now)
        await uow.commit()

    assert NOT_IN in (await browser.get("/b/")).html


@pytest.mark.parametrize(
    "headers",
    [
        {"Origin": "https://evil.example"},
        {"Origin": "null"},
        {"Sec_Fetch_Site": "cross-site"},
        {"Sec_Fetch_Site": "same-site"},
    ],
)
async def test_another_sites_page_can_neither_begin_nor_end(
    site: Site, browser: Browser, manager: Person, headers: dict[str, str]
) -> None:
    link = await site.link(manager)
    begun = await browser.post(link, **headers)
    await let_in(site, browser, manager)
    left = await browser.post("/b/leave", **headers)

    assert (begun.status, left.status) == (403, 403)
    assert "数控加工二级班" in (await browser.get("/b/")).html


async def test_the_cookie_is_out_of_reach(site: Site, manager: Person) -> None:
    async with (
        site.browser() as browser,
        browser.session.post(await site.link(manager), allow_redirects=False) as answer,
    ):
        said = answer.headers["Set-Cookie"]

    assert (answer.status, answer.headers["Location"]) == (303, "/b/")
    assert said.startswith("board=")
    assert {part.strip() for part in said.split(";")[1:]} == {
        "HttpOnly",
        "Max-Age=28800",
        "Path=/b",
        "SameSite=Lax",
    }


async def test_behind_https_the_cookie_is_this_hosts_alone(database: Database) -> None:
    world = await make_world(database)
    manager = await world.person("省里", ("province_manager", "江南省"))
    await world.new_class()
    async with (
        served(world, "https://xuntong.example") as site,
        site.browser() as browser,
        browser.session.post(await site.link(manager), allow_redirects=False) as answer,
    ):
        said = answer.headers["Set-Cookie"]

    assert said.startswith("__Host-board=")
    assert {"Secure", "Path=/", "HttpOnly", "SameSite=Lax"} <= {
        part.strip() for part in said.split(";")
    }


async def test_codes_cannot_be_guessed_for_long(site: Site, manager: Person) -> None:
    tries = 2 * site.world.house.limits.code_tries_per_hour
    said = [text_of(await site.world.say(manager, "看板 123456")) for _ in range(tries)]
    after = text_of(await site.world.say(manager, "看板 123456"))

    assert set(said) == {NO_SUCH}
    assert after != NO_SUCH


async def test_every_step_is_in_the_log(
    site: Site, browser: Browser, manager: Person
) -> None:
    await let_in(site, browser, manager)
    await browser.post("/b/leave")
    async with site.world.database.reading() as uow:
        rows = await audit.find(uow, actor_id=manager.id, action="看板")

    assert {row.detail for row in rows} >= {
        "browser asks",
        "browser confirmed",
        "browser opened",
        "browser left",
        "page",
    }


async def test_no_secret_lies_in_the_database(
    site: Site, browser: Browser, manager: Person
) -> None:
    await let_in(site, browser, manager)
    async with site.world.database.reading() as uow:
        rows = (await uow.execute(select(board_logins))).all()

    assert [(row.state, row.code) for row in rows] == [("open", "")]
    assert browser.cookie not in str(rows)


@pytest.mark.parametrize(
    ("agent", "expected"),
    [
        (
            "Mozilla/5.0 (iPhone; CPU iPhone OS 18_0) Safari MicroMessenger/8.0",
            "iphone wechat",
        ),
        ("Mozilla/5.0 (Windows NT 10.0) Chrome/139.0 Safari Edg/139.0", "windows edge"),
        (
            "Mozilla/5.0 (Linux; Android 15) Chrome/139.0 Mobile Safari",
            "android chrome",
        ),
        ("Mozilla/5.0 (Macintosh) Version/18.0 Safari/605", "mac safari"),
        ("<script>确认", ""),
        ("", ""),
    ],
)
def test_of_a_browsers_name_only_known_words_are_kept(
    agent: str, expected: str
) -> None:
    assert browser_of(agent) == expected
