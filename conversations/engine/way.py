"""The way through a form: which fields are asked, in which order, what is missing."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from functools import lru_cache

import msgspec

from conversations.forms.schema import Condition, Field, Form
from conversations.model import Answer, Draft, Value
from conversations.understanding.identity import age_on, sex_of

SUMMARY = "summary"
"""The cursor of a draft whose questions are all answered."""

_HAVE_VALUE = frozenset({"given", "pending"})


class Way(msgspec.Struct, frozen=True):
    """What is looked up of a form again and again.

    ``spoken`` are the fields that are asked; ``watched`` those that others
    depend on, ``conditional`` those that do; ``derived`` the derived fields by
    the field they come from; ``known`` the fixed fields right before an asked one.
    """

    fields: dict[str, Field]
    spoken: tuple[Field, ...]
    conditional: tuple[Field, ...]
    parts: dict[str, str]
    watched: frozenset[str]
    derived: dict[str, tuple[Field, ...]]
    known: dict[str, tuple[Field, ...]]


@lru_cache(maxsize=64)
def way_of(form: Form) -> Way:
    """The tables of a form."""
    derived: dict[str, tuple[Field, ...]] = {}
    for field in form.fields:
        if field.kind == "derived":
            origin = field.source.partition(".")[0]
            derived[origin] = (*derived.get(origin, ()), field)
    known: dict[str, tuple[Field, ...]] = {}
    fixed: tuple[Field, ...] = ()
    for field in form.fields:
        if field.kind == "fixed":
            fixed = (*fixed, field)
        elif field.asked:
            known[field.id] = fixed
            fixed = ()
    return Way(
        fields={field.id: field for field in form.fields},
        spoken=tuple(field for field in form.fields if field.asked),
        conditional=tuple(field for field in form.fields if field.when),
        parts={part.id: part.title for part in form.parts},
        watched=frozenset(
            when.field for field in form.fields for when in field.when if when.field
        ),
        derived=derived,
        known=known,
    )


def visible_fields(
    form: Form, answers: Mapping[str, Answer], context: Mapping[str, str]
) -> tuple[Field, ...]:
    """The fields that belong to the form as answered so far, in its order.

    An answer to a field that is itself hidden counts for nothing.
    """
    return _without(form, _hidden(form, answers, context), False)


def _hidden(
    form: Form, answers: Mapping[str, Answer], context: Mapping[str, str]
) -> frozenset[str]:
    """The fields whose conditions do not hold, each judged by those before it."""
    hidden: set[str] = set()
    for field in way_of(form).conditional:
        for condition in field.when:
            if not _holds(condition, answers, context, hidden):
                hidden.add(field.id)
                break
    return frozenset(hidden)


@lru_cache(maxsize=1024)
def _without(form: Form, hidden: frozenset[str], asked_only: bool) -> tuple[Field, ...]:
    """A form's fields but the hidden ones; only those that are asked, or all."""
    return tuple(
        field
        for field in form.fields
        if field.id not in hidden and (field.asked or not asked_only)
    )


def _holds(
    condition: Condition,
    answers: Mapping[str, Answer],
    context: Mapping[str, str],
    hidden: set[str],
) -> bool:
    if condition.context:
        return _matches(context.get(condition.context, ""), condition.equals)
    answer = answers.get(condition.field)
    if answer is None or answer.state not in _HAVE_VALUE or condition.field in hidden:
        return False
    return _matches(answer.value, condition.equals)


def _matches(value: Value, wanted: tuple[str, ...]) -> bool:
    if not wanted:
        return bool(value)
    if isinstance(value, str):
        return value in wanted
    return any(key in wanted for key in value)


def questions(form: Form, draft: Draft) -> tuple[Field, ...]:
    """The visible fields that are asked: the places 1…M of 第 N/M 题."""
    return _without(form, _hidden(form, draft.answers, draft.context), True)


def place_of(asked: tuple[Field, ...], field_id: str) -> int:
    """The 1-based place of a field among the asked ones, 0 when it is not there."""
    for place, field in enumerate(asked, 1):
        if field.id == field_id:
            return place
    return 0


def next_open(asked: tuple[Field, ...], answers: Mapping[str, Answer]) -> str:
    """The first field without an answer, then the first put off; else ``summary``."""
    put_off = ""
    for field in asked:
        answer = answers.get(field.id)
        if answer is None or answer.state in ("offered", "partial"):
            return field.id
        if not put_off and answer.state == "put_off":
            put_off = field.id
    return put_off or SUMMARY


def is_open(answer: Answer | None) -> bool:
    """Whether a field with this answer still has to be asked."""
    return answer is None or answer.state not in _HAVE_VALUE


def is_begun(answer: Answer) -> bool:
    """Whether a part of the answer is there, to be gone on with."""
    if answer.state == "partial":
        return True
    return answer.state == "put_off" and answer.value != ""


def missing(
    asked: tuple[Field, ...], answers: Mapping[str, Answer]
) -> tuple[Field, ...]:
    """The asked fields that have no answer, not even one being checked."""
    return tuple(field for field in asked if is_open(answers.get(field.id)))


def with_answer(
    form: Form, draft: Draft, field: Field, answer: Answer
) -> tuple[Draft, tuple[Field, ...]]:
    """``draft`` with the answer, and the answered fields that it made invisible.

    Their answers are dropped; so is a signature that no longer fits the name.
    """
    way = way_of(form)
    answers = {**draft.answers, field.id: answer}
    dropped: tuple[Field, ...] = ()
    if field.id in way.watched:
        shown = {one.id for one in visible_fields(form, answers, draft.context)}
        dropped = tuple(way.fields[one] for one in answers if one not in shown)
        answers = {one: answers[one] for one in answers if one in shown}
    if field.kind == "name":
        for one in form.fields:
            if one.kind == "signature" and one.source == field.id:
                answers.pop(one.id, None)
    return msgspec.structs.replace(draft, answers=answers), dropped


def derived_values(
    form: Form, answers: Mapping[str, Answer], origin: str, on: date
) -> dict[str, str]:
    """What follows from the field ``origin``, by the ids of the derived fields."""
    answer = answers.get(origin)
    if answer is None or answer.state != "given" or not isinstance(answer.value, str):
        return {}
    return {
        field.id: _derive(field.source.partition(".")[2], answer.value, on)
        for field in way_of(form).derived.get(origin, ())
    }


def _derive(what: str, id_number: str, on: date) -> str:
    return sex_of(id_number) if what == "sex" else str(age_on(id_number, on))


def complete_answers(
    form: Form, draft: Draft, *, on: date | None = None
) -> dict[str, Value]:
    """The values of all visible fields, fixed and derived ones included.

    ``on`` is the day of applying (for the age); the day the draft began when
    None. Fields without an answer, and what waits for a yes, are left out.
    """
    values: dict[str, Value] = {}
    for field in visible_fields(form, draft.answers, draft.context):
        if field.kind == "fixed":
            values[field.id] = draft.context.get(field.source, "")
            continue
        answer = draft.answers.get(field.id)
        if answer is not None and answer.state == "given":
            values[field.id] = answer.value
    for origin in way_of(form).derived:
        values.update(
            derived_values(form, draft.answers, origin, on or draft.started_on)
        )
    return values
