"""One way to ask the readers, and the fields of the packaged forms."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date

import pytest

from conversations.forms.book import load_book
from conversations.model import Answer, Value
from conversations.understanding import Read, read_field

WEDNESDAY = date(2026, 11, 18)

Ask = Callable[..., Read]


@pytest.fixture
def ask() -> Ask:
    """Read a text for a field of a form, on Wednesday 18 November 2026."""

    def read(
        field: str,
        text: str,
        known: Value = "",
        *,
        form: str = "application",
        answers: dict[str, Answer] | None = None,
    ) -> Read:
        fields = {one.id: one for one in load_book().newest(form).fields}
        before = dict(answers or {})
        if known:
            before[field] = Answer(known)
        return read_field(
            fields[field], text, today=WEDNESDAY, answers=before, context={}
        )

    return read
