"""QR codes: made for a class or an invitation, good for so many and so long."""

from __future__ import annotations

import asyncio
import dataclasses
import re
from datetime import date

import pytest
from msgspec.structs import replace

from bot import wording
from bot.actions import scenes as codes
from conversations.model import Outcome
from storage import jobs
from storage.classes import ClassRow
from storage.crypto import Vault
from tests.commands.world import Person, World, application_draft, text_of

USELESS = wording.refusal(wording.scenes.useless())


def token_in(outcome: Outcome) -> str:
    found = re.search(r"二维码 ([0-9A-Z]{36})$", text_of(outcome), re.MULTILINE)
    assert found, text_of(outcome)
    return found[1]


async def base(world: World) -> Person:
    return await world.person("基地", ("base_staff", "江南"))


async def class_token(world: World, row: ClassRow, more: str = "") -> str:
    staff = await world.person(f"基地 {more}", ("base_staff", "江南"))
    return token_in(await world.say(staff, f"二维码 {row.code} {more}".strip()))


async def scan(world: World, name: str, token: str) -> Outcome:
    return await world.say(await world.person(name), f"二维码 扫到 {token}")


def form_of(outcome: Outcome) -> str | None:
    opened = outcome.open
    return f"{opened.form} {opened.subject}" if opened else None


def test_a_token_is_read_back_and_nothing_else_is(vault: Vault) -> None:
    token = codes.sign(vault, "0123456789")
    forged = codes.sign(Vault(["another house's secret"]), "0123456789")
    others = [
        *(
            token[:at] + ("A" if token[at] != "A" else "B") + token[at + 1 :]
            for at in range(36)
        ),
        token[:-1],
        token + "0",
        forged,
        "",
        "报名 2026-JX-01",
        "Z" * 36,
    ]

    assert len(token) <= 64
    assert codes.read(vault, token.lower()) == "0123456789"
    assert [one for one in others if codes.read(vault, one)] == []


def test_a_token_outlives_a_new_key(vault: Vault) -> None:
    token = codes.sign(vault, "ABCDEFGHJK")

    assert codes.read(Vault(["new", "a secret for tests only"]), token) == "ABCDEFGHJK"


async def test_whoever_scans_a_classes_code_gets_its_form(world: World) -> None:
    row = await world.new_class()
    made = await world.say(await base(world), f"二维码 {row.code} 30")
    token = token_in(made)
    scanned = await scan(world, "扫码的", token)
    written = await world.say(await world.person("写字的"), f"二维码 {token}")

    assert "到 4 月 1 日（周三）为止，最多 30 人用，每人一次" in text_of(made)
    assert form_of(scanned) == form_of(written) == f"application {row.code}"


async def test_a_code_is_for_so_many_people_and_each_counts_once(world: World) -> None:
    row = await world.new_class()
    token = await class_token(world, row, "2")
    names = ["甲", "甲", "乙", "甲", "丙", "乙"]
    people = {name: await world.person(name) for name in names}
    opened = [
        form_of(await world.say(people[name], f"二维码 扫到 {token}")) is not None
        for name in names
    ]

    assert opened == [True, True, True, True, False, True]


async def test_of_many_at_once_no_more_than_so_many_get_in(world: World) -> None:
    row = await world.new_class()
    token = await class_token(world, row, "3")
    people = [await world.person(f"老师{number}") for number in range(8)]
    said = await asyncio.gather(
        *(world.say(person, f"二维码 扫到 {token}") for person in people)
    )

    assert sum(form_of(one) is not None for one in said) == 3


async def test_who_is_told_why_not_uses_nothing_up(world: World) -> None:
    row = await world.new_class()
    token = await class_token(world, row, "1")
    applicant = await world.person("报过的")
    await world.submit(applicant, application_draft(row))
    refused = await world.say(applicant, f"二维码 扫到 {token}")
    after = await scan(world, "没报过的", token)

    assert (form_of(refused), text_of(refused) == USELESS) == (None, False)
    assert form_of(after) == f"application {row.code}"


@pytest.mark.parametrize("days", [30, 31])
async def test_a_code_ends_after_thirty_days_at_most(world: World, days: int) -> None:
    row = await world.new_class()
    token = await class_token(world, row)
    world.later(days=days)

    assert text_of(await scan(world, "来晚的", token)) == USELESS


async def test_a_code_ends_with_the_time_to_apply(world: World) -> None:
    row = await world.new_class(opens_on=date(2026, 3, 12))
    token = await class_token(world, row)
    world.later(days=(row.apply_until - world.now.date()).days)
    last_day = await scan(world, "最后一天", token)
    world.later(days=1)
    day_after = await scan(world, "第二天", token)

    assert form_of(last_day) == f"application {row.code}"
    assert text_of(day_after) == USELESS


async def test_foreign_expired_and_used_codes_are_answered_alike(world: World) -> None:
    row = await world.new_class()
    used = await class_token(world, row, "1")
    await scan(world, "先来的", used)
    cancelled = await world.new_class(title="钳工二级班")
    of_cancelled = await class_token(world, cancelled, "5")
    await world.say(await base(world), f"取消班级 {cancelled.code} 确认")
    foreign = codes.sign(Vault(["another house's secret"]), "0123456789")
    unknown = codes.sign(world.database.vault, "0123456789")
    said = [
        text_of(await scan(world, f"某人{number}", token))
        for number, token in enumerate(
            [used, of_cancelled, foreign, unknown, "123123", "报名 2026-JX-01", "'; --"]
        )
    ]

    assert said == [USELESS] * 7


async def test_what_a_camera_read_never_makes_a_code(world: World) -> None:
    row = await world.new_class()
    said = await world.say(await base(world), f"二维码 扫到 {row.code} 30")

    assert text_of(said) == USELESS


async def test_an_invitation_scanned_gives_the_role_once(world: World) -> None:
    centre = await world.person("中心", ("centre_manager", "全国"))
    offered = await world.say(centre, "邀请 省级管理员 江南省")
    (choice,) = offered.replies[0].choices
    token = token_in(await world.say(centre, choice.send))
    taker, late = await world.person("省"), await world.person("来晚的")
    taken = await world.say(taker, f"二维码 扫到 {token}")
    await world.refresh(taker)
    too_late = await world.say(late, f"二维码 扫到 {token}")
    again = await world.say(taker, f"二维码 扫到 {token}")

    assert text_of(taken).startswith("好了，您现在是江南省的省级管理员")
    assert [grant.role for grant in taker.grants] == ["province_manager"]
    assert [text_of(too_late), text_of(again)] == [USELESS] * 2


async def test_nobody_makes_a_code_of_anothers_invitation(world: World) -> None:
    centre = await world.person("中心", ("centre_manager", "全国"))
    offered = await world.say(centre, "邀请 省级管理员 江南省")
    (choice,) = offered.replies[0].choices
    other = await world.person("另一位", ("centre_manager", "全国"))
    stolen = await world.say(other, choice.send)
    guessed = await world.say(other, "二维码 邀请码 7K3M-9QXT-2HCD")

    assert text_of(stolen) == text_of(guessed)
    assert "做不了二维码" in text_of(stolen)


@pytest.mark.parametrize("number", ["0", "1001", "很多", "-3"])
async def test_a_number_of_people_that_cannot_be_is_asked_again(
    world: World, number: str
) -> None:
    row = await world.new_class()
    said = await world.say(await base(world), f"二维码 {row.code} {number}")

    assert text_of(said).startswith("人数请写 1 到 1000")


async def test_without_a_number_it_is_for_as_many_as_the_limits_say(
    world: World,
) -> None:
    limits = replace(world.house.limits, code_people=1)
    world.house = dataclasses.replace(world.house, limits=limits)
    row = await world.new_class()
    token = await class_token(world, row)
    await scan(world, "甲", token)

    assert text_of(await scan(world, "乙", token)) == USELESS


@pytest.mark.parametrize("draws", [False, True])
async def test_a_picture_is_asked_for_where_a_platform_draws_one(
    world: World, *, draws: bool
) -> None:
    world.house = dataclasses.replace(world.house, draws_codes=draws)
    row = await world.new_class()
    made = await world.say(await base(world), f"二维码 {row.code}")
    async with world.database.transaction() as uow:
        claimed = await jobs.claim(
            uow,
            kinds=["qr_code"],
            owner="test",
            limit=9,
            now=world.now,
            lease_seconds=60,
            leased_at=world.now,
        )

    expected = [token_in(made)] if draws else []
    assert ("图马上发来" in text_of(made)) is draws
    assert [job.payload["token"] for job in claimed] == expected


async def test_a_class_that_is_over_gets_no_code(world: World) -> None:
    row = await world.new_class(state="running")
    said = await world.say(await base(world), f"二维码 {row.code}")

    assert text_of(said) == "这个班培训中，不能招生。发“班级”看各班。"
