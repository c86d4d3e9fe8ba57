"""The sample data as read from ``sample.toml``: who, where, and at which step."""

from __future__ import annotations

from functools import cache
from importlib.resources import files

import msgspec

RECRUITING = "recruiting"
APPLICATION_STATES = (
    "submitted",
    "waitlisted",
    "awaiting_stamp",
    "admitted",
    "refused",
)
EVALUATED = "evaluated"
"""A teacher who was admitted and has filled 结束评估表."""


class _Read(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Read from the file; a key that is not known is refused."""


class Centre(_Read, frozen=True):
    """The root of the tree."""

    id: str
    name: str
    contact: str


class Province(_Read, frozen=True):
    """A province."""

    id: str
    name: str


class Approved(_Read, frozen=True):
    """The levels that an institution may run in a major."""

    major: str
    levels: tuple[str, ...]


class Institution(_Read, frozen=True):
    """A 教师培训基地 or 师资研修中心."""

    id: str
    name: str
    kind: str
    province: str
    address: str
    contact: str
    approved: tuple[Approved, ...]

    @property
    def pairs(self) -> tuple[tuple[str, str], ...]:
        """The (major, level) pairs it is approved for."""
        return tuple(
            (one.major, level) for one in self.approved for level in one.levels
        )


class Official(_Read, frozen=True):
    """Somebody with a role over a scope."""

    user: str
    name: str
    role: str
    scope: str


class ClassManager(_Read, frozen=True):
    """The 班主任 of the classes that are ``managed``."""

    user: str
    name: str


class Backbone(_Read, frozen=True):
    """A backbone teacher; without ``user``, one who has not taken the role up."""

    user: str
    name: str
    certificate: str
    majors: tuple[str, ...]
    levels: tuple[str, ...]
    province: str
    school: str
    course: str


class SampleClass(_Read, frozen=True):
    """A class: ``opens`` in days from now, ``teachers`` as numbers by state."""

    title: str
    institution: str
    level: str
    major: str
    step: str
    opens: int
    venue: str
    capacity: int = 30
    managed: bool = False
    review: str = ""
    teachers: dict[str, int] = {}


class Unit(_Read, frozen=True):
    """Where a teacher works."""

    name: str
    address: str


class Education(_Read, frozen=True):
    """A ticked 教育背景 with its 专业."""

    choice: str
    detail: str


class Teachers(_Read, frozen=True):
    """What the teachers' forms are made of, each list taken in turn."""

    fresh: int
    surnames: tuple[str, ...]
    women: tuple[str, ...]
    men: tuple[str, ...]
    region: str
    ethnicities: tuple[str, ...]
    titles: tuple[str, ...]
    units: tuple[Unit, ...]
    educations: tuple[Education, ...]
    skills: tuple[str, ...]
    awards: tuple[str, ...]
    school_works: tuple[str, ...]
    teaching_works: tuple[str, ...]
    development_works: tuple[str, ...]
    needs: tuple[str, ...]
    trained_detail: str
    refused_because: str
    stamp_name: str
    current_majors: dict[str, str]

    def is_woman(self, place: int) -> bool:
        """Women and men in turn."""
        return place % 2 == 1

    def name(self, place: int) -> str:
        """The invented name of the ``place``-th teacher."""
        given = self.women if self.is_woman(place) else self.men
        return self.surnames[place % len(self.surnames)] + given[place % len(given)]


class Evaluation(_Read, frozen=True):
    """The free texts of ballots."""

    gains: tuple[str, ...]
    wishes: tuple[str, ...]
    suggestions: tuple[str, ...]


class SampleNotice(_Read, frozen=True):
    """The centre's notice."""

    title: str
    text: str


class SampleScheme(_Read, frozen=True):
    """What the schemes say. ``schedule`` has the days that differ by level left open.

    ``answers`` are the others by field id, ``addition`` what a lecturer adds.
    """

    schedule: str
    answers: dict[str, str]
    addition: str


class Notes(_Read, frozen=True):
    """What the page says of the persons it offers."""

    fresh: str
    evaluated: str
    of_class: str


class Sample(_Read, frozen=True):
    """All of it."""

    centre: Centre
    provinces: tuple[Province, ...]
    institutions: tuple[Institution, ...]
    staff: tuple[Official, ...]
    class_manager: ClassManager
    roster: tuple[Backbone, ...]
    classes: tuple[SampleClass, ...]
    teachers: Teachers
    evaluation: Evaluation
    announcement: SampleNotice
    scheme: SampleScheme
    notes: Notes

    @property
    def teacher_count(self) -> int:
        """How many teachers there are: the fresh ones, and one for each state."""
        applied = sum(sum(one.teachers.values()) for one in self.classes)
        return self.teachers.fresh + applied


@cache
def load_sample() -> Sample:
    """The packaged sample data."""
    text = (files("bot.demo_data") / "sample.toml").read_bytes()
    return msgspec.toml.decode(text, type=Sample)
