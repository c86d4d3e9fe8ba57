"""Classes at every step of their life: what was done is done, what comes is open."""

from __future__ import annotations

from datetime import date, timedelta

from bot.actions import deadlines as timing
from bot.actions.classes import DEFAULT_PROGRAMME, ClassPlan, create_class
from bot.demo_data.people import grant
from bot.demo_data.sample import Backbone, SampleClass
from bot.demo_data.stage import MadePerson, Stage
from notices.calendar import instant
from notices.programmes import Programme
from notices.timeline import ClassDates, plan_class, plan_year
from storage import classes, deadlines, numbers, reviews
from storage.classes import ClassRow, StaffRow

_LECTURERS, _ASSESSORS = 2, 3
# The steps of an institution's year come before and after those of a class.
BEFORE, AFTER = ("plan",), ("annual_summary", "closed")
_REPORTED_BEFORE = timedelta(days=20)
_STATES = {
    "recruiting": "recruiting",
    "needs": "recruiting",
    "training": "running",
    "process_assessment": "running",
    "final_assessment": "running",
    "annual_summary": "closed",
    "closed": "closed",
}


def _programme(stage: Stage) -> Programme:
    return stage.house.programmes[DEFAULT_PROGRAMME]


def is_past(stage: Stage, sample: SampleClass, step: str) -> bool:
    """True iff a class of the sample has a step behind it."""
    keys = [one.key for one in _programme(stage).class_steps]
    order = [*BEFORE, *keys, *AFTER]
    return order.index(sample.step) > order.index(step)


async def make_class(stage: Stage, sample: SampleClass) -> ClassRow:
    """A class with its dates, the steps behind it, its reviews and its staff."""
    plan = ClassPlan(
        title=sample.title,
        level=sample.level,
        major=sample.major,
        opens_on=stage.today + timedelta(days=sample.opens),
        venue=sample.venue,
        capacity=sample.capacity,
        state=_state(stage, sample),
    )
    row = await create_class(
        stage.uow,
        stage.house,
        plan,
        institution=stage.scopes[sample.institution],
        now=stage.now,
    )
    stage.classes.append(row)
    await _review(stage, sample, row)
    await _close_steps(stage, sample, row)
    if is_past(stage, sample, "staffing"):
        await _staff(stage, sample, row)
    return row


def _state(stage: Stage, sample: SampleClass) -> str:
    ended = is_past(stage, sample, "final_assessment")
    return _STATES.get(sample.step, "ended" if ended else "planned")


async def _close_steps(stage: Stage, sample: SampleClass, row: ClassRow) -> None:
    base = stage.person_ids[stage.first_user("base_staff", [sample.institution])]
    dates = ClassDates(row.opens_on, row.ends_on, row.apply_until)
    for planned in plan_class(_programme(stage), dates):
        if is_past(stage, sample, planned.step):
            await timing.mark_done(
                stage.uow,
                subject=row.code,
                step=planned.step,
                by=base,
                now=stage.at(planned.due_on),
            )


async def _review(stage: Stage, sample: SampleClass, row: ClassRow) -> None:
    """What the province decided, and what waits for it."""
    province = stage.scopes[sample.institution].parent_id or ""
    manager = stage.person_ids[stage.first_user("province_manager", [province])]
    for kind in ("opening", "scheme"):
        decided = is_past(stage, sample, kind)
        if not decided and sample.review != kind:
            continue
        handed_in = stage.at(row.opens_on - timedelta(days=60))
        review_id = stage.new_id()
        number = await numbers.take(stage.uow, kind=kind, subject_id=review_id)
        await reviews.add(
            stage.uow,
            id=review_id,
            number=number,
            kind=kind,
            class_id=row.id,
            now=handed_in,
        )
        if decided:
            await reviews.decide(
                stage.uow,
                review_id=review_id,
                state="approved",
                reason="",
                decided_by=manager,
                now=handed_in,
            )


async def _staff(stage: Stage, sample: SampleClass, row: ClassRow) -> None:
    """Two lecturers and three assessors of the class's trade; a 班主任 if managed."""
    fitting = [one for one in stage.sample.roster if _fits(one, sample)]
    turn = len(stage.classes) % len(fitting)
    team = (fitting[turn:] + fitting[:turn])[: _LECTURERS + _ASSESSORS]
    rows = [_staff_row(stage, row, one, place) for place, one in enumerate(team)]
    if sample.managed:
        rows.append(await _manager(stage, sample, row))
    await classes.add_staff(stage.uow, rows)


def _fits(one: Backbone, sample: SampleClass) -> bool:
    return bool(one.user) and sample.major in one.majors and sample.level in one.levels


def _staff_row(stage: Stage, row: ClassRow, one: Backbone, place: int) -> StaffRow:
    lectures = place < _LECTURERS
    listed = {entry.certificate: entry for entry in stage.roster}[one.certificate]
    return StaffRow(
        class_id=row.id,
        duty="lecturer" if lectures else "assessor",
        position=place + 1 if lectures else place - _LECTURERS + 1,
        name=one.name,
        course=one.course if lectures else "",
        roster_id=listed.id,
        person_id=listed.person_id,
    )


async def _manager(stage: Stage, sample: SampleClass, row: ClassRow) -> StaffRow:
    base = stage.person_ids[stage.first_user("base_staff", [sample.institution])]
    manager, role = stage.sample.class_manager, "class_manager"
    await grant(stage, manager.user, role, row.scope_id, base)
    stage.made.append(MadePerson(manager.user, manager.name, role, row.code))
    return StaffRow(
        class_id=row.id,
        duty="manager",
        position=1,
        name=manager.name,
        person_id=stage.person_ids[manager.user],
    )


async def plan_years(stage: Stage) -> None:
    """The dated steps of the institutions' years; what lies behind was reported."""
    institutions = [one.id for one in stage.sample.institutions]
    for year in (stage.today.year, stage.today.year + 1):
        await _schedule(stage, institutions, year)
        await _report_plans(stage, institutions, year)
    await _owe_summaries(stage)


async def _schedule(
    stage: Stage, institution_ids: list[str], year: int, *, as_of: date | None = None
) -> None:
    moment = instant(as_of, _programme(stage).sending.at) if as_of else stage.now
    await timing.schedule_year(
        stage.uow,
        institution_ids=institution_ids,
        year=year,
        programme=_programme(stage),
        now=min(moment, stage.now),
        new_id=stage.house.new_id,
    )


async def _report_plans(stage: Stage, institution_ids: list[str], year: int) -> None:
    """Plans due soon are done, so that the classes they cover are past this step."""
    for one in plan_year(_programme(stage), year):
        step, due_on = one.deadline.step, one.deadline.due_on
        if step in BEFORE and due_on <= stage.today + _REPORTED_BEFORE:
            for institution_id in institution_ids:
                await timing.mark_done(
                    stage.uow,
                    subject=timing.year_subject(institution_id, one.period),
                    step=step,
                    by=None,
                    now=stage.now,
                )


async def _owe_summaries(stage: Stage) -> None:
    """Keep the summary open of the year in which a class waits for it.

    In the days after 12-10 its date has passed: then nobody is reminded of it.
    """
    for sample, row in zip(stage.sample.classes, stage.classes, strict=True):
        if sample.step != "annual_summary":
            continue
        year = row.ends_on.year
        await _schedule(stage, [sample.institution], year, as_of=date(year, 12, 1))
        await _report_plans(stage, [sample.institution], year)
        subject = timing.year_subject(sample.institution, str(year))
        owed = await deadlines.of_subject(stage.uow, subject=subject)
        passed = [one.id for one in owed if one.due_on < stage.today]
        await deadlines.call_off(stage.uow, deadline_ids=passed, why="demo")
