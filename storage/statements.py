"""Statements that are built once, per database where the two differ.

Built at import, so that SQLAlchemy's cache of compiled statements always hits.
``within`` compares a column with a list given at run time: on PostgreSQL as one
array, so that the text of the statement, and with it the server's plan, is the
same for every length of the list.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Generic, TypeVar

from sqlalchemy import ColumnElement, Executable, Insert, Table, any_, bindparam
from sqlalchemy.dialects import postgresql, sqlite

Within = Callable[[ColumnElement[Any], str], ColumnElement[bool]]
AnyStatement = TypeVar("AnyStatement", bound=Executable)


class PerDialect(Generic[AnyStatement]):
    """The same statement for each database: ``STATEMENT[uow.dialect]``."""

    def __init__(self, build: Callable[[Within], AnyStatement]) -> None:
        self._by_dialect: Mapping[str, AnyStatement] = {
            "postgresql": build(_in_array),
            "sqlite": build(_in_list),
        }

    def __getitem__(self, dialect: str) -> AnyStatement:
        return self._by_dialect[dialect]


def _in_array(column: ColumnElement[Any], name: str) -> ColumnElement[bool]:
    values = bindparam(name, type_=postgresql.ARRAY(column.type))
    return column == any_(values)


def _in_list(column: ColumnElement[Any], name: str) -> ColumnElement[bool]:
    return column.in_(bindparam(name, expanding=True))


class InsertIgnoring:
    """``INSERT … ON CONFLICT DO NOTHING`` for each database.

    ``returning`` names columns of the rows that were really inserted.
    """

    def __init__(self, table: Table, *returning: str) -> None:
        columns = [table.c[name] for name in returning]
        into_postgresql: Insert = postgresql.insert(table).on_conflict_do_nothing()
        into_sqlite: Insert = sqlite.insert(table).on_conflict_do_nothing()
        self._by_dialect: Mapping[str, Executable] = {
            "postgresql": into_postgresql.returning(*columns)
            if columns
            else into_postgresql,
            "sqlite": into_sqlite.returning(*columns) if columns else into_sqlite,
        }

    def __getitem__(self, dialect: str) -> Executable:
        return self._by_dialect[dialect]


class Upsert:
    """``INSERT … ON CONFLICT (keys) DO UPDATE`` for each database.

    ``change`` gets the row that was to be inserted (``excluded``) and says what
    to set; ``only_if`` (of the row that is there) may refuse.
    """

    def __init__(
        self,
        table: Table,
        keys: list[str],
        change: Callable[[Any], dict[str, Any]],
        *,
        only_if: ColumnElement[bool] | None = None,
        returning: tuple[str, ...] = (),
    ) -> None:
        columns = [table.c[name] for name in returning]
        self._by_dialect: dict[str, Executable] = {}
        for name, dialect in (("postgresql", postgresql), ("sqlite", sqlite)):
            into = dialect.insert(table)
            statement = into.on_conflict_do_update(
                index_elements=keys, set_=change(into.excluded), where=only_if
            )
            self._by_dialect[name] = (
                statement.returning(*columns) if columns else statement
            )

    def __getitem__(self, dialect: str) -> Executable:
        return self._by_dialect[dialect]
