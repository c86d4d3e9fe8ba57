"""People are asked for notifications when it is natural, and not too often."""

from __future__ import annotations

from dataclasses import replace

import pytest

from storage import subscriptions
from tests.commands.world import Person, World, application_draft, text_of

OURS = "official_account"
LINK = "http://127.0.0.1:8080/subscribe"


@pytest.fixture
def asking(world: World) -> World:
    """A service with two templates that people may agree to."""
    world.house = replace(world.house, notifications=("T1", "T2"))
    return world


async def hand_in(world: World, person: Person) -> str:
    """Apply to a new class; the answer."""
    row = await world.new_class()
    return text_of(await world.submit(person, application_draft(row)))


async def test_who_handed_in_an_application_is_asked(asking: World) -> None:
    person = await asking.person("教师", channel=OURS)
    said = await hand_in(asking, person)
    assert said.endswith(f"请点开，同意一次：\n{LINK}")


async def test_where_no_template_is_set_up_nobody_is_asked(world: World) -> None:
    person = await world.person("教师", channel=OURS)
    assert LINK not in await hand_in(world, person)


@pytest.mark.parametrize("channel", ["webchat", "wecom"])
async def test_on_other_channels_nobody_is_asked(asking: World, channel: str) -> None:
    person = await asking.person("教师", channel=channel)
    assert LINK not in await hand_in(asking, person)


async def test_who_is_admitted_is_asked_at_most_once_a_week(asking: World) -> None:
    base = await asking.person("基地", ("base_staff", "江南"))
    person = await asking.person("教师", channel=OURS)
    row = await asking.new_class()
    said = text_of(await asking.submit(person, application_draft(row)))
    assert LINK in said
    number = int(said.partition("编号 ")[2].partition("。")[0])
    asking.later(days=6)
    await asking.say(base, f"审核 {number} 通过")
    assert LINK not in (await asking.pushed(person))[-1]


async def test_after_a_week_the_admission_asks_again(asking: World) -> None:
    base = await asking.person("基地", ("base_staff", "江南"))
    person = await asking.person("教师", channel=OURS)
    row = await asking.new_class()
    said = text_of(await asking.submit(person, application_draft(row)))
    number = int(said.partition("编号 ")[2].partition("。")[0])
    asking.later(days=7)
    await asking.say(base, f"审核 {number} 通过")
    assert (await asking.pushed(person))[-1].endswith(LINK)


async def test_a_refusal_asks_for_nothing(asking: World) -> None:
    base = await asking.person("基地", ("base_staff", "江南"))
    person = await asking.person("教师", channel=OURS)
    row = await asking.new_class()
    said = text_of(await asking.submit(person, application_draft(row)))
    number = int(said.partition("编号 ")[2].partition("。")[0])
    asking.later(days=7)
    await asking.say(base, f"审核 {number} 不通过 专业不符")
    assert LINK not in (await asking.pushed(person))[-1]


async def test_who_agreed_to_everything_is_not_asked(asking: World) -> None:
    person = await asking.person("教师", channel=OURS)
    async with asking.database.transaction() as uow:
        await subscriptions.grant(
            uow,
            address_id=person.address_id,
            template_ids=["T1", "T2"],
            now=asking.now,
        )
        await uow.commit()
    assert LINK not in await hand_in(asking, person)
