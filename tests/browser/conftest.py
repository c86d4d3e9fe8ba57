"""A real Chromium that shows Chinese, on a machine with or without fonts."""

from __future__ import annotations

import os
import shutil
from collections.abc import AsyncIterator
from pathlib import Path

import pylopdf_fonts_zh_cn
import pytest
from playwright.async_api import Browser, Playwright, async_playwright

_NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
_FLAGS = (
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)
_FONTS = """<?xml version="1.0"?>
<!DOCTYPE fontconfig SYSTEM "urn:fontconfig:fonts.dtd">
<fontconfig>
  <dir>{fonts}</dir>
  <dir>/usr/share/fonts</dir>
  <cachedir>{cache}</cachedir>
  <alias binding="same">
    <family>sans-serif</family>
    <prefer><family>Noto Sans SC</family></prefer>
  </alias>
</fontconfig>
"""


def find_chromium(playwright: Playwright) -> str | None:
    """The machine's Chromium, else the one that Playwright fetched, else None."""
    for name in _NAMES:
        found = shutil.which(name)
        if found:
            return found
    own = playwright.chromium.executable_path
    return own if Path(own).exists() else None


def _miss() -> None:
    why = "no Chromium: apt-get install chromium, or playwright install chromium"
    if os.environ.get("CI") == "true":
        pytest.fail(why)
    pytest.skip(why)


@pytest.fixture(scope="session")
def font_settings(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A fontconfig file by which Chinese is shown in the packaged font."""
    folder = tmp_path_factory.mktemp("fonts")
    fonts = Path(pylopdf_fonts_zh_cn.__file__).parent
    settings = folder / "fonts.conf"
    settings.write_text(_FONTS.format(fonts=fonts, cache=folder / "cache"))
    return settings


@pytest.fixture
async def browser(font_settings: Path) -> AsyncIterator[Browser]:
    """A fresh Chromium for the test."""
    async with async_playwright() as playwright:
        executable = find_chromium(playwright)
        if executable is None:
            _miss()
        browser = await playwright.chromium.launch(
            executable_path=executable,
            args=list(_FLAGS),
            env={**os.environ, "FONTCONFIG_FILE": str(font_settings)},
        )
        yield browser
        await browser.close()
