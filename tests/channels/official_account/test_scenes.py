"""Codes that the platform draws for a scene."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import timedelta

import pytest

from bot.channels.official_account.scenes import LIVES_AT_MOST, draw_code
from bot.channels.transport import RefusedError
from bot.jobs.tasks.qr_code import qr_code
from storage.database import Database
from storage.jobs import ClaimedJob
from tests.channels.official_account.publishing import Office, office
from tests.platforms.clock import StandingClock
from tests.platforms.codes import PICTURE

SCENE = "0123456789ABCDEFGHJKMNPQRSTVWXYZ0123"


@pytest.fixture
async def desk(database: Database, clock: StandingClock) -> AsyncIterator[Office]:
    async with office(database, clock) as one:
        yield one


@pytest.mark.parametrize(
    ("asked", "lives"), [(-5, 60), (3600, 3600), (10**9, LIVES_AT_MOST)]
)
async def test_a_code_is_drawn_and_says_its_scene(
    desk: Office, asked: int, lives: int
) -> None:
    picture = await draw_code(desk.client, SCENE, asked)
    (made,) = desk.platform.codes.made

    assert picture == PICTURE
    assert made.scene == SCENE
    assert made.until - desk.clock.now().timestamp() == lives


async def test_a_refusal_is_left_to_the_workshop(desk: Office) -> None:
    desk.platform.denied.add("qrcode/create")
    with pytest.raises(RefusedError, match="48001"):
        await draw_code(desk.client, SCENE, 60)


def job(clock: StandingClock, **left: float) -> ClaimedJob:
    expires_at = clock.now() + timedelta(**left)
    payload = {"token": SCENE, "expires_at": expires_at.isoformat()}
    return ClaimedJob("j", "qr_code", "p", "a", payload, 1, clock.now())


async def test_the_picture_is_pushed_and_kept_no_longer_than_the_code(
    clock: StandingClock,
) -> None:
    async def draw(scene: str, seconds: int) -> bytes:
        return f"{scene} for {seconds}".encode()

    product = await qr_code(draw, clock)(job(clock, hours=1))
    (file,) = product.files

    assert file.content == f"{SCENE} for 3600".encode()
    assert file.keep_until == clock.now() + timedelta(hours=1)
    assert [reply.ref for reply in product.replies] == [file.id]


async def test_a_code_that_expired_meanwhile_is_not_drawn(clock: StandingClock) -> None:
    async def draw(_scene: str, _seconds: int) -> bytes:
        raise AssertionError("drawn")

    product = await qr_code(draw, clock)(job(clock, seconds=0))

    assert (product.files, product.replies, product.silent) == ((), (), True)
