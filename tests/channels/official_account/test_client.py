"""One token for all, one more try when it is refused (F8, wechat.md 4.2–4.3)."""

from __future__ import annotations

import asyncio

import aiohttp
import pytest

from bot.channels import transport
from bot.channels.transport import (
    ApiError,
    BrokenAnswerError,
    Media,
    RefusedError,
    Transport,
    UnreachedError,
    UnsureError,
    Upload,
)
from conversations.model import Option
from tests.channels.official_account.conftest import PNG, Process, StartProcess
from tests.channels.official_account.fake_api import FakeApi
from tests.platforms.clock import StandingClock


async def test_texts_and_menus_go_as_the_platform_wants_them(
    process: Process, api: FakeApi
) -> None:
    await process.client.send_text("o1", "您好“<1>”😀")
    await process.client.send_menu("o1", "参加吗？", [Option("1. 好", "#a.1")], "谢谢")
    assert api.sent("custom") == [
        {"touser": "o1", "msgtype": "text", "text": {"content": "您好“<1>”😀"}},
        {
            "touser": "o1",
            "msgtype": "msgmenu",
            "msgmenu": {
                "head_content": "参加吗？",
                "list": [{"id": "#a.1", "content": "1. 好"}],
                "tail_content": "谢谢",
            },
        },
    ]


async def test_templates_carry_the_client_id(process: Process, api: FakeApi) -> None:
    platform_id = await process.client.send_template(
        "o1", "TPL", {"thing1": "开班"}, url="https://x.cn/n/1", client_message_id="c1"
    )
    assert api.sent("template") == [
        {
            "touser": "o1",
            "template_id": "TPL",
            "data": {"thing1": {"value": "开班"}},
            "client_msg_id": "c1",
            "url": "https://x.cn/n/1",
        }
    ]
    assert platform_id == "200000000"


async def test_pictures_go_up_and_come_down(process: Process, api: FakeApi) -> None:
    picture = Upload("picture.png", "image/png", PNG)
    assert await process.client.upload_image(picture) == "m1"
    assert api.uploads == [("picture.png", "image/png", PNG)]
    api.media["M"] = PNG
    assert await process.client.download("M") == Media("image/jpeg", PNG)


async def test_a_download_that_fails_as_json_is_an_error(process: Process) -> None:
    with pytest.raises(RefusedError, match="40007"):
        await process.client.download("gone")


@pytest.mark.parametrize("way", range(3))
async def test_a_page_in_the_place_of_a_file_is_an_error(
    process: Process, api: FakeApi, way: int
) -> None:
    api.media["M"] = PNG
    api.media_down.add("M")
    api.media_refusals = way
    with pytest.raises(ApiError):
        await process.client.download("M")


async def test_a_download_has_an_end(
    process: Process, api: FakeApi, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(transport, "MAX_MEDIA", 10)
    api.media["M"] = b"x" * 11
    with pytest.raises(BrokenAnswerError):
        await process.client.download("M")


async def test_the_token_is_fetched_once_for_all_processes(
    start_process: StartProcess, api: FakeApi
) -> None:
    processes = [start_process() for _ in range(3)]
    await asyncio.gather(
        *(one.client.send_text("o1", str(n)) for n in range(4) for one in processes)
    )
    assert api.token_fetches == 1
    assert len(api.sent("custom")) == 12


async def test_eight_sends_on_a_refused_token_fetch_one_more(
    start_process: StartProcess, api: FakeApi
) -> None:
    one, other = start_process(), start_process()
    await one.client.send_text("o1", "first")
    await other.client.send_text("o1", "second")
    api.invalidate()
    sends = [(one, other)[n % 2].client.send_text("o1", str(n)) for n in range(8)]
    await asyncio.gather(*sends)
    assert api.token_fetches == 2
    assert len(api.sent("custom")) == 10
    # Two to begin with, and each of the eight at most twice.
    assert api.attempts["custom"] <= 2 + 16


async def test_a_permanent_refusal_ends_after_two_calls(
    process: Process, api: FakeApi
) -> None:
    await process.client.send_text("o1", "works")
    api.refuse_every_token = True
    api.attempts.clear()
    with pytest.raises(RefusedError, match="40001"):
        await process.client.send_text("o1", "refused")
    assert api.attempts["custom"] <= 2
    assert api.token_fetches == 2


async def test_tokens_that_are_invalidated_again_and_again_lose_no_message(
    start_process: StartProcess, api: FakeApi
) -> None:
    processes = [start_process(), start_process()]
    for number in range(20):
        api.invalidate()
        sends = (one.client.send_text("o1", str(number)) for one in processes)
        await asyncio.gather(*sends)
    assert len(api.sent("custom")) == 40
    assert api.token_fetches <= 20 + 2


async def test_a_permanent_refusal_fetches_once_a_minute(
    process: Process, api: FakeApi, clock: StandingClock
) -> None:
    api.refuse_every_token = True
    for _ in range(5):
        with pytest.raises(RefusedError):
            await process.client.send_text("o1", "refused")
    assert api.token_fetches == 1
    assert api.attempts["custom"] == 5
    clock.move(seconds=61)
    with pytest.raises(RefusedError):
        await process.client.send_text("o1", "refused")
    assert api.token_fetches == 2


async def test_the_token_is_renewed_in_its_last_five_minutes(
    process: Process, api: FakeApi, clock: StandingClock
) -> None:
    await process.client.send_text("o1", "1")
    clock.move(seconds=7200 - 301)
    await process.client.send_text("o1", "2")
    assert api.token_fetches == 1
    clock.move(seconds=2)
    await process.client.send_text("o1", "3")
    assert api.token_fetches == 2


async def test_a_short_lived_token_is_not_fetched_for_every_call(
    process: Process, api: FakeApi
) -> None:
    api.expires_in = 120
    for number in range(3):
        await process.client.send_text("o1", str(number))
    assert api.token_fetches == 1


async def test_a_wrong_secret_is_told_apart_from_a_refused_token(
    start_process: StartProcess,
) -> None:
    with pytest.raises(RefusedError, match="40125"):
        await start_process(secret="wrong").client.send_text("o1", "1")


async def test_a_fetch_that_failed_leaves_the_way_free(
    start_process: StartProcess, api: FakeApi
) -> None:
    api.faults["token"].extend(["500", "cut"])
    one, other = start_process(), start_process()
    with pytest.raises(BrokenAnswerError):
        await one.client.send_text("o1", "1")
    # The message was not sent: a cut token call leaves nothing in doubt.
    with pytest.raises(UnreachedError):
        await other.client.send_text("o1", "1")
    await other.client.send_text("o1", "1")
    assert api.token_fetches == 3


async def test_a_process_that_died_while_fetching_holds_nobody_up_for_long(
    process: Process, clock: StandingClock, api: FakeApi
) -> None:
    # Its lease is taken and never given back.
    assert await process.tokens._lease(0)
    send = asyncio.ensure_future(process.client.send_text("o1", "1"))
    await asyncio.sleep(0)
    clock.move(seconds=21)
    await send
    assert api.token_fetches == 1


@pytest.mark.parametrize(
    ("fault", "error"),
    [("500", BrokenAnswerError), ("garbage", BrokenAnswerError), ("cut", UnsureError)],
)
async def test_what_is_not_an_answer_is_told_apart(
    process: Process, api: FakeApi, fault: str, error: type[Exception]
) -> None:
    api.faults["custom"].append(fault)
    with pytest.raises(error):
        await process.client.send_text("o1", "1")


async def test_a_call_that_hangs_is_given_up_in_doubt(
    start_process: StartProcess, api: FakeApi
) -> None:
    await start_process().tokens.current()
    api.faults["custom"].append("hang")
    with pytest.raises(UnsureError):
        await start_process(patience=0.2).client.send_text("o1", "1")


async def test_a_platform_that_is_not_there_was_not_reached(api: FakeApi) -> None:
    url = api.url
    await api.server.close()
    async with aiohttp.ClientSession() as http:
        nobody = Transport(http, url)
        with pytest.raises(UnreachedError):
            await nobody.call("post", nobody.api_url + "stable_token", data={})
