"""附件6 工作总结: part 1 counted, parts 2 and 3 by dialogue; figures asked back."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import date
from typing import Any

import msgspec

from bot import permissions, wording
from bot.actions import deadlines as timing
from bot.actions import pictures
from bot.actions.asking import Asking, Result, choice, say
from bot.actions.classes import DEFAULT_PROGRAMME
from bot.actions.context import Context
from bot.actions.making import make_for, make_for_asker
from bot.actions.pictures import Sheet
from bot.actions.standings import standings
from bot.actions.telling import Word, tell
from bot.clock import civil
from bot.commands import by_word
from conversations.model import (
    Conversation,
    FormRequest,
    Outcome,
    Refusal,
    SubmitForm,
)
from conversations.rules import summary as rules
from conversations.rules.levels import LEVELS
from conversations.rules.summary import ClassCount, Counted, Figure, PlanCount
from storage import (
    classes,
    deadlines,
    organisations,
    plans,
    submissions,
    summaries,
    transcripts,
)
from storage.database import UnitOfWork
from storage.organisations import InstitutionRow
from storage.submissions import Submission
from storage.summaries import SummaryRow

FORM = "annual_summary"
STEP = "annual_summary"
_READERS = ("province_manager", "centre_manager")
_YEAR = re.compile(r"20\d\d")


class Asked(msgspec.Struct, frozen=True):
    """What stands after the command: a year, a figure's number, other words.

    ``fills``: the person wants to write parts 2 and 3.
    """

    year: int
    number: int | None
    rest: str
    fills: bool


async def _asked(ask: Asking, houses: Sequence[InstitutionRow]) -> Asked:
    words = [one for one in ask.words.words if one not in wording.summaries.COUNTERS]
    years = [one for one in words if _YEAR.fullmatch(one)]
    year = int(years[0]) if years else await _usual_year(ask.context, houses)
    words = [one for one in words if one not in years]
    numbers = [one for one in words if re.fullmatch(r"[0-9]{1,3}", one)]
    others = [one for one in words if one not in numbers]
    rest = " ".join(one for one in others if one not in wording.summaries.FILL)
    fills = any(one in wording.summaries.FILL for one in others)
    return Asked(year, int(numbers[0]) if numbers else None, rest, fills)


async def _usual_year(context: Context, houses: Sequence[InstitutionRow]) -> int:
    """This year; the last one while its summary is still owed."""
    today = context.moment.today
    if len(houses) == 1:
        subject = timing.year_subject(houses[0].scope_id, str(today.year - 1))
        found = await deadlines.find(context.uow, subject=subject, step=STEP)
        if found is not None and found.state == "open":
            return today.year - 1
    return today.year


# ---- counting ----


async def counted_of(uow: UnitOfWork, house: InstitutionRow, year: int) -> Counted:
    """What an institution's year comes to now.

    A class with a sent transcript counts as that says; the others, of which
    there are few, as their assessments stand.
    """
    rows = [
        row
        for row in await classes.listed(
            uow, paths=[house.path], states=rules.terms().states, limit=1000
        )
        if row.opens_on.year == year
    ]
    sent = await transcripts.sent_of(uow, class_ids=[row.id for row in rows])
    counts = []
    for row in rows:
        info = sent.get(row.id)
        found = [] if info else await standings(uow, row)
        counts.append(
            ClassCount(
                code=row.code,
                title=row.title,
                level=row.level,
                major=row.major,
                trained=info.heads if info else len(found),
                passed=info.passed if info else sum(one.passed for one in found),
                revision=info.revision if info else 0,
            )
        )
    items = await plans.year_items(uow, institution_id=house.scope_id, year=year)
    return Counted(tuple(counts), tuple(_planned(one) for one in items))


def _planned(one: plans.PlanItem) -> PlanCount:
    return PlanCount(
        number=one.number,
        level=one.level,
        major=one.major,
        opens_on=one.opens_on.isoformat(),
        code=one.code if one.opened else "",
        reason=one.not_held,
    )


def model_of(institution: str, year: int, counted: Counted) -> dict[str, Any]:
    """Part 1 as the model of the paper reads it, as JSON values."""
    return {
        "institution": institution,
        "year": year,
        "total": _figures(counted, ""),
        "planned": len(counted.plan),
        "not_run": len(counted.not_run),
        "reasons": list(counted.reasons),
        "levels": [_figures(counted, level) for level in LEVELS],
        "majors": [_figures(counted, major) for major in counted.majors],
    }


def _figures(counted: Counted, group: str) -> dict[str, Any]:
    found = counted.of(group)
    trained, passed = rules.total(found)
    return {
        "label": group,
        "classes": len(found),
        "trained": trained,
        "passed": passed,
    }


# ---- 总结 ----


async def show(ask: Asking) -> Result:
    """``总结 [YEAR]``: the base sees part 1 and writes on; others see who handed in."""
    own = await organisations.institutions_below(
        ask.context.uow, paths=ask.paths("submit")
    )
    if own:
        return await _own(ask, own)
    houses = await organisations.institutions_below(ask.context.uow, paths=ask.paths())
    return await _others(ask, houses)


async def _own(ask: Asking, houses: Sequence[InstitutionRow]) -> Result:
    asked = await _asked(ask, houses)
    house = _chosen(houses, asked.rest)
    if house is None:
        return _which(ask, houses, asked)
    ask.trail.scope_id = house.scope_id
    if asked.fills:
        return await _fill(ask, house, asked.year)
    return await _basics(ask, house, asked.year)


def _chosen(houses: Sequence[InstitutionRow], said: str) -> InstitutionRow | None:
    if said:
        return next((one for one in houses if one.name == said), None)
    return houses[0] if len(houses) == 1 else None


def _which(ask: Asking, houses: Sequence[InstitutionRow], asked: Asked) -> Result:
    if asked.rest:
        return wording.not_found(ask.command.scope, asked.rest)
    number = "" if asked.number is None else f" {asked.number}"
    options = [
        choice(one.name, f"{ask.command.name} {asked.year}{number} {one.name}")
        for one in houses[: ask.context.house.limits.list_length]
    ]
    return say(wording.summaries.which_institution(), options)


async def _basics(ask: Asking, house: InstitutionRow, year: int) -> Result:
    context = ask.context
    counted = await counted_of(context.uow, house, year)
    text = wording.summaries.basics(
        house.name, year, context.moment.today, rules.figures(counted)
    )
    last = await _last(context.uow, house, year)
    if last is not None:
        when = civil(last.made_at)
        text = f"{text}\n{wording.summaries.handed_in(last.revision, when)}"
    verb = wording.summaries.FILL[0]
    options = [
        choice(
            wording.summaries.fill(), f"{ask.command.name} {year} {verb} {house.name}"
        ),
        choice(wording.summaries.ask_back(), f"这个数怎么来的 {year} {house.name}"),
    ]
    return say(text, options)


async def _last(uow: UnitOfWork, house: InstitutionRow, year: int) -> SummaryRow | None:
    found = await summaries.latest(uow, institution_ids=[house.scope_id], year=year)
    return found.get(house.scope_id)


async def _fill(ask: Asking, house: InstitutionRow, year: int) -> Result:
    context = ask.context
    refusal = _not_yet(context, year)
    if refusal is not None:
        return refusal
    last = await _last(context.uow, house, year)
    before = (
        await submissions.get(context.uow, submission_id=last.submission_id)
        if last
        else None
    )
    counted = await counted_of(context.uow, house, year)
    form = context.house.book.newest(FORM)
    request = FormRequest(
        draft=context.new_id(),
        form=FORM,
        version=form.version,
        subject=timing.year_subject(house.scope_id, str(year)),
        context=_about(house, year, counted),
        prefill=dict(before.all_answers) if before else {},
    )
    return Outcome(open=request)


def _about(house: InstitutionRow, year: int, counted: Counted) -> dict[str, str]:
    model = model_of(house.name, year, counted)
    return {
        "institution": house.name,
        "year": str(year),
        "figures": msgspec.json.encode(model).decode(),
    }


def _not_yet(context: Context, year: int) -> Refusal | None:
    """The programme says from which day on a year's summary is handed in."""
    step = context.house.programmes[DEFAULT_PROGRAMME].step(STEP)
    starts = date.fromisoformat(f"{year}-{step.starts}")
    if context.moment.today < starts:
        return wording.summaries.too_early(year, starts)
    return None


async def submit(
    context: Context, effect: SubmitForm, _conversation: Conversation
) -> Result:
    """The texts were handed in: figures of today beside them, sent to those above."""
    uow, draft = context.uow, effect.draft
    scope_id, _, period = draft.subject.rpartition(":")
    paths = permissions.paths(context.actor.grants, by_word()["总结"], use="submit")
    houses = await organisations.institutions_below(uow, paths=paths)
    house = next((one for one in houses if one.scope_id == scope_id), None)
    if house is None:
        return wording.no_longer_yours()
    year = int(period)
    refusal = _not_yet(context, year)
    if refusal is not None:
        return refusal
    counted = await counted_of(uow, house, year)
    handed_in = Submission(
        id=context.new_id(),
        form=draft.form,
        version=draft.version,
        subject=draft.subject,
        person_id=context.actor.person_id,
        submitted_at=context.now,
        answers={key: one.value for key, one in draft.answers.items()},
        personal={},
        context=_about(house, year, counted),
    )
    await submissions.add(uow, handed_in)
    row = await _keep(context, house, year, counted, handed_in.id)
    await _send(context, house, row)
    return Outcome(
        replies=say(wording.summaries.received(year, row.revision)).replies, done=True
    )


async def _keep(
    context: Context,
    house: InstitutionRow,
    year: int,
    counted: Counted,
    submission_id: str,
) -> SummaryRow:
    last = await _last(context.uow, house, year)
    row = SummaryRow(
        id=context.new_id(),
        institution_id=house.scope_id,
        year=year,
        revision=last.revision + 1 if last else 1,
        submission_id=submission_id,
        counted=msgspec.to_builtins(counted),
        made_at=context.now,
        decided_by=context.actor.person_id,
    )
    await summaries.add(context.uow, row)
    await timing.mark_done(
        context.uow,
        subject=timing.year_subject(house.scope_id, str(year)),
        step=STEP,
        by=context.actor.person_id,
        now=context.now,
    )
    return row


async def _send(context: Context, house: InstitutionRow, row: SummaryRow) -> None:
    managers = await organisations.holders(context.uow, path=house.path, roles=_READERS)
    word = Word(
        wording.summaries.told(house.name, row.year, row.revision),
        key=f"summary:{row.id}",
        subject=house.name,
    )
    await tell(context.uow, context.house, word, person_ids=managers, now=context.now)
    payload = {"summary": row.id}
    await make_for(context, "summary_file", payload, person_ids=managers)
    await make_for_asker(context, "summary_file", payload)


# ---- province and centre ----


async def _others(ask: Asking, houses: Sequence[InstitutionRow]) -> Result:
    context = ask.context
    asked = await _asked(ask, ())
    found = await summaries.latest(
        context.uow,
        institution_ids=[one.scope_id for one in houses],
        year=asked.year,
    )
    if asked.rest:
        house = next((one for one in houses if one.name == asked.rest), None)
        if house is None:
            return wording.not_found(ask.command.scope, asked.rest)
        return await _one(ask, house, asked.year, found.get(house.scope_id))
    sheet = Sheet(
        title=wording.summaries.list_title(asked.year),
        header=wording.summaries.LIST_HEADER,
        rows=[(one.name, _state(found.get(one.scope_id))) for one in houses],
    )
    head = wording.summaries.who_handed_in(asked.year, len(found), len(houses))
    options = [
        choice(one.name, f"{ask.command.name} {asked.year} {one.name}")
        for one in houses
        if one.scope_id in found
    ]
    text = await pictures.table(context, sheet, brief=head)
    return say(text, options[: context.house.limits.list_length])


def _state(row: SummaryRow | None) -> str:
    if row is None:
        return wording.summaries.list_line(0, None)
    return wording.summaries.list_line(row.revision, civil(row.made_at))


async def _one(
    ask: Asking, house: InstitutionRow, year: int, row: SummaryRow | None
) -> Result:
    ask.trail.scope_id = house.scope_id
    if row is None:
        return say(wording.summaries.not_handed_in(house.name, year))
    await make_for_asker(ask.context, "summary_file", {"summary": row.id})
    text = wording.summaries.files_follow(
        house.name, year, row.revision, civil(row.made_at)
    )
    back = choice(wording.summaries.ask_back(), f"这个数怎么来的 {year} {house.name}")
    return say(text, [back])


# ---- 这个数怎么来的 ----


async def ask_back(ask: Asking) -> Result:
    """``这个数怎么来的 [YEAR] [N]``: what a figure of part 1 counts.

    The base asks of the figures as they are now, province and centre of those
    that were handed in.
    """
    context = ask.context
    houses = await organisations.institutions_below(context.uow, paths=ask.paths())
    asked = await _asked(ask, houses)
    house = _chosen(houses, asked.rest)
    if house is None:
        return _which(ask, houses, asked)
    ask.trail.scope_id = house.scope_id
    counted = await _counted(ask, house, asked.year)
    if counted is None:
        return say(wording.summaries.not_handed_in(house.name, asked.year))
    found = rules.figures(counted)
    if asked.number is None:
        options = [
            choice(
                wording.summaries.figure_line(one),
                f"{ask.command.name} {asked.year} {one.number} {house.name}",
            )
            for one in found
            if one.part or not one.group
        ]
        return say(wording.summaries.which_figure(asked.year), options)
    figure = next((one for one in found if one.number == asked.number), None)
    if figure is None:
        return wording.summaries.no_such_figure(asked.number, len(found))
    return await _came_about(context, asked.year, figure, counted)


async def _counted(ask: Asking, house: InstitutionRow, year: int) -> Counted | None:
    if any(
        grant.role == "base_staff" and grant.covers(house.path)
        for grant in ask.context.actor.grants
    ):
        return await counted_of(ask.context.uow, house, year)
    last = await _last(ask.context.uow, house, year)
    return msgspec.convert(last.counted, Counted) if last else None


async def _came_about(
    context: Context, year: int, figure: Figure, counted: Counted
) -> Result:
    said = wording.summaries
    lines = [said.came_about(year, figure)]
    if figure.is_rate:
        lines.append(said.division(figure))
    header, rows = _behind(figure, counted)
    if not rows:
        lines.append(said.nothing_counted())
        return say("\n".join(lines))
    sheet = Sheet(said.sheet_title(year, figure), header, rows)
    return say(await pictures.table(context, sheet, brief="\n".join(lines)))


def _behind(
    figure: Figure, counted: Counted
) -> tuple[tuple[str, ...], list[tuple[str, ...]]]:
    """The classes, or the planned classes, that a figure counts, as a table."""
    said = wording.summaries
    if figure.key in (rules.PLAN_RATE, rules.NOT_RUN):
        plan = counted.plan if figure.is_rate else counted.not_run
        return said.PLAN_HEADER, [said.plan_row(one) for one in plan]
    found = counted.of(figure.group)
    return said.CLASS_HEADER, [said.class_row(one) for one in found]
