"""Pages are signed as the platform's documents say, under one ticket for all."""

from __future__ import annotations

import hashlib

import pytest

from bot.channels.official_account.page_signatures import PageSignatures
from bot.channels.transport import ApiError
from storage.database import Database
from tests.channels.official_account.conftest import Process, StartProcess
from tests.channels.official_account.fake_api import FakeApi
from tests.platforms.clock import StandingClock


async def test_a_signature_covers_ticket_nonce_time_and_address(
    process: Process, database: Database, clock: StandingClock
) -> None:
    signatures = PageSignatures(process.client, database, clock)
    signed = await signatures.sign("https://x.cn/subscribe?from=a#top")
    timestamp = int(clock.real().timestamp())
    expected = hashlib.sha1(
        f"jsapi_ticket=ticket-1&noncestr={signed.nonce}&timestamp={timestamp}"
        "&url=https://x.cn/subscribe?from=a".encode()
    ).hexdigest()
    assert (signed.app_id, signed.timestamp) == ("wx1", timestamp)
    assert signed.signature == expected


async def test_one_ticket_serves_all_processes_until_it_is_old(
    start_process: StartProcess, database: Database, clock: StandingClock, api: FakeApi
) -> None:
    pages = [PageSignatures(start_process().client, database, clock) for _ in range(3)]
    for page in pages:
        await page.sign("https://x.cn/")
    assert api.attempts["ticket"] == 1
    clock.move(seconds=7200)
    for page in pages:
        await page.sign("https://x.cn/")
    assert api.attempts["ticket"] == 2


async def test_a_platform_that_gives_no_ticket_is_an_error_and_asked_again(
    process: Process, database: Database, clock: StandingClock, api: FakeApi
) -> None:
    api.faults["ticket"].append("500")
    pages = PageSignatures(process.client, database, clock)
    with pytest.raises(ApiError):
        await pages.sign("https://x.cn/")
    await pages.sign("https://x.cn/")
    assert api.attempts["ticket"] == 2
