"""Is this certificate real: valid, revoked or unknown, and not asked for ever."""

from __future__ import annotations

import dataclasses
from collections.abc import AsyncIterator
from datetime import timedelta

import msgspec
import pytest
from aiohttp import ClientSession, web
from aiohttp.test_utils import TestServer, make_mocked_request

from bot.clock import MovableClock
from bot.pages.protection import protect
from bot.pages.verification import verification
from bot.pages.verify import client_of
from storage import certificates, privacy
from storage.certificates import CertificateRow, Holder
from storage.classes import ClassRow
from storage.database import Database
from tests.commands.world import Person, World, make_world
from tests.storage.dump import containing, dump_opened

NUMBER = "2026-JX-01-01-7K3M9Q"
MOST = 5


@pytest.fixture
async def world(database: Database) -> World:
    world = await make_world(database)
    limits = msgspec.structs.replace(world.house.limits, verified_per_hour=MOST)
    world.house = dataclasses.replace(world.house, limits=limits)
    return world


@pytest.fixture
async def holder(world: World) -> Person:
    row = await world.new_class()
    person = await world.person("李敏娜")
    await issue(world, row, person)
    return person


async def issue(world: World, row: ClassRow, person: Person) -> None:
    shown = Holder("李敏娜", "1***************34")
    one = CertificateRow(
        "ce1", NUMBER, row.id, 1, person.id, shown, "valid", "", world.now
    )
    async with world.database.transaction() as uow:
        await certificates.add(uow, [one])
        await uow.commit()


@pytest.fixture
async def http(world: World) -> AsyncIterator[ClientSession]:
    app = web.Application()
    protect(app)
    clock = MovableClock(timedelta(0))
    app.add_routes(verification(world.database, world.house, clock))
    async with TestServer(app) as server:
        headers = {"Accept": "text/html,*/*"}
        async with ClientSession(server.make_url(""), headers=headers) as session:
            yield session


async def read(http: ClientSession, number: str, client: str = "") -> tuple[int, str]:
    headers = {"X-Forwarded-For": client} if client else {}
    async with http.get(f"/verify/{number}", headers=headers) as answer:
        assert answer.headers["Cache-Control"] == "no-store"
        assert "script-src" not in answer.headers["Content-Security-Policy"]
        return answer.status, await answer.text()


async def test_a_valid_one_is_told_with_its_name_masked(
    http: ClientSession, holder: Person
) -> None:
    status, html = await read(http, NUMBER)

    assert status == 200
    for piece in ("证书有效", NUMBER, "李**", "二级，机械类", "2026 年 6 月 20 日"):
        assert piece in html
    assert "李敏娜" not in html
    assert "***34" not in html


@pytest.mark.parametrize("said", [NUMBER.lower(), f"%20{NUMBER}"])
async def test_a_number_is_found_as_people_type_it(
    http: ClientSession, holder: Person, said: str
) -> None:
    assert (await read(http, said))[0] == 200


async def test_a_revoked_one_says_since_when_and_not_why(
    http: ClientSession, world: World, holder: Person
) -> None:
    async with world.database.transaction() as uow:
        await certificates.revoke(
            uow, certificate_id="ce1", reason="代考", by="p1", now=world.now
        )
        await uow.commit()
    status, html = await read(http, NUMBER)

    assert status == 200
    assert "证书已撤销" in html
    assert "2026 年 3 月 2 日撤销" in html
    assert "证书有效" not in html
    assert "代考" not in html


async def test_unknown_and_impossible_numbers_are_answered_alike(
    http: ClientSession, holder: Person
) -> None:
    said = ["2026-JX-01-01-7K3M9R", "2031-JX-99-01-AAAAAA", "%3Cscript%3E"]
    answers = {await read(http, one) for one in said}
    ((status, html),) = answers

    assert status == 404
    assert "没有查到这张证书" in html


async def test_after_an_erasure_the_number_is_good_without_a_name(
    http: ClientSession, world: World, holder: Person
) -> None:
    async with world.database.transaction() as uow:
        await privacy.erase_person(uow, person_id=holder.id, now=world.now)
        await uow.commit()
    status, html = await read(http, NUMBER)

    assert status == 200
    assert "证书有效" in html
    assert "李" not in html.replace("李*", "")
    assert "不再显示" in html


async def test_who_asks_too_often_waits_and_others_do_not(
    http: ClientSession, holder: Person
) -> None:
    statuses = [
        (await read(http, NUMBER, client="203.0.113.7"))[0] for _ in range(MOST + 1)
    ]
    other = await read(http, NUMBER, client="203.0.113.8")

    assert statuses == [200] * MOST + [429]
    assert other[0] == 200


async def test_no_address_of_the_asker_is_kept(
    http: ClientSession, world: World, holder: Person
) -> None:
    await read(http, NUMBER, client="203.0.113.7")

    assert containing(await dump_opened(world.database), "203.0.113.7") == []


@pytest.mark.parametrize(
    ("remote", "forwarded", "client"),
    [
        ("127.0.0.1", "203.0.113.7", "203.0.113.7"),
        ("127.0.0.1", "198.51.100.1, 203.0.113.7", "203.0.113.7"),
        ("127.0.0.1", "", "127.0.0.1"),
        ("203.0.113.9", "198.51.100.1", "203.0.113.9"),
        ("2001:db8:1:2:3:4:5:6", "", "2001:db8:1:2::"),
        ("::1", "nonsense", "unknown"),
    ],
)
def test_a_proxy_is_believed_only_on_this_machine(
    remote: str, forwarded: str, client: str
) -> None:
    headers = {"X-Forwarded-For": forwarded} if forwarded else {}
    request = make_mocked_request("GET", "/verify/x", headers=headers)

    assert client_of(request.clone(remote=remote)) == client
