"""What the board's templates are filled with: plain values, worded."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from bot import wording
from bot.actions.board import Board, ClassCard, by_place
from bot.actions.board_desk import ClassView, Numbers, Overview, Place
from bot.actions.showing import done_on
from bot.clock import CHINA
from bot.wording import board as said
from conversations.rules.levels import LEVELS, MAJORS
from notices.progress import StepStanding
from storage.classes import StaffRow, Tally

Values = dict[str, Any]

_URGENT = 12
_MOST_STRIPS = 80
"""Classes shown step by step on one page; of more, the parts are shown first."""
_ORDER = {name: place for place, name in enumerate((*LEVELS, *MAJORS))}
_HEADS = ("submitted", "waitlisted", "awaiting_stamp", "admitted", "refused")


def moment(at: datetime) -> str:
    """An instant as it is printed."""
    return said.moment(at.astimezone(CHINA))


def time_of_day(at: datetime) -> str:
    """An instant of today."""
    return f"{at.astimezone(CHINA):%H:%M}"


def overview(seen: Overview) -> Values:
    """The board of some scopes."""
    board = seen.board
    urgent = _urgent(board)
    columns = board.classes[0].progress.steps if board.classes else ()
    keys = [one.key for one in columns]
    parts = by_place(board) if len(board.classes) > _MOST_STRIPS else ()
    return {
        "parts": parts if len(parts) > 1 else (),
        "place": seen.place,
        "places": _choices(seen),
        "tiles": _tiles(board),
        "urgent": urgent[:_URGENT],
        "urgent_more": max(0, len(urgent) - _URGENT),
        "columns": [{"short": one.short, "title": one.title} for one in columns],
        "groups": [] if len(parts) > 1 else _groups(board, keys),
    }


def closed(seen: Overview) -> Values:
    """The classes that are closed or cancelled, the latest first."""
    cards = sorted(seen.board.classes, key=lambda card: card.row.ends_on, reverse=True)
    rows = [
        {
            "title": card.row.title,
            "code": card.row.code,
            "named": wording.CLASS_STATES[card.row.state],
            "group": said.group_name(card.province, card.row.institution),
            "dates": said.dates(card.row.opens_on, card.row.ends_on),
            "year": card.row.opens_on.year,
            "admitted": card.counts.get("admitted", 0),
        }
        for card in cards
    ]
    return {"rows": rows}


def _choices(seen: Overview) -> list[Place]:
    """The provinces; in one, or of one who sees only one, its institutions too."""
    provinces = [one for one in seen.places if one.kind == "province"]
    if len(provinces) > 1:
        inside = _province_of(seen.place, provinces)
        return provinces + [
            one
            for one in seen.places
            if inside is not None and one.path.startswith(inside.path + "/")
        ]
    houses = [one for one in seen.places if one.kind == "institution"]
    return houses if len(houses) > 1 else []


def _province_of(place: Place | None, provinces: Sequence[Place]) -> Place | None:
    if place is None:
        return None
    return next(
        (one for one in provinces if (place.path + "/").startswith(one.path + "/")),
        None,
    )


def _tiles(board: Board) -> list[Values]:
    late = len(board.late) + len(board.late_years)
    admitted = sum(card.counts.get("admitted", 0) for card in board.classes)
    soon = len(board.soon) + len(board.soon_years)
    counted = (len(board.classes), late, soon, admitted)
    return [
        {
            "label": label,
            "unit": unit,
            "number": number,
            "tone": "late" if label == said.TILES[1][0] and number else "",
        }
        for (label, unit), number in zip(said.TILES, counted, strict=True)
    ]


def _urgent(board: Board) -> list[Values]:
    """What is late, the oldest first, then what falls due, the next first.

    Steps of one class with one date that are one party's turn are one line.
    """
    years = [one for one in board.years if one.step.state in ("late", "soon")]
    rows = [
        (one, card.row.title, card.row.code) for card, one in (*board.late, *board.soon)
    ] + [(one.step, said.year_of(one.institution, one.period), "") for one in years]
    rows.sort(key=lambda row: (row[0].due_on, row[1], row[2]))
    lines: dict[tuple[Any, ...], Values] = {}
    for one, title, code in rows:
        line = {**_step(one), "title": title, "code": code, "steps": []}
        kept = lines.setdefault((title, code, one.due_on, one.turn), line)
        kept["steps"].append(one.title)
    return list(lines.values())


def _step(one: StepStanding) -> Values:
    return {
        "state": one.state,
        "named": said.STATES[one.state],
        "mark": said.MARKS[one.state],
        "due": said.due(one),
        "turn": said.turn(one),
    }


def _groups(board: Board, keys: Sequence[str]) -> list[Values]:
    groups: dict[str, Values] = {}

    def group(province: str, institution: str) -> Values:
        name = said.group_name(province, institution)
        return groups.setdefault(name, {"name": name, "classes": [], "years": []})

    for card in board.classes:
        group(card.province, card.row.institution)["classes"].append(_row(card, keys))
    for one in board.years:
        chip = {**_step(one.step), "said": said.year_step(one.period, one.step)}
        group(one.province, one.institution)["years"].append(chip)
    return list(groups.values())


def _row(card: ClassCard, keys: Sequence[str]) -> Values:
    row = card.row
    by_key = {one.key: one for one in card.progress.steps}
    return {
        "title": row.title,
        "code": row.code,
        "dates": said.dates(row.opens_on, row.ends_on),
        "named": wording.CLASS_STATES[row.state],
        "late": bool(card.progress.late),
        "where": said.where(card.progress),
        "cells": [_cell(by_key[key]) if key in by_key else None for key in keys],
    }


def _cell(one: StepStanding) -> Values:
    when = done_on(one) if one.state == "done" else None
    shown = when or one.due_on
    return {
        "state": one.state,
        "mark": said.MARKS[one.state],
        "named": said.STATES[one.state],
        "short": one.short,
        "title": one.title,
        "date": f"{shown.month}/{shown.day}",
        "iso": shown.isoformat(),
        "said": said.cell(one, when),
    }


# ---- one class ----


def one_class(view: ClassView) -> Values:
    """One class."""
    card = view.card
    row, counts = card.row, card.counts
    heads = [(wording.STATES[state], counts.get(state, 0)) for state in _HEADS]
    return {
        "title": row.title,
        "code": row.code,
        "institution": said.group_name(card.province, row.institution),
        "facts": [
            {"label": label, "said": text} for label, text in said.class_facts(row)
        ],
        "done": card.progress.done,
        "steps": [_long_step(one, view.doers) for one in card.progress.steps],
        "heads": [{"label": label, "number": number} for label, number in heads],
        "most": max(row.capacity, *(number for _, number in heads)),
        "staff": _staff(view.staff),
    }


def _long_step(one: StepStanding, doers: dict[str, str]) -> Values:
    is_done = one.state == "done"
    who = doers.get(one.done_by or "", "")
    return {
        **_step(one),
        "title": one.title,
        "who": said.done_by(done_on(one), who) if is_done else said.turn(one),
    }


def _staff(rows: Sequence[StaffRow]) -> list[Values]:
    by_duty: dict[str, list[str]] = {}
    for one in rows:
        by_duty.setdefault(one.duty, []).append(said.colleague(one.name, one.course))
    return [
        {"duty": name, "people": by_duty[duty]}
        for duty, name in said.DUTIES.items()
        if duty in by_duty
    ]


# ---- numbers ----


def numbers(seen: Numbers) -> Values:
    """Classes and admitted teachers, by province, level and major."""
    of_all = seen.tallies["level"]
    totals = (
        sum(one.classes for one in of_all),
        sum(one.admitted for one in of_all),
        sum(one.capacity for one in of_all),
    )
    groups = [
        by for by, rows in seen.tallies.items() if by != "province" or len(rows) > 1
    ]
    return {
        "total": totals[0],
        "tiles": [
            {"label": label, "unit": unit, "number": number}
            for (label, unit), number in zip(said.TOTALS, totals, strict=True)
        ],
        "charts": [_chart(by, seen.tallies[by]) for by in groups if totals[0]],
    }


def _chart(by: str, rows: Sequence[Tally]) -> Values:
    return {
        "title": wording.figures.chart_of_scopes(by),
        "by": wording.figures.GROUPS[by],
        "rows": sorted(rows, key=lambda one: _ORDER.get(one.group, 0)),
        "most": max((one.admitted for one in rows), default=0),
    }
