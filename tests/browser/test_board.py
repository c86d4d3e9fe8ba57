"""The managers' board in a real browser: let in from the chat, read, printed.

``--update-screenshots`` writes the pictures of the documentation.
"""

from __future__ import annotations

import io
import unicodedata
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from PIL import Image
from playwright.async_api import Browser, Page
from pypdf import PdfReader

from tests.browser.chat import Chat
from tests.browser.demo import ROOT, Demo, demo_running

pytestmark = [pytest.mark.browser]

IMAGES = ROOT / "docs/images"
DESK, PHONE = (1440, 900), (375, 812)
_A4 = (842, 595)
_MOST_BYTES = 300_000
# What sticks out to the right, and what is cut off in its own box.
_OVERFLOWING = """() => [
  ...(document.documentElement.scrollWidth > innerWidth ? ['the page'] : []),
  ...[...document.querySelectorAll('.matrix .s, .matrix a, .list tbody th, h1, .tiles dd')]
    .filter(one => one.scrollWidth > one.clientWidth + 1)
    .map(one => one.outerHTML)]"""
_SMALL = """() => [...document.querySelectorAll('button, nav a, .again')]
  .filter(one => one.offsetHeight < 40).map(one => one.outerHTML)"""


class Album:
    """Screenshots: kept in the documentation when asked to, else only with the test."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    async def take(self, page: Page, name: str) -> None:
        path = self.folder / f"{name}.png"
        await page.screenshot(path=path)
        with Image.open(path) as image:
            image.convert("RGB").quantize(256).save(path, optimize=True)
        assert path.stat().st_size < _MOST_BYTES


@pytest.fixture
def album(request: pytest.FixtureRequest, tmp_path: Path) -> Album:
    return Album(
        IMAGES if request.config.getoption("--update-screenshots") else tmp_path
    )


@asynccontextmanager
async def window(browser: Browser, size: tuple[int, int]) -> AsyncIterator[Page]:
    """A window without scripts: the board needs none."""
    context = await browser.new_context(
        viewport={"width": size[0], "height": size[1]},
        device_scale_factor=2,
        has_touch=size == PHONE,
        is_mobile=size == PHONE,
        java_script_enabled=False,
        locale="zh-CN",
    )
    yield await context.new_page()
    await context.close()


async def let_in(chat: Chat, page: Page, album: Album | None = None) -> None:
    """From 看板 in the chat to the board, which opens by itself."""
    await chat.say("看板")
    await chat.expect("网页版")
    link = chat.page.locator("#log a.article").last
    await page.goto(
        chat.base.rstrip("/") + str(await link.get_attribute("href")).strip()
    )
    await page.get_by_role("button", name="在这里打开").click()
    shown = await page.locator(".code").inner_text()
    if album is not None:
        await album.take(page, "board-login")
    await chat.say(" ".join(shown.split()))
    await chat.expect("请求打开您的看板")
    await chat.tap("是我，打开看板")
    await chat.expect("看板这就打开")
    await page.wait_for_selector(".matrix")


async def faults(page: Page) -> list[str]:
    """What does not fit, or is too small for a finger, on a page without scripts."""
    found: list[str] = await page.evaluate(_OVERFLOWING)
    viewport = page.viewport_size
    if viewport is not None and viewport["width"] == PHONE[0]:
        found += await page.evaluate(_SMALL)
    return found


async def printed(page: Page) -> list[str]:
    """The text of each sheet of paper; every sheet is A4 across."""
    pdf = await page.pdf(prefer_css_page_size=True)
    sheets = PdfReader(io.BytesIO(pdf)).pages
    sizes = {
        (round(float(one.mediabox.width)), round(float(one.mediabox.height)))
        for one in sheets
    }
    assert sizes == {_A4}
    # A font may name one shape by two characters: 二 and ⼆.
    texts = [unicodedata.normalize("NFKC", one.extract_text()) for one in sheets]
    return ["".join(one.split()) for one in texts]


async def test_the_board_on_a_desk_on_a_phone_and_on_paper(
    browser: Browser, album: Album, tmp_path: Path
) -> None:
    async with demo_running(tmp_path) as demo:
        chat = await Chat.open(browser, demo.url)
        await chat.become("demo-centre-1")
        moved = {"advance_days": 4}
        assert (await chat.page.request.post(f"{demo.url}demo/clock", data=moved)).ok
        async with window(browser, DESK) as desk:
            await let_in(chat, desk, album)
            await on_the_desk(desk, album, demo)
        async with window(browser, PHONE) as phone:
            await let_in(chat, phone)
            await on_the_phone(phone, album)
        await in_the_chat(chat)
        assert chat.troubles == []


async def on_the_desk(page: Page, album: Album, demo: Demo) -> None:
    """Everything fits, the overview leads to a class and back, all of it prints."""
    assert await faults(page) == []
    await album.take(page, "board-desk")
    links = page.locator(".matrix .who a")
    codes = [str(await one.get_attribute("href"))[-10:] for one in await links.all()]
    assert len(codes) == len(set(codes)) > 10
    sheets = await printed(page)
    text = "".join(sheets)
    assert [code for code in codes if code not in text] == []
    # The heads of a table stand on every sheet that it goes on to; what only a
    # screen needs is on none.
    assert all("归档" in one for one in sheets[1:])
    assert "退出" not in text

    await page.get_by_role("link", name="江南省", exact=True).click()
    assert await page.locator("h1").inner_text() == "江南省"
    assert "河东信息教师培训基地" not in await page.locator("main").inner_text()
    await page.locator(".matrix .who a").first.click()
    assert await page.locator(".steps tbody tr").count() == 14
    assert await faults(page) == []
    await album.take(page, "board-class")
    assert len(await printed(page)) == 1

    await page.get_by_role("link", name="已办结").click()
    assert await page.locator("h1").inner_text() == "已办结的班"
    assert await faults(page) == []
    await page.get_by_role("link", name="统计").click()
    assert await faults(page) == []
    assert len(await printed(page)) == 1
    await page.get_by_role("button", name="退出").click()
    assert "还没有登录" in await page.locator("h1").inner_text()
    await page.goto(demo.url + "b/numbers")
    assert "还没有登录" in await page.locator("h1").inner_text()


async def on_the_phone(page: Page, album: Album) -> None:
    """The same pages, one column, nothing to be pushed sideways."""
    assert await faults(page) == []
    await album.take(page, "board-phone")
    first = page.locator(".matrix td .s").first
    box = await first.bounding_box()
    assert box is not None
    assert box["width"] >= 36
    bar = await page.locator("header.bar").bounding_box()
    assert bar is not None
    assert bar["height"] <= 60
    await page.locator(".matrix .who a").first.click()
    assert await faults(page) == []
    await album.take(page, "board-class-phone")
    await page.get_by_role("link", name="统计").click()
    assert await faults(page) == []


async def in_the_chat(chat: Chat) -> None:
    """The picture of the board came too, and the chat closes what is open."""
    await chat.page.wait_for_function(
        "() => [...document.querySelectorAll('#log img')].some(i => i.naturalWidth > 900)"
    )
    await chat.say("看板 退出")
    await chat.expect("都退出了")
