"""The play: teachers apply, the base decides, a notice goes to all, under kills."""

from __future__ import annotations

import asyncio
import random
import re
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path

import aiohttp

from bot.core import Core, make_core
from bot.settings import Settings
from storage import applications, classes
from tests.channels.official_account.fake_api import FakeApi
from tests.chaos.lives import Lives
from tests.chaos.scripts import Teacher, write_teacher
from tests.chaos.talkers import Ears, Platform, Say
from tests.chaos.troupe import Troupe
from tests.chaos.waiting import until
from tests.chaos.world import (
    MANAGER,
    OFFICER,
    PHOTO,
    SECRET,
    Country,
    build,
    environment,
    open_platform,
)
from tests.faults.cluster import free_ports

PLACES = 30
TITLE = "关于报送下半年培训计划的通知"
FINE = "照片可以用"
ADMITTED = "审核通过"
_AGAIN = "再发|换一张"
_THERE = "已经有一张照片"
_NOTICE = (
    Say("通知 写", "通知的标题"),
    Say(TITLE, "正文"),
    Say("请各基地于 6 月 15 日前报送下半年培训计划。", "收到（第 1 段）"),
    Say("报送方式不变。", "收到（第 2 段）"),
    Say("完成", "发给哪些人"),
    Say("不限", "发给哪个省"),
    Say("不限", "培训级别"),
    Say("1", "专业大类"),
    Say("不限", "没有问题就提交"),
)


@dataclass(frozen=True)
class Scale:
    """How much is played: at least so many steps, kills, and kills at each point."""

    steps: int
    kills: int
    at_each_point: int
    points: tuple[str, ...]
    dies_announcing: tuple[str, ...]
    lease_seconds: float
    followers: int
    at_once: int
    roles: tuple[str, ...] = ("all",)
    calm: float = 1.0
    """How many times longer each life is than it may be."""


@dataclass
class Play:
    """A run in the making; afterwards what happened in it."""

    scale: Scale
    seed: int
    country: Country
    api: FakeApi
    platform: Platform
    lives: Troupe
    core: Core
    folder: Path
    teachers: list[Teacher] = field(default_factory=list)
    reviews: dict[int, str] = field(default_factory=dict)
    photos_again: int = 0
    began: float = 0.0
    seconds: float = 0.0
    phases: list[str] = field(default_factory=list)

    async def run(self) -> None:
        """All acts; the last life is not killed, and ends politely."""
        self.began = time.monotonic()
        living = asyncio.create_task(self.lives.run())
        acts = asyncio.create_task(self._acts())
        try:
            await asyncio.wait([living, acts], return_when=asyncio.FIRST_COMPLETED)
            if not acts.done():
                await living  # raises why no life could begin
            await acts
            await living
        finally:
            for task in (living, acts):
                task.cancel()
            await asyncio.gather(living, acts, return_exceptions=True)
        self.seconds = time.monotonic() - self.began

    async def _acts(self) -> None:
        newcomers = self._newcomers()
        await asyncio.gather(
            *(self._apply_all(newcomers) for _ in range(self.scale.at_once))
        )
        self._note("applied")
        await asyncio.gather(self._review_all(), self._announce())
        self._note("decided")
        await self._come_to_rest()
        self._note("at rest")
        await self.platform.wait_until_served()
        await self.lives.stop()

    def _note(self, act: str) -> None:
        kills = sum(self.lives.kills.values())
        self.phases.append(
            f"{act} after {time.monotonic() - self.began:.0f} s: "
            f"{self.platform.steps} steps, {kills} kills"
        )

    def _newcomers(self) -> Iterator[Teacher]:
        """New teachers as long as the run is not long enough."""
        while not self._long_enough():
            serial = len(self.teachers) + 1
            dice = random.Random(f"{self.seed}:{serial}")
            teacher = write_teacher(dice, serial, self.country.class_code)
            self.teachers.append(teacher)
            yield teacher
        self.lives.killing = bool(self.scale.dies_announcing)

    def _long_enough(self) -> bool:
        kills = self.lives.kills
        return (
            self.platform.steps >= self.scale.steps
            and sum(kills.values()) >= self.scale.kills
            and min(kills[p] for p in self.scale.points) >= self.scale.at_each_point
        )

    async def _apply_all(self, newcomers: Iterator[Teacher]) -> None:
        for teacher in newcomers:
            await self._apply(teacher)

    async def _apply(self, teacher: Teacher) -> None:
        platform, openid = self.platform, teacher.openid
        await platform.talk(openid, teacher.before_photo)
        heard = len(platform.ears.listen(openid))
        await platform.say(openid, teacher.photo)
        while True:
            said, heard = await platform.ears.wait_for(
                openid, f"{FINE}|{_AGAIN}", after=heard
            )
            if FINE in said:
                break
            # Given up after its process died several times over it. That push
            # itself may come twice: then the photo lies there already.
            self.photos_again += 1
            await platform.say(openid, Say("", f"照片收到|{_THERE}", media=PHOTO))
        await platform.talk(openid, teacher.after_photo)

    async def _review_all(self) -> None:
        """The base decides on every application, in one long dialogue."""
        async with self.core.database.reading() as uow:
            row = await classes.by_code(uow, code=self.country.class_code)
            assert row is not None
            handed_in = await applications.of_class(uow, class_id=row.id)
        assert len(handed_in) == len(self.teachers)
        for place, number in enumerate(one.number for one in handed_in):
            if place < PLACES and place % 4:
                self.reviews[number] = ADMITTED
                say = Say(f"审核 {number} 通过", f"{number} 号通过，待盖章")
            else:
                self.reviews[number] = f"第 {number} 号材料不齐"
                say = Say(
                    f"审核 {number} 不通过 {self.reviews[number]}", f"{number} 号不通过"
                )
            await self.platform.say(OFFICER, say)

    async def _announce(self) -> None:
        await self.platform.talk(MANAGER, _NOTICE)
        shown = await self.platform.say(MANAGER, Say("提交", "号通知"))
        found = re.search(r"(\d+) 号通知", shown)
        assert found is not None
        before = self.lives.kills.copy()
        if self.scale.dies_announcing:
            first, *others = self.scale.dies_announcing
            await self.lives.renew_for(first)
            for point in others:
                self.lives.insist(point, 5)
        await self.platform.say(MANAGER, Say(f"发布 {found[1]}", "已发布"))

        async def has_died_of_it() -> bool:
            points = self.scale.dies_announcing
            died = all(self.lives.kills[one] > before[one] for one in points)
            return died or await self._all_told()

        await until(has_died_of_it, within=300)
        # Lives that are shorter than a start would tell nobody, however long.
        await self.lives.renew()
        await until(self._all_told, within=300)

    async def _all_told(self) -> bool:
        told = {body["touser"] for body in self.api.sent("template")}
        return told == set(self.country.followers)

    async def _come_to_rest(self) -> None:
        """Wait until nothing waits any more."""
        from tests.chaos.ledger import unfinished  # noqa: PLC0415 -- it reads a Play

        left: list[str] = []

        async def at_rest() -> bool:
            left[:] = await unfinished(self)
            return not left

        try:
            await until(at_rest, every=0.2, within=300)
        except TimeoutError:
            raise AssertionError(f"never at rest: {left[:20]}") from None

    def summary(self) -> str:
        """Kills, seed and counts, for whoever runs it."""
        kills = ", ".join(f"{p} {n}" for p, n in sorted(self.lives.kills.items()))
        platform = self.platform
        return (
            f"\nchaos on {self.core.database.dialect}, CHAOS_SEED={self.seed}: "
            f"{sum(self.lives.kills.values())} kills ({kills}); "
            f"{platform.steps} steps in {platform.deliveries} deliveries, "
            f"{platform.compared} answers compared, {platform.acknowledged} pushed later; "
            f"{len(self.teachers)} teachers, {self.photos_again} photos sent again; "
            f"{len(self.api.calls)} push calls; {self.seconds:.0f} s; "
            f"{'; '.join(self.phases)}"
        )


@asynccontextmanager
async def stage(
    database_url: str, folder: Path, scale: Scale, seed: int
) -> AsyncIterator[Play]:
    """A country, a platform and a service that can be killed."""
    country = await build(database_url, followers=scale.followers)
    api = open_platform()
    await api.server.start_server()
    lives = Troupe(
        [
            _lives(database_url, api.url, port, folder, scale, seed + place, role)
            for place, (role, port) in enumerate(
                zip(scale.roles, free_ports(len(scale.roles)), strict=True)
            )
        ]
    )
    core = make_core(Settings(database_url=database_url, secret_keys=(SECRET,)))
    connector = aiohttp.TCPConnector(limit=0, force_close=True)
    async with aiohttp.ClientSession(connector=connector) as session:
        urls = tuple(one.url for one in lives.each if one.role != "worker")
        platform = Platform(urls, session, Ears(api))
        await lives.open()
        try:
            yield Play(scale, seed, country, api, platform, lives, core, folder)
        finally:
            await lives.close()
            await core.database.close()
            await api.server.close()


def _lives(
    database_url: str,
    api_url: str,
    port: int,
    folder: Path,
    scale: Scale,
    seed: int,
    role: str,
) -> Lives:
    settings = environment(database_url, api_url=api_url, port=port, folder=folder)
    settings["CHAOS_LEASE"] = str(scale.lease_seconds)
    return Lives(settings, folder, seed, scale.points, role, scale.calm)
