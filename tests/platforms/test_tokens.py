"""Access tokens keep to the documented rules."""

from __future__ import annotations

from tests.platforms.api import AccountApi
from tests.platforms.clock import StandingClock


async def probe(api: AccountApi, token: str | None = None) -> int:
    """The code of a call that fails for nothing but its token."""
    if token is not None:
        api.token = token
    return await api.code("tags/get")


async def test_the_stable_token_stays_the_same(
    api: AccountApi, clock: StandingClock
) -> None:
    first = await api.fetch_token()
    clock.move(seconds=6899)
    second = await api.fetch_token()
    assert second == {**first, "expires_in": 301}
    assert api.platform.tokens.issued == 1


async def test_the_last_five_minutes_are_shared_with_the_next_token(
    api: AccountApi, clock: StandingClock
) -> None:
    old = (await api.fetch_token())["access_token"]
    clock.move(seconds=6901)
    new = (await api.fetch_token())["access_token"]
    assert (new != old, await probe(api, old), await probe(api, new)) == (True, 0, 0)
    clock.move(seconds=299)
    assert (await probe(api, old), await probe(api, new)) == (42001, 0)


async def test_a_forced_token_ends_the_old_one(
    api: AccountApi, clock: StandingClock
) -> None:
    old = (await api.fetch_token())["access_token"]
    new = (await api.fetch_token(force_refresh=True))["access_token"]
    assert (await probe(api, old), await probe(api, new)) == (40001, 0)
    assert (await api.fetch_token(force_refresh=True))["errcode"] == 45011


async def test_twenty_tokens_a_day_may_be_forced(
    api: AccountApi, clock: StandingClock
) -> None:
    codes = []
    for _ in range(21):
        clock.move(seconds=30)
        answer = await api.fetch_token(force_refresh=True)
        codes.append(answer.get("errcode", 0))
    assert codes == [0] * 20 + [45009]


async def test_credentials_must_be_right(api: AccountApi) -> None:
    codes = [
        (await api.fetch_token(**{name: "wrong"}))["errcode"]
        for name in ("secret", "appid", "grant_type")
    ]
    api.platform.wrong_secret = 40001
    codes.append((await api.fetch_token(secret="wrong"))["errcode"])
    assert codes == [40125, 40013, 40002, 40001]


async def test_a_call_needs_a_good_token(api: AccountApi) -> None:
    good = api.token
    codes = [await probe(api, given) for given in ("", "made-up", good)]
    api.platform.invalidate()
    codes.append(await probe(api, good))
    await api.fetch_token()
    assert [*codes, await probe(api)] == [41001, 40001, 0, 40001, 0]


async def test_the_plain_token_is_new_each_time(
    api: AccountApi, clock: StandingClock
) -> None:
    asked = {
        "grant_type": "client_credential",
        "appid": api.platform.app_id,
        "secret": api.platform.secret,
    }
    stable = api.token
    first = (await api.get("token", **asked))["access_token"]
    second = (await api.get("token", **asked))["access_token"]
    good = [await probe(api, one) for one in (first, second, stable)]
    clock.move(seconds=300)
    assert (good, await probe(api, first), await probe(api, second)) == (
        [0, 0, 0],
        42001,
        0,
    )
