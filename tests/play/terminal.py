"""``python -m tests.play.terminal``: a chat with the service, from a terminal.

Both platforms are stand-ins in this process, the service is the real one, its
clock can be moved. The end of the input, Ctrl-C and ``/quit`` stop it cleanly.
"""

from __future__ import annotations

import argparse
import asyncio
import shutil
import sys
from pathlib import Path

import uvloop

from bot import log
from tests.platforms.members import Member
from tests.play import wording
from tests.play.commands import Player
from tests.play.lines import Lines
from tests.play.screen import Screen
from tests.play.stage import Stage, set_up

FOLDER = Path("var/play")
NAME = "teacher"


class Terminal:
    """Shows what the person one is hears, and does what is typed."""

    def __init__(self, stage: Stage, lines: Lines) -> None:
        self._stage = stage
        self._lines = lines
        self._screen = Screen(stage.folder / "received")
        self._player = Player(stage, self._say, NAME)
        self._shown: dict[str, int] = {}

    async def run(self) -> None:
        """Talk until the end."""
        watching = [
            asyncio.ensure_future(self._watch(platform.callbacks.news))
            for platform in (self._stage.account, self._stage.wecom)
        ]
        try:
            await self._player.do("/follow")
            while True:
                self._show_new()
                self._prompt()
                line = await self._lines.next()
                if line is None or line.strip() in ("/quit", "/exit"):
                    return
                if line.strip():
                    await self._player.do(line.strip())
        finally:
            for task in watching:
                task.cancel()
            await asyncio.gather(*watching, return_exceptions=True)

    async def _watch(self, news: asyncio.Event) -> None:
        """Show what comes by itself."""
        while True:
            await news.wait()
            news.clear()
            self._show_new()

    def _say(self, text: str) -> None:
        self._show_new()
        self._screen.say(text)

    def _show_new(self) -> None:
        person = self._player.person
        member = isinstance(person, Member)
        who = f"wecom {person.userid}" if isinstance(person, Member) else person.openid
        platform = self._stage.wecom if member else self._stage.account
        heard = person.heard
        for one in heard[self._shown.get(who, 0) :]:
            speaker = wording.APP if member else wording.ACCOUNT
            self._screen.show(one, speaker, platform.materials)
        self._shown[who] = len(heard)

    def _prompt(self) -> None:
        if sys.stdin.isatty():
            sys.stdout.write(wording.PROMPT)
            sys.stdout.flush()


async def play(folder: Path) -> None:
    """Play with the data of a folder."""
    async with set_up(folder) as stage:
        lines = Lines()
        lines.start()
        welcome = wording.WELCOME.format(folder=folder, log=_log(folder), name=NAME)
        print(welcome, flush=True)  # noqa: T201 -- this is the screen
        await Terminal(stage, lines).run()
        print(wording.BYE, flush=True)  # noqa: T201 -- this is the screen


def _log(folder: Path) -> Path:
    return folder / "log.jsonl"


def main() -> None:
    """Play until the end of the input."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--folder", type=Path, default=FOLDER)
    parser.add_argument("--reset", action="store_true", help="start afresh")
    options = parser.parse_args()
    folder: Path = options.folder
    if options.reset:
        shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True, exist_ok=True)
    with _log(folder).open("a", encoding="utf-8") as file:
        log.configure(file)
        uvloop.run(play(folder))


if __name__ == "__main__":
    main()
