"""The command line. Exit status: 0 done, 1 failed (one line says why), 2 wrong usage."""

from __future__ import annotations

import argparse
import asyncio
import logging
import os
import sys
from collections.abc import Callable, Coroutine, Sequence
from datetime import date
from pathlib import Path
from typing import Any

from bot import administration, app, checkup, demo, log, spreadsheets
from bot.errors import XuntongError
from bot.settings import Settings, read_settings
from conversations.errors import DefinitionError
from storage.crypto import SealError
from storage.errors import StorageError, why_unusable

Command = Callable[[Settings, argparse.Namespace], Coroutine[Any, Any, None]]

_FORMS = ("application", "evaluation", "backbone_feedback", "institution_feedback")
_FORMATS = ("xlsx", "csv", "jsonl")
_INTERRUPTED = 130


def run(arguments: Sequence[str]) -> int:
    """Do what the arguments say and return the exit status."""
    options = _parser().parse_args(arguments)
    log.configure()
    logging.getLogger("alembic").setLevel(logging.WARNING)
    try:
        settings = read_settings(os.environ, Path.cwd())
        work: Command = options.work
        with asyncio.Runner(loop_factory=_new_loop) as runner:
            runner.run(work(settings, options))
    except (XuntongError, DefinitionError, StorageError, SealError) as error:
        return _failed(str(error))
    except KeyboardInterrupt:
        return _INTERRUPTED
    except BrokenPipeError:
        # Whoever read the output has gone; Python must not complain of it again.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 1
    except Exception as error:
        why = _in_a_line(error)
        if why is None:
            raise
        return _failed(why)
    return 0


def _new_loop() -> asyncio.AbstractEventLoop:
    """A loop of uvloop where there is one."""
    try:
        import uvloop  # noqa: PLC0415 -- not on every platform
    except ImportError:
        return asyncio.new_event_loop()
    return uvloop.new_event_loop()


def _failed(reason: str) -> int:
    print(f"xuntong: {reason}", file=sys.stderr)  # noqa: T201 -- what the operator reads
    return 1


def _in_a_line(error: Exception) -> str | None:
    """Why the database or the file system did not work; None for our own faults."""
    why = why_unusable(error)
    if why is not None:
        return f"the database cannot be reached: {why}"
    return str(error) if isinstance(error, OSError) else None


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="xuntong", description="Teacher training by WeChat dialogue."
    )
    commands = parser.add_subparsers(required=True, metavar="COMMAND")

    def add(
        name: str, work: Command, summary: str, more: str = ""
    ) -> argparse.ArgumentParser:
        command = commands.add_parser(
            name,
            help=summary,
            description=f"{summary[:1].upper()}{summary[1:]}.",
            epilog=more,
            formatter_class=argparse.RawDescriptionHelpFormatter,
        )
        command.set_defaults(work=work)
        return command

    serve = add("serve", app.serve, "run the service from its settings")
    serve.add_argument("--role", choices=("all", "web", "worker"), default="all")
    show = add("demo", demo.demo, "serve the web chat with sample data")
    show.add_argument("--port", type=_port, help="instead of 8080")
    show.add_argument("--reset", action="store_true", help="start afresh")
    add("demo-data", demo.demo_data, "fill an empty database with the sample data")
    add("migrate", administration.migrate, "bring the database to the newest schema")
    invite = add("invite", administration.invite, "print the first invitation code")
    invite.add_argument("--role", choices=("centre_manager",), required=True)
    take = add(
        "import",
        administration.import_,
        "take in a list from a spreadsheet: all of it or nothing",
        spreadsheets.__doc__ or "",
    )
    take.add_argument("what", choices=("organisations", "roster"))
    take.add_argument("file", type=Path, metavar="FILE.xlsx")
    _add_export(
        add("export", administration.export, "write what was handed in to a file")
    )
    _add_programmes(
        add("programmes", administration.programmes, "show the timeline a file means")
    )
    add("rotate-keys", administration.rotate_keys, "re-encrypt under the newest key")
    add("check", checkup.check, "say what is wrong with settings and database")
    return parser


def _add_export(export: argparse.ArgumentParser) -> None:
    what = export.add_subparsers(required=True, metavar="WHAT", dest="what")
    answers = what.add_parser("responses", help="what was handed in of a form")
    answers.add_argument("--form", choices=_FORMS, required=True)
    sheet = what.add_parser(
        "transcript", help="the transcript as it was sent, else as it stands"
    )
    for one in (answers, sheet):
        one.add_argument("--class", dest="class_code", required=True, metavar="CODE")
        one.add_argument("--format", choices=_FORMATS, default="xlsx")
        one.add_argument("--output", type=Path, help="instead of standard output")


def _add_programmes(programmes: argparse.ArgumentParser) -> None:
    programmes.add_argument("what", choices=("check",))
    programmes.add_argument("file", type=Path, metavar="FILE")
    programmes.add_argument(
        "--opens-on",
        type=date.fromisoformat,
        metavar="DATE",
        help="of the example class; in 60 days when not given",
    )


def _port(text: str) -> int:
    port = int(text)
    if not 0 < port < 65536:
        raise argparse.ArgumentTypeError("must be between 1 and 65535")
    return port
