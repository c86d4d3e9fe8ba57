"""A class's code, from the base that asks for it to those who follow by it."""

from __future__ import annotations

import re
from datetime import date
from pathlib import Path

from bot.actions.classes import ClassPlan, create_class
from bot.core import Core
from storage import organisations, people
from storage.classes import ClassRow
from storage.organisations import ScopeRow
from tests.journeys.running import BASE, serving_followers
from tests.platforms.messages import openid_of


async def test_who_follows_by_a_classs_code_is_asked_for_the_application(
    empty_database_url: str, tmp_path: Path
) -> None:
    async with serving_followers(empty_database_url, tmp_path) as (platform, core):
        base = platform.stranger("base")
        assert "欢迎来到训通" in await base.follows()
        row = await give_class(core, "base")
        said = await base.says(f"二维码 {row.code} 2")
        token = re.findall(r"二维码 ([0-9A-Z]{36})", said)[0]
        await base.hears("", way="custom")

        (made,) = platform.codes.made
        first, second, third = (
            platform.stranger(name) for name in ("first", "second", "third")
        )
        by_following = await first.scans(made.ticket)
        second.standing.follows = True
        by_scanning = await second.scans(made.ticket)
        too_many = await third.scans(made.ticket)

    assert made.scene == token
    assert "参训申请表" in by_following
    assert "参训申请表" in by_scanning
    assert "这个二维码用不了" in too_many


async def give_class(core: Core, name: str) -> ClassRow:
    """Make somebody the base's staff, and open a class there."""
    async with core.database.transaction() as uow:
        root = await organisations.nation(uow)
        assert root is not None
        (base,) = await organisations.scopes_below(
            uow, paths=[root.path], kind="institution"
        )
        found = await people.resolve(
            uow, channel="official_account", addresses=[openid_of(name)]
        )
        await people.add_grant(
            uow,
            grant_id=core.house.new_id(),
            person_id=found[openid_of(name)].person_id,
            role="base_staff",
            scope_id=base.id,
            granted_by=None,
            now=core.clock.now(),
        )
        plan = ClassPlan(
            title="数控加工二级班",
            level="二级",
            major="机械类",
            opens_on=date(core.clock.now().year + 1, 6, 20),
            capacity=30,
            state="recruiting",
        )
        row = await create_class(
            uow,
            core.house,
            plan,
            institution=ScopeRow(
                base.id, "institution", BASE, base.parent_id, base.path
            ),
            now=core.clock.now(),
        )
        await uow.commit()
    return row
