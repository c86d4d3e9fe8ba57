"""The tree of scopes, the people with a role, the roster, and the teachers."""

from __future__ import annotations

from bot.demo_data.sample import Backbone, Official
from bot.demo_data.stage import MadePerson, Stage, Teacher
from storage import organisations, people
from storage.organisations import RosterRow
from storage.people import Newcomer

CHANNEL = "webchat"
_JOINED = "、"


async def plant_tree(stage: Stage) -> None:
    """The nation, its provinces and their institutions."""
    uow, sample = stage.uow, stage.sample
    centre = await organisations.create_scope(
        uow, id=sample.centre.id, kind="nation", name=sample.centre.name
    )
    stage.scopes[centre.id] = centre
    for province in sample.provinces:
        stage.scopes[province.id] = await organisations.create_scope(
            uow, id=province.id, kind="province", name=province.name, parent=centre
        )
    for one in sample.institutions:
        await organisations.create_institution(
            uow,
            id=one.id,
            province=stage.scopes[one.province],
            name=one.name,
            kind=one.kind,
            address=one.address,
            contact=one.contact,
            approved=one.pairs,
        )
        place = await organisations.scope(uow, scope_id=one.id)
        assert place is not None  # noqa: S101 -- it was made a line ago
        stage.scopes[one.id] = place


async def people_the_tree(stage: Stage) -> None:
    """Everybody with an address on the web chat; roles for those who have one."""
    stage.teachers = _teachers(stage)
    await _create_persons(stage)
    for official in stage.sample.staff:
        await _appoint(stage, official)
    await _enlist(stage)
    for teacher in stage.teachers[: stage.sample.teachers.fresh]:
        stage.made.append(MadePerson(teacher.user, "", "teacher"))


def _teachers(stage: Stage) -> list[Teacher]:
    """Invented names, women and men in turn; a fresh teacher's is not known yet."""
    data = stage.sample.teachers
    teachers = []
    for place in range(1, stage.sample.teacher_count + 1):
        woman = data.is_woman(place)
        teachers.append(Teacher(place, stage.new_id(), data.name(place), woman))
    return teachers


async def _create_persons(stage: Stage) -> None:
    sample = stage.sample
    named = {one.user: one.name for one in sample.staff}
    named[sample.class_manager.user] = sample.class_manager.name
    named |= {one.user: one.name for one in sample.roster if one.user}
    stage.person_ids = {user: stage.new_id() for user in named}
    stage.person_ids |= {one.user: one.person_id for one in stage.teachers}
    newcomers = [
        Newcomer(user, person_id, stage.new_id())
        for user, person_id in stage.person_ids.items()
    ]
    await people.create(
        stage.uow, channel=CHANNEL, newcomers=newcomers, now=stage.long_ago
    )
    for user, name in named.items():
        await people.set_name(stage.uow, person_id=stage.person_ids[user], name=name)


async def _appoint(stage: Stage, official: Official) -> None:
    """Give a role, by the first person who may: the centre's first by the operator."""
    scope = stage.scopes[official.scope]
    above = {
        "province_manager": ("centre_manager", [stage.sample.centre.id]),
        "base_staff": ("province_manager", [scope.parent_id or ""]),
    }.get(official.role)
    giver = stage.person_ids[stage.first_user(*above)] if above else None
    await grant(stage, official.user, official.role, official.scope, giver)
    stage.made.append(MadePerson(official.user, official.name, official.role))


async def grant(
    stage: Stage, user: str, role: str, scope_id: str, giver: str | None
) -> None:
    """Give a role over a scope, long ago."""
    await people.add_grant(
        stage.uow,
        grant_id=stage.new_id(),
        person_id=stage.person_ids[user],
        role=role,
        scope_id=scope_id,
        granted_by=giver,
        now=stage.long_ago,
    )


async def _enlist(stage: Stage) -> None:
    """The roster, with the role for those who took it up."""
    roster = stage.sample.roster
    rows = [_roster_row(stage, one) for one in roster]
    await organisations.add_to_roster(stage.uow, rows)
    stage.roster = tuple(rows)
    centre = stage.person_ids[
        stage.first_user("centre_manager", [stage.sample.centre.id])
    ]
    for one in roster:
        if one.user:
            role = "backbone_teacher"
            await grant(stage, one.user, role, one.province, centre)
            stage.made.append(MadePerson(one.user, one.name, role))


def _roster_row(stage: Stage, one: Backbone) -> RosterRow:
    return RosterRow(
        id=stage.new_id(),
        name=one.name,
        certificate=one.certificate,
        majors=_JOINED.join(one.majors),
        levels=_JOINED.join(one.levels),
        province_id=one.province,
        school=one.school,
        person_id=stage.person_ids.get(one.user),
    )
