"""Messages to one follower: windows, lengths, templates, consents, quotas."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from tests.platforms.api import AccountApi
from tests.platforms.clock import StandingClock
from tests.platforms.people import Follower
from tests.platforms.server import Refusal
from tests.platforms.templates import TYPES, Template

CUSTOM, TEMPLATE = "message/custom/send", "message/template/send"
SUBSCRIBE = "message/subscribe/bizsend"


def custom(person: Follower, kind: str = "text", **part: object) -> dict[str, Any]:
    return {"touser": person.openid, "msgtype": kind, kind: part}


def text(person: Follower, content: str) -> dict[str, Any]:
    return custom(person, content=content)


def template(person: Follower, **more: object) -> dict[str, Any]:
    data = {"thing1": {"value": "培训方案"}, "time3": {"value": "2026年6月20日 08:30"}}
    return {"touser": person.openid, "template_id": "TPL", "data": data, **more}


# Windows


async def test_a_message_needs_an_open_window(
    api: AccountApi, teacher: Follower
) -> None:
    assert await api.code(CUSTOM, text(teacher, "在吗")) == 45015
    await teacher.says("你好")
    assert await api.code(CUSTOM, text(teacher, "在吗")) == 0
    assert [one.text for one in teacher.pushed] == ["在吗"]


async def test_five_messages_follow_a_message(
    api: AccountApi, teacher: Follower
) -> None:
    await teacher.says("你好")
    codes = [await api.code(CUSTOM, text(teacher, str(n))) for n in range(6)]
    assert codes == [0, 0, 0, 0, 0, 45047]
    await teacher.says("还在")
    assert await api.code(CUSTOM, text(teacher, "好")) == 0


async def test_the_window_closes_after_48_hours(
    api: AccountApi, teacher: Follower, clock: StandingClock
) -> None:
    await teacher.says("你好")
    clock.move(hours=48, seconds=-1)
    await api.fetch_token()
    assert await api.code(CUSTOM, text(teacher, "在吗")) == 0
    clock.move(seconds=1)
    assert await api.code(CUSTOM, text(teacher, "在吗")) == 45015


@pytest.mark.parametrize("doing", ["follow", "scan", "click", "tap"])
async def test_an_act_opens_a_minute_for_three_messages(
    api: AccountApi, teacher: Follower, clock: StandingClock, doing: str
) -> None:
    button = {"type": "click", "name": "报名", "key": "报名"}
    assert await api.code("menu/create", {"button": [button]}) == 0
    link = '<a href="weixin://bizmsgmenu?msgmenucontent=%E5%A5%BD&msgmenuid=1">好</a>'
    api.platform.show(
        teacher.openid, "passive", {"msgtype": "text", "text": {"content": link}}
    )
    match doing:
        case "follow":
            await teacher.follows()
        case "scan":
            await teacher.scans("x")
        case "click":
            await teacher.clicks("报名")
        case _:
            await teacher.taps("好")
    codes = [await api.code(CUSTOM, text(teacher, str(n))) for n in range(4)]
    assert codes == [0, 0, 0, 45047]
    clock.move(seconds=60)
    assert await api.code(CUSTOM, text(teacher, "在吗")) == 45015


async def test_a_tap_does_not_renew_the_long_window(
    api: AccountApi, teacher: Follower
) -> None:
    await teacher.says("你好")
    menu = {"head_content": "选", "list": [{"id": "#1.0", "content": "男"}]}
    assert await api.code(CUSTOM, custom(teacher, "msgmenu", **menu)) == 0
    await teacher.taps("男")
    codes = [await api.code(CUSTOM, text(teacher, str(n))) for n in range(8)]
    assert codes == [0] * 7 + [45047]


async def test_who_left_or_muted_gets_nothing(
    api: AccountApi, teacher: Follower
) -> None:
    await teacher.says("你好")
    teacher.standing.mutes = True
    assert await api.code(CUSTOM, text(teacher, "在吗")) == 48002
    await teacher.unfollows()
    assert await api.code(CUSTOM, text(teacher, "在吗")) == 45015
    assert await api.code(CUSTOM, {**text(teacher, "在"), "touser": "oNobody"}) == 40003


# What a message may hold


@pytest.mark.parametrize(
    ("body", "code"),
    [
        pytest.param({"msgtype": "text", "text": {"content": ""}}, 44004, id="empty"),
        pytest.param(
            {"msgtype": "text", "text": {"content": "培" * 683}}, 45002, id="long"
        ),
        pytest.param(
            {"msgtype": "text", "text": {"content": "培" * 682}}, 0, id="2046 bytes"
        ),
        pytest.param({"msgtype": "fax", "fax": {}}, 40008, id="no such type"),
        pytest.param(
            {"msgtype": "image", "image": {"media_id": "M0"}}, 40007, id="no medium"
        ),
        pytest.param(
            {"msgtype": "news", "news": {"articles": [{"url": "u"}] * 2}},
            45008,
            id="two articles",
        ),
        pytest.param(
            {"msgtype": "news", "news": {"articles": [{"url": "u", "title": "t"}]}},
            0,
            id="one article",
        ),
        pytest.param(
            {"msgtype": "msgmenu", "msgmenu": {"list": [{"id": "1"}]}},
            47001,
            id="a menu without labels",
        ),
    ],
)
async def test_a_message_is_as_documented(
    api: AccountApi, teacher: Follower, body: dict[str, Any], code: int
) -> None:
    await teacher.says("你好")
    assert await api.code(CUSTOM, {"touser": teacher.openid, **body}) == code
    assert api.platform.refused[f"{CUSTOM}:{code}"] == (1 if code else 0)


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (rb"\u5728", 47001),
        (rb"a\\u5728", 0),
        (rb"a\u0001", 0),
        ("在".encode(), 0),
        (b'"', 47001),
        ("在".encode("gbk"), 47001),
    ],
)
async def test_json_is_real_utf8(
    api: AccountApi, teacher: Follower, content: bytes, code: int
) -> None:
    await teacher.says("你好")
    raw = b'{"touser":"%s","msgtype":"text","text":{"content":"%s"}}'
    answer = await api.post(CUSTOM, raw % (teacher.openid.encode(), content))
    assert answer["errcode"] == code


async def test_a_test_account_has_no_menus(api: AccountApi, teacher: Follower) -> None:
    await teacher.says("你好")
    menu = custom(teacher, "msgmenu", list=[{"id": "1", "content": "男"}])
    assert await api.code(CUSTOM, menu) == 0
    assert teacher.heard[-1].choices == (("男", "1"),)
    api.platform.is_test_account = True
    assert await api.code(CUSTOM, menu) == 40200


async def test_typing_is_shown_to_who_just_wrote(
    api: AccountApi, teacher: Follower, clock: StandingClock
) -> None:
    body = {"touser": teacher.openid, "command": "Typing"}
    assert await api.code("message/custom/typing", body) == 45080
    await teacher.says("你好")
    assert await api.code("message/custom/typing", {**body, "command": "x"}) == 45072
    assert await api.code("message/custom/typing", body) == 0
    assert await api.code("message/custom/typing", body) == 45081
    clock.move(seconds=15)
    assert await api.code("message/custom/typing", body) == 0


# Templates


async def test_a_template_needs_no_window(api: AccountApi, teacher: Follower) -> None:
    api.platform.add_template("TPL", "thing1", "time3")
    answer = await api.post(TEMPLATE, template(teacher, url="https://x.cn/n/1"))
    assert answer == {"errcode": 0, "errmsg": "ok", "msgid": 200_000_001}
    assert [(one.way, one.text) for one in teacher.heard] == [
        ("template", "培训方案\n2026年6月20日 08:30\nhttps://x.cn/n/1")
    ]


async def test_a_template_is_known_and_its_reader_follows(
    api: AccountApi, teacher: Follower
) -> None:
    assert await api.code(TEMPLATE, template(teacher)) == 40037
    api.platform.add_template("TPL", "thing1", "time3")
    await teacher.unfollows()
    assert await api.code(TEMPLATE, template(teacher)) == 43004


async def test_a_wrong_field_is_named(api: AccountApi, teacher: Follower) -> None:
    api.platform.add_template("TPL", "thing1", "time3", "phrase2")
    answer = await api.post(TEMPLATE, template(teacher))
    assert answer["errcode"] == 47003
    assert "data.phrase2.value is empty" in answer["errmsg"]
    wrong = template(teacher, data={"thing1": {"value": "培" * 21}})
    answer = await api.post(TEMPLATE, wrong)
    assert "argument invalid! data.thing1.value invalid" in answer["errmsg"]


@pytest.mark.parametrize(
    ("kind", "good", "bad"),
    [
        ("thing", "培" * 20, "培" * 21),
        ("short_thing", "培训", "培\n训"),
        ("number", "12", "12人"),
        ("letter", "abc", "a1"),
        ("symbol", "!?", "a"),
        ("character_string", "2026-NC-02", "数控-02"),
        ("time", "2026年6月20日 08:30", "6月20日"),
        ("date", "2026年6月20日", "20日"),
        ("amount", "¥100.50元", "一百"),
        ("phone_number", "+86-0990-5550000", "电话"),
        ("car_number", "苏A12345", "苏A12345678"),
        ("name", "买买提吐尔逊", "买买提吐尔逊买买提吐尔逊"),
        ("phrase", "待审核", "等待您审核了"),
    ],
)
def test_each_type_of_field_takes_what_is_documented(
    kind: str, good: str, bad: str
) -> None:
    assert (TYPES[kind](good), TYPES[kind](bad)) == (True, False)


def test_a_constant_is_one_of_its_values() -> None:
    choice = Template("T", ("const1",), {"const1": ("通过", "退回")})
    choice.check({"const1": {"value": "通过"}})
    with pytest.raises(Refusal, match=r"47003: .*const1\.value invalid"):
        choice.check({"const1": {"value": "候补"}})


async def test_a_client_id_is_shown_once_within_ten_minutes(
    api: AccountApi, teacher: Follower, clock: StandingClock
) -> None:
    api.platform.add_template("TPL", "thing1", "time3")
    body = template(teacher, client_msg_id="row-1")
    first, second = await api.post(TEMPLATE, body), await api.post(TEMPLATE, body)
    assert (first, len(teacher.heard)) == (second, 1)
    assert [entry.repeat for entry in api.platform.ledger] == [False, True]
    clock.move(minutes=10)
    assert (await api.post(TEMPLATE, body))["msgid"] == first["msgid"] + 1
    assert len(teacher.heard) == len(api.platform.sent(TEMPLATE)) == 2


# Consents, quotas, rights


async def test_a_consent_is_good_for_one_notification(
    api: AccountApi, teacher: Follower
) -> None:
    api.platform.add_template("TPL", "thing1", "time3")
    assert await api.code(SUBSCRIBE, template(teacher)) == 43101
    await teacher.accepts("TPL", "TPL")
    codes = [await api.code(SUBSCRIBE, template(teacher)) for _ in range(3)]
    assert codes == [0, 0, 43101]
    await teacher.accepts("TPL")
    await teacher.withdraws("TPL")
    assert await api.code(SUBSCRIBE, template(teacher)) == 43101
    assert [one.way for one in teacher.pushed] == ["subscribe"] * 2


async def test_a_quota_is_of_a_day_in_china(
    api: AccountApi, teacher: Follower, clock: StandingClock
) -> None:
    api.platform.limits = replace(api.platform.limits, template_a_day=1)
    api.platform.add_template("TPL", "thing1", "time3")
    codes = [await api.code(TEMPLATE, template(teacher)) for _ in range(2)]
    assert codes == [0, 45009]
    clock.move(hours=11, minutes=59)
    await api.fetch_token()
    assert await api.code(TEMPLATE, template(teacher)) == 45009
    clock.move(minutes=1)
    assert await api.code(TEMPLATE, template(teacher)) == 0


async def test_a_quota_is_cleared_ten_times_a_month(
    api: AccountApi, teacher: Follower
) -> None:
    codes = [
        await api.code("clear_quota", {"appid": api.platform.app_id}) for _ in range(11)
    ]
    assert codes == [0] * 10 + [48006]


async def test_an_account_lacks_a_right(api: AccountApi) -> None:
    api.platform.denied.add("freepublish/submit")
    assert await api.code("freepublish/submit", {"media_id": "x"}) == 48001
