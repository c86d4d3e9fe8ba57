"""The operator's commands, beside ``serve`` and the demo.

Each says what it did, a fact a line; what the operator has to put right is
raised as a ``XuntongError`` and ends as one line.
"""

from __future__ import annotations

import argparse
import asyncio
import sys
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from datetime import date, timedelta
from pathlib import Path

from bot.actions.applicants import Table
from bot.actions.imports import Imported, put_organisations, put_roster
from bot.actions.people import invite_first
from bot.actions.responses import responses
from bot.actions.transcripts import newest_content, transcript_table
from bot.clock import SystemClock, civil
from bot.core import Core, make_core
from bot.documents.tables import write_rows
from bot.errors import (
    NotFoundError,
    OutputError,
    SchemaError,
    SheetError,
    TooFewError,
)
from bot.settings import Settings
from bot.spreadsheets import (
    BadLine,
    read_lines,
    read_organisations,
    read_roster,
    words,
)
from notices.programmes import Programme, read_programme
from notices.timeline import ClassDates, plan_class, plan_year
from storage import audit, classes, imports, rotation
from storage import migrate as schema
from storage.audit import AuditRow
from storage.classes import ClassRow
from storage.crypto import Vault
from storage.database import Database, UnitOfWork
from storage.errors import SchemaMismatchError

_BLIND = "evaluation"
_EXAMPLE_AHEAD = timedelta(days=60)
_EXAMPLE_LENGTH = timedelta(days=8)
_EXAMPLE_APPLY = timedelta(days=7)


def say(fact: str) -> None:
    """Print a fact for the operator."""
    print(fact, flush=True)  # noqa: T201 -- what the operator reads


def tell(fact: str) -> None:
    """Print a fact beside the output, which something else may read."""
    print(fact, file=sys.stderr, flush=True)  # noqa: T201 -- what the operator reads


@asynccontextmanager
async def opened(settings: Settings) -> AsyncIterator[Core]:
    """The core on a database at the newest schema, closed afterwards.

    Raises:
        SettingsError: there are no secret keys.
        SchemaError: the database is at another schema.
    """
    core = make_core(settings)
    try:
        try:
            await schema.require_current(core.database)
        except SchemaMismatchError as error:
            raise SchemaError(error.found, error.newest) from None
        yield core
    finally:
        await core.database.close()


# ---- migrate, rotate-keys ----


async def migrate(settings: Settings, _options: argparse.Namespace) -> None:
    """Bring the database to the newest schema; needs no keys."""
    database = Database(settings.database_url, Vault(settings.secret_keys or ("none",)))
    try:
        before = await schema.current(database)
        await schema.upgrade(database)
        after = await schema.current(database)
    finally:
        await database.close()
    if before == after:
        say(f"The database is at schema {after} already.")
    else:
        say(f"The database went from schema {before or 'none'} to {after}.")


async def rotate_keys(settings: Settings, _options: argparse.Namespace) -> None:
    """Seal and index everything under the newest key; the service may go on."""
    async with opened(settings) as core:
        done = await rotation.rotate(
            core.database, progress=lambda table, count: say(f"{table}: {count} rows")
        )
    say(f"{done.resealed} values were encrypted under the newest key.")
    say(f"{done.reindexed} index entries were added, {done.removed} old ones removed.")
    say("The older keys may be taken out of XUNTONG_SECRET_KEYS now.")


# ---- invite ----


async def invite(settings: Settings, _options: argparse.Namespace) -> None:
    """Print the first invitation code of a centre manager; the code alone on stdout."""
    async with opened(settings) as core:
        days = core.house.limits.invitation_days
        async with core.database.transaction() as uow:
            code = await invite_first(
                uow,
                now=core.clock.now(),
                new_id=core.house.new_id,
                name=words().nation,
                days=days,
            )
            await uow.commit()
    tell(f"Say this to the bot, once, within {days} days: 邀请码 {code}")
    say(code)


# ---- import ----


async def import_(settings: Settings, options: argparse.Namespace) -> None:
    """Take in a spreadsheet: all of it, or nothing when a row is wrong.

    Done again it changes nothing: institutions are found by name, backbone
    teachers by certificate.

    Raises:
        SheetError: it cannot be read, or rows are wrong.
    """
    columns = getattr(words(), options.what)
    lines = await asyncio.to_thread(read_lines, options.file, columns)
    async with opened(settings) as core, core.database.transaction() as uow:
        name, now, new_id = options.file.name, core.clock.now(), core.house.new_id
        done: Imported | list[BadLine]
        if options.what == "roster":
            provinces = await imports.scopes_by_name(uow, kind="province")
            listed, bad = read_roster(lines, provinces=provinces)
            _demand_good(name, bad)
            done = await put_roster(uow, listed, now=now, new_id=new_id)
        else:
            found, bad = read_organisations(lines)
            _demand_good(name, bad)
            done = await put_organisations(uow, found, now=now, new_id=new_id)
        if isinstance(done, list):
            _demand_good(name, done)
            return
        await uow.commit()
    say(f"{done.added} added, {done.updated} brought up to date.")


def _demand_good(name: str, bad: Sequence[BadLine]) -> None:
    for one in bad:
        tell(f"{name} row {one.number}: {one.why}")
    if bad:
        wrong = "1 row is wrong" if len(bad) == 1 else f"{_rows(bad)} rows are wrong"
        raise SheetError(name, f"{wrong}, nothing was changed")


def _rows(bad: Sequence[BadLine]) -> int:
    return len({one.number for one in bad})


# ---- export ----


async def export(settings: Settings, options: argparse.Namespace) -> None:
    """Write what a class handed in, or its transcript; written down in the audit log.

    Raises:
        NotFoundError: there is no such class.
        TooFewError: too few have evaluated the class for anything to be shown.
    """
    if options.output is None and options.format == "xlsx" and sys.stdout.isatty():
        raise OutputError(
            "-", "an Excel file is not for the screen: give --output FILE"
        )
    async with opened(settings) as core, core.database.transaction() as uow:
        row = await classes.by_code(uow, code=options.class_code)
        if row is None:
            raise NotFoundError("class", options.class_code)
        if options.what == "transcript":
            table = transcript_table(row, await newest_content(uow, row))
        else:
            table = await _responses(core, uow, row, options)
        await _write_down(core, uow, row.scope_id, options)
        await uow.commit()
    content = await asyncio.to_thread(
        write_rows, options.format, table.header, table.rows
    )
    await asyncio.to_thread(_put_out, content, options.output)
    tell(f"{len(table.rows)} rows of {table.title}")


async def _responses(
    core: Core, uow: UnitOfWork, row: ClassRow, options: argparse.Namespace
) -> Table:
    table = await responses(
        uow,
        core.house.book,
        form=options.form,
        code=row.code,
        limits=core.house.limits,
    )
    if options.form == _BLIND and not table.rows:
        raise TooFewError(row.code, core.house.limits.ballots_shown_from)
    return table


async def _write_down(
    core: Core, uow: UnitOfWork, scope_id: str, options: argparse.Namespace
) -> None:
    row = AuditRow(
        id=core.house.new_id(),
        at=core.clock.now(),
        actor_id=None,
        action="export",
        outcome="done",
        subject=options.class_code,
        scope_id=scope_id,
        detail=f"{vars(options).get('form', options.what)} {options.format}",
    )
    await audit.add(uow, [row])


def _put_out(content: bytes, output: Path | None) -> None:
    if output is None:
        sys.stdout.buffer.write(content)
        sys.stdout.buffer.flush()
        return
    try:
        output.write_bytes(content)
    except OSError as error:
        raise OutputError(str(output), error.strerror or "cannot be written") from None


# ---- programmes ----


async def programmes(_settings: Settings, options: argparse.Namespace) -> None:
    """Show the timeline that a programme file means, for an example class.

    Raises:
        DefinitionError: the file does not hold together; says where and why.
    """
    if not options.file.is_file():
        raise NotFoundError("file", str(options.file))
    programme = await asyncio.to_thread(read_programme, options.file)
    opens_on = options.opens_on or _example_day()
    dates = ClassDates(opens_on, opens_on + _EXAMPLE_LENGTH, opens_on - _EXAMPLE_APPLY)
    say(f"{programme.id}: {programme.title}")
    say(
        f"A class from {dates.opens_on} to {dates.ends_on}, "
        f"applications until {dates.apply_until}:"
    )
    for planned in plan_class(programme, dates):
        say(_dated(programme, planned.step, planned.due_on))
    say(f"The year {opens_on.year} of an institution:")
    for one in plan_year(programme, opens_on.year):
        say(_dated(programme, one.deadline.step, one.deadline.due_on))


def _dated(programme: Programme, key: str, due_on: date) -> str:
    step = programme.step(key)
    marks = programme.sending_of(step).marks if step.tell else ()
    said = ", ".join(str(mark) for mark in marks)
    reminded = f"reminders {said} days before" if marks else "no reminders"
    return f"  {due_on}  {key}  {step.title}  ({reminded})"


def _example_day() -> date:
    return civil(SystemClock().now()) + _EXAMPLE_AHEAD
