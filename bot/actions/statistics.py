"""统计: numbers of people, in words at once and as a picture soon after."""

from __future__ import annotations

from collections.abc import Sequence

import msgspec

from bot import wording
from bot.actions import evaluations, pictures
from bot.actions.asking import Asking, Result, class_asked, say
from bot.actions.classes import named
from conversations.model import Refusal
from storage import applications, classes, jobs
from storage import evaluations as ballots
from storage.classes import ClassRow, Tally

_STATES = ("admitted", "awaiting_stamp", "waitlisted", "submitted", "refused")
_WIDE = ("province", "level", "major")
_NARROW = ("level", "major")
_BARS = 12


async def show(ask: Asking) -> Result:
    """``统计``: over all classes in the person's scopes; with a code, of one."""
    if ask.words.first:
        row = await class_asked(ask)
        return row if isinstance(row, Refusal) else await _of_class(ask, row)
    return await _of_scopes(ask)


async def _of_class(ask: Asking, row: ClassRow) -> Result:
    counted = await applications.counts(ask.context.uow, class_ids=[row.id])
    counts = counted[row.id]
    bars = [(wording.STATES[state], counts.get(state, 0)) for state in _STATES]
    await _draw(ask, wording.figures.chart_of_class(row.title), bars)
    heads = [wording.classes.headcounts(counts, row.capacity)]
    if await evaluations.has_ended(
        ask.context.uow, row, today=ask.context.moment.today
    ):
        heads.append(await _evaluated(ask, row, counts.get("admitted", 0)))
    return say(wording.figures.class_numbers(named(row), heads))


async def _evaluated(ask: Asking, row: ClassRow, admitted: int) -> str:
    """How many are done with 结束评估表; who, and what they said, is not told."""
    done = await ballots.completed(
        ask.context.uow, class_id=row.id, form=evaluations.FORM
    )
    return wording.evaluations.handed_in(len(done), admitted)


async def _of_scopes(ask: Asking) -> Result:
    uow, paths = ask.context.uow, ask.paths()
    # Only who sees more than one province is told of provinces.
    groups = _WIDE if any(path.count("/") == 1 for path in paths) else _NARROW
    tallies = {by: await classes.tally(uow, paths=paths, by=by) for by in groups}
    first = tallies[groups[0]]
    total = sum(one.classes for one in first)
    admitted = sum(one.admitted for one in first)
    if total:
        bars = [(one.group, one.admitted) for one in first][:_BARS]
        await _draw(ask, wording.figures.chart_of_scopes(groups[0]), bars)
    most = ask.context.house.limits.table_lines
    lines = [_line(by, tallies[by]) for by in groups if len(tallies[by]) <= most]
    for by in groups:
        if len(tallies[by]) > most:
            await pictures.draw_sheet(ask.context, _sheet(by, tallies[by]))
    return say(wording.figures.all_numbers(total, admitted, lines))


def _sheet(by: str, tallies: Sequence[Tally]) -> pictures.Sheet:
    """A breakdown with more groups than a screen has lines."""
    return pictures.Sheet(
        wording.figures.chart_of_scopes(by),
        wording.figures.BREAKDOWN_HEADER,
        [
            [one.group, str(one.classes), str(one.admitted), str(one.capacity)]
            for one in tallies
        ],
    )


def _line(by: str, tallies: Sequence[Tally]) -> str:
    parts = [
        wording.figures.group_part(one.group, one.classes, one.admitted)
        for one in tallies
    ]
    return wording.figures.group_numbers(by, parts)


async def _draw(ask: Asking, title: str, bars: Sequence[tuple[str, int]]) -> None:
    """Have the numbers drawn; the picture follows as a message of its own."""
    context = ask.context
    job = jobs.JobRow(
        id=context.new_id(),
        kind="chart",
        person_id=context.actor.person_id,
        address_id=context.actor.address_id,
        payload={"title": title, "rows": msgspec.json.encode(bars).decode()},
        not_before=context.now,
    )
    await jobs.enqueue(context.uow, [job], now=context.now)
