"""Filled forms as paper: 附件1 to 附件4 in their official layout, others as a table.

The layout of a released form version is a template of its own
(``templates/FORM-VERSION.typ`` for PDF and pictures, ``.docx`` for Word), so that an
old version prints for ever as it was; a form without one is printed as labels and
answers.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date
from typing import Any, Literal, overload

from bot.documents import typesetting, word
from bot.documents.annual_summary import filled, render_annual_summary
from bot.documents.places import places
from conversations.forms.schema import Field, Form
from conversations.model import Value
from conversations.understanding.masks import (
    mask_email,
    mask_id_number,
    mask_phone,
    mask_text,
)

SUMMARY = "annual_summary"
"""附件6: a model of its own, with figures that nobody filled in."""
GENERIC = "generic"
"""The layout of a form that has none of its own."""
_MASKS: dict[str, Callable[[str], str]] = {
    "id_number": mask_id_number,
    "phone": mask_phone,
    "email": mask_email,
}


@overload
def render_form(
    form: Form,
    answers: Mapping[str, Value],
    context: Mapping[str, str],
    *,
    photo: bytes | None = ...,
    signed_on: date | None = ...,
    masked: bool,
    format: Literal["pdf", "docx"],
) -> bytes: ...
@overload
def render_form(
    form: Form,
    answers: Mapping[str, Value],
    context: Mapping[str, str],
    *,
    photo: bytes | None = ...,
    signed_on: date | None = ...,
    masked: bool,
    format: Literal["png"],
) -> list[bytes]: ...
def render_form(
    form: Form,
    answers: Mapping[str, Value],
    context: Mapping[str, str],
    *,
    photo: bytes | None = None,
    signed_on: date | None = None,
    masked: bool,
    format: Literal["pdf", "png", "docx"],  # noqa: A002 -- the word everybody uses for it
) -> bytes | list[bytes]:
    """Print a form: one PDF or DOCX, or one PNG for each page as a phone shows it.

    ``answers`` are complete (``conversations.engine.complete_answers``); what is
    missing stays blank. ``photo`` is the normalised JPEG. ``masked`` hides ID
    number, phone and e-mail, as every picture in a chat must. Blocks: call it
    through ``asyncio.to_thread``.
    """
    if form.form == SUMMARY:
        said = _masked_texts(answers) if masked else answers
        return render_annual_summary(filled(said, context), format)
    layout = f"{form.form}-{form.version}"
    data = sheet(form, answers, context, photo, signed_on, masked=masked)
    if format == "docx":
        template = layout if word.has_template(layout) else GENERIC
        return word.fill(template, places(data), photo=photo)
    template = layout if typesetting.has_template(layout) else GENERIC
    if format == "pdf":
        return typesetting.pdf(template, data | {"screen": False})
    return typesetting.pages(template, data | {"screen": True})


def sheet(
    form: Form,
    answers: Mapping[str, Value],
    context: Mapping[str, str],
    photo: bytes | None,
    signed_on: date | None,
    *,
    masked: bool,
) -> dict[str, Any]:
    """The data model that every template of a form reads, as JSON values."""
    return {
        "annex": form.annex,
        "title": form.title,
        "context": dict(context),
        "order": [field.id for field in form.fields],
        "fields": {
            field.id: _entry(field, answers, context, masked=masked)
            for field in form.fields
        },
        "photo": typesetting.as_numbers(photo),
        "signed_on": signed_on.isoformat() if signed_on else "",
    }


def _entry(
    field: Field,
    answers: Mapping[str, Value],
    context: Mapping[str, str],
    *,
    masked: bool,
) -> dict[str, Any]:
    return {
        "number": field.number,
        "label": field.label,
        "heading": field.heading,
        "kind": field.kind,
        "text": field.text,
        "choices": [
            {"value": choice.value, "label": choice.label, "detail": choice.detail}
            for choice in field.choices
        ],
        "items": [
            {
                "id": item.id,
                "number": item.number,
                "label": item.label,
                "group": item.group,
            }
            for item in field.items
        ],
        "value": _value(field, answers, context, masked=masked),
    }


def _value(
    field: Field,
    answers: Mapping[str, Value],
    context: Mapping[str, str],
    *,
    masked: bool,
) -> Value:
    value = answers.get(field.id)
    if value is None:
        return context.get(field.source, "") if field.kind == "fixed" else ""
    if field.kind == "photo":
        return ""
    return _masked(field, value) if masked else value


def _masked(field: Field, value: Value) -> Value:
    """The value as a chat may show it, also where a number stands in other words."""
    if isinstance(value, str):
        return _MASKS.get(field.kind, mask_text)(value)
    return {key: mask_text(detail) for key, detail in value.items()}


def _masked_texts(answers: Mapping[str, Value]) -> dict[str, Value]:
    """Texts with every number and address in them masked."""
    return {
        key: mask_text(value) if isinstance(value, str) else value
        for key, value in answers.items()
    }
