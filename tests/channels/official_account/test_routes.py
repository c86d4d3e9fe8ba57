"""The callback through a real HTTP server: never a 500, never a broken reply."""

from __future__ import annotations

import asyncio
import gzip
import json
from collections.abc import AsyncIterator, Awaitable, Callable
from datetime import UTC, datetime, timedelta
from itertools import count

import pytest
from aiohttp import ClientResponse, web
from aiohttp.test_utils import TestClient, TestServer
from yarl import URL

from bot.channels.official_account import routes
from bot.channels.official_account.events import Receipt, Told
from bot.channels.official_account.parsing import Callback
from bot.channels.official_account.routes import official_account_routes
from bot.ports import Envelope
from bot.settings import OfficialAccount
from conversations.model import Inbound, Option, Reply
from tests.channels.official_account.platform import (
    ACCOUNT,
    AES_KEY,
    APP_ID,
    OLD_AES_KEY,
    TEACHER,
    TOKEN,
    callback_xml,
    decrypt,
    encrypt,
    event_xml,
    open_envelope,
    read_answer,
    signature,
    text_xml,
)

NOW = datetime(2026, 5, 18, 1, 0, tzinfo=UTC)
STAMP = str(int(NOW.timestamp()))
NONCE = "415670741"


class StoppedClock:
    """A clock whose service time runs ahead of the machine's, as in the demo."""

    def now(self) -> datetime:
        return NOW + timedelta(days=30)

    def real(self) -> datetime:
        return NOW


class Door:
    """Remembers answers by message key, as the inbound door does."""

    def __init__(self) -> None:
        self.envelopes: list[Envelope] = []
        self.told: list[Told] = []
        self.answers: dict[str, bytes] = {}
        self.replies: tuple[Reply, ...] = (Reply(text="民族？"),)
        self.gate: asyncio.Event | None = None
        self.failure: Exception | None = None

    async def receive(self, envelope: Envelope) -> bytes:
        self.envelopes.append(envelope)
        if self.failure:
            raise self.failure
        if self.gate:
            await self.gate.wait()
        known = self.answers.get(envelope.message_key)
        if known is not None:
            return known
        answer = envelope.encode(self.replies, NOW).remembered
        self.answers[envelope.message_key] = answer
        return answer

    async def reconcile(self, callback: Callback) -> None:
        self.told += callback.told


Serve = Callable[..., Awaitable[TestClient[web.Request, web.Application]]]
Client = TestClient[web.Request, web.Application]


@pytest.fixture
def door() -> Door:
    return Door()


@pytest.fixture
async def serve(door: Door) -> AsyncIterator[Serve]:
    clients: list[Client] = []

    async def start(aes_key: str = "", previous_aes_key: str = "") -> Client:
        account = OfficialAccount(
            app_id=APP_ID,
            app_secret="s",
            token=TOKEN,
            encoding_aes_key=aes_key,
            previous_aes_key=previous_aes_key,
        )
        ids = count(1)
        app = web.Application(client_max_size=20 * 1024 * 1024)
        app.add_routes(
            official_account_routes(
                account,
                door.receive,
                clock=StoppedClock(),
                reconcile=door.reconcile,
                public_url="https://x.cn",
                new_id=lambda: f"id{next(ids)}",
            )
        )
        client = TestClient(TestServer(app))
        await client.start_server()
        clients.append(client)
        return client

    yield start
    for client in clients:
        await client.close()


@pytest.fixture
async def safe(serve: Serve) -> Client:
    return await serve(AES_KEY, OLD_AES_KEY)


@pytest.fixture
async def plain(serve: Serve) -> Client:
    return await serve()


def plain_query(**changes: str) -> dict[str, str]:
    at = changes.get("timestamp", STAMP)
    query = {"signature": signature(at, NONCE), "timestamp": at, "nonce": NONCE}
    return {**query, **changes}


def sealed(
    xml: bytes, *, aes_key: str = AES_KEY, at: str = STAMP
) -> tuple[dict[str, str], bytes]:
    envelope = encrypt(xml, aes_key=aes_key)
    query = plain_query(
        timestamp=at, encrypt_type="aes", msg_signature=signature(at, NONCE, envelope)
    )
    body = (
        f"<xml><ToUserName><![CDATA[{ACCOUNT}]]></ToUserName>"
        f"<Encrypt><![CDATA[{envelope}]]></Encrypt></xml>"
    )
    return query, body.encode()


async def post_sealed(client: Client, xml: bytes, **options: str) -> ClientResponse:
    query, body = sealed(xml, **options)
    return await client.post("/wechat", params=query, data=body)


# The address check


async def test_the_consoles_check_gets_its_echo_plain(safe: Client) -> None:
    answer = await safe.get("/wechat", params=plain_query(echostr="1720/+=abc"))
    assert (answer.status, await answer.text()) == (200, "1720/+=abc")


@pytest.mark.parametrize(
    "change",
    [
        {"signature": "0" * 40},
        {"signature": ""},
        {"signature": "é" * 40},
        {"nonce": "1"},
        {"timestamp": "later"},
        {"echostr": ""},
        {"echostr": "a\x00b"},
    ],
)
async def test_any_other_check_is_refused(safe: Client, change: dict[str, str]) -> None:
    query = {**plain_query(echostr="1"), **change}
    answer = await safe.get("/wechat", params=query)
    assert answer.status == 403


# Safe mode


async def test_a_sealed_message_gets_a_sealed_answer(safe: Client, door: Door) -> None:
    answer = await post_sealed(safe, text_xml("汉族"))
    assert answer.status == 200
    reply = read_answer(open_envelope(await answer.read()))
    assert (reply.to, reply.account, reply.content) == (TEACHER, ACCOUNT, "民族？")
    envelope = door.envelopes[0]
    assert (envelope.channel, envelope.address) == ("official_account", TEACHER)
    assert envelope.inbound == Inbound("id1", "text", text="汉族")
    assert envelope.body == text_xml("汉族").decode()


async def test_the_previous_key_is_answered_under_itself(safe: Client) -> None:
    answer = await post_sealed(safe, text_xml("1"), aes_key=OLD_AES_KEY)
    reply = open_envelope(await answer.read(), aes_key=OLD_AES_KEY)
    assert read_answer(reply).content == "民族？"


async def test_every_delivery_gets_the_same_reply(safe: Client) -> None:
    answers = [await post_sealed(safe, text_xml("1")) for _ in range(3)]
    replies = {open_envelope(await answer.read()) for answer in answers}
    assert len(replies) == 1


async def test_nothing_to_say_is_plain_success(safe: Client, door: Door) -> None:
    door.replies = ()
    answer = await post_sealed(safe, text_xml("1"))
    assert (answer.status, await answer.read()) == (200, b"success")


async def test_a_plain_message_is_refused_in_safe_mode(
    safe: Client, door: Door
) -> None:
    for query in (plain_query(), plain_query(encrypt_type="raw")):
        answer = await safe.post("/wechat", params=query, data=text_xml("1"))
        assert answer.status == 403
    assert door.envelopes == []


async def test_compatible_mode_is_read_from_its_envelope(
    safe: Client, door: Door
) -> None:
    query, body = sealed(text_xml("sealed"))
    both = text_xml("plain").replace(b"</xml>", body[body.index(b"<Encrypt>") :])
    answer = await safe.post("/wechat", params=query, data=both)
    assert answer.status == 200
    assert door.envelopes[0].inbound.text == "sealed"


# Plain mode


async def test_plain_mode_answers_plain(plain: Client) -> None:
    answer = await plain.post("/wechat", params=plain_query(), data=text_xml("1"))
    assert answer.status == 200
    assert read_answer(await answer.read()).content == "民族？"


async def test_a_sealed_message_is_refused_without_a_key(plain: Client) -> None:
    assert (await post_sealed(plain, text_xml("1"))).status == 403


# The console's data format JSON


def json_text(content: str) -> bytes:
    fields = {
        "ToUserName": ACCOUNT,
        "FromUserName": TEACHER,
        "MsgType": "text",
        "Content": content,
        "MsgId": 24000000000000001,
    }
    return json.dumps(fields).encode()


async def test_a_push_in_json_is_answered_in_json(plain: Client, door: Door) -> None:
    door.replies = (Reply(text="好\n1. 男", choices=(Option("男", "#a.1"),)),)
    body = json_text("汉族")
    answer = await plain.post("/wechat", params=plain_query(), data=body)
    assert (answer.status, answer.content_type) == (200, "application/json")
    link = '<a href="weixin://bizmsgmenu?msgmenucontent=%E7%94%B7&msgmenuid=%23a.1">'
    assert await answer.json() == {
        "ToUserName": TEACHER,
        "FromUserName": ACCOUNT,
        "CreateTime": int(NOW.timestamp()),
        "MsgType": "text",
        "Content": f"好\n1. {link}男</a>",
    }
    assert door.envelopes[0].inbound == Inbound("id1", "text", text="汉族")


async def test_a_sealed_push_in_json_gets_a_sealed_answer_in_json(
    safe: Client, door: Door
) -> None:
    envelope = encrypt(json_text("汉族"))
    query = plain_query(
        encrypt_type="aes", msg_signature=signature(STAMP, NONCE, envelope)
    )
    body = json.dumps({"ToUserName": ACCOUNT, "Encrypt": envelope}).encode()
    answer = await safe.post("/wechat", params=query, data=body)
    told = await answer.json()
    signed = (str(told["TimeStamp"]), told["Nonce"], told["Encrypt"])
    assert told["MsgSignature"] == signature(*signed)
    reply = json.loads(decrypt(told["Encrypt"]))
    assert (reply["ToUserName"], reply["Content"]) == (TEACHER, "民族？")


@pytest.mark.parametrize("body", [b"{", b'{"Encrypt": 1}', b'{"a": "\xff"}', b"{}"])
async def test_json_without_an_envelope_is_refused(safe: Client, body: bytes) -> None:
    query, _ = sealed(b"x")
    assert (await safe.post("/wechat", params=query, data=body)).status == 403


# Events


async def test_the_end_of_a_template_message_is_reconciled(
    safe: Client, door: Door
) -> None:
    xml = event_xml("TEMPLATESENDJOBFINISH", MsgID="7", Status="failed:user block")
    answer = await post_sealed(safe, xml)
    assert await answer.read() == b"success"
    assert door.told == [Receipt("7", delivered=False, reason="user block")]
    assert door.envelopes == []


@pytest.mark.parametrize(
    "xml",
    [
        event_xml("VIEW", EventKey="https://e.cn"),
        event_xml("never_heard_of"),
        event_xml("verify_expired", ExpiredTime="1700000000"),
        callback_xml(MsgType="hologram"),
        b"<xml>",
        b"\xff",
        text_xml("one").replace(b"<![CDATA[one]]>", b"<a>1</a>"),
    ],
)
async def test_what_needs_no_answer_gets_success(
    safe: Client, door: Door, xml: bytes
) -> None:
    answer = await post_sealed(safe, xml)
    assert (answer.status, await answer.read()) == (200, b"success")
    assert door.envelopes == []


async def test_who_leaves_is_noted_and_told_nothing(safe: Client, door: Door) -> None:
    answer = await post_sealed(safe, event_xml("unsubscribe", EventKey=""))
    assert await answer.read() == b"success"
    assert [envelope.inbound.kind for envelope in door.envelopes] == ["unfollow"]


# Hostile requests


@pytest.mark.parametrize(
    "name", ["timestamp", "nonce", "msg_signature", "encrypt_type"]
)
async def test_missing_empty_repeated_and_odd_parameters_are_refused(
    safe: Client, door: Door, name: str
) -> None:
    query, body = sealed(text_xml("1"))
    pairs = list(query.items())
    for other in (
        [pair for pair in pairs if pair[0] != name],
        [(key, "" if key == name else value) for key, value in pairs],
        [*pairs, (name, query[name])],
        [(f"{key}[]" if key == name else key, value) for key, value in pairs],
        [(key, "\x00\u202e" if key == name else value) for key, value in pairs],
        [(key, value * 100 if key == name else value) for key, value in pairs],
    ):
        answer = await safe.post("/wechat", params=other, data=body)
        assert answer.status == 403
    assert door.envelopes == []


@pytest.mark.parametrize(
    "query",
    [
        "",
        "%ff=%fe",
        "timestamp=%00",
        "timestamp=1&timestamp=2",
        "&&&=;=",
        "%",
        "a" * 4000,
    ],
)
async def test_no_query_is_an_error_of_ours(safe: Client, query: str) -> None:
    url = URL(f"/wechat?{query}", encoded=True)
    assert (await safe.get(url)).status == 403
    assert (await safe.post(url, data=b"<xml/>")).status == 403


@pytest.mark.parametrize(("apart", "status"), [(599, 200), (601, 403)])
async def test_a_callback_of_another_time_is_refused(
    safe: Client, apart: int, status: int
) -> None:
    for direction in (1, -1):
        at = str(int(STAMP) + direction * apart)
        assert (await post_sealed(safe, text_xml("1"), at=at)).status == status


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"<xml><Encrypt></Encrypt></xml>",
        b"<xml><Encrypt><![CDATA[]]></Encrypt></xml>",
        b"<xml><Encrypt><![CDATA[AAAA]]></Encrypt></xml>",
        b"<xml><Encrypt><a>AAAA</a></Encrypt></xml>",
        b"<!DOCTYPE x [<!ENTITY a 'AAAA'>]><xml><Encrypt>&a;</Encrypt></xml>",
        b"<xml>" + b"<Encrypt>AAAA</Encrypt>" * 2 + b"</xml>",
        b"\x00\xff" * 100,
    ],
)
async def test_bodies_without_a_true_envelope_are_refused(
    safe: Client, door: Door, body: bytes
) -> None:
    query, _ = sealed(text_xml("1"))
    assert (await safe.post("/wechat", params=query, data=body)).status == 403
    assert door.envelopes == []


async def test_a_signed_envelope_that_was_cut_is_refused(safe: Client) -> None:
    envelope = encrypt(text_xml("1"))[:-24]
    query = plain_query(
        encrypt_type="aes", msg_signature=signature(STAMP, NONCE, envelope)
    )
    body = f"<xml><Encrypt>{envelope}</Encrypt></xml>"
    assert (await safe.post("/wechat", params=query, data=body)).status == 403


async def test_bodies_over_64_kib_are_refused(safe: Client, door: Door) -> None:
    query, _ = sealed(text_xml("1"))

    async def in_pieces() -> AsyncIterator[bytes]:
        for _ in range(65):
            yield b"x" * 1024

    for body in (b"x" * (64 * 1024 + 1), in_pieces()):
        answer = await safe.post("/wechat", params=query, data=body)
        assert answer.status == 413
    assert door.envelopes == []


async def test_a_message_in_pieces_is_read(safe: Client, door: Door) -> None:
    query, body = sealed(text_xml("长" * 5000))

    async def in_pieces() -> AsyncIterator[bytes]:
        for start in range(0, len(body), 1000):
            yield body[start : start + 1000]

    answer = await safe.post("/wechat", params=query, data=in_pieces())
    assert answer.status == 200
    assert door.envelopes[0].inbound.text == "长" * 5000


async def test_packed_bodies_are_refused(safe: Client) -> None:
    query, body = sealed(text_xml("1"))
    answer = await safe.post(
        "/wechat",
        params=query,
        data=gzip.compress(body),
        headers={"Content-Encoding": "gzip"},
    )
    assert answer.status == 415


async def test_a_body_that_never_comes_is_given_up(
    safe: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(routes, "READ_WITHIN", 0.05)
    query, _ = sealed(text_xml("1"))
    reader, writer = await asyncio.open_connection("127.0.0.1", safe.port)
    target = URL("/wechat").with_query(query)
    writer.write(
        f"POST {target} HTTP/1.1\r\nHost: x\r\nContent-Length: 100\r\n\r\nabc".encode()
    )
    assert (await reader.readline()).startswith(b"HTTP/1.1 408")
    writer.close()
    await writer.wait_closed()


# Time


async def test_an_answer_that_is_late_comes_with_the_next_delivery(
    safe: Client, door: Door, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(routes, "ANSWER_WITHIN", 0.05)
    door.gate = asyncio.Event()
    first = await post_sealed(safe, text_xml("1"))
    assert (first.status, await first.read()) == (200, b"success")
    assert door.answers == {}
    # The work was not given up with the request.
    door.gate.set()
    second = await post_sealed(safe, text_xml("1"))
    assert read_answer(open_envelope(await second.read())).content == "民族？"
    assert len(door.answers) == 1


async def test_a_message_nobody_could_keep_is_asked_for_again(
    safe: Client, door: Door
) -> None:
    door.failure = ConnectionError("no database")
    assert (await post_sealed(safe, text_xml("1"))).status == 503
    door.failure = None
    assert (await post_sealed(safe, text_xml("1"))).status == 200
