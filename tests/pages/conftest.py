"""The pages on a real server, before collaborators that only keep things in memory."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta

import pytest
from aiohttp import ClientSession, web
from aiohttp.test_utils import TestServer

from bot.clock import MovableClock
from bot.links import DocumentLink, Links
from bot.metrics import Backlog, Metrics
from bot.pages.demo_clock import demo_clock_routes
from bot.pages.documents import document_routes
from bot.pages.health import health_routes
from bot.pages.notices import PublicNotice, PublicTable, notice_routes
from bot.pages.protection import protect
from bot.pages.uploads import UploadRequest, upload_routes
from bot.ports import StoredFile
from storage.crypto import Vault

PUBLISHED = datetime(2026, 2, 28, 17, tzinfo=UTC)
NASTY = "<script>alert(1)</script>\" onload='x' {{ 7*7 }} \u202egnp.exe"


class House:
    """What the pages are made of."""

    def __init__(self, vault: Vault) -> None:
        self.clock = MovableClock(timedelta(days=400))
        self.links = Links(vault, "http://xuntong.example")
        self.metrics = Metrics()
        self.notices = {
            "spring": PublicNotice("招生通知", "一\n二\n\n三", "江南学院", PUBLISHED),
            "plan": PublicNotice(
                "全国培训信息",
                "见下表。",
                "部指导中心",
                PUBLISHED,
                tables=(
                    PublicTable(
                        "二级 · 机械类", ("省份", "备注"), (("江南省", NASTY),)
                    ),
                ),
                file="信息 2026.xlsx",
            ),
            "nasty": PublicNotice(NASTY, NASTY, NASTY, PUBLISHED),
        }
        self.files: dict[str, StoredFile] = {}
        self.wanted = {"l1": UploadRequest("盖章的工作单位意见", "请拍清楚公章。")}
        self.received: list[tuple[str, str, str, bytes]] = []
        self.moves: list[datetime] = []
        self.database_up = True
        self.used_meanwhile = False

    async def find_notice(self, slug: str) -> PublicNotice | None:
        return self.notices.get(slug)

    async def find_attachment(self, slug: str) -> StoredFile | None:
        return self.files.get(slug)

    async def find_file(self, link: DocumentLink) -> StoredFile | None:
        return self.files.get(link.object_id)

    async def find_upload(self, secret: str) -> UploadRequest | None:
        return self.wanted.get(secret)

    async def receive_upload(
        self, secret: str, *, name: str, media_type: str, content: bytes
    ) -> bool:
        if self.used_meanwhile:
            return False
        del self.wanted[secret]
        self.received.append((secret, name, media_type, content))
        return True

    async def advance(self, to: datetime) -> None:
        self.moves.append(to)
        self.clock.move_to(to)

    async def database(self) -> bool:
        if not self.database_up:
            raise ConnectionError("refused")
        return True

    async def migrations(self) -> bool:
        return self.database_up

    async def backlog(self) -> Backlog:
        return Backlog({"webchat": 2}, oldest_seconds=7, reminders_due=1)

    def document(self, kind: str, object_id: str) -> str:
        """The path of a document link, good for a day."""
        until = self.clock.real() + timedelta(days=1)
        url = self.links.document(kind, object_id, person_id="p1", expires_at=until)
        return url.removeprefix("http://xuntong.example")

    def upload(self, secret: str) -> str:
        return self.links.upload(secret).removeprefix("http://xuntong.example")


@pytest.fixture
def house(vault: Vault) -> House:
    return House(vault)


async def _break(_request: web.Request) -> web.Response:
    raise ValueError("身份证 11010519491231002X")


@pytest.fixture
async def http(house: House) -> AsyncIterator[ClientSession]:
    """A client of the served pages that asks as a browser does."""
    app = web.Application()
    protect(app)
    checks = {"database": house.database, "migrations": house.migrations}
    app.add_routes(
        [
            *notice_routes(house.find_notice, house.find_attachment),
            *document_routes(house.links, house.clock, {"file": house.find_file}),
            *upload_routes(house.links, house.find_upload, house.receive_upload),
            *health_routes(checks, house.metrics, house.backlog),
            *demo_clock_routes(house.clock, house.advance),
            web.get("/broken/{token}", _break),
        ]
    )
    async with TestServer(app) as server:
        base, headers = server.make_url(""), {"Accept": "text/html,*/*"}
        async with ClientSession(base, headers=headers) as session:
            yield session
