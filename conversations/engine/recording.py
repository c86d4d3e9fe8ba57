"""Keeping answers: what follows from them, what they make superfluous."""

from __future__ import annotations

from collections.abc import Sequence

from conversations.engine import consents
from conversations.engine.desk import Desk, replace
from conversations.engine.way import derived_values, way_of, with_answer
from conversations.forms.schema import Field, Form
from conversations.model import Answer, Draft, Value
from conversations.prompts import questions as wording
from conversations.prompts.remarks import remark
from conversations.prompts.values import shown
from conversations.rules import answers as rules
from conversations.rules.answers import Around
from conversations.rules.eligibility import check_eligibility

_SILENT = frozenset({"declaration", "signature"})


def keep(
    desk: Desk, draft: Draft, rows: Sequence[tuple[Field, Value]], *, aloud: bool = True
) -> Draft:
    """``draft`` with the answers, each noted as it was understood.

    An answer that needs a consent not yet given, or that a rule of the form
    refuses, is not kept, and that is said.
    """
    form = desk.form(draft)
    kept: list[tuple[Field, Value]] = []
    dropped: list[Field] = []
    for field, value in rows:
        if consents.wanted(desk, field):
            desk.note(wording.sensitive_waits(field.name))
            continue
        refused = rules.check_answer(form.form, field.id, value, _around(desk, draft))
        if refused is not None:
            desk.note(wording.not_kept(refused))
            continue
        draft, hidden = with_answer(form, draft, field, Answer(value))
        dropped.extend(hidden)
        kept.append((field, value))
    if kept and aloud:
        _note(desk, kept)
    for field, _ in kept:
        _note_derived(desk, form, draft, field)
        _note_unmet(desk, draft, field)
        _note_remarks(desk, form, draft, field)
        draft = _drop_what_no_longer_stands(desk, form, draft, field)
    if dropped:
        desk.note(wording.dropped([field.name for field in dropped]))
    return desk.put(replace(draft, misses=0, parts=()))


def _note(desk: Desk, kept: list[tuple[Field, Value]]) -> None:
    """Say what was understood; an ID number is only said to have arrived."""
    rows = [row for row in kept if row[0].kind not in _SILENT]
    if any(field.kind == "signature" for field, _ in kept):
        desk.note(wording.NOTED_SIGNATURE)
    if any(field.kind == "id_number" for field, _ in rows):
        desk.note(wording.NOTED_ID)
        rows = [row for row in rows if row[0].kind != "id_number"]
    if len(rows) > 1:
        desk.note(wording.noted([(f.name, shown(f, v)) for f, v in rows]))
    elif rows:
        field, value = rows[0]
        desk.note(_noted_one(field, value))


def _noted_one(field: Field, value: Value) -> str:
    if field.kind == "long_text" and isinstance(value, str) and len(value) > 40:
        return wording.noted_long(len(value))
    return wording.noted_one(shown(field, value))


def _note_derived(desk: Desk, form: Form, draft: Draft, field: Field) -> None:
    way = way_of(form)
    if field.id not in way.derived:
        return
    values = derived_values(form, draft.answers, field.id, desk.moment.today)
    rows = [(way.fields[one].name, value) for one, value in values.items()]
    if rows:
        desk.note(wording.derived(rows))


def _note_unmet(desk: Desk, draft: Draft, field: Field) -> None:
    """Say at once that an answer does not meet a 申报条件, not only at the end."""
    unmet = check_eligibility(
        draft.context.get("level", ""),
        {field.id: draft.answers[field.id]},
        draft.context,
        desk.moment.today,
    )
    if unmet is not None:
        desk.note(wording.unmet(unmet))


def _around(desk: Desk, draft: Draft) -> Around:
    return Around(draft.answers, draft.context, desk.moment.today)


def _note_remarks(desk: Desk, form: Form, draft: Draft, field: Field) -> None:
    """Say what follows from an answer by the rules of its form."""
    answer = draft.answers.get(field.id)
    if answer is None:
        return
    around = _around(desk, draft)
    for one in rules.remarks(form.form, field.id, answer.value, around):
        desk.note(remark(one))


def _drop_what_no_longer_stands(
    desk: Desk, form: Form, draft: Draft, field: Field
) -> Draft:
    """Take out the answers that this one made wrong; they are asked again."""
    fields = way_of(form).fields
    wrong = rules.no_longer_stands(form.form, field.id, _around(desk, draft))
    for id_, refused in tuple(wrong):
        desk.note(wording.dropped_for(fields[id_].name, refused))
        answers = {key: one for key, one in draft.answers.items() if key != id_}
        draft = replace(draft, answers=answers)
    return draft


def set_state(desk: Desk, draft: Draft, field: Field, answer: Answer) -> Draft:
    """``draft`` with an answer that is no answer yet: partial, put off, pending."""
    answers = {**draft.answers, field.id: answer}
    return desk.put(replace(draft, answers=answers))
