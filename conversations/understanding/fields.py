"""The one entry: read a text as the answer to a field."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date

import msgspec

from conversations.forms.schema import Field
from conversations.model import Answer, Value
from conversations.understanding.choices import read_choice
from conversations.understanding.contacts import read_email, read_phone
from conversations.understanding.dates import read_date
from conversations.understanding.identity import read_id_number
from conversations.understanding.matrix import read_matrix
from conversations.understanding.numbers import read_number
from conversations.understanding.polar import read_ethnicity, read_yes_no
from conversations.understanding.reading import Read, bad
from conversations.understanding.text import (
    clean,
    read_declaration,
    read_name,
    read_signature,
    read_text,
)
from conversations.understanding.ticks import read_ticks


class _Around(msgspec.Struct, frozen=True):
    """What a reader may look at beside the text."""

    today: date
    answers: Mapping[str, Answer]

    def value(self, field: str) -> Value:
        """The answer so far to a field, else ``""``."""
        answer = self.answers.get(field)
        return answer.value if answer else ""


Reader = Callable[[Field, str, _Around], Read]


def read_field(
    field: Field,
    text: str,
    *,
    today: date,
    answers: Mapping[str, Answer],
    context: Mapping[str, str],  # noqa: ARG001 -- part of the contract: kinds to come read it
) -> Read:
    """Read ``text`` as the answer to ``field``. Never raises on any text.

    ``answers`` are those given so far: a signature is compared with the name in
    them, and a part understood before of ticks or a matrix is gone on with.
    """
    reader = _READERS.get(field.kind)
    if reader is None:
        return bad("not_asked")
    return reader(field, text, _Around(today, answers))


def _signature(field: Field, text: str, around: _Around) -> Read:
    name = around.value(field.source)
    return read_signature(name if isinstance(name, str) else "", text)


def _photo(_field: Field, text: str, _around: _Around) -> Read:
    return bad("photo_expected") if clean(text) else bad("empty")


_READERS: dict[str, Reader] = {
    "text": lambda field, text, _: read_text(field, text),
    "long_text": lambda field, text, _: read_text(field, text),
    "name": lambda field, text, _: read_name(field, text),
    "choice": lambda field, text, _: read_choice(field, text),
    "yes_no": lambda field, text, _: read_yes_no(field, text),
    "ticks": lambda field, text, near: read_ticks(field, text, near.value(field.id)),
    "matrix": lambda field, text, near: read_matrix(field, text, near.value(field.id)),
    "id_number": lambda _, text, near: read_id_number(text, today=near.today),
    "phone": lambda _, text, __: read_phone(text),
    "email": lambda _, text, __: read_email(text),
    "ethnicity": lambda _, text, __: read_ethnicity(text),
    "photo": _photo,
    "declaration": lambda _, text, __: read_declaration(text),
    "signature": _signature,
    "date": lambda _, text, near: read_date(text, today=near.today),
    "number": lambda field, text, _: read_number(field, text),
}
