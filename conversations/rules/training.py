"""The numbers of ``training.toml``, read once."""

from __future__ import annotations

from importlib.resources import files

import msgspec

from conversations.forms.source import parse_definition


class AttendanceNumbers(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """课时 of a day, and how many missed ones bar from assessment."""

    hours_a_day: int
    morning: int
    leave_most: int
    absent_most: int


class AssessmentNumbers(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Points and attempts. ``panel`` is how many score, by kind."""

    full: int
    pass_mark: int
    attempts: int
    works_due: int
    panel: dict[str, int]


class TrainingNumbers(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """All of the file."""

    attendance: AttendanceNumbers
    assessment: AssessmentNumbers


def _read() -> TrainingNumbers:
    data = (files("conversations.rules") / "training.toml").read_bytes()
    return parse_definition(data, TrainingNumbers, name="training.toml")[0]


NUMBERS = _read()
