"""The demo clock goes forward only, and answers when what fell due is done."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import pytest
from aiohttp import ClientSession

from tests.pages.conftest import House

URL = "/demo/clock"


async def post(http: ClientSession, body: object) -> tuple[int, dict[str, Any]]:
    async with http.post(URL, json=body) as answer:
        return answer.status, await answer.json()


async def now(http: ClientSession) -> datetime:
    async with http.get(URL) as answer:
        return datetime.fromisoformat((await answer.json())["now"])


async def test_it_tells_the_time_in_china(http: ClientSession, house: House) -> None:
    told = await now(http)

    assert told.utcoffset() == timedelta(hours=8)
    assert told <= house.clock.now()


async def test_it_moves_by_days(http: ClientSession, house: House) -> None:
    before = await now(http)
    status, told = await post(http, {"advance_days": 5})

    assert status == 200
    assert datetime.fromisoformat(told["now"]) >= before + timedelta(days=5)
    assert len(house.moves) == 1


async def test_it_moves_to_a_moment(http: ClientSession, house: House) -> None:
    target = (await now(http)) + timedelta(days=40)
    status, told = await post(http, {"now": target.isoformat()})

    assert status == 200
    assert house.moves == [target]
    assert datetime.fromisoformat(told["now"]) >= target


async def test_the_moment_just_told_is_not_behind_it(
    http: ClientSession, house: House
) -> None:
    house.clock.move_to(house.clock.now() + timedelta(days=1))
    told = house.clock.now() - timedelta(milliseconds=900)

    assert (await post(http, {"now": told.isoformat()}))[0] == 200


@pytest.mark.parametrize(
    "body",
    [
        {"now": "2020-01-01T00:00:00+08:00"},
        {"now": "2099-01-01T00:00:00+08:00"},
        {"now": "2030-01-01T00:00:00"},
        {"now": "tomorrow"},
        {"advance_days": -1},
        {"advance_days": 1e9},
        {"advance_days": "5"},
        {"advance_days": 1, "now": "2030-01-01T00:00:00+08:00"},
        {"advance_day": 1},
        {},
        [],
        None,
    ],
)
async def test_what_is_no_way_forward_is_refused_and_changes_nothing(
    http: ClientSession, house: House, body: object
) -> None:
    ahead = house.clock.ahead
    status, told = await post(http, body)

    assert status == 400
    assert told.keys() == {"now", "error"}
    assert (house.clock.ahead, house.moves) == (ahead, [])


async def test_no_json_is_refused(http: ClientSession) -> None:
    async with http.post(URL, data=b"\xff{") as answer:
        assert answer.status == 400


async def test_another_sites_page_may_not_move_it(
    http: ClientSession, house: House
) -> None:
    elsewhere = {"Origin": "https://elsewhere.example"}
    async with http.post(URL, json={"advance_days": 1}, headers=elsewhere) as answer:
        assert answer.status == 403
    assert house.moves == []
