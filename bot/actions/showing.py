"""班级 and 看板: how far classes are, in a few words and as a picture."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

from bot import wording
from bot.actions import board, board_logins, pictures
from bot.actions.asking import Asking, Result, choice, class_asked, say
from bot.actions.board import Board, ClassCard
from bot.actions.classes import named
from bot.actions.context import Context
from bot.clock import civil
from conversations.engine import words
from conversations.model import Option, Outcome, Refusal, Reply
from notices.progress import StepStanding
from storage import classes, organisations, people, reviews
from storage.classes import ClassRow
from storage.database import UnitOfWork
from storage.organisations import ScopeRow
from storage.reviews import ReviewRow

_SHOWN_REVIEWS = 4
_DRAWN = 24
"""Classes in one picture."""


# ---- 班级 ----


async def show_classes(ask: Asking) -> Result:
    """``班级``: the classes in the person's scopes; with a code, one of them."""
    if ask.words.first:
        found = await class_asked(ask)
        return found if isinstance(found, Refusal) else await _detail(ask, found)
    context = ask.context
    rows = await classes.listed(context.uow, paths=ask.paths())
    waiting = await reviews.waiting_below(context.uow, paths=_reviewing(ask))
    reviewed = [_to_review(one, rows) for one in waiting[:_SHOWN_REVIEWS]]
    shown = rows[: context.house.limits.list_length - len(reviewed)]
    cards = await board.cards_of(
        context.uow, context.house, shown, today=context.moment.today
    )
    options = [
        choice(_line(one), f"{ask.command.name} {one.row.code}") for one in cards
    ]
    head = wording.classes.classes_listed(len(rows), len(shown))
    return say(head + wording.reviews.waiting_reviews(len(waiting)), reviewed + options)


def _line(card: ClassCard) -> str:
    row = card.row
    return wording.board.class_line(
        row.title, row.code, row.state, row.opens_on, card.progress
    )


def _to_review(one: ReviewRow, rows: Sequence[ClassRow]) -> Option:
    title = next((row.title for row in rows if row.id == one.class_id), "")
    return choice(
        wording.reviews.review_line(one.number, one.kind, title), f"审核 {one.number}"
    )


def _reviewing(ask: Asking) -> tuple[str, ...]:
    """The scopes whose openings and schemes the person reviews."""
    grants = ask.context.actor.grants
    return tuple(one.scope_path for one in grants if one.role == "province_manager")


async def _detail(ask: Asking, row: ClassRow) -> Result:
    context = ask.context
    (card,) = await board.cards_of(
        context.uow, context.house, [row], today=context.moment.today
    )
    await _draw_class(context, card)
    text = wording.board.class_detail(
        name=named(row),
        state=row.state,
        opens_on=row.opens_on,
        ends_on=row.ends_on,
        heads=wording.classes.headcounts(card.counts, row.capacity),
        progress=card.progress,
    )
    return say(text)


async def _draw_class(context: Context, card: ClassCard) -> None:
    row = card.row
    doers = await doers_of(context.uow, card)
    data = {
        "title": row.title,
        "subtitle": wording.board.class_subtitle(
            row.code, row.institution, row.opens_on, row.ends_on
        ),
        "steps": [_step(one, doers) for one in card.progress.steps],
    }
    await pictures.draw(context, "steps", row.title, data)


def _step(one: StepStanding, doers: Mapping[str, str]) -> dict[str, Any]:
    who = doers.get(one.done_by or "", "")
    is_done = one.state == "done"
    return {
        "title": one.title,
        "state": one.state,
        "named": wording.board.STATES[one.state],
        "due": wording.board.short_day(one.due_on)
        if is_done
        else wording.board.due(one),
        "who": wording.board.done_by(done_on(one), who)
        if is_done
        else wording.board.turn(one),
    }


async def doers_of(uow: UnitOfWork, card: ClassCard) -> dict[str, str]:
    """Who did the steps of a class, as they are named on a board.

    Only those who work in it are named; a teacher who did the last of a step is not.
    """
    ids = sorted({one.done_by for one in card.progress.steps if one.done_by})
    held = await people.grants_of(uow, person_ids=ids)
    names = await people.names_of(uow, person_ids=sorted(held))
    return {
        person_id: names.get(person_id) or wording.TITLES[grants[0].role]
        for person_id, grants in held.items()
    }


# ---- 看板 ----


async def show_board(ask: Asking) -> Result:
    """``看板``: everything in the person's scopes; with a name or a code, a part.

    With the code that a browser shows it lets that browser in; 退出 sends all away.
    """
    browser = board_logins.code_said(ask)
    if browser:
        return await board_logins.confirm(ask, browser)
    if ask.words.first == words.LEAVE:
        return await board_logins.leave(ask)
    if ask.words.code:
        found = await class_asked(ask)
        return found if isinstance(found, Refusal) else await _detail(ask, found)
    paths = ask.paths()
    if ask.words.first:
        place = await _place(ask, ask.words.after(0))
        if place is None:
            return wording.not_found("scope", ask.words.after(0))
        ask.trail.scope_id = place.id
        paths = (place.path,)
    seen = await board.look(
        ask.context.uow, ask.context.house, paths=paths, today=ask.context.moment.today
    )
    return await _summary(ask, seen)


async def _place(ask: Asking, said: str) -> ScopeRow | None:
    """The one province or institution in the person's scopes that is meant."""
    found = [
        place
        for kind in ("province", "institution")
        for place in await organisations.scopes_below(
            ask.context.uow, paths=ask.paths(), kind=kind
        )
    ]
    exact = [place for place in found if place.name == said]
    meant = exact or [place for place in found if said in place.name]
    return meant[0] if len(meant) == 1 else None


async def _summary(ask: Asking, seen: Board) -> Outcome:
    is_anything = bool(seen.classes or seen.years)
    if len(seen.classes) > _DRAWN:
        await pictures.draw_sheet(ask.context, sums(seen))
    if is_anything:
        await pictures.draw(
            ask.context, "board", wording.board.TITLE, drawing(seen, limit=_DRAWN)
        )
    late = [
        (one.due_on, wording.board.late_line(card.row.title, card.row.code, one))
        for card, one in seen.late
    ] + [
        (
            one.step.due_on,
            wording.board.year_late(one.institution, one.period, one.step),
        )
        for one in seen.late_years
    ]
    lines = [line for _, line in sorted(late)]
    text = wording.board.summary(
        len(seen.classes),
        lines,
        len(seen.soon) + len(seen.soon_years),
        drawn=is_anything,
    )
    said = Reply(text=text, choices=tuple(_parts(ask, seen)))
    if not is_anything:
        return Outcome(replies=(said,))
    return Outcome(replies=(said, await board_logins.offer(ask.context)))


def _parts(ask: Asking, seen: Board) -> list[Option]:
    """The provinces, or within one its institutions, as ways to look closer."""
    parts = board.by_place(seen)
    if len(parts) < 2:
        return []
    return [
        choice(
            wording.board.group_line(one.name, one.classes, one.late),
            f"{ask.command.name} {one.name}",
        )
        for one in parts[: ask.context.house.limits.list_length]
    ]


def drawing(seen: Board, *, limit: int) -> dict[str, Any]:
    """A board as its picture's template takes it; of many, the ``limit`` latest classes.

    They keep their order in the tree.
    """
    by_need = sorted(seen.classes, key=_need)[:limit]
    chosen = {card.row.id for card in by_need}
    shown = [card for card in seen.classes if card.row.id in chosen]
    groups: dict[str, dict[str, Any]] = {}

    def group(province: str, institution: str) -> dict[str, Any]:
        name = wording.board.group_name(province, institution)
        return groups.setdefault(name, {"name": name, "classes": [], "years": []})

    for card in shown:
        group(card.province, card.row.institution)["classes"].append(_strip(card))
    for one in seen.years:
        said = wording.board.year_step(one.period, one.step)
        chip = {"state": one.step.state, "said": said}
        group(one.province, one.institution)["years"].append(chip)
    return {
        "title": wording.board.TITLE,
        "subtitle": wording.board.picture_subtitle(
            seen.today, len(seen.classes), len(seen.late) + len(seen.late_years)
        ),
        "groups": list(groups.values()),
        "legend": [list(pair) for pair in wording.board.legend().items()],
        "more": wording.board.more_classes(len(seen.classes) - len(shown)),
    }


def _need(card: ClassCard) -> tuple[int, date]:
    """Classes with more that is late first, then those with the next date."""
    now = card.progress.next
    return -len(card.progress.late), now.due_on if now else date.max


def sums(seen: Board) -> pictures.Sheet:
    """A board as a table of its provinces, or within one of its institutions."""
    rows = [
        [
            one.name,
            str(one.classes),
            str(one.late) if one.late else "",
            str(one.soon) if one.soon else "",
            str(one.admitted),
        ]
        for one in board.by_place(seen)
    ]
    subtitle = wording.board.picture_subtitle(
        seen.today, len(seen.classes), len(seen.late) + len(seen.late_years)
    )
    return pictures.Sheet(
        wording.board.BY_PLACE, wording.board.BY_PLACE_HEADER, rows, subtitle
    )


def _strip(card: ClassCard) -> dict[str, Any]:
    row = card.row
    return {
        "title": row.title,
        "code": row.code,
        "dates": wording.board.dates(row.opens_on, row.ends_on),
        "where": wording.board.where(card.progress),
        "late": bool(card.progress.late),
        "cells": [
            {"short": one.short, "state": one.state} for one in card.progress.steps
        ],
    }


def done_on(step: StepStanding) -> date | None:
    """The day on which a step was done."""
    return civil(step.done_at) if step.done_at else None
