"""One JSON object a line on stderr, without personal data.

Three walls. Only the keys of ``ALLOWED`` are written; what a library logs is
cut to its template, never its arguments; and a net of patterns (ID numbers,
phones, e-mail, openids, tokens, secrets) goes over every text that is left.
Exceptions are written as their type and the places they passed; their words
only where they cannot quote what a person said.
"""

from __future__ import annotations

import logging
import re
import sys
import time
import traceback
from collections.abc import Mapping, MutableMapping
from types import TracebackType
from typing import Any, TextIO

import structlog
from structlog.typing import Processor, WrappedLogger

from bot.errors import XuntongError

ALLOWED = frozenset(
    {
        *("event", "level", "logger", "timestamp", "error", "places"),
        *("action", "attempts", "batch", "channel", "count", "job", "job_kind"),
        *("message_key", "method", "notice", "number", "outbox", "outcome", "point"),
        *(
            "purpose",
            "reason",
            "role",
            "route",
            "seconds",
            "status",
            "step",
            "url_path",
        ),
        *("code", "version", "dialect", "host", "port", "skipped", "size", "until"),
        *("folder", "hint", "repeated", "tick"),
    }
)

_HIDDEN = "***"
_NET = (
    (re.compile(r"(?<!\d)\d{17}[\dXxＸｘ](?!\d)"), _HIDDEN),
    (re.compile(r"(?<!\d)(?:\+?86[- ]?)?1[3-9]\d(?:[- ]?\d{4}){2}(?!\d)"), _HIDDEN),
    (re.compile(r"[\w.+-]+@[\w-]+(?:\.[\w-]+)+"), _HIDDEN),
    (re.compile(r"(?<![\w-])o[\w-]{27}(?![\w-])", re.ASCII), _HIDDEN),
    (
        re.compile(
            r"(?i)([\w-]*(?:token|secret|password|aes_?key|ticket|secret_keys?)"
            r"[\"']?\s*[=:]\s*[\"']?)[^\s\"'&,;}]+"
        ),
        r"\1" + _HIDDEN,
    ),
    (re.compile(r"/([du])/[\w-]{20,}"), rf"/\1/{_HIDDEN}"),
)

_ExcInfo = tuple[type[BaseException], BaseException, TracebackType | None]


def redact(text: str) -> str:
    """``text`` with everything that looks personal or secret hidden."""
    for pattern, shown in _NET:
        text = pattern.sub(shown, text)
    return text


class _OncePerMinute(logging.Filter):
    """Lets the same complaint through once a minute, saying how often it came.

    A database that is away fails many things many times a second; who watches
    the log shall still see the line that matters.
    """

    _EVERY = 60.0
    _AT_MOST = 1000
    _TELLING = ("event", "error", "places", "reason", "channel", "tick", "job")

    def __init__(self) -> None:
        super().__init__()
        self._seen: dict[tuple[object, ...], tuple[float, int]] = {}

    def filter(self, record: logging.LogRecord) -> bool:
        if record.levelno < logging.WARNING:
            return True
        event = record.msg if isinstance(record.msg, dict) else None
        said = (
            tuple(str(event.get(name)) for name in self._TELLING)
            if event is not None
            else (record.name, str(record.msg))
        )
        now = time.monotonic()
        since, repeated = self._seen.get(said, (now - self._EVERY, 0))
        if now - since < self._EVERY:
            self._seen[said] = since, repeated + 1
            return False
        if len(self._seen) >= self._AT_MOST:
            self._seen.clear()
        self._seen[said] = now, 0
        if event is not None and repeated:
            event["repeated"] = repeated
        return True


def configure(stream: TextIO | None = None, *, level: int = logging.INFO) -> None:
    """Route structlog and stdlib logging to ``stream`` (stderr) as JSON lines."""
    shared: list[Processor] = [
        structlog.stdlib.add_log_level,
        structlog.stdlib.add_logger_name,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        _tell_exception,
    ]
    handler = logging.StreamHandler(stream or sys.stderr)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=[_template_only, *shared],
            processors=[
                structlog.stdlib.ProcessorFormatter.remove_processors_meta,
                _keep_allowed,
                structlog.processors.JSONRenderer(ensure_ascii=False),
            ],
        )
    )
    handler.addFilter(_OncePerMinute())
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(level)
    for chatty in ("apscheduler", "aiosqlite", "asyncio", "PIL", "fontTools"):
        logging.getLogger(chatty).setLevel(max(level, logging.WARNING))
    structlog.configure(
        processors=[
            structlog.stdlib.filter_by_level,
            *shared,
            structlog.stdlib.ProcessorFormatter.wrap_for_formatter,
        ],
        logger_factory=structlog.stdlib.LoggerFactory(),
        cache_logger_on_first_use=False,
    )


def _template_only(
    _logger: WrappedLogger, _method: str, event: MutableMapping[str, Any]
) -> MutableMapping[str, Any]:
    """Say of a library's line its template: its arguments may be anybody's words."""
    record: logging.LogRecord = event["_record"]
    event["event"] = _first_line(str(record.msg))
    event["exc_info"] = record.exc_info
    return event


def _tell_exception(
    _logger: WrappedLogger, _method: str, event: MutableMapping[str, Any]
) -> MutableMapping[str, Any]:
    found = _exc_info(event.pop("exc_info", None))
    event.pop("stack_info", None)
    if found is not None:
        kind, error, trace = found
        said = _words(error)
        event["error"] = f"{kind.__name__}: {said}" if said else kind.__name__
        event["places"] = _places(trace)
    return event


def _exc_info(given: object) -> _ExcInfo | None:
    if isinstance(given, BaseException):
        return type(given), given, given.__traceback__
    if isinstance(given, tuple):
        kind, error, trace = given
        return None if error is None else (kind, error, trace)
    if given:
        kind, error, trace = sys.exc_info()
        return None if kind is None or error is None else (kind, error, trace)
    return None


def _words(error: BaseException) -> str:
    safe = isinstance(error, XuntongError | OSError | ImportError)
    # SQLAlchemy hides parameters; its first line is the driver's complaint.
    if safe or type(error).__module__.startswith("sqlalchemy."):
        return _first_line(str(error))
    return ""


def _places(trace: TracebackType | None) -> str:
    steps = traceback.extract_tb(trace, limit=-12)
    return " > ".join(
        f"{'/'.join(step.filename.split('/')[-2:])}:{step.lineno}" for step in steps
    )


def _keep_allowed(
    _logger: WrappedLogger, _method: str, event: MutableMapping[str, Any]
) -> Mapping[str, Any]:
    kept = {key: _plain(value) for key, value in event.items() if key in ALLOWED}
    dropped = sorted(event.keys() - ALLOWED)
    return {**kept, "dropped": dropped} if dropped else kept


def _plain(value: object) -> object:
    """A scalar that shows nothing personal; of anything else only its type."""
    if value is None or isinstance(value, bool | float):
        return value
    if isinstance(value, int):
        shown = redact(str(value))
        return value if shown == str(value) else shown
    return redact(value) if isinstance(value, str) else type(value).__name__


def _first_line(text: str) -> str:
    return text.strip().partition("\n")[0][:300]
