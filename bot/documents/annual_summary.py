"""附件6 工作总结: one model, printed as PDF, pictures and DOCX."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Literal, overload

import msgspec

from bot.documents import typesetting, word, wording
from bot.documents.runs import Run, runs
from conversations.model import Value
from conversations.rules.levels import LEVELS
from conversations.rules.summary import rate


class Figures(msgspec.Struct, frozen=True):
    """The classes of one level, of one major, or of all; None stays blank."""

    label: str = ""
    classes: int | None = None
    trained: int | None = None
    passed: int | None = None


class AnnualSummary(msgspec.Struct, frozen=True):
    """附件6 of one institution and year; whatever is left out stays blank.

    ``levels`` are all levels in their official order, ``majors`` those that
    had classes. ``planned`` counts the classes of the plan, ``not_run`` those
    of them that were not held, for ``reasons``.
    """

    institution: str = ""
    year: int | None = None
    total: Figures = Figures()
    planned: int | None = None
    not_run: int | None = None
    reasons: tuple[str, ...] = ()
    levels: tuple[Figures, ...] = tuple(Figures(level) for level in LEVELS)
    majors: tuple[Figures, ...] = (Figures(),)
    review: str = ""
    advice: str = ""


def percent(part: int | None, whole: int | None) -> str:
    """``93.3%``, half up; a dash when there is nothing to be a part of.

    Empty when either is not known.
    """
    if part is None or whole is None:
        return ""
    return rate(part, whole) or wording.NO_RATE


def filled(answers: Mapping[str, Value], context: Mapping[str, str]) -> AnnualSummary:
    """The model of a draft, or of what was handed in: figures and two texts.

    ``context["figures"]`` is part 1 as JSON, as it was counted.
    """
    part_1 = msgspec.json.decode(context.get("figures") or "{}", type=AnnualSummary)
    texts = {key: str(answers.get(key, "")) for key in ("review", "advice")}
    return msgspec.structs.replace(part_1, **texts)


@overload
def render_annual_summary(
    model: AnnualSummary, format: Literal["pdf", "docx"]
) -> bytes: ...
@overload
def render_annual_summary(
    model: AnnualSummary, format: Literal["png"]
) -> list[bytes]: ...
def render_annual_summary(
    model: AnnualSummary,
    format: Literal["pdf", "png", "docx"],  # noqa: A002 -- the word everybody uses for it
) -> bytes | list[bytes]:
    """The summary as one file, or as one PNG for each page.

    Blocks: call it through ``asyncio.to_thread``.
    """
    data = _sheet(model)
    if format == "docx":
        return word.fill("annual_summary-1", data)
    if format == "pdf":
        return typesetting.pdf("annual_summary-1", data | {"screen": False})
    return typesetting.pages("annual_summary-1", data | {"screen": True})


def _sheet(model: AnnualSummary) -> dict[str, Any]:
    """What every layout of the summary reads, as JSON values."""
    return {
        "annex": wording.SUMMARY_ANNEX,
        "title": wording.SUMMARY_TITLE,
        "institution": model.institution,
        "note": "" if model.institution else wording.SUMMARY_NOTE,
        "parts": [
            {"title": wording.BASICS, "paragraphs": _basics(model)},
            _part(wording.REVIEW, wording.REVIEW_ASKS, model.review),
            _part(wording.ADVICE, wording.ADVICE_ASKS, model.advice),
        ],
    }


def _part(title: str, asks: str, text: str) -> dict[str, Any]:
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    written = [[Run(text=line, filled=True)] for line in lines]
    printed = [[Run(text=asks, filled=False)]]
    return {"title": title, "paragraphs": written or printed}


def _basics(model: AnnualSummary) -> list[list[Run]]:
    run_of_plan = (
        None
        if model.planned is None or model.not_run is None
        else model.planned - model.not_run
    )
    reasons = wording.NEXT.join(model.reasons)
    total = _values(model.total) | {
        "year": _number(model.year),
        "plan_rate": percent(run_of_plan, model.planned),
        "not_run": _number(model.not_run),
        "reasons": reasons or (wording.NO_REASON if model.not_run == 0 else ""),
    }
    paragraphs = [runs(wording.TOTAL, total)]
    if model.levels:
        paragraphs.append(_among(wording.OF_LEVEL, model.levels))
    if model.majors:
        paragraphs.append(_among(wording.OF_MAJOR, model.majors))
    return paragraphs


def _among(sentence: str, groups: Sequence[Figures]) -> list[Run]:
    """One sentence over all groups; the names of the levels are print."""
    made = [Run(text=wording.AMONG, filled=False)]
    for number, group in enumerate(groups, start=1):
        made += runs(sentence.replace("{level}", group.label), _values(group))
        mark = wording.END if number == len(groups) else wording.NEXT
        made.append(Run(text=mark, filled=False))
    return made


def _values(figures: Figures) -> dict[str, str]:
    return {
        "of_major": figures.label,
        "classes": _number(figures.classes),
        "trained": _number(figures.trained),
        "passed": _number(figures.passed),
        "rate": percent(figures.passed, figures.trained),
    }


def _number(value: int | None) -> str:
    return "" if value is None else str(value)
