"""How often each mark was given in a class, counted as ballots join the results.

What lies in the results already is counted once, here.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator
from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None

_KEY = ("class_id", "form", "version", "field", "item", "mark")


def upgrade() -> None:
    tallies = op.create_table(
        "ballot_tallies",
        sa.Column("class_id", sa.Text(), nullable=False),
        sa.Column("form", sa.Text(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("field", sa.Text(), nullable=False),
        sa.Column("item", sa.Text(), nullable=False),
        sa.Column("mark", sa.Text(), nullable=False),
        sa.Column("count", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["class_id"], ["classes.id"]),
        sa.PrimaryKeyConstraint(*_KEY),
        sqlite_with_rowid=False,
    )
    given = op.get_bind().execute(
        sa.text("SELECT class_id, form, version, marks FROM ballots")
    )
    counted: Counter[tuple[Any, ...]] = Counter()
    for class_id, form, version, marks in given:
        said = json.loads(marks) if isinstance(marks, str) else marks
        counted.update((class_id, form, version, *one) for one in _cells(said))
    rows = [
        dict(zip(_KEY, key, strict=True)) | {"count": count}
        for key, count in counted.items()
    ]
    if rows:
        op.bulk_insert(tallies, rows)


def _cells(marks: dict[str, Any]) -> Iterator[tuple[str, str, str]]:
    yield "", "", ""
    for field, given in marks.items():
        if isinstance(given, str):
            yield field, "", given
        else:
            for key, mark in given.items():
                yield (field, key, mark) if mark else (field, "", key)


def downgrade() -> None:
    op.drop_table("ballot_tallies")
