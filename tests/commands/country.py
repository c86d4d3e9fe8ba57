"""One of everything in two scopes, and somebody of each role in the first."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date

from bot.commands import ROLES
from conversations.model import Outcome
from tests.commands.evaluated import evaluate
from tests.commands.invitations import address_to, ask_somebody, teach
from tests.commands.world import Person, World, notice_draft, text_of


async def plant(world: World, base: str, province: str) -> dict[str, str]:
    """One of everything in one scope: its names as people type them."""
    row = await world.new_class(base)
    planned = await world.new_class(base, state="planned", title="钳工二级班")
    ended = await world.new_class(
        base, state="ended", opens_on=date(2026, 2, 10), title="模具二级班"
    )
    await evaluate(world, ended)
    applicant = await world.person(f"teacher of {base}")
    application = await world.apply(applicant, row, serial=1 + len(world.places))
    author = await world.person(f"author of {base}", ("base_staff", base))
    recruitment = await world.say(author, f"招生 {planned.code}")
    centre = await world.person(f"centre of {base}", ("centre_manager", "全国"))
    announcement = await world.submit(centre, notice_draft())
    return {
        "code": row.code,
        "ended": ended.code,
        "institution": world.places[base].name,
        **await world.planned(base),
        "province": world.places[province].name,
        "certificate": "GG-2024-001",
        "application": str(application.number),
        "leave": str(await world.leave(row, applicant)),
        "recruitment": number_in(recruitment),
        "announcement": number_in(announcement),
        "engagement": str(await ask_somebody(world, planned)),
        "change": str(await world.review(planned, "change", opens_on="2026-07-04")),
        **{
            kind: str(await world.review(planned, kind))
            for kind in ("opening", "scheme")
        },
    }


def number_in(outcome: Outcome) -> str:
    found = re.match(r"\d+", text_of(outcome))
    assert found, text_of(outcome)
    return found[0]


@dataclass
class Country:
    """Both scopes planted, and somebody of each role in the first."""

    world: World
    own: dict[str, str]
    foreign: dict[str, str]
    people: dict[str, Person]


async def found(world: World) -> Country:
    """Plant both scopes, and put somebody of each role into the first."""
    own = await plant(world, "江南", "江南省")
    foreign = await plant(world, "江北", "江北省")
    places = {
        "centre_manager": "全国",
        "province_manager": "江南省",
        "base_staff": "江南",
        "class_manager": own["code"],
        "backbone_teacher": "江南省",
    }
    people = {
        role: await world.person(
            f"somebody as {role}", *([(role, places[role])] if role in places else [])
        )
        for role in ROLES
    }
    for code in (own["code"], own["ended"]):
        await teach(world, code, people["backbone_teacher"])
    await address_to(world, own["engagement"], people["backbone_teacher"])
    return Country(world, own, foreign, people)
