"""What is typed, done as the person one is at the moment."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Awaitable, Callable
from datetime import timedelta
from pathlib import Path

from bot.clock import CHINA
from bot.wording.common import TITLES
from notices.programmes.book import load_programmes
from tests.platforms.cards import Card
from tests.platforms.faults import AFTER, BEFORE
from tests.platforms.members import Member
from tests.platforms.menus import leaves
from tests.platforms.people import Follower
from tests.play import wording
from tests.play.stage import Stage

_LATER = re.compile(r"(\d{1,6})\s*([smhd])")
_UNITS = {"s": "seconds", "m": "minutes", "h": "hours", "d": "days"}
_ANSWERED_WITHIN = 2.0
_SENDS = ("message/custom/send", "message/template/send", "message/send")

Say = Callable[[str], None]


class UsageError(Exception):
    """What was typed cannot be done; the words say what can."""


class Player:
    """Whoever is at the terminal: a follower of the account, or a member."""

    def __init__(self, stage: Stage, say: Say, name: str) -> None:
        self._stage = stage
        self._say = say
        self.person: Follower | Member = stage.account.stranger(name)
        self._last = ""
        self._commands: dict[str, Callable[[str], Awaitable[None]]] = {
            "help": self._help,
            "tap": self._tap,
            "tick": self._tick,
            "image": self._image,
            "follow": self._follow,
            "unfollow": self._unfollow,
            "scan": self._scan,
            "menu": self._menu,
            "agree": self._agree,
            "later": self._later,
            "as": self._as,
            "wecom": self._wecom,
            "oa": self._oa,
            "codes": self._codes,
            "fault": self._fault,
            "again": self._again,
        }

    async def do(self, line: str) -> None:
        """Do what was typed."""
        if not line.startswith("/"):
            self._last = line
            return await self._act(self.person.says(line))
        name, _, rest = line[1:].partition(" ")
        command = self._commands.get(name)
        try:
            if command is None:
                raise UsageError(wording.UNKNOWN.format(command=f"/{name}"))
            await command(rest.strip())
        except UsageError as error:
            self._say(str(error))

    async def _act(self, doing: Awaitable[str]) -> None:
        """Do something in the chat, and say so if nothing was answered at once."""
        person, before = self.person, len(self.person.heard)
        await doing
        try:
            async with asyncio.timeout(_ANSWERED_WITHIN):
                while len(person.heard) == before:
                    person.news.clear()
                    await person.news.wait()
        except TimeoutError:
            self._say(wording.NOTHING)

    def _follower(self, command: str) -> Follower:
        if not isinstance(self.person, Follower):
            raise UsageError(wording.NOT_HERE.format(command=command))
        return self.person

    async def _help(self, _rest: str) -> None:
        self._say(wording.HELP)

    # In the chat

    async def _tap(self, rest: str) -> None:
        label = self._label(_number(rest, "/tap 1"))
        if isinstance(self.person, Follower):
            await self._act(self.person.taps(label))
            return
        card = self.person.card
        if "checkbox" in card.body:
            await self._choose(card, self.person.votes(label, card=card))
        else:
            await self._choose(card, self.person.presses(label, card=card))

    async def _tick(self, rest: str) -> None:
        if isinstance(self.person, Follower):
            raise UsageError(wording.NOT_HERE.format(command="/tick"))
        labels = [self._label(_number(one, "/tick 1 3")) for one in rest.split()]
        if not labels:
            raise UsageError(wording.USAGE.format(usage="/tick 1 3"))
        card = self.person.card
        if "select_list" in card.body:
            await self._choose(card, self.person.selects(*labels, card=card))
        else:
            await self._choose(card, self.person.votes(*labels, card=card))

    async def _choose(self, card: Card, doing: Awaitable[str]) -> None:
        """Choose on a card, which may show what was chosen from then on."""
        await self._act(doing)
        if card.done:
            self._say(wording.CHOSEN.format(label=card.done))

    def _label(self, place: int) -> str:
        """The label of a choice of the newest message that has any."""
        if isinstance(self.person, Member):
            cards = self.person.cards
            choices = cards[-1].choices if cards else ()
        else:
            found = (one.choices for one in reversed(self.person.heard) if one.choices)
            choices = next(found, ())
        if not 1 <= place <= len(choices):
            raise UsageError(wording.NO_CHOICE.format(choice=place))
        return choices[place - 1][0]

    async def _image(self, rest: str) -> None:
        await self._act(self.person.sends_image(_content(rest)))

    async def _follow(self, rest: str) -> None:
        await self._act(self._follower("/follow").follows(rest))

    async def _unfollow(self, _rest: str) -> None:
        await self._follower("/unfollow").unfollows()
        self._say(wording.LEFT)

    async def _scan(self, rest: str) -> None:
        if not rest:
            raise UsageError(wording.USAGE.format(usage="/scan 场景值"))
        await self._act(self._follower("/scan").scans(rest))

    async def _menu(self, rest: str) -> None:
        if isinstance(self.person, Follower):
            seen = self._stage.account.menus.seen_by(self.person.standing)
        else:
            seen = self._stage.wecom.menu
        names = [one["name"] for one in leaves(seen)]
        if not names:
            raise UsageError(wording.NO_MENU)
        if not rest:
            self._say(wording.MENU.format(entries=" · ".join(names)))
            return
        if rest not in names:
            raise UsageError(wording.NOT_IN_MENU.format(name=rest))
        await self._act(self.person.clicks(rest))

    async def _agree(self, _rest: str) -> None:
        follower = self._follower("/agree")
        names = [
            one for one in self._stage.account.templates if one.startswith("SUBSCRIBE")
        ]
        await follower.accepts(*names)
        self._say(wording.AGREED.format(templates="、".join(names)))

    async def _again(self, _rest: str) -> None:
        if not self._last:
            raise UsageError(wording.USAGE.format(usage="/again"))
        await self._act(self.person.says(self._last, copies=3))
        replies = {one.reply for one in self.person.deliveries[-3:]}
        self._say(wording.COPIES.format(count=len(replies)))

    # Around it

    async def _later(self, rest: str) -> None:
        match = _LATER.fullmatch(rest)
        if match is None:
            raise UsageError(wording.USAGE.format(usage="/later 49h"))
        await self._stage.wait(timedelta(**{_UNITS[match[2]]: int(match[1])}))
        self._say(wording.NOW.format(now=self._stage.clock.now().astimezone(CHINA)))

    async def _as(self, rest: str) -> None:
        if not rest:
            raise UsageError(wording.USAGE.format(usage="/as 名字"))
        if isinstance(self.person, Follower):
            await self._oa(rest)
        else:
            await self._wecom(rest)

    async def _oa(self, rest: str) -> None:
        name = rest or "teacher"
        person = self._stage.account.follower(name)
        new = not person.standing.inbox
        self.person = person
        self._say(wording.BECAME.format(name=name, where=wording.ACCOUNT))
        if new:
            await self._act(person.follows())

    async def _wecom(self, rest: str) -> None:
        name = rest or "teacher"
        self.person = self._stage.wecom.member(name)
        self._say(wording.BECAME.format(name=name, where=wording.APP))
        await self._act(self.person.enters())

    async def _codes(self, _rest: str) -> None:
        sample = self._stage.sample()
        for one in sample["invitations"]:
            self._say(wording.CODE.format(**one | {"role": TITLES[one["role"]]}))
        steps = {
            step.key: step.title
            for programme in load_programmes()
            for step in programme.steps
        }
        for one in sample["classes"]:
            step = steps.get(one["step"], wording.CLOSED)
            self._say(wording.CLASS.format(**one | {"step": step}))

    async def _fault(self, rest: str) -> None:
        fault = int(rest) if re.fullmatch(r"-?\d{1,6}", rest) else rest
        try:
            for call in _SENDS:
                self._stage.account.faults.next(call, fault)
                self._stage.wecom.faults.next(call, fault)
        except ValueError:
            known = "、".join((*BEFORE, *AFTER))
            raise UsageError(wording.NO_FAULT.format(known=known)) from None
        self._say(wording.FAULT.format(fault=fault))


def _content(name: str) -> bytes:
    try:
        return Path(name).expanduser().read_bytes()
    except OSError:
        raise UsageError(wording.NO_FILE.format(path=name or "?")) from None


def _number(text: str, usage: str) -> int:
    if not text.isdecimal():
        raise UsageError(wording.USAGE.format(usage=usage))
    return int(text)
