"""Callbacks: sealed, tried three times, overlapping, and what people see of them."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from tests.platforms.envelope import write_xml
from tests.platforms.official_account import ACCOUNT, OfficialAccountPlatform
from tests.platforms.people import UNAVAILABLE, Follower
from tests.platforms.service import SmallService, small_service


@pytest.fixture
async def service(platform: OfficialAccountPlatform) -> AsyncIterator[SmallService]:
    async with small_service(platform.envelope) as service:
        platform.callbacks.urls.append(service.url)
        yield service


def reply(person: Follower, content: str) -> bytes:
    return write_xml(
        {
            "ToUserName": person.openid,
            "FromUserName": ACCOUNT,
            "CreateTime": 1,
            "MsgType": "text",
            "Content": content,
        }
    )


async def test_a_message_is_answered_at_once(
    service: SmallService, teacher: Follower
) -> None:
    service.answers.append(reply(teacher, "您好"))
    assert await teacher.says("你好") == "您好"
    assert (service.said("Content"), len(service.said("MsgId")[0])) == (["你好"], 16)
    assert set(service.queries[0]) == {
        *("signature", "timestamp", "nonce", "openid", "encrypt_type"),
        "msg_signature",
    }


async def test_an_acknowledgement_shows_nothing(
    service: SmallService, teacher: Follower
) -> None:
    assert (await teacher.says("你好"), teacher.heard) == ("", [])


async def test_a_silent_service_is_tried_three_times_overlapping(
    service: SmallService, teacher: Follower, platform: OfficialAccountPlatform
) -> None:
    platform.callbacks.patience = 0.05
    service.answers += [None, None, None]
    assert await teacher.says("你好") == UNAVAILABLE
    assert len(set(service.said("MsgId"))) == 1
    assert len(service.got) == teacher.deliveries[0].tries == 3
    assert [one.way for one in teacher.heard] == ["trouble"]


async def test_the_second_try_may_be_answered_while_the_first_goes_on(
    service: SmallService, teacher: Follower, platform: OfficialAccountPlatform
) -> None:
    platform.callbacks.patience = 0.2
    platform.callbacks.hangs_up = False
    service.answers += [None, reply(teacher, "您好")]
    assert await teacher.says("你好") == "您好"
    assert teacher.deliveries[0].tries == 2


async def test_an_error_is_tried_again_somewhere_else(
    service: SmallService, teacher: Follower, platform: OfficialAccountPlatform
) -> None:
    platform.callbacks.urls.insert(0, "http://127.0.0.1:9/callback")
    service.answers += [503, reply(teacher, "您好")]
    assert await teacher.says("你好") == UNAVAILABLE
    assert await teacher.says("你好") == "您好"


@pytest.mark.parametrize(
    "wrong",
    [
        pytest.param(b'{"a": 1}', id="JSON"),
        pytest.param(b"<xml><Content>a</Content></xml>", id="not a reply"),
        pytest.param(
            write_xml(
                {
                    "ToUserName": "oSomebodyElse",
                    "CreateTime": 1,
                    "MsgType": "text",
                    "Content": "您好",
                }
            ),
            id="for somebody else",
        ),
    ],
)
async def test_an_abnormal_answer_is_seen_and_not_tried_again(
    service: SmallService, teacher: Follower, wrong: bytes
) -> None:
    service.answers.append(wrong)
    assert await teacher.says("你好") == UNAVAILABLE
    assert len(service.got) == 1


async def test_copies_arrive_beside_one_another(
    service: SmallService, teacher: Follower
) -> None:
    service.answers += [reply(teacher, "您好")] * 3
    assert await teacher.says("你好", copies=3) == "您好"
    assert (len(service.got), len(teacher.heard)) == (3, 1)


async def test_a_link_is_tapped_as_the_client_sends_it(
    service: SmallService, teacher: Follower
) -> None:
    href = "weixin://bizmsgmenu?msgmenucontent=%E7%94%B7&msgmenuid=%231.0"
    service.answers.append(reply(teacher, f'性别？\n1. <a href="{href}">男</a>'))
    assert await teacher.says("报名") == "性别？\n1. 男"
    assert teacher.heard[-1].choices == (("男", "#1.0"),)
    await teacher.taps(1)
    assert (service.said("Content")[-1], service.said("bizmsgmenuid")[-1]) == (
        "男",
        "#1.0",
    )


async def test_events_are_as_documented(
    service: SmallService, platform: OfficialAccountPlatform
) -> None:
    someone = platform.stranger("someone")
    await someone.scans("abc")
    await someone.scans("abc")
    await someone.accepts("TPL")
    await someone.unfollows()
    assert list(zip(service.said("Event"), service.said("EventKey"), strict=True)) == [
        ("subscribe", "qrscene_abc"),
        ("SCAN", "abc"),
        ("subscribe_msg_popup_event", ""),
        ("unsubscribe", ""),
    ]
    assert service.said("MsgId") == [""] * 4
