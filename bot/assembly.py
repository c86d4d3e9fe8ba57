"""The service's parts, each put together from what it needs."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from typing import Protocol

import aiohttp
from aiohttp import web

from bot.actions import uploads
from bot.actions.board_desk import BoardDesk
from bot.channels.official_account import CHANNEL as OFFICIAL_ACCOUNT
from bot.channels.official_account.articles import ArticleDesk, ArticleEvents
from bot.channels.official_account.client import OfficialAccountClient
from bot.channels.official_account.media import Pictures
from bot.channels.official_account.menus import MenuKeeper
from bot.channels.official_account.page_signatures import PageSignatures
from bot.channels.official_account.receipts import Receipts
from bot.channels.official_account.routes import official_account_routes
from bot.channels.official_account.scenes import draw_code as draw_code_by
from bot.channels.official_account.sender import OfficialAccountChannel
from bot.channels.official_account.tokens import official_account_tokens
from bot.channels.official_account.typing import TypingSign
from bot.channels.switchboard import Switchboard
from bot.channels.transport import Media, RefusedError, Transport
from bot.channels.webchat.frames import Dresser
from bot.channels.webchat.hub import Hub, WebChatChannel
from bot.channels.webchat.routes import CHANNEL as WEBCHAT
from bot.channels.webchat.routes import SamplePerson, WebChat
from bot.channels.wecom import CHANNEL as WECOM
from bot.channels.wecom import client as wecom
from bot.channels.wecom.client import WeComClient
from bot.channels.wecom.media import Uploads as WeComUploads
from bot.channels.wecom.menu import MenuKeeper as WeComMenuKeeper
from bot.channels.wecom.routes import wecom_routes
from bot.channels.wecom.sender import WeComChannel
from bot.channels.wecom_bot import CHANNEL as WECOM_BOT
from bot.channels.wecom_bot.keeper import Keeper
from bot.channels.wecom_bot.media import Downloads
from bot.channels.wecom_bot.media import Uploads as BotUploads
from bot.channels.wecom_bot.receiver import PushLate, Receiver
from bot.channels.wecom_bot.sender import Speaker, WeComBotChannel
from bot.clock import MovableClock
from bot.core import Core
from bot.documents.admission_letters import letter_document
from bot.documents.submissions import submission_document
from bot.jobs.beat import Tick
from bot.jobs.media import oldest_unfetched
from bot.jobs.reach import ReachPlanner
from bot.jobs.tasks import all_tasks
from bot.jobs.work import Task, announced
from bot.links import DocumentLink
from bot.metrics import Backlog, Metrics
from bot.pages import wording
from bot.pages.board import board_routes
from bot.pages.documents import FindDocument, document_routes
from bot.pages.health import health_routes
from bot.pages.notices import notice_routes
from bot.pages.published import Published
from bot.pages.subscribe import subscribe_routes
from bot.pages.uploads import UploadRequest, upload_routes
from bot.pages.verification import verification
from bot.ports import (
    FetchMedia,
    MediaGoneError,
    Offers,
    Receive,
    StoredFile,
)
from notices.calendar import sending_hours
from storage import (
    deadlines,
    demo_clock,
    files,
    links,
    outbox,
    people,
    switches,
)
from storage.migrate import current, newest
from storage.people import Known

_SHOWN_AT_WORK = (
    *("photo", "form_picture", "chart", "picture", "export", "export_mine"),
    *("class_forms", "blank_form", "scheme_file", "needs_file"),
)
"""Slow work that somebody waits for, and sees the typing sign meanwhile."""

_MEDIA_GONE = 40007
"""The platform's code for a media id that expired or never was (wechat media/get)."""


def official_account_client(
    core: Core, http: aiohttp.ClientSession
) -> OfficialAccountClient:
    """The platform's API with the token that all processes share."""
    settings = core.settings.official_account
    transport = Transport(http, settings.api_base_url)
    tokens = official_account_tokens(settings, transport, core.database, core.clock)
    return OfficialAccountClient(settings, tokens, transport)


def official_account_channel(
    core: Core, client: OfficialAccountClient
) -> OfficialAccountChannel:
    """Pushes to followers."""
    return OfficialAccountChannel(
        core.settings.official_account,
        client,
        Pictures(client, file_loader(core), core.clock, core.database),
        Switchboard(core.database, core.clock, OFFICIAL_ACCOUNT),
        links=core.links,
        clock=core.clock,
        database=core.database,
    )


def official_account_ticks(core: Core, client: OfficialAccountClient) -> list[Tick]:
    """What the account shows beside messages, looked at again and again."""
    switches = Switchboard(core.database, core.clock, OFFICIAL_ACCOUNT)
    menus = MenuKeeper(client, switches, core.database, core.clock)
    ticks = [Tick("menus", 60, menus.keep)]
    if core.settings.official_account.articles:
        desk = ArticleDesk(
            client,
            switches,
            core.database,
            core.clock,
            core.links,
            monthly=core.settings.official_account.mass_per_month,
        )
        # Before the lists are made: those of new notices wait for it.
        ticks.append(Tick("articles", 2, desk.work))
    return ticks


def official_account_callbacks(core: Core, receive: Receive) -> list[web.RouteDef]:
    """The callback, and what becomes of template messages."""
    return official_account_routes(
        core.settings.official_account,
        receive,
        clock=core.clock,
        reconcile=Receipts(
            core.database,
            core.clock,
            articles=ArticleEvents(core.database, core.clock),
        ),
        public_url=core.settings.public_url,
    )


def wecom_client(core: Core, http: aiohttp.ClientSession) -> WeComClient:
    """The WeCom app's API with the token that all processes share."""
    settings = core.settings.wecom
    transport = Transport(http, settings.api_base_url)
    tokens = wecom.wecom_tokens(settings, transport, core.database, core.clock)
    return WeComClient(settings, tokens, transport)


def wecom_channel(core: Core, client: WeComClient) -> WeComChannel:
    """Pushes to the app's members."""
    settings = core.settings.wecom
    uploads = WeComUploads(
        wecom.account(settings), client, file_loader(core), core.database, core.clock
    )
    return WeComChannel(
        settings,
        client,
        uploads,
        Switchboard(core.database, core.clock, WECOM),
        links=core.links,
        clock=core.clock,
    )


def wecom_ticks(client: WeComClient) -> list[Tick]:
    """What the app shows beside messages."""
    return [Tick("wecom_menu", 60, WeComMenuKeeper(client).keep)]


def wecom_callbacks(
    core: Core, receive: Receive, client: WeComClient
) -> list[web.RouteDef]:
    """The WeCom app's callback."""
    return wecom_routes(
        core.settings.wecom,
        receive,
        clock=core.clock,
        update_card=client.update_card,
    )


@dataclass(frozen=True)
class WeComBot:
    """The parts of the bot's connection in one process."""

    keeper: Keeper
    receiver: Receiver
    channel: WeComBotChannel

    async def stop(self) -> None:
        """Answer what came in, give the connection up, and take in what came last."""
        await self.receiver.finish()
        await self.keeper.stop()
        await self.receiver.finish()


def wecom_bot(
    core: Core,
    http: aiohttp.ClientSession,
    receive: Receive,
    push_late: PushLate,
    metrics: Metrics,
) -> WeComBot:
    """The bot, connected while its lease is this process's."""
    speaker = Speaker(BotUploads(file_loader(core), core.clock))
    receiver = Receiver(
        receive,
        speaker,
        Downloads(http),
        links=core.links,
        new_id=core.house.new_id,
        save_upload=partial(_save_upload, core, WECOM_BOT),
        find_person=partial(_find_person, core, WECOM_BOT),
        push_late=push_late,
    )
    keeper = Keeper(
        core.settings.wecom,
        http,
        core.database,
        core.clock,
        take=receiver.take,
        new_id=core.house.new_id,
        metrics=metrics,
    )
    channel = WeComBotChannel(
        core.settings.wecom, lambda: keeper.connection, speaker, core.links
    )
    return WeComBot(keeper, receiver, channel)


async def _save_upload(
    core: Core,
    channel: str,
    address: str,
    *,
    name: str,
    media_type: str,
    content: bytes,
) -> str:
    return await uploads.save_upload(
        core.database,
        core.house,
        channel=channel,
        address=address,
        name=name,
        media_type=media_type,
        content=content,
        now=core.clock.now(),
    )


async def _find_person(core: Core, channel: str, address: str) -> Known | None:
    async with core.database.reading() as uow:
        found = await people.resolve(uow, channel=channel, addresses=[address])
    return found.get(address)


def web_chat(
    core: Core,
    receive: Receive,
    hub: Hub,
    *,
    persons: Sequence[SamplePerson],
    movable_clock: bool,
) -> WebChat:
    """The web chat's page and socket."""
    return WebChat(
        receive,
        hub,
        clock=core.clock,
        links=core.links,
        new_id=core.house.new_id,
        save_upload=partial(_save_upload, core, WEBCHAT),
        find_person=partial(_find_person, core, WEBCHAT),
        persons=persons,
        movable_clock=movable_clock,
    )


def reach_planner(
    core: Core, channels: Sequence[Offers], metrics: Metrics
) -> ReachPlanner:
    """Chooses the way of each push, among the channels of this process."""
    return ReachPlanner(
        channels,
        hours=sending_hours(core.settings.quiet_hours),
        windows=core.house.windows,
        metrics=metrics,
    )


def web_chat_channel(core: Core, hub: Hub) -> WebChatChannel:
    """Pushes to whoever has the web chat open in this process."""
    return WebChatChannel(hub, Dresser(core.links, core.clock.real), core.clock)


class _FileLoader:
    def __init__(self, core: Core) -> None:
        self._core = core

    async def __call__(self, file_id: str) -> StoredFile:
        async with self._core.database.reading() as uow:
            row = await files.get(uow, file_id=file_id)
        if row is None:
            raise MediaGoneError(file_id)
        info = row.info
        return StoredFile(info.id, info.name, info.media_type, row.content)


def file_loader(core: Core) -> _FileLoader:
    """Reads stored files; raises ``MediaGoneError`` for one that is gone."""
    return _FileLoader(core)


def document_finders(core: Core) -> dict[str, FindDocument]:
    """What document links show, by their kind."""
    load = file_loader(core)

    async def find_file(link: DocumentLink) -> StoredFile | None:
        try:
            return await load(link.object_id)
        except MediaGoneError:
            return None

    async def find_submission(link: DocumentLink) -> StoredFile | None:
        return await submission_document(core.database, core.house.book, link.object_id)

    async def find_letter(link: DocumentLink) -> StoredFile | None:
        return await letter_document(core.database, core.house, link.object_id)

    async def find_word(link: DocumentLink) -> StoredFile | None:
        return await submission_document(
            core.database, core.house.book, link.object_id, "docx"
        )

    return {
        "file": find_file,
        "submission": find_submission,
        "submission_word": find_word,
        "letter": find_letter,
    }


def public_pages(core: Core) -> list[web.RouteDef]:
    """Notices, documents and the upload page."""
    published = Published(core.database)

    async def find_upload(secret: str) -> UploadRequest | None:
        async with core.database.reading() as uow:
            row = await links.read(uow, token=secret, now=core.clock.real())
        return None if row is None else UploadRequest(*wording.UPLOADS[row.purpose])

    async def receive_upload(
        secret: str, *, name: str, media_type: str, content: bytes
    ) -> bool:
        return await uploads.hand_in(
            core.database,
            token=secret,
            name=name,
            media_type=media_type,
            content=content,
            clock=core.clock,
            new_id=core.house.new_id,
        )

    return [
        *notice_routes(published.notice, published.file),
        *verification(core.database, core.house, core.clock),
        *document_routes(core.links, core.clock, document_finders(core)),
        *upload_routes(core.links, find_upload, receive_upload),
        *board_routes(
            BoardDesk(core.database, core.house, core.clock), core.links, core.clock
        ),
    ]


def tasks(
    core: Core,
    client: OfficialAccountClient | None,
    wecom_app: WeComClient | None = None,
) -> dict[str, Task]:
    """Slow work by the kind of its job."""
    fetchers: dict[str, FetchMedia] = {}
    if client is not None:
        fetchers["oa"] = _media_fetcher(client)
    if wecom_app is not None:
        fetchers[WECOM] = _media_fetcher(wecom_app)
    draw_code = partial(draw_code_by, client) if client is not None else None
    made = all_tasks(core.database, core.house, core.clock, fetchers, draw_code)
    if client is None:
        return made
    board = Switchboard(core.database, core.clock, OFFICIAL_ACCOUNT)
    sign = TypingSign(client, board, core.database, core.clock)
    slow = {kind: announced(made[kind], sign) for kind in _SHOWN_AT_WORK}
    return {**made, **slow}


def subscribe_page(core: Core, client: OfficialAccountClient) -> list[web.RouteDef]:
    """Where people agree to notifications, if there are templates for them."""
    if not core.house.notifications:
        return []
    signatures = PageSignatures(client, core.database, core.clock)
    return subscribe_routes(
        core.house.notifications, signatures.sign, core.settings.public_url
    )


class _Keeper(Protocol):
    """A platform that keeps what people sent for some days."""

    async def download(self, media_id: str) -> Media:
        """It, as long as it is there."""


def _media_fetcher(client: _Keeper) -> FetchMedia:
    async def fetch(media_id: str) -> bytes:
        try:
            return (await client.download(media_id)).content
        except RefusedError as error:
            if error.code == _MEDIA_GONE:
                raise MediaGoneError(media_id) from error
            raise

    return fetch


async def keep_demo_clock(core: Core, clock: MovableClock) -> None:
    """Remember how far the demo's clock runs ahead."""
    async with core.database.transaction() as uow:
        await demo_clock.keep(uow, ahead=clock.ahead)
        await uow.commit()


def watch_pages(core: Core, metrics: Metrics) -> list[web.RouteDef]:
    """Health, readiness and metrics."""

    async def reaches_database() -> bool:
        await current(core.database)
        return True

    async def is_migrated() -> bool:
        return await current(core.database) == newest()

    async def count_backlog() -> Backlog:
        now = core.clock.now()
        async with core.database.reading() as uow:
            depths = await outbox.depth_and_age(uow, now=now)
            due = await deadlines.count_due(uow, now=now)
            off = await switches.all_off(uow, now=core.clock.real())
        oldest = min((one.oldest for one in depths if one.oldest), default=now)
        return Backlog(
            outbox={one.channel: one.waiting for one in depths},
            oldest_seconds=max(0.0, (now - oldest).total_seconds()),
            reminders_due=due,
            media_seconds=await oldest_unfetched(core.database, core.clock),
            switched_off=tuple(sorted(off)),
        )

    checks = {"database": reaches_database, "migrations": is_migrated}
    return health_routes(checks, metrics, count_backlog)
