"""WeCom's callback is checked, answered in time, and never makes it repeat in vain."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from itertools import count

import aiohttp
import pytest
from aiohttp import web
from aiohttp.test_utils import TestClient, TestServer

from bot.channels.transport import RefusedError
from bot.channels.wecom import routes
from bot.channels.wecom.routes import wecom_routes
from bot.ports import Envelope
from bot.settings import WeCom
from conversations.model import Option, Reply
from tests.channels.wecom.platform import (
    CORP,
    NOW,
    click_xml,
    event_xml,
    read_answer,
    text_xml,
)
from tests.platforms.clock import StandingClock
from tests.platforms.envelope import Envelope as Seal
from tests.platforms.wecom import WeComPlatform

SEAL = Seal(token=WeComPlatform.token, aes_key=WeComPlatform.aes_key, receiver=CORP)
Client = TestClient[web.Request, web.Application]


class Door:
    """The inbound door: what comes once is answered with ``replies``."""

    def __init__(self) -> None:
        self.envelopes: list[Envelope] = []
        self.answers: dict[str, bytes] = {}
        self.pushed: list[Reply] = []
        self.replies: tuple[Reply, ...] = (Reply(text="民族？"),)
        self.gate: asyncio.Event | None = None
        self.broken = False

    async def receive(self, envelope: Envelope) -> bytes:
        self.envelopes.append(envelope)
        if self.broken:
            raise RuntimeError("nobody could keep it")
        if self.gate is not None:
            await self.gate.wait()
        if envelope.message_key not in self.answers:
            encoded = envelope.encode(self.replies, datetime(2026, 5, 18, tzinfo=UTC))
            self.answers[envelope.message_key] = encoded.remembered
            self.pushed += encoded.overflow
        return self.answers[envelope.message_key]


class Cards:
    """The platform's cards: what is shown on them from a call on."""

    def __init__(self) -> None:
        self.updated: list[tuple[str, str, str]] = []
        self.changed = asyncio.Event()
        self.expired = False

    async def update(self, userid: str, code: str, label: str) -> None:
        self.updated.append((userid, code, label))
        self.changed.set()
        if self.expired:
            raise RefusedError(40058, "invalid response_code")


@pytest.fixture
def door() -> Door:
    return Door()


@pytest.fixture
def cards() -> Cards:
    return Cards()


@pytest.fixture
async def client(door: Door, cards: Cards) -> AsyncIterator[Client]:
    settings = WeCom(
        corp_id=CORP,
        agent_id="1000002",
        secret="s",
        token=WeComPlatform.token,
        encoding_aes_key=WeComPlatform.aes_key,
    )
    ids = count(1)
    app = web.Application()
    app.add_routes(
        wecom_routes(
            settings,
            door.receive,
            clock=StandingClock(datetime.fromtimestamp(NOW, UTC)),
            update_card=cards.update,
            new_id=lambda: f"id{next(ids)}",
        )
    )
    client = TestClient(TestServer(app))
    await client.start_server()
    yield client
    await client.close()


def query(sealed: str, **changes: str) -> dict[str, str]:
    found = {
        "msg_signature": SEAL.sign(str(NOW), "n0nce", sealed),
        "timestamp": str(NOW),
        "nonce": "n0nce",
    }
    return found | changes


async def post(client: Client, xml: bytes, **changes: str) -> aiohttp.ClientResponse:
    sealed = SEAL.seal(xml)
    body = f"<xml><ToUserName>{CORP}</ToUserName><Encrypt>{sealed}</Encrypt></xml>"
    return await client.post("/wecom", params=query(sealed, **changes), data=body)


# The console's check


@pytest.mark.parametrize("echo", ["1616140317555161061", "x" * 60])
async def test_the_check_is_answered_with_the_decrypted_text_and_nothing_else(
    client: Client, echo: str
) -> None:
    sealed = SEAL.seal(echo.encode())
    answer = await client.get("/wecom", params=query(sealed, echostr=sealed))
    assert (answer.status, await answer.read()) == (200, echo.encode())


async def test_a_plus_that_was_not_escaped_is_a_plus(client: Client) -> None:
    sealed = next(one for one in (SEAL.seal(b"1") for _ in range(999)) if "+" in one)
    shown = "&".join(f"{k}={v}" for k, v in query(sealed, echostr=sealed).items())
    answer = await client.get(f"/wecom?{shown}")
    assert (answer.status, await answer.read()) == (200, b"1")


@pytest.mark.parametrize(
    "changes",
    [
        pytest.param({"msg_signature": "0" * 40}, id="signature"),
        pytest.param({"msg_signature": ""}, id="no signature"),
        pytest.param({"timestamp": "1"}, id="old"),
        pytest.param({"echostr": "a"}, id="another text"),
        pytest.param({"echostr": ""}, id="no text"),
    ],
)
async def test_a_check_that_is_not_wecoms_is_refused(
    client: Client, changes: dict[str, str]
) -> None:
    sealed = SEAL.seal(b"1616140317555161061")
    asked = query(sealed, echostr=sealed) | changes
    answer = await client.get("/wecom", params=asked)
    assert (answer.status, await answer.read()) == (403, b"forbidden")


# Callbacks


async def test_a_text_is_answered_encrypted(client: Client, door: Door) -> None:
    answer = await post(client, text_xml("你好"))
    said = read_answer(SEAL.open_reply(await answer.read()))
    assert (said.kind, said.to, said.said) == ("text", "linxiaomei", "民族？")
    (envelope,) = door.envelopes
    assert (envelope.channel, envelope.address) == ("wecom", "linxiaomei")
    assert (envelope.inbound.id, envelope.inbound.text) == ("id1", "你好")


async def test_the_same_callback_three_times_at_once_gets_one_answer(
    client: Client, door: Door
) -> None:
    answers = await asyncio.gather(*(post(client, text_xml("好")) for _ in range(3)))
    said = {SEAL.open_reply(await one.read()) for one in answers}
    assert (len(said), len(door.answers)) == (1, 1)


async def test_a_click_changes_its_card_and_the_rest_is_pushed(
    client: Client, door: Door
) -> None:
    answer = await post(client, click_xml("#1.2|女"))
    said = read_answer(SEAL.open_reply(await answer.read()))
    assert (said.kind, said.said) == ("update_button", "女")
    assert door.pushed == [Reply(text="民族？")]


@pytest.mark.parametrize("expired", [False, True])
async def test_a_click_that_could_not_be_answered_in_time_changes_its_card_by_a_call(
    client: Client,
    door: Door,
    cards: Cards,
    monkeypatch: pytest.MonkeyPatch,
    expired: bool,
) -> None:
    door.gate = asyncio.Event()
    cards.expired = expired
    monkeypatch.setattr(routes, "ANSWER_WITHIN", 0.05)
    answer = await post(client, click_xml("#1.2|女"))
    assert (answer.status, await answer.read()) == (200, b"")
    await cards.changed.wait()
    assert cards.updated == [("linxiaomei", "code-1", "女")]
    door.gate.set()


async def test_choices_leave_as_pushes_and_the_callback_is_acknowledged(
    client: Client, door: Door
) -> None:
    door.replies = (Reply(text="？\n1. 是", choices=(Option("是", "#1.1"),)),)
    answer = await post(client, text_xml("好"))
    assert (answer.status, await answer.read()) == (200, b"")
    assert door.pushed == list(door.replies)


async def test_who_enters_is_greeted_once_a_day_by_a_push(
    client: Client, door: Door
) -> None:
    for _ in range(3):
        answer = await post(client, event_xml("enter_agent", EventKey=""))
        assert (answer.status, await answer.read()) == (200, b"")
    assert door.pushed == [Reply(text="民族？")]


@pytest.mark.parametrize(
    "xml",
    [
        pytest.param(event_xml("add_schedule", AgentID=None), id="schedule"),
        pytest.param(
            event_xml("kf_msg_or_event", FromUserName=None), id="without a member"
        ),
        pytest.param(b"not XML", id="not XML"),
    ],
)
async def test_what_does_not_concern_us_is_acknowledged(
    client: Client, door: Door, xml: bytes
) -> None:
    answer = await post(client, xml)
    assert (answer.status, await answer.read()) == (200, b"")
    assert door.envelopes == []


async def test_what_nobody_could_keep_is_to_come_again(
    client: Client, door: Door
) -> None:
    door.broken = True
    assert (await post(client, text_xml("好"))).status == 503


async def test_a_plain_callback_is_refused(client: Client, door: Door) -> None:
    answer = await client.post("/wecom", params=query(""), data=text_xml("好"))
    assert answer.status == 403
    assert door.envelopes == []


async def test_another_companys_callback_is_refused(client: Client, door: Door) -> None:
    other = Seal(
        token=WeComPlatform.token, aes_key=WeComPlatform.aes_key, receiver="wwother"
    )
    sealed = other.seal(text_xml("好"))
    body = f"<xml><Encrypt>{sealed}</Encrypt></xml>"
    answer = await client.post("/wecom", params=query(sealed), data=body)
    assert answer.status == 403
    assert door.envelopes == []


async def test_a_body_too_large_is_refused(client: Client, door: Door) -> None:
    answer = await post(client, text_xml("好" * 60_000))
    assert answer.status == 413
    assert door.envelopes == []
