"""Whether a form definition holds together; each law with the line that breaks it."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from conversations.errors import DefinitionError
from conversations.forms.schema import Condition, Field, Form
from conversations.forms.source import Lines

KINDS = frozenset(
    [
        "text",
        "long_text",
        "name",
        "choice",
        "yes_no",
        "ticks",
        "matrix",
        "id_number",
        "phone",
        "email",
        "ethnicity",
        "photo",
        "declaration",
        "signature",
        "date",
        "number",
        "fixed",
        "derived",
        "printed",
    ]
)
_WITH_CHOICES = frozenset({"choice", "yes_no", "ticks", "matrix"})
_WITH_SOURCE = frozenset({"fixed", "derived", "signature"})
_WITH_TEXT = frozenset({"declaration", "printed"})
_PROFILE = frozenset({"profile.name", "profile.unit", "profile.phone"})
_DERIVED = frozenset({"sex", "age"})
_ID = re.compile(r"[a-z][a-z0-9_]*")
_ITEM_ID = re.compile(r"[a-z0-9][a-z0-9_.]*")

Where = tuple[str | int, ...]
Fault = tuple[Where, str]


def check_form(form: Form, lines: Lines, file: str) -> None:
    """Check that ``form`` holds together.

    Raises:
        DefinitionError: the first thing that does not.
    """
    for where, reason in _faults(form):
        raise DefinitionError(file, lines.of(*where), reason)


def _faults(form: Form) -> Iterator[Fault]:
    yield from _form_faults(form)
    earlier: dict[str, Field] = {}
    for number, field in enumerate(form.fields):
        for where, reason in _field_faults(field, form, earlier):
            yield ("fields", number, *where), f"field {field.id!r}: {reason}"
        earlier[field.id] = field


def _form_faults(form: Form) -> Iterator[Fault]:
    if not form.title:
        yield ("title",), "title is empty"
    if not form.fields:
        yield (), "there are no fields"
    yield from _repeated((part.id for part in form.parts), "parts")
    yield from _repeated((field.id for field in form.fields), "fields")
    used = {field.part for field in form.fields}
    for number, part in enumerate(form.parts):
        if not part.title:
            yield ("parts", number, "title"), f"part {part.id!r}: title is empty"
        if part.id not in used:
            yield ("parts", number), f"part {part.id!r} has no fields"


def _repeated(ids: Iterable[str], key: str, name: str = "id") -> Iterator[Fault]:
    seen: set[str] = set()
    for number, one in enumerate(ids):
        if one in seen:
            yield (key, number, name), f"{name} {one!r} is used twice"
        seen.add(one)


def _field_faults(
    field: Field, form: Form, earlier: dict[str, Field]
) -> Iterator[Fault]:
    yield from _naming_faults(field, form)
    yield from _limit_faults(field)
    yield from _privacy_faults(field, blind=form.blind)
    yield from _choice_faults(field)
    yield from _item_faults(field)
    yield from _source_faults(field, form, earlier)
    for number, condition in enumerate(field.when):
        for reason in _condition_faults(condition, form, earlier):
            yield ("when", number), reason


def _naming_faults(field: Field, form: Form) -> Iterator[Fault]:
    if not _ID.fullmatch(field.id):
        yield ("id",), "id is made of a-z, 0-9 and _"
    if not field.label:
        yield ("label",), "label is empty"
    if field.kind not in KINDS:
        yield ("kind",), f"there is no kind {field.kind!r}"
    if field.part not in {part.id for part in form.parts}:
        yield ("part",), f"there is no part {field.part!r}"
    if field.asked and not field.prompt:
        yield (), "prompt is empty"
    if field.kind in _WITH_TEXT and not field.text:
        yield (), f"kind {field.kind!r} needs text"


def _limit_faults(field: Field) -> Iterator[Fault]:
    if not 0 <= field.min_length <= field.max_length:
        yield ("min_length",), "min_length is more than max_length"
    if (field.kind == "number") != (field.most > 0):
        yield ("most",), "most belongs to kind 'number', and is above 0"
    if field.least > field.most:
        yield ("least",), "least is more than most"


def _privacy_faults(field: Field, *, blind: bool) -> Iterator[Fault]:
    privacy = field.privacy
    if not privacy.purpose:
        yield ("privacy", "purpose"), "privacy has no purpose"
    if privacy.keep_days <= 0:
        yield ("privacy", "keep_days"), "keep_days is not above 0"
    if privacy.sensitive and not privacy.personal:
        yield ("privacy", "sensitive"), "what is sensitive is personal too"
    if blind and privacy.personal:
        yield ("privacy", "personal"), "a blind form asks nothing personal"


def _choice_faults(field: Field) -> Iterator[Fault]:
    if field.kind in _WITH_CHOICES:
        if len(field.choices) < 2:
            yield ("choices",), f"kind {field.kind!r} needs at least two choices"
    elif field.choices:
        yield ("choices",), f"kind {field.kind!r} takes no choices"
    yield from _repeated((choice.value for choice in field.choices), "choices", "value")
    for number, choice in enumerate(field.choices):
        if not (choice.value and choice.label):
            yield ("choices", number), "a choice needs a value and a label"
        if choice.detail and field.kind != "ticks":
            yield ("choices", number, "detail"), "detail belongs to kind 'ticks'"
    yield from _value_faults(field)


def _value_faults(field: Field) -> Iterator[Fault]:
    values = [choice.value for choice in field.choices]
    if field.kind == "yes_no" and values != ["yes", "no"]:
        yield ("choices",), "the choices of a yes_no have the values yes, no"
    places = [str(place) for place in range(1, len(values) + 1)]
    if (field.kind == "matrix" or field.descending) and values != places:
        yield ("choices",), "the values of these choices are 1, 2, 3 … in this order"


def _item_faults(field: Field) -> Iterator[Fault]:
    if (field.kind == "matrix") != bool(field.items):
        yield ("items",), "items belong to kind 'matrix', which needs them"
    yield from _repeated((item.id for item in field.items), "items")
    for number, item in enumerate(field.items):
        if not item.label:
            yield ("items", number, "label"), "an item's label is empty"
        if not _ITEM_ID.fullmatch(item.id):
            yield ("items", number, "id"), "an item's id is made of a-z, 0-9, _ and ."


def _source_faults(
    field: Field, form: Form, earlier: dict[str, Field]
) -> Iterator[Fault]:
    if field.source and field.kind not in _WITH_SOURCE:
        yield ("source",), f"kind {field.kind!r} takes no source"
    if field.kind == "fixed" and field.source not in form.context:
        yield ("source",), f"source {field.source!r} is no key of the context"
    if field.kind == "derived":
        origin, _, what = field.source.partition(".")
        if what not in _DERIVED or _kind(earlier, origin) != "id_number":
            yield ("source",), f"source {field.source!r} is no earlier ID number's"
    if field.kind == "signature" and _kind(earlier, field.source) != "name":
        yield ("source",), f"source {field.source!r} is no earlier name"
    if field.prefill not in {"", "last"} | _PROFILE:
        yield ("prefill",), f"there is no prefill {field.prefill!r}"


def _kind(fields: dict[str, Field], id_: str) -> str:
    return fields[id_].kind if id_ in fields else ""


def _condition_faults(
    condition: Condition, form: Form, earlier: dict[str, Field]
) -> Iterator[str]:
    if bool(condition.field) == bool(condition.context):
        yield "a condition names either a field or a context key"
    elif condition.context and condition.context not in form.context:
        yield f"the context has no key {condition.context!r}"
    elif condition.field and condition.field not in earlier:
        yield f"there is no earlier field {condition.field!r}"
    elif condition.field:
        choices = {choice.value for choice in earlier[condition.field].choices}
        for value in condition.equals:
            if choices and value not in choices:
                yield f"field {condition.field!r} has no choice {value!r}"
