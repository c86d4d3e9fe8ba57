"""What can be wrong with a definition file."""

from __future__ import annotations


class DefinitionError(Exception):
    """A definition does not hold together: where, and why."""

    def __init__(self, file: str, line: int, reason: str) -> None:
        super().__init__(f"{file}:{line}: {reason}")
        self.file = file
        self.line = line
        self.reason = reason
