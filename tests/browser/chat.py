"""The web chat as a person uses it: look, say, tap. For every test in a browser."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Self

from playwright.async_api import Browser, BrowserContext, FilePayload, Page
from playwright.async_api import TimeoutError as PlaywrightTimeout

DESKTOP = (1280, 800)
PHONE = (390, 844)

_SETTLED = """() => !document.querySelector('.row.typing, .row.sending')"""
_FOUND = """([from, text]) => {
  const rows = [...document.querySelectorAll('#log .row.bot:not(.typing)')];
  const at = rows.findIndex((row, place) => place >= from && row.innerText.includes(text));
  return at < 0 ? null : { at, text: rows[at].innerText };
}"""


class Chat:
    """One browser window with the web chat open.

    ``seen`` counts the bot's messages that the test has looked at; ``expect``
    looks only at later ones.
    """

    def __init__(self, page: Page, base: str) -> None:
        self.page = page
        self.base = base
        self.seen = 0
        self.troubles: list[str] = []
        page.on("pageerror", lambda error: self.troubles.append(str(error)))
        page.on("console", self._console)

    def _console(self, message: object) -> None:
        if getattr(message, "type", "") == "error":
            self.troubles.append(getattr(message, "text", ""))

    @classmethod
    async def open(
        cls,
        browser: Browser | BrowserContext,
        base: str,
        *,
        size: tuple[int, int] = DESKTOP,
        dark: bool = False,
    ) -> Self:
        """A new window of ``size`` on the chat at ``base``, nobody chosen yet."""
        if isinstance(browser, Browser):
            browser = await browser.new_context(
                viewport={"width": size[0], "height": size[1]},
                device_scale_factor=2,
                has_touch=size == PHONE,
                is_mobile=size == PHONE,
                locale="zh-CN",
                color_scheme="dark" if dark else "light",
                reduced_motion="reduce",
            )
        chat = cls(await browser.new_page(), base)
        await chat.page.goto(base)
        await chat.ready()
        return chat

    async def ready(self) -> None:
        """Wait until the page has started."""
        await self.page.wait_for_selector("body[data-ready=true]")

    async def become(self, user: str) -> None:
        """Talk as ``user``: a sample person, or anybody new."""
        if not await self.page.locator("#people").is_visible():
            await self.page.click("#back")
        sample = self.page.locator(f'#people [data-user="{user}"]')
        if await sample.count():
            await sample.click()
        else:
            await self.page.fill("#newname", user)
            await self.page.click("#newcomer button")
        await self.settled()
        self.seen = 0

    async def say(self, text: str) -> None:
        """Type ``text`` and send it; returns when it was answered."""
        await self.page.fill("#input", text)
        await self.page.press("#input", "Enter")
        await self.settled()

    async def tap(self, label: str) -> None:
        """Tap the newest live choice; returns when it was answered.

        ``label`` is a choice's whole label; if none has it, a part of one.
        """
        choices = self.page.locator("#log .choices button:enabled")
        whole = choices.filter(has_text=re.compile(rf"^\d*{re.escape(label)}$"))
        choice = whole if await whole.count() else choices.filter(has_text=label)
        await choice.last.click()
        await self.settled()

    async def send_file(self, file: Path | FilePayload) -> None:
        """Pick a picture or a file; returns when it was answered."""
        before = await self.page.locator("#log .row.me").count()
        await self.page.set_input_files("#file", file)
        await self.page.wait_for_function(
            "n => document.querySelectorAll('#log .row.me').length > n", arg=before
        )
        await self.settled()

    async def settled(self) -> None:
        """Wait until everything said is answered and drawn."""
        await self.page.wait_for_selector("#app.chosen:not(.off)")
        await self.page.wait_for_function(_SETTLED)

    async def expect(self, text: str, *, within_ms: float = 30_000) -> str:
        """The next message of the bot that contains ``text``, waited for."""
        try:
            handle = await self.page.wait_for_function(
                _FOUND, arg=[self.seen, text], timeout=within_ms
            )
        except PlaywrightTimeout:
            rows = self.page.locator("#log .row")
            heard = "\n".join((await rows.all_inner_texts())[-6:])
            raise AssertionError(f"{text!r} was not said; last:\n{heard}") from None
        found = await handle.json_value()
        self.seen = found["at"] + 1
        return str(found["text"])

    async def move_clock(self, days: int) -> None:
        """Press the demo clock's button (1 or 7 days); returns when it has moved."""
        await self.page.click(f'#clock [data-days="{days}"]')
        await self.page.wait_for_selector("#clock:not(.moving)")

    async def reload(self) -> None:
        """Load the page again, as a person would who lost it."""
        await self.page.reload()
        await self.ready()
        await self.settled()

    async def picture(self, path: Path) -> Path:
        """Keep a screenshot; returns its path."""
        await self.page.screenshot(path=path)
        return path
