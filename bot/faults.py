"""Named points at which a test may stop the process; in the service no-ops."""

from __future__ import annotations

from collections.abc import Callable

_hook: Callable[[str], None] | None = None


def install(hook: Callable[[str], None] | None) -> None:
    """Call ``hook`` with the name of each point that is passed; None removes it."""
    global _hook  # noqa: PLW0603 -- one process-wide switch, set before the service starts
    _hook = hook


def point(name: str) -> None:
    """Pass a named point."""
    if _hook is not None:
        _hook(name)
