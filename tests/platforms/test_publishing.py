"""Menus, tags, codes, media, articles and mass messages keep to their limits."""

from __future__ import annotations

from typing import Any

import pytest

from tests.platforms.api import AccountApi
from tests.platforms.clock import StandingClock
from tests.platforms.people import Follower

JPEG = b"\xff\xd8\xff\xe0 a picture"
CUSTOM, MASS = "message/custom/send", "message/mass/sendall"


def click(name: str, key: str = "key") -> dict[str, str]:
    return {"type": "click", "name": name, "key": key}


# Menus


@pytest.mark.parametrize(
    ("buttons", "code"),
    [
        ([], 40016),
        ([click("报名")] * 4, 40016),
        ([click("报名")] * 3, 0),
        ([click("报名参训班")], 0),
        ([click("报名参训班级")], 40018),
        ([click("报名", "键" * 43)], 40019),
        ([{"type": "view", "name": "看", "url": "https://x.cn/" + "a" * 1024}], 40020),
        ([{"type": "view", "name": "看", "url": "x.cn"}], 40055),
        ([{"type": "fax", "name": "看"}], 40017),
        ([{"name": "更多", "sub_button": [click("通知")] * 6}], 40023),
        ([{"name": "更多", "sub_button": [click("通" * 20)] * 5}], 0),
        ([{"name": "更多", "sub_button": [click("通" * 21)]}], 40025),
        ([{"name": "更多", "sub_button": [click("通知", "")]}], 40026),
    ],
)
async def test_a_menu_keeps_to_its_limits(
    api: AccountApi, buttons: list[dict[str, Any]], code: int
) -> None:
    assert await api.code("menu/create", {"button": buttons}) == code
    kept = (await api.get("menu/get")).get("menu", {}).get("button", [])
    assert kept == ([] if code else buttons)


async def test_a_role_sees_its_own_menu(api: AccountApi, teacher: Follower) -> None:
    own = {"button": [click("审核")], "matchrule": {"tag_id": "100"}}
    assert await api.code("menu/addconditional", own) == 65303
    assert await api.code("menu/create", {"button": [click("报名")]}) == 0
    assert await api.code("menu/addconditional", own) == 45159
    assert await api.code("menu/addconditional", {**own, "matchrule": {}}) == 65304
    await api.post("tags/create", {"tag": {"name": "基地"}})
    added = await api.post("menu/addconditional", own)
    await teacher.clicks("报名")
    wearing = {"openid_list": [teacher.openid], "tagid": 100}
    assert await api.code("tags/members/batchtagging", wearing) == 0
    await teacher.clicks("审核")
    seen = await api.post("menu/trymatch", {"user_id": teacher.openid})
    assert seen == {"button": own["button"]}
    assert await api.code("menu/delconditional", added) == 0
    assert await api.code("menu/delconditional", added) == 65301
    await teacher.clicks("报名")
    assert await api.code("menu/delete") == 0
    assert (await api.get("menu/get"))["errcode"] == 46003


# Tags


async def test_tags_keep_to_their_limits(api: AccountApi, teacher: Follower) -> None:
    tag = {"tag": {"name": "基地"}}
    assert await api.post("tags/create", tag) == {"tag": {"id": 100, "name": "基地"}}
    assert await api.code("tags/create", tag) == 45157
    assert await api.code("tags/create", {"tag": {"name": "长" * 11}}) == 45158
    for n in range(99):
        await api.post("tags/create", {"tag": {"name": f"t{n}"}})
    assert await api.code("tags/create", {"tag": {"name": "one more"}}) == 45056
    batch = {"openid_list": [teacher.openid], "tagid": 100}
    codes = [
        await api.code("tags/members/batchtagging", {**batch, **change})
        for change in (
            {},
            {"openid_list": [teacher.openid] * 51},
            {"tagid": 900},
            {"tagid": 1},
            {"openid_list": ["oNobody"]},
        )
    ]
    assert codes == [0, 40032, 45159, 45058, 40003]
    for n in range(101, 120):
        await api.post("tags/members/batchtagging", {**batch, "tagid": n})
    last = {**batch, "tagid": 120}
    assert await api.code("tags/members/batchtagging", last) == 45059
    assert await api.code("tags/members/batchuntagging", batch) == 0
    listed = await api.post("tags/getidlist", {"openid": teacher.openid})
    assert listed == {"tagid_list": list(range(101, 120))}


# Codes


@pytest.mark.parametrize(
    ("kind", "scene", "seconds", "code"),
    [
        ("QR_STR_SCENE", {"scene_str": "s" * 64}, 2_592_000, 0),
        ("QR_STR_SCENE", {"scene_str": "s" * 65}, 60, 40053),
        ("QR_STR_SCENE", {"scene_str": "s"}, 2_592_001, 40053),
        ("QR_LIMIT_STR_SCENE", {"scene_str": ""}, None, 40053),
        ("QR_SCENE", {"scene_id": 100_001}, 60, 0),
        ("QR_LIMIT_SCENE", {"scene_id": 100_001}, None, 40053),
        ("QR_ANY", {"scene_id": 1}, None, 40052),
    ],
)
async def test_a_code_keeps_to_its_limits(
    api: AccountApi, kind: str, scene: dict[str, Any], seconds: int | None, code: int
) -> None:
    body: dict[str, Any] = {"action_name": kind, "action_info": {"scene": scene}}
    if seconds is not None:
        body["expire_seconds"] = seconds
    assert await api.code("qrcode/create", body) == code


async def test_a_code_runs_out(
    api: AccountApi, teacher: Follower, clock: StandingClock
) -> None:
    made = await api.post(
        "qrcode/create",
        {
            "expire_seconds": 60,
            "action_name": "QR_STR_SCENE",
            "action_info": {"scene": {"scene_str": "abc"}},
        },
    )
    assert api.platform.codes.scene_of(made["ticket"]) == "abc"
    clock.move(seconds=60)
    assert api.platform.codes.scene_of(made["url"]) is None
    await teacher.scans(made["url"])
    assert teacher.deliveries == []


# Media


async def test_media_last_three_days(
    api: AccountApi, teacher: Follower, clock: StandingClock
) -> None:
    up = await api.upload("media/upload", "a.jpg", JPEG, type="image")
    assert up["type"] == "image"
    picture = {
        "touser": teacher.openid,
        "msgtype": "image",
        "image": {"media_id": up["media_id"]},
    }
    await teacher.says("你好")
    assert await api.code(CUSTOM, picture) == 0
    assert teacher.heard[-1].media_id == up["media_id"]
    clock.move(days=3)
    await api.fetch_token()
    await teacher.says("你好")
    assert await api.code(CUSTOM, picture) == 40007


async def test_what_people_send_can_be_fetched_for_three_days(
    api: AccountApi, teacher: Follower, clock: StandingClock
) -> None:
    await teacher.sends_image(JPEG)
    (media_id,) = api.platform.materials.kept
    url = f"{api.platform.url}/cgi-bin/media/get"
    query = {"access_token": api.token, "media_id": media_id}
    async with api.http.get(url, params=query) as response:
        assert (await response.read(), response.content_type) == (JPEG, "image/jpeg")
    api.platform.materials.expire(media_id)
    async with api.http.get(url, params=query) as response:
        answer = await response.json(content_type=None)
    assert (response.status, answer["errcode"]) == (200, 40007)


async def test_an_upload_is_of_its_kind(api: AccountApi) -> None:
    codes = [
        (await api.upload("media/upload", name, content, type=kind)).get("errcode", 0)
        for name, content, kind in (
            ("a.jpg", JPEG, "image"),
            ("a.exe", JPEG, "image"),
            ("a.jpg", b"", "image"),
            ("a.jpg", b"x" * 65_537, "thumb"),
            ("a.jpg", JPEG, "fax"),
        )
    ]
    codes.append((await api.post("media/upload", b"x", type="image"))["errcode"])
    assert codes == [0, 40005, 40006, 40006, 40004, 41005]


# Articles and mass messages


async def draft(api: AccountApi, **changes: object) -> dict[str, Any]:
    thumb = await api.upload("material/add_material", "a.jpg", JPEG, type="thumb")
    article = {
        "title": "通知",
        "content": "<p>全文</p>",
        "thumb_media_id": thumb["media_id"],
        **changes,
    }
    answer: dict[str, Any] = await api.post("draft/add", {"articles": [article]})
    return answer


async def test_a_draft_is_published_once(api: AccountApi) -> None:
    made = await draft(api)
    published = await api.post("freepublish/submit", made)
    assert published["errcode"] == 0
    state = await api.post("freepublish/get", published)
    assert (state["publish_status"], state["article_detail"]["count"]) == (0, 1)
    assert await api.code("freepublish/submit", made) == 40007


async def test_a_draft_keeps_to_its_limits(api: AccountApi) -> None:
    passing = await api.upload("media/upload", "a.jpg", JPEG, type="thumb")
    changes: list[dict[str, Any]] = [
        {"title": "长" * 65},
        {"digest": "长" * 121},
        {"content": "长" * 20_001},
        {"thumb_media_id": passing["media_id"]},
    ]
    codes = [(await draft(api, **change))["errcode"] for change in changes]
    assert codes == [45003, 45004, 45002, 40007]


async def test_a_mass_message_reaches_who_wears_a_tag(
    api: AccountApi, teacher: Follower
) -> None:
    other = api.platform.follower("other")
    await api.post("tags/create", {"tag": {"name": "教师"}})
    wearing = {"openid_list": [teacher.openid], "tagid": 100}
    await api.post("tags/members/batchtagging", wearing)
    body = {"filter": {"is_to_all": False, "tag_id": 100}, "msgtype": "mpnews"}
    body["mpnews"] = {"media_id": (await draft(api))["media_id"]}
    assert await api.code(MASS, body) == 0
    assert [(one.way, one.text) for one in teacher.heard] == [("mass", "通知")]
    assert other.heard == []
    assert await api.code(MASS, {**body, "filter": {"tag_id": 900}}) == 45159


async def test_four_mass_messages_a_month(
    api: AccountApi, teacher: Follower, clock: StandingClock
) -> None:
    body = {"filter": {"is_to_all": True}, "msgtype": "text", "text": {"content": "请"}}
    assert [await api.code(MASS, body) for _ in range(5)] == [0] * 5
    assert len(teacher.heard) == 4
    clock.move(days=14)
    await api.fetch_token()
    assert await api.code(MASS, body) == 0
    assert len(teacher.heard) == 5


async def test_a_mass_message_is_sent_once(api: AccountApi, teacher: Follower) -> None:
    body = {
        "filter": {"is_to_all": True},
        "msgtype": "text",
        "text": {"content": "请"},
        "clientmsgid": "notice-1",
    }
    first, second = await api.post(MASS, body), await api.post(MASS, body)
    assert (second["errcode"], second["msg_id"]) == (45065, first["msg_id"])
    assert len(teacher.heard) == 1
    assert await api.code(MASS, {**body, "clientmsgid": "x" * 65}) == 45067
    codes = [await api.code(MASS, {**body, "clientmsgid": f"n{n}"}) for n in range(60)]
    assert codes == [0] * 59 + [45011]
