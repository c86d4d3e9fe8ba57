"""The page in a real browser, before a service that echoes."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from playwright.async_api import Browser

from bot.ports import Sent
from conversations.model import Reply
from tests.browser.chat import DESKTOP, PHONE, Chat
from tests.browser.pictures import portrait
from tests.webchat.echo import GREETING, Echo, served

pytestmark = [pytest.mark.browser]

TEACHER = "demo-teacher-1"


@pytest.fixture
def echo() -> Echo:
    return Echo()


@pytest.fixture
async def base(echo: Echo) -> AsyncIterator[str]:
    async with served(echo) as server:
        yield str(server.make_url("/"))


@pytest.mark.parametrize("size", [PHONE, DESKTOP], ids=["phone", "desktop"])
async def test_a_conversation_from_greeting_to_reload(
    browser: Browser, base: str, echo: Echo, tmp_path: Path, size: tuple[int, int]
) -> None:
    chat = await Chat.open(browser, base, size=size)
    await chat.picture(tmp_path / "people.png")
    await chat.become(TEACHER)
    await chat.expect(GREETING)
    await chat.say("报名")
    await chat.expect("第 1/24 题")
    await chat.picture(tmp_path / "question.png")
    await chat.tap("女")
    await chat.expect("记下了：女")
    assert [(e.inbound.tap, e.inbound.text) for e in echo.heard][-1] == ("#1.2", "女")

    await chat.send_file(portrait())
    await chat.expect("收到")
    (kept,) = echo.files.values()
    assert (kept.name, kept.media_type) == ("一寸照.jpg", "image/jpeg")
    await chat.say("通知")
    await chat.expect("数控加工二级班招生通知")
    await chat.send_file(
        {
            "name": "工作单位意见.pdf",
            "mimeType": "application/pdf",
            "buffer": b"%PDF-1.7",
        }
    )
    await chat.say("两行的话\n也是一条 http://127.0.0.1/n/spring。")
    await chat.picture(tmp_path / "conversation.png")

    before = await chat.page.locator("#log .row").all_inner_texts()
    await chat.reload()
    assert await chat.page.locator("#log .row").all_inner_texts() == before
    await chat.page.wait_for_function(
        "() => [...document.querySelectorAll('#log img')].every(i => i.naturalWidth)"
    )
    await chat.picture(tmp_path / "reloaded.png")
    assert len([e for e in echo.heard if e.inbound.kind == "follow"]) == 1
    assert chat.troubles == []


async def test_spent_choices_cannot_be_tapped_and_commands_can(
    browser: Browser, base: str
) -> None:
    chat = await Chat.open(browser, base)
    await chat.become(TEACHER)
    await chat.say("报名")
    await chat.tap("男")
    spent = chat.page.locator("#log .choices").last.locator("button")

    assert await spent.evaluate_all("all => all.map(b => b.disabled)") == [True, True]
    await chat.tap("我的报名")
    await chat.expect("您说：我的报名")
    # Whoever works through a list goes on in it.
    await chat.tap("通知")
    await chat.tap("我的报名")
    assert chat.troubles == []


async def test_what_arrives_elsewhere_is_marked_unread(
    browser: Browser, base: str, echo: Echo, tmp_path: Path
) -> None:
    chat = await Chat.open(browser, base)
    await chat.become(TEACHER)
    await chat.become("demo-base-1")
    pushed = await echo.push(TEACHER, Reply(text="【提醒】今天截止。"))

    assert isinstance(pushed, Sent)
    badge = chat.page.locator(f'[data-user="{TEACHER}"] .badge')
    await badge.wait_for(state="visible")
    assert await badge.inner_text() == "1"
    assert await chat.page.title() == "(1) 训通"
    await chat.picture(tmp_path / "unread.png")

    await chat.become(TEACHER)
    await chat.expect("【提醒】今天截止。")
    assert await chat.page.title() == "训通"
    assert chat.troubles == []


async def test_who_reads_above_is_told_of_what_came_below(
    browser: Browser, base: str, echo: Echo, tmp_path: Path
) -> None:
    chat = await Chat.open(browser, base, size=PHONE)
    await chat.become(TEACHER)
    for number in range(12):
        await chat.say(f"第 {number} 句")
    await chat.page.evaluate("document.getElementById('log').scrollTop = 0")
    await echo.push(TEACHER, Reply(text="新的通知"))
    pill = chat.page.locator("#newer")
    await pill.wait_for(state="visible")

    assert await pill.inner_text() == "↓ 1 条新消息"
    await chat.picture(tmp_path / "newer.png")
    await pill.click()
    await pill.wait_for(state="hidden")
    assert await chat.page.title() == "训通"


async def test_pictures_that_arrive_together_leave_nobody_behind(
    browser: Browser, base: str, echo: Echo
) -> None:
    chat = await Chat.open(browser, base, size=PHONE)
    await chat.become(TEACHER)
    await chat.send_file(portrait())
    (kept,) = echo.files.values()
    for _ in range(3):
        await echo.push(TEACHER, Reply(kind="image", ref=kept.id, name="表.jpg"))
    await chat.page.wait_for_function(
        """() => { const seen = [...document.querySelectorAll('#log .row.bot img')];
          return seen.length >= 3 && seen.every(image => image.naturalWidth); }"""
    )
    await chat.page.wait_for_function(
        """() => { const log = document.getElementById('log');
          return log.scrollHeight - log.scrollTop - log.clientHeight < 60; }"""
    )
    assert not await chat.page.locator("#newer").is_visible()
    assert chat.troubles == []


async def test_the_clock_moves_and_what_fell_due_arrives(
    browser: Browser, base: str, echo: Echo, tmp_path: Path
) -> None:
    chat = await Chat.open(browser, base)
    await chat.become(TEACHER)
    shown = chat.page.locator("#now")
    assert (await shown.inner_text()).startswith("2026年3月1日 周日 09:0")

    await chat.move_clock(7)
    assert (await shown.inner_text()).startswith("2026年3月8日 周日 09:0")
    await chat.expect("【提醒】培训方案今天截止报备。")
    await chat.page.fill("#date", "2026-04-01")
    await chat.page.wait_for_function(
        "() => document.getElementById('now').value.startsWith('2026年4月1日 周三 09:0')"
    )
    assert len(echo.moves) == 2
    assert await chat.page.locator("#log .moment").all_inner_texts() == [
        "3月1日 09:00",
        "3月8日 09:00",
        "09:00",
    ]
    await chat.picture(tmp_path / "clock.png")
    assert chat.troubles == []


async def test_what_was_said_while_away_is_sent_when_back(
    browser: Browser, base: str, echo: Echo
) -> None:
    chat = await Chat.open(browser, base)
    await chat.become(TEACHER)
    await echo.hub.close()
    await chat.page.wait_for_selector("#app.off")
    await chat.page.fill("#input", "还在吗")
    await chat.page.press("#input", "Enter")
    await chat.expect("您说：还在吗")

    assert [e.inbound.text for e in echo.heard].count("还在吗") == 1


async def test_a_failed_message_can_be_sent_again(browser: Browser, base: str) -> None:
    chat = await Chat.open(browser, base)
    await chat.become(TEACHER)
    await chat.say("坏")
    await chat.expect("请稍后再发一次")
    await chat.page.click(".again")
    await chat.settled()
    await chat.expect("请稍后再发一次")
    await chat.say("好")
    await chat.expect("您说：好")


async def test_enter_sends_shift_enter_does_not_and_a_picture_opens(
    browser: Browser, base: str, echo: Echo
) -> None:
    chat = await Chat.open(browser, base)
    await chat.become("新老师")
    await chat.page.type("#input", "一")
    await chat.page.press("#input", "Shift+Enter")
    await chat.page.type("#input", "二")
    await chat.page.press("#input", "Enter")
    await chat.settled()
    assert echo.heard[-1].inbound.text == "一\n二"

    await chat.send_file(portrait())
    await chat.page.locator(".picture").first.click()
    assert await chat.page.locator("#viewer").is_visible()
    await chat.page.keyboard.press("Escape")
    assert not await chat.page.locator("#viewer").is_visible()
    assert chat.troubles == []


async def test_nothing_said_becomes_markup(browser: Browser, base: str) -> None:
    chat = await Chat.open(browser, base)
    await chat.become(TEACHER)
    await chat.say("<img src=x onerror=alert(1)> javascript:alert(1)")
    await chat.expect("<img src=x onerror=alert(1)>")

    assert await chat.page.locator("#log .bubble img, #log .bubble a").count() == 0
    assert chat.troubles == []


async def test_the_page_in_the_dark(
    browser: Browser, base: str, tmp_path: Path
) -> None:
    chat = await Chat.open(browser, base, dark=True)
    await chat.become(TEACHER)
    await chat.say("报名")
    await chat.tap("女")
    await chat.say("通知")
    await chat.picture(tmp_path / "dark.png")
    assert chat.troubles == []


@pytest.mark.parametrize("size", [PHONE, DESKTOP], ids=["phone", "desktop"])
async def test_the_notice_and_the_polite_page_fit_the_window(
    browser: Browser, base: str, tmp_path: Path, size: tuple[int, int]
) -> None:
    chat = await Chat.open(browser, base, size=size)
    for name in ("n/spring", "d/forged"):
        await chat.page.goto(base + name)
        width = await chat.page.evaluate("document.documentElement.scrollWidth")
        assert width == size[0]
        await chat.picture(tmp_path / f"{name.replace('/', '-')}.png")
