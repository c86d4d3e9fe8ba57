"""What all processes know of a platform: what is off, what it holds, how far a text went."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from storage import inbox, pieces, platform_media, switches
from storage.database import Database

NOW = datetime(2026, 5, 18, 1, 0, tzinfo=UTC)
HOUR = timedelta(hours=1)


@pytest.mark.parametrize(
    ("first", "then", "expected"),
    [
        (NOW + HOUR, NOW + 2 * HOUR, NOW + 2 * HOUR),
        (NOW + 2 * HOUR, NOW + HOUR, NOW + 2 * HOUR),
        (NOW + HOUR, None, None),
        (None, NOW + HOUR, None),
    ],
)
async def test_what_is_off_stays_off_for_the_longer_time(
    database: Database,
    first: datetime | None,
    then: datetime | None,
    expected: datetime | None,
) -> None:
    async with database.transaction() as uow:
        told = [
            await switches.turn_off(uow, name="x", reason="r", now=NOW, until=until)
            for until in (first, then)
        ]
        await uow.commit()
    async with database.reading() as uow:
        off = await switches.all_off(uow, now=NOW)
    assert told == [True, False]
    assert off["x"].until == expected


async def test_what_came_on_again_is_news_when_it_goes_off(database: Database) -> None:
    told = []
    async with database.transaction() as uow:
        for hours in (0, 1):
            now = NOW + hours * HOUR
            told.append(
                await switches.turn_off(
                    uow, name="x", reason="r", now=now, until=now + HOUR
                )
            )
        await switches.turn_on(uow, name="x", now=NOW)
        told.append(await switches.turn_off(uow, name="x", reason="r", now=NOW))
        await uow.commit()
    assert told == [True, True, True]


async def test_a_platforms_id_is_good_until_it_forgets(database: Database) -> None:
    of_file = {"account": "oa:wx1", "file_id": "f1"}
    async with database.transaction() as uow:
        for media_id in ("m1", "m2"):
            await platform_media.keep(
                uow, **of_file, media_id=media_id, expires_at=NOW + HOUR
            )
        # What was known before is forgotten: the newer one stays.
        await platform_media.forget(uow, **of_file, media_id="m1")
        await uow.commit()
    async with database.reading() as uow:
        found = [
            await platform_media.find(uow, **of_file, now=NOW + moment)
            for moment in (timedelta(0), HOUR)
        ]
        other = await platform_media.find(uow, account="oa:wx2", file_id="f1", now=NOW)
    assert (found, other) == (["m2", None], None)


async def test_how_far_a_text_went_is_known_to_the_next_process(
    database: Database,
) -> None:
    async with database.transaction() as uow:
        for count in (700, 1400):
            await pieces.note(uow, outbox_id="r1", count=count, until=NOW + HOUR)
        await uow.commit()
    async with database.reading() as uow:
        gone = [await pieces.gone(uow, outbox_id=one) for one in ("r1", "r2")]
    assert gone == [1400, 0]


async def test_an_event_is_taken_once(database: Database) -> None:
    taken = []
    for _ in range(2):
        async with database.transaction() as uow:
            taken.append(
                await inbox.take(uow, message_key="k", person_id="p", received_at=NOW)
            )
            await uow.commit()
    assert taken == [True, False]
