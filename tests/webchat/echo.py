"""A small house behind the web chat: it remembers, echoes, and keeps files."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from itertools import count

from aiohttp import web
from aiohttp.test_utils import TestServer

from bot.channels.webchat.frames import Dresser
from bot.channels.webchat.hub import Hub, WebChatChannel
from bot.channels.webchat.routes import SamplePerson, WebChat
from bot.clock import MovableClock
from bot.links import DocumentLink, Links
from bot.pages.demo_clock import demo_clock_routes
from bot.pages.documents import document_routes
from bot.pages.notices import PublicNotice, notice_routes
from bot.pages.protection import protect
from bot.ports import Envelope, Outgoing, Push, Settlement, StoredFile
from conversations.model import Option, Reply
from storage.crypto import Vault
from storage.people import Known

GREETING = "您好，我是训通。发“菜单”看看能做什么。"
QUESTION = Reply(
    text="第 1/24 题：性别？\n1. 男\n2. 女",
    choices=(Option("男", "#1.1"), Option("女", "#1.2")),
)
ARTICLE = Reply(
    kind="article",
    name="数控加工二级班招生通知",
    text="6 月 20 日开班，6 月 13 日（周六）截止报名。",
    ref="/n/spring",
)
MENU = Reply(
    text="您可以：\n1. 报名\n2. 我的报名\n3. 通知",
    choices=(
        Option("报名", "报名"),
        Option("我的报名", "我的报名"),
        Option("通知", "通知"),
    ),
)
SCRIPT = {
    "follow": (Reply(text=GREETING), MENU),
    "报名": (Reply(text="好，现在开始填报名表。"), QUESTION),
    "菜单": (MENU,),
    "通知": (ARTICLE,),
}
START = datetime(2026, 3, 1, 1, tzinfo=UTC)
PERSONS = (
    SamplePerson("demo-centre-1", "陈晓岚", "部指导中心", "发全国通知"),
    SamplePerson("demo-province-1", "周启明", "省级管理部门", "江苏省"),
    SamplePerson("demo-base-1", "许文婷", "教师培训基地", "江南机电技师学院"),
    SamplePerson("demo-class-manager-1", "林立", "班主任", "2026-NC-02"),
    SamplePerson("demo-backbone-1", "顾长青", "骨干教师", "数控加工"),
    SamplePerson("demo-teacher-1", "李思源", "参训教师", "想报名的老师"),
    SamplePerson("demo-teacher-2", "王海燕", "参训教师", "报名填到一半"),
)


class Echo:
    """Answers every message once; what it heard and keeps lies open to the tests."""

    def __init__(self) -> None:
        self.clock = MovableClock()
        self.clock.ahead = START - self.clock.real()
        self.links = Links(Vault(["a secret for tests only"]), "http://127.0.0.1")
        self.hub = Hub()
        self.dresser = Dresser(self.links, self.clock.real)
        self.channel = WebChatChannel(self.hub, self.dresser, self.clock, ack_within=2)
        self.heard: list[Envelope] = []
        self.answers: dict[str, bytes] = {}
        self.people: dict[str, Known] = {}
        self.files: dict[str, StoredFile] = {}
        self.moves: list[datetime] = []
        self._ids = count(1)

    def new_id(self) -> str:
        return f"id{next(self._ids)}"

    async def find_person(self, address: str) -> Known | None:
        return self.people.get(address)

    async def find_file(self, link: DocumentLink) -> StoredFile | None:
        return self.files.get(link.object_id)

    async def find_notice(self, slug: str) -> PublicNotice | None:
        if slug != "spring":
            return None
        return PublicNotice(
            ARTICLE.name, ARTICLE.text, "江南机电技师学院", self.clock.now()
        )

    async def save_upload(
        self, address: str, *, name: str, media_type: str, content: bytes
    ) -> str:
        file_id = self.new_id()
        self.files[file_id] = StoredFile(file_id, name, media_type, content)
        return file_id

    async def advance(self, to: datetime) -> None:
        """Move on; whoever is here is reminded, as a deadline would."""
        self.clock.move_to(to)
        self.moves.append(to)
        for user in list(self.people):
            await self.push(user, Reply(text="【提醒】培训方案今天截止报备。"))

    async def push(self, user: str, reply: Reply, row: str = "") -> Settlement:
        row = row or self.new_id()
        return await self.channel.send(
            Outgoing(
                id=row,
                address=user,
                push=Push(reply),
                client_message_id=row,
                attempts=0,
                purpose="reminder",
                last_inbound_at=None,
            )
        )

    async def receive(self, envelope: Envelope) -> bytes:
        self.heard.append(envelope)
        if envelope.message_key not in self.answers:
            self.people.setdefault(
                envelope.address,
                Known(f"address-{envelope.address}", f"person-{envelope.address}"),
            )
            replies = self.replies(envelope)
            encoded = envelope.encode(replies, self.clock.now())
            self.answers[envelope.message_key] = encoded.remembered
        return self.answers[envelope.message_key]

    def replies(self, envelope: Envelope) -> list[Reply]:
        inbound = envelope.inbound
        if inbound.kind == "tap":
            said = inbound.text or inbound.tap
            return [Reply(text=f"记下了：{said}。下一项，民族？")]
        if inbound.kind in {"image", "file"}:
            name = self.files[inbound.media.removeprefix("file:")].name
            back = Reply(kind=inbound.kind, ref=inbound.media, name=name)
            return [Reply(text="收到了。"), back]
        if inbound.text == "坏":
            raise ConnectionError("the database is away")
        if inbound.text == "删除我的信息":
            del self.people[envelope.address]
        otherwise = (Reply(text=f"您说：{inbound.text}"),)
        return list(SCRIPT.get(inbound.text or inbound.kind, otherwise))


@asynccontextmanager
async def served(echo: Echo) -> AsyncIterator[TestServer]:
    """The page and the pages around it, on a free port."""
    chat = WebChat(
        echo.receive,
        echo.hub,
        clock=echo.clock,
        links=echo.links,
        new_id=echo.new_id,
        save_upload=echo.save_upload,
        find_person=echo.find_person,
        persons=PERSONS,
        movable_clock=True,
    )
    app = web.Application()
    protect(app)
    app.add_routes(chat.routes())
    app.add_routes(demo_clock_routes(echo.clock, echo.advance))
    app.add_routes(document_routes(echo.links, echo.clock, {"file": echo.find_file}))
    app.add_routes(notice_routes(echo.find_notice))
    app.on_shutdown.append(echo.hub.close)
    server = TestServer(app)
    await server.start_server()
    echo.links.public_url = str(server.make_url("")).rstrip("/")
    try:
        yield server
    finally:
        await server.close()
