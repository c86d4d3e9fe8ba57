"""A class from its opening to its end: made, seen, moved, cancelled, its steps done."""

from __future__ import annotations

import re
import tomllib
from datetime import date, datetime, timedelta
from functools import cache
from importlib.resources import files

import msgspec

from bot import wording
from bot.actions import deadlines as timing
from bot.actions.asking import Asking, Result, class_asked, say
from bot.actions.context import House
from conversations.model import Refusal
from conversations.rules.levels import training_days
from storage import (
    classes,
    deadlines,
    organisations,
)
from storage.classes import ClassRow
from storage.database import UnitOfWork
from storage.organisations import ScopeRow

DEFAULT_PROGRAMME = "gongxue"
_CLASS_MANAGERS_STEPS = "class_manager"
_YEAR = re.compile(r"20\d\d(-[1-9])?")


class ClassPlan(msgspec.Struct, frozen=True):
    """What a class is to be. ``recruits_from`` are provinces' ids; empty means all."""

    title: str
    level: str
    major: str
    opens_on: date
    venue: str = ""
    capacity: int = 30
    programme: str = DEFAULT_PROGRAMME
    recruits_from: tuple[str, ...] = ()
    state: str = "planned"


@cache
def _letters() -> dict[str, str]:
    text = (files("bot.actions") / "class_codes.toml").read_text(encoding="utf-8")
    majors: dict[str, str] = tomllib.loads(text)["majors"]
    return majors


def last_day(level: str, opens_on: date) -> date:
    """The last day of a class of this level (规程第十一条)."""
    return opens_on + timedelta(days=training_days(level) - 1)


async def create_class(
    uow: UnitOfWork,
    house: House,
    plan: ClassPlan,
    *,
    institution: ScopeRow,
    now: datetime,
) -> ClassRow:
    """Add a class to an institution, with its code, place, dates and reminders."""
    prefix = f"{plan.opens_on.year}-{_letters()[plan.major]}-"
    count = await classes.count_coded(uow, prefix=prefix)
    row = ClassRow(
        id=house.new_id(),
        code=f"{prefix}{count + 1:02d}",
        title=plan.title,
        programme=plan.programme,
        institution_id=institution.id,
        scope_id=house.new_id(),
        level=plan.level,
        major=plan.major,
        opens_on=plan.opens_on,
        ends_on=last_day(plan.level, plan.opens_on),
        apply_until=plan.opens_on - timedelta(days=house.limits.apply_days),
        venue=plan.venue,
        capacity=min(plan.capacity, house.limits.class_size),
        places_taken=0,
        state=plan.state,
        recruits_from=list(plan.recruits_from),
        revision=1,
    )
    made = await classes.create(uow, row, institution=institution)
    programme = house.programmes[plan.programme]
    await timing.schedule_class(
        uow, made, programme=programme, now=now, new_id=house.new_id
    )
    return made


def stamp_until(row: ClassRow, house: House) -> date:
    """The last day to hand the stamped 工作单位意见 in."""
    return row.opens_on - timedelta(days=house.limits.stamp_days)


def named(row: ClassRow) -> str:
    """A class as it is named in a sentence."""
    return wording.classes.class_name(row.title, row.code)


# ---- 办结 ----


async def finish_step(ask: Asking) -> Result:
    """``办结 CODE 步骤``: a step was done elsewhere."""
    if _YEAR.fullmatch(ask.words.first):
        return await _finish_of_year(ask)
    row = await class_asked(ask)
    if isinstance(row, Refusal):
        return row
    context = ask.context
    programme = context.house.programmes[row.programme]
    everything = ask.may(row.scope_path, "every_step")
    steps = [
        step
        for step in programme.class_steps
        if everything or step.acts == _CLASS_MANAGERS_STEPS
    ]
    said = ask.words.after(1)
    step = programme.named(said)
    if step is None or step not in steps:
        return wording.classes.unknown_step(said, [one.title for one in steps])
    done = await timing.mark_done(
        context.uow,
        subject=row.code,
        step=step.key,
        by=context.actor.person_id,
        note=f"{ask.command.name} {said}",
        now=context.now,
    )
    ask.trail.detail = step.key
    say_done = wording.classes.step_done if done else wording.classes.step_was_done
    return say(say_done(step.title, named(row)))


async def _finish_of_year(ask: Asking) -> Result:
    """``办结 2026 总结``: a step of the person's own institution's year."""
    context, period = ask.context, ask.words.first
    houses = await organisations.institutions_below(
        context.uow, paths=ask.paths("every_step")
    )
    if not houses:
        return wording.not_found("class", period)
    programme = context.house.programmes[DEFAULT_PROGRAMME]
    said = ask.words.after(1)
    step = programme.named(said)
    if step is None or step not in programme.year_steps:
        titles = [one.title for one in programme.year_steps]
        return wording.classes.unknown_step(said, titles)
    done = [
        await timing.mark_done(
            context.uow,
            subject=f"{house.scope_id}:{period}",
            step=step.key,
            by=context.actor.person_id,
            note=f"{ask.command.name} {said}",
            now=context.now,
        )
        for house in houses
    ]
    ask.trail.detail = step.key
    say_done = wording.classes.step_done if any(done) else wording.classes.step_was_done
    return say(say_done(step.title, wording.classes.of_year(period)))


# ---- as time goes by ----


async def advance(uow: UnitOfWork, *, today: date) -> int:
    """Move classes on by their dates; how many moved.

    Recruiting ones begin on their opening day, running ones end after their
    last, and ended ones close when every step is done.
    """
    root = await organisations.nation(uow)
    paths = [root.path] if root else []
    states = ("recruiting", "running", "ended")
    rows = await classes.listed(uow, paths=paths, states=states, limit=10_000)
    moved = 0
    for row in rows:
        state = await _next_state(uow, row, today)
        if state != row.state:
            moved += await classes.set_state(
                uow, class_id=row.id, state=state, among=[row.state]
            )
    return moved


async def _next_state(uow: UnitOfWork, row: ClassRow, today: date) -> str:
    if row.state == "ended":
        steps = await deadlines.of_class(uow, class_id=row.id)
        is_open = any(step.state == "open" for step in steps)
        return "ended" if is_open or not steps else "closed"
    if today > row.ends_on:
        return "ended"
    return "running" if today >= row.opens_on else row.state
