"""The WeCom stand-in keeps to the platform's rules."""

from __future__ import annotations

import copy
from collections.abc import AsyncIterator
from typing import Any

import aiohttp
import pytest

from tests.platforms.api import Api
from tests.platforms.clock import StandingClock
from tests.platforms.envelope import write_xml
from tests.platforms.members import Member
from tests.platforms.service import SmallService, small_service
from tests.platforms.wecom import WeComPlatform

SEND, UPDATE = "message/send", "message/update_template_card"
VOTE: dict[str, Any] = {
    "card_type": "vote_interaction",
    "main_title": {"title": "请选择"},
    "task_id": "row-2",
    "checkbox": {
        "question_key": "q",
        "mode": 1,
        "option_list": [{"id": "a", "text": "数控"}, {"id": "b", "text": "焊接"}],
    },
    "submit_button": {"text": "提交", "key": "submit"},
}
BUTTONS: dict[str, Any] = {
    "card_type": "button_interaction",
    "main_title": {"title": "性别"},
    "task_id": "row-1",
    "button_list": [{"text": "男", "key": "#1.0"}, {"text": "女", "key": "#1.1"}],
}


@pytest.fixture
async def wecom(clock: StandingClock) -> AsyncIterator[WeComPlatform]:
    clock.move(minutes=7)
    async with WeComPlatform(clock) as platform:
        yield platform


@pytest.fixture
async def wecom_api(wecom: WeComPlatform) -> AsyncIterator[Api]:
    async with aiohttp.ClientSession() as http:
        api = Api(wecom, http)
        await fetch_token(api)
        yield api


@pytest.fixture
async def service(wecom: WeComPlatform) -> AsyncIterator[SmallService]:
    async with small_service(wecom.envelope) as service:
        wecom.callbacks.urls.append(service.url)
        yield service


@pytest.fixture
def member(wecom: WeComPlatform) -> Member:
    return wecom.member("ZhangSan")


async def fetch_token(api: Api, **changes: str) -> dict[str, Any]:
    asked = {
        "corpid": WeComPlatform.corp_id,
        "corpsecret": WeComPlatform.secret,
        **changes,
    }
    answer: dict[str, Any] = await api.get("gettoken", **asked)
    api.token = answer.get("access_token", api.token)
    return answer


def message(kind: str, **part: object) -> dict[str, Any]:
    head = {"touser": "zhangsan", "agentid": WeComPlatform.agent_id, "msgtype": kind}
    return {**head, kind: part}


def text(content: str = "在吗", **more: object) -> dict[str, Any]:
    return {**message("text", content=content), **more}


def reply(kind: str, **leaves: object) -> bytes:
    head = {"ToUserName": "zhangsan", "FromUserName": WeComPlatform.corp_id}
    return write_xml({**head, "CreateTime": 1, "MsgType": kind, **leaves})


# Tokens


async def test_the_token_stays_the_same_while_it_is_good(
    wecom_api: Api, clock: StandingClock, member: Member
) -> None:
    first = await fetch_token(wecom_api)
    clock.move(seconds=7199)
    assert (await fetch_token(wecom_api))["access_token"] == first["access_token"]
    assert await wecom_api.code(SEND, text()) == 0
    clock.move(seconds=1)
    assert await wecom_api.code(SEND, text()) == 42001
    assert (await fetch_token(wecom_api))["access_token"] != first["access_token"]


async def test_tokens_and_secrets_are_refused(wecom_api: Api, member: Member) -> None:
    wrong = await fetch_token(wecom_api, corpsecret="x")
    nobody = await fetch_token(wecom_api, corpid="x")
    assert (wrong["errcode"], nobody["errcode"]) == (40001, 40013)
    wecom_api.server.invalidate()
    assert await wecom_api.code(SEND, text()) == 40014
    wecom_api.token = ""
    assert await wecom_api.code(SEND, text()) == 41001


# Messages


@pytest.mark.parametrize(
    ("body", "code"),
    [
        (text(), 0),
        (text(""), 44004),
        (text(agentid=1), 40056),
        (text(touser="nobody"), 81013),
        (text(touser="|".join(["zhangsan"] * 1001)), 40058),
        (message("fax"), 40008),
        (message("file", media_id="M0"), 40007),
        (message("markdown", content="长" * 683), 45002),
        (message("news", articles=[{"title": "t"}] * 9), 45008),
        (message("textcard", title="t", description="d"), 40058),
        (message("textcard", title="t", description="d", url="https://x.cn"), 0),
    ],
)
async def test_a_message_is_as_documented(
    wecom_api: Api, member: Member, body: dict[str, Any], code: int
) -> None:
    assert await wecom_api.code(SEND, body) == code
    assert len(member.heard) == (0 if code else 1)


async def test_some_receivers_may_be_nobody(wecom_api: Api, member: Member) -> None:
    answer = await wecom_api.post(SEND, text(touser="ZhangSan|gone|left"))
    assert (answer["errcode"], answer["invaliduser"]) == (0, "gone|left")
    assert [one.text for one in member.heard] == ["在吗"]


async def test_what_is_too_long_is_cut_and_counted(
    wecom_api: Api, wecom: WeComPlatform, member: Member
) -> None:
    assert await wecom_api.code(SEND, text("长" * 683)) == 0
    assert wecom.cut == {"text": 1}


@pytest.mark.parametrize(("seconds", "sent", "dropped"), [(0, 30, 1), (3, 1000, 201)])
async def test_more_than_the_rate_is_dropped_without_a_word(
    wecom_api: Api,
    wecom: WeComPlatform,
    clock: StandingClock,
    member: Member,
    seconds: float,
    sent: int,
    dropped: int,
) -> None:
    for number in range(sent + dropped):
        assert await wecom_api.code(SEND, text(str(number))) == 0
        clock.move(seconds=seconds if number < 1000 else 0.1)
    assert (len(member.heard), wecom.dropped["zhangsan"]) == (sent, dropped)


@pytest.mark.parametrize(
    ("minutes", "crowded"), [(0, 0), (22, 0), (23, 1), (24, 0), (53, 1)]
)
async def test_what_is_sent_at_the_full_and_half_hour_is_counted(
    wecom_api: Api,
    wecom: WeComPlatform,
    clock: StandingClock,
    member: Member,
    minutes: int,
    crowded: int,
) -> None:
    clock.move(minutes=minutes)
    await wecom_api.post(SEND, text())
    assert wecom.crowded == crowded


async def test_the_same_is_sent_once_if_asked_for(
    wecom_api: Api, clock: StandingClock, member: Member
) -> None:
    once = text(enable_duplicate_check=1, duplicate_check_interval=1800)
    for body in (once, once, text(), text()):
        await wecom_api.post(SEND, body)
    assert len(member.heard) == 3
    clock.move(minutes=30)
    await wecom_api.post(SEND, once)
    assert len(member.heard) == 4


async def test_a_day_has_a_quota(
    wecom_api: Api, wecom: WeComPlatform, member: Member
) -> None:
    wecom.a_day = 1
    assert [await wecom_api.code(SEND, text()) for _ in range(2)] == [0, 45009]


async def test_files_are_five_bytes_at_least(
    wecom_api: Api, clock: StandingClock, member: Member
) -> None:
    small = await wecom_api.upload("media/upload", "a.pdf", b"1234", type="file")
    good = await wecom_api.upload("media/upload", "a.pdf", b"12345", type="file")
    assert (small["errcode"], good["type"]) == (40006, "file")
    file = message("file", media_id=good["media_id"])
    assert await wecom_api.code(SEND, file) == 0
    clock.move(days=3)
    await fetch_token(wecom_api)
    assert await wecom_api.code(SEND, file) == 40007


# Cards


def card(base: dict[str, Any], **changes: Any) -> dict[str, Any]:
    return message("template_card", **{**copy.deepcopy(base), **changes})


@pytest.mark.parametrize(
    ("body", "code"),
    [
        (card(BUTTONS), 0),
        (card(VOTE), 0),
        (card(BUTTONS, card_type="poster"), 40058),
        (card(BUTTONS, main_title={}), 40058),
        (card(BUTTONS, task_id="数控"), 40058),
        (card(BUTTONS, task_id="x" * 129), 40058),
        (card(BUTTONS, button_list=[{"text": "男", "key": "1"}] * 2), 40058),
        (
            card(
                BUTTONS, button_list=[{"text": "男", "key": str(n)} for n in "1234567"]
            ),
            40058,
        ),
        (card(BUTTONS, button_list=[{"text": "", "key": "1"}]), 40058),
        (card(VOTE, submit_button={}), 40058),
        (card(VOTE, checkbox={**VOTE["checkbox"], "mode": 2}), 40058),
        (
            card(
                VOTE,
                checkbox={
                    "question_key": "q",
                    "option_list": [{"id": f"{n}", "text": "x"} for n in range(21)],
                },
            ),
            40058,
        ),
        (card({"card_type": "text_notice", "main_title": {"title": "t"}}), 40058),
    ],
)
async def test_a_card_is_as_documented(
    wecom_api: Api,
    service: SmallService,
    member: Member,
    body: dict[str, Any],
    code: int,
) -> None:
    answer = await wecom_api.post(SEND, body)
    assert (answer["errcode"], "response_code" in answer) == (code, not code)


async def test_a_card_to_click_needs_a_callback(wecom_api: Api, member: Member) -> None:
    assert await wecom_api.code(SEND, card(BUTTONS)) == 40058


async def test_a_task_id_is_used_once(
    wecom_api: Api, service: SmallService, member: Member
) -> None:
    codes = [await wecom_api.code(SEND, card(BUTTONS)) for _ in range(2)]
    assert codes == [0, 40058]


async def test_long_lines_of_a_card_are_cut_and_counted(
    wecom_api: Api, wecom: WeComPlatform, service: SmallService, member: Member
) -> None:
    long = card(BUTTONS, button_list=[{"text": "长" * 11, "key": "1"}])
    assert await wecom_api.code(SEND, long) == 0
    assert wecom.cut == {"card button": 1}


async def test_a_button_is_pressed_and_the_answer_ends_the_card(
    wecom_api: Api, service: SmallService, member: Member
) -> None:
    await wecom_api.post(SEND, card(BUTTONS))
    service.answers.append(reply("update_button", Button={"ReplaceName": "男"}))
    assert await member.presses("男") == "男"
    names = ("Event", "EventKey", "TaskId", "CardType", "AgentID")
    assert [service.got[0].findtext(name) for name in names] == [
        *("template_card_event", "#1.0", "row-1", "button_interaction", "1000002")
    ]
    assert (member.card.done, member.card.choices) == ("男", ())
    with pytest.raises(AssertionError, match="no card"):
        await member.presses("女")


async def test_lines_are_ticked_and_sent(
    wecom_api: Api, service: SmallService, member: Member
) -> None:
    await wecom_api.post(SEND, card(VOTE))
    await member.votes("数控", "焊接")
    (item,) = service.got[0].iter("SelectedItem")
    ticked = [one.text for one in item.iter("OptionId")]
    assert (item.findtext("QuestionKey"), ticked) == ("q", ["a", "b"])
    assert service.got[0].findtext("EventKey") == "submit"


async def test_one_line_of_each_selection_is_chosen(
    wecom_api: Api, service: SmallService, member: Member
) -> None:
    selects = [
        {"question_key": name, "option_list": [{"id": f"{name}1", "text": name}]}
        for name in ("甲", "乙")
    ]
    many = {**VOTE, "card_type": "multiple_interaction", "select_list": selects}
    assert await wecom_api.code(SEND, card(many)) == 0
    await member.selects("甲", "乙")
    assert [one.text for one in service.got[0].iter("OptionId")] == ["甲1", "乙1"]


async def test_a_response_code_is_good_once_within_72_hours(
    wecom_api: Api, service: SmallService, clock: StandingClock, member: Member
) -> None:
    update = {
        "userids": ["zhangsan"],
        "agentid": WeComPlatform.agent_id,
        "button": {"replace_name": "已选"},
    }
    sent = await wecom_api.post(SEND, card(BUTTONS))
    body = {**update, "response_code": sent["response_code"]}
    assert [await wecom_api.code(UPDATE, body) for _ in range(2)] == [0, 40058]
    assert member.card.done == "已选"
    await wecom_api.post(SEND, card(VOTE))
    await member.votes("数控")
    clicked = {**update, "response_code": member.card.response_code}
    clock.move(hours=72)
    await fetch_token(wecom_api)
    assert await wecom_api.code(UPDATE, clicked) == 40058


# Callbacks


async def test_members_talk_and_are_answered(
    wecom_api: Api, service: SmallService, member: Member
) -> None:
    service.answers.append(reply("text", Content="您好"))
    assert await member.says("你好") == "您好"
    await member.enters()
    await member.sends_image(b"picture")
    kinds = zip(service.said("MsgType"), service.said("Event"), strict=True)
    assert list(kinds) == [("text", ""), ("event", "enter_agent"), ("image", "")]
    assert service.said("FromUserName") == ["ZhangSan"] * 3
    assert set(service.queries[0]) == {"msg_signature", "timestamp", "nonce"}
    assert [one.way for one in member.heard] == ["passive"]


async def test_a_menu_is_pressed(
    wecom_api: Api, service: SmallService, member: Member
) -> None:
    menu = {"button": [{"type": "click", "name": "报名", "key": "报名"}]}
    agent = str(WeComPlatform.agent_id)
    assert (await wecom_api.post("menu/create", menu, agentid=agent))["errcode"] == 0
    await member.clicks("报名")
    assert (service.said("Event"), service.said("EventKey")) == (["click"], ["报名"])
