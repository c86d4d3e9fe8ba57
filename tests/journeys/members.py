"""Members of a company with its app in WeCom, as the journeys' people.

They live the same stories as an account's followers. What they read after they
did something is the passive reply and the pushes that it came to.
"""

from __future__ import annotations

import asyncio

from sqlalchemy import func, select

from bot.core import Core
from storage.tables.messages import outbox
from tests.channels.official_account.platform import Answer
from tests.platforms.hearing import Heard
from tests.platforms.members import Member
from tests.platforms.wecom import WeComPlatform

_WAITS = 20.0
_LOOKS_EVERY = 0.02
_ON_ITS_WAY = ("waiting", "leased")


class AppMember:
    """One member, as ``story.Person``; chooses on the newest card that offers it."""

    def __init__(
        self, platform: WeComPlatform, core: Core, userid: str, photo: bytes
    ) -> None:
        self.openid = userid.lower()
        self.last: Answer | None = None
        self.member: Member = platform.member(userid)
        self._company = platform
        self._core = core
        self._photo = photo

    async def say(self, text: str) -> str:
        """Say something; all that was answered."""
        before = len(self.member.heard)
        await self.member.says(text)
        return await self._answered(before)

    async def say_all(self, *texts: str) -> str:
        """Say things one after the other; what the last was answered."""
        return [await self.say(text) for text in texts][-1]

    async def tap(self, label: str) -> str:
        """Press a button, or tick one line and send it."""
        return await self.tick(label)

    async def tick(self, *labels: str) -> str:
        """Choose on the newest card; all that was answered."""
        before = len(self.member.heard)
        card = next(
            one
            for one in reversed(self.member.cards)
            if any(labels[0] in shown for shown, _ in one.choices)
        )
        if "checkbox" in card.body:
            await self.member.votes(*labels, card=card)
        else:
            await self.member.presses(labels[0], card=card)
        assert card.done, "the card can be answered again"
        return await self._answered(before)

    async def send_photo(self, media_id: str) -> str:
        """Send their photo, which gets an id of its own."""
        before = len(self.member.heard)
        await self.member.sends_image(self._photo)
        return await self._answered(before)

    async def follow(self) -> str:
        """Open the app."""
        before = len(self.member.heard)
        await self.member.enters()
        return await self._answered(before)

    async def say_twice(self, text: str) -> tuple[bytes, bytes]:
        """The same message delivered twice at once: both replies."""
        before = len(self.member.heard)
        await self.member.says(text, copies=2)
        await self._answered(before)
        first, second = self.member.deliveries[-2:]
        return first.reply, second.reply

    async def _answered(self, before: int) -> str:
        """All that came since; when nothing of it is on its way any more."""
        async with asyncio.timeout(_WAITS):
            while await self._on_its_way():  # noqa: ASYNC110 -- the platform tells nobody
                await asyncio.sleep(_LOOKS_EVERY)
        said = "\n".join(_written(one) for one in self.member.heard[before:])
        self.last = Answer(to=self.openid, account="", created="", content=said)
        return said

    async def _on_its_way(self) -> int:
        query = select(func.count()).where(
            outbox.c.state.in_(_ON_ITS_WAY),
            outbox.c.not_before <= self._core.clock.now(),
        )
        async with self._core.database.reading() as uow:
            return int((await uow.execute(query)).scalar_one())

    async def hears(self, pattern: str) -> str:
        """The next push that matches, waited for."""
        if pattern == r"\[image\]":
            return await self._sees_picture()
        return _written(await self.member.hears(pattern))

    async def gets_file(self) -> bytes:
        """The first file that was sent, waited for."""
        async with asyncio.timeout(_WAITS):
            while not (sent := self._files()):  # noqa: ASYNC110 -- it may have come before
                await asyncio.sleep(_LOOKS_EVERY)
        return self._company.materials.kept[sent[0].media_id].content

    def _files(self) -> list[Heard]:
        return [one for one in self.member.pushed if one.kind == "file"]

    async def _sees_picture(self) -> str:
        def pictures() -> int:
            return sum(one.kind == "image" for one in self.member.pushed)

        async with asyncio.timeout(_WAITS):
            while not pictures():  # noqa: ASYNC110 -- it may have come before
                await asyncio.sleep(_LOOKS_EVERY)
        return "[image]"


def _written(one: Heard) -> str:
    text = one.text or f"[{one.kind}]"
    return "\n".join((text, *(link for link in one.links if link not in text)))
