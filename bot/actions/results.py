"""评估结果: what teachers said, in numbers, by item, class, place, lecturer and year.

Every number is a sum of classes that may be shown alone (``storage.tallies``),
so nobody reads less than five answers out of any two of them.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

import msgspec

from bot import wording
from bot.actions import pictures
from bot.actions.asking import Asking, Result, choice, say
from bot.actions.classes import named
from bot.actions.context import Context
from conversations.forms.schema import Form
from conversations.model import Option, Refusal
from conversations.rules.results import Line, mean_of, spread, tabulate
from storage import classes, feedback, jobs, organisations, tallies
from storage.classes import ClassRow
from storage.evaluations import MINIMUM
from storage.feedback import Seat
from storage.tallies import Count, Over

FORM = "evaluation"
SURVEY, LECTURE = "survey", "lecture"
_YEAR = re.compile(rf"(20\d\d){wording.results.YEAR}?")
_LECTURERS = "lecturers"
_DEFAULT = ("province", "institution", "class")

Bars = list[tuple[str, tuple[int, ...], str]]


class _Sums(msgspec.Struct, frozen=True):
    """What was counted over one group."""

    key: str
    name: str
    ballots: int
    classes: int
    lines: tuple[Line, ...]

    @property
    def mean(self) -> str:
        """The mean of all its marks."""
        return mean_of(self.lines)


async def show(ask: Asking) -> Result:
    """``评估结果 [CODE|范围]``: in the person's own scopes, or what they taught."""
    if ask.words.code:
        return await _of_class(ask)
    if ask.paths(SURVEY):
        return await _of_scope(ask)
    if ask.words.first:
        return wording.not_found(ask.command.scope, ask.words.first)
    return await _of_own(ask)


def least(context: Context) -> int:
    """The fewest ballots that are shown."""
    return max(MINIMUM, context.house.limits.ballots_shown_from)


async def _sums(context: Context, over: Over, by: str = "") -> list[_Sums]:
    """What was counted, by group, in the order of their names."""
    found = await tallies.counts(context.uow, over, by=by, minimum=least(context))
    groups: dict[str, list[Count]] = {}
    for one in found:
        groups.setdefault(one.key, []).append(one)
    made = [_sum(context, counts) for counts in groups.values()]
    if by == "lecturer" or (over.lecturers and not by):
        made = await _sized(context, over, made)
    return sorted(made, key=lambda one: (one.name, one.key))


async def _sized(context: Context, over: Over, made: list[_Sums]) -> list[_Sums]:
    """Of lecturers there are no ballots, but answers, in other places of the form."""
    found = await tallies.lecturer_sizes(context.uow, over, minimum=least(context))
    sized = []
    for one in made:
        sizes = [found[one.key]] if one.key else list(found.values())
        many, answers = (sum(column) for column in zip(*sizes, strict=True))
        sized.append(msgspec.structs.replace(one, classes=many, ballots=answers))
    return sized


def _sum(context: Context, counts: Sequence[Count]) -> _Sums:
    versions = sorted({one.version for one in counts})
    lines: list[Line] = []
    for version in versions:
        form = context.house.book.get(FORM, version)
        lines += tabulate(
            form,
            [
                (one.field, one.item, one.mark, one.count)
                for one in counts
                if one.version == version and one.field
            ],
        )
    total = sum(one.count for one in counts if not one.field)
    return _Sums(
        key=counts[0].key,
        name=counts[0].group,
        ballots=total or max((line.answers for line in lines), default=0),
        classes=max(one.classes for one in counts),
        lines=tuple(lines),
    )


# ---- one class ----


async def _of_class(ask: Asking) -> Result:
    context, uow = ask.context, ask.context.uow
    row = await classes.by_code(uow, code=ask.words.code)
    seats = (await feedback.seats(uow, class_ids=[row.id]))[row.id] if row else ()
    lecturers = [seat for seat in seats if seat.duty == "lecturer"]
    theirs = _readable(ask, row, lecturers) if row else None
    if row is None or theirs is None:
        return wording.not_found(ask.command.scope, ask.words.first)
    ask.trail.scope_id = row.scope_id
    found = await _sums(context, Over(class_ids=(row.id,)))
    if not found:
        return wording.results.too_few(named(row), least(context))
    if ask.words.second in wording.results.TEXTS:
        return await _texts(ask, row, theirs, found[0].ballots)
    names = {f"lecturer_{seat.position}_marks": seat.name for seat in theirs}
    hidden = {f"lecturer_{seat.position}_marks" for seat in lecturers} - set(names)
    shown = [line for line in found[0].lines if line.field not in hidden]
    form = context.house.book.newest(FORM)
    bars: Bars = [
        (
            wording.results.bar(line.number, names.get(line.field, ""), line.name),
            spread([line]),
            mean_of([line]),
        )
        for line in shown
        if line.scored
    ]
    await _draw(ask, wording.results.chart_of_class(row.title), bars, found[0].ballots)
    text = wording.results.of_class(
        named(row), found[0].ballots, _in_words(form, shown, names)
    )
    return say(text, _ways_of_class(ask, row, found[0].ballots))


def _readable(
    ask: Asking, row: ClassRow, lecturers: Sequence[Seat]
) -> list[Seat] | None:
    """The lecturers whose marks the person may read in a class.

    Those who see the class read all; a lecturer reads their own. None for
    somebody who has nothing to do with it.
    """
    if ask.may(row.scope_path, SURVEY):
        return list(lecturers)
    if not ask.paths(LECTURE):
        return None
    person_id = ask.context.actor.person_id
    return [seat for seat in lecturers if seat.person_id == person_id] or None


def _in_words(form: Form, lines: Sequence[Line], names: dict[str, str]) -> list[str]:
    """A line for each part of the form, for each lecturer, for what has no points."""
    said = wording.results
    told: list[str] = []
    for part in form.parts:
        mine = [line for line in lines if line.part == part.id]
        if part.id == _LECTURERS and names:
            for field, name in names.items():
                value = mean_of([line for line in mine if line.field == field])
                told += [said.lecturer_mean(name, value)] if value else []
        elif value := mean_of(mine):
            told.append(said.part_mean(part.title, value))
        told += [
            said.counted(line.name, line.marks) for line in mine if not line.scored
        ]
    return told


def _ways_of_class(ask: Asking, row: ClassRow, count: int) -> list[Option]:
    if count < ask.context.house.limits.texts_shown_from:
        return []
    word = wording.results.TEXTS[0]
    return [
        choice(wording.results.see_texts(), f"{ask.command.name} {row.code} {word}")
    ]


async def _texts(
    ask: Asking, row: ClassRow, lecturers: Sequence[Seat], count: int
) -> Result:
    """Have the free texts gathered in a file, from ten ballots on."""
    context = ask.context
    enough = context.house.limits.texts_shown_from
    if count < enough:
        return wording.results.texts_too_few(named(row), enough)
    payload = {
        "class": row.id,
        "lecturers": ",".join(str(seat.position) for seat in lecturers),
    }
    job = jobs.JobRow(
        id=context.new_id(),
        kind="evaluation_texts",
        person_id=context.actor.person_id,
        address_id=context.actor.address_id,
        payload=payload,
        not_before=context.now,
    )
    await jobs.enqueue(context.uow, [job], now=context.now)
    return say(wording.results.texts_started(named(row)))


# ---- many classes ----


async def _of_scope(ask: Asking) -> Result:
    """Over the person's scopes, or one place, lecturer or year in them."""
    context = ask.context
    asked = await _asked(ask)
    if isinstance(asked, Refusal):
        return asked
    over, names, by = asked
    whole = await _sums(context, over)
    if not whole:
        return wording.results.none_yet(least(context))
    if over.lecturers:
        return await _of_lecturer(ask, whole[0], names[0])
    where = wording.results.place(names, over.year)
    groups = await _sums(context, over, by)
    bars: Bars = [(one.name, spread(one.lines), one.mean) for one in groups if one.mean]
    await _draw(ask, wording.results.chart_of_groups(where, by), bars, whole[0].ballots)
    await _draw(
        ask,
        wording.results.chart_of_class(where),
        _parts(whole[0]),
        whole[0].ballots,
    )
    form = context.house.book.newest(FORM)
    text = wording.results.of_scope(
        where,
        (whole[0].classes, whole[0].ballots),
        _in_words(form, [line for line in whole[0].lines if line.scored], {}),
        by=by,
        least=least(context),
    )
    return say(text, _ways_of_scope(ask, groups, by, over.year))


def _parts(whole: _Sums) -> Bars:
    """A bar for each line; lines of the same words (of two lecturers) are one."""
    merged: dict[str, list[Line]] = {}
    for line in whole.lines:
        if line.scored:
            merged.setdefault(line.name, []).append(line)
    return [(name, spread(lines), mean_of(lines)) for name, lines in merged.items()]


async def _asked(ask: Asking) -> tuple[Over, list[str], str] | Refusal:
    """What to count, what it is called, and how to tell it apart."""
    grants = [
        one for one in ask.context.actor.grants if one.role in ask.command.roles(SURVEY)
    ]
    paths, names = ask.paths(SURVEY), sorted({one.scope_name for one in grants})
    year, by, said = 0, "", []
    for word in ask.words.words:
        found = _YEAR.fullmatch(word)
        if found:
            year = int(found[1])
        elif word in wording.results.GROUPS:
            by = wording.results.GROUPS[word]
        else:
            said.append(word)
    if not said:
        return Over(paths=paths, year=year), names, by or _usual(paths)
    return await _named(ask, " ".join(said), year, by)


async def _named(
    ask: Asking, said: str, year: int, by: str
) -> tuple[Over, list[str], str] | Refusal:
    """A province, an institution or a lecturer by name, within the person's scopes."""
    uow, paths = ask.context.uow, ask.paths(SURVEY)
    for kind in ("province", "institution"):
        for place in await organisations.scopes_below(uow, paths=paths, kind=kind):
            if place.name == said:
                ask.trail.scope_id = place.id
                over = Over(paths=(place.path,), year=year)
                return over, [place.name], by or _usual(over.paths)
    lecturers = await _sums(ask.context, Over(paths=paths, year=year), "lecturer")
    for one in lecturers:
        if one.name == said:
            return Over(paths=paths, year=year, lecturers=(one.key,)), [said], "class"
    return wording.not_found("scope", said)


def _usual(paths: Sequence[str]) -> str:
    """The level below the highest of the scopes."""
    highest = min(path.count("/") for path in paths)
    return _DEFAULT[min(highest, len(_DEFAULT)) - 1]


def _ways_of_scope(
    ask: Asking, groups: Sequence[_Sums], by: str, year: int
) -> list[Option]:
    """The groups, each to be looked at more closely, and other ways to divide."""
    command = ask.command.name
    more = [
        f"{command} {word} {year or ''}".strip() for word in wording.results.others(by)
    ]
    room = ask.context.house.limits.list_length - len(more)
    options = []
    for one in groups[:room]:
        label = wording.results.group(one.name, one.classes, one.ballots, one.mean)
        said = one.key if by in ("class", "year") else one.name
        ahead = "" if by in ("class", "year") or not year else f" {year}"
        options.append(choice(label, f"{command} {said}{ahead}"))
    others = zip(wording.results.others(by), more, strict=True)
    return options + [choice(word, send) for word, send in others]


async def _of_lecturer(ask: Asking, found: _Sums, name: str) -> Result:
    """One lecturer, over the classes in the person's scopes."""
    await _draw(ask, wording.results.chart_of_class(name), _parts(found), found.ballots)
    return say(
        wording.results.of_lecturer(name, found.classes, found.ballots, found.mean)
    )


# ---- what a lecturer reads ----


async def _of_own(ask: Asking) -> Result:
    """To a lecturer: their own marks over all classes, and the classes."""
    context = ask.context
    seats = await feedback.seats_of(context.uow, person_id=context.actor.person_id)
    mine = [seat for seat in seats if seat.duty == "lecturer"]
    if not mine:
        return wording.results.none_yet(least(context))
    over = Over(
        class_ids=tuple(sorted({seat.class_id for seat in mine})),
        lecturers=tuple(
            sorted({tallies.lecturer_key(one.roster_id, one.name) for one in mine})
        ),
    )
    whole = await _sums(context, over)
    if not whole:
        return wording.results.none_yet(least(context))
    found = await _sums(context, over, "class")
    options = [
        choice(
            wording.results.group(one.name, one.classes, one.ballots, one.mean),
            f"{ask.command.name} {one.key}",
        )
        for one in found[: context.house.limits.list_length]
    ]
    await _draw(
        ask,
        wording.results.chart_of_class(mine[0].name),
        _parts(whole[0]),
        whole[0].ballots,
    )
    text = wording.results.own(
        mine[0].name, whole[0].classes, whole[0].ballots, whole[0].mean
    )
    return say(text, options)


# ---- pictures ----


async def _draw(ask: Asking, title: str, bars: Bars, count: int) -> None:
    """Have the marks drawn; the picture follows as a message of its own."""
    data = {
        "title": title,
        "subtitle": wording.results.chart_note(count),
        "rows": [[label, list(marks), value] for label, marks, value in bars],
    }
    await pictures.draw(ask.context, "marks", title, data)
