"""What was handed in, as rows for files: applications by person, evaluations blind.

Results of fewer than five ballots are never rows, texts of fewer than ten
never; marks and texts stand on lines of their own, so that none are joined.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator

from bot import wording
from bot.actions.applicants import Cell, Table
from bot.actions.context import Limits
from bot.actions.evaluations import FORM as EVALUATION
from conversations.forms.book import FormBook
from conversations.forms.schema import Field, Form
from conversations.model import Value
from storage import classes, evaluations, submissions
from storage.classes import ClassRow
from storage.database import UnitOfWork
from storage.evaluations import Results
from storage.submissions import Submission


async def responses(
    uow: UnitOfWork, book: FormBook, *, form: str, code: str, limits: Limits
) -> Table:
    """Everything handed in of a form for a class.

    Raises:
        KeyError: there is no such class or form.
    """
    row = await classes.by_code(uow, code=code)
    if row is None:
        raise KeyError(code)
    definition = book.newest(form)
    if definition.blind:
        return await evaluation_table(uow, book, row, limits=limits)
    found = await submissions.find(uow, form=form, subject=code)
    columns = _columns(definition)
    return Table(
        title=f"{definition.title} {code}",
        header=tuple(columns),
        rows=tuple(_row(one, columns.values()) for one in found),
    )


def _columns(form: Form) -> dict[str, list[Field]]:
    """The columns by name; fields that share one, such as 能力自评 of three levels.

    Of those a person is asked one.
    """
    columns: defaultdict[str, list[Field]] = defaultdict(list)
    for field in form.fields:
        if field.kind != "printed":
            columns[field.name].append(field)
    return columns


def _row(one: Submission, columns: Iterable[list[Field]]) -> tuple[Cell, ...]:
    return tuple(
        next((cell for field in fields if (cell := _cell(one, field))), "")
        for fields in columns
    )


def _cell(one: Submission, field: Field) -> str:
    if field.kind == "fixed":
        return one.context.get(field.source, "")
    return _flat(field, one.all_answers.get(field.id, ""))


def _flat(field: Field, value: Value) -> str:
    """An answer as one cell: labels instead of values."""
    labels = {choice.value: choice.label for choice in field.choices}
    if isinstance(value, str):
        return labels.get(value, value)
    if field.kind == "ticks":
        ticked = wording.figures.ticked
        return wording.figures.cell(
            ticked(labels.get(key, key), detail) for key, detail in value.items()
        )
    names = {item.id: item.label for item in field.items}
    return wording.figures.cell(
        wording.figures.cell_part(names.get(key, key), labels.get(one, one))
        for key, one in value.items()
    )


# ---- the evaluation ----


async def evaluation_table(
    uow: UnitOfWork, book: FormBook, row: ClassRow, *, limits: Limits
) -> Table:
    """How often each mark was given, and, of enough ballots, what was written.

    Counts are over all ballots of the class at once, never by person, ballot or
    day. Ballots join the results five at a time, so that two tables never
    differ by fewer.
    """
    results = await evaluations.results(uow, class_id=row.id, form=EVALUATION)
    form = book.newest(EVALUATION)
    rows: list[tuple[Cell, ...]] = []
    if results.count >= limits.ballots_shown_from:
        rows.extend(_mark_rows(form, results, least=limits.ballots_shown_from))
    if results.count >= limits.texts_shown_from:
        rows.extend(_text_rows(form, results))
    return Table(
        title=f"{form.title} {row.code}",
        header=wording.evaluations.EVALUATION_HEADER,
        rows=tuple(rows),
    )


def _mark_rows(
    form: Form, results: Results, *, least: int
) -> Iterator[tuple[Cell, ...]]:
    """What at least so many were asked."""
    for name, labels, marks in _marks(form, results):
        if len(marks) >= least:
            for value, label in labels.items():
                yield (name, label, marks.count(value))


def _marks(
    form: Form, results: Results
) -> Iterator[tuple[str, dict[str, str], list[str]]]:
    for field in form.fields:
        labels = {choice.value: choice.label for choice in field.choices}
        given = [ballot[field.id] for ballot in results.marks if field.id in ballot]
        if field.kind == "matrix":
            for item in field.items:
                marks = [one[item.id] for one in given if isinstance(one, dict)]
                yield f"{field.name} {item.label}", labels, marks
        elif field.kind == "ticks":
            ticked = [key for one in given if isinstance(one, dict) for key in one]
            yield field.name, labels, ticked
        else:
            plain = [one for one in given if isinstance(one, str)]
            yield field.name, labels, plain


def _text_rows(form: Form, results: Results) -> Iterator[tuple[Cell, ...]]:
    names = {field.id: field.name for field in form.fields}
    for field_id, texts in results.texts.items():
        name = names.get(field_id.partition(".")[0], field_id)
        for text in sorted(texts):
            yield (name, text, None)
