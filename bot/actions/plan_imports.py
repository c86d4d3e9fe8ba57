"""A filled 报送 sheet: all of it becomes the plan, or nothing when a row is wrong."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, datetime

import msgspec

from bot import permissions, wording
from bot.actions import planning
from bot.actions.asking import choice
from bot.actions.context import Grant, House
from bot.clock import civil
from bot.commands import by_word
from bot.spreadsheets import Line, plain
from conversations.forms.schema import Field
from conversations.model import Option, Reply
from conversations.prompts.problems import problem
from conversations.prompts.text import numbered
from conversations.rules.half_years import first_day, half_year_of, last_day
from conversations.rules.openings import pairs_said
from conversations.rules.plans import ALL, NAMED, OWN, check_item, names_said
from conversations.understanding import read_field
from conversations.understanding.half_years import read_half_year
from storage import organisations, people, plans
from storage.database import UnitOfWork
from storage.organisations import InstitutionRow
from storage.plans import PlanItem

_ROWS_SAID = 15


class Sheet(msgspec.Struct, frozen=True):
    """What came: the texts over the column names, and the rows below them."""

    above: tuple[str, ...]
    lines: tuple[Line, ...]


class _Around(msgspec.Struct, frozen=True):
    """What rows are held against."""

    house: InstitutionRow
    context: dict[str, str]
    fields: dict[str, Field]
    names: dict[str, str]
    today: date


class Blank(msgspec.Struct, frozen=True):
    """What a template for an institution and half year is to say."""

    house: InstitutionRow
    period: str
    pairs: tuple[tuple[str, str], ...]
    items: tuple[PlanItem, ...]
    names: dict[str, str]


async def blank(uow: UnitOfWork, subject: str) -> Blank | None:
    """The template that ``subject`` (institution:half year) asks for."""
    house_id, _, period = subject.partition(":")
    house = await _house(uow, house_id)
    if house is None:
        return None
    approved = await organisations.approvals_of(uow, institution_id=house_id)
    drafts = await plans.items_of(
        uow, institution_id=house_id, period=period, states=["draft"]
    )
    names = await planning.province_names(uow)
    return Blank(house, period, tuple(sorted(approved)), drafts, names)


async def _house(uow: UnitOfWork, house_id: str) -> InstitutionRow | None:
    place = await organisations.scope(uow, scope_id=house_id)
    paths = [place.path] if place else []
    found = await organisations.institutions_below(uow, paths=paths)
    return found[0] if found else None


async def take(
    uow: UnitOfWork,
    house: House,
    *,
    person_id: str,
    subject: str,
    sheet: Sheet,
    now: datetime,
) -> tuple[Reply, ...]:
    """Take a sheet in for an institution's half year; what is said of it.

    What was noted before is replaced, so that the same sheet again changes
    nothing. Whoever may not report there any more changes nothing either.
    """
    house_id, _, period = subject.partition(":")
    at = await _house(uow, house_id)
    if at is None or not await _may(uow, person_id, at):
        return _said(wording.plan_sheets.sheet_unreadable("not_yours"))
    refused = await _refused(uow, at, period, sheet, today=civil(now))
    if refused:
        return _said(refused)
    if len(sheet.lines) > house.limits.plan_items:
        return _said(wording.plan_sheets.too_many_rows(house.limits.plan_items))
    around = await _around(uow, house, at, period, today=civil(now))
    read = [(line, *_read(line, around)) for line in sheet.lines]
    bad = _bad(read)
    if bad:
        return _said(wording.plan_sheets.bad_rows(bad, _ROWS_SAID))
    replaced = await plans.drop_drafts(uow, institution_id=house_id, period=period)
    rows = [
        planning.new_item(
            given,
            at,
            around.names,
            id=house.new_id(),
            kind="plan",
            created_by=person_id,
        )
        for _, given, _ in read
    ]
    await plans.add_items(uow, rows, now=now)
    drafts = await plans.items_of(
        uow, institution_id=house_id, period=period, states=["draft"]
    )
    lines = [planning.line(one, around.names) for one in drafts]
    return _said(
        wording.plan_sheets.imported(period, lines, replaced), _ways(at.name, period)
    )


def _said(text: str, options: Sequence[Option] = ()) -> tuple[Reply, ...]:
    labels = [one.label for one in options]
    return (Reply(text=numbered(text, labels), choices=tuple(options)),)


def _ways(institution: str, period: str) -> list[Option]:
    command = f"报送 {institution} {period}"
    return [
        choice(wording.plans.HAND_IN_LABEL, f"{command} {wording.plans.HAND_IN[0]}"),
        choice(wording.plans.SEE_ALL, command),
    ]


async def _may(uow: UnitOfWork, person_id: str, at: InstitutionRow) -> bool:
    granted = await people.grants_of(uow, person_ids=[person_id])
    held = [
        Grant(one.role, one.scope_id, one.scope_path, one.scope_name)
        for one in granted.get(person_id, ())
    ]
    return permissions.may(held, by_word()["报送"], at.path)


async def _refused(
    uow: UnitOfWork, at: InstitutionRow, period: str, sheet: Sheet, *, today: date
) -> str:
    """Why the sheet as a whole is not taken; empty when it is."""
    closed = await planning.closed(uow, at, period)
    if closed is not None:
        return wording.refusal(closed)
    for text in sheet.above:
        said = text.removeprefix(plain(wording.plan_sheets.INSTITUTION))
        if said not in (text, plain(at.name)):
            return wording.plan_sheets.sheet_is_of(said[: wording.plans.LONGEST_REASON])
        other = _half_year_in(text, today)
        if other and other != period:
            return wording.plan_sheets.sheet_of_half_year(other, period)
    return ""


def _half_year_in(title: str, today: date) -> str:
    """The half year that a title begins with."""
    for period in (half_year_of(today), *_around_today(today)):
        if title.startswith(plain(wording.plan_sheets.sheet_title(period))):
            return period
    return read_half_year(title, today=today)


def _around_today(today: date) -> list[str]:
    return [f"{today.year + year}-{half}" for year in (-1, 0, 1, 2) for half in (1, 2)]


async def _around(
    uow: UnitOfWork, house: House, at: InstitutionRow, period: str, *, today: date
) -> _Around:
    approved = await organisations.approvals_of(uow, institution_id=at.scope_id)
    names = await planning.province_names(uow)
    form = house.book.newest(planning.FORM)
    context = {
        "institution_kind": at.kind,
        "approved": pairs_said(approved),
        "period": period,
        "provinces": names_said(names.values()),
    }
    fields = {field.id: field for field in form.fields}
    return _Around(at, context, fields, names, today)


_Given = dict[str, str]


def _read(line: Line, around: _Around) -> tuple[_Given, list[str]]:
    """What a row says by field, and every reason why it does not stand."""
    given: _Given = {}
    why: list[str] = []
    for key, name in wording.plan_sheets.COLUMNS.items():
        text = line.cells[key]
        if not text:
            why.append(wording.plan_sheets.cell_empty(name))
        elif key == "recruits":
            given |= _recruits(text, around.fields[key])
        else:
            value, said = _value(around.fields[key], text, around)
            given |= {key: value} if value else {}
            why += [wording.plan_sheets.cell_refused(name, said)] if said else []
    refused = check_item(given, around.context, today=around.today)
    return given, [*why, *(wording.plan_sheets.refused_in_row(one) for one in refused)]


def _value(field: Field, text: str, around: _Around) -> tuple[str, str]:
    """A cell's value, or why it has none."""
    read = read_field(field, text, today=around.today, answers={}, context={})
    if read.candidates and field.kind == "date":
        period = around.context["period"]
        inside = [
            str(one.value)
            for one in read.candidates
            if first_day(period)
            <= date.fromisoformat(str(one.value))
            <= last_day(period)
        ]
        if len(inside) == 1:
            return inside[0], ""
    if read.problem or not isinstance(read.value, str):
        return "", problem(field, read, contact="")
    return read.value, ""


def _recruits(text: str, field: Field) -> _Given:
    for one in field.choices:
        if text in (one.label, *one.aliases) and one.value in (ALL, OWN):
            return {"recruits": one.value}
    return {"recruits": NAMED, "provinces": text}


def _bad(
    read: Sequence[tuple[Line, _Given, list[str]]],
) -> list[tuple[int, list[str]]]:
    """Every wrong row with its reasons; of two alike the later one is wrong."""
    seen: dict[tuple[tuple[str, str], ...], int] = {}
    bad: list[tuple[int, list[str]]] = []
    for line, given, why in read:
        key = tuple(sorted(given.items()))
        found = list(why)
        if not found and key in seen:
            found.append(wording.plan_sheets.row_twice(seen[key]))
        seen.setdefault(key, line.number)
        if found:
            bad.append((line.number, found))
    return bad


def cells(one: PlanItem, names: Mapping[str, str]) -> dict[str, str | int | date]:
    """An item as a row of the template."""
    return {
        "level": one.level,
        "major": one.major,
        "opens_on": one.opens_on,
        "headcount": one.headcount,
        "recruits": wording.national.scope_cell(
            [names.get(at, at) for at in one.recruits_from]
        ),
    }
