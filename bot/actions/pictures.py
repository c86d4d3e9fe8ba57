"""Tables and boards in the chat: in words while a phone shows them, else as a picture."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import msgspec

from bot import wording
from bot.actions.context import Context
from storage import jobs


class Sheet(msgspec.Struct, frozen=True):
    """A table to be shown: every row has as many texts as the header (≥ 1)."""

    title: str
    header: tuple[str, ...]
    rows: Sequence[Sequence[str]]
    subtitle: str = ""


async def table(context: Context, sheet: Sheet, *, brief: str = "") -> str:
    """What is said with a table: ``brief``, and its rows when they are few.

    A table longer than a phone's screen (``Limits.table_lines``) follows as
    pictures, drawn when the transaction is committed; the text says so.
    """
    if len(sheet.rows) <= context.house.limits.table_lines:
        lines = [wording.pictures.row(sheet.header, one) for one in sheet.rows]
        return "\n".join(line for line in (brief, *lines) if line)
    await draw_sheet(context, sheet)
    return wording.pictures.follows(brief, len(sheet.rows))


async def draw_sheet(context: Context, sheet: Sheet) -> None:
    """Have a table drawn, however few its rows are."""
    await draw(context, "sheet", sheet.title, msgspec.to_builtins(sheet))


async def draw(
    context: Context, template: str, title: str, data: Mapping[str, Any]
) -> None:
    """Have ``documents/templates/TEMPLATE.typ`` drawn; pictures follow as messages.

    ``data`` are JSON values, ``title`` names the file.
    """
    job = jobs.JobRow(
        id=context.new_id(),
        kind="picture",
        person_id=context.actor.person_id,
        address_id=context.actor.address_id,
        payload={
            "template": template,
            "title": title,
            "data": msgspec.json.encode(data).decode(),
        },
        not_before=context.now,
    )
    await jobs.enqueue(context.uow, [job], now=context.now)
