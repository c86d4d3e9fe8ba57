"""Fills an empty database with the sample data, in one transaction."""

from __future__ import annotations

from datetime import datetime
from itertools import islice
from typing import TypedDict

from bot.actions.people import invite
from bot.core import Core
from bot.demo_data.applications import apply_all
from bot.demo_data.classes import make_class, plan_years
from bot.demo_data.notices import publish_all
from bot.demo_data.people import people_the_tree, plant_tree
from bot.demo_data.sample import load_sample
from bot.demo_data.schemes import write_scheme
from bot.demo_data.stage import Stage
from bot.errors import NotEmptyError
from storage.contents import is_empty

_INVITED_FOR_DAYS = 365


class MadeInvitation(TypedDict):
    """A code that nobody has used."""

    role: str
    scope: str
    code: str


class MadeClass(TypedDict):
    """A class and the first step it has not done."""

    code: str
    level: str
    major: str
    step: str
    opens_on: str


# One of the keys is a word of the language.
Person = TypedDict("Person", {"user": str, "role": str, "class": str, "state": str})


class Filled(TypedDict):
    """What ``demo-data`` prints."""

    invitations: list[MadeInvitation]
    classes: list[MadeClass]
    persons: list[Person]


async def fill(core: Core, now: datetime) -> Filled:
    """Fill an empty, migrated database with the sample data, seen from ``now``.

    Raises:
        NotEmptyError: something is kept there already.
    """
    async with core.database.transaction() as uow:
        if not await is_empty(uow):
            raise NotEmptyError
        stage = Stage(uow=uow, house=core.house, sample=load_sample(), now=now)
        await plant_tree(stage)
        await people_the_tree(stage)
        await _hold_classes(stage)
        await plan_years(stage)
        await publish_all(stage)
        filled = Filled(
            invitations=await _invitations(stage),
            classes=_classes(stage),
            persons=_persons(stage),
        )
        await uow.commit()
    return filled


async def _hold_classes(stage: Stage) -> None:
    applying = iter(stage.teachers[stage.sample.teachers.fresh :])
    for sample in stage.sample.classes:
        row = await make_class(stage, sample)
        await write_scheme(stage, sample, row)
        teachers = list(islice(applying, sum(sample.teachers.values())))
        await apply_all(stage, sample, row, teachers)


def _classes(stage: Stage) -> list[MadeClass]:
    return [
        MadeClass(
            code=row.code,
            level=row.level,
            major=row.major,
            step=sample.step,
            opens_on=row.opens_on.isoformat(),
        )
        for sample, row in zip(stage.sample.classes, stage.classes, strict=True)
    ]


def _persons(stage: Stage) -> list[Person]:
    return [
        {
            "user": one.user,
            "role": one.role,
            "class": one.class_code,
            "state": one.state,
        }
        for one in stage.made
    ]


async def _invitations(stage: Stage) -> list[MadeInvitation]:
    """One unused code for each role that is given by invitation."""
    sample = stage.sample
    managed = next(
        row
        for one, row in zip(sample.classes, stage.classes, strict=True)
        if one.managed
    )
    unlisted = next(one for one in stage.roster if one.person_id is None)
    province, base = sample.provinces[0], sample.institutions[0]
    home = stage.scopes[unlisted.province_id]
    offered = [
        ("centre_manager", sample.centre.id, sample.centre.name, None),
        ("province_manager", province.id, province.name, None),
        ("base_staff", base.id, base.name, None),
        ("class_manager", managed.scope_id, managed.code, None),
        ("backbone_teacher", home.id, home.name, unlisted.id),
    ]
    return [
        MadeInvitation(
            role=role,
            scope=name,
            code=await invite(
                stage.uow,
                role=role,
                scope_id=scope_id,
                now=stage.now,
                new_id=stage.house.new_id,
                days=_INVITED_FOR_DAYS,
                roster_id=roster_id,
            ),
        )
        for role, scope_id, name, roster_id in offered
    ]
