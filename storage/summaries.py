"""附件6 工作总结: what an institution handed in for a year."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

import msgspec
from sqlalchemy import bindparam, func, insert, select

from storage.database import UnitOfWork
from storage.statements import PerDialect
from storage.tables.records import summaries


class SummaryRow(msgspec.Struct, frozen=True):
    """A summary as it was handed in.

    ``counted`` is what its figures were counted from, as JSON values.
    """

    id: str
    institution_id: str
    year: int
    revision: int
    submission_id: str
    counted: dict[str, Any]
    made_at: datetime
    decided_by: str | None = None


_own = summaries.c
_COLUMNS = tuple(_own[name] for name in SummaryRow.__struct_fields__)
_newest = (
    select(_own.institution_id, func.max(_own.revision).label("revision"))
    .where(_own.year == bindparam("of_year"))
    .group_by(_own.institution_id)
    .subquery()
)
_LATEST = PerDialect(
    lambda within: (
        select(*_COLUMNS)
        .join(
            _newest,
            (_newest.c.institution_id == _own.institution_id)
            & (_newest.c.revision == _own.revision),
        )
        .where(within(_own.institution_id, "ids"), _own.year == bindparam("of_year"))
    )
)


async def add(uow: UnitOfWork, row: SummaryRow) -> None:
    """Keep a summary; the database refuses a revision twice."""
    await uow.execute(insert(summaries), msgspec.structs.asdict(row))


async def get(uow: UnitOfWork, *, summary_id: str) -> SummaryRow | None:
    """A summary by its id."""
    query = select(*_COLUMNS).where(_own.id == summary_id)
    row = (await uow.execute(query)).first()
    return SummaryRow(*row) if row else None


async def latest(
    uow: UnitOfWork, *, institution_ids: Sequence[str], year: int
) -> dict[str, SummaryRow]:
    """The newest summary of a year of each institution that handed one in."""
    found = await uow.execute(
        _LATEST[uow.dialect], {"ids": list(institution_ids), "of_year": year}
    )
    return {row.institution_id: SummaryRow(*row) for row in found}
