"""The board's pages: what one may see, as it stands, and nothing of others."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator

import pytest

from bot.pages import board_views
from storage import audit, classes
from storage.classes import ClassRow, StaffRow
from storage.database import Database
from tests.commands.world import Person, World, make_world
from tests.pages.board_browser import Browser, Page, Site, let_in, served

HOSTILE = "<script>alert(1)</script>\" style='x' 班"


@pytest.fixture
async def site(database: Database) -> AsyncIterator[Site]:
    async with served(await make_world(database)) as site:
        yield site


@pytest.fixture
async def browser(site: Site) -> AsyncIterator[Browser]:
    async with site.browser() as browser:
        yield browser


async def someone(world: World, role: str, place: str) -> Person:
    return await world.person(f"{role} {place}", (role, place))


async def two(world: World) -> tuple[ClassRow, ClassRow]:
    """A class in each province; the first has its scheme late."""
    here = await world.new_class("江南")
    there = await world.new_class("江北", title="钳工二级班")
    await world.finish(here, "opening", "staffing")
    await world.finish(there, "opening", "staffing", "scheme")
    world.now = world.now.replace(month=5, day=25)
    return here, there


def words(page: Page) -> str:
    """What a reader sees, without the tags."""
    body = page.html.partition("<main>")[2]
    return " ".join(re.sub(r"<[^>]+>", " ", body).split())


async def test_the_centre_sees_everything(site: Site, browser: Browser) -> None:
    await two(site.world)
    page = await let_in(
        site, browser, await someone(site.world, "centre_manager", "全国")
    )
    said = words(page)

    assert "在办班级 2 个 逾期 1 步" in said
    assert "江南省 · 江南机电技师学院" in said
    assert "江北省 · 江北机电技师学院" in said
    assert (
        "! 逾期 培训方案报备 数控加工二级班 2026-JX-01 5 月 21 日，已过 4 天 培训机构"
        in said
    )


@pytest.mark.parametrize(
    ("role", "place"), [("province_manager", "江南省"), ("base_staff", "江南")]
)
async def test_others_see_their_own_and_nothing_else(
    site: Site, browser: Browser, role: str, place: str
) -> None:
    await two(site.world)
    board = await let_in(site, browser, await someone(site.world, role, place))
    numbers = await browser.get("/b/numbers")

    for page in (board, numbers):
        assert page.status == 200
        assert "江北" not in page.html
        assert "钳工" not in page.html
    assert "数控加工二级班" in board.html


async def test_foreign_and_missing_are_answered_alike(
    site: Site, browser: Browser
) -> None:
    _, there = await two(site.world)
    await let_in(site, browser, await someone(site.world, "base_staff", "江南"))
    paths = [
        f"/b/class/{there.code}",
        "/b/class/2031-JX-99",
        f"/b/place/{site.world.places['江北'].id}",
        f"/b/place/{site.world.places['江北省'].id}",
        f"/b/place/{site.world.places['江南省'].id}",
        "/b/place/nowhere",
    ]
    answers = {
        (page.status, page.html) for page in [await browser.get(p) for p in paths]
    }

    ((status, _),) = answers
    assert status == 404


async def test_a_place_narrows_the_board(site: Site, browser: Browser) -> None:
    await two(site.world)
    await let_in(site, browser, await someone(site.world, "centre_manager", "全国"))
    page = await browser.get(f"/b/place/{site.world.places['江北省'].id}")

    assert "<h1>江北省</h1>" in page.html
    assert "钳工二级班" in page.html
    assert "数控加工" not in page.html


async def test_of_very_many_classes_the_parts_are_shown_first(
    site: Site, browser: Browser, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(board_views, "_MOST_STRIPS", 1)
    await two(site.world)
    board = await let_in(
        site, browser, await someone(site.world, "centre_manager", "全国")
    )
    place = site.world.places["江南省"].id
    part = await browser.get(f"/b/place/{place}")

    assert '<table class="matrix">' not in board.html
    assert f'<a href="/b/place/{place}">江南省</a>' in board.html
    assert "江南省 在办 1 逾期 1 临近 0 录取 0" in words(board)
    assert '<table class="matrix">' in part.html


async def test_one_class_step_by_step(site: Site, browser: Browser) -> None:
    here, _ = await two(site.world)
    teacher = await site.world.person("李敏老师")
    await site.world.apply(teacher, here)
    async with site.world.database.transaction() as uow:
        rows = [StaffRow(here.id, "lecturer", 1, "周明", "数控编程")]
        await classes.add_staff(uow, rows)
        await uow.commit()
    await let_in(site, browser, await someone(site.world, "province_manager", "江南省"))
    page = await browser.get(f"/b/class/{here.code}")
    said = words(page)

    assert "已办 2/14" in said
    assert "✓ 已办 开班申请 5 月 11 日 3 月 2 日" in said
    assert "! 逾期 培训方案报备 5 月 21 日，已过 4 天 培训机构" in said
    assert "待审核 1" in said
    assert "授课教师 周明（数控编程）" in said
    # Of those who take part no name is shown.
    assert "李敏" not in page.html


async def test_numbers_are_counted(site: Site, browser: Browser) -> None:
    await two(site.world)
    await let_in(site, browser, await someone(site.world, "centre_manager", "全国"))
    said = words(await browser.get("/b/numbers"))

    assert "班级 2 个 已录取教师 0 人 名额 60 人" in said
    assert "江北省 0 30 1 江南省 0 30 1" in said
    assert "机械类 0 60 2" in said


async def test_a_board_without_classes_says_so(site: Site, browser: Browser) -> None:
    centre = await someone(site.world, "centre_manager", "全国")
    row = await site.world.new_class()
    await let_in(site, browser, centre)
    base = await someone(site.world, "base_staff", "江南")
    await site.world.say(base, f"取消班级 {row.code} 确认")
    board, numbers = await browser.get("/b/"), await browser.get("/b/numbers")

    assert "现在没有在办的班。" in words(board)
    assert "还没有班，没有可统计的。" in words(numbers)


async def test_closed_classes_are_on_a_page_of_their_own(
    site: Site, browser: Browser
) -> None:
    here = await site.world.new_class("江南", state="closed")
    there = await site.world.new_class("江北", state="closed", title="钳工二级班")
    await site.world.new_class("江南", title="铣工二级班")
    await let_in(site, browser, await someone(site.world, "base_staff", "江南"))
    page = await browser.get("/b/closed")

    assert f'href="/b/class/{here.code}"' in page.html
    assert "已办结 数控加工二级班" in words(page)
    assert there.title not in page.html
    assert "铣工" not in page.html


async def test_what_people_wrote_stays_text_and_nothing_runs(
    site: Site, browser: Browser
) -> None:
    row = await site.world.new_class(title=HOSTILE)
    await let_in(site, browser, await someone(site.world, "centre_manager", "全国"))
    pages = [
        await browser.get(p)
        for p in ("/b/", f"/b/class/{row.code}", "/b/numbers", "/b/closed")
    ]

    for page in pages:
        policy = page.headers.headers["Content-Security-Policy"]
        assert "script-src" not in policy
        assert "default-src 'none'" in policy
        assert page.headers.headers["Cache-Control"] == "no-store"
        assert page.headers.headers["X-Frame-Options"] == "DENY"
        assert not re.search(r"<script|<[^>]+\sstyle=|<[^>]+\son\w+=", page.html)
    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in pages[0].html


async def test_every_look_is_written_down_with_its_place(
    site: Site, browser: Browser
) -> None:
    here, _ = await two(site.world)
    manager = await someone(site.world, "province_manager", "江南省")
    await let_in(site, browser, manager)
    await browser.get(f"/b/class/{here.code}")
    async with site.world.database.reading() as uow:
        rows = await audit.find(uow, actor_id=manager.id, action="看板")
    looks = [(row.subject, row.scope_id) for row in rows if row.detail == "page"]

    assert sorted(looks, key=str) == [("", None), (here.code, here.scope_id)]


async def test_who_looks_too_often_waits_a_minute(site: Site, browser: Browser) -> None:
    await site.world.new_class()
    await let_in(site, browser, await someone(site.world, "base_staff", "江南"))
    most = site.world.house.limits.board_views_per_minute
    statuses = [(await browser.get("/b/numbers")).status for _ in range(most)]
    site.clock.later(minutes=1, seconds=1)

    assert statuses == [200] * (most - 1) + [429]
    assert (await browser.get("/b/numbers")).status == 200


@pytest.mark.parametrize("path", ["/b/", "/b/numbers", "/b/class/2026-JX-01", "/b"])
async def test_without_a_login_everything_is_the_same_door(
    site: Site, browser: Browser, path: str
) -> None:
    await site.world.new_class()
    door = await browser.get("/b/")
    page = await browser.get(path)

    assert (page.status, page.html) == (200, door.html)
    assert "数控" not in page.html
