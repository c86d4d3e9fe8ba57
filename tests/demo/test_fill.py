"""The sample data keep what they promise: every step, every person, every state."""

from __future__ import annotations

from collections import Counter
from datetime import UTC, date, datetime, timedelta

import pytest
from sqlalchemy import func, select

from bot.actions.people import plain_code
from bot.clock import civil
from bot.core import Core, make_core
from bot.demo_data import fill, load_sample, sample_persons
from bot.documents.schemes import scheme_paper
from bot.errors import NotEmptyError
from conversations.model import Answer
from conversations.rules.eligibility import (
    Applicant,
    ClassTerms,
    check_application,
    check_eligibility,
)
from conversations.rules.levels import may_run
from conversations.understanding.identity import read_id_number
from notices.timeline import current_step, plan_year
from storage import (
    applications,
    classes,
    deadlines,
    evaluations,
    invitations,
    organisations,
    people,
    reviews,
    submissions,
)
from storage.classes import ClassRow
from storage.database import Database, UnitOfWork
from storage.tables.classes import applications as application_table
from storage.tables.classes import reminders
from storage.tables.classes import submissions as submission_table
from storage.tables.messages import outbox
from tests.demo.conftest import NOW, Demo, fill_at, settings

PROGRAMME = "gongxue"
STEPS = [
    "plan",
    "opening",
    "staffing",
    "scheme",
    "recruiting",
    "recruiting",
    "recruiting",
    "needs",
    "training",
    "process_assessment",
    "final_assessment",
    "evaluation",
    "certificates",
    "backbone_feedback",
    "institution_feedback",
    "transcript",
    "archive",
    "annual_summary",
    "closed",
]
STAFF = {
    "demo-centre-1": "centre_manager",
    "demo-centre-2": "centre_manager",
    "demo-province-1": "province_manager",
    "demo-province-2": "province_manager",
    "demo-base-1": "base_staff",
    "demo-base-2": "base_staff",
    "demo-base-3": "base_staff",
    "demo-class-manager-1": "class_manager",
    **{f"demo-backbone-{place}": "backbone_teacher" for place in range(1, 13)},
}


async def step_of(core: Core, uow: UnitOfWork, row: ClassRow) -> str:
    """The first step not done, those of its institution's year among them."""
    programme = core.house.programmes[PROGRAMME]
    covered_by = row.opens_on - timedelta(days=40)
    years = [*plan_year(programme, covered_by.year - 1)]
    years += plan_year(programme, covered_by.year)
    plans = [one for one in years if one.deadline.step == "plan"]
    plan = [one for one in plans if one.deadline.due_on <= covered_by][-1]
    if await _is_open(uow, row, "plan", plan.period):
        return "plan"
    steps = await deadlines.of_class(uow, class_id=row.id)
    done = frozenset(one.step for one in steps if one.state == "done")
    step = current_step(programme, done)
    if step == "closed" and await _is_open(
        uow, row, "annual_summary", str(row.ends_on.year)
    ):
        return "annual_summary"
    return step


async def _is_open(uow: UnitOfWork, row: ClassRow, step: str, period: str) -> bool:
    subject = f"{row.institution_id}:{period}"
    found = await deadlines.find(uow, subject=subject, step=step)
    return found is not None and found.state == "open"


async def _class(uow: UnitOfWork, code: str) -> ClassRow:
    row = await classes.by_code(uow, code=code)
    assert row is not None
    return row


async def _ids(uow: UnitOfWork, users: list[str]) -> dict[str, str]:
    found = await people.resolve(uow, channel="webchat", addresses=users)
    return {user: known.person_id for user, known in found.items()}


async def test_there_is_a_class_at_every_step(demo: Demo, core: Core) -> None:
    order = {step: place for place, step in enumerate(STEPS)}
    named = sorted(
        (one["step"] for one in demo.filled["classes"]), key=order.__getitem__
    )
    assert named == STEPS
    async with core.database.reading() as uow:
        for one in demo.filled["classes"]:
            row = await _class(uow, one["code"])
            facts = (row.level, row.major, row.opens_on.isoformat())
            assert (one["level"], one["major"], one["opens_on"]) == facts
            assert await step_of(core, uow, row) == one["step"]


@pytest.mark.parametrize(
    "now",
    [
        pytest.param(datetime(2026, 1, 1, 0, 5, tzinfo=UTC), id="new-year"),
        pytest.param(datetime(2026, 2, 3, 4, tzinfo=UTC), id="last-year-ended-lately"),
        pytest.param(datetime(2026, 6, 14, 15, 59, tzinfo=UTC), id="day-before-plan"),
        pytest.param(datetime(2026, 12, 12, 9, tzinfo=UTC), id="after-the-summary"),
        pytest.param(datetime(2027, 12, 31, 15, 59, tzinfo=UTC), id="last-minute"),
    ],
)
async def test_on_any_day_of_the_year_classes_are_at_their_steps(
    copy_of_template: str, now: datetime
) -> None:
    filled = await fill_at(copy_of_template, now)
    core = make_core(settings(copy_of_template))
    async with core.database.reading() as uow:
        found = {
            one["code"]: await step_of(core, uow, await _class(uow, one["code"]))
            for one in filled["classes"]
        }
        due = await _due(uow, now)
    await core.database.close()
    assert found == {one["code"]: one["step"] for one in filled["classes"]}
    assert due == 0


async def _due(uow: UnitOfWork, now: datetime) -> int:
    query = select(func.count()).select_from(reminders)
    query = query.where(reminders.c.state == "planned", reminders.c.fire_at <= now)
    return int((await uow.execute(query)).scalar_one())


async def test_a_fresh_demo_has_nothing_old_to_say(core: Core) -> None:
    async with core.database.reading() as uow:
        assert await _due(uow, NOW) == 0
        states = (await uow.execute(select(outbox.c.state).distinct())).scalars()
        assert list(states) == ["delivered"]


async def test_every_promised_person_has_their_role(demo: Demo, core: Core) -> None:
    users = [one["user"] for one in demo.filled["persons"]]
    teachers = load_sample().teacher_count
    promised = [*STAFF, *(f"demo-teacher-{place}" for place in range(1, teachers + 1))]
    assert sorted(set(users)) == sorted(promised)
    async with core.database.reading() as uow:
        ids = await _ids(uow, promised)
        grants = await people.grants_of(uow, person_ids=list(ids.values()))
    roles = {
        user: {grant.role for grant in grants.get(person_id, ())} or {"teacher"}
        for user, person_id in ids.items()
    }
    assert roles == {user: {STAFF.get(user, "teacher")} for user in promised}


async def test_roles_reach_as_far_as_their_scope(core: Core) -> None:
    async with core.database.reading() as uow:
        ids = await _ids(uow, list(STAFF))
        grants = await people.grants_of(uow, person_ids=list(ids.values()))
    scopes = {
        user: {grant.scope_path for grant in grants[ids[user]]}
        for user in ("demo-centre-1", "demo-province-2", "demo-base-3")
    }
    assert scopes == {
        "demo-centre-1": {"/nation"},
        "demo-province-2": {"/nation/hedong"},
        "demo-base-3": {"/nation/jiangnan/centre-jiangnan-shizi"},
    }
    managed = {grant.scope_kind for grant in grants[ids["demo-class-manager-1"]]}
    assert managed == {"class"}


async def test_applications_stand_as_they_are_named(demo: Demo, core: Core) -> None:
    async with core.database.reading() as uow:
        for one in demo.filled["classes"]:
            row = await _class(uow, one["code"])
            named = {
                person["user"]: person["state"].replace("evaluated", "admitted")
                for person in demo.filled["persons"]
                if person["class"] == one["code"] and person["role"] == "teacher"
            }
            ids = await _ids(uow, list(named))
            rows = await applications.of_class(uow, class_id=row.id)
            states = {found.person_id: found.state for found in rows}
            assert states == {ids[user]: state for user, state in named.items()}
            assert row.places_taken == sum(found.holds_place for found in rows)
            for found in rows:
                assert found.holds_place == (
                    found.state in ("admitted", "awaiting_stamp")
                )
                assert bool(found.stamp_file_id) == (found.state == "admitted")


async def test_fresh_teachers_have_applied_nowhere(demo: Demo, core: Core) -> None:
    fresh = [
        one["user"]
        for one in demo.filled["persons"]
        if one["role"] == "teacher" and not one["class"]
    ]
    assert fresh == [f"demo-teacher-{place}" for place in range(1, 7)]
    async with core.database.reading() as uow:
        ids = await _ids(uow, fresh)
        for person_id in ids.values():
            assert await applications.of_person(uow, person_id=person_id) == ()


async def test_recruiting_classes_are_open_by_the_rules(demo: Demo, core: Core) -> None:
    today = civil(NOW)
    named = {
        one["code"] for one in demo.filled["classes"] if one["step"] == "recruiting"
    }
    async with core.database.reading() as uow:
        rows = await classes.recruiting(uow, today=today)
    assert {row.code for row in rows} == named
    assert {row.level for row in rows} == {"一级", "二级", "三级"}
    for row in rows:
        terms = ClassTerms(
            level=row.level,
            major=row.major,
            apply_until=row.apply_until,
            capacity=row.capacity,
            places_taken=row.places_taken,
        )
        assert check_application(terms, Applicant(), today=today) is None
    left = sorted(row.capacity - row.places_taken for row in rows)
    assert left[0] == 1


async def test_the_class_past_final_assessment_is_being_evaluated(
    demo: Demo, core: Core
) -> None:
    code = next(
        one["code"] for one in demo.filled["classes"] if one["step"] == "evaluation"
    )
    states = Counter(
        one["state"]
        for one in demo.filled["persons"]
        if one["class"] == code and one["role"] == "teacher"
    )
    assert states == {"admitted": 10, "evaluated": 5}
    async with core.database.reading() as uow:
        row = await _class(uow, code)
        done = await evaluations.completed(uow, class_id=row.id, form="evaluation")
        results = await evaluations.results(uow, class_id=row.id, form="evaluation")
        lecturers = await classes.staff_of(uow, class_id=row.id, duty="lecturer")
    assert len(done) == 5
    assert results.count == 5
    assert [bool(one.name and one.course) for one in lecturers] == [True, True]


async def test_classes_past_staffing_have_two_lecturers_and_three_assessors(
    demo: Demo, core: Core
) -> None:
    async with core.database.reading() as uow:
        for one in demo.filled["classes"]:
            row = await _class(uow, one["code"])
            staff = await classes.staff_of(uow, class_id=row.id)
            duties = Counter(member.duty for member in staff)
            staffed = STEPS.index(one["step"]) > STEPS.index("staffing")
            assert duties["lecturer"] == (2 if staffed else 0)
            assert duties["assessor"] == (3 if staffed else 0)


async def test_institutions_run_only_what_they_are_approved_for(
    demo: Demo, core: Core
) -> None:
    async with core.database.reading() as uow:
        houses = await organisations.institutions_below(uow, paths=["/nation"])
        kinds = {one.scope_id: one.kind for one in houses}
        for one in demo.filled["classes"]:
            row = await _class(uow, one["code"])
            approved = await organisations.approvals_of(
                uow, institution_id=row.institution_id
            )
            assert (row.major, row.level) in approved
            assert may_run(kinds[row.institution_id], row.level)
    assert sorted(kinds.values()) == ["师资研修中心", "教师培训基地", "教师培训基地"]


async def test_every_form_is_whole_valid_and_somebodys_own(core: Core) -> None:
    today: date = civil(NOW)
    async with core.database.reading() as uow:
        applied = submission_table.c.form == "application"
        found = await uow.execute(select(submission_table.c.id).where(applied))
        ids = found.scalars().all()
        forms = await submissions.get_many(uow, submission_ids=list(ids))
        count = select(func.count()).select_from(application_table)
        assert len(forms) == (await uow.execute(count)).scalar_one()
    definition = core.house.book.newest("application")
    personal = {field.id for field in definition.fields if field.privacy.personal}
    numbers = []
    for form in forms.values():
        said = form.all_answers
        assert personal.isdisjoint(form.answers)
        number = said["id_number"]
        assert isinstance(number, str)
        assert read_id_number(number, today=today).value == number
        assert number.startswith("119999")
        assert said["signature"] == said["name"]
        answers = {key: Answer(value=value) for key, value in said.items()}
        level = form.context["level"]
        assert check_eligibility(level, answers, form.context, today) is None
        numbers.append(number)
    assert len(set(numbers)) == len(numbers)


async def test_a_scheme_is_there_wherever_a_province_saw_one(
    demo: Demo, core: Core
) -> None:
    seen, whole = [], []
    for one in demo.filled["classes"]:
        async with core.database.reading() as uow:
            row = await _class(uow, one["code"])
            reviewed = await reviews.latest(uow, class_id=row.id, kind="scheme")
            paper = await scheme_paper(uow, core.house.book, row)
        if reviewed is not None:
            seen.append(row.code)
        if paper is not None and all(
            day.whole or (day.morning and day.afternoon) for day in paper.days
        ):
            whole.append(row.code)

    assert seen == whole != []


async def test_there_is_one_unused_code_for_each_role(demo: Demo, core: Core) -> None:
    roles = [one["role"] for one in demo.filled["invitations"]]
    assert roles == [
        "centre_manager",
        "province_manager",
        "base_staff",
        "class_manager",
        "backbone_teacher",
    ]
    async with core.database.reading() as uow:
        for one in demo.filled["invitations"]:
            found = await invitations.find(uow, code=plain_code(one["code"]))
            assert found is not None
            assert (found.role, found.used_at) == (one["role"], None)
            assert found.expires_at > NOW + timedelta(days=300)


async def test_the_page_offers_persons_who_exist(demo: Demo) -> None:
    named = {one["user"] for one in demo.filled["persons"]}
    offered = [one.user for one in sample_persons()]
    assert len(set(offered)) == len(offered)
    assert set(STAFF) <= set(offered) <= named


async def test_what_is_not_empty_is_refused(database: Database) -> None:
    async with database.transaction() as uow:
        await organisations.create_scope(uow, id="n", kind="nation", name="somewhere")
        await uow.commit()
    url = database.engine.url.render_as_string(hide_password=False)
    core = make_core(settings(url))
    with pytest.raises(NotEmptyError):
        await fill(core, NOW)
    async with core.database.reading() as uow:
        assert (
            await organisations.scopes_below(uow, paths=["/n"], kind="province") == ()
        )
    await core.database.close()
