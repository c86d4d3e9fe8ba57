"""How Alembic reaches the database: on the connection that it is given."""

from __future__ import annotations

from typing import Any, Literal

from alembic import context
from alembic.autogenerate.api import AutogenContext

from storage.tables import metadata
from storage.tables.types import Instant


def _render(
    kind: str, item: Any, _autogenerate: AutogenContext
) -> str | Literal[False]:
    """Write our own types as plain ones: a migration outlives the code beside it."""
    if kind == "type" and isinstance(item, Instant):
        return "sa.DateTime(timezone=True)"
    return False


context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=metadata,
    # Copying tables is how SQLite changes them; new tables need no copying.
    render_as_batch=context.config.attributes.get("as_batch", True),
    render_item=_render,
    compare_type=True,
)
with context.begin_transaction():
    context.run_migrations()
