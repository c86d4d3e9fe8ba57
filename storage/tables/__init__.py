"""The tables, by subject."""

from __future__ import annotations

from storage.tables import (
    board,
    classes,
    engagements,
    evaluations,
    messages,
    notices,
    people,
    plans,
    records,
    training,
)
from storage.tables.metadata import metadata

__all__ = [
    "board",
    "classes",
    "engagements",
    "evaluations",
    "messages",
    "metadata",
    "notices",
    "people",
    "plans",
    "records",
    "training",
]
