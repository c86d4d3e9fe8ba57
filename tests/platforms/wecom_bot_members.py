"""People of a company who talk to its bot."""

from __future__ import annotations

import asyncio
import re
from collections import Counter

from tests.platforms.wecom_bot import Occasion, WeComBotPlatform
from tests.platforms.wecom_bot_rules import Body, Shown

WITHIN = 5.0
ANSWERED, WELCOMED, PUSHED = (
    *("aibot_respond_msg", "aibot_respond_welcome_msg"),
    "aibot_send_msg",
)


class BotMember:
    """Somebody who talks to the bot; knows what the test has looked at, by how it came."""

    def __init__(self, platform: WeComBotPlatform, user: str) -> None:
        self._platform = platform
        self.user = user
        self.address = user.lower()
        self._seen: Counter[str] = Counter()

    @property
    def shown(self) -> list[Shown]:
        """All that was shown to them."""
        return self._platform.shown[self.address]

    @property
    def last(self) -> Shown:
        """What was shown last."""
        return self.shown[-1]

    async def say(self, text: str) -> str:
        """Say something; what was answered."""
        await self.send({"msgtype": "text", "text": {"content": text}})
        return (await self.hears(how=ANSWERED)).said

    async def say_all(self, *texts: str) -> str:
        """Say things one after the other; what the last was answered."""
        return [await self.say(text) for text in texts][-1]

    async def send(self, body: Body, *, msgid: str = "", group: bool = False) -> None:
        """Send a message of any kind."""
        if not group:
            self._platform.heard(self.user)
        until = asyncio.get_running_loop().time() + 360
        occasion = Occasion(self.address, "aibot_respond_msg", until, group=group)
        await self._platform.call_back(
            "aibot_msg_callback", self.user, body, occasion, msgid=msgid
        )

    async def send_picture(self, content: bytes, *, kind: str = "image") -> str:
        """Send a picture (or a file); what was answered."""
        lies = self._platform.keep_file(content)
        await self.send({"msgtype": kind, kind: lies})
        return (await self.hears(how=ANSWERED)).said

    async def open_chat(self) -> None:
        """Open the chat, whatever comes of it."""
        await self._event(WELCOMED, {"eventtype": "enter_chat"})

    async def enter(self) -> str:
        """Open the chat, for the first time today; the welcome."""
        await self.open_chat()
        return (await self.hears(how=WELCOMED)).said

    async def tap(self, *labels: str, msgid: str = "") -> Shown:
        """Tap a button, or tick and send, on the newest card that has it; the card."""
        shown = next(
            one
            for one in reversed(self.shown)
            if one.card and all(_find(one, label) for label in labels)
        )
        card = shown.card
        assert card is not None
        keys = [_find(shown, label) for label in labels]
        click: Body = {"card_type": card["card_type"], "task_id": card["task_id"]}
        if card["card_type"] == "button_interaction":
            click["event_key"] = keys[0]
        else:
            question = card["checkbox"]["question_key"]
            click["event_key"] = card["submit_button"]["key"]
            chosen = {"question_key": question, "option_ids": {"option_id": keys}}
            click["selected_items"] = {"selected_item": [chosen]}
        event = {"eventtype": "template_card_event", "template_card_event": click}
        await self._event(
            "aibot_respond_update_msg", event, task=card["task_id"], msgid=msgid
        )
        return shown

    async def _event(
        self, by: str, event: Body, *, task: str = "", msgid: str = ""
    ) -> None:
        until = asyncio.get_running_loop().time() + WITHIN
        occasion = Occasion(self.address, by, until, task)
        body = {"msgtype": "event", "event": event, "create_time": 1700000000}
        await self._platform.call_back(
            "aibot_event_callback", self.user, body, occasion, msgid=msgid
        )

    async def hears(self, pattern: str = "", *, how: str = PUSHED) -> Shown:
        """The next thing that came so and matches, waited for."""
        found: list[int] = []

        def is_there() -> bool:
            found[:] = [
                at
                for at in range(self._seen[how], len(self.shown))
                if how == self.shown[at].how
                and re.search(pattern, _legible(self.shown[at]), re.DOTALL)
            ]
            return bool(found)

        try:
            await self._platform.until(is_there)
        except AssertionError:
            rest = [_legible(one) for one in self.shown[self._seen[how] :]]
            raise AssertionError(f"{pattern!r} not in {rest}") from None
        self._seen[how] = found[0] + 1
        return self.shown[found[0]]


def _find(shown: Shown, label: str) -> str:
    return next((key for said, key in shown.choices.items() if label in said), "")


def _legible(shown: Shown) -> str:
    return shown.said if shown.kind == "text" else f"[{shown.kind}] {shown.name}"
