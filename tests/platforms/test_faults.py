"""Every fault can be made to happen, and is counted when it does."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any

import aiohttp
import msgspec
import pytest

from tests.platforms.api import AccountApi
from tests.platforms.faults import Faults
from tests.platforms.official_account import OfficialAccountPlatform
from tests.platforms.people import Follower
from tests.platforms.service import SmallService, small_service

CUSTOM, TEMPLATE = "message/custom/send", "message/template/send"


@pytest.fixture
async def service(platform: OfficialAccountPlatform) -> AsyncIterator[SmallService]:
    async with small_service(platform.envelope) as service:
        platform.callbacks.urls.append(service.url)
        yield service


def text(person: Follower) -> dict[str, Any]:
    return {"touser": person.openid, "msgtype": "text", "text": {"content": "在"}}


async def outcome(api: AccountApi, person: Follower) -> int | str:
    """The code of one send, or how its call broke."""
    url = f"{api.platform.url}/cgi-bin/{CUSTOM}"
    query = {"access_token": api.token}
    timeout = aiohttp.ClientTimeout(total=0.3)
    try:
        async with api.http.post(
            url, params=query, data=msgspec.json.encode(text(person)), timeout=timeout
        ) as response:
            if response.status != 200:
                return response.status
            return int((await response.json(content_type=None))["errcode"])
    except TimeoutError:
        return "no answer"
    except (aiohttp.ClientError, OSError):
        return "broken"
    except ValueError:
        return "no JSON"


@pytest.mark.parametrize(
    ("fault", "seen", "arrived"),
    [
        (-1, -1, False),
        (45009, 45009, False),
        ("http500", 502, False),
        ("garbage", "no JSON", False),
        ("hang", "no answer", False),
        ("reset", "broken", False),
        ("hang_after", "no answer", True),
        ("reset_after", "broken", True),
        ("half", "broken", True),
    ],
)
async def test_a_call_fails_as_told(
    api: AccountApi, teacher: Follower, fault: int | str, seen: int | str, arrived: bool
) -> None:
    await teacher.says("你好")
    api.platform.faults.next(CUSTOM, fault)
    assert await outcome(api, teacher) == seen
    assert len(teacher.pushed) == (1 if arrived else 0)
    assert api.platform.faults.fired == {f"{CUSTOM}:{fault}": 1}
    assert await outcome(api, teacher) == 0


async def test_a_refused_token_is_really_worthless(
    api: AccountApi, teacher: Follower
) -> None:
    await teacher.says("你好")
    api.platform.faults.next(CUSTOM, 42001)
    assert [await outcome(api, teacher) for _ in range(2)] == [42001, 40001]
    await api.fetch_token()
    assert await outcome(api, teacher) == 0


async def test_a_share_of_the_calls_fails_by_the_seed(api: AccountApi) -> None:
    def fates(seed: int) -> list[object]:
        faults = Faults(seed)
        faults.rate(-1, 0.2)
        faults.rate("hang", 0.1, call=CUSTOM)
        return [faults.draw(CUSTOM) for _ in range(1000)]

    assert (fates(1) == fates(1), fates(1) == fates(2)) == (True, False)
    counted = {fate: fates(1).count(fate) for fate in (-1, "hang", None)}
    assert abs(counted[-1] - 180) < 60
    assert abs(counted["hang"] - 100) < 50


async def test_tokens_become_worthless_so_many_times(
    api: AccountApi, teacher: Follower
) -> None:
    await teacher.says("你好")
    api.platform.faults.invalidate_tokens(2, every=2)
    codes = []
    for _ in range(4):
        codes.append(await outcome(api, teacher))
        if codes[-1]:
            await api.fetch_token()
    assert codes == [0, 40001, 40001, 0]
    assert api.platform.faults.count("invalidated") == 2


async def test_calls_take_their_time(api: AccountApi, teacher: Follower) -> None:
    await teacher.says("你好")
    api.platform.faults.latency = (5.0, 5.0)
    assert await outcome(api, teacher) == "no answer"
    api.platform.faults.clear()
    assert await outcome(api, teacher) == 0


@pytest.mark.parametrize(
    ("fault", "told"),
    [(None, 1), ("missing", 0), ("twice", 2), ("late", 1)],
)
async def test_an_event_is_late_missing_or_doubled(
    api: AccountApi,
    teacher: Follower,
    service: SmallService,
    fault: str | None,
    told: int,
) -> None:
    platform = api.platform
    platform.late_by = 0.01
    platform.add_template("TPL", "thing1")
    event = "event/TEMPLATESENDJOBFINISH"
    if fault:
        platform.faults.next(event, fault)
    body = {"touser": teacher.openid, "template_id": "TPL"}
    sent = await api.post(TEMPLATE, {**body, "data": {"thing1": {"value": "通知"}}})
    await platform.told()
    assert service.said("MsgID") == [str(sent["msgid"])] * told
    assert service.said("Status") == ["success"] * told
    assert platform.faults.fired[f"{event}:{fault}"] == (1 if fault else 0)


@pytest.mark.parametrize(
    ("blocks", "fault", "status"),
    [(True, None, "failed:user block"), (False, -1, "failed: system failed")],
)
async def test_a_template_taken_is_not_delivered(
    api: AccountApi,
    teacher: Follower,
    service: SmallService,
    blocks: bool,
    fault: int | None,
    status: str,
) -> None:
    api.platform.add_template("TPL", "thing1")
    teacher.standing.blocks = blocks
    if fault:
        api.platform.faults.next("event/TEMPLATESENDJOBFINISH", fault)
    body = {"touser": teacher.openid, "template_id": "TPL"}
    filled = {**body, "data": {"thing1": {"value": "通知"}}}
    assert await api.code(TEMPLATE, filled) == 0
    await api.platform.told()
    assert service.said("Status") == [status]


async def test_what_was_published_and_sent_to_all_is_told(
    api: AccountApi, teacher: Follower, service: SmallService
) -> None:
    body = {"filter": {"is_to_all": True}, "msgtype": "text", "text": {"content": "请"}}
    assert await api.code("message/mass/sendall", body) == 0
    await api.platform.told()
    last = service.got[-1]
    leaves = ("Event", "Status", "TotalCount", "SentCount", "ErrorCount")
    assert [last.findtext(name) for name in leaves] == [
        *("MASSSENDJOBFINISH", "sendsuccess", "1", "1", "0")
    ]


@pytest.mark.parametrize(("fault", "status"), [(None, "0"), (-1, "3")])
async def test_what_became_of_an_article_is_told(
    api: AccountApi, service: SmallService, fault: int | None, status: str
) -> None:
    thumb = api.platform.materials.keep(b"x", "image/jpeg", "thumb", for_ever=True)
    article = {"title": "通知", "content": "全文", "thumb_media_id": thumb}
    made = await api.post("draft/add", {"articles": [article]})
    if fault:
        api.platform.faults.next("event/PUBLISHJOBFINISH", fault)
    published = await api.post("freepublish/submit", made)
    await api.platform.told()
    info = service.got[-1].find("PublishEventInfo")
    assert info is not None
    assert (info.findtext("publish_id"), info.findtext("publish_status")) == (
        published["publish_id"],
        status,
    )
    state = await api.post("freepublish/get", published)
    assert str(state["publish_status"]) == status


async def test_what_became_of_a_notification_is_told(
    api: AccountApi, teacher: Follower, service: SmallService
) -> None:
    api.platform.add_template("TPL", "thing1")
    await teacher.accepts("TPL")
    body = {"touser": teacher.openid, "template_id": "TPL"}
    filled = {**body, "data": {"thing1": {"value": "通知"}}}
    assert await api.code("message/subscribe/bizsend", filled) == 0
    await api.platform.told()
    listed = service.got[-1].find("SubscribeMsgSentEvent/List")
    assert listed is not None
    assert (listed.findtext("TemplateId"), listed.findtext("ErrorCode")) == ("TPL", "0")


def test_an_unknown_fault_is_refused() -> None:
    with pytest.raises(ValueError, match="no fault 'fire'"):
        Faults().rate("fire", 0.1)
